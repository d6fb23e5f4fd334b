#!/bin/bash
# The static program for arm64 (make arm64), run by qemu-user. Shows: it makes a person, writes, lists; parcels pass both
# ways between it and the native program and what both then hold is the same; a running node of it exchanges with the
# native program; the same where netlink is refused, as on Android; it makes no system call of those for which Android
# ends a program. Needs what tools/arm64-libraries.sh asks for, qemu-user, and a program that was built before, because
# building it takes minutes: else it is skipped.
. "$(dirname "$0")/../cli/util.sh"

command -v qemu-aarch64 >/dev/null || { echo "qemu-user is missing"; exit 77; }
[ -x "$BUILD/arm64/longear" ] || { echo "there is no program for arm64: make arm64"; exit 77; }
ARM=$BUILD/arm64/longear
NETLINK=$BUILD/rel/test/port/no_netlink_tool

held() { "$1" --home "$W/$2" --json list Square | sed 's/,"seen[^,}]*//' | sort; }
check() {
    P=$W/arm
    printf '#!/bin/sh\nexec qemu-aarch64 %s "$@"\n' "$ARM" >"$P"
    chmod +x "$P"
    done_ phone init --name phone
    done_ phone community new --title Square --open
    done_ phone post Square 'from the phone: қазақша, по-русски'
    done_ phone invite Square
    line=$(head -n 1 "$W/out")
    native() { "$LONGEAR" --home "$W/native" "$@" >"$W/out" 2>"$W/err" </dev/null || fail "native: $*"; }
    native init --name native
    native join "$line"
    native post Square 'from the laptop'

    # By hand, both ways.
    done_ phone pouch pack "$W/phone.zip"
    native pouch open "$W/phone.zip"
    native pouch pack "$W/native.zip"
    done_ phone pouch open "$W/native.zip"
    equal "$(held "$P" phone)" "$(held "$LONGEAR" native)" "what both hold after parcels"
    done_ phone check

    # Over the network, with netlink refused: the node still tells where it is and exchanges.
    printf '#!/bin/sh\nexec %s /usr/bin/env qemu-aarch64 %s "$@"\n' "$NETLINK" "$ARM" >"$P"
    up phone
    native post Square 'over the network'
    native sync "127.0.0.1:$port"
    done_ phone post Square 'back again'
    native sync "127.0.0.1:$port"
    down $node
    equal "$(held "$P" phone)" "$(held "$LONGEAR" native)" "what both hold after contacts"
    equal "$(held "$LONGEAR" native | wc -l)" 4 "messages"

    # Android answers these with a signal that ends the program.
    printf '#!/bin/sh\nexec qemu-aarch64 -strace %s "$@" 2>>%s\n' "$ARM" "$W/calls" >"$P"
    "$P" --home "$W/phone" up --web 127.0.0.1:0 --listen 127.0.0.1:0 >"$W/phone.up" 2>&1 </dev/null &
    node=$!
    nodes="$nodes $node"
    for _ in $(seq 100); do ! grep -q "Ctrl-C ends" "$W/phone.up" || break; sleep 0.1; done
    native sync "127.0.0.1:$(sed -n 's/^For other points:.*:\([0-9]*\)$/\1/p' "$W/phone.up" | head -n 1)" 
    kill -TERM $node
    wait $node || true
    grep -q ' openat(' "$W/calls" || fail "the calls were not listed"
    bad='set_robust_list|rseq|clone3|openat2|close_range|epoll_pwait2|faccessat2|io_uring_|statx|semget|shmget|msgget|linkat\('
    ! grep -E "^[0-9]+ ($bad)" "$W/calls" | head -n 5 | grep . || fail "calls that Android refuses"
}
LONGEAR_ASAN=$LONGEAR
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
( nodes=; trap 'for pid in $nodes; do kill -9 "$pid" 2>/dev/null || true; done' EXIT; set -eu; check ) || exit 1

