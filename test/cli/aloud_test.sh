#!/bin/bash
# The loudspeaker and the wall. Shows: only what a coordinator passed is read aloud or hung on a wall, one sentence a
# line, the most urgent and newest first, demands by their numbers behind; in the words that a correction gave; what is
# unpinned or taken back is gone; the wall's page tells the time and the way to join, runs nothing and shows markup as
# text. THREATS, rule 5. Where espeak-ng is installed, it speaks the lines.
set -eu
. "$(dirname "$0")/util.sh"

check() {
    done_ alice init --name alice
    done_ bob init --name bob
    done_ alice community new --title Square --lang kk
    done_ alice invite Square --json
    done_ bob join "$(field invitation)"
    done_ alice aloud Square
    said "Nothing is to be read aloud"
    done_ bob post Square "Everybody go home, the akim says so." --urgency urgent
    done_ bob post Square "Hot meals at the school. Bring bowls!" --place "school No. 12" --json
    meals=$(field record)
    done_ bob demand Square "Free everybody." --json
    demand=$(field record)
    done_ bob pouch pack "$W/p.zip"
    done_ alice pouch open "$W/p.zip"
    done_ alice aloud Square
    equal "$(wc -c <"$W/out")" 0 "what nobody passed is read aloud"

    done_ alice pin "$meals" --for-all
    done_ alice post Square "Danger at the station!  Go <b>around</b>." --urgency urgent --json
    danger=$(field record)
    done_ alice pin "$danger" --for-all
    done_ alice decide "$demand" number 1
    done_ alice aloud Square
    cat >"$W/wanted" <<-'END'
	Urgent.
	Danger at the station!
	Go <b>around</b>.
	Hot meals at the school.
	Bring bowls!
	Place: school No. 12.
	Demand number 1; taken up by the coordinators.
	Free everybody.
	END
    diff "$W/wanted" "$W/out" || fail "other lines are read aloud"
    done_ alice aloud Square --json
    equal "$(grep -c '"sentence"' "$W/out")" 8
    printed '"urgency":"urgent"'
    printed '"number":1'
    ! grep -q "akim" "$W/out" || fail "what nobody passed is read aloud"
    if command -v espeak-ng >"$W/which"; then
        l alice aloud Square | espeak-ng -v kk -w "$W/speech.wav" || fail "espeak-ng does not speak it"
        [ "$(wc -c <"$W/speech.wav")" -gt 20000 ] || fail "espeak-ng says nothing"
    fi

    up alice
    web=$(grep -o 'http://127[^ ]*' "$W/alice.up" | head -n 1)
    community=$(l alice --json community list | grep -o '"community":"[0-9a-f]*' | head -n 1 | cut -d'"' -f4)
    curl -sfD "$W/head" "${web%/}/g/$community/wall" >"$W/page"
    for words in "Danger at the station!" "&lt;b&gt;around&lt;/b&gt;" "Hot meals at the school" "<strong>1. </strong>" "Мына уақытта солай болды:" "Шұғыл" "<svg"; do
        grep -qF -- "$words" "$W/page" || fail "the wall lacks '$words'"
    done
    ! grep -q "akim" "$W/page" || fail "the wall shows what nobody passed"
    ! grep -qi "<script" "$W/page" || fail "the wall runs something"
    grep -qi "content-security-policy: default-src 'none'" "$W/head" || fail "the wall has no policy"
    down "$node"

    done_ alice correct "$danger" "The station is safe again."
    done_ alice unpin "$meals" --for-all
    done_ alice aloud Square
    printed "The station is safe again."
    ! grep -q "Hot meals\|Danger" "$W/out" || fail "what was unpinned or corrected is read aloud"
    done_ alice retract "$danger"
    done_ alice aloud Square
    ! grep -q "station" "$W/out" || fail "what was taken back is read aloud"
}
both
