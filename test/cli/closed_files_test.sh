#!/bin/bash
# A photo in a closed group. Shows: it goes without place, device, names and time, sealed, by the hands of somebody who
# is no member, and arrives at every member as it left, byte for byte; whoever carried it holds nothing that can be read,
# nor does any parcel; neither a parcel nor a meeting of nodes hands out its chunks; a file that is too large is refused
# before anything is written; what was taken back goes. THREATS: the courier, the later prosecutor.
set -eu
. "$(dirname "$0")/util.sh"

carry() { # FROM TO: by hand, through dave, who is no member
    done_ "$1" pouch pack "$W/$1.zip"
    done_ dave pouch open "$W/$1.zip"
    done_ dave pouch pack "$W/dave.zip"
    done_ "$2" pouch open "$W/dave.zip"
    rm "$W/$1.zip" "$W/dave.zip"
}
# A photo with a place and a maker; its pixels are about 300 kB that can be found again.
photo() {
    printf '\377\330\377\340\0\020JFIF\0\1\1\1\0\110\0\110\0\0'
    printf '\377\341\0\106Exif\0\0MM\0*\0\0\0\010\0\2\1\017\0\2\0\0\0\026\0\0\0\046\1\022\0\3\0\0\0\1\0\6\0\0\0\0\0\0SECRETPHONE 43.2N76.9E\0\0'
    printf '\377\333\0\103\0'
    head -c 64 /dev/zero | tr '\0' '\1'
    printf '\377\300\0\013\010\0\010\0\010\1\1\021\0'
    printf '\377\304\0\024\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
    printf '\377\332\0\010\1\1\0\0\077\0'
    seq -f 'pixel-%.0f' 25000
    printf '\377\331'
}
nothing_of_it() { # DIRECTORY or FILE: whose it is
    for word in pixel-17 pixel-24000 SECRETPHONE "look at this" photo.jpg; do
        ! grep -rqaF "$word" "$1" || fail "$2 holds '$word'"
    done
}
opened() { # ZIP: what is in it
    rm -rf "$W/opened"
    mkdir "$W/opened"
    (cd "$W/opened" && unzip -qo "$1")
}
sealed() { l "$1" --json status | sed -n 's/.*"sealed":\([0-9]*\).*/\1/p'; }

check() {
    for name in alice bob carol dave; do done_ $name init --name $name; done
    done_ alice community new --title Kitchen --closed --json
    community=$(field community)
    done_ alice invite Kitchen --json
    invitation=$(field invitation)
    for name in bob carol; do
        done_ $name join "$invitation" --json
        done_ alice member admit "$(field request)"
    done
    carry alice bob
    carry alice carol

    photo >"$W/IMG_20220105_143210.jpg"
    done_ alice post Kitchen "look at this" --attach "$W/IMG_20220105_143210.jpg" --json
    said "without place, device, names and time"
    record=$(field record)
    done_ alice save "$record" "$W/sent"
    ! grep -q SECRET "$W/sent" || fail "what travels tells"
    grep -q pixel-24000 "$W/sent" || fail "its pixels"
    done_ alice save "$record" "$W/original" --original
    cmp "$W/original" "$W/IMG_20220105_143210.jpg" || fail "the original is another"

    # To bob by the courier, who can read nothing of it: not in the parcels, not in the home.
    done_ alice pouch pack "$W/seen.zip"
    opened "$W/seen.zip"
    nothing_of_it "$W/opened" "alice's parcel"
    carry alice bob
    done_ bob save "$record" "$W/sent.bob"
    cmp "$W/sent" "$W/sent.bob" || fail "what arrived is another"
    refused 1 "stays with who sent it" bob save "$record" "$W/none" --original
    done_ bob list Kitchen --json
    printed '"name":"photo.jpg"'
    [ "$(sealed dave)" -ge 11 ] || fail "dave carries too little: $(sealed dave)"
    done_ dave status --json
    printed '"blobs":0'
    done_ dave pouch pack "$W/seen.zip"
    opened "$W/seen.zip"
    nothing_of_it "$W/opened" "the courier's parcel"
    nothing_of_it "$W/dave" "the courier's home"
    done_ bob pouch pack "$W/seen.zip"
    opened "$W/seen.zip"
    nothing_of_it "$W/opened" "bob's parcel"

    # To carol by a meeting with dave; a parcel from bob gives the courier no blob either.
    up dave
    done_ bob sync 127.0.0.1:"$port"
    done_ carol sync 127.0.0.1:"$port"
    down "$node"
    done_ dave status --json
    printed '"blobs":0'
    nothing_of_it "$W/dave" "the courier's home after meeting bob"
    done_ carol save "$record" "$W/sent.carol"
    cmp "$W/sent" "$W/sent.carol" || fail "what arrived at carol is another"

    # The page of a member shows it.
    up bob
    web=$(grep -o 'http://127[^ ]*' "$W/bob.up" | head -n 1)
    curl -sf "${web%/}/g/$community" >"$W/page" || fail "no page"
    grep -q "look at this" "$W/page" || fail "the page lacks the message"
    path=$(grep -o "/b/[0-9a-f]*/$record" "$W/page" | head -n 1)
    curl -sf "${web%/}$path" >"$W/shown" || fail "the photo is not on the page: '$path'"
    cmp "$W/sent" "$W/shown" || fail "the page shows another photo"
    down "$node"

    # Too large: refused, with nothing written; the largest is not. Nor is a message passed on into a closed group.
    before=$(l alice --json list Kitchen | wc -l)
    head -c 8192001 /dev/zero >"$W/big.bin"
    refused 1 "in a closed group an attached file has 1 byte to" alice post Kitchen "big" --attach "$W/big.bin"
    refused 1 "not passed on into closed groups" alice post Kitchen "again" --forward "$record"
    done_ alice community new --title Square
    refused 1 "nor out of them" alice post Square "look" --forward "$record"
    equal "$(l alice --json list Kitchen | wc -l)" "$before" "messages after refusals"

    # Taken back: what carries it goes from the members' pools, and nothing of it comes again.
    full=$(sealed bob)
    mine=$(sealed alice)
    done_ alice retract "$record"
    carry alice bob
    [ "$(sealed bob)" -le $((full - 10)) ] || fail "$(sealed bob) sealed records of $full after it was taken back"
    [ "$(sealed alice)" -le $((mine - 10)) ] || fail "alice keeps what carries it: $(sealed alice) of $mine"
    for name in alice bob carol; do
        done_ $name check --json
        printed '"bad":0'
    done
}
both
