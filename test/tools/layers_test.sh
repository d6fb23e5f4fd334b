#!/bin/sh
# tools/check-layers.sh accepts what the rules allow and refuses each kind of breach, with the file and the line in
# its message. Shown on small source trees made here, one breach at a time.
set -eu
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

fresh() {
    rm -rf "$tree/src"
    mkdir -p "$tree/src/core/dictionary" "$tree/src/store"
    echo core >"$tree/src/core/.may_include"
    echo "core store" >"$tree/src/store/.may_include"
    printf '#include <stdint.h>\n#include "core/record.h" // own\n' >"$tree/src/core/record.c"
    printf '#include <sqlite3.h>\n  #  include "core/record.h" /* below */\n#include "store/store.h"\n' >"$tree/src/store/sqlite.c"
}
passes() { # WHAT
    tools/check-layers.sh "$tree/src" >"$tree/out" 2>&1 || { echo "refused: $1"; cat "$tree/out"; exit 1; }
}
refuses() { # WHAT EXPECTED-IN-THE-MESSAGE
    if tools/check-layers.sh "$tree/src" >"$tree/out" 2>&1; then echo "not caught: $1"; exit 1; fi
    grep -qF "$2" "$tree/out" || { echo "$1: the message lacks '$2':"; cat "$tree/out"; exit 1; }
}

fresh
passes "an allowed tree"

fresh; echo '#include "store/store.h"' >>"$tree/src/core/record.c"
refuses "an upward include" 'core/record.c:3: core may not include store'

fresh; printf '\n  # include "store/store.h"\n' >"$tree/src/core/record.h"
refuses "an upward include in a header" 'core/record.h:2: core may not include store'

fresh; echo '#include "store/store.h"' >"$tree/src/core/dictionary/table.c"
refuses "an upward include in a subfolder" 'dictionary/table.c:1: core may not include store'

fresh; echo '#include <stdio.h>' >>"$tree/src/core/record.c"
refuses "a system header in the core" 'core is pure and may not include <stdio.h>'

fresh; echo '#include "../store/store.h"' >>"$tree/src/core/record.c"
refuses "a way around by dots" "'..'"

fresh; echo '#include "record.h"' >>"$tree/src/core/record.c"
refuses "an include without its folder" 'write "folder/name.h"'

fresh; echo '#include HEADER' >>"$tree/src/core/record.c"
refuses "an include by macro" 'write "folder/name.h"'

fresh; rm "$tree/src/store/.may_include"
refuses "a folder without a rule" 'has no .may_include'

fresh; echo "core store" >"$tree/src/core/.may_include"
refuses "a circle" 'in a circle: core store'

fresh; : >"$tree/src/main.c"
refuses "a source outside the folders" 'belongs in a folder'
