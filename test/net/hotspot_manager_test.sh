#!/bin/bash
# `longear hotspot` with NetworkManager itself, on a cable in a namespace with a bus of its own: start makes the network, its names, port 80 and nothing that
# remembers phones; a phone on the cable gets the leaflet through NetworkManager's own dnsmasq; a second start takes the place of the first; a failed one and
# stop leave NetworkManager's profiles, the rules, the addresses and the files as they were.
set -u
. test/carrier/netns_util.sh
netns_enter "$0" "$@"
export PATH=$PATH:/usr/sbin LC_ALL=C.UTF-8
for tool in NetworkManager nmcli dbus-daemon dnsmasq nft curl; do
    command -v $tool >/dev/null || { echo "$tool is not installed (packages network-manager, dbus-daemon, dnsmasq-base, nftables, curl)"; exit 77; }
done
P=${LONGEAR:-$PWD/build/rel/longear}
W=$(mktemp -d "${TMPDIR:-/tmp}/hotspot-manager.XXXXXX") || exit 1
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$W"' EXIT
fail() {
    echo "FAILED: $*" >&2
    tail -n 15 "$W"/*.log >&2
    exit 1
}

# Its folders are this test's; /sys is read-only, by which it knows that there is no udev to wait for.
mkdir /run/dbus
for folder in /etc/NetworkManager /var/lib/NetworkManager; do
    [ -d $folder ] && mount -t tmpfs none $folder || { echo "$folder is not there"; exit 77; }
done
mount --rbind /sys /sys && mount -o remount,ro,bind /sys || { echo "/sys can't be made read-only here"; exit 77; }
mkdir /etc/NetworkManager/dnsmasq-shared.d
printf '[main]\nplugins=keyfile\ndns=none\nauth-polkit=false\nno-auto-default=*\n' >/etc/NetworkManager/NetworkManager.conf
cat >"$W/bus.conf" <<'END'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/><allow send_type="method_call"/></policy></busconfig>
END
dbus-daemon --config-file="$W/bus.conf" --nofork >"$W/bus.log" 2>&1 &
netns_make phone
ip link add eth7 type veth peer name to-point netns phone && ip link set eth7 up && ip -n phone link set to-point up || exit 1
for _ in {1..50}; do [ ! -S /run/dbus/system_bus_socket ] || break; sleep 0.1; done
NetworkManager --debug >"$W/manager.log" 2>&1 &
state() { nmcli -t -f DEVICE,STATE device 2>/dev/null | sed -n 's/^eth7://p'; }
for _ in {1..100}; do
    [ -n "$(state)" ] && [ "$(state)" != unavailable ] && break
    sleep 0.1
done
nmcli device set eth7 managed yes && nmcli connection add type dummy con-name Home ifname dummy5 autoconnect no >/dev/null || fail "the test itself: NetworkManager"
for _ in {1..50}; do [ "$(state)" != disconnected ] || break; sleep 0.1; done
[ "$(state)" = disconnected ] || { echo "NetworkManager does not manage a cable here: $(state)"; exit 77; }

as_before() {
    [ "$(nmcli -t -f NAME connection show | grep -vx lo)" = Home ] || fail "$1: profiles: $(nmcli -t -f NAME connection show)"
    ! ip addr show eth7 | grep -q 10.42 || fail "$1: an address is left"
    [ -z "$(nft list ruleset)" ] || fail "$1: rules are left"
    [ -z "$(ls -A /etc/NetworkManager/dnsmasq-shared.d)" ] && [ ! -e /run/longear-hotspot.json ] || fail "$1: a file is left"
}
"$P" hotspot --interface nowhere0 >"$W/none.log" 2>&1 && fail "a card that is not there"
as_before "a failed start"
out=$("$P" hotspot --interface eth7 --json 2>"$W/start.log") || fail "start"
[ "$out" = '{"state":"up","name":"Link","open":true,"interfaces":["eth7"],"address":"http://10.42.0.1/","port80":true,"names":true}' ] || fail "start tells: $out"
"$P" --home "$W/home" up --web 0.0.0.0:8480 --no-discovery >"$W/up.log" 2>&1 &
ip -n phone addr add 10.42.0.77/24 dev to-point && ip -n phone route add default via 10.42.0.1 || exit 1
echo 'nameserver 10.42.0.1' >"$W/resolv.conf"
mount --bind "$W/resolv.conf" /etc/resolv.conf || exit 1
for _ in {1..100}; do ! grep -q "Ctrl-C ends" "$W/up.log" || break; sleep 0.1; done
grep -q 'In the Wi-Fi "Link":  http://10.42.0.1/' "$W/up.log" || fail "the node does not tell of its Wi-Fi"
netns_run phone curl -s -m 5 http://connectivitycheck.gstatic.com/generate_204 | grep -q '>http://10.42.0.1/<' || fail "no leaflet"
! grep -rq 10.42.0.77 /var/lib/NetworkManager "$W/manager.log" || fail "who had which address is written down"
"$P" hotspot status --json | grep -q '^{"state":"up","interfaces":\["eth7"\]' || fail "status"
"$P" hotspot --interface eth7 --name again --json 2>"$W/start.log" | grep -q '"name":"again"' || fail "a second start"
[ "$(nmcli -t -f NAME connection show --active | grep -c longear)" = 1 ] || fail "two of them"
out=$("$P" hotspot stop --json 2>"$W/stop.log") || fail "stop"
[ "$out" = '{"state":"off","removed":true}' ] || fail "stop tells: $out"
as_before "stop"
echo "NetworkManager $(nmcli --version | sed 's/.* //') did it and undid it"
