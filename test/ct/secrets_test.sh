#!/bin/bash
# No branch and no address depends on a secret: handshakes, channels, the search for common communities, the keys of a person, signing, sealing and the tokens of forms,
# in the release build, with their secrets as undefined memory for valgrind (test/ct/secrets_tool.c). Comparing by memcmp, branching and indexing by a secret,
# done on purpose, are reported.
set -u
tool=${BUILD:-build}/rel/test/ct/secrets_tool
command -v valgrind >/dev/null || { echo "valgrind is missing: tools/install-deps.sh test"; exit 77; }
out=$(mktemp "${TMPDIR:-/tmp}/ct.XXXXXX") || exit 1
trap 'rm -f "$out"' EXIT
fail() { echo "FAILED: $*" >&2; cat "$out" >&2; exit 1; }
run() { valgrind -q --error-exitcode=99 --exit-on-first-error=no "$tool" "$1" >"$out" 2>&1; }

for way in compare branch index; do
    run "leak-$way"
    [ $? -eq 99 ] || fail "leak-$way was not seen"
    echo "leak-$way is seen: $(grep -m 1 -o 'Conditional jump.*\|Use of uninit.*' "$out")"
done
run secrets || fail "something depends on a secret"
grep -q "^under valgrind" "$out" || fail "it did not run under valgrind"
echo "nothing depends on a secret"
