#!/bin/sh
# Run one fuzz harness, built with the sanitizers, once over every input of its corpus. usage: tools/fuzz-replay.sh NAME
set -u
corpus=fuzz/corpus/$1
count=$(find "$corpus" -type f 2>/dev/null | wc -l)
if [ "$count" -eq 0 ]; then
    echo "$corpus is empty: a harness without a corpus shows nothing" >&2
    exit 1
fi
echo "$count inputs"
find "$corpus" -type f -print0 | xargs -0 -n 500 "build/asan/fuzz/$1_fuzz" -timeout=10
