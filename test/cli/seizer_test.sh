#!/bin/bash
# The seizer takes the device, on or off, images the disk and tries passwords (doc/threat-model.md). What a home says to
# whoever has it without its passphrase: nothing that was written in it, not whose it is, not whether there is a second
# one; wrong passphrases that all look alike and wait longer; a home.key with any byte changed; and what is left after a
# wipe, which the right passphrase does not open.
set -eu
. test/cli/util.sh

one="correct horse battery staple"
two="a harmless second one"
s() { # HOME ARGS…: with the first passphrase
    local home=$1
    shift
    LONGEAR_PASSPHRASE=$one done_ "$home" "$@"
}
# Press the button of the operator's page: with what it needs, and without, as a page from elsewhere would.
button() { # URL
    node - "$1" <<'JS' || fail "the button of the page"
const assert = require("assert");
const base = process.argv[2].replace(/\/$/, ""), origin = base;
(async () => {
    const about = await (await fetch(base + "/about")).text();
    assert.ok(about.includes('href="/wipe"'));
    const page = await (await fetch(base + "/wipe")).text();
    const token = /name="?t"? value="?([0-9a-f]+)/.exec(page)[1];
    const press = (body, from) => fetch(base + "/wipe", { method: "POST", body: new URLSearchParams(body), headers: { Origin: from } });
    assert.equal((await press({ t: token }, "http://example.org")).status, 403);
    assert.equal((await press({ t: "0".repeat(40) }, origin)).status, 403);
    assert.equal((await press({}, origin)).status, 403);
    assert.equal((await fetch(base + "/about")).status, 200);
    const done = await press({ t: token }, origin);
    assert.equal(done.status, 200);
    assert.ok((await done.text()).includes("The key is gone"));
})().catch((error) => { console.error(error); process.exit(1); });
JS
}
# No file of the home holds any of the words, as text or as bytes, plain or in UTF-16.
searched() { # HOME
    node - "$W/$1" "$W/words" <<'JS' || fail "the home $1 says something"
const fs = require("fs"), path = require("path");
const [home, list] = process.argv.slice(2);
const needles = [];
for (const word of fs.readFileSync(list, "utf8").trim().split("\n")) {
    needles.push([word, Buffer.from(word)], [word, Buffer.from(word, "utf16le")]);
    if (/^[0-9a-f]{32,}$/.test(word)) needles.push([word, Buffer.from(word, "hex")]);
}
let bytes = 0, bad = 0;
for (const name of fs.readdirSync(home)) {
    if (!fs.statSync(path.join(home, name)).isFile()) continue;
    const file = fs.readFileSync(path.join(home, name));
    bytes += file.length;
    for (const [word, needle] of needles) {
        if (needle.length < 4) throw new Error("too short a word: " + word);
        if (file.includes(needle)) { console.error(`${name} holds "${word}"`); bad = 1; }
    }
}
if (bytes < 1000) throw new Error("nothing was searched");
process.exit(bad);
JS
}

check() {
    export LONGEAR_NOW=1795300000
    s a init --name "Aliya of Abay street" --json
    person=$(field person)
    s a community new --title "The yard behind the theatre" --json
    c=$(field community)
    s a community list --json
    author=$(field author)
    s a post "$c" "Bring insulin to the hospital" --json
    record=$(field record)
    echo "lorem ipsum attached dolor" >"$W/note.txt"
    s a post "$c" "with a file" --attach "$W/note.txt"
    printf '%s\n' "Aliya of Abay street" "The yard behind" "insulin" "attached dolor" "note.txt" "SQLite format" \
        "CREATE TABLE" "$person" "$c" "$author" "$record" "$one" "$two" >"$W/words"
    searched a

    # What status says of it.
    s a status --json
    equal "$(field protection)" passphrase
    grep -q '"encrypted":true' "$W/out" || fail "status: $(cat "$W/out")"
    s a status
    printed "A passphrase opens this home"

    # Without the passphrase, and with wrong ones, which all say the same and nothing else; every further one waits longer.
    refused 1 "this home is sealed" a id
    echo "wrong" >"$W/wrong"
    for try in 1 2 3; do
        began=${EPOCHREALTIME/[.,]/}
        refused 1 "not the right one" a id --passphrase-file "$W/wrong"
        [ "$try" != 1 ] || cp "$W/err" "$W/first"
        cmp -s "$W/first" "$W/err" || fail "wrong passphrases do not look alike"
    done
    [ $((${EPOCHREALTIME/[.,]/} - began)) -ge 1000000 ] || fail "the third try did not wait"
    equal "$(wc -l <"$W/first")" 1 "lines about a wrong passphrase"
    s a id
    printed "Aliya"

    # The same from a node that is killed: while it runs, and right after.
    LONGEAR_PASSPHRASE=$one up a
    done_ a post "$c" "Bring insulin again"
    searched a
    kill -9 $node
    wait $node 2>/dev/null || true
    searched a
    s a list "$c"
    printed "insulin again"
    searched a

    # Every byte of home.key: a clear error, and nothing is changed.
    cp "$W/a/home.key" "$W/kept.key"
    for at in $(seq 0 15 175) 175; do
        node -e 'const fs = require("fs"); const [, file, at] = process.argv; const b = fs.readFileSync(file); b[at] ^= 0x40; fs.writeFileSync(file, b)' "$W/a/home.key" "$at"
        LONGEAR_PASSPHRASE=$one refused 1 "the key file is damaged" a id
        cp "$W/kept.key" "$W/a/home.key"
    done
    head -c 100 "$W/kept.key" >"$W/a/home.key"
    LONGEAR_PASSPHRASE=$one refused 1 "the key file is damaged" a id
    cp "$W/kept.key" "$W/a/home.key"
    s a id

    # A new passphrase: the old one opens nothing, the old key file is not there any more.
    LONGEAR_PASSPHRASE=$one LONGEAR_NEW_PASSPHRASE="$two" done_ a passphrase --json
    equal "$(field protection)" passphrase
    LONGEAR_PASSPHRASE=$one refused 1 "not the right one" a id
    LONGEAR_PASSPHRASE=$two done_ a id
    LONGEAR_PASSPHRASE=$two LONGEAR_NEW_PASSPHRASE="$one" done_ a passphrase
    LONGEAR_PASSPHRASE=$one refused 1 "missing" a passphrase

    # A second passphrase opens an innocent home; from outside nothing but bytes that were random before has changed.
    ls -1 "$W/a" >"$W/names"
    stat -c '%n %a' "$W"/a/* >"$W/modes"
    LONGEAR_PASSPHRASE=$one LONGEAR_NEW_PASSPHRASE="$two" refused 2 "--yes" a passphrase --second
    LONGEAR_PASSPHRASE=$one LONGEAR_NEW_PASSPHRASE="$one" refused 1 "another passphrase" a passphrase --second --yes
    LONGEAR_PASSPHRASE=$one LONGEAR_NEW_PASSPHRASE="$two" done_ a passphrase --second --yes --name Somebody
    ls -1 "$W/a" | cmp -s - "$W/names" || fail "a second home shows in the names: $(ls "$W/a")"
    stat -c '%n %a' "$W"/a/* | cmp -s - "$W/modes" || fail "a second home shows in the modes"
    equal "$(stat -c %s "$W/a/home.key")" 176
    LONGEAR_PASSPHRASE=$two done_ a id
    printed Somebody
    LONGEAR_PASSPHRASE=$two done_ a community list
    ! grep -q yard "$W/out" || fail "the innocent home knows the other's groups"
    LONGEAR_PASSPHRASE=$two done_ a community new --title "Recipes"
    s a list "$c"
    printed "insulin again"
    LONGEAR_PASSPHRASE=$one LONGEAR_NEW_PASSPHRASE="$two" refused 1 "another passphrase" a passphrase

    # A key file kept elsewhere: alone, and beside a passphrase.
    done_ k init --name K --key-file "$W/stick" --json
    equal "$(stat -c '%s %a' "$W/stick")" "32 600"
    refused 1 "this home is sealed" k id
    refused 1 "cannot be read" k id --key-file "$W/nowhere"
    done_ k status --key-file "$W/stick" --json
    equal "$(field protection)" "key file"
    LONGEAR_NEW_PASSPHRASE=$one done_ k passphrase --key-file "$W/stick" --json
    equal "$(field protection)" "passphrase and key file"
    refused 1 "not the right one" k id --key-file "$W/stick"
    s k id --key-file "$W/stick"
    LONGEAR_PASSPHRASE=$one refused 1 "not the right one" k id
    LONGEAR_PASSPHRASE=$one refused 1 "lies outside" k passphrase --key-file "$W/stick" --new-key-file "$W/k/inside"
    [ ! -e "$W/k/inside" ] || fail "a key file was left in the home"

    # A home without a passphrase gets one: from then on it is needed.
    done_ o init --name Open
    said "no passphrase"
    done_ o community new --title "Was open"
    LONGEAR_NEW_PASSPHRASE=$one done_ o passphrase
    said "flash memory may keep"
    refused 1 "this home is sealed" o id
    s o community list
    printed "Was open"

    # A wipe asks for no passphrase; what is left does not open, nor does a copy of all of it with the key before its end
    # overwritten, which is what a wipe that is stopped early leaves.
    cp -r "$W/a" "$W/image"
    cp -r "$W/a" "$W/w"
    done_ w wipe --yes --json
    grep -q '"wiped":true' "$W/out" && grep -q '"sealed":true' "$W/out" || fail "wipe: $(cat "$W/out")"
    [ ! -e "$W/w" ] || fail "something is left: $(ls "$W/w")"
    LONGEAR_PASSPHRASE=$one refused 1 "longear init" w id
    s image id # the image was taken before: that is what the passphrase is for

    # The same by the operator's page.
    cp -r "$W/a" "$W/b"
    LONGEAR_PASSPHRASE=$one up b
    button "$(sed -n 's/^The page: *//p' "$W/b.up")"
    wait $node || fail "the node ended with status $?"
    [ ! -e "$W/b" ] || equal "$(ls -A "$W/b")" "" "something is left"

    # A home in memory alone: the node's commands find it without a file, and nothing is written anywhere.
    mkdir "$W/empty"
    (cd "$W/empty" && HOME=$W/empty XDG_DATA_HOME=$W/empty XDG_RUNTIME_DIR=$W/empty "$P" --home "$W/empty/m" --memory up --web 127.0.0.1:0 --listen 127.0.0.1:0 \
        --no-discovery >"$W/m.up" 2>&1 </dev/null) &
    node=$!
    nodes="$nodes $node"
    for _ in $(seq 100); do ! grep -q "Ctrl-C ends" "$W/m.up" || break; sleep 0.1; done
    done_ empty/m --memory community new --title "In the air" --json
    air=$(field community)
    done_ empty/m post --memory "In the air" "said in memory"
    done_ empty/m --memory list "In the air"
    printed "said in memory"
    done_ empty/m --memory status --json
    equal "$(field protection)" memory
    node - "$(sed -n 's/^The page: *//p' "$W/m.up")" "$air" <<'JS' || fail "a parcel packed in memory"
const base = process.argv[2].replace(/\/$/, "");
(async () => {
    const answer = await fetch(base + "/parcel/get?g=" + process.argv[3]);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200 || bytes.subarray(0, 2).toString() !== "PK") throw new Error(`${answer.status} ${bytes.subarray(0, 200)}`);
})().catch((error) => { console.error(error); process.exit(1); });
JS
    refused 1 "longear init" empty/m id
    status 1 empty/m --memory up --web 127.0.0.1:0 --listen 127.0.0.1:0 --no-discovery
    equal "$(ls -A "$W/empty")" "" "files of a home in memory"
    done_ empty/m --memory wipe --yes
    said "ever on a disk"
    wait $node || fail "the node ended with status $?"
    equal "$(ls -A "$W/empty")" "" "files of a home in memory"
    refused 1 "longear up --memory" empty/m --memory status

    # While a node runs, it wipes itself and ends.
    LONGEAR_PASSPHRASE=$one up a
    exec 9<"$W/a/home.key"
    done_ a wipe --yes
    said "sealed"
    wait $node || fail "the node ended with status $?"
    [ ! -e "$W/a" ] || fail "something is left: $(ls "$W/a")"
    mkdir "$W/after"
    for file in person.key guest.key store.db store2.db lock; do cp "$W/image/$file" "$W/after/"; done
    cat <&9 >"$W/after/home.key" # what stands in the blocks of the old file now
    exec 9<&-
    LONGEAR_PASSPHRASE=$one refused 1 "damaged" after id
    LONGEAR_PASSPHRASE=$two refused 1 "damaged" after id
}
both
