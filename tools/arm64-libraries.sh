#!/bin/sh
# Build the libraries that Longear needs for arm64 phones and small computers, static and against musl, from Debian's
# sources, into build/arm64/sysroot. usage: tools/arm64-libraries.sh [--check]   (--check: say what is missing, exit 1)
#
# musl because Android ends a program at the first system call that its own C library does not make: glibc makes some
# before main (set_robust_list, rseq) and for every thread (clone3), musl makes none of them. From source because
# Debian's static libraries are compiled for glibc, and its libmicrohttpd needs a TLS library that is not there as a
# static one. Needs no root: apt-get works in a folder of its own, checks the signatures as always, and nothing is
# installed.
set -eu
cd "$(dirname "$0")/.."

target=aarch64-linux-gnu
missing=
for tool in $target-gcc $target-ar apt-get dpkg-deb dpkg-source patch tclsh autoreconf libtoolize make; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
[ -e /usr/$target/include/linux/netlink.h ] || missing="$missing linux/netlink.h"
if [ -n "$missing" ]; then
    echo "For the build for arm64 there are missing:$missing" >&2
    echo "Run as root: apt-get install --no-install-recommends gcc-$target libc6-dev-arm64-cross dpkg-dev patch tcl autoconf automake libtool" >&2
    exit 1
fi
[ "${1:-}" != --check ] || exit 0

top=$(pwd)/build/arm64
sysroot=$top/sysroot
# Made by this script as it is now.
! cmp -s tools/arm64-libraries.sh "$sysroot/ready" || exit 0
mkdir -p "$top/apt/lists/partial" "$top/apt/cache/archives/partial" "$top/src"
rm -rf "$sysroot" "${top:?}/src/"*
mkdir -p "$sysroot/include" "$sysroot/lib/pkgconfig"
log=$top/libraries.log
: >"$log"
trap '[ $? = 0 ] || { tail -n 20 "$log" >&2; echo "The whole log: build/arm64/libraries.log" >&2; }' EXIT

# ---- Fetch, from the same places as this machine's own Debian packages ----

apt-get indextargets --format '$(ORIGIN) $(TARGET_OF) $(REPO_URI) $(RELEASE) $(COMPONENT)' |
    awk '$1 == "Debian" && $2 == "deb" && $5 == "main" && !seen[$3 $4]++ {
             key = "[arch=arm64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
             print "deb", key, $3, $4, "main"; print "deb-src", key, $3, $4, "main" }' >"$top/apt/sources.list"
[ -s "$top/apt/sources.list" ] || { echo "apt-get knows no Debian archive (apt-get update)" >&2; exit 1; }
cat >"$top/apt/apt.conf" <<END
APT::Architecture "arm64";
APT::Architectures "arm64";
APT::Sandbox::User "root";
Dir::State "$top/apt";
Dir::State::status "/dev/null";
Dir::Cache "$top/apt/cache";
Dir::Etc::sourcelist "$top/apt/sources.list";
Dir::Etc::sourceparts "-";
Acquire::Languages "none";
END
apt() { APT_CONFIG=$top/apt/apt.conf apt-get -q "$@" >>"$log" 2>&1; }
echo 'fetching the sources of the libraries'
apt update
# Of libqrencode the authors' release is enough. A mirror may lack the source of expat's latest correction.
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
(cd "$top/src" && apt download musl-dev && apt source --only-source libsodium sqlite3 libuv1 libmicrohttpd libzstd jansson zlib &&
    { apt source --only-source expat || { echo "expat is taken as $release has it" >&2 && apt source --only-source "expat/$release"; }; } &&
    apt source --only-source --tar-only qrencode && tar -xf qrencode_*.orig.tar.*)

# ---- A compiler for musl: the cross compiler with other headers, start files and libc ----

dpkg-deb -x "$top"/src/musl-dev_*.deb "$top/src/musl"
cp -r "$top/src/musl/usr/include/aarch64-linux-musl/." "$sysroot/include/"
cp "$top/src/musl/usr/lib/aarch64-linux-musl/"*.[oa] "$sysroot/lib/"
for headers in linux asm asm-generic; do cp -r /usr/$target/include/$headers "$sysroot/include/"; done
cat >"$sysroot/musl.specs" <<END
%rename cpp_options old_cpp_options

*cpp_options:
-nostdinc -isystem $sysroot/include -isystem include%s %(old_cpp_options)

*cc1:
%(cc1_cpu) -nostdinc -isystem $sysroot/include -isystem include%s

*link_libgcc:
-L$sysroot/lib -L .%s

*libgcc:
libgcc.a%s %:if-exists(libgcc_eh.a%s)

*startfile:
$sysroot/lib/rcrt1.o $sysroot/lib/crti.o crtbeginS.o%s

*endfile:
crtendS.o%s $sysroot/lib/crtn.o

*link:
-static -pie --no-dynamic-linker -nostdlib -z text %{rdynamic:-export-dynamic}

END
# The outlined atomics of libgcc ask glibc which processor this is; every arm64 processor has the ones in line.
printf '#!/bin/sh\nexec %s-gcc -specs %s/musl.specs -mno-outline-atomics "$@"\n' "$target" "$sysroot" >"$sysroot/gcc"
chmod +x "$sysroot/gcc"

# ---- Build ----

CC=$sysroot/gcc
CFLAGS='-O2 -fPIE -fstack-protector-strong -fno-strict-aliasing'
export CC CFLAGS
within() { cd "$top"/src/"$1"-[0-9]*/; }
configured() { # FOLDER OPTIONS: build a library with the usual configure script
    folder=$1
    shift
    echo "building $folder"
    (within "$folder" && if [ -x configure ]; then :; elif [ "$folder" = libuv1 ]; then sh autogen.sh; else autoreconf -fi; fi &&
        ./configure --host=$target --prefix="$sysroot" --disable-shared --enable-static --disable-dependency-tracking "$@" &&
        make -j2 && make install) >>"$log" 2>&1
}
configured libsodium
configured jansson
configured libuv1
configured qrencode --without-tools --without-png
configured libmicrohttpd --disable-https --disable-doc --disable-examples --disable-curl

echo 'building zlib'
(within zlib && CHOST=$target ./configure --static --prefix="$sysroot" && make -j2 libz.a && make install) >>"$log" 2>&1

echo 'building expat'
(within expat && cd expat && { [ -x configure ] || ./buildconf.sh; } &&
    ./configure --host=$target --prefix="$sysroot" --disable-shared --enable-static --without-docbook --without-examples \
        --without-tests --without-xmlwf && make -j2 && make install) >>"$log" 2>&1

echo 'building libzstd'
(within libzstd && make -j2 -C lib AR=$target-ar libzstd.a &&
    make -C lib AR=$target-ar PREFIX="$sysroot" install-static install-includes install-pc) >>"$log" 2>&1

# SQLite with what Longear asks of it: full-text search, threads; none of its tools. The tools that put its source
# together run here.
echo 'building sqlite3'
(within sqlite3 && CC=cc CFLAGS=-O1 ./configure --disable-tcl --disable-readline --disable-shared && make sqlite3.c &&
    "$CC" $CFLAGS -DSQLITE_ENABLE_FTS5 -DSQLITE_THREADSAFE=1 -DSQLITE_SECURE_DELETE -DSQLITE_OMIT_LOAD_EXTENSION \
        -DSQLITE_TEMP_STORE=1 -c -o sqlite3.o sqlite3.c && $target-ar rcs "$sysroot/lib/libsqlite3.a" sqlite3.o &&
    cp sqlite3.h "$sysroot/include/") >>"$log" 2>&1

printf 'Name: sqlite3\nDescription: SQLite\nVersion: 3\nCflags: -I%s/include\nLibs: -L%s/lib -lsqlite3\n' \
    "$sysroot" "$sysroot" >"$sysroot/lib/pkgconfig/sqlite3.pc"
cp tools/arm64-libraries.sh "$sysroot/ready"
