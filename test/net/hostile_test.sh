#!/bin/bash
# Hostile peers on a real network, each from an address of its own, while an honest peer is served: random bytes and frames, a recorded session that is sent again, peers
# that stop in the middle of everything, 1,000 connections at once, and one that speaks well, claims 2^40 records and sends sketches that never decode; then the same claim
# as an answer to a node that calls. After each: the node lives, its memory is bounded, what was refused is counted and told in words, its address is held off where it
# broke a rule, an honest peer's message arrived meanwhile, and check finds nothing.
set -u
. test/carrier/netns_util.sh
netns_enter "$0" "$@"
. test/net/net_util.sh
tool=$TOOLS/hostile_tool
MEMORY_KIB=${MEMORY_KIB:-98304}
last=100
refused_total() { l n status --json | grep -o '"refused":{[^}]*}' | tail -n 1 | grep -o ':[0-9]*' | tr -d : | awk '{ s += $1 } END { print s + 0 }'; }

# Start a hostile peer with an address that nobody had before.
attack() { # NAME ARGUMENT...
    local name=$1
    shift
    last=$((last + 1))
    from_address=10.0.0.$last
    netns_address h to-s "$from_address/24"
    netns_start h "$W/$name.log" env FROM="$from_address" LIMIT="${LIMIT:-15}" "$tool" "$@"
    attack_pid=$netns_pid
}
# While it lasts an honest peer writes (its contact stands) and a newcomer meets the node anew.
served() { # WHAT
    local from took
    from=$(now_ms)
    post g "honest, during $1"
    took=$(wait_has n "$record" "$from" 5000) || fail "$1: an honest peer's message doesn't arrive"
    served_ms=$took
    from=$(now_ms)
    netns_run k timeout 10 "$P" --home "$W/k" sync 10.0.0.1:7427 --json >"$W/sync" 2>"$W/err" || fail "$1: a newcomer is not served: $(cat "$W/err")"
    took=$(($(now_ms) - from))
    has k "$record" || fail "$1: the newcomer lacks the message"
    echo "$1: an honest message after $served_ms ms, a newcomer's whole contact $took ms"
}
over() { # WHAT
    wait $attack_pid || fail "$1: the tool ended with $?"
    grep -E '^(ended|held|claimed|opened)' "$W/$1.log" | sed "s/^/  /"
    alive n
    local peak
    peak=$(memory_kib n VmHWM)
    [ "$peak" -le "$MEMORY_KIB" ] || fail "$1: the node's memory was $peak KiB"
    check_clean n
    l n status >"$W/status" 2>&1 || fail "$1: no status"
    ok "$1: survived, peak memory $peak KiB, refused so far $(refused_total), held off $(status_of n held_off), turned away $(status_of n turned_away)"
}

prepare() {
    group n g k
    netns_make n g k h
    netns_bridge s
    for home in n g k h; do netns_link $home s; done
    netns_address n to-s 10.0.0.1/24
    netns_address g to-s 10.0.0.2/24
    netns_address k to-s 10.0.0.3/24
    write_many n 9000 100 $(($(date +%s) - 4000)) 3600 1
    done_ n pouch pack "$W/some.zip"
    done_ g pouch open "$W/some.zip"
    done_ k pouch open "$W/some.zip"
    up n --no-discovery
    up g --no-discovery --peer 10.0.0.1:7427
    served "nothing"
}

random() {
    local before way
    for way in bytes frames after-handshake sealed; do
        before=$(refused_total)
        attack random random 10.0.0.1 7427 $way
        [ $way = bytes ] && served random
        over random
        grep -q "^ended [0-9]* $way" "$W/random.log" || fail "$way: not ended"
        [ "$(refused_total)" -gt "$before" ] || fail "random $way: not counted: $(cat "$W/status")"
    done
    [ "$(status_of n held_off)" -ge 1 ] || fail "nobody is held off"
    # Whoever is held off is turned away at once, others are not.
    before=$(status_of n turned_away)
    netns_start h "$W/again.log" env FROM="$from_address" LIMIT=5 "$tool" many 10.0.0.1 7427 1
    wait $netns_pid
    grep -q 'held 0 of 1' "$W/again.log" || fail "an address that is held off is listened to: $(cat "$W/again.log")"
    [ "$(status_of n turned_away)" -gt "$before" ] || fail "that it was turned away is not counted"
    grep -qiE 'refus|rule|damag|broken|reject' "$W/status" || fail "status says nothing of what was refused: $(cat "$W/status")"
    echo "status says:"
    grep -iE -A3 'refus|rule|damag|broken|reject' "$W/status" | head -n 5
}

replay() {
    # A whole session of k, recorded by a relay on its way.
    netns_start k "$W/relay.log" "$TOOLS/relay_tool" 9000 10.0.0.1 7427 0 "$W/session"
    local relay=$netns_pid
    sleep 0.3
    write_many k 500 300 $(($(date +%s) - 4000)) 3600 4 # so that there are many frames
    netns_run k "$P" --home "$W/k" sync 127.0.0.1:9000 --json >"$W/sync" 2>"$W/err" || fail "sync through the relay"
    kill "$relay"
    [ "$(wc -c <"$W/session")" -gt 100000 ] || fail "hardly anything was recorded"
    local before
    before=$(refused_total)
    attack replay replay 10.0.0.1 7427 "$W/session"
    served replay
    over replay
    grep -q '^ended' "$W/replay.log" || fail "the replayed session goes on"
    # Frames of another session are none here: a few are dropped, many end the contact.
    [ "$(refused_total)" -gt "$before" ] || fail "the replayed session is not refused"
}

# They are held while others attack; stalled looks at the end.
stall() {
    attack stall stall 10.0.0.1 7427
    stall_pid=$attack_pid
    served stall
}
stalled() {
    attack_pid=$stall_pid
    over stall
    [ "$(grep -c '^ended' "$W/stall.log")" -ge 3 ] || fail "those that never finish a handshake are waited for: $(cat "$W/stall.log")"
}

many() {
    LIMIT=4 attack many many 10.0.0.1 7427 1000
    sleep 0.3
    served many
    over many
    local held
    held=$(sed -n 's/^held \([0-9]*\) .*/\1/p' "$W/many.log")
    [ "$held" -le 64 ] || fail "$held of 1000 connections are held"
    [ "$(status_of n turned_away)" -ge 900 ] || fail "only $(status_of n turned_away) were turned away"
}

# Alone; not in the usual run, as claims shows more.
claim() {
    local before
    before=$(refused_total)
    LIMIT=20 attack claim claim 10.0.0.1 7427 "$group"
    sleep 0.2
    served claim
    over claim
    grep -q 'claimed: 1 common, started 1, [1-9]' "$W/claim.log" || fail "it did not get to claim: $(cat "$W/claim.log")"
    [ "$(refused_total)" -gt "$before" ] || fail "the claim's work was not refused"
}

# Three such contacts of one peer at once: they don't keep the others from being compared.
claims() {
    local before i more=()
    before=$(refused_total)
    LIMIT=30 attack claims claim 10.0.0.1 7427 "$group"
    for i in 1 2; do
        netns_start h "$W/claims$i.log" env FROM="$from_address" LIMIT=30 "$tool" claim 10.0.0.1 7427 "$group"
        more+=("$netns_pid")
    done
    sleep 0.5
    served claims
    wait "${more[@]}"
    over claims
    grep -h ^ended "$W"/claims?.log
    [ "$(refused_total)" -ge $((before + 3)) ] || fail "the claims' work was not refused"
}

# The node calls the hostile one.
claim_answer() {
    netns_address h to-s 10.0.0.99/24
    netns_start h "$W/claim_answer.log" env LIMIT=3 "$tool" claim-answer 7500 "$group"
    attack_pid=$netns_pid
    sleep 0.3
    down n
    up n --no-discovery --peer 10.0.0.99:7500
    sleep 1
    served claim_answer
    over claim_answer
    grep -q 'claimed: 1 common' "$W/claim_answer.log" || fail "nobody called: $(cat "$W/claim_answer.log")"
}

for variant in ${VARIANTS:-rel asan}; do
    echo "== $variant"
    if [ "$variant" = asan ]; then
        [ -x "$P_ASAN" ] || { echo "not built"; continue; }
        P=$P_ASAN MEMORY_KIB=$((1024 * 1024)) last=100
        # Sketches take too long under the sanitizers.
        ONLY=${ONLY:-stall random replay many stalled claim_answer}
    fi
    prepare
    for each in ${ONLY:-stall random replay many stalled claims claim_answer}; do $each; done
    down_all
    check_clean n g k
    net_clear
done
echo "$checks checks"
