#!/bin/bash
# Needs and offers, by hand from device to device. Shows: a need is taken on by two in different places and, once the
# records meet, everybody sees the same one in charge; the author accepts the other, and the exact place opens for that
# one alone, while nobody else's home or parcel holds it; handing back, done, taking back; shifts; at most three open
# takes of a key; what does not fit is refused in a sentence. THREATS, rules 1 and 6.
set -eu
. "$(dirname "$0")/util.sh"

carry() { # FROM TO…
    local from=$1 to
    shift
    done_ "$from" pouch pack "$W/p.zip"
    for to; do done_ "$to" pouch open "$W/p.zip"; done
    rm "$W/p.zip"
}
aid() { # HOME RECORD: its line
    l "$1" --json aid Square --all | grep "\"record\":\"$2\",\"type\"" || true
}
state() { aid "$1" "$2" | sed 's/.*"state":"\([a-z]*\)".*/\1/'; }
place() { # HOME RECORD TAKE: what has become of a take
    aid "$1" "$2" | grep -o "\"record\":\"$3\",\"created\":[0-9]*,\"place\":\"[a-z_]*\"" | sed 's/.*"place":"\([a-z_]*\)".*/\1/'
}
secret="12 Abai street, the blue gate"

check() {
    for name in alice bob carol dan; do done_ $name init --name $name; done
    done_ alice community new --title Square
    done_ alice invite Square --json
    invitation=$(field invitation)
    for name in bob carol dan; do done_ $name join "$invitation"; done

    # A need, with its exact place for one reader only.
    done_ alice need Square food "soup for forty" --amount 40 --unit people --district Almaly --place "the school" \
        --hours 5 --urgency urgent --sealed "$secret" --json
    need=$(field record)
    carry alice bob carol dan
    done_ bob aid Square
    printed "needed: food, 40 people  [urgent]  [nobody has taken it on]"
    printed "district: Almaly"
    printed "hand over at: the school"
    ! grep -q "blue gate" "$W/out" || fail "everybody reads the exact place"
    done_ alice aid Square
    printed "for whom you accept: $secret"

    # Two take it in different places; the earlier is in charge, everywhere.
    export LONGEAR_NOW=$(($(date +%s) + 60))
    done_ bob take "$need" --note "in an hour" --json
    bobs=$(field record)
    export LONGEAR_NOW=$((LONGEAR_NOW + 60))
    done_ carol take "$need" --json
    carols=$(field record)
    equal "$(place bob "$need" "$bobs")" in_charge
    equal "$(place carol "$need" "$carols")" in_charge
    carry carol alice
    carry bob alice dan
    carry alice bob carol dan
    for name in alice bob carol dan; do
        equal "$(place $name "$need" "$bobs")" in_charge "$name sees bob"
        equal "$(place $name "$need" "$carols")" second "$name sees carol"
        equal "$(state $name "$need")" taken
    done
    # All see the same, to the byte, but for what is the reader's own.
    for name in bob carol dan; do
        l $name --json aid Square --all | sed 's/,"own":true//g' >"$W/board.$name"
    done
    cmp "$W/board.bob" "$W/board.dan" || fail "bob and dan see another board"
    cmp "$W/board.carol" "$W/board.dan" || fail "carol and dan see another board"

    # The author accepts carol: the place opens for her, and for nobody else.
    refused 1 "only whoever wrote it can accept" bob accept "$bobs"
    refused 1 "name the take, not the need" alice accept "$need"
    done_ alice accept "$carols"
    carry alice bob carol dan
    equal "$(place dan "$need" "$carols")" accepted
    equal "$(place dan "$need" "$bobs")" second
    done_ carol aid Square --mine
    printed "for you alone: $secret"
    for name in bob dan; do
        done_ $name aid Square --all
        ! grep -q "blue gate" "$W/out" || fail "$name reads the exact place"
        ! grep -rqaF "blue gate" "$W/$name" || fail "$name's home holds the exact place"
    done
    done_ dan pouch pack "$W/p.zip"
    ! unzip -p "$W/p.zip" | grep -qaF "blue gate" || fail "a parcel holds the exact place"
    rm "$W/p.zip"

    # Carol hands it back, bob does it; the author says that it is done.
    done_ carol back "$need"
    done_ carol aid Square
    ! grep -q "blue gate" "$W/out" || fail "it still opens after it was handed back"
    carry carol alice bob
    equal "$(place bob "$need" "$bobs")" in_charge
    done_ bob done "$need"
    carry bob alice
    equal "$(state alice "$need")" said
    refused 1 "only whoever wrote it can open it again" bob reopen "$need"
    done_ alice done "$need"
    equal "$(state alice "$need")" closed
    done_ alice aid Square
    said "Nothing is needed or offered."
    done_ alice reopen "$need"
    equal "$(state alice "$need")" said

    # A shift of three; nobody counts twice, and one's own is one's own.
    done_ alice need Square other "clean the square" --word "clean-up" --helpers 3 --json
    shift_=$(field record)
    refused 1 "this is your own" alice take "$shift_"
    carry alice bob carol dan
    done_ bob take "$shift_"
    refused 1 "you have taken this on already" bob take "$shift_"
    done_ carol take "$shift_"
    carry bob alice
    carry carol alice
    equal "$(state alice "$shift_")" partly
    done_ alice aid Square
    printed "helpers: 2 of 3"
    printed "needed: other (clean-up)"

    # Of one key three open takes count.
    for i in 1 2 3 4; do
        done_ alice offer Square transport "a car, way $i" --json
        field record >>"$W/offers"
    done
    carry alice dan
    while read -r offer; do done_ dan take "$offer" </dev/null; done <"$W/offers"
    equal "$(l dan --json aid Square --offers | grep -c '"place":"in_charge"')" 3
    equal "$(l dan --json aid Square --offers | grep -c '"place":"too_many"')" 1
    equal "$(l dan --json aid Square --offers --kind food | wc -l)" 0

    # The page of a group shows them, and takes another.
    up dan
    web=$(grep -o 'http://127[^ ]*' "$W/dan.up" | head -n 1)
    community=$(l dan --json community list | grep -o '"community":"[0-9a-f]*' | head -n 1 | cut -d'"' -f4)
    page="${web%/}/g/$community/aid"
    curl -sf "$page" >"$W/page"
    for words in "a car, way 1" "clean-up" "nobody has taken it on"; do
        grep -qF "$words" "$W/page" || fail "the page lacks '$words'"
    done
    ! grep -q "blue gate" "$W/page" || fail "the page tells the exact place"
    token=$(grep -o 'name="t" value="[^"]*' "$W/page" | head -n 1 | cut -d'"' -f4)
    equal "$(curl -s -o "$W/page" -w '%{http_code}' -H "Origin: ${web%/}" -d "t=wrong&type=need&kind=water&text=x" "$page")" 403
    equal "$(curl -s -o "$W/page" -w '%{http_code}' -H "Origin: ${web%/}" -d "t=$token&type=need&kind=water&text=" "$page")" 400
    equal "$(curl -s -o "$W/page" -w '%{http_code}' -H "Origin: ${web%/}" \
        -d "t=$token&type=need&kind=water&text=<b>forty litres</b>&district=Medeu&urgency=2" "$page")" 303
    curl -sf "$page" >"$W/page"
    grep -qF "&lt;b&gt;forty litres" "$W/page" || fail "what was written is not shown, or not as text"
    done_ dan aid Square --kind water
    printed "district: Medeu"
    down "$node"

    # Taken back, it is gone; its time past, it is over.
    done_ alice retract "$shift_"
    done_ alice aid Square
    ! grep -q "clean-up" "$W/out" || fail "what was taken back is shown"
    export LONGEAR_NOW=$((LONGEAR_NOW + 6 * 3600))
    equal "$(state alice "$need")" over

    # What does not fit.
    refused 2 'there is no kind "gold"' alice need Square gold "some"
    refused 1 "an amount is at most" alice need Square food "x" --amount 1000001
    refused 1 "helpers are 1 to 50" alice need Square food "x" --helpers 51
    refused 1 "that is too long" alice need Square food "x" --district "$(printf '%090d' 0)"
    refused 1 "is no need, offer or take" alice take "$(l alice post Square hello --json | sed 's/.*"record":"\([^"]*\).*/\1/')"
    done_ alice need Square call "please ring 8 (727) 123-45-67"
    said "There may be a telephone number in it"
    unset LONGEAR_NOW
    for name in alice bob carol dan; do
        done_ $name check --json
        printed '"bad":0'
    done
}
both
