#!/bin/bash
# THREATS.md, "the later prosecutor": a photo goes without place, device, names and time and under a neutral name; its
# original stays with its author, sealed, to the byte, and nobody else gets it; what cannot be stripped is refused unless
# the author says "as it is".
set -eu
. test/cli/util.sh

# A photo with a place, a maker and a trailer, as bytes: EXIF is turned by 90 degrees.
photo() {
    printf '\377\330\377\340\0\020JFIF\0\1\1\1\0\110\0\110\0\0'
    printf '\377\341\0\106Exif\0\0MM\0*\0\0\0\010\0\2\1\017\0\2\0\0\0\026\0\0\0\046\1\022\0\3\0\0\0\1\0\6\0\0\0\0\0\0SECRETPHONE 43.2N76.9E\0\0'
    printf '\377\376\0\022SECRET-by-Aliya.'
    printf '\377\333\0\103\0'
    head -c 64 /dev/zero | tr '\0' '\1'
    printf '\377\300\0\013\010\0\010\0\010\1\1\021\0'
    printf '\377\304\0\024\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
    printf '\377\332\0\010\1\1\0\0\077\0%s\377\331' "$1"
    printf '\0\0\0\030ftypmp42SECRET behind it'
}

check() {
    export LONGEAR_NOW=1795300000
    done_ a init --name Aliya
    done_ b init --name Baurzhan
    done_ a community new --title Yard --json
    c=$(field community)

    photo pixels >"$W/IMG_20220105_143210.jpg"
    done_ a post "$c" "look" --attach "$W/IMG_20220105_143210.jpg" --json
    said "without place, device, names and time"
    record=$(field record)
    done_ a save "$record" "$W/sent" --json
    grep -q '"name":"photo.jpg","media":"image/jpeg"' <(tr -d ' ' <"$W/out") || fail "its name: $(cat "$W/out")"
    ! grep -q SECRET "$W/sent" || fail "what travels tells"
    grep -q pixels "$W/sent" || fail "its pixels"
    grep -q Exif "$W/sent" || fail "how it is turned"
    done_ a list "$c" --json
    ! grep -q 20220105 "$W/out" || fail "the camera's name"

    # The original, to the byte; only where it was sent from, and nothing of it to be read in the home.
    done_ a save "$record" "$W/original" --original
    cmp "$W/original" "$W/IMG_20220105_143210.jpg" || fail "the original is another"
    ! grep -rqa "SECRETPHONE\|20220105" "$W/a" || fail "the original lies open in the home"
    done_ a pouch pack "$W/parcel.zip"
    done_ b pouch open "$W/parcel.zip"
    ! unzip -p "$W/parcel.zip" | grep -qa SECRET || fail "the original travels"
    done_ b save "$record" "$W/sent.b"
    cmp "$W/sent" "$W/sent.b" || fail "what arrived is another"
    refused 1 "stays with who sent it" b save "$record" "$W/none" --original
    [ ! -e "$W/none" ] || fail "something was saved"

    # Without an original; a second file; a name that a person gave.
    photo others >"$W/the square.jpg"
    done_ a post "$c" "two" --attach "$W/the square.jpg" --attach "$W/IMG_20220105_143210.jpg" --no-original --json
    record=$(field record)
    refused 1 "stays with who sent it" a save "$record" "$W/none" --original --number 1
    done_ a show "$record" --json
    grep -q '"the square.jpg"' "$W/out" || fail "the name that a person gave"
    grep -q '"photo-2.jpg"' "$W/out" || fail "the second name"

    # What cannot be stripped does not go, but as the author says.
    printf '\0\0\0\030ftypheic\0\0\0\0mif1heic SECRET' >"$W/IMG_1.HEIC"
    printf 'II*\0\10\0\0\0\0\0SECRET' >"$W/scan.tif"
    head -c 100 "$W/IMG_20220105_143210.jpg" >"$W/cut.jpg"
    echo "no photo" >"$W/no.jpg"
    refused 1 "HEIC" a post "$c" text --attach "$W/IMG_1.HEIC"
    refused 1 "this kind of photo" a post "$c" text --attach "$W/scan.tif"
    refused 1 "damaged" a post "$c" text --attach "$W/cut.jpg"
    refused 1 "this kind of photo" a post "$c" text --attach "$W/no.jpg"
    done_ a post "$c" "all of it" --attach "$W/IMG_1.HEIC" --as-it-is --json
    said "goes as it is"
    done_ a save "$(field record)" "$W/sent"
    cmp "$W/sent" "$W/IMG_1.HEIC" || fail "as it is"
    echo "a list" >"$W/list 2022.txt"
    done_ a post "$c" "text" --attach "$W/list 2022.txt" --json
    said "goes as it is"
}

both
