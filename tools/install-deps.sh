#!/bin/sh
# Install the packages that are missing for some work. usage: tools/install-deps.sh [--check] GROUP...
# (groups: run, app, test, bench). With --check it only says what is missing, and exits 1 then.
#
# Says what is missing and why. As root it installs, otherwise it asks before it uses sudo; YES=1 answers yes. Without
# root, YES=1 and a terminal to ask on, it prints the command to run and exits 1. Silent and quick where nothing is
# missing.
set -eu
cd "$(dirname "$0")/.."

# package, the command that shows that it is there ("-": ask dpkg), what it is for
run_packages() {
    cat <<'END'
gcc gcc the C compiler
libc6-dev - the C library's headers
pkg-config pkg-config finds the libraries
libsodium-dev - signatures, sealing, hashing, passwords
libsqlite3-dev - the store
libuv1-dev - the event loop
libmicrohttpd-dev - the web server
libzstd-dev - compression
libqrencode-dev - QR codes
libjansson-dev - JSON
zlib1g-dev - unpacks the app for a parcel
libexpat1-dev - reads XML of other systems
libseccomp-dev - the filter of the node's system calls
END
}
app_packages() {
    cat <<'END'
clang clang the compiler of WebAssembly
lld wasm-ld the WebAssembly linker
llvm llvm-symbolizer tools of the WebAssembly build
wasi-libc - the C library for WebAssembly
libclang-rt-dev-wasm32 - the compiler's runtime for WebAssembly
nodejs node builds the page for phones
npm npm fetches what the page is built with
END
}
test_packages() {
    run_packages
    cat <<'END'
clang clang the compiler of the sanitizer, fuzzing and WebAssembly builds
libclang-rt-dev - the sanitizers and libFuzzer
lld wasm-ld the WebAssembly linker
llvm llvm-symbolizer readable sanitizer reports
wasi-libc - the C library for WebAssembly
libclang-rt-dev-wasm32 - the compiler's runtime for WebAssembly
libcmocka-dev - the C unit tests
nodejs node the tests in JavaScript
npm npm the test dependencies in test/package-lock.json
zip zip tests that make a zip file
unzip unzip tests that read a pouch as a zip file
curl curl tests of the web page
iproute2 ip tests on networks of their own
valgrind valgrind the test that nothing depends on a secret
libimage-exiftool-perl exiftool the test of what photos and films still tell
ffmpeg ffmpeg films and sounds for that test
imagemagick convert photos for that test
libxml2-utils xmllint the tests of what is written as XML
END
    if grep -qs playwright test/package.json test/*/package.json; then echo "chromium chromium the tests in a browser"; fi
}
bench_packages() { run_packages; }

has() { # PACKAGE COMMAND
    if [ "$2" != - ]; then
        command -v "$2" >/dev/null
    else
        case $installed in *" $1 "*) ;; *) return 1 ;; esac
    fi
}

check=
if [ "${1:-}" = --check ]; then
    check=1
    shift
fi
wanted=
for group in "$@"; do
    case $group in
        run | app | test | bench) wanted="$wanted$(${group}_packages)
" ;;
        *) echo "install-deps: no group '$group': expected run, app, test or bench" >&2; exit 2 ;;
    esac
done
if [ $# -eq 0 ]; then
    echo "usage: tools/install-deps.sh [--check] run|app|test|bench ..." >&2
    exit 2
fi

# Termux has apt-get and dpkg, too, with other packages.
termux=
case ${PREFIX:-} in *com.termux*) termux=1 ;; esac
if [ -n "$termux" ] || ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    # Not Debian or a relative: only the libraries can be asked for, by the names that pkg-config knows.
    names="libsodium sqlite3 libuv libmicrohttpd libzstd libqrencode jansson zlib expat"
    [ -n "$termux" ] || names="$names libseccomp"
    case " $* " in *" test "*) names="$names cmocka" ;; esac
    # shellcheck disable=SC2086
    if { command -v gcc || command -v clang; } >/dev/null && command -v pkg-config >/dev/null && pkg-config --exists $names; then exit 0; fi
    if [ -n "$termux" ]; then
        echo "On Android (Termux), run: pkg install clang make pkg-config libsodium libsqlite libuv libmicrohttpd zstd libqrencode libjansson zlib libexpat" >&2
        exit 1
    fi
    echo "This is no Debian: please install a C compiler (gcc), pkg-config and the development files of these libraries:" >&2
    echo "    $names" >&2
    case " $* " in *" test "*) echo "and for the tests clang with its sanitizers and lld, wasi-libc, node, npm, zip, unzip, curl and iproute2" >&2 ;; esac
    exit 1
fi

# One question to dpkg for all; its complaints about unknown packages don't matter. libclang-rt-14-dev is as good as
# libclang-rt-dev.
asked=$(echo "$wanted" | awk '$2 == "-" { print $1; if (sub(/-rt-dev/, "-rt-*-dev", $1)) print $1 }')
set -f
# shellcheck disable=SC2086
installed=" $(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $asked 2>/dev/null |
    awk '$2 == "installed" { sub(/-rt-[0-9]+-dev/, "-rt-dev", $1); printf "%s ", $1 }') "
set +f

missing=
report=
while read -r package command why; do
    [ -n "$package" ] || continue
    case " $missing " in *" $package "*) continue ;; esac
    if ! has "$package" "$command"; then
        missing="$missing $package"
        report="$report$(printf '  %-24s %s' "$package" "$why")
"
    fi
done <<END
$wanted
END
[ -n "$missing" ] || exit 0

echo "These packages are missing:" >&2
printf '%s' "$report" >&2
if [ -n "$check" ]; then
    echo "To install them: tools/install-deps.sh $*" >&2
    exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Run as root: apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
    if [ "${YES:-}" != 1 ]; then
        if ! [ -t 0 ]; then
            echo "Run: sudo apt-get install --no-install-recommends$missing" >&2
            exit 1
        fi
        printf 'Install them with sudo apt-get? [y/N] ' >&2
        read -r answer || answer=
        case $answer in
            [yY] | [yY][eE][sS]) ;;
            *) echo "Nothing was installed. Run: sudo apt-get install --no-install-recommends$missing" >&2; exit 1 ;;
        esac
    fi
    sudo="sudo"
fi

install() {
    # shellcheck disable=SC2086
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" --no-install-recommends install $missing
}
# The lists of a fresh machine are empty or name versions that are gone: then fetch them and try again.
if ! install -s >/dev/null 2>&1 || ! install; then
    $sudo apt-get -q update
    install
fi
