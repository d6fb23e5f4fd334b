#!/bin/bash
# Zero configuration: "longear up" on machines of one network is all. Two nodes on one host; three on one switch: a message on one appears on the others. And how long
# it takes from a usable address until an urgent record is stored on the other side: printed; the promise is 1 s, held by the measurement in bench/ on a quiet machine.
set -u
. test/carrier/netns_util.sh
netns_enter "$0" "$@"
. test/net/net_util.sh

one_host() {
    local from
    group a b
    netns_make h
    netns_bridge s
    netns_link h s
    netns_address h to-s 10.0.0.1/24
    up_on h a --web 127.0.0.1:0
    up_on h b --web 127.0.0.1:0
    from=$(now_ms)
    post a "hello to the other one here"
    wait_has b "$record" "$from" 8000 >"$W/took" || fail "two nodes of one host don't meet"
    from=$(now_ms)
    post b "and back"
    wait_has a "$record" "$from" 5000 >"$W/took" || fail "nothing comes back"
    ok "two nodes on one host, $(cat "$W/took") ms"
    wait_status a contacts 1
    down_all
    check_clean a b
    net_clear
}

three_hosts() {
    local from home other
    group a b c
    netns_make a b c
    netns_bridge s
    for home in a b c; do
        netns_link $home s
        netns_address $home to-s 10.0.0.$((++host))/24
    done
    for home in a b c; do up $home; done
    for home in a b c; do
        from=$(now_ms)
        post $home "hello from $home"
        for other in a b c; do
            wait_has $other "$record" "$from" 8000 >"$W/took" || fail "$other lacks what $home wrote"
        done
        ok "$home's message is on all three after $(cat "$W/took") ms"
    done
    for home in a b c; do
        wait_status $home contacts 2
        l $home status >"$W/status" 2>&1
        ! grep -qE '10\.0\.0\.|fe80|Person of' <(grep -v "$W" "$W/status") || fail "status tells addresses or names: $(cat "$W/status")"
    done
    ok "each is in contact with two, and says no more than that"
    down_all
    check_clean a b c
    net_clear
}
host=0

usable() {
    local times=() i from took
    group a b
    netns_make a b
    no_ipv6 a
    no_ipv6 b
    netns_link a b
    netns_address b to-a 10.0.0.2/24
    up a
    up b
    for i in {1..5}; do
        post a "urgent $i" --urgency urgent
        from=$(now_ms)
        netns_address a to-b "10.0.0.1$i/24"
        took=$(wait_has b "$record" "$from" 5000) || fail "no contact over a new address"
        times+=("$took")
        ip -n a addr del "10.0.0.1$i/24" dev to-b
        sleep 0.2
    done
    took=$(printf '%s\n' "${times[@]}" | sort -n | sed -n 3p)
    echo "from a usable address to an urgent record stored on the other side, ms: ${times[*]}"
    [ "$took" -le 2000 ] || fail "the median is $took ms"
    ok "discovery, handshake and an urgent record: median $took ms"
    [ -z "${FIGURE:-}" ] || echo "$took" >"$FIGURE" # for bench/meeting_bench.c
    down_all
    check_clean a b
    net_clear
}

# A courier that leaves and comes back with the same address: whoever stayed doesn't take the contact from before for one.
returns() {
    local times=() i from took home
    group a b
    netns_make a b
    netns_bridge s
    no_ipv6 a
    no_ipv6 b
    netns_link b s
    netns_address b to-s 10.0.0.2/24
    up a
    up b
    for i in {1..6}; do
        home=a other=b
        [ $((i % 2)) = 0 ] || home=b other=a
        netns_link a s
        ip -n a link set to-s down
        sleep 0.1
        post $home "news $i"
        ip -n a link set to-s up
        sleep 1.1 # the switch takes up to a second to see the cable
        from=$(now_ms)
        netns_address a to-s 10.0.0.1/24
        took=$(wait_has $other "$record" "$from" 8000) || fail "no contact after the return"
        times+=("$took")
        netns_unlink a s
        sleep 0.2
    done
    took=$(printf '%s\n' "${times[@]}" | sort -n | tail -n 1)
    echo "a courier that comes back with its address, ms: ${times[*]}"
    [ "$took" -le 2000 ] || fail "it took $took ms"
    ok "a courier that comes back with its address is met again within $took ms"
    down_all
    check_clean a b
    net_clear
}

for each in ${ONLY:-one_host three_hosts usable returns}; do $each; done
echo "$checks checks"
