#!/usr/bin/env bash
# Differentially private answers: what they say, what they cost, and that the budget cannot be overdrawn, by many processes
# or by crashes. The answers of the mechanisms themselves are judged in src/privacy/dp*_test.c.
. "$(dirname "$0")/lib.sh"

table() {
    [ -f "$home/visits.csv" ] && return
    python3 - "$home/visits.csv" <<'PYTHON'
import sys
with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write("patient,age,dx\n")
    for p in range(1000):
        for visit in range(1 + p % 4):
            out.write(f"p{p},{20 + p % 60}.5,{['asthma', 'gout', 'flu'][p % 3] if p > 4 else f'rare {p}'}\n")
    out.write("p1,unknown,\n,33,flu\np2,1e400,gout\n")
PYTHON
}

budget() { # FILE EPSILON [OPTION…]
    rm -f "$1"
    expect 0 "$lethe" dp budget --new "$1" --epsilon "$2" --delta 1e-5 "${@:3}"
}

ask() { # CODE WHAT OPTION…
    local code=$1 what=$2
    shift 2
    expect "$code" "$lethe" dp "$what" --input "$home/visits.csv" --person patient "$@"
}

test_answers() {
    table
    budget ledger 90
    ask 0 count --epsilon 10 --budget ledger --json
    holds '995 <= a["value"] <= 1005 and a["noise"] == "laplace" and a["budget"]["left_epsilon"] == 80'
    ask 0 count --epsilon 10 --budget ledger --max-rows 4 --json # p1 and p2 have one row more than 2 and 3
    holds '2480 <= a["value"] <= 2520'
    ask 0 sum --epsilon 10 --budget ledger --column age --lower 0 --upper 100 --json
    holds '49000 <= a["value"] <= 51200'
    ask 0 mean --epsilon 10 --budget ledger --column age --lower 0 --upper 100 --json
    holds '48 <= a["value"] <= 52'
    ask 0 quantile --epsilon 10 --budget ledger --column age --lower 0 --upper 100 --unit 0.1 --quantile 0.25 --json
    holds '33 <= a["value"] <= 37 and a["noise"] == "permute-and-flip"'
    ask 0 histogram --epsilon 10 --delta 1e-6 --budget ledger --column dx --json
    holds '[c["key"] for c in a["cells"]] == ["asthma", "flu", "gout"] and all(320 <= c["value"] <= 345 for c in a["cells"])'
    printf 'flu\nrare 3\r\nnobody\n' >keys
    ask 0 histogram --epsilon 10 --budget ledger --column dx --keys keys --json
    holds '[c["key"] for c in a["cells"]] == ["flu", "nobody", "rare 3"] and abs(a["cells"][1]["value"]) < 10'
    ask 0 count --epsilon 10 --delta 1e-6 --noise gaussian --budget ledger --json
    holds 'a["noise"] == "gaussian" and 990 <= a["value"] <= 1010'
    expect 0 "$lethe" dp budget --budget ledger --json
    holds 'a["answers"] == 8 and a["spent_epsilon"] == 80 and a["spent_delta"] == 2e-6 and not a["unfinished"]'
    [ "$(wc -l <ledger)" -eq 9 ] || fail 'not a line an answer'
    [ "$(stat -c %a ledger)" = 600 ] || fail 'others can read the ledger'
    ask 0 count --epsilon 1 --budget ledger
    grep -Eq '^-?[0-9]+$' "$home/out" || fail 'more than the answer on standard output'
}

test_two_runs_differ() {
    table
    budget ledger 2
    ask 0 sum --epsilon 1 --budget ledger --column age --lower 0 --upper 100000000
    cp "$home/out" first
    ask 0 sum --epsilon 1 --budget ledger --column age --lower 0 --upper 100000000
    ! cmp -s "$home/out" first || fail 'the same noise twice'
}

test_nothing_is_spent_by_mistakes() {
    table
    budget ledger 1
    cp ledger before
    told 2 LETHE_E_ENGINE_OPTION 'what the answer costs' "$lethe" dp count --input "$home/visits.csv" --person patient --budget ledger
    ask 2 count --epsilon 0 --budget ledger
    ask 2 count --epsilon -1 --budget ledger
    ask 2 count --epsilon 0.1 --delta 1e-6 --budget ledger # Laplace needs none
    ask 2 sum --epsilon 0.1 --budget ledger --column age --lower 5 --upper 4
    ask 2 sum --epsilon 0.1 --budget ledger --column age --lower 0 --upper 0.001
    ask 2 sum --epsilon 0.1 --budget ledger --column age --lower 0
    ask 2 mean --epsilon 0.1 --budget ledger --column age --lower 0 --upper 10 --noise gaussian --delta 1e-6
    ask 2 quantile --epsilon 0.1 --budget ledger --column age --lower 0 --upper 1000000
    ask 2 quantile --epsilon 0.1 --budget ledger --column age --lower 0 --upper 10 --quantile 1.1
    ask 2 histogram --epsilon 0.1 --budget ledger --column dx
    ask 2 histogram --epsilon 0.1 --delta 1e-6 --noise gaussian --budget ledger --column dx
    ask 2 sum --epsilon 1e-9 --budget ledger --column age --lower 0 --upper 1000000000000 # no room
    err_has LETHE_E_PRIVACY_RANGE
    ask 2 count --epsilon 0.1 --budget ledger --max-rows 70000
    ask 2 sum --epsilon 0.1 --budget ledger --column weight --lower 0 --upper 1
    err_has LETHE_E_TABLE_COLUMN
    ask 2 max --epsilon 0.1 --budget ledger
    expect 7 "$lethe" dp count --input absent.csv --person patient --epsilon 0.1 --budget ledger
    ask 7 count --epsilon 0.1 --budget absent
    told 7 LETHE_E_BASE_EXISTS 'another name' "$lethe" dp budget --new ledger --epsilon 1
    cmp ledger before || fail 'something was spent'
}

test_no_overdraft() {
    table
    budget ledger 0.3
    for i in 1 2 3; do ask 0 count --epsilon 0.1 --budget ledger; done
    cp ledger before
    ask 5 count --epsilon 0.000000001 --budget ledger
    err_has LETHE_E_PRIVACY_BUDGET
    [ ! -s "$home/out" ] || fail 'an answer that was not paid'
    cmp ledger before || fail 'the ledger was changed'
    budget ledger 5
    ask 5 histogram --epsilon 0.1 --delta 2e-5 --budget ledger --column dx
}

# Twenty at once, where there is enough for ten.
test_no_overdraft_at_once() {
    table
    budget ledger 1
    local pids=() paid=0
    for i in $(seq 20); do
        "$lethe" dp count --input "$home/visits.csv" --person patient --epsilon 0.1 --budget ledger >"answer$i" 2>/dev/null &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" && paid=$((paid + 1)); done
    [ "$paid" -eq 10 ] || fail "$paid answers for ten"
    [ "$(cat answer* | wc -l)" -eq 10 ] || fail 'answers that nobody paid'
    expect 0 "$lethe" dp budget --budget ledger --json
    holds 'a["answers"] == 10 and a["left_epsilon"] == 0'
    rm -f answer*
}

# Killed at any moment: no answer without a line, and the ledger is whole, or has one line without its end.
test_killed() {
    table
    budget ledger 100
    local answers=0 i
    for i in $(seq 50); do
        "$lethe" dp count --input "$home/visits.csv" --person patient --epsilon 0.1 --budget ledger >answer 2>/dev/null &
        local pid=$!
        sleep "0.0$(printf %02d $((i % 12)))"
        kill -9 "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
        [ -s answer ] && answers=$((answers + 1))
    done
    expect 0 "$lethe" dp budget --budget ledger --json
    holds "$answers <= a['answers'] <= 50"
    ask 0 count --epsilon 0.1 --budget ledger
    expect 0 "$lethe" dp budget --budget ledger --json
    holds 'not a["unfinished"]'
}

# A line that a crash cut: nothing was answered for it; it goes when the next is written.
test_unfinished() {
    table
    budget ledger 1
    ask 0 count --epsilon 0.1 --budget ledger
    cp ledger one
    ask 0 count --epsilon 0.1 --budget ledger
    local whole=$(stat -c %s one) cut
    for cut in 1 40 100; do
        head -c $((whole + cut)) ledger >cut
        expect 0 "$lethe" dp budget --budget cut --json
        holds 'a["answers"] == 1 and a["unfinished"]'
        ask 0 count --epsilon 0.2 --budget cut
        expect 0 "$lethe" dp budget --budget cut --json
        holds 'a["answers"] == 2 and not a["unfinished"] and abs(a["left_epsilon"] - 0.7) < 1e-12'
    done
}

test_damaged() {
    table
    budget ledger 1
    ask 0 count --epsilon 0.1 --budget ledger
    ask 0 count --epsilon 0.1 --budget ledger
    sed '2s/0\.1000/0.0100/' ledger >changed
    local at=$(head -n 1 ledger | wc -c)
    ask 5 count --epsilon 0.1 --budget changed
    err_has LETHE_E_PRIVACY_LEDGER
    err_has "byte $at"
    sed 2d ledger >shorter
    ask 5 count --epsilon 0.1 --budget shorter
    sed '1s/1\.0/9.0/' ledger >richer
    ask 5 count --epsilon 0.1 --budget richer
    : >empty
    ask 5 count --epsilon 0.1 --budget empty
    mkdir -p folder
    "$lethe" dp count --input "$home/visits.csv" --person patient --epsilon 0.1 --budget folder >"$home/out" 2>&1 && fail 'a folder'
    [ "$(wc -l <changed)" -eq 3 ] || fail 'a damaged ledger was written to'
}

test_keys() {
    table
    "$lethe" keys new --output key 2>/dev/null
    "$lethe" keys new --output other 2>/dev/null
    budget ledger 1 --key key
    ask 0 count --epsilon 0.1 --budget ledger --key key
    ask 6 count --epsilon 0.1 --budget ledger
    ask 6 count --epsilon 0.1 --budget ledger --key other
    LETHE_KEY_FILE=key ask 0 count --epsilon 0.1 --budget ledger
    budget plain 1
    ask 6 count --epsilon 0.1 --budget plain --key key # nobody can put a ledger without a key in its place
    # a line that fits the format and plain SHA-256, as whoever has no key could write
    python3 - ledger plain <<'PYTHON'
import sys
lines = open(sys.argv[1]).read().splitlines()
lines[1] = lines[1][:-1] + ("0" if lines[1][-1] != "0" else "1")
open(sys.argv[2], "w").write("\n".join(lines) + "\n")
PYTHON
    ask 5 count --epsilon 0.1 --budget plain --key key
}

# Of a hundred small answers zCDP makes less.
test_zcdp() {
    table
    budget ledger 5 --composition zcdp
    budget basic 5
    for i in $(seq 55); do
        "$lethe" dp count --input "$home/visits.csv" --person patient --epsilon 0.1 --budget ledger >/dev/null 2>&1 || fail "answer $i"
    done
    expect 0 "$lethe" dp budget --budget ledger --json
    holds 'a["spent_epsilon"] == 5.5 and a["spent_rho"] == 0.275 and a["left_epsilon"] > 0.5'
    ask 5 count --epsilon 3 --budget ledger
    ask 0 count --epsilon 1 --delta 1e-6 --noise gaussian --budget ledger
    expect 0 "$lethe" dp budget --budget ledger --json
    holds 'a["spent_delta"] == 0'
    expect 2 "$lethe" dp budget --new zero --epsilon 1 --composition zcdp
}

# The answer is not there where the spending could not be written.
test_full_disk() {
    table
    budget ledger 1
    cp ledger before
    (
        ulimit -f 0
        trap '' XFSZ
        "$lethe" dp count --input "$home/visits.csv" --person patient --epsilon 0.1 --budget ledger 2>&1
        echo "exit $?"
    ) | cat >said
    grep -q '^exit 7$' said || { cat said >&2; fail 'another exit code'; }
    grep -q LETHE_E_BASE_IO said || fail 'no error'
    grep -Eq '^-?[0-9]+$' said && fail 'an answer that was not paid'
    cmp ledger before || fail 'half a line stayed'
}

test_other_sources() {
    table
    budget ledger 50
    gzip -k -f "$home/visits.csv"
    expect 0 "$lethe" dp count --input "$home/visits.csv.gz" --person patient --epsilon 10 --budget ledger --json
    holds '995 <= a["value"] <= 1005'
    expect 0 "$lethe" dp count --input - --person patient --epsilon 10 --budget ledger --json <"$home/visits.csv"
    holds '995 <= a["value"] <= 1005'
    printf 'patient;dx\n1;"a;b"\n2;"a;b"\n' | expect 0 "$lethe" dp histogram --input - --person patient --column dx --epsilon 20 --delta 1e-6 --budget ledger --json
    holds '[c["key"] for c in a["cells"]] in (["a;b"], [])'
    printf 'patient,x\n1,2,3\n' | expect 4 "$lethe" dp count --input - --person patient --epsilon 1 --budget ledger
    err_has LETHE_E_TABLE_CSV_RAGGED
}

# Values and ids stand nowhere: not in the ledger, not in errors; only keys that are shown, and only those.
test_canary() {
    budget ledger 50
    printf 'patient,age,dx\nPLANTED-1,PLANTED-2,PLANTED-3\n' >planted.csv
    for what in 'count' 'sum --column age --lower 0 --upper 9' 'mean --column age --lower 0 --upper 9' \
        'quantile --column age --lower 0 --upper 9' 'histogram --column dx --delta 1e-9'; do
        expect 0 "$lethe" dp $what --input planted.csv --person patient --epsilon 1 --budget ledger --json
        cat "$home/out" "$home/err" >>said
    done
    printf 'PLANTED-4,"PLANTED-5\n' >>planted.csv
    expect 4 "$lethe" dp count --input planted.csv --person patient --epsilon 1 --budget ledger
    cat "$home/out" "$home/err" ledger >>said
    ! grep -q PLANTED said || fail 'what stood in the table is told'
    printf 'patient;dx\n1;x\n2;NA\n' | expect 0 "$lethe" dp histogram --input - --person patient --column dx --epsilon 20 --delta 1e-6 --budget ledger --missing NA --separator ';' --json
    holds 'all(c["key"] != "NA" for c in a["cells"])'
}

run_tests
