#!/bin/bash
# Nodes that talk to each other, by the command, on loopback: one contact by hand, alone and through a node that runs; two nodes that stay in
# contact, so that what is written on one, by the command, the page or a parcel, is on the other within a second; three in a line; a node that
# goes away and comes back; what goes wrong, in words with what to do; the counts of status. After all of it every store is whole.
set -eu
. test/cli/util.sh

# Wait until a home's listing holds a text; fail after so many tenths of a second.
arrives() { # HOME TEXT TENTHS
    local i
    for i in $(seq "$3"); do
        ! l "$1" list Group 2>/dev/null | grep -qF -- "$2" || return 0
        sleep 0.1
    done
    fail "'$2' has not arrived at $1 within $3 tenths of a second"
}
# A number in the object "network" of status, or any other field of it.
network() { l "$1" status --json | node -e 'const s = JSON.parse(require("fs").readFileSync(0)); console.log(s.network[process.argv[1]], s.peers.length)' "$2"; }
# Wait until a field of network is so.
becomes() { # HOME FIELD VALUE
    local i
    for i in $(seq 50); do
        case "$(network "$1" "$2")" in "$3 "*) return 0 ;; esac
        sleep 0.1
    done
    fail "$2 of $1 does not become $3: $(l "$1" status --json)"
}
# Wait until two homes list the same.
same() { # HOME HOME
    local i
    for i in $(seq 100); do
        l "$1" list Group --json | sort >"$W/list.1"
        l "$2" list Group --json | sort >"$W/list.2"
        ! cmp -s "$W/list.1" "$W/list.2" || return 0
        sleep 0.1
    done
    fail "$1 and $2 do not come to list the same: $(wc -l "$W/list.1" "$W/list.2" | tr '\n' ' ') $(l "$1" status --json) $(l "$2" status --json)"
}
whole() { # HOME…
    local home
    for home in "$@"; do
        l "$home" check --json >"$W/out" 2>"$W/err" || fail "check of $home: $(cat "$W/out")"
        equal "$(field bad)" 0 "bad records of $home"
    done
}

check() {
    for home in a b c stranger; do done_ $home init --name $home; done
    done_ a community new --title Group --lang kk --json
    group=$(field community)
    l a invite "$group" >"$W/invitation"
    done_ b join "$(cat "$W/invitation")"
    done_ c join "$(cat "$W/invitation")"
    done_ a post Group "Су бар" --urgency urgent
    done_ b post Group "Нан бар"
    head -c 100000 /dev/urandom >"$W/photo"
    done_ a post Group "with a file" --attach "$W/photo"

    # One contact, without a node here, then with one: the same work, the same fields.
    up a
    a=$node a_port=$port
    done_ b sync 127.0.0.1:$a_port --json
    node -e '
        const assert = require("assert"), r = JSON.parse(require("fs").readFileSync(0));
        assert.deepEqual(Object.keys(r), ["communities", "sent", "received", "bytes_out", "bytes_in", "round_trips", "seconds"]);
        assert.deepEqual([r.communities, r.sent, r.received], [1, 1, 2]);
        assert.ok(r.bytes_in > 100000 && r.bytes_out > 100 && r.bytes_out < 20000, JSON.stringify(r));
        assert.ok(r.round_trips >= 2 && r.seconds > 0 && r.seconds < 20, JSON.stringify(r));' <"$W/out" || fail "sync: $(cat "$W/out")"
    done_ b list Group --json
    equal "$(wc -l <"$W/out")" 3
    done_ a list Group --json
    equal "$(wc -l <"$W/out")" 3
    picture=$(l b list Group --json | sed -n 's/.*"record":"\([0-9a-f]*\)".*"text":"with a file".*/\1/p')
    done_ b save "$picture" "$W/photo.b"
    cmp "$W/photo" "$W/photo.b" || fail "the file is not the same"
    done_ b sync "127.0.0.1:$a_port" --json
    equal "$(field sent),$(field received)" 0,0 "everything was exchanged"
    done_ b sync "127.0.0.1:$a_port"
    printed "groups in common: 1"
    up c
    c=$node c_port=$port
    done_ c sync "127.0.0.1:$a_port" --json
    equal "$(field received)" 3 "through the node that runs here"
    arrives c "Нан бар" 1
    down "$c"

    # What goes wrong.
    refused 1 "does a node run there" b sync 127.0.0.1:$c_port
    refused 1 "does a node run there" b sync no-such-host.invalid
    refused 2 "HOST:PORT" b sync host:port
    refused 1 "no group in common" stranger sync 127.0.0.1:$a_port
    status 1 stranger --lang kk sync 127.0.0.1:$a_port
    said "ортақ топ жоқ"
    refused 1 "address already in use" b up --web 127.0.0.1:0 --no-discovery --listen 127.0.0.1:$a_port
    # A server that isn't a node, and one that says nothing: an end in words, within its time.
    node -e 'const s = require("net").createServer((c) => { c.on("error", () => {}); c.end("HTTP/1.0 200 OK\r\n\r\nhello, this is something else altogether"); });
        s.listen(0, "127.0.0.1", () => console.log(s.address().port))' >"$W/server" &
    server=$!
    nodes="$nodes $server"
    for _ in $(seq 50); do [ -s "$W/server" ] && break; sleep 0.1; done
    status 1 b sync "127.0.0.1:$(cat "$W/server")"
    [ ! -s "$W/out" ] || fail "a result of nothing"
    [ -s "$W/err" ] || fail "no word about a server that is no node"
    kill "$server"
    # One that says nothing at all: Ctrl-C ends the waiting at once.
    node -e 'const s = require("net").createServer((c) => c.on("error", () => {})); s.listen(0, "127.0.0.1", () => console.log(s.address().port))' >"$W/silent" &
    server=$!
    nodes="$nodes $server"
    for _ in $(seq 50); do [ -s "$W/silent" ] && break; sleep 0.1; done
    "$P" --home "$W/b" sync "127.0.0.1:$(cat "$W/silent")" >"$W/out" 2>"$W/err" &
    client=$!
    sleep 0.5
    before=$(date +%s%N)
    kill -INT "$client"
    got=0
    wait "$client" || got=$?
    equal "$got" 1 "the status of an interrupted sync"
    said "interrupted"
    [ $((($(date +%s%N) - before) / 1000000)) -lt 2000 ] || fail "Ctrl-C is answered late"
    kill "$server"

    # Without any setting, on a network that takes multicast: loopback, which has to be named.
    for home in a b; do
        done_ auto/$home init --name $home
        done_ auto/$home join "$(cat "$W/invitation")"
        "$P" --home "$W/auto/$home" up --web 127.0.0.1:0 --interface lo --json >"$W/auto/$home.up" 2>&1 </dev/null &
        nodes="$nodes $!"
        eval "auto_$home=$!"
    done
    for _ in $(seq 50); do [ -s "$W/auto/a.up" ] && [ -s "$W/auto/b.up" ] && break; sleep 0.1; done
    if [ "$(network auto/a problem)" = "null 0" ] || [ "$(network auto/a heard)" != "0 0" ]; then
        done_ auto/a post Group "without any setting"
        arrives auto/b "without any setting" 50
        # That network only: whoever comes by another address of this machine than loopback's is closed out (if it has one).
        auto_port=$(sed -n 's/.*"port":\([0-9]*\).*/\1/p' "$W/auto/a.up")
        other=$(ip -4 -o address show scope global 2>/dev/null | sed -n '1s/.*inet \([0-9.]*\).*/\1/p')
        [ -z "$other" ] || refused 1 "$other" c sync "$other:$auto_port"
    else
        echo "skipped: no multicast on loopback: $(l auto/a status --json)"
    fi
    down "$auto_a"
    down "$auto_b"
    whole auto/a auto/b

    # Two that stay in contact, and a third that knows the second only.
    up b --peer "127.0.0.1:$a_port"
    b=$node b_port=$port
    up c --peer "127.0.0.1:$b_port"
    c=$node
    becomes b settled 2
    done_ a post Group "by the command"
    arrives b "by the command" 10
    arrives c "by the command" 10
    node - "$(sed -n 's/^The page:  //p' "$W/c.up")" "$group" <<'JS' || fail "the page takes no message"
(async () => {
    const [page, group] = process.argv.slice(2), path = `${page}g/${group}/write`;
    const token = (await (await fetch(`${page}g/${group}`)).text()).match(/\/write"[^>]*><input type="hidden" name="t" value="([^"]*)"/)[1];
    const answer = await fetch(path, { method: "POST", redirect: "manual", headers: { Origin: new URL(page).origin },
        body: new URLSearchParams({ t: token, text: "by the page", urgency: "1" }) });
    if (answer.status !== 303) throw new Error(`${answer.status} ${await answer.text()}`);
})();
JS
    arrives a "by the page" 10
    done_ stranger join "$(cat "$W/invitation")"
    done_ stranger post Group "in a parcel"
    done_ stranger pouch pack "$W/parcel.zip"
    done_ b pouch open "$W/parcel.zip"
    arrives a "in a parcel" 10
    arrives c "in a parcel" 10
    # Many at once.
    for i in $(seq 2000); do echo "{\"text\":\"line $i\"}"; done >"$W/lines"
    done_ a import Group "$W/lines" --json
    arrives c "line 2000" 100
    same a b
    same a c
    becomes c settled 1

    # A group that comes later is exchanged, too, without anything being started anew.
    done_ a community new --title Later --lang kk
    done_ a post Later "of the later group"
    done_ b join "$(l a invite Later)"
    for _ in $(seq 60); do
        ! l b list Later | grep -q "of the later group" || break
        sleep 0.1
    done
    l b list Later | grep -q "of the later group" || fail "a group that was joined during a contact is not exchanged"

    # What status and the page say: counts, and nobody's address.
    # A contact that began anew for the later group is counted within a second.
    sleep 1.5
    becomes b settled 2
    equal "$(network b port)" "$b_port 2"
    equal "$(network b discovery)" "false 2"
    becomes a settled 1
    equal "$(network a dialled)" "0 1"
    l b status --json >"$W/out"
    node -e '
        const assert = require("assert"), s = JSON.parse(require("fs").readFileSync(0));
        assert.equal(s.peers.length, 2);
        for (const p of s.peers) {
            assert.deepEqual(Object.keys(p), ["carrier", "state", "since_seconds", "groups", "in", "out"]);
            assert.equal(p.carrier, "tcp");
            assert.equal(p.state, "settled");
            assert.ok(p.since_seconds < 300 && p.in >= 0 && p.out >= 0);
        }
        assert.deepEqual(s.peers.map((p) => p.groups).sort(), [1, 2]);' <"$W/out" || fail "peers: $(cat "$W/out")"
    ! grep -q "$a_port" "$W/out" || fail "status names a neighbour's address"
    done_ b status
    printed "Points in contact: 2, everything is exchanged."
    done_ b --lang ru status
    printed "Точек на связи: 2"
    node -e 'fetch(process.argv[1] + "?lang=en").then(async (a) => process.stdout.write(await a.text()))' "$(sed -n 's/^The page:  //p' "$W/b.up")" >"$W/out"
    printed "2 points near · everything is exchanged"

    # One goes away, at a bad moment, and comes back: the others go on, and what it missed is exchanged.
    l a import Group "$W/lines" --json >/dev/null &
    import=$!
    sleep 0.2
    down "$b"
    wait "$import"
    whole b
    up b --peer "127.0.0.1:$a_port" --listen "127.0.0.1:$b_port"
    b=$node
    becomes b settled 2
    same a b
    same a c
    equal "$(l c list Group | grep -c "line 1999")" 2
    # Ctrl-C in the middle of a contact by hand.
    done_ d init --name d
    done_ d join "$(cat "$W/invitation")"
    "$P" --home "$W/d" sync "127.0.0.1:$a_port" --json >"$W/d.out" 2>"$W/d.err" &
    client=$!
    sleep 0.05
    kill -INT "$client" 2>/dev/null || true
    got=0
    wait "$client" || got=$?
    [ "$got" = 0 ] || [ "$got" = 1 ] || fail "an interrupted sync ends with $got: $(cat "$W/d.err")"
    done_ d sync "127.0.0.1:$a_port" --json
    same a d

    kill -9 "$c"
    wait "$c" 2>/dev/null || true
    becomes b contacts 1
    down "$a"
    down "$b"
    whole a b c d stranger
}
both
