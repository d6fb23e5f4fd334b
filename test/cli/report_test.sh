#!/bin/bash
# Reports and warnings, by hand from device to device. Shows: others confirm, deny and add, and everybody reads the same of it but for whom they know;
# chains are told, and a crowd of keys that nobody knows is none; a correction takes the place of what it corrects and carries nobody along; a denial of one's own
# ends it, time does too; a message can be confirmed and denied as well; lists by time and by place; what does not fit is refused in a sentence.
# THREATS: the liar, the crowd of fakes.
set -eu
. "$(dirname "$0")/util.sh"

carry() { # FROM TO…
    local from=$1 to
    shift
    done_ "$from" pouch pack "$W/p.zip"
    for to; do done_ "$to" pouch open "$W/p.zip"; done
    rm "$W/p.zip"
}
line() { # HOME RECORD: its line
    l "$1" --json reports Square --all | grep "\"record\":\"$2\",\"type\"" || true
}
state() { line "$1" "$2" | sed 's/.*"state":"\([a-z]*\)".*/\1/'; }
side() { # HOME RECORD yes|no FIELD
    line "$1" "$2" | sed "s/.*\"$3\":{\([^}]*\)}.*/\1/" | grep -o "\"$4\":[0-9]*" | cut -d: -f2
}
lacks() { ! grep -qF -- "$1" "$W/out" || fail "standard output has '$1'"; }

# In a closed group: who vouches for whom makes chains; nothing of it is read outside.
closed_check() {
    done_ alice community new --title Kitchen --closed
    done_ alice invite Kitchen --json
    invitation=$(field invitation)
    for name in bob carol dan; do
        done_ $name join "$invitation" --json
        done_ alice member admit "$(field request)"
    done
    carry alice bob carol dan
    for pair in "alice bob" "alice dan" "bob carol"; do
        set -- $pair
        done_ "$2" key Kitchen --json
        done_ "$1" met "$(field line)" --name "$2"
    done
    done_ carol report Kitchen arrests "two of us, at the bakery" --ground saw --json
    record=$(field record)
    carry carol alice bob dan
    done_ alice reports Kitchen
    printed "(a member): saw it"
    printed "say so: one person, none you can trace"
    done_ bob vouch Kitchen carol
    done_ bob confirm "$record" --ground told
    carry bob alice
    done_ alice reports Kitchen # bob himself, and carol over bob: bob ends one chain, and carries none
    printed "say so: 2 people, one chain from people you met"
    done_ dan confirm "$record" --ground saw
    carry dan alice
    done_ alice reports Kitchen
    printed "say so: 3 people, 2 separate chains from people you met"
    done_ dan pouch pack "$W/p.zip"
    ! unzip -p "$W/p.zip" | grep -qaF "bakery" || fail "a parcel holds what was said among members"
    rm "$W/p.zip"
    done_ carol retract "$record"
    carry carol alice
    done_ alice reports Kitchen
    said "Nothing is reported."
}

check() {
    people="alice bob carol dan"
    for name in $people; do done_ $name init --name $name; done
    done_ alice community new --title Square
    done_ alice invite Square --json
    invitation=$(field invitation)
    for name in bob carol dan; do done_ $name join "$invitation"; done
    done_ bob key Square --json
    done_ alice met "$(field line)" --name Bob

    # A warning; one confirms, one denies, one adds.
    done_ carol report Square checkpoint "men with shields" --warning --hours 5 --ground saw --district "Алмалы" \
        --place "Abai, corner of Furmanov" --point 43.238949,76.945465 --json
    record=$(field record)
    carry carol alice bob dan
    done_ alice reports Square
    printed "warning: checkpoint"
    printed "men with shields"
    printed "at: Abai, corner of Furmanov"
    printed "at: 43.238, 76.945"
    printed "(somebody; anybody can write here): saw it"
    printed "say so: one person, none you can trace; saw it: 1"
    lacks "confirmed"
    done_ bob confirm "$record" --ground saw
    done_ dan confirm "$record"
    refused 1 "this is your own" carol confirm "$record"
    carry bob alice carol
    carry dan alice carol
    done_ alice reports Square
    printed "say so: 3 people, one chain from people you met; saw it: 2; were told: 1"
    done_ carol reports Square
    printed "say so: 3 people (you are one of them), none you can trace"
    equal "$(state alice "$record")" up
    done_ alice deny "$record" "there was nobody at noon" --ground saw
    done_ alice report add "$record" "they went towards the station"
    carry alice bob carol dan
    for name in $people; do
        equal "$(state $name "$record")" disputed "$name"
        equal "$(side $name "$record" yes people)" 3 "$name"
        equal "$(side $name "$record" yes saw)" 2 "$name"
        equal "$(side $name "$record" no people)" 1 "$name"
    done
    done_ bob reports Square
    printed "[disputed]"
    printed "says it is not so (saw it): there was nobody at noon"
    printed "adds (was told): they went towards the station"
    # All read the same, to the byte, but for whom they are and know.
    for name in bob carol dan; do
        l $name --json reports Square --all | sed 's/,"own":true//g' >"$W/board.$name"
    done
    cmp "$W/board.bob" "$W/board.dan" || fail "bob and dan read something else"
    cmp "$W/board.carol" "$W/board.dan" || fail "carol and dan read something else"
    # Who thinks better of it counts once, by the last word.
    done_ alice confirm "$record"
    carry alice bob
    equal "$(state bob "$record")" up
    equal "$(side bob "$record" yes people)" 4
    equal "$(side bob "$record" no people)" 0

    # A correction stands in its place, ahead of it, and carries nobody along.
    refused 1 "only a report of your own" bob report Square checkpoint "gone" --corrects "$record"
    done_ carol report Square checkpoint "it is at the station now" --warning --ground told --corrects "$record" --json
    fixed=$(field record)
    carry carol alice bob dan
    done_ bob reports Square
    printed "[corrected by its author]"
    printed "it is at the station now"
    printed "say so: one person, none you can trace; were told: 1"
    printed "said something of what stood there before: 3"
    lacks "men with shields"
    equal "$(l bob --json reports Square | wc -l)" 1 "the correction is no second report"
    done_ bob list Square # shows what counts, once
    printed "it is at the station now"
    lacks "men with shields"
    done_ bob list Square --all
    printed "men with shields"
    done_ bob confirm "$fixed" --json # by either name
    equal "$(side bob "$record" yes people)" 2
    done_ bob reports Square --words
    printed "(of what it said before)"

    # Its author's own denial ends it; taking it back takes its correction along.
    carry bob carol
    done_ carol deny "$record" "it was a rehearsal"
    equal "$(state carol "$record")" revoked
    done_ carol list Square
    lacks "station"
    lacks "men with shields"
    equal "$(side carol "$record" yes people)" 1
    done_ carol reports Square
    said "Nothing is reported."
    done_ carol reports Square --all
    printed "[not so, says who wrote it]"
    done_ carol retract "$record"
    carry carol alice
    done_ carol reports Square --all
    lacks "station"

    # A message can be denied, too.
    done_ dan post Square "the bridge is open" --ground told --json
    message=$(field id)
    [ -n "$message" ] || message=$(field record)
    carry dan bob
    done_ bob deny "$message" "I stood there" --ground saw
    done_ bob report Square road "closed since ten" --message "$message" --district "Медеу" --when 2h --json
    road=$(field record)
    carry bob alice
    done_ alice reports Square --json
    printed '"type":"message"'
    printed "\"message\":\"$message\""
    equal "$(state alice "$message")" disputed

    # The authorities were asked.
    done_ alice report Square arrests "where are those who were taken on Tuesday?" --asked "the police of Almaly" --json
    asked=$(field record)
    refused 1 "nobody was asked there" alice report answer "$road" "no"
    done_ alice report answer "$asked" "no such people" --ground paper
    done_ alice reports Square
    printed "the authorities were asked: arrests"
    printed "who was asked: the police of Almaly"
    printed "the answer (read it in an official paper): no such people"

    # Lists: by place, by time, warnings only.
    done_ alice report Square fire "the market burns" --warning --district "медеу" --urgency urgent --json
    fire=$(field record)
    done_ alice reports Square --place МЕДЕУ --json
    equal "$(wc -l <"$W/out")" 2
    done_ alice reports Square --warnings --json
    equal "$(wc -l <"$W/out")" 1
    printed "\"record\":\"$fire\""
    done_ alice reports Square --by-place --limit 2
    printed "the market burns"
    printed "closed since ten"
    said "more: longear reports --limit N"
    done_ alice reports Square --since 1h --place медеу --json
    equal "$(wc -l <"$W/out")" 2 "what was written since, though it happened before"
    done_ alice list Square
    printed "warning: fire. the market burns"
    lacks "denied"
    done_ alice --lang kk reports Square --warnings
    printed "ескерту: өрт"

    # The page tells the same to whoever looks, but not whom the operator knows.
    up alice
    web=$(grep -o 'http://127[^ ]*' "$W/alice.up" | head -n 1)
    community=$(l alice --json community list | grep -o '"community":"[0-9a-f]*' | head -n 1 | cut -d'"' -f4)
    curl -sf -H "Accept-Language: en" "${web%/}/g/$community/reports" >"$W/page"
    for words in "warning: fire" "the market burns" "say so: "; do
        grep -qF -- "$words" "$W/page" || fail "the page lacks '$words'"
    done
    ! grep -q "chain" "$W/page" || fail "the page tells whom its operator met"
    curl -sf "${web%/}/g/$community" | grep -qF "/g/$community/reports" || fail "nothing leads to the page"
    down "$node"
    export LONGEAR_NOW=$(($(date +%s) + 13 * 3600))
    equal "$(state alice "$fire")" over "after its twelve hours"
    done_ alice reports Square --warnings
    said "Nothing is reported."
    unset LONGEAR_NOW

    # What does not fit.
    refused 2 'there is no kind "gold"' alice report Square gold
    refused 1 'there is no ground "heard"' alice report Square fire --ground heard
    refused 1 "a point is not on the earth" alice report Square fire --point 91,0
    refused 1 "a point is written in degrees" alice report Square fire --point north
    refused 1 "can't have happened yet" alice report Square fire --when 2999-01-01
    refused 1 "can't have happened yet" alice report Square fire --hours 999999999
    refused 1 "that is too long" alice report Square fire --district "$(printf '%090d' 0)"
    refused 2 "is no warning" alice report Square fire --warning --asked x
    word=$(l alice --json reports Square | grep -o '"record":"[0-9a-f]*","created":[0-9]*,"says"' | head -n 1 | cut -d'"' -f4)
    refused 1 "is no report and no message" alice confirm "$word"
    closed_check
    for name in $people; do
        done_ $name check --json
        printed '"bad":0'
    done
}
both
