#!/bin/bash
# What coordinators pin for all. Shows: it stands first on every device's list and page, whoever sees it; nobody else
# can pin; of two coordinators of a closed group each ends what the other pinned; a message taken back is pinned no more.
set -eu
. "$(dirname "$0")/util.sh"

carry() { # FROM TO
    done_ "$1" pouch pack "$W/p.zip"
    done_ "$2" pouch open "$W/p.zip"
    rm "$W/p.zip"
}
pinned() { l "$1" --json list "$2" --pinned | sed 's/.*"text":"\([^"]*\)".*/\1/' | tr '\n' '|'; }

check() {
    for name in alice bob; do done_ $name init --name $name; done
    done_ alice community new --title Square
    done_ alice invite Square --json
    done_ bob join "$(field invitation)"
    done_ alice post Square "water at six" --json
    first=$(field record)
    done_ alice post Square "the school is open" --json
    second=$(field record)
    carry alice bob
    refused 1 "only coordinators" bob pin "$first" --for-all
    refused 1 "no coordinator has pinned it" alice unpin "$first" --for-all
    done_ alice pin "$first" --for-all
    export LONGEAR_NOW=$(($(date +%s) + 60))
    done_ alice pin "$second" --for-all
    unset LONGEAR_NOW
    carry alice bob
    export LONGEAR_NOW=$(($(date +%s) + 120))
    for name in alice bob; do equal "$(pinned $name Square)" "the school is open|water at six|" "$name"; done
    done_ bob list Square
    printed "[pinned for all]"
    equal "$(grep -c . "$W/out")" 4 "two messages, and nothing of the pins"
    l bob --json list Square | grep -q '"pinned_for_all":true' || fail "no mark in JSON"
    up bob
    web=$(grep -o 'http://127[^ ]*' "$W/bob.up" | head -n 1)
    community=$(l bob --json list Square | head -n 1 | sed 's/.*"community":"\([^"]*\)".*/\1/')
    curl -sf "${web%/}/g/$community" >"$W/page"
    grep -q "Pinned by coordinators" "$W/page" || fail "the page does not show what is pinned"
    equal "$(grep -o "water at six" "$W/page" | wc -l)" 2
    equal "$(grep -o 'id="[mp][0-9a-f]*"' "$W/page" | sort | uniq -d | wc -l)" 0
    down "$node"
    done_ alice unpin "$second" --for-all
    done_ alice retract "$first"
    carry alice bob
    for name in alice bob; do equal "$(pinned $name Square)" "" "$name"; done
    unset LONGEAR_NOW

    # Two coordinators of a closed group.
    done_ alice community new --title Kitchen --closed
    done_ alice invite Kitchen --json
    done_ bob join "$(field invitation)" --json
    done_ alice member admit "$(field request)"
    carry alice bob
    done_ bob post Kitchen "soup at noon" --json
    soup=$(field record)
    carry bob alice
    refused 1 "only coordinators" bob pin "$soup" --for-all
    done_ alice pin "$soup" --for-all
    carry alice bob
    equal "$(pinned bob Kitchen)" "soup at noon|"
    keys=$(l alice --json member list Kitchen | grep -o '"key":"[0-9a-f]*' | cut -d'"' -f4 | sort -u)
    done_ alice member propose Kitchen $keys
    carry alice bob
    done_ bob unpin "$soup" --for-all
    carry bob alice
    equal "$(pinned alice Kitchen)" ""
    for name in alice bob; do
        done_ $name check --json
        printed '"bad":0'
    done
}
both
