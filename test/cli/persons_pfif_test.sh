#!/bin/bash
# The register of people and other people's registers (PFIF). Shows: entries, notes and links come in, once however often
# the file is read; an older file changes nothing that is newer; what is wrong is named with its line and the rest
# comes in, with a count of both; what expired elsewhere does not come; addresses, telephone numbers and e-mail addresses
# stay on this device, in no record (THREATS, rule 7), until somebody lets them go; what goes out again loses nothing
# that has a place, but for children (rule 4) and a lone report of a death (rule 3), unless everything is asked for; XML
# that is no PFIF, with entities or cut off, harms nobody.
. "$(dirname "$0")/util.sh"

ago() { date -u -d "@$(($(date +%s) - $1))" +%Y-%m-%dT%H:%M:%SZ; } # SECONDS
person() { # ID NAME MORE…
    echo "<pfif:person><pfif:person_record_id>example.org/$1</pfif:person_record_id>"
    [ -z "$2" ] || echo "<pfif:full_name>$2</pfif:full_name>"
    echo "<pfif:source_date>$(ago 90000)</pfif:source_date>"
    shift 2
    printf '%s\n' "$@" "</pfif:person>"
}
note() { # ID PERSON AGE AUTHOR MORE…
    echo "<pfif:note><pfif:note_record_id>example.org/$1</pfif:note_record_id>"
    echo "<pfif:person_record_id>example.org/$2</pfif:person_record_id>"
    echo "<pfif:author_name>$4</pfif:author_name><pfif:source_date>$(ago "$3")</pfif:source_date>"
    shift 4
    printf '%s\n' "$@" "</pfif:note>"
}
pfif() { # INSIDE
    printf '<?xml version="1.0" encoding="UTF-8"?>\n<pfif:pfif xmlns:pfif="http://zesty.ca/pfif/1.4">\n%s\n</pfif:pfif>\n' "$1"
}
alive="<pfif:status>believed_alive</pfif:status>"
sought="<pfif:status>information_sought</pfif:status>"
dead="<pfif:status>believed_dead</pfif:status>"
state() { l alice --json person find Help "$1" --limit 1 | sed 's/^[^}]*"state":"\([a-z_]*\)".*/\1/'; }

check() {
    for name in alice bob; do done_ $name init --name $name; done
    done_ alice community new --title Help --closed --keep 90
    done_ alice invite Help --json
    done_ bob join "$(field invitation)" --json
    done_ alice member admit "$(field request)"

    pfif "$(
        person p1 "Нұрсұлтан Әбдіров" "<pfif:author_phone>+7 727 765 43 21</pfif:author_phone>" \
            "<pfif:home_street>blue gate 12</pfif:home_street>" \
            "<pfif:description>ring secret@example.org</pfif:description>" \
            "$(note n1 p1 5000 Aigul "$alive" "<pfif:last_known_location>Abai 12, flat 7</pfif:last_known_location>")"
        person p2 "Айгүл Сейтқали" "<pfif:age>9</pfif:age>"
        person p3 ""
        person p4 "Somebody Expired" "<pfif:expiry_date>$(ago 1000)</pfif:expiry_date>" "$(note n4 p4 5000 A "$alive")"
        person p5 "Omarov Daniyar" "<pfif:sex>wrong</pfif:sex>"
        note n5 p5 4000 Marat "$dead" "<pfif:linked_person_record_id>example.org/p1</pfif:linked_person_record_id>"
        note n6 p9 4000 Marat "$alive"
    )" >"$W/in.xml"
    status 1 alice person import Help "$W/in.xml" --json
    printed '{"entries":3,"notes":2,"links":1,"known":0,"expired":2,"orphans":1,"apart":2,"refused":2}'
    grep -qE 'in.xml:[0-9]+: full_name: a mandatory field is missing' "$W/err" || fail "the missing name is not named by its line"
    grep -qE 'in.xml:[0-9]+: sex: a field has a value' "$W/err" || fail "the wrong sex is not named by its line"
    equal "$(state Nursultan)" believed_alive
    done_ alice person find Help "Omarov Daniyar" --json
    printed '"state":"ask"'
    printed '"linked":['

    # Again: nothing is written twice.
    status 1 alice person import Help "$W/in.xml" --json
    printed '"entries":0,"notes":0,"links":0,"known":5'

    # An older file changes nothing, a newer one does.
    pfif "$(note n7 p1 8000 Aigul "$sought")" >"$W/older.xml"
    done_ alice person import Help "$W/older.xml" --json
    printed '"notes":1'
    equal "$(state Nursultan)" believed_alive "after an older file"
    pfif "$(note n8 p1 1000 Aigul "$sought")" | l alice person import Help - >/dev/null
    equal "$(state Nursultan)" looked_for "after a newer file"

    # Rule 7.
    id=$(l alice --json person find Help Нұрсұлтан --limit 1 | sed 's/.*"record":"\([0-9a-f]*\)".*/\1/;q')
    done_ alice pouch pack "$W/p.zip"
    done_ bob pouch open "$W/p.zip"
    done_ bob person show "$id" --all --json
    printed "ring …"
    for secret in "765 43" "blue gate" secret@ "flat 7"; do
        ! grep -qF "$secret" "$W/out" || fail "everybody in the group reads: $secret"
        done_ alice person apart "$id"
        printed "$secret"
        done_ bob person apart "$id"
        said "Nothing was set apart"
        done_ bob person show "$id" --all --json
    done
    done_ alice person apart "$id" --drop
    done_ alice person apart "$id"
    said "Nothing was set apart"

    # Out again: children and a lone report of a death stay (rules 3 and 4).
    done_ alice person export Help "$W/public.xml" --json
    printed '{"entries":2,"notes":3,"links":1,"expired":0,"left_out":2}'
    ! grep -qE "Айгүл|believed_dead" "$W/public.xml" || fail "what is not public is in the file"
    done_ alice person export Help "$W/all.xml" --all
    grep -q "Айгүл" "$W/all.xml" && grep -q "believed_dead" "$W/all.xml" || fail "not everything is in the file"

    # And in: what has a place comes back, from another group as from this one.
    done_ alice person note "$id" detained --ground paper --seen "school 12" --held "Kapshagai; block 7" --since 2d --when 1d --text "two
lines"
    done_ alice person add Help "Own Entry" --child --description "own words" --born 2015 --town Almaty
    done_ alice person export Help "$W/one.xml" --all
    done_ alice community new --title Two --closed --keep 90
    done_ alice person import Two "$W/one.xml" --json
    printed '"known":0,"expired":0,"orphans":0,"apart":0,"refused":0'
    done_ alice person export Two "$W/two.xml" --all
    for file in one two; do # the order is that of ids, and links are said by who read them in
        tr '\n' ' ' <"$W/$file.xml" | sed 's/<pfif:note>/\n&/g; s/<pfif:person>/\n&/g; s/<\/pfif:person>//g; s/<\/pfif:pfif>//; s/  */ /g' |
            grep -v linked_person | sed 's/<pfif:entry_date>[^<]*<\/pfif:entry_date>//g' | LC_ALL=C sort >"$W/$file"
    done
    diff "$W/one" "$W/two" >"$W/err" || fail "the round trip loses something"
    equal "$(grep -c linked_person "$W/two.xml")" 1
    done_ alice person import Help "$W/two.xml" --json # its own come home
    printed '"entries":0,"notes":0,"links":0'

    # What is no register.
    printf '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' >"$W/bomb.xml"
    refused_file "a document type is declared" "$W/bomb.xml"
    echo '<html/>' >"$W/html.xml"
    refused_file "this is no PFIF document" "$W/html.xml"
    head -c 700 "$W/all.xml" >"$W/cut.xml"
    refused_file "this is not well-formed XML" "$W/cut.xml"
    done_ alice community new --title Square
    refused 1 "an open group takes in only" alice person import Square "$W/in.xml"
    for name in alice bob; do
        done_ $name check --json
        printed '"bad":0'
    done
}
refused_file() { # WORDS FILE
    status 1 alice person import Help "$2" --json
    said "$1"
}
both
