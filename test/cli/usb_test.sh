#!/bin/bash
# A memory stick in a running node. Shows, with a folder in place of a stick: parcels in its main folder and in Link are
# taken in, a fresh one is written that another node opens, and written only if it brings something; links, pipes,
# folders, parcels of other kinds and damaged ones do no harm and are counted; a link in place of Link is not followed.
# And, where the machine lets us mount a file system of our own (else it says so): a stick that appears under a folder
# is worked on, one that is mounted on the system's own disk is not, a full one gets a sentence, one that is read-only
# too, and one that is pulled out in the middle leaves the node as it was.
. "$(dirname "$0")/util.sh"

# Wait until a node said words about its sticks so many times.
tells() { # HOME WORDS TIMES
    for _ in $(seq 150); do
        [ "$(grep -cF -- "$2" "$W/$1.up")" -lt "$3" ] || return 0
        sleep 0.1
    done
    cat "$W/$1.up" >&2
    fail "the node did not say '$2' $3 times"
}
member() { # HOME: a person who is in the group
    done_ "$1" init --name "$1"
    done_ "$1" join "$line"
}
texts() { l "$1" --json list Square | sed -n 's/.*"text":"\([^"]*\)".*/\1/p' | sort | tr '\n' ' '; }

plain() {
    local stick=$W/stick id
    mkdir -p "$stick/Link" "$W/outside/dir.zip"
    done_ alice post Square from-alice
    done_ bob post Square from-bob
    done_ bob pouch pack "$stick/bob.zip"
    done_ carol post Square from-carol
    done_ carol pouch pack "$stick/Link/carol.longear"
    done_ dave post Square from-dave
    done_ dave pouch pack "$W/outside/dave.zip"
    # What a hostile stick may hold.
    ln -s "$W/outside/dave.zip" "$stick/dave.zip"
    ln -s "$W/outside/dave.zip" "$stick/Link/dave.zip"
    ln -s /dev/zero "$stick/zero.zip"
    mkfifo "$stick/pipe.zip"
    mkdir "$stick/folder.zip"
    head -c 70000 /dev/urandom >"$stick/noise.zip"
    : >"$stick/empty.zip"
    head -c 300 "$stick/bob.zip" >"$stick/cut.html"
    cp "$stick/bob.zip" "$stick/$(printf 'a\033[31m\nb').zip"
    cp "$stick/bob.zip" "$stick/.hidden.zip"
    mv "$stick" "$stick.out"

    up alice --usb-plain "$stick.out"
    tells alice "It can be taken out." 1
    tells alice "New messages from it: 2" 1
    tells alice "Messages in the parcel written to it: 3" 1
    tells alice "Damaged parcels, or files that are none: 3" 1
    status 0 alice --json status
    printed '"usb":[{"stick":"stick.out","state":"done","error":null,"parcels":3,"bad":3,"accepted":2,"written":3,"left_out":0,"file":"link-'
    down $node
    equal "$(texts alice)" "from-alice from-bob from-carol " "a link was followed, or a parcel missed"
    equal "$(ls "$stick.out/Link" | tr '\n' ' ' | sed 's/link-[0-9-]*\.zip/link-DATE.zip/')" "carol.longear dave.zip link-DATE.zip " "what lies in Link"
    done_ bob pouch open "$stick.out"/Link/link-*.zip
    equal "$(texts bob)" "from-alice from-bob from-carol " "what the parcel brings"

    # In again: everything is there; something new: a second parcel.
    up alice --usb-plain "$stick.out"
    tells alice "It held everything already; nothing was written." 1
    done_ alice post Square later
    mv "$stick.out" "$stick"
    sleep 4.5 # two looks, in which it is gone
    mv "$stick" "$stick.out"
    tells alice "Messages in the parcel written to it: 4" 1
    down $node
    equal "$(ls "$stick.out"/Link/link-*.zip | wc -l)" 2 "parcels of this node"

    # A link in place of the folder: nothing is written through it.
    rm -rf "$stick.out/Link"
    ln -s "$W/outside" "$stick.out/Link"
    up alice --usb-plain "$stick.out"
    tells alice "No parcel was written: " 1
    down $node
    equal "$(ls "$W/outside" | tr '\n' ' ')" "dave.zip dir.zip " "it wrote through a link"
    equal "$(texts alice)" "from-alice from-bob from-carol later " "it read through a link"
    refused 2 "expected a folder" alice up --usb "$W/alice.up"
    refused 2 "expected a folder" alice up --usb /
}

# Mount the stick, once the system has let go of it: what was pulled out is held until the work on it ends.
plug() { # OPTIONS
    for _ in $(seq 100); do
        [ -n "$(losetup -j "$IMAGE")" ] || break
        sleep 0.05
    done
    mount -o "loop${1:-}" "$IMAGE" "$at" || fail "mount"
}
# Take it out, and wait until the node knows: mounted again between two looks of the node it would be the same stick.
unplug() {
    umount "$at" || fail "the stick is held"
    noticed
}
noticed() {
    for _ in $(seq 100); do
        done_ alice --json status
        ! grep -qF '"stick":"STICK"' "$W/out" || { sleep 0.05; continue; }
        return 0
    done
    fail "the node did not notice that the stick was taken out"
}
# Within a mount namespace of its own: $IMAGE is a file system in a file.
real() {
    local media=$W/media at=$W/media/STICK
    mkdir -p "$media/home" "$at"
    { mkfs.vfat "$IMAGE" || mkfs.ext4 -q -F "$IMAGE"; } >/dev/null 2>&1
    done_ dave pouch pack "$W/dave2.zip"
    up alice --usb "$media"
    sleep 2.5
    ! grep -q "taken out" "$W/alice.up" || fail "a folder that is no mount was taken for a stick"
    plug
    tells alice "STICK: It can be taken out." 1
    [ -n "$(ls "$at/Link" 2>/dev/null)" ] || { cat "$W/alice.up"; ls -la "$at" "$at/Link"; fail "nothing was written"; }
    unplug

    # Full: what is there is taken in, a sentence says that nothing went out.
    mkdir "$W/elsewhere" # where the node does not see it
    mount -o loop "$IMAGE" "$W/elsewhere" || fail "mount"
    rm -rf "$W/elsewhere/Link"; cp "$W/dave2.zip" "$W/elsewhere/"; head -c 100M /dev/zero >"$W/elsewhere/fill" 2>/dev/null || true
    umount "$W/elsewhere" || fail "umount"
    plug
    tells alice "STICK: No parcel was written: the stick, or this device, is full." 1
    tells alice "STICK: New messages from it: 1" 1
    [ -z "$(ls "$at/Link" 2>/dev/null)" ] || fail "something half is on a full stick"
    rm "$at/fill"; unplug

    plug ,ro
    tells alice "STICK: No parcel was written: the stick cannot be written on." 1
    unplug

    # Pulled out while it is worked on, at several moments; afterwards the node still works, on the next stick too.
    for delay in 0 0.01 0.02 0.04 0.08; do
        plug
        sleep "$delay"
        umount -l "$at"
        sleep 0.2
    done
    noticed
    done_ alice post Square still-here
    plug
    tells alice "STICK: Messages in the parcel written to it: 6" 1
    unplug
    plug
    down $node
    done_ alice check
    done_ bob pouch open "$(ls -t "$at"/Link/link-*.zip | head -n 1)"
    umount "$at"
}

check() {
    done_ alice init --name alice
    done_ alice community new --title Square --open
    done_ alice invite Square
    line=$(head -n 1 "$W/out")
    for who in bob carol dave; do member $who; done
    plain
    [ -z "${IMAGE:-}" ] || real
}

if [ -z "${IMAGE:-}" ]; then
    IMAGE=$(mktemp)
    trap 'rm -f "$IMAGE"' EXIT
    truncate -s 8M "$IMAGE"
    mount=$(mktemp -d)
    if { mkfs.vfat "$IMAGE" || mkfs.ext4 -q -F "$IMAGE"; } >/dev/null 2>&1 &&
        unshare -m sh -c 'mount -o loop "$1" "$2"' sh "$IMAGE" "$mount" 2>/dev/null; then
        rmdir "$mount"
        IMAGE=$IMAGE unshare -m "$0"
        exit
    fi
    rmdir "$mount"
    echo "no file system can be mounted here: folders alone are tried"
    IMAGE=
fi
both
