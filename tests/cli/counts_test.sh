#!/usr/bin/env bash
# Counts for publication: nothing small is seen, nothing small can be derived.
. "$(dirname "$0")/lib.sh"

rows() { # ward sex count
    for _ in $(seq "$3"); do echo "$1,$2"; done
}

table() {
    { echo ward,sex; rows A f 7; rows A m 30; rows B f 12; rows B m 44; rows C f 50; rows C m 61; } >visits.csv
}

test_two_columns() {
    table
    expect 0 "$lethe" counts --input visits.csv --by ward,sex
    grep -q '^ward,f,m,total$' out || fail 'another header'
    grep -q '^A,\*,\*,37$' out || fail 'a line that gives the 7 away'
    grep -q '^total,69,135,204$' out || fail 'totals are hidden without need'
    [ "$(grep -o '\*' out | wc -l)" -eq 4 ] || { cat out >&2; fail 'not four hidden cells'; }
    err_has '1 small counts are hidden, and 3 others'
    err_has 'without these 1 small'
}

# What the shown cells leave possible, by trying: the audit's bounds are the true ones.
test_bounds_are_exact() {
    table
    expect 0 "$lethe" counts --input visits.csv --by ward,sex --json
    python3 - "$home/out" <<'PYTHON' || fail 'other bounds'
import csv, io, json, sys
said = json.load(open(sys.argv[1]))
rows = list(csv.reader(io.StringIO(said["table"])))
head, body = rows[0][1:-1], rows[1:-1]
totals = list(map(int, rows[-1][1:]))
ranges = {}
def fill(line, left):  # two columns: the first decides the second
    if line == len(body):
        return [[]] if left == [0, 0] else []
    cells, total = body[line][1:-1], int(body[line][-1])
    found = []
    for first in range(total + 1):
        both = [first, total - first]
        if all(c == "*" or int(c) == v for c, v in zip(cells, both)) and all(v <= l for v, l in zip(both, left)):
            found += [[both] + rest for rest in fill(line + 1, [l - v for l, v in zip(left, both)])]
    return found
tables = fill(0, totals[:2])
for cell in said["hidden"]:
    i, j = [r[0] for r in body].index(cell["row"]), head.index(cell["column"])
    values = {t[i][j] for t in tables}
    assert (min(values), max(values)) == (cell["derivable_least"], cell["derivable_most"]), cell
    assert cell["derivable_most"] >= 11
PYTHON
}

test_one_column() {
    table
    expect 0 "$lethe" counts --input visits.csv --by ward --threshold 40
    grep -q '^A,\*$' out || fail 'a small count is shown'
    grep -q '^B,\*$' out || fail 'the difference of the total gives A away'
    grep -q '^C,111$' out && grep -q '^total,204$' out || fail 'too much is hidden'
    printf 'a\nx\n' >one.csv
    expect 0 "$lethe" counts --input one.csv --by a
    grep -q '^total,\*$' out || fail 'a small total is shown'
}

test_refused() {
    table
    expect 2 "$lethe" counts --input visits.csv
    told 2 LETHE_E_PRIVACY_OPTION 'one or two columns' "$lethe" counts --input visits.csv --by a,b,c
    told 2 LETHE_E_TABLE_COLUMN 'letter by letter' "$lethe" counts --input visits.csv --by age
    told 2 LETHE_E_PRIVACY_OPTION 'neither be seen' "$lethe" counts --input visits.csv --by ward --threshold 1
}

run_tests
