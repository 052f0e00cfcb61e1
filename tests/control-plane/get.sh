#!/usr/bin/env bash
# Prints the folder that holds kube-apiserver, kube-controller-manager, etcd and kubectl.
#
# In order: $KUBEBUILDER_ASSETS; the cache; else they are built into the cache from the Go modules pinned beside
# this file, which takes about five minutes once per machine. Standard output is the folder and nothing else;
# progress goes to standard error. Two runs at once are safe: one builds, the other waits for it. A build that was
# stopped is taken up where it ended.
#
# Exit 0: all four are there. 1: they are not, and standard error says what to do.
set -euo pipefail

module=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binaries=(etcd kube-apiserver kube-controller-manager kubectl)

say() { printf '%s\n' "control plane: $*" >&2; }

fail() {
  say "$1"
  shift
  printf '  %s\n' "$@" >&2
  exit 1
}

other_ways="Or set KUBEBUILDER_ASSETS to a folder that holds ${binaries[*]}."

missing_from() {
  local binary
  for binary in "${binaries[@]}"; do
    [[ -x $1/$binary ]] || printf '%s ' "$binary"
  done
}

package_of() {
  case $1 in
    etcd) echo go.etcd.io/etcd/server/v3 ;;
    *) echo "k8s.io/kubernetes/cmd/$1" ;;
  esac
}

# Without these the server reports itself as v0.0.0-master, and clients that look at its version are misled.
linker_flags() {
  local version major minor flags="-s -w" package
  version=$(awk '$1 == "k8s.io/kubernetes" { print $2 }' "$module/go.mod")
  IFS=. read -r major minor _ <<<"${version#v}"
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags+=" -X $package.gitVersion=$version -X $package.gitMajor=$major -X $package.gitMinor=$minor"
    flags+=" -X $package.gitTreeState=clean -X $package.gitCommit=unknown"
  done
  echo "$flags"
}

digest() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c1-16
}

# Run inside the module, so that a Go that fetches the toolchain a module asks for is judged by that toolchain.
check_go() {
  local wanted found
  wanted=$(awk '$1 == "go" { print $2 }' "$module/go.mod")
  command -v go >/dev/null || fail "Go is not installed, and the binaries are not in the cache ($cache)." \
    "Install Go $wanted or later from https://go.dev/dl/ and run this again." "$other_ways"
  found=$(cd "$module" && go env GOVERSION 2>&1) || found="the one installed says: $found"
  found=${found#go}
  [[ $(printf '%s\n' "$wanted" "${found%% *}" | sort -V | head -n 1) == "$wanted" && $found == [0-9]* ]] ||
    fail "Go $wanted or later is needed to build the binaries, found: $found" \
      "Install it from https://go.dev/dl/ and run this again." "$other_ways"
}

build() {
  local binary number=0 started log="$cache/build.log" unfinished="$cache/unfinished"
  check_go
  mkdir -p "$unfinished"
  say "building ${#binaries[@]} binaries into $cache; about five minutes in all, once per machine"
  for binary in "${binaries[@]}"; do
    number=$((number + 1))
    [[ -x $cache/$binary ]] && continue
    printf '[%d/%d] %s … ' "$number" "${#binaries[@]}" "$binary" >&2
    started=$SECONDS
    if ! (cd "$module" && go build -trimpath -ldflags "$flags" -o "$unfinished/$binary" "$(package_of "$binary")") \
      >"$log" 2>&1; then
      printf 'failed after %d s\n' $((SECONDS - started)) >&2
      tail -n 20 "$log" | sed 's/^/  | /' >&2
      fail "building $binary failed; what Go said is above, and whole in $log." \
        "The first build needs the Go module proxy (GOPROXY); without a network, copy the folder" \
        "$cache from a machine that has it." "$other_ways"
    fi
    # A rename: the cache holds a binary whole or not at all, whoever else builds and whenever this is stopped.
    mv -f "$unfinished/$binary" "$cache/$binary"
    printf '%d s\n' $((SECONDS - started)) >&2
  done
  rm -rf "$unfinished" "$log"
}

if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
  missing=$(missing_from "$KUBEBUILDER_ASSETS")
  [[ -z $missing ]] || fail "KUBEBUILDER_ASSETS is $KUBEBUILDER_ASSETS, which lacks: $missing" \
    "Put them there (setup-envtest does not bring kube-controller-manager, which collects garbage and ends" \
    "namespaces), or unset KUBEBUILDER_ASSETS to have all four built."
  echo "$KUBEBUILDER_ASSETS"
  exit 0
fi

# The same for everyone who builds, whatever their settings: no C compiler, no workspace, no changed module file.
unset GOOS GOARCH
export CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly
flags=$(linker_flags)
key=$({ cat "$module/go.mod" "$module/go.sum"; echo "$flags $GOFLAGS $(uname -sm)"; } | digest)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/connector-operator/control-plane/$key

if [[ -n $(missing_from "$cache") ]]; then
  mkdir -p "$cache"
  # The kernel lets go of the lock however its holder ends. Where flock is missing two builds do the work twice,
  # and end with the same files.
  if command -v flock >/dev/null; then
    exec 9>"$cache/lock"
    if ! flock --nonblock 9; then
      say "another build is running; waiting for it"
      flock 9
    fi
  fi
  [[ -z $(missing_from "$cache") ]] || build
fi
echo "$cache"
