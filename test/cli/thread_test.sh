#!/bin/bash
# Threads. Shows: from any of its messages the whole conversation, from its first one on, each answer under what it
# answers, the oldest first, whatever the order in which they came; a correction stands in the place of what it
# corrects; what was taken back is gone, and the answers to it are a conversation of their own, as are those to what is not
# here.
set -eu
. "$(dirname "$0")/util.sh"

say() { # HOME TEXT ARGS…: the record's id
    local home=$1 text=$2
    shift 2
    done_ "$home" post Square "$text" "$@" --json
    field record
}
order() { l "$1" --json thread "$2" | sed 's/.*"text":"\([^"]*\)".*"depth":\([0-9]*\).*/\2 \1/' | tr '\n' ';'; }

check() {
    done_ alice init --name alice
    done_ bob init --name bob
    done_ alice community new --title Square
    done_ alice invite Square --json
    done_ bob join "$(field invitation)"
    start=$(date +%s)
    export LONGEAR_NOW=$start
    a=$(say alice "who has a car")
    export LONGEAR_NOW=$((start + 10))
    b=$(say alice "I have one" --reply "$a")
    export LONGEAR_NOW=$((start + 20))
    c=$(say alice "me too" --reply "$a")
    export LONGEAR_NOW=$((start + 30))
    d=$(say alice "how many seats" --reply "$b")
    export LONGEAR_NOW=$((start + 40))
    e=$(say alice "four" --reply "$d")
    other=$(say alice "something else")
    done_ alice pouch pack "$W/p.zip"
    done_ bob pouch open "$W/p.zip"
    wanted="0 who has a car;1 I have one;2 how many seats;3 four;1 me too;"
    for record in "$a" "$b" "$c" "$d" "$e"; do
        equal "$(order alice "$record")" "$wanted"
        equal "$(order bob "$record")" "$wanted"
    done
    equal "$(order bob "$other")" "0 something else;"
    done_ bob thread "$e"
    printed "            four"
    ! grep -q "something else" "$W/out" || fail "another conversation is shown"
    done_ alice correct "$d" "how many seats are free"
    done_ alice retract "$b"
    equal "$(order alice "$a")" "0 who has a car;1 me too;"
    equal "$(order alice "$e")" "0 how many seats are free;1 four;"
    unset LONGEAR_NOW
}
both
