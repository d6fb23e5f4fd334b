#!/bin/bash
# Place, ground, passing on, and an invitation with a message, by the command: what is written on one device is shown on another, a message
# of one group is passed on to another group with its author's signature, and who joins by a line has its message at once.
set -eu
. test/cli/util.sh

check() {
    export LONGEAR_NOW=1795300000
    done_ a init --name Aliya
    done_ b init --name Baurzhan
    done_ a community new --title Yard --json
    yard=$(field community)
    done_ a community new --title Square --json
    square=$(field community)
    done_ a post Yard "Water at the school" --place "у школы № 3" --ground saw --json
    said=$(field record)
    done_ a post Square "" --forward "$said" --ground told --json
    passed=$(field record)
    done_ a post Square "look" --forward "$passed" --json
    again=$(field record)
    done_ a show "$again" --json
    grep -q "\"forwarded\":{\"record\":\"$said\"" "$W/out" || fail "not the innermost"
    grep -q '"valid":true,"text":"Water at the school","place":"у школы № 3","ground":"saw"' "$W/out" || fail "its fields"
    done_ a show "$passed"
    grep -q "Water at the school" "$W/out" || fail "its text"
    grep -q "place: у школы № 3" "$W/out" || fail "its place"
    grep -q "I witnessed it" "$W/out" || fail "its ground"
    done_ a search школы --json
    equal "$(wc -l <"$W/out")" 3

    done_ a invite Square --message "$passed" --json
    line=$(field invitation)
    done_ b join "$line" --json
    equal "$(field community)" "$square"
    done_ b list Square --json
    printed "{\"record\":\"$passed\""
    done_ a invite Yard --json
    done_ b join "$(field invitation)"
    done_ b list Yard --json
    equal "$(cat "$W/out")" ""

    refused 1 "no message of this group" a invite Square --message "$said"
    refused 1 "too long" a invite Yard --message "$(l a post Yard "$(printf 'x%.0s' {1..2600})")"
    refused 1 "saw or told" a post Yard x --ground heard
    refused 1 "at most 120 bytes" a post Yard x --place "$(printf 'x%.0s' {1..121})"
    refused 1 "" a post Yard x --forward ffff
}
both
