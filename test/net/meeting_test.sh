#!/bin/bash
# Few round trips: from the moment of calling to an urgent record stored on the other side there are three at the most, on a link with 300 ms round trip that a relay
# makes (relay_tool.c: connection set-up included). Whoever wrote, the caller or the called. What the machine itself needs, ALLOWANCE_MS, is told apart: starting, checking
# and storing a record, and looking whether it is there.
set -u
. test/net/net_util.sh
netns_start() { local file=$2; shift 2; "$@" >"$file" 2>&1 </dev/null & netns_pid=$!; }
ALLOWANCE_MS=${ALLOWANCE_MS:-150}
round_trip=300

relay() { # PORT
    "$TOOLS/relay_tool" 0 127.0.0.1 "$1" $((round_trip / 2)) >"$W/relay.log" 2>&1 &
    relay_pid=$!
    for i in {1..100}; do
        relay_port=$(sed -n 's/^listening //p' "$W/relay.log")
        [ -z "$relay_port" ] || return 0
        sleep 0.02
    done
    fail "no relay"
}

# CALLER and CALLED; WRITER has an urgent record that the other lacks. Prints the milliseconds from the call.
meet() { # WRITER NAME
    local reader=b from took
    [ "$1" = a ] || reader=a
    post "$1" "urgent news, $2" --urgency urgent
    # The command's contact goes through a node too, so that it can be looked into the store meanwhile.
    if [ "$2" = sync ]; then
        l b sync "127.0.0.1:$relay_port" --json >"$W/sync" 2>"$W/err" &
    else
        netns_start - "$W/b.up" "$P" --home "$W/b" up --no-discovery --web 127.0.0.1:0 --listen 127.0.0.1:0 --peer "127.0.0.1:$relay_port"
        node_pid[b]=$netns_pid
    fi
    local caller=$!
    from=
    for i in {1..400}; do
        from=$(sed -n 's/^accepted //p' "$W/relay.log" | tail -n 1)
        [ -z "$from" ] || break
        sleep 0.01
    done
    [ -n "$from" ] || fail "nobody calls"
    took=$(wait_has $reader "$record" "$from" 8000) || fail "$reader lacks what $1 wrote"
    if [ "$2" = sync ]; then wait $caller || fail "sync"; else down b; fi
    local hundredths=$((took * 100 / round_trip))
    echo "$took ms, $((hundredths / 100)).$(printf %02d $((hundredths % 100))) round trips"
    [ $took -le $((3 * round_trip + ALLOWANCE_MS)) ] || fail "writer $1, $2: $took ms are more than three round trips of $round_trip ms and $ALLOWANCE_MS ms"
}

group a b
write_many a 300 100 $(($(date +%s) - 7200)) 3600 1
netns_start - "$W/a.up" "$P" --home "$W/a" up --no-discovery --web 127.0.0.1:0 --listen 127.0.0.1:0 --json
node_pid[a]=$netns_pid
port=
for i in {1..200}; do
    port=$(field port <"$W/a.up")
    [ -z "$port" ] || break
    sleep 0.05
done
[ -n "$port" ] || fail "a does not come up"
for how in sync peer; do
    if [ $how = sync ]; then
        netns_start - "$W/b.up" "$P" --home "$W/b" up --no-discovery --web 127.0.0.1:0 --listen 127.0.0.1:0
        node_pid[b]=$netns_pid
        for i in {1..100}; do
            if grep -q "The page" "$W/b.up"; then break; fi
            sleep 0.05
        done
    fi
    for writer in b a; do
        relay "$port"
        meet $writer $how >"$W/took" || exit 1
        case $writer in b) who="the caller" ;; a) who="the called" ;; esac
        ok "$how, $who has the record: $(cat "$W/took")"
        kill $relay_pid
        wait $relay_pid 2>/dev/null
        : >"$W/relay.log"
    done
    [ $how = peer ] || down b
done
down a
check_clean a b
echo "$checks checks"
