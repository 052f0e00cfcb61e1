#!/usr/bin/env bash
# Ends the demo that `make demo` left running in this checkout, and nothing else. Its data stays in target/demo, for
# the next `make demo` to go on with; remove that folder to start from nothing.
#
# The keeper's process id is on file. A number alone is not proof (it may have been given to another process since),
# so the process must also have been started as the keeper of this very folder.
set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/target/demo

arguments_of() {
  if [[ -r /proc/$1/cmdline ]]; then tr '\0' ' ' <"/proc/$1/cmdline"; else ps -o args= -p "$1"; fi 2>/dev/null
}

is_keeper() { [[ "$(arguments_of "$1" || true) " == *" keep $folder "* ]]; }

if ! id=$(cat "$folder/keeper.pid" 2>/dev/null) || ! is_keeper "$id"; then
  echo "No demo runs here."
  exit 0
fi
kill -s TERM "$id"
for ((tenths = 0; tenths < 300; tenths++)); do
  is_keeper "$id" || { echo "The demo is stopped. Its data is kept in target/demo."; exit 0; }
  sleep 0.1
done
echo "The demo did not stop within 30 s; process $id is still there, see $folder/logs/keeper.log." >&2
exit 1
