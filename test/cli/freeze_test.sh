#!/bin/bash
# A phone in other hands. Bob left cards with friends; his phone is taken, and whoever has it writes in his name, takes back what he wrote and makes cards of its own.
# Shows: a friend freezes his key with the card at the last message that is surely his; on every device what came after is set apart, its asker named, and what was taken back
# stands again; without a card nobody but coordinators has a say; cards made by whoever has the phone neither freeze nor answer; the answer card and one more end it, the card
# alone does not. THREATS: the seizer; rule 11.
. "$(dirname "$0")/util.sh"

carry() { # FROM TO…
    local from=$1 to
    shift
    done_ "$from" pouch pack "$W/p.zip"
    for to; do done_ "$to" pouch open "$W/p.zip"; done
    rm "$W/p.zip"
}
id_of() { l "$1" --json list Square --all | grep "\"text\":\"$2\"" | sed -n 's/.*"record":"\([0-9a-f]*\)".*/\1/p'; }
# A field of the message with this text, as HOME sees it.
of() { l "$1" --json list Square | grep "\"text\":\"$2\"" | grep -o "\"$3\":[^]}]*" | head -n 1; }
card() { sed -n "$1s/.*\"card\":\"\([^\"]*\)\".*/\1/p" "$2"; }

check() {
    for name in alice bob carol dan; do done_ $name init --name $name; done
    done_ alice community new --title Square
    done_ alice invite Square --json
    invitation=$(field invitation)
    for name in bob carol dan; do done_ $name join "$invitation"; done

    # Cards: two for friends, one to answer; as a page that only its owner reads; never twice the same.
    done_ bob card Square --friends 2 --json
    cp "$W/out" "$W/cards"
    equal "$(grep -c '"purpose":"freeze"' "$W/cards")" 2
    equal "$(grep -c '"purpose":"answer"' "$W/cards")" 1
    equal "$(sort -u "$W/cards" | wc -l)" 3
    done_ bob card Square "$W/cards.html" --friends 3
    equal "$(stat -c %a "$W/cards.html")" 600
    equal "$(grep -o 'longear-card:' "$W/cards.html" | wc -l)" 4
    equal "$(grep -o '<svg' "$W/cards.html" | wc -l)" 4
    grep -q Square "$W/cards.html" && fail "a card names the group"
    refused 1 "15 friends" bob card Square --friends 16
    refused 2 "number" bob card Square --friends many

    done_ bob post Square "meet at the well"
    done_ bob post Square "Aliya is hurt"
    carry bob alice carol dan
    trusted=$(id_of carol "Aliya is hurt")

    # The phone is taken.
    cp -r "$W/bob" "$W/thief"
    done_ thief post Square "come to the station alone"
    done_ thief retract "$(id_of thief "meet at the well")"
    done_ thief card Square --json
    cp "$W/out" "$W/stolen_cards"
    carry thief alice carol dan
    done_ alice list Square
    grep -q "meet at the well" "$W/out" && fail "what was taken back is hidden at first"

    # What does not fit is refused and signs nothing.
    refused 1 "which message is the last" carol freeze "$(card 1 "$W/cards")"
    said "Aliya is hurt"
    refused 1 "goes with  longear unfreeze" carol freeze "$(card 3 "$W/cards")" --last "$trusted"
    refused 1 "goes with  longear freeze" carol unfreeze "$(card 1 "$W/cards")"
    refused 1 "checksum" carol freeze "$(card 1 "$W/cards" | tr 2345 5432)" --last "$trusted"
    refused 1 "longear-card:" carol freeze nonsense --last "$trusted"
    refused 1 "at a message that is trusted" carol freeze "$(card 1 "$W/cards")" --nothing
    refused 1 "nobody in this group" carol freeze Square Nobody --nothing
    refused 1 "nothing asks to freeze" carol unfreeze "$(card 3 "$W/cards")"
    done_ carol post Square "mine"
    refused 1 "somebody else's" carol freeze "$(card 1 "$W/cards")" --last "$(id_of carol mine)"
    refused 1 "your own key" bob freeze "$(card 1 "$W/cards")" --last "$(id_of bob "Aliya is hurt")"
    done_ carol freezes Square
    [ ! -s "$W/out" ] || fail "something was signed"

    # Without a card, and with one that the thief made: no effect.
    bob=$(l bob --json community list | sed -n 's/.*"author":"\([0-9a-f]*\)".*/\1/p')
    done_ dan freeze Square "$bob" --nothing --json
    equal "$(field state)" void
    done_ dan freeze "$(card 1 "$W/stolen_cards")" --last "$trusted" --json
    equal "$(field state)" void
    carry dan alice
    equal "$(of alice "come to the station alone" apart)" ""

    # The friend's card.
    card 1 "$W/cards" | l carol --json freeze - --last "$trusted" >"$W/out" 2>"$W/err" || fail "freezing"
    equal "$(field state)" stands
    freeze=$(field freeze)
    carry carol alice dan thief
    carol=$(l carol --json community list | sed -n 's/.*"author":"\([0-9a-f]*\)".*/\1/p')
    for home in alice dan carol thief; do
        equal "$(of $home "come to the station alone" apart)" "\"apart\":[\"$carol\"" "apart at $home"
        equal "$(of $home "meet at the well" apart)" ""
        [ -n "$(of $home "meet at the well" text)" ] || fail "what was taken back does not stand again at $home"
    done
    done_ alice list Square
    printed "set apart: the phone may be in other hands"
    grep -q "come to the station" "$W/out" && fail "its words stand in the list"
    done_ alice show "$(id_of alice "come to the station alone")"
    printed "come to the station alone"
    done_ alice freezes Square --json
    equal "$(grep -c '"state":"stands"' "$W/out")" 1
    done_ alice community list --json
    # The page folds it away, for guests as well, and says who asked.
    up alice
    web=$(grep -o 'http://127[^ ]*' "$W/alice.up" | head -n 1)
    curl -sf "${web%/}/g/$(field community)" >"$W/page" || fail "no page: $web"
    grep -q "<details><summary>set apart: the phone may be in other hands, says ~" "$W/page" || fail "not set apart on the page"
    down $node
    # What the thief writes now, and what is dated back, is set apart as it comes.
    done_ thief post Square "all is well"
    carry thief alice
    equal "$(of alice "all is well" apart)" "\"apart\":[\"$carol\""
    # Three days later the body of what was taken back is there.
    export LONGEAR_NOW=$(($(date +%s) + 5 * 86400))
    done_ alice clock confirm
    done_ alice check
    [ -n "$(of alice "meet at the well" text)" ] || fail "the body went"
    unset LONGEAR_NOW

    # The thief's card does not answer; bob's does, from another device, and alone it is not enough.
    done_ dan unfreeze "$(card 3 "$W/stolen_cards")" --json
    equal "$(field stand)" 1
    carry dan alice
    done_ alice freezes Square --json
    grep -q answered "$W/out" && fail "the thief's card answers"
    done_ new init --name bob
    done_ new join "$invitation"
    carry alice new
    done_ new unfreeze "$(card 3 "$W/cards")" --json
    equal "$(field stand)" 1
    carry new alice carol
    done_ carol freezes Square
    printed "answered with a card"
    equal "$(of carol "all is well" apart | cut -c 1-8)" '"apart":'
    done_ carol unfreeze Square "$bob" --json
    equal "$(field stand)" 0
    carry carol alice
    equal "$(of alice "all is well" apart)" ""
    done_ alice freezes Square --json
    equal "$(grep -c '"state":"lifted"' "$W/out")" 1
    done_ alice list Square
    grep -q "meet at the well" "$W/out" && fail "what the holder of the key took back is hidden again"
    return 0
}
both
