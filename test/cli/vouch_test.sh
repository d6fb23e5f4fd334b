#!/bin/bash
# Who knows whom, in a closed group: alice met bob, bob met and vouched for carol, nobody for dan. Shows: alice is told so beside every message and in the list of
# people, in words and as JSON, carol not what she has not met; in an open group nothing is signed; whom one has not met, nobody vouches for; twice is once; a vouch
# counts no more after its last day. THREATS: the infiltrator, who brings no friends.
. "$(dirname "$0")/util.sh"

carry() { # FROM TO
    done_ "$1" pouch pack "$W/p.zip"
    done_ "$2" pouch open "$W/p.zip"
    rm "$W/p.zip"
}
# What stands at a member's message: HOME AUTHOR FIELD
mark() { l "$1" --json list Kitchen | grep "from $2\"" | sed -n "s/.*\"$3\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }
key() { l "$1" --json key Kitchen | sed -n 's/.*"key":"\([0-9a-f]*\)".*/\1/p'; }

check() {
    for name in alice bob carol dan; do done_ $name init --name $name; done
    done_ alice community new --title Kitchen --closed
    done_ alice invite Kitchen --json
    invitation=$(field invitation)
    for name in bob carol dan; do
        done_ $name join "$invitation" --json
        done_ alice member admit "$(field request)"
    done
    for name in bob carol dan; do carry alice $name; done
    for name in bob carol dan; do
        done_ $name post Kitchen "from $name"
        carry $name alice
    done
    for name in bob carol dan; do carry alice $name; done

    # Before anybody met.
    equal "$(mark alice bob known_in_person)" ""
    done_ alice people Kitchen
    equal "$(grep -c 'nobody you met has vouched' "$W/out")" 3
    refused 1 "met nobody like that" bob vouch Kitchen "$(key carol)"
    done_ bob key Kitchen --name Bob --json
    done_ alice met "$(field line)" --name Bob
    done_ carol key Kitchen --json
    done_ bob met "$(field line)" --name 'Кәрім'
    equal "$(mark alice bob known_in_person)" "true"
    equal "$(mark alice bob name)" "Bob"
    equal "$(mark alice carol chains)" ""
    equal "$(mark bob carol name)" "Кәрім"
    equal "$(mark dan carol name)" "" # a name is the reader's own

    refused 1 "met nobody like that" bob vouch Kitchen Nobody
    done_ bob vouch Kitchen 'Кәрім' --json
    equal "$(field vouched)" "$(key carol)"
    last=$(field last_day)
    done_ bob vouch Kitchen "$(key carol | cut -c 1-8)" --json
    equal "$(field last_day)" "$last" "once more says the same"
    done_ bob list Kitchen --json
    equal "$(grep -c '"kind":"vouch"' "$W/out")" 1 "and signs nothing anew"
    carry bob alice
    equal "$(mark alice carol chains)" 1
    equal "$(mark alice carol known_in_person)" ""
    equal "$(mark alice dan chains)" ""
    done_ alice people Kitchen --json
    equal "$(grep -c '"chains":1' "$W/out")" 2 "bob, whom she met, and carol"
    done_ alice list Kitchen
    printed "Bob (known in person)"
    printed "(known in person to people you met: 1)"
    printed "(knows "
    # Who did not meet bob is told nothing by him.
    carry alice dan
    equal "$(mark dan carol chains)" ""
    done_ alice search carol
    printed "(known in person to people you met: 1)"
    # It has its time.
    export LONGEAR_NOW=$(((last + 2) * 86400))
    done_ alice people Kitchen --json
    equal "$(grep -c '"chains":1' "$W/out")" 1 "bob alone"
    unset LONGEAR_NOW

    # Not in the open.
    done_ bob community new --title Square
    done_ bob invite Square --json
    done_ carol join "$(field invitation)"
    done_ carol key Square --json
    done_ bob met "$(field line)"
    refused 1 "closed groups only" bob vouch Square "$(field key)"
}
both
