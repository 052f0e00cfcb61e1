# supervise.sh GRACE COMMAND [ARGUMENT…]: runs the command, and ends it when standard input ends.
#
# The other end of standard input is held by the process that wants the command to run, and by nobody else, so it
# ends however that process ends: return, panic, signal, kill -9. Then the command gets TERM, and KILL after GRACE
# tenths of a second. Until then each line of standard input is the name of a signal to send. The first line of
# standard output is the command's process id; the exit status is the command's.
exec 3<&0 4>&1 >&2 </dev/null
grace=$1
shift
"$@" 3<&- 4>&- &
command=$!
echo "$command" >&4
exec 4>&-

(
  while read -r signal <&3; do
    kill -s "$signal" "$command" 2>/dev/null
  done
  kill -s TERM "$command" 2>/dev/null
  while [ "$grace" -gt 0 ] && kill -s 0 "$command" 2>/dev/null; do
    sleep 0.1
    grace=$((grace - 1))
  done
  kill -s KILL "$command" 2>/dev/null
) &
listener=$!
exec 3<&-

wait "$command"
status=$?
kill -s KILL "$listener" 2>/dev/null
exit "$status"
