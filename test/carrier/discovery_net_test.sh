#!/bin/bash
# Nodes find each other on real networks: two on a cable over IPv4 and over IPv6 within a second of a usable address, three on a switch, two on one host,
# an address that comes later, an interface that goes and comes back, a switch between two that were apart; tokens are others on every interface and after each
# change; exactly one of two connects; hosts of other networks on the same cable are left alone; a flood of beacons costs little and hides nobody.
set -u
. test/carrier/netns_util.sh
netns_enter "$0" "$@"
export LC_ALL=C
work=$(mktemp -d "${TMPDIR:-/tmp}/discovery.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
checks=0

fail() { echo "FAILED: $*" >&2; tail -n 50 "$work"/*.log >&2; exit 1; }
ok() { checks=$((checks + 1)); echo "ok: $*"; }
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# Wait until a log has at least $3 lines that match; print the time of the last of them.
wait_lines() { # LOG PATTERN COUNT LIMIT_MS
    local end=$(($(now_ms) + $4)) found
    while :; do
        found=$(grep -E "$2" "$work/$1.log" | sed -n "$3{s/ .*//;p;q}")
        if [ -n "$found" ]; then echo "$found"; return 0; fi
        [ "$(now_ms)" -lt $end ] || return 1
        sleep 0.01
    done
}
# A log must show the line within LIMIT_MS of FROM_MS; the time it took is told.
within() { # WHAT LOG PATTERN COUNT FROM_MS LIMIT_MS
    local at
    at=$(wait_lines "$2" "$3" "$4" $((10 * $6))) || fail "$1: $2 doesn't show: $3"
    [ $((at - $5)) -le "$6" ] || fail "$1: it took $((at - $5)) ms"
    ok "$1: $((at - $5)) ms"
}
declare -A pids
node() { # LOG HOST ARGUMENT...
    local log=$1 host=$2
    shift 2
    netns_start "$host" "$work/$log.log" "$program" node "$@"
    pids[$log]=$netns_pid
    wait_lines "$log" started 1 5000 >/dev/null || fail "$log does not start"
}
stop_all() {
    local log
    for log in "${!pids[@]}"; do
        kill "${pids[$log]}"
        wait "${pids[$log]}" || fail "$log ended with $?"
    done
    pids=()
    netns_cleanup
    rm -f "$work"/*.log
}
count_of() { # LOG NAME: a number from the counts of now
    local before
    before=$(grep -c ' counts ' "$work/$1.log")
    kill -USR2 "${pids[$1]}"
    wait_lines "$1" ' counts ' $((before + 1)) 5000 >/dev/null || fail "$1 tells no counts"
    grep ' counts ' "$work/$1.log" | tail -n 1 | sed -n "s/.* $2=\([0-9]*\).*/\1/p"
}
told() { grep -c ' heard ' "$work/$1.log"; }
no_ipv6() { netns_run "$1" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'; }
# The token in the last beacon that LOG has heard from PORT.
token_of() { grep " heard .* $2 [0-9a-f]* " "$work/$1.log" | tail -n 1 | awk '{print $6}'; }
# Of what two logs say of each other last, exactly one is "connect".
one_connects() { # LOG PORT LOG PORT
    local one two
    one=$(grep " heard .* $4 [0-9a-f]* " "$work/$1.log" | tail -n 1 | awk '{print $7}')
    two=$(grep " heard .* $2 [0-9a-f]* " "$work/$3.log" | tail -n 1 | awk '{print $7}')
    case "$one $two" in "connect wait" | "wait connect") ;; *) fail "$1 and $3: '$one' and '$two'" ;; esac
}

over_ipv4() {
    local from
    netns_make a b
    no_ipv6 a
    no_ipv6 b
    netns_link a b
    node a a --port 1001
    node b b --port 1002
    sleep 0.1
    from=$(now_ms)
    netns_address a to-b 10.0.0.1/24
    netns_address b to-a 10.0.0.2/24
    within "IPv4, a hears b" a ' heard 4 10.0.0.2 1002 ' 1 "$from" 1000
    within "IPv4, b hears a" b ' heard 4 10.0.0.1 1001 ' 1 "$from" 1000
    one_connects a 1001 b 1002
    sleep 1
    [ "$(told a) $(told b)" = "1 1" ] || fail "told more than once"
    ok "IPv4: told once, one connects"
    # A second address: new tokens, told anew.
    local before
    before=$(token_of b 1001)
    netns_address a to-b 10.0.0.77/24
    wait_lines b ' heard ' 2 1000 >/dev/null || fail "no new token with a new address"
    [ "$(token_of b 1001)" != "$before" ] || fail "the token stays the same"
    wait_lines a ' heard ' 2 1000 >/dev/null || fail "a is not told anew"
    one_connects a 1001 b 1002
    ok "a new address brings a new token"
    # An address that goes and comes within a moment.
    from=$(now_ms)
    ip -n a addr del 10.0.0.77/24 dev to-b && netns_address a to-b 10.0.0.77/24
    within "an address that flickers, b hears a" b ' heard ' 3 "$from" 1000
    stop_all
}

# When the IPv6 address of a host became usable, by the kernel's word.
usable_ms() {
    date +%s%3N -d "$(grep 'inet6 fe80' "$work/$1.addresses" | grep -v tentative | sed -n '1s/^\[\(.*\)\].*/\1/p')" || fail "no time"
}
over_ipv6() {
    netns_make a b
    netns_start a "$work/a.addresses" ip -ts monitor address
    netns_start b "$work/b.addresses" ip -ts monitor address
    node a a --port 1001
    node b b --port 1002
    netns_link a b
    netns_wait_ipv6 a to-b || fail "IPv6"
    netns_wait_ipv6 b to-a || fail "IPv6"
    sleep 0.1
    within "IPv6, a hears b" a ' heard 6 fe80.*%to-b 1002 ' 1 "$(usable_ms b)" 1000
    within "IPv6, b hears a" b ' heard 6 fe80.*%to-a 1001 ' 1 "$(usable_ms a)" 1000
    one_connects a 1001 b 1002
    # IPv4 is added: another network each, so that it can't be used; then the same one.
    netns_address a to-b 10.0.0.1/24
    netns_address b to-a 10.9.0.1/24
    wait_lines a ' heard 6 ' 2 2000 >/dev/null || fail "a is not told anew over IPv6"
    wait_lines b ' heard 6 ' 2 2000 >/dev/null || fail "b is not told anew over IPv6"
    sleep 0.8
    one_connects a 1001 b 1002
    [ "$(count_of a off_link)" -gt 0 ] || fail "nothing came from the other network"
    ! grep -q ' heard 4 ' "$work/a.log" || fail "an address of another network was told"
    ok "a host of another IPv4 network is found by IPv6 only"
    stop_all
}

# A new cable: the kernel itself can take a second to see a carrier.
# IPv4 serves while IPv6 is still checking its address; the address that becomes usable is no reason to be told anew.
while_ipv6_checks() {
    local from
    netns_make a b
    node a a --port 1001
    node b b --port 1002
    from=$(now_ms)
    netns_link a b
    netns_address a to-b 10.0.0.1/24
    netns_address b to-a 10.0.0.2/24
    within "a new cable, a hears b by IPv4" a ' heard 4 10.0.0.2 1002 ' 1 "$from" 2000
    within "a new cable, b hears a by IPv4" b ' heard 4 10.0.0.1 1001 ' 1 "$from" 2000
    local before
    before="$(token_of a 1002) $(token_of b 1001)"
    netns_wait_ipv6 a to-b || fail "IPv6"
    netns_wait_ipv6 b to-a || fail "IPv6"
    sleep 1
    [ "$(count_of a ipv6)" = 1 ] || fail "IPv6 isn't used"
    [ "$(token_of a 1002) $(token_of b 1001)" = "$before" ] || fail "told anew because IPv6 became usable"
    ok "IPv6 that becomes usable changes nothing"
    # The cable is cut and another one laid.
    netns_unlink a b
    sleep 0.1
    [ "$(count_of a interfaces) $(count_of a peers)" = "0 0" ] || fail "a doesn't notice"
    local a_told b_told
    a_told=$(told a) b_told=$(told b)
    from=$(now_ms)
    netns_link a b
    netns_address a to-b 10.0.0.1/24
    netns_address b to-a 10.0.0.2/24
    within "the cable is laid anew, a hears b" a ' heard 4 10.0.0.2 1002 ' $((a_told + 1)) "$from" 2000
    [ "$(token_of a 1002)" != "${before% *}" ] || fail "the token survived the cable"
    within "the cable is laid anew, b hears a" b ' heard 4 10.0.0.1 1001 ' $((b_told + 1)) "$from" 2000
    # The other end goes down and up: no carrier for a moment, the addresses stay.
    sleep 0.5
    b_told=$(told b)
    ip -n a link set to-b down
    sleep 0.05
    from=$(now_ms)
    ip -n a link set to-b up
    within "the carrier comes back, b hears a" b ' heard ' $((b_told + 1)) "$from" 2000
    stop_all
}

on_a_switch() {
    local from one two
    netns_make a b c
    netns_bridge s
    for one in a b c; do netns_link $one s; done
    netns_address a to-s 10.0.0.1/24
    netns_address b to-s 10.0.0.2/24
    netns_address c to-s 10.0.0.3/24
    node a a --port 1001
    node b b --port 1002
    from=$(now_ms)
    node c c --port 1003
    within "a third one comes to the switch and hears the first" c ' 1001 ' 1 "$from" 1000
    within "a third one comes to the switch and hears the second" c ' 1002 ' 1 "$from" 1000
    within "the first hears it" a ' 1003 ' 1 "$from" 1000
    within "the second hears it" b ' 1003 ' 1 "$from" 1000
    # Two processes on one host, which hear each other and all the others.
    from=$(now_ms)
    node d a --port 1004
    within "another node on the first's host hears the first" d ' 10.0.0.1 1001 | fe80.* 1001 ' 1 "$from" 1000
    within "and the third" d ' 1003 ' 1 "$from" 1000
    within "the first hears the other node of its host" a ' 1004 ' 1 "$from" 1000
    within "the second hears it too" b ' 1004 ' 1 "$from" 1000
    for one in "a 1001" "b 1002" "c 1003" "d 1004"; do
        for two in "a 1001" "b 1002" "c 1003" "d 1004"; do
            # shellcheck disable=SC2086
            [ "$one" = "$two" ] || one_connects $one $two
        done
    done
    ok "of any two exactly one connects"
    # New tokens by request.
    one=$(token_of b 1001)
    from=$(now_ms)
    kill -USR1 "${pids[a]}"
    within "new tokens, b hears a anew" b ' 1001 ' 2 "$from" 500
    within "new tokens, c hears a anew" c ' 1001 ' 2 "$from" 500
    [ "$(token_of b 1001)" != "$one" ] || fail "the token is the old one"
    within "new tokens, a hears b anew" a ' 1002 ' 2 "$from" 500
    within "new tokens, a hears d anew" a ' 1004 ' 2 "$from" 500
    within "new tokens, d hears a anew" d ' 1001 ' 2 "$from" 500
    one_connects a 1001 b 1002
    one_connects a 1001 d 1004
    stop_all
}

# A host with two interfaces on two networks, which shows another token on each; a node that may use one of them only; and both cables in one switch.
two_interfaces() {
    netns_make a b c
    netns_link a b
    netns_link a c
    netns_address a to-b 10.0.1.1/24
    netns_address b to-a 10.0.1.2/24
    netns_address a to-c 10.0.2.1/24
    netns_address c to-a 10.0.2.2/24
    node a a --port 1001
    node e a --port 1005 --interface to-c
    node b b --port 1002
    node c c --port 1003
    wait_lines b ' 1001 ' 1 1000 >/dev/null || fail "b doesn't hear a"
    wait_lines c ' 1001 ' 1 1000 >/dev/null || fail "c doesn't hear a"
    wait_lines c ' 1005 ' 1 1000 >/dev/null || fail "c doesn't hear e"
    [ "$(token_of b 1001)" != "$(token_of c 1001)" ] || fail "the same token on two interfaces"
    sleep 0.8
    ! grep -q ' 1005 ' "$work/b.log" || fail "--interface is not followed"
    ! grep -q ' 1003 ' "$work/b.log" || fail "beacons pass through a host"
    [ "$(count_of e interfaces) $(count_of a interfaces)" = "1 2" ] || fail "wrong interfaces"
    ok "another token on every interface"
    stop_all
    netns_make a b
    netns_bridge s
    netns_link b s
    netns_link a s
    ip link add second netns a type veth peer name second netns s
    ip -n s link set second master bridge up
    ip -n a link set second up
    netns_address a to-s 10.0.0.1/24
    netns_address a second 10.0.0.3/24
    netns_address b to-s 10.0.0.2/24
    node a a --port 1001
    node b b --port 1002
    wait_lines b ' 1001 ' 2 2000 >/dev/null || fail "b hears a on one interface only"
    sleep 0.8
    ! grep -q ' 1001 ' "$work/a.log" || fail "a takes itself for another"
    ok "two interfaces in one network: nobody meets themselves"
    stop_all
}

# Two switches that become one, with no change that the hosts could notice: the next beacon finds the other side at once in both directions. And what a node does
# where no network is.
joined() {
    local from
    netns_make a b
    no_ipv6 a
    no_ipv6 b
    netns_bridge s
    netns_bridge t
    netns_link a s
    netns_link b t
    netns_address a to-s 10.0.0.1/24
    netns_address b to-t 10.0.0.2/24
    node a a --port 1001
    node b b --port 1002
    sleep 1
    netns_link s t
    sleep 1.1 # switches take up to a second to see a new cable
    [ "$(told a) $(told b)" = "0 0" ] || fail "heard without a cable"
    from=$(now_ms)
    kill -USR1 "${pids[b]}" # instead of the beacon that comes after 22 to 38 s
    within "two networks become one, a hears b" a ' 1002 ' 1 "$from" 500
    within "two networks become one, b hears a" b ' 1001 ' 1 "$from" 500
    netns_unlink a s
    node n a --port 1009 --interface to-s
    sleep 0.1
    count_of n interfaces >/dev/null
    grep -q 'problem the interface that was named is not there' "$work/n.log" || fail "no word about a missing interface"
    netns_link a s
    netns_address a to-s 10.0.0.9/24
    wait_lines b ' 1009 ' 1 1000 >/dev/null || fail "the interface that came is not used"
    [ "$(count_of n interfaces)" = 1 ] || fail "the interface that came is not counted"
    [ "$(grep -c ' problem ' "$work/n.log")" = 1 ] || fail "still a problem: $(tail -n 1 "$work/n.log")"
    ok "no network: a sentence, and work begins when there is one"
    stop_all
}

# The host is the switch itself, as a Wi-Fi router is: it speaks on the bridge and not on the ports.
as_a_switch() {
    netns_make a
    netns_bridge s
    netns_link a s
    netns_address a to-s 10.0.0.1/24
    netns_address s bridge 10.0.0.9/24
    node a a --port 1001
    node s s --port 1009
    wait_lines a ' 1009 ' 1 1000 >/dev/null || fail "the switch isn't heard"
    netns_wait_ipv6 s to-a || fail "IPv6" # the port has an address of its own nevertheless
    netns_wait_ipv6 s bridge || fail "IPv6"
    sleep 0.8
    [ "$(count_of s interfaces) $(told a) $(told s)" = "1 1 1" ] || fail "a port of the bridge is used by itself"
    ok "a bridge is one interface"
    stop_all
}

# While a node doesn't come to listen, the kernel tells more changes than it can keep for it; and more interfaces than are used at a time.
many_changes() {
    local i from
    netns_make a b
    no_ipv6 a
    no_ipv6 b
    netns_link a b
    netns_address b to-a 10.0.0.2/24
    node a a --port 1001
    node b b --port 1002
    kill -STOP "${pids[a]}"
    for i in {1..1000}; do echo "addr add 10.7.$((i / 250)).$((i % 250 + 1))/32 dev to-b"; done >"$work/batch"
    for i in {1..1000}; do echo "addr del 10.7.$((i / 250)).$((i % 250 + 1))/32 dev to-b"; done >>"$work/batch"
    ip -n a -batch "$work/batch" || fail "the batch"
    netns_address a to-b 10.0.0.1/24
    netns_run a sh -c 'tail -n +2 /proc/net/netlink' | awk '$2 == 0 && $9 > 0 { lost = 1 } END { exit !lost }' || fail "no notification was lost: this shows nothing"
    from=$(now_ms)
    kill -CONT "${pids[a]}"
    within "after lost notifications, a hears b" a ' 10.0.0.2 1002 ' 1 "$from" 1000
    within "after lost notifications, b hears a" b ' 10.0.0.1 1001 ' 1 "$from" 1000
    for i in {1..20}; do echo "link add v$i type veth peer name w$i"; echo "link set v$i up"; echo "link set w$i up"; done >"$work/batch"
    ip -n a -batch "$work/batch" || fail "the batch"
    sleep 1.2
    [ "$(count_of a interfaces)" = 16 ] || fail "$(count_of a interfaces) interfaces instead of 16"
    grep -q 'problem there are more than 16 network interfaces' "$work/a.log" || fail "no word about too many interfaces"
    for i in {1..20}; do echo "link del v$i"; done >"$work/batch"
    ip -n a -batch "$work/batch" || fail "the batch"
    sleep 0.2
    [ "$(count_of a interfaces)" = 1 ] || fail "the interfaces that went are still counted"
    ok "more than 16 interfaces: a sentence"
    stop_all
}

# Another program keeps the port for itself: a sentence, and work begins when it ends.
port_taken() {
    netns_make a b
    no_ipv6 a
    no_ipv6 b
    netns_link a b
    netns_address a to-b 10.0.0.1/24
    netns_address b to-a 10.0.0.2/24
    netns_start a "$work/taker.log" env node -e 'require("dgram").createSocket("udp4").bind(7427, () => console.log("0 taken"))'
    local taker=$netns_pid
    wait_lines taker taken 1 5000 >/dev/null || fail "the port can't be taken"
    node b b --port 1002
    node a a --port 1001
    sleep 0.1
    count_of a interfaces >/dev/null
    grep -q 'problem another program keeps UDP port 7427' "$work/a.log" || fail "no word about the port"
    kill "$taker"
    wait_lines a ' heard ' 1 15000 >/dev/null || fail "the port is free, but nothing happens"
    ok "a port that was taken: a sentence, and another try"
    stop_all
}

flood() {
    local sources=() i from memory ticks flooder
    netns_make a b f
    netns_bridge s
    for i in a b f; do
        no_ipv6 $i
        netns_link $i s
    done
    netns_address a to-s 10.0.0.1/16
    netns_address b to-s 10.0.0.2/16
    for i in {1..100}; do
        netns_address f to-s "10.0.1.$i/16"
        sources+=("10.0.1.$i")
    done
    node a a --port 1001
    sleep 0.9
    memory=$(count_of a memory_kib)
    # From a hundred addresses at once, each with other tokens.
    netns_start f "$work/flood.log" "$program" flood to-s 100000 "${sources[@]}"
    flooder=$netns_pid
    from=$(now_ms)
    node b b --port 1002
    wait "$flooder" || fail "the flood"
    echo "the flood took $(($(wait_lines flood flooded 1 1000) - from)) ms"
    within "a flood, a hears b" a ' 10.0.0.2 1002 ' 1 "$from" 20000
    within "a flood, b hears a" b ' 10.0.0.1 1001 ' 1 "$from" 20000
    one_connects a 1001 b 1002
    ticks=$(awk '{print $14 + $15}' "/proc/${pids[a]}/stat")
    echo "a: $(count_of a received) received, $(count_of a dropped) dropped, $(count_of a sent) sent, $(count_of a told) told, $ticks ticks of the processor"
    [ "$(count_of a told)" -le 1000 ] || fail "a told of too many"
    [ "$(count_of a peers)" -le 256 ] || fail "a remembers too many"
    [ "$(count_of a sent)" -le 100 ] || fail "a was made to send too much"
    [ "$(count_of a dropped)" -ge 50000 ] || fail "what was dropped is not counted"
    if [ "$variant" = rel ]; then
        memory=$(($(count_of a memory_kib) - memory))
        [ $memory -le 512 ] || fail "a grew by $memory KiB"
        ok "a flood of 100,000 beacons: $memory KiB more"
    fi
    # From one address: a newcomer is heard at once while it lasts.
    netns_start f "$work/flood2.log" "$program" flood to-s 100000 10.0.1.1
    flooder=$netns_pid
    from=$(now_ms)
    node c b --port 1003
    within "a flood from one address, a hears the newcomer" a ' 1003 ' 1 "$from" 8000
    wait "$flooder" || fail "the flood"
    stop_all
}

for variant in ${VARIANTS:-rel asan}; do
    program=${BUILD:-build}/$variant/test/carrier/discovery_test
    [ -x "$program" ] || fail "$program is not built"
    echo "== $variant"
    for each in ${ONLY:-over_ipv4 over_ipv6 while_ipv6_checks on_a_switch two_interfaces joined as_a_switch many_changes port_taken flood}; do $each; done
done
echo "$checks checks"
