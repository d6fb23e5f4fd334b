#!/bin/sh
# Train the dictionary for short messages from kk.txt, ru.txt and en.txt (a message a line) beside this script.
#
#   tools/dictionary/train.sh OUTPUT [SIZE]      SIZE in bytes, 16384 by default
#
# The committed src/core/dictionary/messages-1.zdict is part of the wire format: what was packed with it is unpacked with exactly
# these bytes, so the file is never trained anew under this name. This script says how it was made and serves to make a messages-2.
# Other releases of zstd may train other bytes from the same text; the committed one was made by 1.5.4.
#
# A sample is what the compressor sees: the contents of a text message (tag 1, length as a varint, UTF-8; the salt lies elsewhere),
# once alone and once in a row of eight, as in a batch. The identifier is fixed, lies in the range that RFC 8878 leaves to private
# use, and below 65536, so that a frame that names it spends 2 bytes on it instead of 4.
set -eu
export LC_ALL=C

[ $# -ge 1 ] && [ $# -le 2 ] || { echo "usage: $0 OUTPUT [SIZE]" >&2; exit 2; }
here=$(dirname "$0")
size=${2:-16384}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for lang in kk ru en; do
    awk -v prefix="$dir/$lang" -v list="$dir/list" '
        function varint(n) { return n < 128 ? sprintf("%c", n) : sprintf("%c%c", n % 128 + 128, int(n / 128)) }
        function sample(name, bytes) { printf "%s", bytes > name; close(name); print name > list }
        {
            contents = "\001" varint(length($0)) $0
            sample(sprintf("%s-1-%05d", prefix, NR), contents)
            row = row contents
            if (NR % 8 == 0) { sample(sprintf("%s-8-%05d", prefix, NR), row); row = "" }
        }' "$here/$lang.txt"
    cat "$dir/list" >>"$dir/all"
done

zstd -q --train-cover=k=48,d=6 --maxdict="$size" --dictID=52022 -f -o "$1" --filelist="$dir/all"
