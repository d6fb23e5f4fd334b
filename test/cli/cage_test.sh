#!/bin/bash
# A node at work is confined: no powers, no new privileges, not traceable, limits, files and calls; it is not its
# starter root where the home is somebody's; and it goes on serving after all its descriptors were taken.
set -eu
. test/cli/util.sh

page() { sed -n 's/^The page: *//p' "$W/$1.up"; }
fact() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$node/status"; }
limit() { sed -n "s/^Max $1 *\([^ ]*\) *\([^ ]*\).*/\2/p" "/proc/$node/limits"; }

check() {
    done_ a init --name A
    up a
    equal "$(fact NoNewPrivs)" 1 "new privileges"
    equal "$(fact CapEff)$(fact CapPrm)" "$(printf '%032d' 0)" "powers"
    equal "$(limit "core file size")" 0 "core dumps"
    done_ a status --json
    grep -q '"cage":{"landlock":[0-9]*,"seccomp":\(true\|false\),"root":' "$W/out" || fail "status tells of the cage"
    if [ "$P" = "$LONGEAR" ]; then
        printed '"seccomp":true'
        equal "$(fact Seccomp)" 2 "the filter"
        equal "$(limit "data size")" 2147483648 "memory"
    fi
    down "$node"

    # Root starts it on somebody's home: it is theirs, and another program of theirs can't look into it.
    if [ "$(id -u)" = 0 ] && [ "$P" = "$LONGEAR" ]; then
        mkdir "$W/theirs"
        chmod 755 "$W" "$TMPDIR" "$TMPDIR/.." 2>/dev/null || true
        chown 65534:65534 "$W/theirs"
        chmod 700 "$W/theirs"
        up theirs
        equal "$(fact Uid | tr '\t' ' ')" "65534 65534 65534 65534" "the user"
        if setpriv --reuid 65534 --regid 65534 --clear-groups cat "/proc/$node/environ" >"$W/out" 2>&1; then
            fail "another program of the user reads the node"
        fi
        down "$node"
    fi

    # All descriptors are taken, and given back.
    [ "$P" = "$LONGEAR" ] || return 0
    (ulimit -n 64 && exec "$P" --home "$W/a" up --web 127.0.0.1:0 --listen 127.0.0.1:0 --no-discovery) >"$W/a.up" 2>&1 </dev/null &
    node=$!
    nodes="$nodes $node"
    for _ in $(seq 100); do
        ! grep -q "Ctrl-C ends" "$W/a.up" || break
        sleep 0.1
    done
    address=$(page a)
    port=${address##*:}
    port=${port%/}
    curl -sf -m 20 -o /dev/null "$address" || fail "the page is there"
    held=
    for _ in $(seq 100); do
        exec {fd}<>"/dev/tcp/127.0.0.1/$port" || break
        held="$held $fd"
    done
    sleep 1
    kill -0 "$node" || fail "the node ended when its descriptors did"
    for fd in $held; do exec {fd}>&-; done
    for _ in $(seq 60); do
        ! curl -sf -m 5 -o /dev/null "$address" || break
        sleep 0.5
    done
    curl -sf -m 20 -o /dev/null "$address" || fail "the page comes again"
    done_ a status --json
    printed '"node":true'
    down "$node"
}
both
