#!/bin/bash
# A disk that runs full, and one that can't be written, on a real small tmpfs: a clear sentence and status 1, nothing acknowledged is lost, nothing half-written is
# left, and everything works again once there is room.
#
# Needs a mount namespace of its own (root, or user namespaces); is skipped where there is none.
set -u
if [ -z "${IN_NAMESPACE:-}" ]; then
    for how in -m -rm; do
        # shellcheck disable=SC2016
        if unshare $how sh -c 'd=$(mktemp -d) && mount -t tmpfs -o size=64k none "$d" && umount "$d"; s=$?; rmdir "$d"; exit $s' 2>/dev/null; then
            IN_NAMESPACE=1 exec unshare $how "$0" "$@"
        fi
    done
    echo "no file system may be mounted here"
    exit 77
fi
longear=${LONGEAR:-build/rel/longear}
work=$(mktemp -d "${TMPDIR:-/tmp}/disk.XXXXXX") || exit 1
disk=$work/disk
mkdir "$disk"
mount -t tmpfs -o size=64m none "$disk" || exit 1
trap 'umount -l "$disk" 2>/dev/null; rm -rf "$work"' EXIT
export LC_ALL=C
checks=0

fail() { echo "FAILED: $*" >&2; exit 1; }
ok() { checks=$((checks + 1)); echo "ok: $*"; }
field() { sed -n "s/.*\"$1\": *\([0-9][0-9]*\).*/\1/p" "$2" | tail -n 1; }
ll() { "$longear" --lang en "$@"; }
count() { ll --home "$1" --json list "$community" 2>/dev/null | wc -l; }
size() { mount -o remount,size="$1" "$disk" || fail "remount $1"; }
used_kib() { df -k --output=used "$disk" | tail -n 1 | tr -d ' '; }
sound() {
    ll --home "$1" --json check >"$work/out" 2>&1 || fail "check of $1: $(cat "$work/out")"
    [ "$(field bad "$work/out")" = 0 ] || fail "check of $1: $(cat "$work/out")"
}
# The command must fail with status 1 and say $1 in one clear sentence.
says() {
    local sentence=$1
    shift
    ll "$@" >"$work/out" 2>"$work/err"
    local status=$?
    [ $status -eq 1 ] || fail "$* ended with $status instead of 1: $(cat "$work/out" "$work/err")"
    grep -qi "$sentence" "$work/err" || fail "$* does not say \"$sentence\" but: $(cat "$work/err")"
    ! grep -qiE 'sqlite|errno|assert|\(null\)' "$work/err" || fail "$* says to people: $(cat "$work/err")"
}

awk 'BEGIN { for (i = 0; i < 12000; i++) printf "{\"text\":\"Насос %d жұмыс істемейді, су таситын адамдар керек. Насос %d не работает, нужны люди.\"}\n", i, i }' >"$work/lines.jsonl"
source=$work/source
ll --home "$source" init --name source >/dev/null 2>&1 || fail init
community=$(ll --home "$source" --json community new --title group | sed -n 's/.*"community": *"\([0-9a-f]*\)".*/\1/p')
[ -n "$community" ] || fail "community new"
invitation=$(ll --home "$source" invite group)
ll --home "$source" --json import group "$work/lines.jsonl" >/dev/null 2>&1 || fail "import"
ll --home "$source" --json pouch pack "$work/parcel.zip" >/dev/null 2>&1 || fail "pack"

home=$disk/home
ll --home "$home" init --name small >/dev/null 2>&1 || fail "init on the small disk"
ll --home "$home" join "$invitation" >/dev/null 2>&1 || fail "join on the small disk"

# Import until the disk is full.
size $(($(used_kib) + 2500))k
says "full" --home "$home" --progress --json import "$community" "$work/lines.jsonl"
committed=$(field committed "$work/out")
committed=${committed:-0}
have=$(count "$home")
[ "$have" -ge "$committed" ] && [ "$have" -lt 12000 ] || fail "import said $committed, $have are there"
size 64m
sound "$home"
[ "$(count "$home")" = "$have" ] || fail "what was there is gone"
ok "import onto a full disk: $committed acknowledged, $have there"
ll --home "$home" --json import "$community" "$work/lines.jsonl" >"$work/out" 2>&1 || fail "import after room was made: $(cat "$work/out")"
[ "$(count "$home")" = $((have + 12000)) ] || fail "import after room was made"
ok "import goes on once there is room"

# Open a parcel until the disk is full.
size $(($(used_kib) + 2500))k
before=$(count "$home")
says "full" --home "$home" --json pouch open "$work/parcel.zip"
accepted=$(field accepted "$work/out")
have=$(count "$home")
[ "$have" -ge $((before + ${accepted:-0})) ] && [ "$have" -lt $((before + 12000)) ] || fail "open said ${accepted:-nothing}, $have are there after $before"
size 64m
sound "$home"
ll --home "$home" --json pouch open "$work/parcel.zip" >"$work/out" 2>&1 || fail "open after room was made: $(cat "$work/out")"
[ "$(count "$home")" = $((before + 12000)) ] || fail "open after room was made"
ok "pouch open onto a full disk, and to its end once there is room"

# Pack onto a full disk: no file is left, and one that was there stays whole.
size $(($(used_kib) + 300))k
ls -A "$disk" >"$work/before"
says "full" --home "$source" pouch pack "$disk/parcel.zip"
ls -A "$disk" >"$work/after"
cmp -s "$work/before" "$work/after" || fail "pack left something behind: $(cat "$work/after")"
size 64m
ll --home "$source" pouch pack "$disk/parcel.zip" >/dev/null 2>&1 || fail "pack after room was made"
cp "$disk/parcel.zip" "$work/whole.zip"
size $(($(used_kib) + 300))k
says "full" --home "$source" pouch pack "$disk/parcel.zip"
cmp -s "$disk/parcel.zip" "$work/whole.zip" || fail "pack spoilt the parcel that was there"
rm "$disk/parcel.zip"
ok "pack onto a full disk leaves nothing, and the parcel that was there whole"

# Write messages until the very last byte is gone: each is either told as written and there, or refused.
size $(($(used_kib) + 200))k
before=$(count "$home") written=0 refused=0
text=$(head -c 9000 /dev/zero | tr '\0' 'x')
while [ "$refused" = 0 ] && [ "$written" -lt 200 ]; do
    if ll --home "$home" --json post "$community" "$text" >"$work/out" 2>"$work/err"; then
        written=$((written + 1))
    else
        refused=1
        grep -qi full "$work/err" || fail "post on a full disk says: $(cat "$work/err")"
    fi
done
[ "$refused" = 1 ] || fail "the disk never ran full"
size 64m
[ "$(count "$home")" = $((before + written)) ] || fail "$written messages were told as written, $(($(count "$home") - before)) are there"
sound "$home"
ll --home "$home" post "$community" "there is room again" >/dev/null 2>&1 || fail "post after room was made"
ok "post onto a full disk: $written written and there, the next refused"

# A disk with no room for a new home.
size $(($(used_kib) + 8))k
says "full" --home "$disk/new" init --name new
size 64m
ll --home "$disk/new" init --name new >"$work/out" 2>&1 || fail "init after room was made: $(cat "$work/out")"
ok "init onto a full disk, and again once there is room"

# A home that cannot be written.
before=$(count "$home")
mount -o remount,ro "$disk" || fail "remount ro"
says "writ\|read-only" --home "$home" post "$community" "no"
says "writ\|read-only" --home "$home" pouch open "$work/parcel.zip"
says "writ\|read-only" --home "$source" pouch pack "$disk/parcel.zip"
says "writ\|read-only" --home "$disk/other" init --name other
mount -o remount,rw "$disk" || fail "remount rw"
[ "$(count "$home")" = "$before" ] || fail "a read-only home changed"
sound "$home"
ok "a home that cannot be written"
echo "$checks checks"
