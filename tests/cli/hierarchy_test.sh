#!/usr/bin/env bash
# Hierarchies built and checked.
. "$(dirname "$0")/lib.sh"

test_bands_of_a_range() {
    expect 0 "$lethe" hierarchy build --kind bands --steps 18,30,45,65/18,65 --range 0:99 --output age.csv
    out_has '100 values, 4 levels of 100, 5, 3, 1 groups'
    grep -q '^29;18-29;18-64;\*$' age.csv || fail 'another band'
    told 7 LETHE_E_BASE_EXISTS 'never overwritten' "$lethe" hierarchy build --kind bands --steps 18 --range 0:99 --output age.csv
    printf 'name,age\nx,34\ny,99\n' >people.csv
    expect 0 "$lethe" hierarchy check --hierarchy age.csv --input people.csv --column age --json
    holds 'a["values"] == 100 and a["groups"] == [100, 5, 3, 1]'
    printf 'name,age\nx,34\ny,SECRET\n' >people.csv
    told 4 LETHE_E_TABLE_LEVELS_VALUE 'Add the value' "$lethe" hierarchy check --hierarchy age.csv --input people.csv --column age
    err_has 'people.csv, row 3, column 2'
    grep -q SECRET err && fail 'an error says what stood there'
    return 0
}

test_every_kind() {
    printf 'v\n02118\n60601\n' >zips.csv
    expect 0 "$lethe" hierarchy build --kind redaction --steps 3 --input zips.csv --column v
    out_has '^02118;021\*\*;\*$'
    expect 0 "$lethe" hierarchy build --kind region --input zips.csv --column v
    out_has '^60601;midwest;\*$'
    expect 0 "$lethe" hierarchy build --kind interval --steps 1000,10000 --input zips.csv --column v
    out_has '^02118;2000-2999;0-9999;\*$'
    expect 0 "$lethe" hierarchy build --kind order --steps 2 --input zips.csv --column v
    out_has '^02118;02118 .. 60601;\*$'
    expect 0 "$lethe" hierarchy build --kind priority --steps 2 --input zips.csv --column v
    out_has '^60601;\*;\*$'
    printf 'd\n2014-05-07\n\n' >dates.csv
    expect 0 "$lethe" hierarchy build --kind date --steps quarter,year --input dates.csv --column d
    out_has '^2014-05-07;2014-Q2;2014;\*$'
    out_has '^;missing;missing;\*$'
}

test_refused() {
    printf '1;a;x;*\n2;b;x;*\n3;a;y;*\n' >bad.csv
    told 4 LETHE_E_TABLE_LEVELS_NESTING 'stay together' "$lethe" hierarchy check --hierarchy bad.csv
    err_has 'bad.csv, line 3, row 3, column 3'
    printf '1;a;*\n1;b;*\n' >bad.csv
    told 4 LETHE_E_TABLE_LEVELS_LEAF 'one way only' "$lethe" hierarchy check --hierarchy bad.csv
    printf '1;a;*\n2;;*\n' >bad.csv
    told 4 LETHE_E_TABLE_LEVELS_EMPTY 'every level' "$lethe" hierarchy check --hierarchy bad.csv
    printf '1;a;*\n2;b\n' >bad.csv
    told 4 LETHE_E_TABLE_CSV_RAGGED 'separator' "$lethe" hierarchy check --hierarchy bad.csv
    : >bad.csv
    told 4 LETHE_E_TABLE_LEVELS_EMPTY 'every level' "$lethe" hierarchy check --hierarchy bad.csv
    printf 'v\nx1\n' >words.csv
    told 4 LETHE_E_PRIVACY_VALUE 'Correct the row' "$lethe" hierarchy build --kind interval --steps 5 --input words.csv --column v
    told 2 LETHE_E_PRIVACY_OPTION 'from fine to coarse' "$lethe" hierarchy build --kind interval --steps 5,7 --range 0:9
    told 2 LETHE_E_TABLE_COLUMN 'letter by letter' "$lethe" hierarchy build --kind order --steps 2 --input words.csv --column w
    expect 2 "$lethe" hierarchy build --kind magic --steps 5 --range 0:9
    expect 2 "$lethe" hierarchy build --kind bands --steps 5 --range 0-9
    expect 2 "$lethe" hierarchy mend
    expect 7 "$lethe" hierarchy check --hierarchy nowhere.csv
}

run_tests
