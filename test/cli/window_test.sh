#!/bin/bash
# The window: for an hour in which some line to the world works. Shows: --window packs open groups alone, in parts of at
# most so many bytes, each a parcel that opens by itself, the urgent in the first; nothing of closed groups is in any;
# together, in any order, they bring all, files too; a damaged part costs itself; what does not fit is refused.
set -eu
. "$(dirname "$0")/util.sh"

check() {
    done_ alice init --name alice
    done_ bob init --name bob
    done_ carol init --name carol
    done_ alice community new --title Square
    done_ alice invite Square --json
    invitation=$(field invitation)
    done_ bob join "$invitation"
    done_ carol join "$invitation"
    done_ alice community new --closed --title Kitchen
    done_ alice post Kitchen "the list of who is looked for"
    # Texts that do not pack, so that there are several parts; and a file that is cut apart.
    for i in $(seq 400); do
        echo "{\"text\":\"$i $(head -c 2400 /dev/urandom | base64 -w 0)\"}"
    done >"$W/texts"
    done_ alice import Square "$W/texts"
    head -c 900000 /dev/urandom >"$W/video.bin"
    done_ alice post Square "what I filmed" --attach "$W/video.bin"
    done_ alice post Square "people are shot at, at the station" --urgency urgent

    refused 1 "--window is too small" alice pouch pack "$W/news.zip" --window 100K
    refused 1 "parts to mail are zips" alice pouch pack "$W/news.html" --window 600K
    [ ! -e "$W/news.html" ] || fail "something was made"
    done_ alice pouch pack "$W/news.zip" --window 600K
    printed "news-1.zip"
    printed "news-2.zip"
    [ ! -e "$W/news.zip" ] || fail "the whole lies beside the parts"
    ! ls -a "$W" | grep -q "\.parcel-" || fail "something is left over"
    parts=$(ls "$W"/news-*.zip | wc -l)
    [ "$parts" -ge 3 ] || fail "there are $parts parts"
    for part in "$W"/news-*.zip; do
        [ "$(wc -c <"$part")" -le 600000 ] || fail "$part is too large"
        unzip -tq "$part" >"$W/zip" || fail "$part is no zip"
        ! unzip -p "$part" | grep -qaF "looked for" || fail "a closed group is in $part"
    done
    equal "$(l alice --json pouch pack "$W/again.zip" | grep -o '"sealed":[0-9]*' | head -n 1)" '"sealed":'"$(l alice --json status | grep -o '"sealed":[0-9]*' | head -n 1 | cut -d: -f2)"
    done_ alice pouch pack "$W/more.zip" --window 600K --json
    printed '"sealed":0'
    equal "$(grep -c '"part"' "$W/out")" "$parts"

    # The first brings what is urgent; all of them all, the other way round but for the first.
    done_ bob pouch open "$W/news-1.zip"
    done_ bob list Square
    printed "people are shot at, at the station"
    for part in $(ls -r "$W"/news-*.zip); do done_ bob pouch open "$part"; done
    equal "$(l bob --json list Square | wc -l)" 402
    record=$(l bob --json list Square | grep "what I filmed" | sed 's/.*"record":"\([0-9a-f]*\).*/\1/')
    done_ bob save "$record" "$W/got.bin"
    cmp "$W/got.bin" "$W/video.bin" || fail "the file differs"

    # Half a part was lost on its way.
    head -c 300000 "$W/news-2.zip" >"$W/half.zip"
    done_ carol pouch open "$W/half.zip"
    printed "ends too early"
    [ "$(l carol --json list Square | wc -l)" -gt 50 ] || fail "what was whole is not here"
    rm "$W"/*.zip "$W/video.bin" "$W/got.bin" "$W/texts"
}
both
