# What the end-to-end tests of the command share; sourced, not run. A test defines `check`, then calls `both`.
# Within check: $P is the program, $W an empty directory, `l NAME ARGS…` runs it on the home $W/NAME.
export LC_ALL=C.UTF-8 TZ=UTC
unset LONGEAR_HOME LONGEAR_NOW LONGEAR_PASSPHRASE LC_MESSAGES LANG
LONGEAR=${LONGEAR:-$PWD/build/rel/longear}
LONGEAR_ASAN=${LONGEAR_ASAN:-$PWD/build/asan/longear}
nodes=

fail() {
    echo "FAILED ($P): $*" >&2
    [ ! -s "$W/err" ] || { echo "--- the last standard error:"; tail -n 20 "$W/err"; } >&2
    exit 1
}
l() { # HOME ARGS…
    local home=$1
    shift
    "$P" --home "$W/$home" "$@"
}
# Run and expect an exit status. Standard output goes to $W/out, standard error to $W/err.
status() { # STATUS HOME ARGS…
    local expected=$1 got=0
    shift
    l "$@" >"$W/out" 2>"$W/err" </dev/null || got=$?
    [ "$got" = "$expected" ] || fail "exit $got instead of $expected: $*"
}
done_() { status 0 "$@"; }
# A failure says something to people, and nothing on standard output.
refused() { # STATUS WORDS HOME ARGS…
    local expected=$1 words=$2
    shift 2
    status "$expected" "$@"
    [ ! -s "$W/out" ] || fail "wrote a result though it failed: $*"
    grep -qF -- "$words" "$W/err" || fail "the message lacks '$words': $*"
}
said() { grep -qF -- "$1" "$W/err" || fail "standard error lacks '$1'"; }
printed() { grep -qF -- "$1" "$W/out" || fail "standard output lacks '$1': $(head -c 2000 "$W/out")"; }
# The value of a field in the first line of the last output.
field() { sed -n "1s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$W/out"; }
equal() { [ "$1" = "$2" ] || fail "${3:-differs}: '$1' is not '$2'"; }
# Start a node on a home and wait until it listens; its pid is in $node, the port for other nodes in $port. It looks for nobody.
up() { # HOME ARGS…
    local home=$1
    shift
    "$P" --home "$W/$home" up --web 127.0.0.1:0 --listen 127.0.0.1:0 --no-discovery "$@" >"$W/$home.up" 2>&1 </dev/null &
    node=$!
    nodes="$nodes $node"
    for _ in $(seq 100); do
        if grep -q "Ctrl-C ends" "$W/$home.up" 2>/dev/null; then
            port=$(sed -n 's/^For other points:.*:\([0-9]*\)$/\1/p' "$W/$home.up" | head -n 1)
            return 0
        fi
        kill -0 $node 2>/dev/null || break
        sleep 0.1
    done
    cat "$W/$home.up" >&2
    fail "the node did not come up"
}
down() { # PID: ask it to end, and expect it to end well
    kill -TERM "$1"
    wait "$1" || fail "the node ended with status $?"
}
both() {
    for P in "$LONGEAR" "$LONGEAR_ASAN"; do
        [ -x "$P" ] || { echo "no program at $P" >&2; exit 1; }
        W=$(mktemp -d)
        trap 'rm -rf "$W"' EXIT
        # The subshell knows what was started in it, however it ends.
        ( nodes=; trap 'for pid in $nodes; do kill -9 "$pid" 2>/dev/null || true; done' EXIT; set -eu; check ) || exit 1
        rm -rf "$W"
    done
}
