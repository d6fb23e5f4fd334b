# shellcheck shell=bash disable=SC2034
# What the tests of real nodes on real networks share; sourced by bash after netns_util.sh and netns_enter, or without
# them where loopback does. A home is named like its host. $P is the program, $W an empty directory.
export LC_ALL=C.UTF-8 TZ=UTC
unset LONGEAR_HOME LONGEAR_NOW LONGEAR_PASSPHRASE LC_MESSAGES LANG
BUILD=${BUILD:-$PWD/build}
P=${LONGEAR:-$BUILD/rel/longear}
P_ASAN=${LONGEAR_ASAN:-$BUILD/asan/longear}
TOOLS=$BUILD/rel/test/net
W=$(mktemp -d /tmp/longear-net.XXXXXX) || exit 1
net_end() {
    # shellcheck disable=SC2046
    kill -9 $(jobs -p) 2>/dev/null
    wait 2>/dev/null
    rm -rf "$W"
}
trap net_end EXIT
trap 'exit 130' INT TERM
declare -A node_pid=()
checks=0

fail() {
    echo "FAILED: $*" >&2
    for file in "$W"/*.up "$W"/*.log "$W"/err; do [ ! -s "$file" ] || { echo "--- ${file##*/}" && tail -n 20 "$file" | grep -v █; } >&2; done
    exit 1
}
ok() { checks=$((checks + 1)); echo "ok: $*"; }
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
l() { # HOME ARGUMENT...
    local home=$1
    shift
    "$P" --home "$W/$home" "$@"
}
# Run and expect it to be done; standard output in $W/out.
done_() { l "$@" >"$W/out" 2>"$W/err" </dev/null || fail "exit $?: longear $*"; }
# The value of a field in a line of JSON.
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1; }

# Homes with one group in common; $group is its id, $invitation its invitation.
group() { # HOME...
    local home
    for home in "$@"; do
        done_ "$home" init --name "Person of $home"
        if [ "$home" = "$1" ]; then
            done_ "$home" community new --title "The square" --json
            group=$(field community <"$W/out")
            done_ "$home" invite "The square"
            invitation=$(grep -o 'longear:[a-z2-7]*' "$W/out")
        else
            done_ "$home" join "$invitation"
        fi
    done
}
# Write a message; $record is its id.
post() { # HOME TEXT OPTION...
    done_ "$1" post "$group" "${@:2}" --json
    record=$(field record <"$W/out")
}
# Write many: COUNT, of SIZE letters, created from FROM on over SECONDS; of every 50 the last is urgent.
write_many() { # HOME COUNT SIZE FROM SECONDS SEED
    awk -v count="$2" -v size="$3" -v from="$4" -v seconds="$5" -v seed="$6" 'BEGIN {
        srand(seed)
        for (i = 0; i < count; i++) {
            text = ""
            while (length(text) < size) text = text sprintf("%c%c%c%c ", 97 + rand() * 26, 97 + rand() * 26, 97 + rand() * 26, 97 + rand() * 26)
            printf "{\"text\":\"%s\",\"created\":%d,\"urgency\":\"%s\"}\n", text, from + i * seconds / count, i % 50 == 49 ? "urgent" : "normal"
        } }' >"$W/lines"
    done_ "$1" import "$group" "$W/lines"
}
ids() { l "$1" list "$group" --json 2>"$W/err" | grep -o '^{"record":"[0-9a-f]*"' | cut -d '"' -f 4 | sort; }
has() { l "$1" list "$group" --json --newest --limit 20 2>"$W/err" | grep -q "$2"; }
count() { l "$1" status --json 2>"$W/err" | field records; }
# A number of status.
status_of() { l "$1" status --json 2>"$W/err" | field "$2"; }
# Counts of the network are as of a second ago.
wait_status() { # HOME FIELD VALUE
    local end=$(($(now_ms) + 3000))
    until [ "$(status_of "$1" "$2")" = "$3" ]; do
        [ "$(now_ms)" -lt $end ] || fail "status of $1: $2 is $(status_of "$1" "$2"), not $3"
        sleep 0.1
    done
}
equal() { # HOME HOME
    cmp -s <(ids "$1") <(ids "$2")
}

# Wait until a home has a record; tells how long it took since FROM_MS (at most until the end of the look that saw it).
wait_has() { # HOME RECORD FROM_MS LIMIT_MS
    local end=$(($3 + $4))
    while ! has "$1" "$2"; do
        [ "$(now_ms)" -lt $end ] || return 1
        sleep 0.005
    done
    echo $(($(now_ms) - $3))
}
wait_count() { # HOME COUNT LIMIT_MS
    local end=$(($(now_ms) + $3))
    until [ "$(count "$1")" -ge "$2" ]; do
        [ "$(now_ms)" -lt $end ] || return 1
        sleep 0.05
    done
}
# All homes have the same records, so many.
wait_equal() { # LIMIT_MS COUNT HOME...
    local limit=$1 number=$2 first=$3 home
    shift 2
    for home in "$@"; do
        wait_count "$home" "$number" "$limit" || fail "$home has $(count "$home") of $number records"
        equal "$first" "$home" || fail "$first and $home differ"
    done
}
check_clean() { # HOME...
    local home
    for home in "$@"; do
        done_ "$home" check --json
        grep -q '"bad":0' "$W/out" || fail "check of $home: $(cat "$W/out")"
    done
}

# A node: on a host of its own name (or elsewhere: up_on HOST), until down.
up() { up_on "$1" "$@"; } # HOME ARGUMENT...
up_on() { # HOST HOME ARGUMENT...
    local host=$1 home=$2 i
    shift 2
    netns_start "$host" "$W/$home.up" "$P" --home "$W/$home" up "$@"
    node_pid[$home]=$netns_pid
    for i in {1..200}; do
        if grep -q "The page" "$W/$home.up"; then return 0; fi
        kill -0 "$netns_pid" 2>/dev/null || break
        sleep 0.05
    done
    fail "the node of $home does not come up"
}
down() { # HOME...
    local home
    for home in "$@"; do
        kill -TERM "${node_pid[$home]}"
        wait "${node_pid[$home]}" || fail "the node of $home ended with $?"
        unset "node_pid[$home]"
    done
}
down_all() { down "${!node_pid[@]}"; }
alive() { kill -0 "${node_pid[$1]}" 2>/dev/null || fail "the node of $1 is gone"; }
memory_kib() { awk -v what="$2:" '$1 == what { print $2 }' "/proc/${node_pid[$1]}/status"; } # HOME VmHWM|VmRSS
# Begin anew: no hosts, no homes.
net_clear() {
    [ ${#node_pid[@]} = 0 ] || down_all
    netns_cleanup
    rm -rf "${W:?}"/*
}
no_ipv6() { netns_run "$1" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'; }
