#!/bin/bash
# Run every test program, at most two at a time, and print one line for each. usage: tools/run-tests.sh [PART-OF-A-NAME]
#
# A C test counts once for each variant (rel, asan), a fuzz harness once for the replay of its corpus, a shell or node
# test once. Exit 0 of a program is a pass, 77 a skip, anything else (a sanitizer's report, a signal, the time limit)
# a failure, whose output is shown. The last line is "N passed, N failed" or "N passed, N failed, N skipped". Exits 1
# if anything failed or nothing ran. Tests start in the repository's root with LONGEAR and LONGEAR_ASAN (the two
# programs), BUILD (the build directory), and with TMPDIR and XDG_DATA_HOME in a directory of this run, so that no
# test can touch a person's own data.
set -u
cd "$(dirname "$0")/.." || exit 1
only=${1:-}
limit_seconds=300
parallel_max=2

export BUILD=$PWD/build LONGEAR=$PWD/build/rel/longear LONGEAR_ASAN=$PWD/build/asan/longear
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export LONGEAR_ALLOW_ROOT=1 # in a container without Landlock, too
unset MAKEFLAGS MAKELEVEL MFLAGS
work=$(mktemp -d /tmp/longear-test.XXXXXX) || exit 1
finish() {
    # shellcheck disable=SC2046
    kill $(jobs -p) 2>/dev/null
    for file in "$work"/group.*; do
        [ ! -f "$file" ] || kill -KILL -- "-$(cat "$file")" 2>/dev/null
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
export TMPDIR=$work/tmp XDG_DATA_HOME=$work/data
mkdir -p "$TMPDIR" "$XDG_DATA_HOME" "$work/log" "$work/result" build/log

# Run one test and leave its verdict in $work/result/NUMBER; print its line in one write.
run_one() {
    local number=$1 name=$2 start end status seconds verdict
    shift 2
    local log="$work/log/$number"
    start=${EPOCHREALTIME/[.,]/}
    timeout -k 5 "$limit_seconds" "$@" >"$log" 2>&1 </dev/null &
    echo $! >"$work/group.$number"
    wait $! 2>/dev/null
    status=$?
    # timeout leads a process group of its own: what a test left running ends with it.
    kill -KILL -- "-$(cat "$work/group.$number")" 2>/dev/null
    rm -f "$work/group.$number"
    end=${EPOCHREALTIME/[.,]/}
    seconds=$(printf '%d.%02d' $(((end - start) / 1000000)) $(((end - start) / 10000 % 100)))
    case $status in
        0) verdict=ok ;;
        77) verdict=skip ;;
        *) verdict=FAIL ;;
    esac
    echo "$verdict" >"$work/result/$number"
    cp "$log" "build/log/${name//[\/ ]/_}.log"
    {
        printf '%-4s %7ss  %s%s\n' "$verdict" "$seconds" "$name" \
            "$([ $status -ne 124 ] || echo ": stopped after $limit_seconds s")$([ $verdict != skip ] || tail -n 1 "$log" | sed 's/^/: /')"
        if [ $verdict = FAIL ]; then
            echo "---- exit status $status; the last 200 lines of build/log/${name//[\/ ]/_}.log:"
            tail -n 200 "$log"
            echo ----
        fi
    } >"$work/print.$number"
    cat "$work/print.$number"
}

names=() commands=()
add() { # NAME COMMAND, where COMMAND is split at tabs
    case $1 in *"$only"*) names+=("$1") commands+=("$2") ;; esac
}
tests() { find test -name node_modules -prune -o -type f -name "$1" "${@:2}" -print 2>/dev/null | LC_ALL=C sort; }

add check-layers $'make\t-s\tcheck-layers'
add check-headers $'make\t-s\tcheck-headers'
while read -r file; do
    program=${file%.c}
    for variant in rel asan; do add "$program ($variant)" "build/$variant/$program"; done
done < <(tests '*_test.c')
for file in fuzz/*_fuzz.c; do
    [ -f "$file" ] || continue
    name=${file#fuzz/} name=${name%_fuzz.c}
    add "fuzz/$name (replay)" "tools/fuzz-replay.sh"$'\t'"$name"
done
while read -r file; do add "$file" "bash"$'\t'"$file"; done < <(tests '*_test.sh')
while read -r file; do add "$file" "node"$'\t'"$file"; done < <(tests '*_test.mjs')

running=0
for number in "${!names[@]}"; do
    if [ "$running" -ge "$parallel_max" ]; then
        wait -n
        running=$((running - 1))
    fi
    IFS=$'\t' read -r -a command <<<"${commands[$number]}"
    run_one "$number" "${names[$number]}" "${command[@]}" &
    running=$((running + 1))
done
wait

passed=0 failed=0 skipped=0
for number in "${!names[@]}"; do
    case $(cat "$work/result/$number" 2>/dev/null) in
        ok) passed=$((passed + 1)) ;;
        skip) skipped=$((skipped + 1)) ;;
        *) failed=$((failed + 1)) ;;
    esac
done
[ ${#names[@]} -gt 0 ] || echo "no test's name contains '$only'" >&2
summary="$passed passed, $failed failed"
[ $skipped -eq 0 ] || summary="$summary, $skipped skipped"
echo "$summary"
[ $failed -eq 0 ] && [ ${#names[@]} -gt 0 ]
