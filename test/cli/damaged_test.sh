#!/bin/bash
# A page of the store goes bad: the check says which part it is of and looks at all else; or no command works, and each
# says why and where. Nothing crashes, and no message is shown that was not written. What can be read is saved then, and
# the home works again. The store's key lies beside it here.
set -eu
. test/cli/util.sh

flip() { # FILE OFFSET: change a byte
    local was
    was=$(od -An -tu1 -j "$2" -N1 "$1")
    printf "\\$(printf %03o $(((was + 1) % 256)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# Save what is left of $W/bad, which has a damaged page: the part is named, what is missing is said to be, all else reads.
saved() {
    local records gaps parts
    done_ bad --json salvage
    printed '"damaged":true'
    records=$(field records) gaps=$(field gaps) parts=$(sed -n 's/.*"parts":"\([^"]*\)".*/\1/p' "$W/out")
    [ -n "$parts" ] || fail "page $page is damaged, and no part is named"
    [ -e "$W/bad/store.db.damaged" ] || fail "the damaged file is not set aside"
    if [ "$records" = 1500 ]; then
        whole=$((whole + 1))
    else
        partly=$((partly + 1))
        [ "$records" -gt 1400 ] && [ "$gaps" -gt 0 ] || fail "$records messages and $gaps gaps after one page"
        case $parts in *messages*) ;; *) fail "messages are missing, and '$parts' is damaged" ;; esac
    fi
    done_ bad --json check
    equal "$(field bad)" 0 "bad after page $page"
    equal "$(field records)" "$records" "messages after page $page"
    done_ bad --json list group
    equal "$(grep -c "Quixotic message" "$W/out")" "$records" "listed"
    done_ bad post group "and it goes on"
}

# What is set aside stays until it is dropped; a salvage that was cut short is taken up again.
around() {
    refused 1 "salvage --drop" bad salvage
    done_ bad salvage --drop
    printed "overwritten and removed"
    if ls "$W/bad"/store.db.damaged* 2>/dev/null; then fail "something set aside is left"; fi
    refused 1 "nothing was set aside" bad salvage --drop
    rm -rf "$W/bad"
    cp -r "$W/good" "$W/bad"
    flip "$W/bad/store.db" $((pages / 2 * 4096 + 100))
    mv "$W/bad/store.db" "$W/bad/store.db.damaged" # cut short before the new one was in place
    cp "$W/good2/store.db" "$W/bad/store.db.saved"
    done_ bad --lang ru salvage
    printed "Повреждено: "
    said "salvage --drop"
    done_ bad --json check
    [ ! -e "$W/bad/store.db.saved" ] || fail "store.db.saved is left"
    up bad
    refused 1 "is at work on this home" bad salvage --drop
    down "$node"
    done_ bad wipe --yes
    [ ! -e "$W/bad" ] || fail "a wipe leaves $(ls "$W/bad")"
    head -c 4096 /dev/urandom >"$W/junk"
    dd if="$W/junk" of="$W/good/store.db" conv=notrunc status=none bs=4096 count=1
    dd if="$W/junk" of="$W/good/store.db" conv=notrunc status=none bs=4096 count=1 seek=1
    dd if="$W/junk" of="$W/good/store.db" conv=notrunc status=none bs=4096 count=1 seek=2
    refused 1 "store.db" good salvage
    [ -e "$W/good/store.db" ] && [ ! -e "$W/good/store.db.saved" ] || fail "nothing was saved, and it is not as it was"
}

check() {
    local i page pages messages=0 noticed=0 refused=0 whole=0 partly=0
    done_ good2 init --name A --no-passphrase
    done_ good2 --json salvage
    printed '{"damaged":false}'
    [ ! -e "$W/good2/store.db.damaged" ] || fail "set aside what is whole"
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
        saved
    done
    echo "$pages pages: $noticed named by the check ($messages of messages), $refused refused"
    [ "$messages" -gt 0 ] || fail "the check never named the messages"
    echo "saved: all messages $whole times, part of them $partly times"
    [ "$whole" -gt 0 ] && [ "$partly" -gt 0 ] || fail "one of both never happened"
    around
}

both
