#!/bin/bash
# Letters to one member of a closed group: alice writes to bob, carol is a member, too, dan a courier. Shows: bob reads it and can answer; carol, who holds the sealed
# record, finds nothing of it by any command, and no page shows it (what her store holds, unlocked: test/closed/letter_test.c); letters stand in no list; those of people whom one has neither met nor named are held
# back unless they were asked for or the switch is on; who was removed or never came gets none, and writes none; with their time they go. THREATS 9: no letters from
# strangers by default.
. "$(dirname "$0")/util.sh"

secret='the key is under the third stone'

carry() { # FROM TO
    done_ "$1" pouch pack "$W/p.zip"
    done_ "$2" pouch open "$W/p.zip"
    cp "$W/p.zip" "$W/last.zip"
    rm "$W/p.zip"
}
key() { l "$1" --json key Kitchen | sed -n 's/.*"key":"\([0-9a-f]*\)".*/\1/p'; }
count() { wc -l <"$W/out" | tr -d ' '; }
# No command of this home tells the secret.
knows_nothing() { # HOME
    local command
    for command in "list Kitchen --all" "letters" "letters --strangers" "search stone" "search third" "people Kitchen" "member list Kitchen" status check; do
        done_ "$1" $command
        ! grep -qF "$secret" "$W/out" "$W/err" || fail "$1 $command tells it"
        done_ "$1" --json $command
        ! grep -qF "$secret" "$W/out" "$W/err" || fail "$1 --json $command tells it"
    done
    done_ "$1" --json list Kitchen --all
    ! grep -q '"kind":\("letter"\|28\)' "$W/out" || fail "$1 lists a letter"
}

check() {
    for name in alice bob carol dan; do done_ $name init --name $name --no-passphrase; done
    done_ alice community new --title Kitchen --closed --keep 5
    done_ alice invite Kitchen --json
    invitation=$(field invitation)
    for name in bob carol; do
        done_ $name join "$invitation" --json
        done_ alice member admit "$(field request)"
    done
    for name in bob carol; do carry alice $name; done
    for name in bob carol; do
        done_ $name post Kitchen "from $name"
        carry $name alice
    done
    for name in bob carol; do carry alice $name; done

    # Bob knows alice; alice, who has not met him, writes by his syllables.
    done_ alice key Kitchen --json
    done_ bob met "$(field line)" --name Alice
    handle=$(l alice --json list Kitchen | grep 'from bob' | sed 's/.*"handle":"\([^"]*\)".*/\1/')
    done_ alice letter Kitchen "$handle" "$secret" --json
    letter=$(field record)
    equal "$(field to)" "$(key bob)"
    done_ alice letters --json
    equal "$(count)" 1
    equal "$(field own)" true
    equal "$(field text)" "$secret"
    done_ alice letters Kitchen
    printed "(a letter to $handle)"
    done_ alice list Kitchen --json
    equal "$(count)" 2 "the two messages"
    carry alice dan # a courier
    carry dan bob
    carry dan carol
    carry bob carol
    done_ bob letters --json
    equal "$(count)" 1
    equal "$(field record)" "$letter"
    equal "$(field author)" "$(key alice)"
    equal "$(field to)" "$(key bob)"
    equal "$(field name)" Alice
    equal "$(field text)" "$secret"
    equal "$(field stranger)" ""
    done_ bob letters
    printed "Alice (known in person)"
    printed "(a letter to you)"
    printed "$secret"
    done_ bob list Kitchen --all --json
    equal "$(count)" 2
    done_ bob show "$letter"
    printed "$secret"
    done_ bob search stone --json
    equal "$(count)" 0
    refused 1 "no message here" carol show "$letter"
    knows_nothing carol

    # No parcel holds it in the open, nor does bob's page, not even for the operator.
    done_ bob pouch pack "$W/bob.zip"
    (cd "$W" && mkdir -p opened && cd opened && unzip -qo ../bob.zip)
    ! grep -rqF "$secret" "$W/opened" || fail "a parcel holds it"
    up bob
    web=$(grep -o 'http://127[^ ]*' "$W/bob.up" | head -n 1)
    community=$(l bob --json community list | sed -n 's/.*"community":"\([0-9a-f]*\)".*/\1/p')
    for path in "g/$community" "search?q=from"; do
        curl -sf "${web%/}/$path" >"$W/page" || fail "no page: $path"
        grep -q "from carol" "$W/page" || fail "/$path lacks the message"
        ! grep -qF "$secret" "$W/page" || fail "/$path tells it"
    done
    equal "$(curl -s -o "$W/page" -w '%{http_code}' "${web%/}/m/$letter")" 404
    ! grep -qF "$secret" "$W/page" || fail "its own page tells it"
    curl -sf "${web%/}/search?q=stone" >"$W/page" || fail "no search"
    ! grep -qF "$secret" "$W/page" || fail "the search tells it"
    down "$node"

    # An answer from bob, whom alice has neither met nor named, but wrote to.
    done_ bob letter Kitchen Alice 'I found it' --reply "$letter" --json
    answer=$(field record)
    carry bob alice
    done_ alice letters --json
    equal "$(count)" 2
    grep -F "$answer" "$W/out" | grep -qF "\"reply\":\"$letter\"" || fail "the answer does not name what it answers"

    # A letter from a stranger: carol writes to bob.
    carol_=$(key carol)
    done_ carol letter Kitchen "$(key bob)" 'you do not know me' --json
    stranger=$(field record)
    carry carol bob
    done_ bob letters
    equal "$(grep -c 'you do not know me' "$W/out")" 0
    said "from people whom you have neither met nor named: 1"
    done_ bob letters --json
    equal "$(tail -n 1 "$W/out" | sed 's/.*"held":\([0-9]*\).*/\1/')" 1
    equal "$(count)" 3 "two letters, and how many are held back"
    done_ bob letters --strangers --json
    equal "$(grep -c . "$W/out")" 3
    grep -F "$stranger" "$W/out" | grep -qF '"stranger":true' || fail "nothing says that it is a stranger's"
    done_ bob letters --strangers
    printed "you have neither met nor named whoever wrote it"
    # The switch, and back.
    refused 2 "say for which group" bob letters --from-strangers yes
    refused 2 "is yes or no" bob letters Kitchen --from-strangers perhaps
    done_ bob letters Kitchen --from-strangers yes
    done_ bob letters Kitchen --json
    equal "$(grep -c 'you do not know me' "$W/out")" 1
    done_ bob letters Kitchen --from-strangers no
    done_ bob letters Kitchen
    equal "$(grep -c 'you do not know me' "$W/out")" 0
    # A name of one's own is enough.
    done_ bob name Kitchen "$carol_" Carol
    done_ bob letters
    printed 'you do not know me'
    ! grep -q 'Held back' "$W/err" || fail "something is held back"

    # What does not go: nothing of it in the open, by mistake.
    refused 1 "answer it with a letter" bob post Kitchen 'for all to see' --reply "$letter"
    refused 1 "a letter can't be taken back" alice retract "$letter"
    refused 1 "can be passed on" bob post Kitchen 'look' --forward "$letter"
    refused 1 "goes with an invitation" bob invite Kitchen --message "$letter"
    refused 1 "goes with an invitation" bob invite Kitchen --message "$(l bob --json list Kitchen | sed -n '1s/.*"record":"\([^"]*\)".*/\1/p')"
    refused 1 "this is your own key" alice letter Kitchen "$(key alice)" 'to myself'
    refused 1 "nobody in this group" alice letter Kitchen Nobody 'hello'
    refused 1 "the letter is empty" alice letter Kitchen "$handle" ''
    refused 1 "at most 30000 bytes" alice letter Kitchen "$handle" "$(printf '%030001d' 0)"
    done_ alice community new --title Square
    refused 1 "in closed groups only" alice letter Square "$(key alice)" 'in the open'
    refused 1 "letters go in closed groups only" alice letters Square

    # Carol's phone is in other hands: a friend freezes her key with a card. Where in her chain a letter stands nobody
    # can tell, so all of hers say so, and their words are shown only when asked for.
    done_ carol card Kitchen --friends 1 --json
    card=$(sed -n '1s/.*"card":"\([^"]*\)".*/\1/p' "$W/out")
    carry carol alice
    done_ carol post Kitchen "I am at home" --json
    trusted=$(field record)
    carry carol alice
    done_ alice freeze "$card" --last "$trusted"
    carry alice bob
    done_ bob letters
    printed "the phone may be in other hands"
    ! grep -q 'you do not know me' "$W/out" || fail "words of a frozen key are shown unasked"
    done_ bob letters --json
    grep -F "$stranger" "$W/out" | grep -qF '"apart":["' || fail "no mark in JSON"
    done_ bob show "$stranger"
    printed 'you do not know me'
    printed "the phone may be in other hands"

    # Carol is removed: nobody writes to her, and what she writes does not arrive.
    done_ alice member remove Kitchen "$carol_"
    refused 1 "would not reach them" alice letter Kitchen "$carol_" 'too late'
    carry alice bob
    done_ carol letter Kitchen "$(key bob)" 'written after it'
    carry carol bob
    done_ bob letters --strangers
    equal "$(grep -c 'written after it' "$W/out")" 0
    carry alice carol
    refused 1 "you are no member" carol letter Kitchen "$(key bob)" 'once more'
    knows_nothing carol

    # With their time they go, on both sides.
    export LONGEAR_NOW=$(($(date +%s) + 8 * 86400))
    for name in alice bob; do
        up $name
        done_ $name clock confirm
        for _ in $(seq 100); do
            done_ $name letters
            ! grep -qF "$secret" "$W/out" || { sleep 0.2; continue; }
            break
        done
        ! grep -qF "$secret" "$W/out" || fail "$name still has it"
        down "$node"
    done
    unset LONGEAR_NOW
}
both
