#!/bin/bash
# THREATS.md, "the later prosecutor": no logs of who connected. After a contact neither of two nodes has written the other's address, or its
# person's fingerprint, into its home or said it on its output, and their status shows counts alone. Each has an address of its own on loopback.
set -eu
. test/cli/util.sh

clean() { # HOME ADDRESS FINGERPRINT: nothing in the home, nor in what was said, names the other
    local word
    for word in "$2" "$3"; do
        [ -n "$word" ] || fail "nothing to look for"
        ! grep -rqaF -- "$word" "$W/$1" || fail "the home $1 holds $word"
        ! grep -qaF -- "$word" "$W/out" || fail "the output of $1 holds $word: $(cat "$W/out")"
        ! grep -qaF -- "$word" "$W/err" || fail "what $1 said holds $word: $(cat "$W/err")"
    done
}

check() {
    for home in a b; do done_ $home init --name "$home-person"; done
    done_ a id --json
    person_a=$(field fingerprint)
    done_ b id --json
    person_b=$(field fingerprint)
    done_ a community new --title Group --json
    l a invite "$(field community)" >"$W/invitation"
    done_ b join "$(cat "$W/invitation")"
    done_ a post Group "from a"
    done_ b post Group "from b"
    up a --web 127.0.0.3:0 --listen 127.0.0.2:0
    # The address that b dials is b's own word, told back to whoever typed it; nothing else may keep it.
    done_ b sync "127.0.0.2:$port"
    done_ a list Group
    printed "from b"
    done_ a status --json
    ! grep -q '"address":"127.0.0.1\|127.0.0.1:' "$W/out" || fail "status names the peer: $(cat "$W/out")"
    clean a 127.0.0.1 "$person_b"
    down $node
    cp "$W/a.up" "$W/out"
    : >"$W/err"
    clean a 127.0.0.1 "$person_b"
    done_ b status --json
    clean b 127.0.0.2 "$person_a"
    done_ b list Group --json
    clean b 127.0.0.2 "$person_a"
}
both
