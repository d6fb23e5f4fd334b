#!/bin/bash
# Help in three languages, and that people's words follow --lang and the environment while JSON does not.
set -eu
. test/cli/util.sh

check() {
    "$P" help >"$W/out" || fail help
    for name in init id "community new" "community list" invite join post list show search save retract pin import "pouch pack" "pouch open" up hotspot poster sync key meet met name people "person add" "person note" "person list" "person show" "person find" "person import" "person export" vouch letter letters card freeze unfreeze freezes status \
        clock check wipe help; do
        grep -q "^  $name " "$W/out" || fail "help lacks $name"
        # shellcheck disable=SC2086
        "$P" help $name >"$W/one" || fail "help $name"
        [ "$(wc -l <"$W/one")" -ge 3 ] || fail "help $name is empty"
        # shellcheck disable=SC2086
        "$P" $name --help >"$W/two" || fail "$name --help"
        [ "$name" = clock ] || cmp "$W/one" "$W/two" || fail "help $name and $name --help differ"
    done
    "$P" help pouch | grep -q "pouch open" || fail "help of a group of subcommands"
    "$P" --version | grep -q '^longear [0-9]' || fail --version
    equal "$("$P" --version --json | cut -c1-12)" '{"version":"'
    for lang in ru kk; do
        "$P" --lang $lang help >"$W/$lang"
        ! cmp -s "$W/out" "$W/$lang" || fail "help is not in $lang"
        status 2 a --lang $lang nonsense
        ! grep -q "there is" "$W/err" || fail "an English sentence in $lang"
    done
    status=0
    LC_ALL=kk_KZ.UTF-8 "$P" --home "$W/none" id 2>"$W/err" || status=$?
    equal "$status" 1
    said "құрылғыда"
    LC_ALL= LANG=ru_RU.UTF-8 "$P" --home "$W/none" id 2>"$W/err" || true
    said "устройстве"
    done_ a init --name A
    l a community new --title T --json >/dev/null
    l a community list --json >"$W/en"
    l a --lang ru community list --json >"$W/ru"
    cmp "$W/en" "$W/ru" || fail "JSON depends on the language"
    l a --lang kk community list | grep -q "хабарлама: 0" || fail "kk"
}
both
