#!/bin/sh
# Check which folder includes which. usage: tools/check-layers.sh [DIRECTORY, default src]
#
# Each folder DIRECTORY/X has one line in DIRECTORY/X/.may_include with the folders that its files may include, in the
# form #include "Y/name.h". Any other include, a folder without that file, and a cycle between folders fail. The pure
# folders (core, view) may include of the system's headers the freestanding ones and string.h only.
set -u
src=${1:-src}
pure=" core view "
pure_headers=" stdint.h stddef.h stdbool.h string.h limits.h stdalign.h "
[ -d "$src" ] || { echo "check-layers: no folder $src" >&2; exit 1; }
edges=$(mktemp) || exit 1
trap 'rm -f "$edges"' EXIT
bad=0
complain() {
    echo "$1" >&2
    bad=1
}

for folder in "$src"/*/; do
    folder=${folder%/} layer=${folder##*/}
    files=$(find "$folder" -type f -name '*.[chS]' | LC_ALL=C sort)
    if [ ! -f "$folder/.may_include" ]; then
        [ -z "$files" ] || complain "$folder: has no .may_include"
        continue
    fi
    may=" $(tr '\n' ' ' <"$folder/.may_include") "
    for other in $may; do
        [ "$other" = "$layer" ] || echo "$layer $other" >>"$edges"
    done
    [ -n "$files" ] || continue
    # shellcheck disable=SC2086
    found=$(awk '
        /^[ \t]*#[ \t]*include/ {
            text = $0
            sub(/^[ \t]*#[ \t]*include[ \t]*/, "", text)
            sub(/[ \t]*(\/[\/*].*)?\r?$/, "", text)
            gsub(/[ \t]/, "", text)
            print FILENAME ":" FNR " " text
        }' $files)
    while read -r place what; do
        [ -n "$place" ] || continue
        case $what in
            *..*) complain "$place: $what: a path with '..'" ;;
            \"*/*\")
                target=${what#\"} target=${target%%/*}
                case $may in *" $target "*) ;; *) complain "$place: $layer may not include $target ($what)" ;; esac ;;
            \<*\>)
                header=${what#<} header=${header%>}
                case $pure in
                    *" $layer "*)
                        case $pure_headers in
                            *" $header "*) ;;
                            *) complain "$place: $layer is pure and may not include $what" ;;
                        esac ;;
                esac ;;
            *) complain "$place: $what: write \"folder/name.h\" or <name.h>" ;;
        esac
    done <<END
$found
END
done

for file in "$src"/*.[ch]; do
    [ ! -f "$file" ] || complain "$file: belongs in a folder"
done
if ! order=$(tsort "$edges" 2>&1); then
    circle=$(echo "$order" | sed -n '/loop:/d; s/^tsort: //p' | tr '\n' ' ')
    complain "the folders include each other in a circle: $circle"
fi
exit $bad
