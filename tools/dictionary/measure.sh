#!/bin/sh
# Measure what the dictionary gains on bench/text, messages that it was not trained on. Prints the tables of
# doc/decisions/dictionary.md: compressed size / plain size, frame headers of zstd included. Takes about ten seconds.
#
# What is packed is what a pouch packs: the contents of text messages (tag 1, length as a varint, UTF-8), without their 8 random
# bytes of salt. Single messages: all of the language whose text has 90-150 bytes ("120") or 240-360 bytes ("300"), each packed alone,
# sizes summed up. Batch: messages of all three languages in turn, a part for what describes each record in front (7 bytes of made-up
# flags, sequence number, time and size a message), the contents behind, cut at 64 KiB. The frames name no dictionary and carry no checksum.
set -eu
export LC_ALL=C

here=$(dirname "$0")
top=$here/../..
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$here/train.sh" "$dir/8" 8192
"$here/train.sh" "$dir/16" 16384
"$here/train.sh" "$dir/32" 32768
cp "$top/src/core/dictionary/messages-1.zdict" "$dir/messages-1"

# Write the samples: $dir/LANG-120/*, $dir/LANG-300/* and $dir/batch/1.
for lang in kk ru en; do
    mkdir "$dir/$lang-120" "$dir/$lang-300"
    awk -v out="$dir/$lang" '
        function varint(n) { return n < 128 ? sprintf("%c", n) : sprintf("%c%c", n % 128 + 128, int(n / 128)) }
        {
            n = length($0)
            class = n >= 90 && n <= 150 ? "120" : n >= 240 && n <= 360 ? "300" : ""
            if (class == "") next
            name = sprintf("%s-%s/%05d", out, class, NR)
            printf "%s", "\001" varint(n) $0 > name
            close(name)
        }' "$top/bench/text/$lang.txt"
done
mkdir "$dir/batch"
paste -d '\n' "$top/bench/text/kk.txt" "$top/bench/text/ru.txt" "$top/bench/text/en.txt" | awk -v out="$dir/batch/1" '
    function varint(n) { return n < 128 ? sprintf("%c", n) : sprintf("%c%c", n % 128 + 128, int(n / 128)) }
    function any() { return 1 + int(rand() * 255) }
    BEGIN { srand(1) }
    NF {
        meta = sprintf("%c%c%c", 9, 2, 1 + int(rand() * 3)) varint(2 + int(rand() * 60)) \
               sprintf("%c%c", any(), 1 + int(rand() * 60)) varint(length($0) + 2)
        piece = "\001" varint(length($0)) $0
        if (length(metas) + length(contents) + length(meta) + length(piece) > 65536) exit
        metas = metas meta; contents = contents piece
    }
    END { printf "%s", metas contents > out }'

# ratio DIRECTORY LEVEL [DICTIONARY]: the packed size of all samples over their plain size.
ratio() {
    plain=$(cat "$1"/* | wc -c)
    mkdir "$dir/packed"
    zstd -q "-$2" --no-check --no-dictID ${3:+-D "$3"} --output-dir-flat "$dir/packed" "$1"/*
    packed=$(cat "$dir"/packed/* | wc -c)
    rm -r "$dir/packed"
    awk -v a="$packed" -v b="$plain" 'BEGIN { printf " %.3f |", a / b }'
}

# table TITLE DICTIONARY... : a row a kind of sample and level.
sets="kk-120 ru-120 en-120 kk-300 ru-300 en-300 batch"
printf '| samples | number | mean bytes |\n|---|---|---|\n'
for set in $sets; do
    count=$(ls "$dir/$set" | wc -l)
    printf '| %s | %d | %d |\n' "$set" "$count" $(($(cat "$dir/$set"/* | wc -c) / count))
done
printf '\nThe committed dictionary\n\n| samples | none, level 3 | 9 | 19 | with it, level 3 | 9 | 19 |\n|---|---|---|---|---|---|---|\n'
for set in $sets; do
    printf '| %s |' "$set"
    for dictionary in "" "$dir/messages-1"; do
        for level in 3 9 19; do ratio "$dir/$set" $level "$dictionary"; done
    done
    printf '\n'
done
printf '\nTrained anew from the same text, by size, level 3\n\n| samples | 8 KiB | 16 KiB | 32 KiB |\n|---|---|---|---|\n'
for set in $sets; do
    printf '| %s |' "$set"
    for dictionary in 8 16 32; do ratio "$dir/$set" 3 "$dir/$dictionary"; done
    printf '\n'
done
