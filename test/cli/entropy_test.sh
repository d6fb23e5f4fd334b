#!/bin/bash
# No random numbers, no start: where the system's call gives none and the device gives none, or always the same, every command that could make or use a key is
# refused with a sentence, in the reader's language, and nothing is written: no two people get one key. With one of both sources it works as ever.
set -u
if [ -z "${ENTROPY_INSIDE:-}" ]; then
    how=(-r -m)
    [ "$(id -u)" != 0 ] || how=(-m)
    # The random devices are covered in a mount namespace of this test's own.
    if ! unshare "${how[@]}" sh -c 'mount --bind /dev/null /dev/urandom' >/dev/null 2>&1; then
        echo "the kernel refuses mount namespaces here"
        exit 77
    fi
    ENTROPY_INSIDE=1 exec unshare "${how[@]}" "$0" "$@"
fi
export LC_ALL=C.UTF-8
unset LONGEAR_HOME LONGEAR_PASSPHRASE LC_MESSAGES LANG
BUILD=${BUILD:-$PWD/build}
tool=$BUILD/rel/test/cli/no_entropy_tool
W=$(mktemp -d "${TMPDIR:-/tmp}/entropy.XXXXXX") || exit 1
trap 'rm -rf "$W"' EXIT
fail() { echo "FAILED: $*" >&2; cat "$W/err" >&2; exit 1; }
"$tool" /bin/true
case $? in 0) ;; 77) echo "the kernel has no seccomp filters"; exit 77 ;; *) exit 1 ;; esac

checks() { # WHAT: every command is refused, and leaves nothing behind
    local words="the system gives no random numbers" command
    for command in "init --name A" "up --no-discovery --web 127.0.0.1:0" "id" "community new --title T" "status"; do
        # shellcheck disable=SC2086
        timeout 20 "$tool" "$P" --home "$W/new" $command >"$W/out" 2>"$W/err" </dev/null
        got=$?
        [ $got -eq 1 ] || fail "$1: $command ended with $got"
        grep -qF "$words" "$W/err" || fail "$1: $command does not say why"
        [ ! -s "$W/out" ] || fail "$1: $command printed a result"
        [ ! -e "$W/new" ] || fail "$1: $command made a home"
    done
    LC_ALL=kk_KZ.UTF-8 "$tool" "$P" --home "$W/new" init --name A 2>"$W/err"
    grep -qF "$(sed -n '/^msgid "the system gives no random/{n;s/^msgstr "\(.*\)"$/\1/p}' po/kk.po)" "$W/err" || fail "$1: not in Kazakh"
    "$tool" "$P" help >/dev/null 2>"$W/err" || fail "$1: help needs no random numbers"
    echo "refused: $1"
}

: >"$W/empty"
for P in "${LONGEAR:-$BUILD/rel/longear}" "${LONGEAR_ASAN:-$BUILD/asan/longear}"; do
    "$tool" "$P" --home "$W/device" init --name A 2>"$W/err" || fail "with the device alone it should work"
    # A regular file, which is no random device; and a device that says the same for ever.
    mount --bind "$W/empty" /dev/urandom && mount --bind "$W/empty" /dev/random || fail mount
    "$P" --home "$W/call" init --name A 2>"$W/err" || fail "with the call alone it should work"
    checks "no call, no device"
    umount /dev/urandom && umount /dev/random || fail umount
    mount --bind /dev/zero /dev/urandom || fail mount
    checks "no call, a device of zeros"
    umount /dev/urandom || fail umount
    rm -r "$W/device" "$W/call"
done
