#!/bin/sh
# tools/install-deps.sh: silent where nothing is missing; else names what is missing and why, installs it as root or
# with the person's consent, and never without. Shown with stand-ins for dpkg-query, apt-get, id, sudo and the
# compilers in a PATH of their own.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
stand_in() { # NAME SCRIPT
    printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}
for tool in sh env awk cat grep printf dirname; do
    ln -s "$(command -v $tool)" "$work/bin/$tool" 2>/dev/null || true
done
for tool in gcc pkg-config clang wasm-ld llvm-symbolizer node npm zip unzip curl ip valgrind exiftool ffmpeg convert xmllint chromium; do stand_in $tool 'exit 0'; done
stand_in sudo "echo sudo >>$work/did; exec \"\$@\""
# apt-get writes down what it is asked for; its lists are empty until "update" where $work/empty exists.
stand_in apt-get "case \"\$*\" in *update*) [ ! -f $work/empty ] || : >$work/full ;; *) [ ! -f $work/empty ] || [ -f $work/full ] || exit 100 ;; esac
case \"\$*\" in *' -s '*) ;; *) echo \"apt-get \$*\" >>$work/did ;; esac"
all="libc6-dev libsodium-dev libsqlite3-dev libuv1-dev libmicrohttpd-dev libzstd-dev libqrencode-dev libjansson-dev zlib1g-dev libexpat1-dev libseccomp-dev wasi-libc libcmocka-dev
     libclang-rt-14-dev libclang-rt-14-dev-wasm32"
installed() { stand_in dpkg-query "for p in $*; do echo \"\$p installed\"; done"; }
user() { stand_in id "echo $1"; }
run() { # EXPECTED-STATUS GROUP...
    want=$1
    shift
    rm -f "$work/did" "$work/full"
    : >"$work/did"
    status=0
    PATH=$work/bin "$work/bin/sh" tools/install-deps.sh "$@" >"$work/out" 2>&1 </dev/null || status=$?
    [ $status -eq "$want" ] || { echo "status $status instead of $want for: $*"; cat "$work/out"; exit 1; }
}
says() { grep -qF -- "$1" "$work/out" || { echo "it doesn't say '$1':"; cat "$work/out"; exit 1; }; }
did() { grep -qF -- "$1" "$work/did" || { echo "it didn't do '$1':"; cat "$work/did" "$work/out"; exit 1; }; }
did_nothing() { [ ! -s "$work/did" ] || { echo "it did:"; cat "$work/did"; exit 1; }; }
unset YES

# Nothing missing: silence, for root and for others.
# shellcheck disable=SC2086
installed $all
for id in 0 1000; do
    user $id
    run 0 run test bench
    did_nothing
    [ ! -s "$work/out" ] || { echo "not silent:"; cat "$work/out"; exit 1; }
done

# Something missing: root installs it, and nothing else.
# shellcheck disable=SC2046,SC2086
installed $(echo $all | sed 's/libuv1-dev//')
user 0
run 0 run
says "libuv1-dev"
says "the event loop"
did "--no-install-recommends install libuv1-dev"
if grep -q sodium "$work/did"; then echo "it installs what is there"; exit 1; fi
if grep -q sudo "$work/did"; then echo "root needs no sudo"; exit 1; fi

# Empty lists are fetched first.
: >"$work/empty"
run 0 run
did "update"
did "install libuv1-dev"
rm "$work/empty"

# Only asked whether something is missing, root installs nothing either.
run 1 --check run
says "libuv1-dev"
did_nothing
run 0 --check app
did_nothing

# Others are asked; without a terminal the command is printed and nothing happens.
user 1000
run 1 run
says "sudo apt-get install --no-install-recommends libuv1-dev"
did_nothing
YES=1
export YES
run 0 run
did "sudo"
did "install libuv1-dev"
unset YES
rm "$work/bin/sudo"
run 1 run
says "as root: apt-get install --no-install-recommends libuv1-dev"
did_nothing

# A missing command of the tests is no matter for `run`.
# shellcheck disable=SC2086
installed $all
rm "$work/bin/node"
user 0
run 0 run
did_nothing
run 0 test
did "install nodejs"

# Termux has Debian's tools and other packages: its own command is told.
stand_in pkg-config 'exit 1'
export PREFIX=/data/data/com.termux/files/usr
run 1 run
says "pkg install clang make"
did_nothing
unset PREFIX

# No Debian: the libraries are named. Wrong usage: exit 2.
rm "$work/bin/dpkg-query"
stand_in pkg-config 'exit 1'
run 1 run
says "libmicrohttpd"
did_nothing
run 2 everything
says "expected run, app, test or bench"
run 2
says "usage"
