#!/bin/bash
# News reaches people who never meet. A, B and C in a line, where A and C are on no common network: what A writes arrives at C and the other way round, live, through B's
# store. A courier is carried from one network to another and back: both end with the same. An hour of writing on both sides of a partition: when one cable is laid
# between them, all four nodes end equal, and two that meet once move little more than what was written.
set -u
. test/carrier/netns_util.sh
netns_enter "$0" "$@"
. test/net/net_util.sh

line() {
    group a b c
    netns_make a b c
    netns_link a b
    netns_link b c
    netns_address a to-b 10.0.1.1/24
    netns_address b to-a 10.0.1.2/24
    netns_address b to-c 10.0.2.2/24
    netns_address c to-b 10.0.2.3/24
    post a "before anybody met"
    up a
    up b
    up c
    wait_has c "$record" "$(now_ms)" 8000 >"$W/took" || fail "C lacks what was written before"
    ok "a line: what was there before went A, B, C in $(cat "$W/took") ms"
    local from
    from=$(now_ms)
    post a "hello from A" --urgency urgent
    wait_has c "$record" "$from" 5000 >"$W/took" || fail "C lacks what A wrote"
    ok "a line: A to C live in $(cat "$W/took") ms"
    from=$(now_ms)
    post c "hello from C"
    wait_has a "$record" "$from" 5000 >"$W/took" || fail "A lacks what C wrote"
    ok "a line: C to A live in $(cat "$W/took") ms"
    ! netns_run a ping -c 1 -W 1 10.0.2.3 >/dev/null 2>&1 || fail "A reaches C by itself"
    wait_equal 5000 3 a b c
    wait_status b contacts 2
    down_all
    check_clean a b c
    net_clear
}

courier() {
    local from
    group x y courier
    netns_make x y courier
    netns_bridge s
    netns_bridge t
    netns_link x s
    netns_link y t
    netns_address x to-s 10.0.1.1/24
    netns_address y to-t 10.0.2.1/24
    post x "news of the first square"
    local first=$record
    post y "news of the second square"
    local second=$record
    up x
    up y
    up courier
    from=$(now_ms)
    netns_link courier s
    netns_address courier to-s 10.0.1.9/24
    wait_has courier "$first" "$from" 8000 >"$W/took" || fail "the courier got nothing at the first square"
    ok "a courier at the first square: $(cat "$W/took") ms"
    netns_unlink courier s
    post courier "written on the way" --urgency important
    local third=$record
    sleep 0.3
    from=$(now_ms)
    netns_link courier t
    netns_address courier to-t 10.0.2.9/24
    wait_has y "$first" "$from" 8000 >"$W/took" || fail "the courier brought nothing to the second square"
    wait_has y "$third" "$from" 8000 >/dev/null || fail "what the courier wrote didn't arrive"
    wait_has courier "$second" "$from" 8000 >/dev/null || fail "the courier took nothing from the second square"
    ok "the courier at the second square: $(cat "$W/took") ms"
    netns_unlink courier t
    sleep 0.3
    from=$(now_ms)
    netns_link courier s
    netns_address courier to-s 10.0.1.9/24
    wait_has x "$second" "$from" 8000 >"$W/took" || fail "the courier brought nothing back"
    ok "the courier back at the first square: $(cat "$W/took") ms"
    wait_equal 5000 3 x y courier
    down_all
    check_clean x y courier
    net_clear
}

# Two squares with two nodes each; an hour of writing on either side, then a cable between two of them.
partition() {
    local hour bytes text=120 each=2000
    group a b c d
    netns_make a b c d
    netns_bridge s
    netns_bridge t
    netns_link a s
    netns_link b s
    netns_link c t
    netns_link d t
    netns_address a to-s 10.0.1.1/24
    netns_address b to-s 10.0.1.2/24
    netns_address c to-t 10.0.2.3/24
    netns_address d to-t 10.0.2.4/24
    hour=$(($(date +%s) - 3660))
    # What all had before it broke.
    write_many a 1000 $text $((hour - 80000)) 80000 1
    up a
    l a pouch pack "$W/before.zip" >/dev/null 2>&1 || fail "pack"
    for home in b c d; do done_ "$home" pouch open "$W/before.zip"; done
    up b
    up c
    up d
    write_many a $each $text "$hour" 3600 2
    write_many d $each $text "$hour" 3600 3
    wait_equal 20000 $((1000 + each)) a b
    wait_equal 20000 $((1000 + each)) c d
    ok "a partition: both sides have their own $each"
    local before from
    before=$(($(status_of b bytes_in) + $(status_of b bytes_out)))
    from=$(now_ms)
    netns_link b t
    netns_address b to-t 10.0.2.2/24
    wait_equal 30000 $((1000 + 2 * each)) a b c d
    ok "healed: all four are equal $(($(now_ms) - from)) ms after the cable was laid"
    # b took one side's records and gave the other's, once each at the least: to c or d, and on to a.
    bytes=$(($(status_of b bytes_in) + $(status_of b bytes_out) - before))
    echo "b moved $bytes bytes for $each records in and $each to each of the others that asked"
    [ $bytes -le $((each * (text + 200) * 5)) ] || fail "it moved far too much"
    down_all
    check_clean a b c d
    net_clear
}

# Two nodes after the same hour apart, one contact: the bytes.
meeting() {
    local hour text=120 each=2000 bytes
    group a b
    netns_make a b
    netns_link a b
    netns_address a to-b 10.0.0.1/24
    netns_address b to-a 10.0.0.2/24
    hour=$(($(date +%s) - 3660))
    write_many a 1000 $text $((hour - 80000)) 80000 1
    done_ a pouch pack "$W/before.zip"
    done_ b pouch open "$W/before.zip"
    write_many a $each $text "$hour" 3600 2
    write_many b $each $text "$hour" 3600 3
    up a --no-discovery
    netns_run b "$P" --home "$W/b" sync 10.0.0.1:7427 --json >"$W/sync" 2>"$W/err" || fail "sync: $?"
    cat "$W/sync"
    [ "$(field sent <"$W/sync") $(field received <"$W/sync")" = "$each $each" ] || fail "it didn't move exactly what differs"
    bytes=$(($(field bytes_in <"$W/sync") + $(field bytes_out <"$W/sync")))
    # A record of this text has some 240 bytes in store; on the way the author's key, the id before and the group are not repeated.
    [ $bytes -ge $((2 * each * (text + 64))) ] || fail "$bytes bytes can't hold the texts and signatures"
    [ $bytes -le $((2 * each * (text + 64 + 60))) ] || fail "$bytes bytes are too many"
    ok "one contact after an hour apart: $bytes bytes for $((2 * each)) records, $((bytes / 2 / each)) each"
    wait_equal 5000 $((1000 + 2 * each)) a b
    netns_run b "$P" --home "$W/b" sync 10.0.0.1:7427 --json >"$W/sync" 2>"$W/err" || fail "second sync: $?"
    bytes=$(($(field bytes_in <"$W/sync") + $(field bytes_out <"$W/sync")))
    [ $bytes -le 500 ] || fail "a contact of equals moved $bytes bytes"
    ok "a contact of equals: $bytes bytes, handshake and all"
    down_all
    check_clean a b
    net_clear
}

for each in ${ONLY:-line courier partition meeting}; do $each; done
if [ -z "${ONLY:-}" ] && [ -x "$P_ASAN" ]; then
    echo "== asan"
    P=$P_ASAN
    line
fi
echo "$checks checks"
