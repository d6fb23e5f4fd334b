#!/bin/bash
# A point with its own Wi-Fi's names and port 80, as the recipe of `longear hotspot --print` sets them up, and phones that know nothing but the address
# that any network gives them: every name leads to the point; each check for the internet of Android, iOS, Windows, Firefox and NetworkManager gets the
# leaflet or the address, and the answer it hopes for once the phone has opened the page (an iPhone's as soon as the leaflet was seen); other names lead to
# the page; asks that go to other servers' numbers end at the point, networks behind it are out of reach; the operator and other ports keep their refusal.
set -u
. test/carrier/netns_util.sh
netns_enter "$0" "$@"
for tool in dnsmasq nft curl; do
    command -v $tool >/dev/null || PATH=$PATH:/usr/sbin command -v $tool >/dev/null || { echo "$tool is not installed (packages dnsmasq-base, nftables, curl)"; exit 77; }
done
export PATH=$PATH:/usr/sbin LC_ALL=C.UTF-8
P=${LONGEAR:-$PWD/build/rel/longear}
W=$(mktemp -d "${TMPDIR:-/tmp}/hotspot-net.XXXXXX") || exit 1
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$W"' EXIT
fail() {
    echo "FAILED: $*" >&2
    tail -n 20 "$W"/*.log "$W/head" 2>/dev/null >&2
    exit 1
}

netns_bridge air
netns_make point one two three four behind
for phone in point one two three four; do netns_link $phone air; done
netns_link point behind
netns_address point to-air 10.42.0.1/24
netns_address point to-behind 10.9.0.1/24
netns_address behind to-point 10.9.0.2/24
number=20
for phone in one two three four; do
    netns_address $phone to-air 10.42.0.$((number++))/24
    ip -n $phone route add default via 10.42.0.1 || exit 1
done
ip -n behind route add default via 10.9.0.1 || exit 1
netns_run point sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' || exit 1
# A port where nobody listens answers at once if it is reached.
reached() { netns_run one timeout 2 bash -c '</dev/tcp/10.9.0.2/81' 2>/dev/null; [ $? -ne 124 ]; }
reached || fail "the test itself: the network behind is not there"

"$P" --home "$W/home" hotspot --dir "$W" --interface to-air >"$W/recipe.log" 2>&1 || fail "the recipe"
netns_run point nft -f "$W/longear.nft" || { echo "the kernel refuses rules of nftables here"; exit 77; }
netns_start point "$W/dnsmasq.log" dnsmasq --keep-in-foreground --user=root --conf-file="$W/dnsmasq.conf" --pid-file="$W/dnsmasq.pid"
echo 'nameserver 10.42.0.1' >"$W/resolv.conf"
mount --bind "$W/resolv.conf" /etc/resolv.conf || exit 1
mkdir "$W/run" # what a start notes for the node
echo '{"name":"Двор 7","url":"http://10.42.0.1/","open":true}' >"$W/run/longear-hotspot.json"
export LONGEAR_HOTSPOT_ROOT=$W
netns_start point "$W/up.log" "$P" --home "$W/home" up --web 0.0.0.0:8480 --no-discovery
for _ in {1..100}; do
    ! grep -q "Ctrl-C ends" "$W/up.log" || break
    sleep 0.1
done
grep -q "http://10.42.0.1:8480/" "$W/up.log" || fail "the node does not come up"
grep -qF 'In the Wi-Fi "Двор 7":  http://10.42.0.1/' "$W/up.log" || fail "the node does not tell of its Wi-Fi"

phone=one
ask() { # URL ARGUMENTS...: the body goes to $W/body, the head to $W/head, the status to $got
    got=$(netns_run $phone curl -s -m 5 -o "$W/body" -D "$W/head" -w '%{http_code}' -A "${agent:-curl}" "$@") || got="no answer"
}
is() { [ "$got" = "$1" ] || fail "$2: $got instead of $1"; }
leads() { is 302 "$1" && grep -qi $'^location: http://10.42.0.1/\r$' "$W/head" || fail "$1 does not lead to the page"; }
leaflet() {
    is 200 "$1"
    for text in '>http://10.42.0.1/<' 'lang="kk"' 'lang="ru"' 'lang="en"' браузер; do grep -qF -- "$text" "$W/body" || fail "$1: the leaflet lacks $text"; done
    ! grep -qiE '<script|<a |href|src=' "$W/body" || fail "$1: the leaflet holds what does nothing"
    [ "$(stat -c %s "$W/body")" -lt 4096 ] || fail "$1: the leaflet is too large"
    grep -qi '^cache-control: no-store' "$W/head" || fail "$1: the leaflet may be kept"
}
# What is asked; how it is answered at first; status and words of the answer hoped for.
checks='http://connectivitycheck.gstatic.com/generate_204 leaflet 204
http://clients3.google.com/generate_204 leaflet 204
http://www.google.com/gen_204 leaflet 204
http://connect.rom.miui.com/generate_204 leaflet 204
http://connectivitycheck.platform.hicloud.com/generate_204 leaflet 204
http://captive.apple.com/hotspot-detect.html leaflet 200 <BODY>Success</BODY>
http://www.apple.com/library/test/success.html leaflet 200 <BODY>Success</BODY>
http://www.msftconnecttest.com/connecttest.txt leads 200 Microsoft Connect Test
http://www.msftncsi.com/ncsi.txt leads 200 Microsoft NCSI
http://detectportal.firefox.com/success.txt?ipv4 leads 200 success
http://detectportal.firefox.com/canonical.html leads 200 support.mozilla.org
http://nmcheck.gnome.org/check_network_status.txt leaflet 200 NetworkManager is online
http://network-test.debian.org/nm leaflet 200 NetworkManager is online'

begin=${EPOCHREALTIME/[.,]/}
while read -r url how _; do
    ask "$url"
    $how "$url"
done <<<"$checks"
echo "13 names looked up and asked: $(((${EPOCHREALTIME/[.,]/} - begin) / 1000)) ms"
for url in http://www.msftconnecttest.com/redirect http://example.org/any/where http://example.kz:80/; do
    ask "$url"
    leads "$url"
done
ask http://10.42.0.1/
is 200 "the page, asked for by a program in the background"
ask http://captive.apple.com/
leaflet "a phone on which nobody has opened the page"
agent='Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0' ask http://10.42.0.1/
is 200 "the page"
ask http://10.42.0.1/about
grep -q 'class="brand"' "$W/body" || fail "the page is another"
while read -r url _ status words; do
    ask "$url"
    is "$status" "$url, after the page was opened"
    grep -qF -- "$words" "$W/body" || [ -z "$words" ] || fail "$url: not what is hoped for"
    [ "$status" != 204 ] || grep -qi '^content-length: 0' "$W/head" || ! [ -s "$W/body" ] || fail "$url: an empty answer has content"
done <<<"$checks"

# An iPhone: the background asks, the window shows, the background asks again.
phone=two
wispr='CaptiveNetworkSupport-471.0.0.0.3 wispr' window='Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148'
agent=$wispr ask http://captive.apple.com/hotspot-detect.html
leaflet "an iPhone's first ask"
agent=$window ask http://captive.apple.com/hotspot-detect.html
leaflet "an iPhone's window"
agent=$wispr ask http://captive.apple.com/hotspot-detect.html
is 200 "an iPhone's second ask"
grep -q Success "$W/body" || fail "an iPhone is not let stay"
# An Android phone's window would close while it is read.
phone=three
agent='Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/60.0 Safari/537.36' ask http://connectivitycheck.gstatic.com/generate_204
leaflet "an Android phone's ask"
agent='Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 Mobile Safari/537.36' ask http://connectivitycheck.gstatic.com/generate_204
leaflet "an Android phone's window"
ask http://connectivitycheck.gstatic.com/generate_204
leaflet "an Android phone's ask meanwhile"

phone=four
ask http://captive.apple.com:8480/
is 421 "a foreign name at the page's own port"
ask -d x=1 http://example.org/
is 421 "a post under a foreign name"
got=$(netns_run point curl -s -m 5 -o "$W/body" -w '%{http_code}' -H 'Host: captive.apple.com' http://127.0.0.1:8480/hotspot-detect.html)
is 421 "the operator's own browser under a foreign name"
got=$(netns_run point curl -s -m 5 -o "$W/body" -w '%{http_code}' http://127.0.0.1:8480/poster)
is 200 "the operator's poster"
ask http://10.42.0.1/poster
is 403 "a guest's poster"
# Names lead to no private address, which some Androids take for "no internet" without asking further; what isn't there is told at once.
address=$(netns_run four getent ahostsv4 connectivitycheck.gstatic.com | sed -n '1s/ .*//p')
[ "$address" = 192.0.2.1 ] || fail "names lead to $address"
begin=${EPOCHREALTIME/[.,]/}
ask https://connectivitycheck.gstatic.com/generate_204
[ "$got" = "no answer" ] && [ $(((${EPOCHREALTIME/[.,]/} - begin) / 1000)) -lt 2000 ] || fail "HTTPS is not refused at once: $got"
# Servers named by number: names asked of another, a page of another.
ask http://203.0.113.7/generate_204
[ "$got" != "no answer" ] || fail "a page asked of a number"
echo 'nameserver 203.0.113.53' >"$W/resolv.conf"
ask http://example.org/
leads "a name asked of another server"
! reached || fail "the network behind the point is open to phones"
! grep -qE '10\.42\.0\.2|DHCP|query' "$W/dnsmasq.log" "$W/up.log" || fail "it is written down who asked"
echo "all phones were led"
