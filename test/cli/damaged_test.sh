#!/bin/bash
# A page of the store goes bad: the check says which part it is of and looks at all else; or no command works, and each
# says why and where. Nothing crashes, and no message is shown that was not written. The store's key lies beside it here.
set -eu
. test/cli/util.sh

flip() { # FILE OFFSET: change a byte
    local was
    was=$(od -An -tu1 -j "$2" -N1 "$1")
    printf "\\$(printf %03o $(((was + 1) % 256)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

check() {
    local i page pages messages=0 noticed=0 refused=0
    done_ good init --name A --no-passphrase
    done_ good community new --title group
    # So many, because what was stored since the ids were last written down is read whenever the store opens.
    for i in $(seq 1 1500); do echo "{\"text\": \"Quixotic message $i, and some words more so that it takes its room\"}"; done >"$W/lines"
    done_ good import group "$W/lines"
    done_ good --json check
    printed '"bad":0'
    if grep -rqa "Quixotic" "$W/good"; then fail "a message can be read in the home"; fi
    pages=$(($(stat -c %s "$W/good/store.db") / 4096))
    for page in $(seq 3 $((pages / 24 + 1)) $((pages - 1))); do
        rm -rf "$W/bad"
        cp -r "$W/good" "$W/bad"
        flip "$W/bad/store.db" $((page * 4096 + 100))
        i=0
        l bad --json check >"$W/out" 2>"$W/err" </dev/null || i=$?
        [ "$i" = 1 ] || fail "exit $i of a check with page $page damaged"
        if [ -s "$W/out" ]; then
            noticed=$((noticed + 1))
            [ "$(field bad)" -gt 0 ] || fail "page $page is damaged, and nothing is bad"
            if grep -q "damaged: messages" "$W/err"; then messages=$((messages + 1)); fi
        else
            refused=$((refused + 1))
            said "store.db"
            said "page"
        fi
        l bad --json list group >"$W/out" 2>"$W/err" </dev/null || [ "$?" = 1 ] || fail "list of a damaged store"
        ! grep '"text"' "$W/out" | grep -qv "Quixotic message" || fail "a message that nobody wrote"
    done
    echo "$pages pages: $noticed named by the check ($messages of messages), $refused refused"
    [ "$messages" -gt 0 ] || fail "the check never named the messages"
}

both
