#!/bin/bash
# Fuzz every decoder and the session, each for an equal share of the time, one after the other, at the lowest priority.
# usage: tools/fuzz-all.sh SECONDS [PART-OF-A-NAME]
#
# Uses the harnesses of build/fuzz (make V=fuzz fuzzers). Inputs that reach something new are kept in
# build/fuzz/corpus/NAME, and the next run begins with them; an input that fails lies in build/fuzz/artifacts. Prints a
# line for each harness: seconds, runs, edges reached, inputs kept. A share is a second at least. Exits 1 if anything
# was found, and 2 for a wrong call.
set -u
cd "$(dirname "$0")/.." || exit 2
seconds=${1:-} only=${2:-}
case $seconds in
    '' | *[!0-9]* | 0*) echo "usage: tools/fuzz-all.sh SECONDS [PART-OF-A-NAME]" >&2; exit 2 ;;
esac
names=()
for file in fuzz/*_fuzz.c; do
    name=${file#fuzz/} name=${name%_fuzz.c}
    case $name in *"$only"*) names+=("$name") ;; esac
done
[ ${#names[@]} -gt 0 ] || { echo "no harness has \"$only\" in its name" >&2; exit 2; }
share=$((seconds / ${#names[@]}))
[ "$share" -ge 1 ] || share=1
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT

bad=0 all_runs=0
stat_of() { sed -n "s/^stat::$1: *//p" "$log" | tail -n 1; }
printf '%-18s %7s %11s %7s %7s\n' harness seconds runs edges kept
for name in "${names[@]}"; do
    program=build/fuzz/fuzz/${name}_fuzz
    [ -x "$program" ] || { echo "$program is missing: make V=fuzz fuzzers" >&2; exit 2; }
    mkdir -p "build/fuzz/corpus/$name" build/fuzz/artifacts
    from=$SECONDS
    nice -n 19 "$program" -max_total_time="$share" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/artifacts/$name-" "build/fuzz/corpus/$name" "fuzz/corpus/$name" >"$log" 2>&1 </dev/null
    status=$?
    runs=$(stat_of number_of_executed_units) runs=${runs:-0}
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    printf '%-18s %7d %11d %7s %7d\n' "$name" $((SECONDS - from)) "$runs" "${edges:-?}" "$(find "build/fuzz/corpus/$name" -type f | wc -l)"
    all_runs=$((all_runs + runs))
    if [ $status -ne 0 ]; then
        bad=$((bad + 1))
        echo "---- $name: exit status $status"
        tail -n 60 "$log"
        echo ----
    fi
done
echo "${#names[@]} harnesses, $all_runs runs, $bad with a finding"
[ $bad -eq 0 ]
