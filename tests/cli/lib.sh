# Helpers of the command line's tests. Each test is a function named test_…; run_tests runs them in the order of their names
# in a folder of their own, and reports in the same form as the unit tests.
set -u
lethe=${LETHE:?the program to test}
source_root=${LETHE_SOURCE:?the source folder}
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

fail() {
    echo "  $*" >&2
    exit 1
}

# expect CODE COMMAND…: runs it, keeps its output in out and err, and wants that exit code.
expect() {
    local wanted=$1 got=0
    shift
    "$@" >"$home/out" 2>"$home/err" || got=$?
    [ "$got" -eq "$wanted" ] || { cat "$home/err" >&2; fail "exit code $got instead of $wanted: $*"; }
}

err_has() {
    grep -q -- "$1" "$home/err" || { cat "$home/err" >&2; fail "standard error lacks: $1"; }
}

out_has() {
    grep -q -- "$1" "$home/out" || { cat "$home/out" >&2; fail "standard output lacks: $1"; }
}

# told CODE NAME ADVICE COMMAND…: it fails so, and says what helps.
told() {
    local code=$1 name=$2 advice=$3
    shift 3
    expect "$code" "$@"
    err_has "^lethe [a-z]*: $name: "
    grep -A1 -- "$name" "$home/err" | grep -q -- "^  .*$advice" || { cat "$home/err" >&2; fail "no advice: $advice"; }
}

# holds EXPRESSION: of the JSON in out, `a`, and its `hits` if it has some.
holds() {
    python3 - "$home/out" "$1" <<'PYTHON' || { cat "$home/out" >&2; fail "not so: $1"; }
import json, sys
a = json.load(open(sys.argv[1]))
hits = a.get("hits", []) if isinstance(a, dict) else []
sys.exit(0 if eval(sys.argv[2]) else 1)
PYTHON
}

# The population that several tests share: made once.
population() {
    [ -d "$home/population" ] || "$lethe" synth --patients "${1:-200}" --seed 5 --output "$home/population" >/dev/null
    [ -f "$home/project.key" ] || "$lethe" keys new --output "$home/project.key" 2>/dev/null
}

# Datasets for predictions, each made once, and the one that tests share.
make_dataset() { # NAME PATIENTS SEED [OPTION…]
    local name=$1 patients=$2 seed=$3 status=0
    shift 3
    [ -d "$home/$name" ] && return
    [ -f "$home/project.key" ] || "$lethe" keys new --output "$home/project.key" 2>/dev/null
    "$lethe" synth --patients "$patients" --seed "$seed" --output "$home/population-$name" >/dev/null
    "$lethe" run --input "$home/population-$name" --output "$home/$name" --key "$home/project.key" --level internal --quiet \
        "$@" >/dev/null 2>&1 || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "lethe run: $status"
}

dataset() {
    make_dataset dataset 900 5
}

run_tests() {
    local failed=0 name
    for name in $(declare -F | sed -n 's/^declare -f \(test_.*\)/\1/p'); do
        if (cd "$home" && "$name"); then
            echo "[       OK ] $name"
        else
            echo "[  FAILED  ] $name"
            failed=$((failed + 1))
        fi
    done
    [ "$failed" -eq 0 ]
}
