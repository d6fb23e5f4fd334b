#!/bin/bash
# A running node does a command's work with the same output: the same reading commands on the same home, run directly and through the node,
# give the same bytes on both streams and the same status; writing ones the same words but for ids. Then what is the socket's own: who may use
# it, what a stale one or random bytes do, many clients at once, a client that goes away, a wipe.
set -eu
. test/cli/util.sh

ids_hidden() { sed -E 's/[0-9a-f]{64}/ID/g; s/\b[0-9a-f]{8,16}\b/ID/g; s/longear:[a-z2-7]+/INVITATION/g; s/[a-z]{5}-[a-z]{5}/HANDLE/g'; }

# Every reading command, with its streams and status, one after the other.
readings() { # HOME
    local home=$1 r
    r=$(sed -n '2s/.*"record":"\([0-9a-f]*\)".*/\1/p' "$W/listing")
    while read -r line; do
        echo "== $line"
        # shellcheck disable=SC2086
        l "$home" $line </dev/null 2>&1 && echo "status 0" || echo "status $?"
    done <<END
id
id --json
community list
community list --json
list Group
list Group --json
list Group --json --newest --limit 3
list Group --all --json
show $r
show $r --json
search word
search word --json --community Group
invite Group
invite Group --json
invite Group --qr
clock --json
check
check --json
list Nothing
show ffffffffffff
show 01
join longear:aaaa
post Group
pouch open /etc/passwd
pouch pack $W/none/x.zip
--lang kk list Nothing
--lang ru community list
END
}

writings() { # HOME
    local home=$1
    {
        l "$home" community new --title "Group 2" --lang kk --json
        l "$home" community new --title "Group 3"
        l "$home" post "Group 2" "text" --urgency important --json
        l "$home" post "Group 2" "text" --attach "$W/file"
        echo "of a pipe" | l "$home" post "Group 2" -
        l "$home" import "Group 2" "$W/lines" --json --progress || echo "status $?"
        l "$home" pouch pack "$W/$home.zip" "Group 2" --json
        l "$home" pouch open "$W/other.zip" --json
        l "$home" pouch open "$W/other.zip"
        l "$home" join "Other"
        l "$home" status
        l "$home" list "Group 2" --json --since 1 | sed 's/"record":"[0-9a-f]*"/"record":"ID"/' | sort
    } 2>&1 | sed "s/\"node\":true/\"node\":false/; s/A node is running/No node is running/; /texts that search does not find yet/d; /No other point is in contact/d; /Other points reach this one/d; /Check words of the app/d; s#$W/$home#HOME#g; s/on the disk: .*/on the disk/" | ids_hidden
}

check() {
    export LONGEAR_NOW=1795300000
    echo "some file" >"$W/file"
    printf '%s\n' '{"text":"one","created":1795200000}' 'nonsense' '{"text":"three","created":1795200001}' >"$W/lines"
    done_ o init --name Other
    done_ o community new --title Other
    done_ o post Other "from the other"
    done_ o pouch pack "$W/other.zip"
    for home in a b; do
        done_ $home init --name Same
        done_ $home community new --title Group
    done
    done_ a post Group "a word" --urgency urgent
    done_ a post Group "another word" --attach "$W/file"
    l a list Group --json >"$W/listing"

    readings a >"$W/direct" 2>&1
    up a
    first=$node
    [ "$(stat -c %a "$W/a/socket")" = 600 ] || fail "the socket is the owner's alone"
    readings a >"$W/served" 2>&1
    diff "$W/direct" "$W/served" || fail "a node answers otherwise than the command alone"
    grep -q '"node":true' <(l a status --json) || fail "status tells of the node"
    # A second node, and an init, on the same home.
    refused 1 "already" a up --web 127.0.0.1:0
    refused 1 "already" a init --name B
    down "$first"
    [ ! -S "$W/a/socket" ] || fail "a node that ended left its socket"

    writings b >"$W/direct" 2>&1
    rm -rf "$W/b"
    done_ b init --name Same
    done_ b community new --title Group
    up b
    writings b >"$W/served" 2>&1
    diff "$W/direct" "$W/served" || fail "a node writes otherwise than the command alone"
    down "$node"

    # A node that was killed leaves a socket, which stands in nobody's way.
    up a
    kill -9 "$node"
    wait "$node" 2>/dev/null || true
    [ -S "$W/a/socket" ] || fail "a killed node leaves its socket"
    done_ a list Group
    up a
    done_ a list Group

    # Bytes that are no request: the node stays, and answers others meanwhile.
    node - "$W/a/socket" <<'JS' || fail "the node does not bear bad bytes"
const net = require("net"), crypto = require("crypto");
let left = 0;
const send = (bytes, then) => {
    left++;
    const s = net.connect(process.argv[2], () => { s.write(bytes); if (then) then(s); });
    s.on("error", () => {});
    s.on("close", () => left--);
    s.setTimeout(12000, () => { console.error("not closed:", bytes.subarray(0, 32)); process.exit(1); });
    s.resume();
};
const head = (size) => { const b = Buffer.from("lgr1\0\0\0\0"); b.writeUInt32LE(size, 4); return b; };
const next = (i) => {
    if (i == 60) { setTimeout(function wait() { left ? setTimeout(wait, 50) : process.exit(0); }, 50); return; }
    const random = crypto.randomBytes(1 + (i * 37) % 600);
    send([random, Buffer.concat([head(random.length), random]), head(1 << 30), head(0), Buffer.concat([head(random.length + 1), random]), Buffer.alloc(0)][i % 6],
         (s) => { if (i % 6 > 3) setTimeout(() => s.destroy(), 30); });
    setTimeout(() => next(i + 1), 20);
};
next(0);
JS
    kill -0 "$node" || fail "bad bytes ended the node"
    done_ a list Group

    # Eight writers at once, among them two imports: nothing is lost, and the author's sequence has no fork (check verifies every record).
    for i in $(seq 1 3000); do echo "{\"text\":\"line $i of many\"}"; done >"$W/many"
    pids=
    for i in 1 2; do
        l a import Group "$W/many" --json >"$W/import.$i" &
        pids="$pids $!"
    done
    for i in 1 2 3 4 5 6; do
        (for j in 1 2 3 4 5; do l a post Group "writer $i says $j" >/dev/null || exit 1; done) &
        pids="$pids $!"
    done
    for pid in $pids; do wait "$pid" || fail "one of the writers failed"; done
    for i in 1 2; do equal "$(cat "$W/import.$i")" '{"imported":3000,"waiting":0,"rejected":0}'; done
    done_ a list Group --json
    equal "$(wc -l <"$W/out")" 6032
    equal "$(sed 's/.*"record":"\([0-9a-f]*\)".*/\1/' "$W/out" | sort -u | wc -l)" 6032
    done_ a check --json
    equal "$(cat "$W/out")" '{"records":6032,"bad":0}'

    # A client that is interrupted: the node stops its work; what was told as stored is there.
    for i in $(seq 1 40000); do echo "{\"text\":\"slow $i\"}"; done >"$W/slow"
    l a import Group "$W/slow" --json --progress >"$W/slow.out" 2>/dev/null &
    client=$!
    for _ in $(seq 100); do
        ! grep -q committed "$W/slow.out" || break
        sleep 0.05
    done
    kill -INT "$client"
    got=0
    wait "$client" || got=$?
    committed=$(tail -n 1 "$W/slow.out" | sed -n 's/{"imported":\([0-9]*\).*/\1/p')
    if [ -n "$committed" ] && [ "$committed" -lt 40000 ]; then
        equal "$got" 1 "the status of an interrupted command"
        equal "$(l a list Group --json | grep -c '"slow ')" "$committed" "what was told as stored"
    else
        equal "$committed" 40000 "an interrupted import says what it stored"
    fi

    # An import that waits for its next line keeps no node from ending, and is told.
    mkfifo "$W/fifo"
    l a import Group - --json <"$W/fifo" >"$W/waiting" 2>&1 &
    client=$!
    exec 9>"$W/fifo"
    echo '{"text":"first line"}' >&9
    sleep 0.5
    down "$node"
    got=0
    wait "$client" || got=$?
    exec 9>&-
    equal "$got" 1 "the status of a command whose node ended"
    grep -q '"imported":1' "$W/waiting" || fail "what was stored is told: $(cat "$W/waiting")"

    # A home under a path that is longer than a socket's address may be.
    long=$(printf 'x%.0s' $(seq 100))
    done_ "$long" init --name Long
    up "$long"
    done_ "$long" id --json
    done_ "$long" wipe --yes --json
    wait "$node" || fail "the node that wiped ended with status $?"
    [ ! -e "$W/$long" ] || fail "the home is gone after a wipe through the node"
    refused 1 "longear init" "$long" id
}
both
