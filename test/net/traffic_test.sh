#!/bin/bash
# What a sniffer on the square sees of a node. Two contacts of one node are recorded (it meets X on one network, then Y on another, with the same records to give; and
# then X once more, after a wipe): in what goes over TCP and UDP no string of 8 bytes occurs in two contacts or twice in one, nor any part of the group's id,
# its secret, the author's key, a title, a text, a record's id, the invitation, a person's or a host's name. The search finds what it should: a recording compared with
# itself, a text that was sent in clear, a beacon that stays the same.
set -u
. test/carrier/netns_util.sh
netns_enter "$0" "$@"
. test/net/net_util.sh
tool=$TOOLS/traffic_tool
tap() { # NAME: of the recording
    netns_start a "$W/tap.log" "$tool" tap to-s "$W/$1.tap"
    tap_pid=$netns_pid
    for i in {1..100}; do
        if grep -q tapping "$W/tap.log"; then return 0; fi
        sleep 0.02
    done
    fail "the tap"
}
tap_end() { # NAME
    sleep 0.1
    kill -TERM $tap_pid
    wait $tap_pid || fail "the tap ended with $?"
    [ "$(wc -c <"$W/$1.tap")" -gt "$2" ] || fail "the recording $1 has only $(wc -c <"$W/$1.tap") bytes"
}

group a x y
netns_make a x y
netns_bridge s
netns_bridge t
netns_link x s
netns_link y t
netns_address x to-s 10.0.0.2/24
netns_address y to-t 10.0.0.2/24
write_many a 300 200 $(($(date +%s) - 4000)) 3600 1
post a "The bridge is closed, come by the market" --urgency urgent
up a
up x
up y
contact() { # NAME HOME SWITCH
    # The same interface name at every place, so that the tap is there before the first packet.
    ip link add to-s netns a type veth peer name to-a netns "$3"
    ip -n "$3" link set to-a master bridge
    tap "$1"
    ip -n "$3" link set to-a up
    ip -n a link set to-s up
    netns_address a to-s 10.0.0.1/24
    wait_equal 15000 301 a "$2"
    sleep 0.5
    tap_end "$1" 60000
    ip -n a link del to-s
}
contact first x s
contact second y t
# X has destroyed everything, joins anew and meets the same node again.
down x
done_ x wipe --yes
done_ x init --name "Person of x"
done_ x join "$invitation"
up x
contact third x s

needles=(-x "$group" -n "$group" -n "The square" -n "The bridge is closed, come by the market" -n "$invitation" -n "${invitation#longear:}"
    -n "Person of a" -n "Person of x" -n longear)
[ "$(hostname | wc -c)" -le 5 ] || needles+=(-n "$(hostname)") # a short one occurs by chance
for id in $(ids a | head -n 5); do needles+=(-x "$id" -n "$id"); done
for key in $(l a list "$group" --json | sed 's/.*"author":"\([0-9a-f]*\)".*/\1/' | sort -u); do needles+=(-x "$key" -n "$key"); done
l a list "$group" --json --limit 3 | sed 's/.*"text":"\([^"]*\)".*/\1/' >"$W/texts"
while read -r text; do needles+=(-n "$text"); done <"$W/texts"

"$tool" repeats "$W/first.tap" "$W/second.tap" "$W/third.tap" "${needles[@]}" >"$W/found" || fail "the recordings say something: $(cat "$W/found")"
ok "three contacts of one node: $(cat "$W/found")"
[ "$(sed 's/bytes \([0-9]*\).*/\1/' "$W/found")" -gt 200000 ] || fail "hardly anything was recorded"

# The search can find.
! "$tool" repeats "$W/first.tap" "$W/first.tap" >"$W/found" || fail "a recording doesn't repeat itself"
ok "a recording given twice: $(tail -n 1 "$W/found")"
plant() { # HOW TEXT
    ip link add to-s netns a type veth peer name to-a netns s
    ip -n s link set to-a master bridge
    ip -n s link set to-a up
    ip -n a link set to-s up
    netns_address a to-s 10.0.0.1/24
    tap planted
    # shellcheck disable=SC2016
    netns_run a bash -c 'exec 3<>"/dev/$1/10.0.0.2/$2"; printf "abc%sdef" "$3" >&3' - "$1" "$2" "$3"
    tap_end planted 14
    ip -n a link del to-s
}
down a x y
up x --no-discovery
plant tcp 7427 "come by the market"
! "$tool" repeats "$W/planted.tap" "${needles[@]}" >"$W/found" || fail "a planted text isn't found"
ok "a text in clear over TCP: $(tail -n 1 "$W/found")"
plant udp 7427 "The square"
! "$tool" repeats "$W/planted.tap" "${needles[@]}" >"$W/found" || fail "a planted title isn't found"
ok "a title in clear over UDP: $(tail -n 1 "$W/found")"
cp "$W/planted.tap" "$W/again.tap"
! "$tool" repeats "$W/planted.tap" "$W/again.tap" >"$W/found" || fail "a datagram that stays the same isn't found"
ok "a datagram that is the same in two recordings: $(tail -n 1 "$W/found")"
down x
check_clean a x y
echo "$checks checks"
