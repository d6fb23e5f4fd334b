#!/bin/bash
# Nothing acknowledged is lost when the program is killed: `kill -9` at random moments of `import` and `pouch open`, 25 times each.
#
# Acknowledged is what {"committed":n} of --progress --json has said. After every kill `check` finds nothing bad and `list` shows at least what was acknowledged
# before and by the killed run; at the end the same parcel, opened again, completes to its full number. SEED=… repeats a run.
set -u
longear=${LONGEAR:-build/rel/longear}
work=$(mktemp -d "${TMPDIR:-/tmp}/kill.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
seed=${SEED:-$$}
RANDOM=$seed
kills_wanted=25 kills_a_home=2 attempts_max=120
lines=7000 records=4000
export LC_ALL=C

fail() { echo "FAILED (SEED=$seed): $*" >&2; exit 1; }
field() { sed -n "s/.*\"$1\": *\([0-9][0-9]*\).*/\1/p" "$2" | tail -n 1; }
count() { "$longear" --home "$1" --json list group | wc -l; }

# A home with one group.
home_new() {
    "$longear" --home "$1" init --name kill >/dev/null 2>&1 && "$longear" --home "$1" community new --title group >/dev/null 2>&1 || fail "no home"
}

# Sound, and all that was acknowledged is there. $1 home, $2 acknowledged at least, $3 at most.
verify() {
    "$longear" --home "$1" --json check >"$work/check" 2>"$work/check.err" || fail "check: $(cat "$work/check" "$work/check.err")"
    [ "$(field bad "$work/check")" = 0 ] || fail "check: $(cat "$work/check")"
    have=$(count "$1")
    [ "$have" -ge "$2" ] || fail "$2 were acknowledged, $have are there"
    [ "$have" -le "$3" ] || fail "$have are there, more than the $3 that were given"
}

# Run a command and kill it after $1 and a random part of $2 milliseconds. Sets killed and acknowledged.
run_and_kill() {
    local after_ms=$1 span_ms=$2 pid status
    shift 2
    "$longear" "$@" >"$work/out" 2>"$work/err" &
    pid=$!
    sleep "$(printf '0.%03d' $((after_ms + RANDOM % (span_ms + 1))))"
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    status=$?
    killed=0
    [ "$status" -ne 137 ] || killed=1
    [ "$status" -eq 0 ] || [ "$status" -eq 137 ] || fail "$* ended with $status: $(cat "$work/err")"
    acknowledged=$(field committed "$work/out")
    acknowledged=${acknowledged:-0}
}

milliseconds() { # of a command that must succeed; at most 900
    local start=${EPOCHREALTIME/[.,]/} ms
    "$longear" "$@" >"$work/out" 2>"$work/err" || fail "$*: $(cat "$work/err")"
    ms=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
    echo $((ms < 900 ? ms : 900))
}

awk -v n="$lines" 'BEGIN { for (i = 0; i < n; i++) printf "{\"text\":\"Су мұнарасының жанында кезек %d, күнделікті екі шелек. Очередь у башни %d.\"}\n", i, i }' >"$work/lines.jsonl"

# ---- import ----
home_new "$work/first"
import_ms=$(milliseconds --home "$work/first" --json import group "$work/lines.jsonl") || exit 1
import_ms=$((import_ms * 3 / 4)) # the rest of it only makes the texts searchable
kills=0 attempts=0 partly=0 homes=0 in_home=$kills_a_home
while [ "$kills" -lt "$kills_wanted" ]; do
    [ $((attempts += 1)) -le "$attempts_max" ] || fail "only $kills of $kills_wanted imports were met alive"
    if [ "$in_home" -ge "$kills_a_home" ]; then
        home=$work/import$((homes += 1)) in_home=0 before=0
        home_new "$home"
    fi
    run_and_kill 0 "$import_ms" --home "$home" --progress --json import group "$work/lines.jsonl"
    verify "$home" $((before + acknowledged)) $((before + lines))
    [ "$killed" = 0 ] || { kills=$((kills + 1)) in_home=$((in_home + 1)); }
    [ "$acknowledged" -eq 0 ] || [ "$killed" = 0 ] || partly=$((partly + 1))
    before=$have
done
[ "$partly" -gt 0 ] || fail "no import was killed after it had acknowledged something"
echo "import: $kills kills, $partly of them between the first and the last batch, in $homes homes: nothing acknowledged is missing"

# ---- pouch open ----
while [ "$(count "$work/first")" -lt "$records" ]; do
    "$longear" --home "$work/first" --json import group "$work/lines.jsonl" >/dev/null 2>&1 || fail "import"
done
records=$(count "$work/first")
"$longear" --home "$work/first" --json pouch pack "$work/parcel.zip" >"$work/out" 2>&1 || fail "pack: $(cat "$work/out")"
home_new "$work/second"
open_ms=$(milliseconds --home "$work/second" --json pouch open "$work/parcel.zip") || exit 1
community=$("$longear" --home "$work/first" --json community list | sed -n 's/.*"community": *"\([0-9a-f]*\)".*/\1/p')
count() { "$longear" --home "$1" --json list "$community" 2>/dev/null | wc -l; }
kills=0 attempts=0 partly=0 homes=0 in_home=$kills_a_home home=
finish() { # open it again, to the end
    "$longear" --home "$1" --json pouch open "$work/parcel.zip" >"$work/out" 2>&1 || fail "the last open: $(cat "$work/out")"
    [ $(($(field accepted "$work/out") + $(field known "$work/out"))) = "$records" ] || fail "the last open: $(cat "$work/out")"
    verify "$1" "$records" "$records"
}
while [ "$kills" -lt "$kills_wanted" ]; do
    [ $((attempts += 1)) -le "$attempts_max" ] || fail "only $kills of $kills_wanted opens were met alive"
    if [ "$in_home" -ge "$kills_a_home" ] || [ "$before" -ge "$records" ]; then
        [ -z "$home" ] || finish "$home"
        home=$work/open$((homes += 1)) in_home=0 before=0
        home_new "$home"
    fi
    run_and_kill $((open_ms / 4)) $((open_ms / 2)) --home "$home" --progress --json pouch open "$work/parcel.zip"
    verify "$home" $((before > acknowledged ? before : acknowledged)) "$records"
    [ "$killed" = 0 ] || { kills=$((kills + 1)) in_home=$((in_home + 1)); }
    [ "$have" -eq "$before" ] || [ "$killed" = 0 ] || partly=$((partly + 1))
    before=$have
done
finish "$home"
[ "$partly" -gt 0 ] || fail "no open was killed after it had stored something"
echo "pouch open: $kills kills, $partly of them after something was stored, in $homes homes: nothing is missing, and the same parcel completes to $records"
