#!/bin/bash
# A closed group, from its founding to a removal, with nothing between the members but parcels that somebody else
# carries. Shows: who is not admitted reads nothing and learns neither title nor name nor text; who is admitted reads and
# writes; who is removed reads nothing of what is written by who has heard of it; coordinators change by consent; bad
# requests are refused with a sentence. THREATS: the courier, the infiltrator. And that nodes that meet carry it too.
. "$(dirname "$0")/util.sh"

# Sorted: messages of one second stand in the order of their ids.
texts() { l "$1" --json list Kitchen | sed -n 's/.*"text":"\([^"]*\)".*/\1/p' | LC_ALL=C sort | tr '\n' '|'; }
carry() { # FROM TO: by hand, through dave, who is no member
    done_ "$1" pouch pack "$W/$1.zip"
    done_ dave pouch open "$W/$1.zip"
    done_ dave pouch pack "$W/dave.zip"
    done_ "$2" pouch open "$W/dave.zip"
    rm "$W/$1.zip" "$W/dave.zip"
}
key_of() { l "$1" --json community list | sed -n 's/.*"author":"\([0-9a-f]*\)".*/\1/p'; }
request_of() { # HOME: join, and what comes of it
    done_ "$1" join "$invitation" --json
    request=$(field request)
    [ -n "$request" ] || fail "no request came of joining"
}

founding() {
    for name in alice bob carol dave; do done_ $name init --name $name; done
    refused 2 "goes with --closed" alice community new --title Kitchen --history
    done_ alice community new --title Kitchen --closed --json
    community=$(field community)
    done_ alice community list --json
    printed '"access":"closed"'
    done_ alice invite Kitchen --json
    invitation=$(field invitation)

    # Who has the invitation alone writes nothing; who has asked twice has asked once.
    request_of bob
    first=$request
    request_of bob
    equal "$request" "$first" "a second request"
    refused 1 "no member of this group" bob post Kitchen "let me in"
}
check_requests() {
    refused 1 "no request to join" alice member admit "$invitation"
    refused 1 "a character or a byte was changed" alice member admit "${request%???}aaa"
    refused 1 "no member of the group" bob member remove Kitchen "$(key_of alice)"
}
rest() {
    done_ alice member admit "$request"
    done_ alice member admit "$request" # once more does no harm
    done_ alice member admit Kitchen "$request" # the group may be named
    refused 1 "no group is called" alice member admit Nowhere "$request"
    done_ erlan init --name erlan
    done_ erlan community new --title Yard --closed
    refused 1 "about another group" erlan member admit Yard "$request"
    done_ alice post Kitchen "the tent stands at the bridge"
    carry alice bob
    equal "$(texts bob)" "the tent stands at the bridge|"
    done_ bob post Kitchen "coming with soup"
    carry bob alice
    equal "$(texts alice)" "coming with soup|the tent stands at the bridge|"

    # The courier has it all and can read nothing: not in lists, not in the file, not in what dave's parcel holds.
    done_ dave community list --json
    [ ! -s "$W/out" ] || fail "the courier knows a group: $(cat "$W/out")"
    done_ dave pouch pack "$W/seen.zip"
    for word in "the tent stands" "coming with soup" Kitchen; do
        ! grep -qaF "$word" "$W/seen.zip" || fail "the courier's parcel holds '$word'"
        ! grep -rqaF "$word" "$W/dave" || fail "the courier's home holds '$word'"
    done
    rm "$W/seen.zip"

    # Another member, by a meeting of nodes instead of parcels, through dave again.
    request_of carol
    done_ alice member admit "$request"
    up dave
    done_ alice sync 127.0.0.1:"$port"
    done_ carol sync 127.0.0.1:"$port"
    down "$node"
    done_ carol member list Kitchen --json
    printed '"standing":"member"'
    equal "$(texts carol)" "" "what was written before carol came"
    done_ carol post Kitchen "here is carol"
    carry carol alice
    carry carol bob
    equal "$(texts bob)" "coming with soup|here is carol|the tent stands at the bridge|"

    # Two coordinate from now on; the first alone cannot remove the second.
    done_ alice member propose Kitchen "$(key_of alice)" "$(key_of bob)"
    carry alice bob
    done_ bob member list Kitchen --json
    printed '"coordinates":true'
    refused 1 "coordinates it too" alice member remove Kitchen "$(key_of bob)"

    # The infiltrator: removed, reads what was there and nothing of what those write who have heard of it.
    done_ bob member remove Kitchen "$(key_of carol)"
    done_ bob post Kitchen "carol must not know"
    carry bob carol
    carry bob alice
    equal "$(texts alice)" "carol must not know|coming with soup|here is carol|the tent stands at the bridge|"
    equal "$(texts carol)" "here is carol|"
    done_ carol member list Kitchen --json
    printed '"standing":"removed"'
    refused 1 "no member" carol post Kitchen "am I still here"
    done_ alice post Kitchen "nor this"
    carry alice carol
    carry alice bob
    equal "$(texts carol)" "here is carol|"
    case $(texts bob) in *"|nor this|"*) ;; *) fail "bob lacks what alice wrote" ;; esac

    # One of two is no majority.
    done_ bob member propose Kitchen "$(key_of bob)" --json
    proposal=$(field proposal)
    carry bob alice
    done_ alice member list Kitchen --json
    printed '"coordinates":true'
    done_ alice member consent Kitchen "$proposal"
    refused 1 "no such proposal" alice member consent Kitchen "$proposal"
    done_ alice member list Kitchen --json
    printed '"coordinates":false'

    done_ alice check --json
    printed '"bad":0'
}
check() {
    founding
    check_requests
    rest
}
both
