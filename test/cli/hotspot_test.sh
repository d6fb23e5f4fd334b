#!/bin/bash
# The hotspot and the poster. With NetworkManager, iw and nft played by scripts that note every call: start makes our own profile, file and rules and nothing
# else, stop undoes exactly these, also after a crash; every call that fails is told and leaves nothing; status; several interfaces; a card that can't,
# no card, no NetworkManager lead to the recipe by hand, whose files hostapd, dnsmasq and nft themselves accept where they are installed; names and
# passwords with quotes, line ends and script stay what they are; the poster's codes read back as what was put in (where zbar is installed).
set -eu
. test/cli/util.sh

tools_make() {
    mkdir -p "$W/bin" "$W/nm" "$W/root/etc/NetworkManager/dnsmasq-shared.d" "$W/root/run"
    : >"$W/calls"
    cat >"$W/bin/nmcli" <<'END'
#!/bin/bash
# Profiles are files in $FAKE/nm. FAKE_FAIL: a word; a call with it fails.
{ printf 'nmcli'; printf ' [%s]' "$@"; echo; } >>"$FAKE/calls"
if [ -n "${FAKE_FAIL:-}" ] && [[ " $* " == *" $FAKE_FAIL "* ]]; then echo "Error: $FAKE_FAIL is not to be." >&2; exit 4; fi
last=${!#}
case "$*" in
    "-t -f RUNNING general") echo "${FAKE_RUNNING:-running}" ;;
    "-t -f DEVICE,TYPE device status") printf 'lo:loopback\neth7:ethernet\nwlan8:wifi\np2p-dev-wlan8:wifi-p2p\nwlan9:wifi\n' ;;
    *" device show wlan8") printf 'wifi\n%s\n' "${FAKE_AP8:-no}" ;;
    *" device show wlan9") printf 'wifi\n%s\n' "${FAKE_AP9:-yes}" ;;
    *" device show eth7") printf 'ethernet\n' ;;
    *" device show "*) echo "Error: no such device" >&2; exit 10 ;;
    *"connection add "*)
        while [ "$1" != con-name ]; do shift; done
        { printf '%s\n' "$@"; } >"$FAKE/nm/$2" ;;
    *"connection modify id "*) [ -f "$FAKE/nm/$4" ] ;;
    *"connection up id "*) touch "$FAKE/nm/$last.up" ;;
    *"connection delete id "*) rm "$FAKE/nm/$last"; rm -f "$FAKE/nm/$last.up" ;;
    "-g connection.id connection show id "*) [ -f "$FAKE/nm/$last" ] || { echo "Error: $last - no such connection profile." >&2; exit 10; }; echo "$last" ;;
    "-g GENERAL.STATE,GENERAL.DEVICES "*) [ ! -f "$FAKE/nm/$last.up" ] || { echo activated; sed -n '/^ifname$/{n;p}' "$FAKE/nm/$last"; } ;;
    *" 802-11-wireless-security.psk connection show "*) sed -n '/security.psk$/{n;p}' "$FAKE/nm/$last" ;;
    *) echo "the test knows no such call: nmcli $*" >&2; exit 2 ;;
esac
END
    cat >"$W/bin/iw" <<'END'
#!/bin/bash
{ printf 'iw'; printf ' [%s]' "$@"; echo; } >>"$FAKE/calls"
case "$*" in
    "dev wlan9 info") printf 'Interface wlan9\n\tifindex 3\n\twiphy 4\n\ttype managed\n' ;;
    "phy phy4 info") printf 'Wiphy phy4\n\tMaximum associated stations in AP mode: 42\n\tSupported interface modes:\n\t\t * managed\n\t\t * AP\n\t\t * AP/VLAN\n' ;;
    "dev wlan9 station dump") printf 'Station 02:00:00:00:00:01 (on wlan9)\n\trx bytes: 1\nStation 02:00:00:00:00:02 (on wlan9)\n' ;;
    *) exit 1 ;;
esac
END
    cat >"$W/bin/nft" <<'END'
#!/bin/bash
echo "nft $1" | head -n 1 >>"$FAKE/calls"
[ -z "${FAKE_NFT:-}" ] || { echo "Error: Operation not permitted" >&2; exit 1; }
case "$*" in
    "table ip longear_hotspot {"*) printf '%s\n' "$1" >"$FAKE/rules" ;;
    "list table ip longear_hotspot") [ -f "$FAKE/rules" ] ;;
    "delete table ip longear_hotspot") rm "$FAKE/rules" ;;
    *) exit 2 ;;
esac
END
    chmod +x "$W/bin/nmcli" "$W/bin/iw" "$W/bin/nft"
    printf 'type\nwifi\nssid\nHome\n' >"$W/nm/Home"
}
clean() { [ "$(ls "$W/nm")" = Home ] && [ ! -e "$W/rules" ] && [ -z "$(find "$W/root" -type f)" ] || fail "something is left: $(ls "$W/nm" "$W/root/run")"; }
named=etc/NetworkManager/dnsmasq-shared.d/longear.conf

starts_and_stops() {
    done_ a hotspot --json
    equal "$(cat "$W/out")" '{"state":"up","name":"Link","open":true,"interfaces":["wlan9"],"address":"http://10.42.0.1/","port80":true,"names":true}'
    grep -qF '[con-name] [longear-hotspot] [ifname] [wlan9] [autoconnect] [no]' "$W/calls" || fail "the profile"
    grep -qF '[ipv4.method] [shared] [ipv4.addresses] [10.42.0.1/24] [ipv6.method] [disabled] [ssid] [Link] [802-11-wireless.mode] [ap]' "$W/calls" || fail "the profile's network"
    ! grep -q security "$W/calls" || fail "an open Wi-Fi has a key"
    grep -qx 'address=/#/192.0.2.1' "$W/root/$named" || fail "names"
    grep -qx leasefile-ro "$W/root/$named" || fail "who had which address is written down"
    grep -qx no-ping "$W/root/$named" || fail "a phone waits three seconds for its address"
    grep -qF 'iifname { "wlan9" } tcp dport 80 redirect to :8480' "$W/rules" || fail "port 80"
    grep -qF 'iifname { "wlan9" } drop' "$W/rules" || fail "networks behind are open"
    done_ a hotspot status --json
    equal "$(cat "$W/out")" '{"state":"up","interfaces":["wlan9"],"port80":true,"names":true,"name":"Link","address":"http://10.42.0.1/","open":true,"phones":2}'
    done_ a hotspot start --name 'Двор 7' --port 9000 # again: the old one goes first
    printed 'Двор 7'
    said 'wlan9 takes 42 phones'
    grep -qF 'redirect to :9000' "$W/rules" || fail "another port"
    done_ a poster
    printed 'Двор 7'
    printed 'http://10.42.0.1/'
    done_ a hotspot stop --json
    equal "$(cat "$W/out")" '{"state":"off","removed":true}'
    clean
    done_ a hotspot stop --json
    equal "$(cat "$W/out")" '{"state":"off","removed":false}'
    done_ a hotspot status --json
    equal "$(cat "$W/out")" '{"state":"off","interfaces":[],"port80":false,"names":false}'
    # No call names another profile, none goes through a shell.
    ! grep -E '(add|modify|up|delete)\]' "$W/calls" | grep -vE '\[longear-hotspot(-[2-4])?\]' || fail "another profile was touched"
    [ "$(cat "$W/nm/Home")" = "$(printf 'type\nwifi\nssid\nHome')" ] || fail "another profile was changed"
}

after_a_crash() {
    # Cut off after each part, in the order in which they are made.
    printf 'x' >"$W/root/$named"
    done_ a hotspot status --json
    equal "$(field state)" partly
    done_ a hotspot stop
    clean
    printf 'x' >"$W/root/$named"
    touch "$W/nm/longear-hotspot" "$W/nm/longear-hotspot-3"
    done_ a hotspot status --json
    equal "$(field state)" partly
    done_ a hotspot stop --json
    equal "$(cat "$W/out")" '{"state":"off","removed":true}'
    clean
    touch "$W/nm/longear-hotspot" "$W/rules" "$W/root/run/longear-hotspot.json"
    done_ a hotspot start
    done_ a hotspot stop
    clean
    printf 'no json' >"$W/root/run/longear-hotspot.json"
    done_ a hotspot status
    done_ a poster
    printed '>Link</p>'
    rm "$W/root/run/longear-hotspot.json"
}

failures() {
    export FAKE_FAIL
    for FAKE_FAIL in add up; do
        refused 1 "Error: $FAKE_FAIL is not to be." a hotspot start
        clean
    done
    FAKE_FAIL=modify # another address than the card's own, isolation: both may be refused
    done_ a hotspot start
    FAKE_FAIL=delete
    refused 1 "the profile longear-hotspot could not be removed: Error: delete is not to be." a hotspot stop
    FAKE_FAIL=
    done_ a hotspot stop
    clean
    FAKE_NFT=1 done_ a hotspot start --json
    equal "$(field address)" http://10.42.0.1:8480/
    said "Operation not permitted"
    said "sudo longear hotspot start"
    [ ! -e "$W/root/$named" ] || fail "names lead nowhere"
    done_ a hotspot stop
    mv "$W/root/etc" "$W/root/not"
    done_ a hotspot start --json
    equal "$(sed -n 's/.*"names":\([a-z]*\).*/\1/p' "$W/out")" false
    done_ a hotspot stop
    mv "$W/root/not" "$W/root/etc"
    clean
    # A program that hangs is not waited for for ever, one that floods is not kept.
    mv "$W/bin/nmcli" "$W/bin/nmcli.real"
    printf '#!/bin/sh\nyes | head -c 3000000\n' >"$W/bin/nmcli"
    chmod +x "$W/bin/nmcli"
    status 1 a hotspot start
    mv "$W/bin/nmcli.real" "$W/bin/nmcli"
    clean
}

cards() {
    # The first that can is taken; one that can't is said, with the recipe.
    status 1 a hotspot --interface wlan8
    said 'the card wlan8 cannot be an access point'
    printed 'hostapd-wlan8.conf'
    clean
    FAKE_AP9=no status 1 a hotspot
    said 'no Wi-Fi card here'
    printed 'dnsmasq.conf'
    FAKE_RUNNING=stopped status 1 a hotspot --json
    said 'NetworkManager does not run'
    grep -q '"files":{"hostapd-wlan9.conf":' "$W/out" || fail "the recipe in JSON"
    clean
    # A router on a cable, and two cards.
    FAKE_AP8=yes done_ a hotspot --interface wlan9 --interface eth7 --interface wlan8 --password 'pa"ss wo;rd' --name $'<script>alert(1)</script>"\'$' --json
    grep -qF '[type] [ethernet] [con-name] [longear-hotspot-2] [ifname] [eth7]' "$W/calls" || fail "the cable"
    grep -qF '[ipv4.addresses] [10.42.2.1/24]' "$W/calls" || fail "the third network"
    grep -qF '[802-11-wireless-security.psk] [pa"ss wo;rd]' "$W/calls" || fail "the password"
    grep -qF 'iifname { "wlan9", "eth7", "wlan8" } tcp' "$W/rules" || fail "the rules of three"
    ! grep -q 'pa"ss' "$W/root/run/longear-hotspot.json" || fail "the password lies open"
    done_ a poster "$W/p.html" --json
    grep -q 'pa&quot;ss wo;rd' "$W/p.html" || fail "the poster lacks the password"
    ! grep -qi '<script' "$W/p.html" || fail "a name became script"
    done_ a hotspot stop
    clean
}

usage() {
    : >"$W/calls"
    refused 2 "start, stop or status" a hotspot restart
    refused 2 "1 to 32 bytes" a hotspot --name ''
    refused 2 "1 to 32 bytes" a hotspot --name 'Байланыс Байланыс'
    refused 2 "1 to 32 bytes" a hotspot --name $'a\nwpa=0'
    refused 2 "8 to 63" a hotspot --password short
    refused 2 "8 to 63" a hotspot --password $'12345678\nwpa=0'
    refused 2 "8 to 63" a hotspot --password құпиясөзіміз
    refused 2 "no network interface" a hotspot --interface 'wlan0; reboot'
    refused 2 "no network interface" a hotspot --interface ../x
    refused 2 "no network interface" a hotspot --interface -h
    refused 2 "no network interface" a hotspot --interface aaaaaaaaaaaaaaaa
    refused 2 "twice" a hotspot --interface wlan9 --interface wlan9
    refused 2 "more than 4" a hotspot --interface a --interface b --interface c --interface d --interface e
    refused 2 "1 to 65535" a hotspot --port 70000
    refused 2 "looks like http" a poster --address 'javascript:alert(1)'
    refused 1 "nowhere" a poster "$W/nowhere/p.html"
    [ ! -s "$W/calls" ] || fail "something was done: $(cat "$W/calls")"
}

by_hand() {
    local name=$'q"u\\o;t$(x)`e' password="it's #1 \\\$(x)"
    : >"$W/calls"
    mkdir -p "$W/hand"
    done_ a hotspot --print --dir "$W/hand" --interface wlan9 --interface wlan8 --interface eth7 --name "$name" --password "$password"
    ! grep -qE '(add|up|delete)\]' "$W/calls" || fail "--print did something"
    equal "$(ls "$W/hand" | tr '\n' ' ')" 'dnsmasq.conf hostapd-wlan8.conf hostapd-wlan9.conf longear.nft '
    equal "$(sed -n 's/^ssid2=//p' "$W/hand/hostapd-wlan9.conf")" "$(printf %s "$name" | od -An -v -tx1 | tr -d ' \n')"
    grep -qxF "wpa_passphrase=$password" "$W/hand/hostapd-wlan9.conf" || fail "the password of hostapd"
    equal "$(stat -c %a "$W/hand/hostapd-wlan9.conf")" 600
    grep -qx no-ping "$W/hand/dnsmasq.conf" || fail "a phone waits three seconds for its address"
    printed 'hostapd -B -P /run/longear-hostapd.pid hostapd-wlan9.conf hostapd-wlan8.conf'
    printed 'nft delete table ip longear_hotspot'
    refused 1 "No such file" a hotspot --dir "$W/nowhere" --interface wlan9
    # hostapd reads a file whole before it looks at the card, which isn't there.
    if [ -x /usr/sbin/hostapd ]; then
        for file in "$W"/hand/hostapd-*.conf; do
            timeout 5 /usr/sbin/hostapd "$file" >"$W/hostapd" 2>&1 || true
            ! grep -E 'Line [0-9]|errors? found' "$W/hostapd" || fail "hostapd does not take $file"
        done
        echo 'nonsense=1' >>"$file"
        timeout 5 /usr/sbin/hostapd "$file" >"$W/hostapd" 2>&1 || true
        grep -q 'errors found' "$W/hostapd" || fail "hostapd takes anything: the check above shows nothing"
    else
        echo "hostapd is not installed: its files were not checked"
    fi
    if [ -x /usr/sbin/dnsmasq ]; then
        /usr/sbin/dnsmasq --test --conf-file="$W/hand/dnsmasq.conf" || fail "dnsmasq does not take its file"
        done_ a hotspot start
        /usr/sbin/dnsmasq --test --conf-file=/dev/null --conf-dir="$W/root/etc/NetworkManager/dnsmasq-shared.d" || fail "dnsmasq does not take NetworkManager's file"
        done_ a hotspot stop
    else
        echo "dnsmasq is not installed: its files were not checked"
    fi
}

poster() {
    local name=$'W;i,f:i "\\' password='a;b,c:d"e\f'
    done_ a poster "$W/p.html" --name "$name" --password "$password" --address http://10.42.0.1/ --json
    equal "$(field file)" "$W/p.html"
    equal "$(stat -c %s "$W/p.html")" "$(sed -n 's/.*"bytes":\([0-9]*\).*/\1/p' "$W/out")"
    for text in 'size:A4' 'Link · Связь · Байланыс' 'lang="kk"' 'lang="ru"' 'lang="en"' 'полиция' 'http://10.42.0.1/'; do
        grep -qF "$text" "$W/p.html" || fail "the poster lacks $text"
    done
    ! grep -qE '<script|https?://[^1]|src=|url\(|@import|href=' "$W/p.html" || fail "the poster loads something"
    done_ a poster - --name Link
    printed '</html>'
    command -v zbarimg >/dev/null && command -v node >/dev/null || { echo "zbar is not installed: the codes were not read"; return 0; }
    # Draw each SVG path as a grey map, 8 pixels a module, and read it.
    node -e '
        const fs = require("fs"), page = fs.readFileSync(process.argv[1], "utf8");
        [...page.matchAll(/viewBox="0 0 (\d+) \d+".*?fill="#000" d="([^"]*)"/g)].forEach(([, n, d], at) => {
            const size = +n * 8, map = Buffer.alloc(size * size, 255);
            for (const [, x, y, w] of d.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
                for (let j = 0; j < 8; j++) map.fill(0, (+y * 8 + j) * size + +x * 8, (+y * 8 + j) * size + (+x + +w) * 8);
            fs.writeFileSync(process.argv[2] + at + ".pgm", Buffer.concat([Buffer.from(`P5 ${size} ${size} 255\n`), map]));
        });' "$W/p.html" "$W/code"
    equal "$(zbarimg -q --raw "$W/code0.pgm" 2>/dev/null)" 'WIFI:T:WPA;S:W\;i\,f\:i \"\\;P:a\;b\,c\:d\"e\\f;;'
    equal "$(zbarimg -q --raw "$W/code1.pgm" 2>/dev/null)" 'http://10.42.0.1/'
}

check() {
    tools_make
    export FAKE=$W LONGEAR_HOTSPOT_ROOT=$W/root PATH=$W/bin:$PATH
    usage
    starts_and_stops
    after_a_crash
    failures
    cards
    by_hand
    poster
    # Without a single one of the tools.
    mkdir "$W/empty"
    PATH=$W/empty status 1 a hotspot 2>/dev/null || PATH=$W/bin:$PATH fail "without nmcli"
    said 'nmcli'
    printed 'hostapd-wlan0.conf'
}
both
