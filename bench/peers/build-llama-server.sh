#!/bin/sh
# Builds llama.cpp's own server and bench from the source that node-llama-cpp brings: the very version that runs here.
# Takes seven minutes on two idle cores. Prints the folder of the programs; a second run finds them there.
#
#   bench/peers/build-llama-server.sh [FOLDER]     default: ~/.cache/engram-assistant/llama.cpp
#   LLAMA_SERVER=FOLDER/build/bin/llama-server npm run -s bench -- llama-server
set -eu

repository=$(cd "$(dirname "$0")/../.." && pwd)
bundle="$repository/node_modules/node-llama-cpp/llama/gitRelease.bundle"
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/engram-assistant/llama.cpp}
bin="$folder/build/bin"

fail() {
  echo "error: $1" >&2
  exit 2
}

[ -f "$bundle" ] || fail "$bundle is missing: run npm ci."
missing=""
for program in git cmake c++; do
  command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
[ -z "$missing" ] || fail "install$missing (Debian: apt-get install git cmake g++ ninja-build)."

release=$(git bundle list-heads "$bundle" | cut -d ' ' -f 1 | head -n 1)
if [ -x "$bin/llama-server" ] && [ -x "$bin/llama-bench" ] && [ "$(cat "$folder/built" 2>/dev/null)" = "$release" ]; then
  echo "$bin"
  exit 0
fi

rm -rf "$folder"
mkdir -p "$folder"
git clone --quiet "$bundle" "$folder/src" >&2

generator="Unix Makefiles"
if command -v ninja >/dev/null 2>&1; then generator=Ninja; fi
# Nothing of the network, nothing for browsers: what is built computes and answers.
cmake -G "$generator" -S "$folder/src" -B "$folder/build" -DCMAKE_BUILD_TYPE=Release \
  -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_UI=OFF \
  -DBUILD_SHARED_LIBS=OFF >&2
cmake --build "$folder/build" --target llama-server llama-bench --parallel >&2
echo "$release" >"$folder/built"
echo "$bin"
