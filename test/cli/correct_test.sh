#!/bin/bash
# A message is corrected. Shows: the new words stand in its place in lists, on pages and after a parcel, whichever comes
# first, with what it said before; nobody else can do it; taken back, all its words go; a frozen key's corrections from
# after the last trusted message put nothing in the place of anything.
set -eu
. "$(dirname "$0")/util.sh"

text_of() { # HOME RECORD: what counts
    l "$1" --json list Square | grep "\"record\":\"$2\"" | sed 's/.*"text":"\([^"]*\)".*/\1/'
}
carry() { # FROM TO
    done_ "$1" pouch pack "$W/p.zip"
    done_ "$2" pouch open "$W/p.zip"
    rm "$W/p.zip"
}

check() {
    for name in alice bob carol; do done_ $name init --name $name; done
    done_ alice community new --title Square
    done_ alice invite Square --json
    invitation=$(field invitation)
    for name in bob carol; do done_ $name join "$invitation"; done

    done_ alice post Square "water at the north gate" --place "north gate" --json
    first=$(field record)
    done_ alice pouch pack "$W/first.zip"
    done_ alice correct "$first" "water at the south gate" --place "south gate" --json
    second=$(field record)
    equal "$(text_of alice "$first")" "water at the south gate"
    done_ alice list Square
    equal "$(grep -c 'water at' "$W/out")" 1
    printed "place: south gate"
    printed "corrected by its author"
    done_ alice show "$first"
    printed "at first it said:"
    printed "water at the north gate"
    done_ alice show "$second"
    printed "corrects ${first:0:8}"
    done_ alice search north
    printed "water at the south gate"
    done_ alice search south
    printed "water at the south gate"

    # The correction comes before what it corrects: it is shown by itself, then in its place.
    grep -q . "$W/first.zip"
    carry alice bob
    equal "$(text_of bob "$first")" "water at the south gate"
    done_ carol pouch open "$W/first.zip"
    equal "$(text_of carol "$first")" "water at the north gate"
    carry bob carol
    equal "$(text_of carol "$first")" "water at the south gate"
    l carol --json list Square | grep -q '"was":"water at the north gate"' || fail "what it said before is not told"

    # Others can't; what is no message can't be corrected; once more it can.
    refused 1 "only its author can correct" bob correct "$first" "water nowhere"
    refused 1 "the message is empty" alice correct "$first" ""
    done_ alice correct "$second" "water at the west gate"
    carry alice bob
    equal "$(text_of bob "$first")" "water at the west gate"
    done_ bob list Square --all
    equal "$(grep -c 'water at' "$W/out")" 4 "one with its first words, and two corrections"

    # On the page: once, with what it said.
    up bob
    web=$(grep -o 'http://127[^ ]*' "$W/bob.up" | head -n 1)
    community=$(l bob --json list Square | head -n 1 | sed 's/.*"community":"\([^"]*\)".*/\1/')
    curl -sf "${web%/}/g/$community" >"$W/page"
    equal "$(grep -o 'water at the west gate' "$W/page" | wc -l)" 1
    equal "$(grep -o 'water at the south gate' "$W/page" | wc -l)" 0
    grep -q "corrected by its author" "$W/page" || fail "the page does not tell"
    curl -sf "${web%/}/m/$second" >"$W/page"
    grep -q 'water at the south gate' "$W/page" || fail "a correction has no page"
    curl -sf "${web%/}/search?q=south" >"$W/page"
    grep -q 'water at the south gate' "$W/page" || fail "its words are not found"
    down "$node"

    # The phone is taken: what is corrected then changes nothing of what was trusted.
    done_ alice card Square --friends 1 --json
    card=$(sed -n '1s/.*"card":"\([^"]*\)".*/\1/p' "$W/out")
    done_ alice post Square "all is well" --json
    trusted=$(field record)
    carry alice bob
    done_ alice correct "$first" "come alone to the station"
    carry alice bob
    equal "$(text_of bob "$first")" "come alone to the station"
    done_ bob freeze "$card" --last "$trusted"
    equal "$(text_of bob "$first")" "water at the west gate"

    # Taken back: all its words go.
    done_ alice retract "$first"
    done_ alice list Square
    ! grep -q 'gate\|station' "$W/out" || fail "words stay after they were taken back"
    carry alice carol
    done_ carol list Square
    ! grep -q 'gate\|station' "$W/out" || fail "words stay with others after they were taken back"
    for name in alice bob carol; do
        done_ $name check --json
        printed '"bad":0'
    done
}
both
