#!/usr/bin/env bash
# Risks of a table: figures by hand, people instead of rows, populations, suppressed cells, other encodings.
. "$(dirname "$0")/lib.sh"

table() {
    cat >table.csv <<'CSV'
person,age,sex,zip
a,30,f,1
a,30,f,1
b,30,f,1
c,30,m,1
d,40,m,2
e,40,m,2
CSV
}

test_rows_and_people() {
    table
    expect 0 "$lethe" risk --input table.csv --qi age,sex,zip --json
    holds 'a["rows"] == 6 and a["people"] == 6 and a["classes"] == 3 and a["smallest_class"] == 1'
    holds 'a["prosecutor"]["highest"] == 1 and abs(a["prosecutor"]["average"] - 3 / 6) < 1e-12'
    holds 'a["sample_uniques"]["hits"] == 1 and a["sample_uniques"]["upper_95"] > 1 / 6'
    expect 0 "$lethe" risk --input table.csv --qi age,sex,zip --person person --json
    holds 'a["people"] == 5 and abs(a["prosecutor"]["average"] - (4 / 2 + 1) / 5) < 1e-12'
    holds 'a["sample_uniques"]["hits"] == 1 and a["sample_uniques"]["trials"] == 5'
    holds '[t["people"]["hits"] for t in a["prosecutor"]["at_risk"]] == [5, 5, 5, 5]'
}

test_columns() {
    table
    expect 0 "$lethe" risk --input table.csv --qi age,sex,zip --json
    holds 'a["subset_size"] == 3 and len(a["sets"]) == 7 and a["rows_with_minimal_uniques"] == 1'
    holds '{s["columns"]: s["minimal_uniques"] for s in a["sets"]}["age,sex"] == 1'
    holds '{s["columns"]: s["minimal_uniques"] for s in a["sets"]}["age,sex,zip"] == 0'
    holds '{s["columns"]: s["separation"] for s in a["sets"]}["sex"] == 1 - (6 + 6) / 30'
    expect 0 "$lethe" risk --input table.csv --qi age,sex,zip --subset-size 1
    out_has 'contribution'
}

test_suppressed_cells_match() {
    printf 'age,sex\n30,f\n*,f\n30,*\n40,m\n' >stars.csv
    expect 0 "$lethe" risk --input stars.csv --qi age,sex --json
    # 30,f fits three rows; *,f all but 40,m; 30,* also; 40,m only itself
    holds 'a["rows_with_suppressed_cells"] == 2 and abs(a["prosecutor"]["average"] - (1 / 3 + 1 / 3 + 1 / 3 + 1) / 4) < 1e-12'
}

test_populations() {
    table
    cat >population.csv <<'CSV'
zip;sex;age;person
1;f;30;a
1;f;30;b
1;m;30;c
1;m;30;x
2;m;40;d
2;m;40;e
3;m;40;y
CSV
    expect 0 "$lethe" risk --input table.csv --qi age,sex,zip --person person --population population.csv --json
    holds 'a["journalist_from"] == "population" and a["journalist"]["highest"] == 0.5'
    holds 'a["classes_not_in_population"] == 0 and a["marketer"] == 0.5'
    expect 0 "$lethe" risk --input table.csv --qi age,sex,zip --sampling-fraction 0.01 --json
    holds 'a["journalist_from"] == "estimate" and a["journalist"]["highest"] < 0.1'
    holds 'a["population_uniques"]["dankar_model"] in ("pitman", "zayatz")'
    told 2 LETHE_E_PRIVACY_OPTION 'journalist' "$lethe" risk --input table.csv --qi age --population population.csv --population-size 9
    told 2 LETHE_E_PRIVACY_OPTION 'journalist' "$lethe" risk --input table.csv --qi age --population-size 3
}

test_other_encodings_and_odd_tables() {
    printf '"n\344me";v\n"M\374ller; \"\"J\"\"";1\nx;2\n' >latin.csv
    expect 0 "$lethe" risk --input latin.csv --qi 'näme,v' --json
    holds 'a["encoding"] == "latin-1" and a["separator"] == ";" and a["rows"] == 2'
    printf 'a\n1\n' >one.csv
    expect 0 "$lethe" risk --input one.csv --qi a --json
    holds 'a["rows"] == 1 and a["prosecutor"]["highest"] == 1'
    printf 'a,b\n' >none.csv
    expect 0 "$lethe" risk --input none.csv --qi a,b --json
    holds 'a["rows"] == 0 and a["sample_uniques"]["upper_95"] == 1'
    { echo a,b; for _ in $(seq 50); do echo 1,2; done; } | gzip >equal.csv.gz
    expect 0 "$lethe" risk --input equal.csv.gz --qi a,b --json
    holds 'a["classes"] == 1 and a["prosecutor"]["highest"] == 1 / 50 and a["sample_uniques"]["hits"] == 0'
    holds '0 < a["sample_uniques"]["upper_95"] < 0.08'
    expect 0 bash -c "\"$lethe\" risk --input - --qi a --missing NA --json <<<$'a\n1\nNA\n\"\"\n'"
    holds 'a["classes"] == 2'
}

test_refused() {
    printf 'a,b\n1,2\nSECRET\n' >bad.csv
    told 4 LETHE_E_TABLE_CSV_RAGGED 'separator' "$lethe" risk --input bad.csv --qi a
    err_has 'bad.csv, line 3, row 3, column 2'
    grep -q SECRET err && fail 'an error says what stood there'
    told 2 LETHE_E_TABLE_COLUMN 'letter by letter' "$lethe" risk --input bad.csv --qi a,c
    expect 2 "$lethe" risk --input bad.csv
    expect 2 "$lethe" risk --input bad.csv --qi a,a
    expect 2 "$lethe" risk --input bad.csv --qi a --separator ab
    expect 7 "$lethe" risk --input nowhere.csv --qi a --json
    holds 'a["error"]["code"] == "LETHE_E_BASE_NOT_FOUND"'
}

run_tests
