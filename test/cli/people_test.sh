#!/bin/bash
# People: a key line goes from one device to another, and what is remembered there is a matter of that device alone: the day, the way, a name of the reader's own;
# the same name with another key is shown as another; what does not fit is refused and changes nothing that was known before.
set -eu
. test/cli/util.sh

check() {
    for home in a b c; do done_ $home init --name $home; done
    done_ a community new --title Yard --json
    group=$(field community)
    done_ a invite "$group"
    invitation=$(cat "$W/out")
    done_ b join "$invitation"
    done_ c join "$invitation"

    done_ b key Yard --name 'Айгүл' --json
    line=$(field line) key=$(field key)
    done_ b community list --json
    equal "$key" "$(field author)" "the key of this group"
    done_ b key Yard --qr
    done_ c key Yard --name 'Айгүл' --json
    other=$(field key) other_line=$(field line)

    # Taken in as it is, in capitals and wrapped.
    done_ a met "$(echo "$line" | tr a-z A-Z | fold -w 40)" --name 'Айгүл' --json
    equal "$(field key)" "$key"
    equal "$(field way)" code
    equal "$(( $(field met) % 86400 ))" 0 "dated by the day"
    done_ a met "$other_line"
    said 'Айгүл' # what she calls herself, and not what she is called here
    done_ a people Yard --json
    equal "$(wc -l <"$W/out")" 2
    grep -q same_name "$W/out" && fail "nobody else has that name yet"
    # Two people of one name.
    done_ a name Yard "$other" 'айгүл' --json
    equal "$(field same_name)" true "the other one is told"
    done_ a people Yard
    equal "$(grep -c 'another key' "$W/out")" 2
    equal "$(grep -c 'met on' "$W/out")" 2

    # Refused, and nothing that was known is changed.
    done_ a people Yard --json
    cp "$W/out" "$W/before"
    refused 1 "checksum" a met "${line%?}$([ "${line: -1}" = a ] && echo b || echo a)"
    refused 1 "longear-key:" a met "$invitation"
    refused 1 "longear-key:" a met ""
    refused 1 "longear-key:" a met
    refused 1 "64 hex" a name Yard "" x
    status 1 a name Yard "$key" ""
    refused 1 "64 hex" a name Yard "${key:0:40}" x
    refused 1 "UTF-8" a name Yard "$key" $'a\nb'
    refused 1 "larger" a name Yard "$key" "$(head -c 64 /dev/zero | tr '\0' x)"
    done_ a key Yard --json
    refused 1 "your own" a met "$(field line)"
    refused 1 "no meeting" a met --same
    done_ b community new --title Elsewhere --json
    done_ b key Elsewhere --json
    refused 1 "not here" a met "$(field line)"
    done_ a people Yard --json
    cmp -s "$W/out" "$W/before" || fail "a refusal changed what was known"

    # It is the reader's own: nothing of it is in a parcel.
    done_ a post Yard hello
    done_ a pouch pack "$W/p.zip"
    grep -qaF 'Айгүл' "$W/p.zip" && fail "a name left the device"

    # More than one setting holds.
    for i in $(seq 110); do printf '%064x\n' "$i"; done >"$W/keys"
    while read -r k; do l a name Yard "$k" "person with a rather long name, number ${k: -3}" >/dev/null 2>&1 || fail "naming"; done <"$W/keys"
    done_ a people Yard --json
    equal "$(wc -l <"$W/out")" 112
    # The node does the same.
    up a
    done_ a name Yard "$key" 'Aigul' --json
    equal "$(field way)" code "a new name changes nothing else"
    done_ a people Yard --json
    equal "$(wc -l <"$W/out")" 112
    down $node
}
both
