#!/bin/bash
# Bad input: each kind gets a clear sentence, the exit status that scripts rely on, and changes nothing.
set -eu
. test/cli/util.sh

usage() { # WORDS ARGS…: wrong usage is told before anything is opened, on a home that does not exist
    local words=$1
    shift
    refused 2 "$words" nowhere "$@"
    [ ! -e "$W/nowhere" ] || fail "wrong usage made a home"
}

check() {
    usage "subcommand is missing"
    usage 'no subcommand "nonsense"' nonsense
    usage "expected: longear post COMMUNITY TEXT" post c
    usage "too many arguments" post c a b
    usage "bulk, normal, important, urgent" post c a --urgency loud
    usage "no option --nonsense" list c --nonsense
    usage "takes a number" list c --limit many
    usage "takes a time" list c --since yesterday
    usage "takes a number of bytes" pouch pack f --max-size big
    usage 'no subcommand "pouch shake"' pouch shake
    usage "needs another word" community
    usage "needs a value" list c --limit
    usage "en, ru or kk" --lang de id
    usage "--name NAME" init
    usage "--yes" wipe
    "$P" help nonsense >/dev/null 2>&1 && fail "help for nonsense" || [ $? = 2 ] || fail "help nonsense: exit $?"

    refused 1 "longear init" nowhere id
    refused 1 "passphrase" sealed init --name A --passphrase-file /dev/null
    [ ! -e "$W/sealed" ] || fail "a home was made without the passphrase that was asked for"
    refused 1 "passphrase" sealed init --name A --passphrase-file "$W/none"
    [ ! -e "$W/sealed" ] || fail "a home was made without the passphrase that was asked for"
    LONGEAR_PASSPHRASE=$(head -c 2000 /dev/zero | tr '\0' a) refused 1 "passphrase" sealed init --name A
    [ ! -e "$W/sealed" ] || fail "a home was made without the passphrase that was asked for"
    refused 2 "together" sealed init --name A --passphrase-file /etc/hostname --no-passphrase
    echo short >"$W/short"
    refused 1 "16 bytes" sealed init --name A --key-file "$W/short"
    done_ a init --name A --json
    before=$(cat "$W/out")
    refused 1 "already" a init --name B
    done_ a id --json
    equal "$(field fingerprint)" "$(echo "$before" | sed 's/.*"person":"\([0-9a-f]*\)".*/\1/')" "a second init changes nothing"
    refused 1 "80 bytes" x init --name "$(head -c 81 /dev/zero | tr '\0' a)"
    refused 1 "text in one line" x init --name $'a\nb'

    refused 2 "goes with --closed" a community new --title T --history
    refused 1 "title" a community new --title ""
    refused 1 "120" a community new --title "$(head -c 121 /dev/zero | tr '\0' a)"
    refused 1 "tag" a community new --title T --lang "not a tag"
    done_ a community new --title One --json
    one=$(field community)
    done_ a community new --title Two
    done_ a community new --title Two

    # An unknown group, and an ambiguous title: the candidates.
    refused 1 "One" a list Three
    said "Two"
    refused 1 "more than one group" a list Two
    equal "$(grep -c Two "$W/err")" 3 "both candidates are named"
    refused 1 "no group" a post nothing hello
    done_ a list "$one"
    done_ a list "${one:0:4}"
    refused 1 "no group" a list "${one:0:3}"
    # Too large: the limit and the size. Empty, and no text.
    head -c 32769 /dev/zero | tr '\0' a >"$W/large"
    refused 1 "32768" a post "$one" "$(cat "$W/large")"
    said "32769"
    got=0
    "$P" --home "$W/a" post "$one" - <"$W/large" >"$W/out" 2>"$W/err" || got=$?
    equal "$got" 1
    said "32769"
    head -c 1000000 /dev/zero | tr '\0' a | "$P" --home "$W/a" post "$one" - >"$W/out" 2>"$W/err" && fail "a million bytes" || true
    said "1000000"
    head -c 32000 /dev/zero | tr '\0' a | "$P" --home "$W/a" post "$one" - >"$W/out" 2>"$W/err" || fail "32,000 bytes fit"
    refused 1 "empty" a post "$one" ""
    refused 1 "UTF-8" a post "$one" $'\xff\xfe'
    refused 1 "UTF-8" a post "$one" $'escape \033[2J'
    refused 1 "No such file" a post "$one" text --attach "$W/none"
    : >"$W/empty"
    refused 1 "1 byte" a post "$one" text --attach "$W/empty"
    refused 1 "directory" a post "$one" text --attach "$W"
    refused 1 "no message here" a post "$one" text --reply 0123456789
    refused 1 "at least the first 4" a show 012
    refused 1 "at least the first 4" a show zzzzzz
    done_ a list "$one" --json
    equal "$(wc -l <"$W/out")" 1 "of all these, one message was stored"

    # An invitation with one changed character, in every place of it.
    done_ a invite "$one"
    invitation=$(cat "$W/out")
    done_ b init --name B
    for at in $(seq 8 17 $((${#invitation} - 1))) $((${#invitation} - 1)); do
        old=${invitation:$at:1}
        new=a
        [ "$old" != a ] || new=b
        refused 1 "checksum" b join "${invitation:0:$at}$new${invitation:$((at + 1))}"
    done
    refused 1 "checksum" b join "${invitation%??????}"
    refused 1 "no invitation" b join "http:${invitation#longear:}"
    done_ b community list --json
    equal "$(wc -l <"$W/out")" 0 "nothing was joined"

    # No parcel, an empty file, a folder; where a parcel cannot be put.
    refused 1 "no parcel" b pouch open /etc/passwd
    refused 1 "no parcel" b pouch open "$W/empty"
    # A parcel that ends within its READ-ME.
    done_ a pouch pack "$W/short.zip"
    truncate -s 1000 "$W/short.zip"
    refused 1 "cut off" b pouch open "$W/short.zip"
    refused 1 "directory" b pouch open "$W"
    refused 1 "No such file" b pouch open "$W/none"
    refused 1 "No such file" a pouch pack "$W/none/p.zip"
    refused 1 "directory" a pouch pack "$W"
    refused 1 "too small" a pouch pack "$W/p.zip" --max-size 100
    refused 1 "no group" a pouch pack "$W/p.zip" nothing
    [ ! -e "$W/p.zip" ] || fail "a failed pack left a file"
    [ -z "$(ls -A "$W" | grep '^\.parcel')" ] || fail "a failed pack left its beginnings"

    # Bad lines are told by file and line, the others go in.
    printf '%s\n' '{"text":"one"}' 'nonsense' '{"text":""}' '' '{"text":"two","urgency":"urgent"}' '{"text":"x","urgency":"loud"}' '[]' \
        '{"text":"x","created":-1}' '{"text":"x","created":"now"}' '{"text":"a\u0007b"}' '{"text":"x","reply":"00"}' '{"created":5}' >"$W/lines"
    printf '{"text":"the last line has no end"}' >>"$W/lines"
    status 1 a import "$one" "$W/lines" --json
    equal "$(cat "$W/out")" '{"imported":3,"waiting":0,"rejected":9}'
    for line in 2 3 6 7 8 9 10 11 12; do said "$W/lines:$line: "; done
    ! grep -q "lines:[145]:" "$W/err" || fail "a good line was refused"
    refused 1 "No such file" a import "$one" "$W/none"
    done_ a check --json

    # A beginning that several ids have: of 2,000 messages some share 4 digits (none do once in 10^13 times).
    for i in $(seq 2000); do echo "{\"text\":\"number $i\"}"; done >"$W/many"
    done_ c init --name C
    done_ c community new --title Many
    done_ c import Many "$W/many"
    l c list Many --json | sed 's/.*"record":"\([0-9a-f]*\)".*/\1/' | sort >"$W/ids"
    shared=$(cut -c1-4 "$W/ids" | uniq -d | head -n 1)
    refused 1 "more than one message" c show "$shared"
    for id in $(grep "^$shared" "$W/ids" | cut -c1-16); do said "$id"; done
    refused 1 "more than one message" c post Many text --reply "$shared"
    whole=$(grep -m 1 "^$shared" "$W/ids")
    done_ c show "$whole" --json
    equal "$(field record)" "$whole"

    # A clock that runs a year ahead: what it writes waits where the clock is right, and that is said.
    LONGEAR_NOW=$(($(date +%s) + 31536000)) done_ a post "$one" "from the future"
    done_ a pouch pack "$W/now.zip" --json
    equal "$(field records)" 4 "what waits is not carried"
    done_ a status --json
    equal "$(field waiting)" 1
    done_ a list "$one" --json
    ! grep -q "from the future" "$W/out" || fail "shown before its time"
    LONGEAR_NOW=$(($(date +%s) + 31536000)) done_ a pouch pack "$W/future.zip"
    done_ b pouch open "$W/future.zip" --json
    equal "$(field waiting)" 1
    done_ b pouch open "$W/future.zip"
    done_ a status
    printed "waiting"
    printf '{"text":"later","created":%s}\n' $(($(date +%s) + 3600)) >"$W/later"
    done_ a import "$one" "$W/later" --json
    equal "$(cat "$W/out")" '{"imported":1,"waiting":1,"rejected":0}'
    said "wait"

    # A damaged store: a clear sentence, nothing changed; a wipe works all the same. A store of a later version.
    cp -r "$W/b" "$W/d"
    rm -f "$W/d"/store.db-*
    head -c 4096 /dev/urandom | dd of="$W/d/store.db" conv=notrunc status=none
    sum=$(cksum <"$W/d/store.db")
    refused 1 "damaged" d community list
    refused 1 "damaged" d check
    equal "$(cksum <"$W/d/store.db")" "$sum" "the damaged file is left as it is"
    done_ d wipe --yes --json
    [ ! -e "$W/d" ] || fail "a damaged home is wiped"
    cp -r "$W/b" "$W/d"
    rm "$W/d/home.key" "$W/d/person.key" "$W/d/guest.key"
    done_ d wipe --yes
    [ ! -e "$W/d" ] || fail "a wipe that was cut short is finished"
    refused 1 "longear init" d wipe --yes
    cp -r "$W/b" "$W/d"
    printf 'nonsense' >"$W/d/person.key"
    refused 1 "key file is damaged" d id
    chmod 500 "$W/d"
    if [ "$(id -u)" != 0 ]; then refused 1 "cannot be written" d community new --title T; fi
    chmod 700 "$W/d"

    # Addresses that are none, and one at which nobody is.
    refused 2 "HOST:PORT" a sync 127.0.0.1:99999
    refused 2 "HOST:PORT" a sync "[::1]7427"
    refused 2 "HOST:PORT" a up --peer "two words"
    refused 2 "ADDR:PORT" a up --listen 7427
    refused 2 "network interface" a up --web 127.0.0.1:0 --interface a-name-that-is-too-long
    refused 1 "longear up" a sync 127.0.0.1:1
    # A full device under standard output is told.
    status=0
    "$P" --home "$W/a" list "$one" >/dev/full 2>"$W/err" || status=$?
    equal "$status" 1
    said "standard output"
    # A reader that leaves early is no error worth a word.
    "$P" --home "$W/a" list "$one" 2>"$W/err" | head -n 1 >/dev/null
    [ ! -s "$W/err" ] || fail "words about a closed pipe"
}
both
