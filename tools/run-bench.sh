#!/bin/bash
# Run the measurements build/rel/bench/*_bench and bench/*_bench.mjs, one after the other. usage: tools/run-bench.sh [PART-OF-A-NAME]
#
# Each appends its results to the file that BENCH_OUT names (build/bench.jsonl unless set), one JSON object a line:
# {"bench":…, "n":…, "d":…, "value":…, "unit":…, "baseline":…, "ratio":…, "target":…, "ok":true}. Ends with a table.
# Exits 1 if a program failed or wrote nothing, or a line has "ok":false.
set -u
cd "$(dirname "$0")/.." || exit 1
export BENCH_OUT=${BENCH_OUT:-$PWD/build/bench.jsonl} LONGEAR=$PWD/build/rel/longear BUILD=$PWD/build
mkdir -p build
: >"$BENCH_OUT"
status=0
found=no
for source in bench/*"${1:-}"*_bench.c bench/*"${1:-}"*_bench.mjs; do
    [ -f "$source" ] || continue
    found=yes
    case $source in *.mjs) command=(node "$source") ;; *) command=("build/rel/${source%.c}") ;; esac
    before=$(wc -l <"$BENCH_OUT")
    echo "== ${source#bench/}" >&2
    "${command[@]}" >&2
    code=$?
    # 77: what it needs is not on this machine; it has said what.
    [ $code -ne 77 ] || continue
    [ $code -eq 0 ] || { echo "$source failed with status $code" >&2; status=1; }
    [ "$(wc -l <"$BENCH_OUT")" -gt "$before" ] || { echo "$source wrote no result" >&2; status=1; }
done
[ $found = yes ] || { echo "no measurement's name contains '${1:-}'" >&2; exit 1; }
awk '
function field(name,    at, rest) {
    at = index($0, "\"" name "\":")
    if (at == 0) return "-"
    rest = substr($0, at + length(name) + 3)
    sub(/^[ \t]*/, "", rest)
    if (rest ~ /^"/) { rest = substr(rest, 2); sub(/".*/, "", rest) } else sub(/[ \t]*[,}].*/, "", rest)
    return rest
}
BEGIN { printf "%-40s %10s %8s %14s %-10s %12s %8s %8s  %s\n", "bench", "n", "d", "value", "unit", "baseline", "ratio", "target", "ok" }
{
    printf "%-40s %10s %8s %14s %-10s %12s %8s %8s  %s\n", field("bench"), field("n"), field("d"), field("value"), field("unit"),
        field("baseline"), field("ratio"), field("target"), field("ok") == "true" ? "ok" : "NOT REACHED"
    if (field("ok") != "true") bad = 1
}
END { exit bad }' "$BENCH_OUT" || status=1
exit $status
