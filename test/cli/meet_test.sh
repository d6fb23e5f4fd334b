#!/bin/bash
# Meeting over a point: both get the same words and each other's key; nothing is remembered before somebody says so, once, and soon. Somebody who answers in the
# place of the one and calls in the place of the other leaves both with different words. Another group, a number that nobody began, a point that isn't there: a
# sentence, and nothing is remembered.
set -eu
. test/cli/util.sh

# Begin in the background; the number is in $number, the rest will be in $W/HOME.first.
begin() { # HOME GROUP
    l "$1" meet "$2" --at "$at" --name "name of $1" --json >"$W/$1.first" 2>"$W/$1.err" </dev/null &
    begun=$!
    nodes="$nodes $begun"
    for _ in $(seq 300); do
        number=$(sed -n 's/.*"number":"\([0-9]*\)".*/\1/p' "$W/$1.first" 2>/dev/null)
        [ -z "$number" ] || return 0
        sleep 0.1
    done
    cat "$W/$1.err" >&2
    fail "no number"
}
words() { sed -n 's/.*"words":"\([a-z ]*\)".*/\1/p' "$1"; }

check() {
    for home in point a b m; do done_ $home init --name $home; done
    done_ a community new --title Yard --json
    done_ a invite Yard
    invitation=$(cat "$W/out")
    done_ b join "$invitation"
    done_ m join "$invitation"
    done_ b community new --title Elsewhere
    up point
    at=$(sed -n 's|.*http://\([0-9.:]*\)/.*|\1|p' "$W/point.up" | head -n 1)

    begin a Yard
    done_ b meet Yard --at "$at" --number "$number" --json
    wait $begun || fail "the first one failed: $(cat "$W/a.err")"
    equal "$(words "$W/out")" "$(words "$W/a.first")" "the same words"
    equal "$(words "$W/out" | wc -w)" 3
    equal "$(field name)" "name of a"
    a_key=$(field key)
    done_ a community list --json
    equal "$a_key" "$(field author)" "the key of a"
    # Not before somebody has said so.
    done_ b people Yard --json
    [ ! -s "$W/out" ] || fail "remembered without a word"
    done_ b met --same --name A --json
    equal "$(field key)" "$a_key"
    equal "$(field way)" words
    refused 1 "no meeting" b met --same
    done_ b people Yard --json
    cp "$W/out" "$W/before"
    # Too late.
    LONGEAR_NOW=$(($(date +%s) + 700)) status 1 a met --same
    said "no meeting"

    # In between: m answers a and calls b.
    begin a Yard
    done_ m meet Yard --at "$at" --number "$number" --json
    wait $begun || fail "a fell out"
    begin m Yard
    done_ b meet Yard --at "$at" --number "$number" --json
    wait $begun || fail "m fell out"
    [ "$(words "$W/out")" != "$(words "$W/a.first")" ] || fail "an interceptor with the same words"

    # In words for people, in their letters.
    begin a Yard
    done_ b --lang ru meet Yard --at "$at" --number "$number"
    equal "$(grep 'Слова: ' "$W/out" | wc -w)" 4
    grep 'Слова: ' "$W/out" | grep -q '[a-z]' && fail "Latin letters" || true
    wait $begun || fail "a fell out"

    # Another group: the one who answers is told, and nothing is remembered.
    begin a Yard
    refused 1 "another group" b meet Elsewhere --at "$at" --number "$number"
    kill $begun 2>/dev/null || true
    wait $begun 2>/dev/null || true
    # A third one under the same number; nobody there; no point; no number.
    refused 1 "somebody else" m meet Yard --at "$at" --number "$number"
    refused 1 "nobody began" b meet Yard --at "$at" --number 12345
    refused 1 "no point" b meet Yard --at 127.0.0.1:1 --number 12345
    refused 2 "digits" b meet Yard --at "$at" --number 123
    refused 2 "digits" b meet Yard --at "$at" --number 12345x
    done_ b people Yard --json
    cmp -s "$W/out" "$W/before" || fail "a failure changed what was known"
    down $node
}
both
