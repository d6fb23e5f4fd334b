#!/bin/bash
# What a terminal gets and a pipe does not: a bar for long work, lines broken to the width, the QR code in colours; that nothing in a
# message reaches a terminal as a command; and the completion of bash.
set -eu
if ! script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    echo "no pseudo-terminal can be made here"
    exit 77
fi
. test/cli/util.sh

terminal() { # ARGS…: run the command on the home a with a terminal of its own; what it got goes to $W/screen
    local line
    line=$(printf '%q ' stty cols 60)
    line="$line && $(printf '%q ' "$P" --home "$W/a" "$@")"
    script -qec "$line" /dev/null >"$W/screen" </dev/null || fail "on a terminal: $*"
}

check() {
    done_ a init --name A
    done_ a community new --title "Our yard"
    for i in $(seq 20000); do echo "{\"text\":\"number $i\"}"; done >"$W/many"
    status 0 a import "Our yard" "$W/many"
    ! grep -q '%' "$W/err" || fail "a bar in a pipe"
    ! grep -q $'\r' "$W/err" || fail "a bar in a pipe"
    # So much work that half a second passes on any machine.
    for i in 1 2 3 4 5; do cat "$W/many"; done >"$W/more"
    terminal import "Our yard" "$W/more"
    grep -q '#.*\] [0-9]*%' "$W/screen" || fail "no bar on a terminal"
    grep -q "imported: 100000" "$W/screen" || fail "no result on a terminal"
    [ "$(tail -c 3 "$W/screen")" = "$(printf '\033[K')" ] || tail -n 1 "$W/screen" | grep -q "lines rejected" || fail "the bar stays behind"

    done_ a post "Our yard" "$(printf 'A long line of many words, %.0s' 1 2 3 4 5 6 7 8)" --json
    long=$(field record)
    terminal show "$long"
    equal "$(tr -d '\r' <"$W/screen" | awk '{ if (length($0) > 60) n++ } END { print n + 0 }')" 0 "lines wider than the terminal"
    l a show "$long" >"$W/out"
    equal "$(wc -l <"$W/out")" 2 "a pipe gets a text's own lines"

    # The text of a record has no control characters (the core refuses them); what turns the direction is left out for people, and kept in JSON.
    done_ a post "Our yard" "$(printf 'pay to \342\200\256321\342\200\254 now')" --json
    turned=$(field record)
    l a show "$turned" >"$W/out"
    printed "pay to 321 now"
    l a show "$turned" --json | grep -q "$(printf '\342\200\256')" || fail "JSON has the text as it is"

    terminal invite "Our yard" --qr
    grep -q "$(printf '\033\\[48;5;231m')" "$W/screen" || fail "the code sets its own colours on a terminal"
    l a invite "Our yard" --qr >"$W/out"
    ! grep -q "$(printf '\033')" "$W/out" || fail "colours in a pipe"

    # wipe asks on a terminal.
    printf 'no\n' | script -qec "$(printf '%q ' "$P" --home "$W/a" wipe)" /dev/null >"$W/screen" && fail "wiped without a yes" || true
    done_ a id

    # Completion: subcommands, options, the titles of groups.
    done_ a community new --title "Other group"
    mkdir -p "$W/bin"
    ln -sf "$P" "$W/bin/longear"
    complete_() { # WORDS…: the candidates for the last word, one a line
        PATH="$W/bin:$PATH" bash -c '. packaging/longear.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _longear longear "${@: -1}" "${@:$#-1:1}" 2>/dev/null; printf "%s\n" "${COMPREPLY[@]}"' _ "$@"
    }
    equal "$(complete_ longear inv)" invite
    equal "$(complete_ longear pouch "" | sort | tr '\n' ' ')" "open pack "
    equal "$(complete_ longear post --urg)" --urgency
    equal "$(complete_ longear post x --urgency u)" urgent
    equal "$(complete_ longear --home "$W/a" list O | sort | tr '\n' ' ')" 'Other\ group Our\ yard '
    equal "$(complete_ longear --home "$W/a" list ot)" 'Other\ group'
}
both
