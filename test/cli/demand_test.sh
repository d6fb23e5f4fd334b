#!/bin/bash
# Demands, by hand from device to device. Shows: two propose, others sign, a coordinator words, numbers and merges, and
# all see the same; nobody is counted for words that came later; only coordinators decide; tellers sign what they
# counted, and one who counted otherwise is told; without a count it is said that there is none; the roll and who of it
# has signed; in a closed group its members are the roll; what does not fit is refused in a sentence.
set -eu
. "$(dirname "$0")/util.sh"

carry() { # FROM TO…
    local from=$1 to
    shift
    done_ "$from" pouch pack "$W/p.zip"
    for to; do done_ "$to" pouch open "$W/p.zip"; done
    rm "$W/p.zip"
}
demand() { l "$1" --json demands "$3" --all | grep "\"record\":\"$2\",\"created\"" || true; } # HOME RECORD GROUP: its line
value() { demand "$1" "$2" "${4:-Square}" | grep -o "\"$3\":\"\{0,1\}[^\",}]*" | head -n 1 | sed 's/.*"//; s/^://'; }
number() { demand "$1" "$2" "${4:-Square}" | grep -o "\"$3\":[0-9a-z]*" | head -n 1 | sed 's/.*://'; }

check() {
    for name in alice bob carol dan; do done_ $name init --name $name; done
    done_ alice community new --title Square
    done_ alice invite Square --json
    invitation=$(field invitation)
    for name in bob carol dan; do done_ $name join "$invitation"; done

    done_ bob demands Square
    said "Nothing is demanded yet."
    done_ bob demand Square "Free the arrested!" --json
    free=$(field record)
    done_ carol demand Square "Let all go who were taken" --json
    go=$(field record)
    carry bob alice
    carry carol alice
    carry alice bob carol dan
    done_ carol support "$free"
    done_ dan support "$free" --note "my brother is among them"
    carry carol alice
    carry dan alice
    equal "$(number alice "$free" support)" 2
    equal "$(value alice "$free" state)" proposed

    # Only coordinators word what others proposed, number, merge, put, decide.
    refused 1 "only a coordinator can say that" dan reword "$free" "Free everybody"
    refused 1 "only a coordinator can say that" dan decide "$free" ratified
    refused 2 "there is no decision" alice decide "$free" burn
    refused 2 "a number is 1 to 9999" alice decide "$free" number zero
    done_ alice reword "$free" "Free everybody who was arrested since 2 January." --json
    words=$(field record)
    done_ alice decide "$free" number 1
    done_ alice decide "$go" merge "$free"
    carry alice bob carol dan
    equal "$(number dan "$free" support)" 0 "who signed other words is not counted"
    equal "$(number dan "$free" support_earlier)" 2
    equal "$(value dan "$free" state)" worded
    equal "$(value dan "$go" state)" merged
    done_ dan support "$free"
    done_ carol support "$words"
    done_ carol support "$free" --withdraw
    done_ dan demands Square
    printed "1.  [taken up by the coordinators]  (wordings: 2)"
    printed "Free everybody who was arrested since 2 January."
    printed "signed for these words: 1"
    ! grep -q "Let all go" "$W/out" || fail "what went into another one is listed"
    done_ dan demands Square --all
    printed "went into ${free:0:8}"

    # The roll, and the assembly.
    done_ alice roll Square
    said "There is no roll"
    authors=$(l alice --json demands Square --all | grep -o '"author":"[0-9a-f]*' | sort -u | cut -d'"' -f4 | tr '\n' ' ')
    # shellcheck disable=SC2086 # several keys
    refused 1 "only a coordinator can say that" bob roll Square $authors
    # shellcheck disable=SC2086
    done_ alice roll Square $authors --title "the assembly of 5 January"
    done_ alice decide "$free" put
    carry dan alice
    carry carol alice
    carry alice bob carol dan
    done_ bob roll Square
    printed "the assembly of 5 January"
    equal "$(value bob "$free" state)" put
    equal "$(number bob "$free" roll)" "$(echo "$authors" | wc -w)"
    refused 2 "say how many were counted" bob tally "$free"
    refused 2 "named by its hash" bob tally "$free" --for 3 --photo abc
    done_ alice decide "$free" ratified
    done_ alice demands Square
    printed "nobody has signed a count"
    equal "$(number alice "$free" carried)" false
    for name in bob carol; do done_ $name tally "$free" --for 312 --against 4 --abstained 10 --present 330 --place "the square"; done
    carry bob alice
    carry carol alice
    equal "$(number alice "$free" carried)" true
    done_ alice demands Square
    printed "by show of hands: for 312, against 4, abstained 10; tellers: 2; present: 330"
    carry alice dan
    done_ dan tally "$free" --for 31 --against 4
    carry dan alice
    equal "$(number alice "$free" carried)" false
    done_ alice demands Square
    printed "tellers who counted otherwise: 1. The counts contradict each other."
    done_ alice decide "$free" answered "The akim promised an answer by Friday."
    carry alice bob carol dan
    done_ dan demands Square
    printed "answered, says a coordinator:"
    printed "The akim promised an answer by Friday."

    # All see the same, to the byte, but for what is the reader's own.
    carry bob alice
    carry carol alice
    carry dan alice
    carry alice bob carol dan
    for name in bob carol dan; do l $name --json demands Square --all | sed 's/,"own":true//g' >"$W/board.$name"; done
    cmp "$W/board.bob" "$W/board.dan" || fail "bob and dan see other demands"
    cmp "$W/board.carol" "$W/board.dan" || fail "carol and dan see other demands"

    # The page tells the same, and shows markup as text.
    done_ alice demand Square "<b>Hot meals</b>"
    up alice
    web=$(grep -o 'http://127[^ ]*' "$W/alice.up" | head -n 1)
    community=$(l alice --json community list | grep -o '"community":"[0-9a-f]*' | head -n 1 | cut -d'"' -f4)
    curl -sf -H "Accept-Language: en" "${web%/}/g/$community/demands" >"$W/page"
    for words in "Free everybody who was arrested" "<strong>1. </strong>" "&lt;b&gt;Hot meals" "signed for these words: 1" \
        "contradict each other" "for 312, against 4"; do
        grep -qF -- "$words" "$W/page" || fail "the page lacks '$words'"
    done
    ! grep -q "Let all go" "$W/page" || fail "what went into another one is on the page"
    curl -sf "${web%/}/g/$community" | grep -qF "/g/$community/demands" || fail "nothing leads to the page"
    down "$node"

    # Taken back, it goes everywhere; other words for it go with nobody.
    done_ carol retract "$go"
    carry carol alice dan
    equal "$(demand dan "$go" Square)" ""
    done_ dan list Square
    printed "demanded: Free the arrested!"
    refused 1 "is no demand" dan support "$(l dan --json list Square --all | grep '"kind":"tally"' | head -n 1 | sed 's/.*"record":"\([0-9a-f]*\)".*/\1/')"

    # In a closed group the members are the roll, and it stays among them.
    done_ alice community new --closed --title Kitchen
    done_ alice invite Kitchen --json
    done_ bob join "$(field invitation)" --json
    done_ alice member admit "$(field request)"
    carry alice bob
    done_ bob demand Kitchen "Warm clothes for the arrested" --json
    warm=$(field record)
    done_ bob support "$warm"
    carry bob alice
    equal "$(number alice "$warm" support_roll Kitchen)" 1
    equal "$(number alice "$warm" roll Kitchen)" 2
    done_ alice pouch pack "$W/p.zip"
    ! unzip -p "$W/p.zip" | grep -qaF "Warm clothes" || fail "a parcel tells what is demanded in a closed group"
    rm "$W/p.zip"
}
both
