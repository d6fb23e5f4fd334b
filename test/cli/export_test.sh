#!/bin/bash
# What is public of an open group, in the formats of other programs. Shows: only what a coordinator wrote, confirmed or pinned goes out, and no longer once its author
# says something else under it; no name, no key, no number of who says so, no telephone number of a need; CAP is valid against OASIS's schema, also as an update and as
# a cancel, Atom against its own; the page is well-formed, without scripts, and what people write is text in it; a closed group is refused; the same comes from a
# running node. THREATS: the liar, rules 5 and 6.
set -eu
. "$(dirname "$0")/util.sh"

carry() { # FROM TO…
    local from=$1 to
    shift
    done_ "$from" pouch pack "$W/p.zip"
    for to; do done_ "$to" pouch open "$W/p.zip"; done
    rm "$W/p.zip"
}
cap_valid() { xmllint --nonet --noout --schema test/exchange/oasis/CAP-v1.2.xsd "$1" 2>"$W/err" || fail "no CAP: $1"; }
atom_valid() { xmllint --nonet --noout --relaxng test/exchange/atom.rng "$1" 2>"$W/err" || fail "no Atom: $1"; }
lacks() { ! grep -qF -- "$2" "$1" || fail "$1 has '$2'"; }
has() { grep -qF -- "$2" "$1" || fail "$1 lacks '$2': $(head -c 2000 "$1")"; }
key() { l "$1" --json key Square | sed -n 's/.*"key":"\([0-9a-f]*\)".*/\1/p'; }
handle() { l "$1" --json reports Square --all | grep -o '"handle":"[^"]*","own"' | head -n 1 | cut -d'"' -f4; }

check() {
    for name in alice bob; do done_ $name init --name $name; done
    done_ alice community new --title "Square" --lang kk
    done_ alice invite Square --json
    done_ bob join "$(field invitation)"

    # Nothing is there.
    refused 1 "there is no such warning" alice export cap Square
    done_ alice export geojson Square
    printed '"features":['
    equal "$(grep -c Feature\" "$W/out" || true)" 0

    # A warning by anybody is not for the public until a coordinator stands behind it.
    done_ bob report Square fire '=HYPERLINK("http://x") <script>alert(1)</script> & "more"' --warning --hours 3 --ground saw \
        --place "the market" --district "Медеу" --point 43.238,76.945 --json
    fire=$(field record)
    carry bob alice
    done_ alice export csv Square
    lacks "$W/out" "the market"
    done_ alice confirm "$fire" --ground saw
    for format in csv geojson atom cap; do
        done_ alice export $format Square
        has "$W/out" "the market"
        has "$W/out" "${fire}"
        for name in alice bob; do
            lacks "$W/out" "$(key $name)"
            lacks "$W/out" "$(key $name | cut -c 1-16)"
        done
        lacks "$W/out" "$(handle bob)"
        cp "$W/out" "$W/$format"
    done
    lacks "$W/atom" "<script"
    lacks "$W/cap" "<script"
    has "$W/csv" "#geo+lat"
    has "$W/csv" "\"'=HYPERLINK"
    has "$W/geojson" '"coordinates":[76.945,43.238]'
    cap_valid "$W/cap"
    atom_valid "$W/atom"
    has "$W/cap" "<msgType>Alert</msgType>"
    has "$W/cap" "<language>kk</language>"
    has "$W/cap" "43.238,76.945 0.100"
    lacks "$W/cap" "Observed"
    grep -q '<expires>[0-9T:-]*[+-][0-9][0-9]:[0-9][0-9]</expires>' "$W/cap" || fail "the end has no numeric offset"

    # Its author says something else: what the coordinator confirmed was not that.
    export LONGEAR_NOW=$(($(date +%s) + 60))
    done_ bob report Square fire "it is your neighbours' doing" --warning --corrects "$fire" --json
    fixed=$(field record)
    carry bob alice
    done_ alice export csv Square
    lacks "$W/out" "neighbours"
    refused 1 "there is no such warning" alice export cap Square
    done_ alice confirm "$fixed"
    done_ alice export cap Square --record "$fire"
    cap_valid "$W/out"
    cp "$W/out" "$W/cap"
    done_ alice export cap Square --record "$fixed" # by either name
    cmp "$W/out" "$W/cap" || fail "the same warning, by its correction's name, is another"
    printed "<msgType>Update</msgType>"
    printed "$fire"
    export LONGEAR_NOW=$((LONGEAR_NOW + 60))
    done_ bob deny "$fire"
    carry bob alice
    refused 1 "there is no such warning" alice export cap Square
    done_ alice export cap Square --record "$fire"
    cap_valid "$W/out"
    printed "<msgType>Cancel</msgType>"
    done_ alice export atom Square
    atom_valid "$W/out"
    printed "not so, says who wrote it"

    # Needs and offers without what people wrote in their own words.
    done_ alice need Square food "ring 8 (727) 123-45-67" --amount 40 --unit "ring 1234567" --district Almaly --place "the school" --sealed "the blue gate"
    for format in csv geojson; do
        done_ alice export $format Square --aid
        printed Almaly
        for words in 123 1234567 "blue gate"; do lacks "$W/out" "$words"; done
    done
    refused 1 "as csv or geojson" alice export atom Square --aid

    # One that holds for longer than the format has dates.
    done_ alice report Square road "for good" --warning --hours 87000
    done_ alice export cap Square
    cap_valid "$W/out"

    # A site: a folder, also from a running node.
    done_ alice report Square curfew "from 23:00 <b>everywhere</b>" --warning --ground paper
    done_ alice post Square "Meet at the library & bring water" --json
    message=$(field id)
    [ -n "$message" ] || message=$(field record)
    done_ bob post Square "not for the public"
    carry bob alice
    done_ alice pin "$message" --for-all
    refused 1 "a site is a folder" alice export site Square
    done_ alice export site Square --to "$W/site"
    up alice
    done_ alice --lang ru export site Square --to "$W/served"
    done_ alice export csv Square --to "$W/served.csv"
    down "$node"
    equal "$(ls "$W/site" | tr '\n' ' ')" "aid.csv feed.xml index.html reports.csv reports.geojson "
    for page in "$W/site/index.html" "$W/served/index.html"; do
        xmllint --nonet --noout "$page" 2>"$W/err" || fail "not well-formed: $page"
        has "$page" "Meet at the library &amp; bring water"
        has "$page" "from 23:00 &lt;b&gt;everywhere"
        lacks "$page" "<script"
        lacks "$page" "not for the public"
        lacks "$page" "neighbours"
        lacks "$page" "$(key alice)"
        ! grep -q 'src=\|http://[^w]\|https://' "$page" || fail "the page loads something"
    done
    has "$W/served/index.html" 'lang="ru"'
    has "$W/served/index.html" "комендантский час"
    cmp "$W/site/reports.csv" "$W/served.csv" || fail "the node writes another table"
    atom_valid "$W/site/feed.xml"
    # A file in the way: said, and nothing of it is lost.
    echo mine >"$W/file"
    status 1 alice export site Square --to "$W/file"
    equal "$(cat "$W/file")" mine
    status 1 alice export csv Square --to "$W/nowhere/x.csv"
    unset LONGEAR_NOW

    # What does not fit.
    refused 2 'there is no format "pdf"' alice export pdf Square
    done_ alice community new --title Kitchen --closed
    for format in cap geojson csv atom; do refused 1 "this group is closed" alice export $format Kitchen; done
    status 1 alice export site Kitchen --to "$W/kitchen"
    said "this group is closed"
    [ ! -e "$W/kitchen/index.html" ] && [ ! -e "$W/kitchen/index.html.part" ] || fail "something was left of what was refused"
}
both
