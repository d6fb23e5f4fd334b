# Turn gettext catalogues into one C file of sorted tables. usage: LC_ALL=C awk -f po2c.awk po/ru.po po/kk.po
# >catalogue.c
#
# po/ru.po becomes lang_ru[] and lang_ru_count (see src/lang/lang.h), in the byte order of msgid. Left out are the
# header (the empty msgid), entries without a translation and those marked fuzzy. Contexts and plural forms are
# refused; so is anything that isn't understood, with its file and line, and nothing usable is left behind then.

function fail(text) {
    print FILENAME ":" FNR ": " text >"/dev/stderr"
    failed = 1
    exit 1
}

# The text between the quotes of LINE, checked: quotes inside are escaped, and the escapes are ones that C knows too.
function quoted(line,    text, i, c) {
    if (line !~ /^".*"[ \t\r]*$/) fail("expected a quoted string")
    sub(/^"/, "", line)
    sub(/"[ \t\r]*$/, "", line)
    text = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        if (c == "\"") fail("a quote inside a string needs a backslash")
        if (c == "\\") {
            i++
            c = substr(line, i, 1)
            if (index("nt\"\\", c) == 0 || c == "") fail("unknown escape \\" c)
            c = "\\" c
        } else if (c == "?") {
            c = "\\?" # no trigraphs in the C file
        }
        text = text c
    }
    return text
}

# The bytes that C will make of TEXT, to sort by.
function decoded(text,    out, i, c) {
    out = ""
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "\\") {
            i++
            c = substr(text, i, 1)
            if (c == "n") c = "\n"
            if (c == "t") c = "\t"
        }
        out = out c
    }
    return out
}

function entry_end() {
    if (state == "id") fail("msgid without msgstr")
    if (state == "str" && id != "" && str != "" && !fuzzy) {
        if (id in seen) fail("the same msgid twice: " id)
        seen[id] = 1
        count++
        ids[count] = id
        keys[count] = decoded(id)
        strs[count] = str
    }
    if (state == "str") fuzzy = 0
    state = ""
}

function catalogue_end(    i, j, key, text, translation) {
    entry_end()
    for (i = 2; i <= count; i++) {
        key = keys[i]; text = ids[i]; translation = strs[i]
        for (j = i - 1; j >= 1 && (keys[j] "") > (key ""); j--) {
            keys[j + 1] = keys[j]; ids[j + 1] = ids[j]; strs[j + 1] = strs[j]
        }
        keys[j + 1] = key; ids[j + 1] = text; strs[j + 1] = translation
    }
    print "\nconst struct lang_entry lang_" name "[] = {"
    for (i = 1; i <= count; i++) print "    {\"" ids[i] "\",\n     \"" strs[i] "\"},"
    if (count == 0) print "    {\"\", \"\"},"
    print "};\nconst size_t lang_" name "_count = " count + 0 ";"
}

function catalogue_begin() {
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.po$/, "", name)
    count = 0
    fuzzy = 0
    state = ""
    for (i in seen) delete seen[i]
}

BEGIN { print "/* Made from po/ by tools/po2c.awk. */\n#include \"lang/lang.h\"" }
FNR == 1 {
    if (name != "") catalogue_end()
    catalogue_begin()
}
/^#,.*fuzzy/ { entry_end(); fuzzy = 1; next }
/^#/ || /^[ \t\r]*$/ { if (state == "str") entry_end(); next }
/^msgid[ \t]+"/ { entry_end(); sub(/^msgid[ \t]+/, ""); id = quoted($0); state = "id"; next }
/^msgstr[ \t]+"/ {
    if (state != "id") fail("msgstr without msgid")
    sub(/^msgstr[ \t]+/, ""); str = quoted($0); state = "str"; next
}
/^"/ {
    if (state == "id") id = id quoted($0)
    else if (state == "str") str = str quoted($0)
    else fail("a string that belongs to nothing")
    next
}
{ fail("not understood: " $0) }
END {
    if (failed) exit 1
    if (name != "") catalogue_end()
    if (failed) exit 1
}
