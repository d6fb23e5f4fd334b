#!/bin/bash
# What is too long for `make test`. usage: tools/audit.sh [-s FUZZ-SECONDS] [-n SEEDS] [STEP]...
#
#   vectors   Wycheproof's vectors, against the node's and the page's cryptography
#   secrets   nothing depends on a secret (valgrind)
#   memory    every C test under valgrind's memcheck, in the release build: reads of what was never written, which the
#             sanitizers of `make test` do not see
#   power     the simulated power cut with SEEDS seeds more, a cut at every write
#   kill      kill -9 at random moments with SEEDS seeds more
#   tidy      clang-tidy over all sources
#   fuzz      every decoder and the session, FUZZ-SECONDS in all
#
# Without a step all of them, in this order, one program at a time; about two hours with what it does by itself. Prints
# a line for each step with its seconds; what went wrong lies in build/audit/STEP.log and its end is shown. Exits 1 if
# anything did. A C test that takes longer than LIMIT under valgrind is told and counts as failed.
set -u
cd "$(dirname "$0")/.." || exit 2
export BUILD=$PWD/build LONGEAR=$PWD/build/rel/longear LONGEAR_ASAN=$PWD/build/asan/longear
fuzz_seconds=3600 seeds=20 limit_seconds=1800
usage() { sed -n '2s/^# //p' "$0" >&2; exit 2; }
while getopts s:n: option; do
    case $option in
        s) fuzz_seconds=$OPTARG ;;
        n) seeds=$OPTARG ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
case $fuzz_seconds$seeds in *[!0-9]*) usage ;; esac
all="vectors secrets memory power kill tidy fuzz"
for step in "$@"; do case " $all " in *" $step "*) ;; *) usage ;; esac; done
mkdir -p build/audit
work=$(mktemp -d /tmp/longear-audit.XXXXXX) || exit 2
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work XDG_DATA_HOME=$work/data

vectors() {
    build/rel/test/host/wycheproof_test && build/asan/test/host/wycheproof_test && node test/app/wycheproof_test.mjs
}
secrets() { test/ct/secrets_test.sh; }
memory() {
    local test bad=0 from
    while read -r test; do
        from=$SECONDS
        # These wait in real time for what two nodes do within seconds, which valgrind makes minutes.
        case $test in test/carrier/lan_test) echo "left out $test"; continue ;; esac
        timeout "$limit_seconds" valgrind -q --error-exitcode=99 --trace-children=no --suppressions=tools/valgrind.supp "build/rel/$test" >"$work/out" 2>&1 </dev/null
        case $? in
            0) echo "ok $((SECONDS - from)) s $test" ;;
            *) echo "FAILED: $test"; tail -n 40 "$work/out"; bad=1 ;;
        esac
    done < <(find test -name node_modules -prune -o -name '*_test.c' -print | sed 's/\.c$//' | LC_ALL=C sort)
    return $bad
}
power() {
    local seed
    for seed in $(seq 100 $((99 + seeds))); do
        POWER_CUTS=$seed build/rel/test/store/power_cut_test || { echo "POWER_CUTS=$seed"; return 1; }
    done
}
kill_() {
    local seed
    for seed in $(seq 100 $((99 + seeds))); do SEED=$seed test/crash/kill_test.sh || return 1; done
}
tidy() { make -s tidy; }
fuzz() { tools/fuzz-all.sh "$fuzz_seconds"; }

bad=0
for step in ${*:-$all}; do
    from=$SECONDS
    function=$step
    [ "$step" != kill ] || function=kill_
    if "$function" >"build/audit/$step.log" 2>&1; then
        verdict=ok
    else
        verdict=FAILED bad=1
    fi
    printf '%-7s %-8s %6d s  %s\n' "$verdict" "$step" $((SECONDS - from)) "$(tail -n 1 "build/audit/$step.log")"
    [ $verdict = ok ] || tail -n 60 "build/audit/$step.log"
done
exit $bad
