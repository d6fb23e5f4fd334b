#!/bin/sh
# tools/po2c.awk reads what gettext's tools write, sorts by bytes, and refuses what it can't read, with the line. The
# C file it makes is compiled, and its strings are compared with what the catalogue means.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make_table() { LC_ALL=C awk -f tools/po2c.awk "$@"; }

cat >"$work/ru.po" <<'END'
# A translator's comment.
msgid ""
msgstr ""
"Language: ru\n"

#: src/cli/main.c:1
msgid ""
"two "
"parts\n"
msgstr ""
"две "
"части\n"
#, c-format
msgid "b %d"
msgstr "б %d"
msgid "B"
msgstr "Б"

msgid "quote \" and \\ and\ttab"
msgstr "кавычка \" и \\ и\tтаб"

msgid "ё after ASCII"
msgstr "??) ё"

#, fuzzy
msgid "guessed"
msgstr "угадано"

msgid "not yet"
msgstr ""

msgid "10"
msgstr "десять"

msgid "9"
msgstr "девять"

#~ msgid "gone"
#~ msgstr "нет"
END
printf '\nmsgid "a"\nmsgstr "ә"\n' >"$work/kk.po"
make_table "$work/ru.po" "$work/kk.po" >"$work/catalogue.c"
cat >"$work/print.c" <<'END'
#include <stdio.h>
#include "lang/lang.h"
int main(void) {
    for (size_t i = 0; i < lang_ru_count; i++) printf("[%s|%s]\n", lang_ru[i].msgid, lang_ru[i].msgstr);
    for (size_t i = 0; i < lang_kk_count; i++) printf("[%s|%s]\n", lang_kk[i].msgid, lang_kk[i].msgstr);
    return 0;
}
END
printf '[10|десять]\n[9|девять]\n[B|Б]\n[b %%d|б %%d]\n[quote " and \\ and\ttab|кавычка " и \\ и\tтаб]\n' >"$work/want"
printf '[two parts\n|две части\n]\n[ё after ASCII|??) ё]\n[a|ә]\n' >>"$work/want"
gcc -std=c17 -Wall -Wextra -Werror -Isrc -o "$work/print" "$work/catalogue.c" "$work/print.c"
"$work/print" >"$work/have"
diff "$work/want" "$work/have"

refuses() { # TEXT EXPECTED
    printf '%b' "$1" >"$work/bad.po"
    if make_table "$work/bad.po" >"$work/out" 2>&1; then echo "not refused: $1"; exit 1; fi
    grep -qF "$2" "$work/out" || { echo "for $1 the message lacks '$2':"; cat "$work/out"; exit 1; }
}
refuses 'msgid "a"\nmsgstr "b"\nnonsense\n' 'bad.po:3: not understood'
refuses 'msgid "a"\nmsgid "b"\n' 'msgid without msgstr'
refuses 'msgid "a"\n' 'msgid without msgstr'
refuses 'msgstr "a"\n' 'msgstr without msgid'
refuses '"a"\n' 'belongs to nothing'
refuses 'msgid "a"b"\nmsgstr "c"\n' 'needs a backslash'
refuses 'msgid "a\\x"\nmsgstr "c"\n' 'unknown escape'
refuses 'msgid "a\nmsgstr "c"\n' 'expected a quoted string'
refuses 'msgid "a\\"\nmsgstr "c"\n' 'unknown escape'
refuses 'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n' 'the same msgid twice'
refuses 'msgctxt "m"\nmsgid "a"\nmsgstr "b"\n' 'not understood'
refuses 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\n' 'not understood'
