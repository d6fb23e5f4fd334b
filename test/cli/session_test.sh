#!/bin/bash
# The main job from end to end, by the command alone: write on one device, pack, carry, open on another, join, read, answer, carry
# back. With the shape of every JSON line checked against the names that scripts rely on.
set -eu
. test/cli/util.sh

keys() {
    node -e 'for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) console.log(Object.keys(JSON.parse(line)).join(","))' <"$W/out"
}
shape() { equal "$(keys | sort -u)" "$1" "the fields of $2"; }

check() {
    export LONGEAR_NOW=1795300000
    done_ a init --name Aliya --json
    shape person init
    person=$(field person)
    equal ${#person} 32
    done_ a id --json
    shape name,fingerprint id
    equal "$(field name)" Aliya
    equal "$(field fingerprint)" "$person"
    equal "$(stat -c %a "$W/a")" 700
    equal "$(stat -c %a "$W/a/person.key")" 600
    done_ b init --name Baurzhan

    done_ a community new --title "Алаң, 5 қараша" --lang kk --keep 30 --json
    shape community "community new"
    c=$(field community)
    equal ${#c} 64
    done_ a community list --json
    shape community,title,access,records,author,joined,lang,keep_days "community list"
    equal "$(field community)" "$c"
    equal "$(field access)" open
    equal "$(field lang)" kk
    equal "$(field keep_days)" 30
    author=$(field author)

    done_ a post "$c" "Су керек" --urgency urgent --json
    shape record post
    water=$(field record)
    done_ a post "алан 5 ҚАРАША" "Ертең сағат 10-да" --json
    echo "from a pipe" | l a post "${c:0:8}" - --json >"$W/out"
    printf '\211PNG\r\n\032\n not really' >"$W/photo.bin"
    done_ a post "$c" "with a picture" --attach "$W/photo.bin" --as-it-is --reply "${water:0:6}" --json
    said "goes as it is"
    done_ a list "$c" --json
    equal "$(wc -l <"$W/out")" 4
    node - "$W/out" "$c" "$author" "$water" <<'JS' || fail "the listing is not what was written"
const assert = require("assert");
const [file, community, author, water] = process.argv.slice(2);
const lines = require("fs").readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const order = lines.map((r) => [r.created, r.record]);
assert.deepEqual(order, [...order].sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1)));
const by = Object.fromEntries(lines.map((r) => [r.text, r]));
assert.deepEqual(Object.keys(by).sort(), ["Ертең сағат 10-да", "Су керек", "from a pipe", "with a picture"].sort());
for (const r of lines) {
    assert.equal(r.community, community);
    assert.equal(r.author, author);
    assert.equal(r.kind, "text");
    assert.equal(r.created, 1795300000);
    assert.equal(r.expiry_day, Math.floor(1795300000 / 86400) + 30);
}
assert.equal(by["Су керек"].urgency, "urgent");
assert.equal(by["from a pipe"].urgency, "normal");
const picture = by["with a picture"];
assert.equal(picture.reply, water);
assert.ok(!("reply" in by["Су керек"]));
assert.equal(picture.attachments.length, 1);
const [a] = picture.attachments;
assert.deepEqual([a.name, a.media, a.size, a.blob.length], ["photo.bin", "image/png", 19, 64]);
JS
    done_ a show "$water" --json
    equal "$(wc -l <"$W/out")" 2 "a message and its reply"
    done_ a search "су кер" --json
    equal "$(field record)" "$water"
    done_ a list "$c" --limit 1 --newest --json
    equal "$(wc -l <"$W/out")" 1
    done_ a list "$c" --since 1795300001 --json
    equal "$(wc -l <"$W/out")" 0

    done_ a pouch pack "$W/parcel.zip" --json
    shape records,blobs,bytes,left_out,sealed "pouch pack"
    equal "$(field records)" 4
    equal "$(field blobs)" 1
    equal "$(field bytes)" "$(stat -c %s "$W/parcel.zip")"
    equal "$(ls -A "$W" | grep -c parcel)" 1 "nothing else is left beside the parcel"
    done_ b pouch open "$W/parcel.zip" --json
    shape accepted,known,rejected,truncated,waiting,blobs,communities,sealed,damaged,refused "pouch open"
    equal "$(field accepted)" 4
    equal "$(field blobs)" 1
    equal "$(field communities)" 1
    done_ b pouch open "$W/parcel.zip" --json
    equal "$(field accepted),$(field known)" 0,4
    done_ b list "$c" --json
    cp "$W/out" "$W/list.b"
    done_ a list "$c" --json
    cmp "$W/out" "$W/list.b" || fail "both devices show the same, byte for byte"

    l b pouch open - --json <"$W/parcel.zip" >"$W/out"
    cat "$W/parcel.zip" | l b pouch open - --json | cmp - "$W/out" || fail "a parcel through a pipe"
    equal "$(field known)" 4

    # The file that came along, saved again; what is wrong leaves the target as it was.
    picture=$(l b search picture --json | sed -n 's/.*"record":"\([0-9a-f]*\)".*/\1/p')
    done_ b save "$picture" "$W/saved.bin" --json
    shape name,media,bytes save
    cmp "$W/photo.bin" "$W/saved.bin" || fail "the saved file differs"
    refused 1 "no file came" b save "$water" "$W/saved.bin"
    refused 1 "which one" b save "$picture" "$W/saved.bin" --number 2
    cmp "$W/photo.bin" "$W/saved.bin" || fail "a refusal changed the file"
    refused 1 "No such file" b save "$picture" "$W/nowhere/saved.bin"
    # A parcel too small for the file: the message comes, the file does not.
    head -c 100000 /dev/urandom >"$W/large.bin"
    done_ a post "$c" "with a large file" --attach "$W/large.bin" --json
    large=$(field record)
    done_ a pouch pack "$W/small.zip" "$c" --max-size 40000 --json
    done_ d init --name D
    done_ d pouch open "$W/small.zip"
    refused 1 "have arrived" d save "$large" "$W/large.saved"
    [ ! -e "$W/large.saved" ] || fail "half a file was left"
    done_ a retract "$large"

    # What came in a parcel can be read; to write, one joins.
    refused 1 "longear join" b post "$c" "no"
    done_ b join "$c" --json
    shape community join
    done_ b post "$c" "Мен барамын" --reply "$water" --json
    done_ b pouch pack "$W/back.zip" "$c" --json
    equal "$(field records)" 5
    done_ a pouch open "$W/back.zip" --json
    equal "$(field accepted),$(field known)" 1,4

    # A third one joins by the invitation before anything arrives.
    done_ c init --name Zarina
    done_ a invite "$c"
    invitation=$(cat "$W/out")
    equal "${invitation:0:8}" "longear:"
    equal "$(wc -l <"$W/out")" 1
    done_ c join "$invitation" --json
    equal "$(field community)" "$c"
    done_ c join "$(echo "$invitation" | tr a-z A-Z)" --json
    equal "$(field community)" "$c"
    echo "$invitation" | l c join - --json >"$W/out"
    done_ c join "${invitation:0:50}" "${invitation:50}" --json
    done_ a invite "$c" --json
    shape invitation,community invite
    done_ a invite "$c" --qr
    [ "$(wc -l <"$W/out")" -gt 20 ] || fail "--qr draws"
    equal "$(tail -n 1 "$W/out")" "$invitation"

    # Take back: hidden at once, here and there.
    done_ a retract "${water:0:8}" --json
    shape record retract
    done_ a list "$c" --json
    ! grep -q "Су керек" "$W/out" || fail "taken back, and still shown"
    grep -q '"kind":"retraction"' "$W/out" || fail "the retraction is listed"
    done_ a list "$c" --all --json
    grep -q '"retracted":true' "$W/out" || fail "--all shows that something was taken back"
    ! grep -q "Су керек" "$W/out" || fail "--all does not show its text"
    done_ a pouch pack "$W/third.zip"
    done_ b pouch open "$W/third.zip"
    done_ b list "$c" --json
    ! grep -q "Су керек" "$W/out" || fail "taken back, and still shown elsewhere"
    refused 1 "only its author" b retract "$(l b list "$c" --json | sed -n 's/.*"record":"\([0-9a-f]*\)".*"text":"from a pipe".*/\1/p')"

    done_ a check --json
    shape records,bad check
    equal "$(field bad)" 0
    done_ a status --json
    for name in records communities peers store_bytes refused waiting unindexed ghosts encrypted protection clock network node home notes; do
        keys | grep -qw "$name" || fail "status lacks $name"
    done
    grep -q '"encrypted":false' "$W/out" && grep -q '"node":false' "$W/out" && grep -q '"peers":\[\]' "$W/out" && grep -q '"network":null' "$W/out" || fail "status: $(cat "$W/out")"
    done_ a clock --json
    shape now,confirmed clock
    done_ a pin "$(l b list "$c" --json | sed -n 's/.*"record":"\([0-9a-f]*\)".*"text":"from a pipe".*/\1/p')" --json
    shape record,pinned pin

    done_ a wipe --yes --json
    shape wiped,home,sealed wipe
    [ ! -e "$W/a" ] || fail "the home is gone after a wipe"
    refused 1 "longear init" a id
}
both
