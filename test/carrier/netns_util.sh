# shellcheck shell=bash disable=SC2034
# Networks for tests: hosts in network namespaces, joined by cables and switches; sourced by bash, not run.
#
#     . test/carrier/netns_util.sh
#     netns_enter "$0" "$@"          # first of all; the script starts again within namespaces of its own
#     netns_make a b c               # three hosts
#     netns_bridge s                 # a switch
#     netns_link a b                 # a cable: interface to-b at a, to-a at b, both up, without IPv4 addresses
#     netns_link c s                 # interface to-s at c
#     netns_address a to-b 10.0.0.1/24
#     netns_run a ping -c 1 10.0.0.2
#     netns_start a log program …    # in the background, output in the file log; its pid is $netns_pid
#     netns_unlink a b               # cut the cable
#
# netns_enter gives the script user (unless it is root), network, mount and process namespaces of its own. Whatever it
# makes there, processes too, ends with it, even when it is killed, and no name is seen outside. Where the kernel refuses
# the namespaces, or there is no iproute2, the test is skipped (exit status 77); nothing else is a reason to skip.

netns_enter() { # SCRIPT ARGUMENT...
    if [ -z "${NETNS_INSIDE:-}" ]; then
        local how=(-r -n -m -p -f --kill-child --mount-proc)
        [ "$(id -u)" != 0 ] || how=("${how[@]:1}")
        command -v ip >/dev/null || { echo "iproute2 (the command ip) is missing: tools/install-deps.sh test"; exit 77; }
        if ! unshare "${how[@]}" sh -c 'mount -t tmpfs none /run && mkdir /run/netns && ip netns add x &&
            ip -n x link add y type veth peer name z && ip -n x link add w type bridge' >/dev/null 2>&1; then
            echo "the kernel refuses network namespaces here"
            exit 77
        fi
        NETNS_INSIDE=1 exec unshare "${how[@]}" "$@"
    fi
    mount -t tmpfs none /run && mkdir /run/netns && ip link set lo up || exit 1
}

netns_make() { # NAME...
    local name
    for name in "$@"; do
        ip netns add "$name" && ip -n "$name" link set lo up || exit 1
    done
}

netns_bridge() { # NAME...
    local name
    for name in "$@"; do
        ip netns add "$name" && ip -n "$name" link add bridge type bridge && ip -n "$name" link set bridge up || exit 1
    done
}

# Interface names have at most 15 characters, so names of hosts at most 12.
netns_link() { # A B
    local end other
    ip link add "to-$2" netns "$1" type veth peer name "to-$1" netns "$2" || exit 1
    for end in "$1 $2" "$2 $1"; do
        other=${end#* } end=${end% *}
        if ip -n "$end" link show bridge >/dev/null 2>&1; then ip -n "$end" link set "to-$other" master bridge || exit 1; fi
        ip -n "$end" link set "to-$other" up || exit 1
    done
}

netns_unlink() { ip -n "$1" link del "to-$2"; } # A B

netns_address() { ip -n "$1" addr add "$3" dev "$2" || exit 1; } # NAME INTERFACE ADDRESS/PREFIX

netns_run() { # NAME COMMAND...
    local name=$1
    shift
    # Not "ip netns exec": that mounts /sys, which some kernels refuse to users.
    nsenter --net="/run/netns/$name" -- "$@"
}

netns_start() { # NAME FILE COMMAND...
    local name=$1 file=$2
    shift 2
    : >"$file"
    nsenter --net="/run/netns/$name" -- "$@" >"$file" 2>&1 </dev/null &
    netns_pid=$!
}

# Wait until the interface has a usable IPv6 link-local address (duplicate address detection takes 1 to 2 s).
netns_wait_ipv6() { # NAME INTERFACE
    local i
    for i in {1..200}; do
        if ip -n "$1" -6 -o addr show dev "$2" scope link 2>/dev/null | grep -v tentative | grep -q inet6; then return 0; fi
        sleep 0.02
    done
    echo "no IPv6 address on $2 of $1" >&2
    return 1
}

# Remove hosts, switches and whatever is still running; only needed to begin anew within one script.
netns_cleanup() {
    local name
    # shellcheck disable=SC2046
    kill $(jobs -p) 2>/dev/null
    wait
    for name in /run/netns/*; do
        [ ! -e "$name" ] || ip netns del "${name##*/}"
    done
}
