#!/usr/bin/env bash
# Runs every fuzz target for a while: fuzz/run.sh [seconds]. Needs a nightly toolchain and cargo-fuzz. What is found lies in
# fuzz/artifacts; what was learned, in fuzz/corpus.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
seconds=${1:-60}
cargo +nightly fuzz --version >/dev/null 2>&1 || {
  echo "Fuzzing needs a nightly toolchain and cargo-fuzz: rustup toolchain install nightly; cargo install cargo-fuzz" >&2
  exit 2
}
for target in read openapi3 postman; do
  mkdir -p "corpus/$target"
  # Without the address sanitizer: the engine has no unsafe code, and runs several times as fast.
  cargo +nightly fuzz run --fuzz-dir . --sanitizer none "$target" "corpus/$target" "seeds/$target" -- \
    -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -dict=words.dict
done
