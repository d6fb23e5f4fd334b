#!/bin/bash
# Opening a parcel takes little memory, however large it is: one of 64 MiB (a video) stays below 48 MiB. `make bench` does the same with 1 GiB.
set -u
longear=${LONGEAR:-build/rel/longear}
work=$(mktemp -d "${TMPDIR:-/tmp}/memory.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
limit_kib=49152
export LC_ALL=C
fail() { echo "FAILED: $*" >&2; exit 1; }

# Most memory that process $1 ever had, in KiB, as far as it was seen.
watch() {
    local peak=0 now
    while now=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status" 2>/dev/null) && [ -n "$now" ]; do
        peak=$now
        sleep 0.01
    done
    echo "$peak"
}
for home in first second; do "$longear" --home "$work/$home" init --name "$home" >/dev/null 2>&1 || fail init; done
"$longear" --home "$work/first" community new --title group >/dev/null 2>&1 || fail "community new"
head -c $((64 * 1024 * 1024)) /dev/urandom >"$work/video.mp4"
"$longear" --home "$work/first" post group "the bridge, from the hill" --attach "$work/video.mp4" --as-it-is >"$work/out" 2>&1 || fail "post: $(cat "$work/out")"
for work_of in "first pack" "second open"; do
    read -r home verb <<<"$work_of"
    "$longear" --home "$work/$home" --json pouch "$verb" "$work/parcel.zip" >"$work/out" 2>"$work/err" &
    pid=$!
    peak=$(watch $pid)
    wait $pid || fail "pouch $verb: $(cat "$work/err")"
    grep -q '"blobs": *1' "$work/out" || fail "the video did not come along: $(cat "$work/out")"
    [ "$peak" -gt 1024 ] || fail "the memory of pouch $verb was not seen"
    [ "$peak" -lt $limit_kib ] || fail "pouch $verb took $peak KiB"
    echo "pouch $verb, $(stat -c %s "$work/parcel.zip") bytes: $peak KiB at most"
done
