#!/bin/sh
# tools/run-tests.sh counts what happened and hides nothing: a failure, a death by signal and a program that was never
# built are failures, their output is shown, and a skip is told with its reason. Shown on a small tree of tests with
# one of each.
set -eu
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/tools" "$tree/test/a" "$tree/test/node_modules/x"
cp tools/run-tests.sh "$tree/tools/"
printf 'check-layers check-headers:\n\t@true\n' >"$tree/Makefile"
script() { # NAME BODY
    printf '#!/bin/sh\n%s\n' "$2" >"$tree/test/$1"
    chmod +x "$tree/test/$1"
}
summary_is() { # EXPECTED-LAST-LINE EXPECTED-STATUS [FILTER]
    status=0
    (cd "$tree" && tools/run-tests.sh "${3:-}") >"$tree/out" 2>&1 || status=$?
    last=$(tail -n 1 "$tree/out")
    if [ "$last" != "$1" ] || [ $status -ne "$2" ]; then
        echo "'$last' with status $status instead of '$1' with $2:"
        cat "$tree/out"
        exit 1
    fi
}
shows() { grep -qF -- "$1" "$tree/out" || { echo "it doesn't show '$1':"; cat "$tree/out"; exit 1; }; }

# shellcheck disable=SC2016
script a/good_test.sh 'test -n "$LONGEAR" && test -n "$LONGEAR_ASAN" && test -n "$BUILD" && test "$PWD" = "$(dirname "$BUILD")"'
script node_modules/x/foreign_test.sh 'exit 1'
summary_is "3 passed, 0 failed" 0
# shellcheck disable=SC2016
script a/stray_test.sh 'sleep 1000 & echo $! >stray'
summary_is "4 passed, 0 failed" 0
if kill -0 "$(cat "$tree/stray")" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$(cat "$tree/stray")/status"; then
    echo "a process that a test left behind still runs"
    exit 1
fi
rm "$tree/test/a/stray_test.sh"
script a/skipped_test.sh 'echo no radio here; exit 77'
summary_is "3 passed, 0 failed, 1 skipped" 0
shows "no radio here"
script a/bad_test.sh 'echo the reason; exit 3'
summary_is "3 passed, 1 failed, 1 skipped" 1
shows "the reason"
script a/killed_test.sh 'kill -SEGV $$'
summary_is "3 passed, 2 failed, 1 skipped" 1
: >"$tree/test/a/unbuilt_test.c"
summary_is "3 passed, 4 failed, 1 skipped" 1
shows "test/a/unbuilt_test (asan)"
mkdir "$tree/fuzz"
: >"$tree/fuzz/empty_fuzz.c"
cp tools/fuzz-replay.sh "$tree/tools/"
summary_is "0 passed, 1 failed" 1 fuzz/
shows "fuzz/corpus/empty is empty"
summary_is "0 passed, 0 failed" 1 "no such test"
