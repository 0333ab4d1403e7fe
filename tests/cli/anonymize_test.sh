#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `lethe anonymize` as its users meet it: good tables, odd ones, and every way in which one can be wrong.
. "$(dirname "$0")/lib.sh"

table() {
    cat >people.csv <<'CSV'
name,age,zip,sex,disease
Ann,34,81667,female,flu
Bob,45,81675,male,flu
Cyd,66,81925,male,cold
Dan,70,81931,female,cold
Eve,34,81931,female,gout
Fay,70,81931,male,gout
Gus,45,81931,male,flu
CSV
    cat >zip.csv <<'CSV'
81667;8166*;816**;*
81675;8167*;816**;*
81925;8192*;819**;*
81931;8193*;819**;*
CSV
    cat >spec.yaml <<'YAML'
columns:
  name: {role: identifying}
  age: {role: quasi, kind: bands, steps: "40,60/60"}
  zip: {role: quasi, hierarchy: zip.csv}
  sex: {role: quasi}
  disease: {role: sensitive}
models:
  - {model: k-anonymity, k: 2}
suppression: 0
metric: loss
YAML
}

anonymize() {
    rm -rf release
    expect "$1" "$lethe" anonymize --input people.csv --spec "${2:-spec.yaml}" --output release --json
}

# every class of release/data.csv has at least $1 rows
classes_of() {
    python3 - "$1" <<'PYTHON' || fail "a class is too small"
import collections, csv, sys
rows = list(csv.reader(open("release/data.csv")))[1:]
classes = collections.Counter(tuple(row[:3]) for row in rows)
sys.exit(0 if rows and min(classes.values()) >= int(sys.argv[1]) else 1)
PYTHON
}

test_a_release() {
    table
    anonymize 0
    classes_of 2
    holds 'a["proved"] and a["withheld_rows"] == 0 and a["smallest_class"] >= 2'
    grep -q Ann release/data.csv && fail "a name was released"
    head -1 release/data.csv | grep -qx 'age,zip,sex,disease' || fail "columns"
    python3 -c '
import hashlib, json
m = json.load(open("release/manifest.json"))
assert m["files"][0]["sha256"] == hashlib.sha256(open("release/data.csv", "rb").read()).hexdigest()
assert m["proved_best"] and m["rows"] == 7 and [c["name"] for c in m["columns"]] == ["age", "zip", "sex", "disease"]
' || fail "manifest"
    [ "$(stat -c %a release/run.json)" = 600 ] || fail "run.json is for its owner"
    expect 7 "$lethe" anonymize --input people.csv --spec spec.yaml --output release
    err_has LETHE_E_BASE_EXISTS
}

test_b_rows_withheld_and_explained() {
    table
    sed -i 's/suppression: 0/suppression: 0.5/' spec.yaml
    rm -rf release
    expect 3 "$lethe" anonymize --input people.csv --spec spec.yaml --output release --explain
    out_has 'withheld'
    out_has 'Next best'
    classes_of 2
}

test_c_order_of_rows_says_nothing() {
    table
    anonymize 0
    cp release/data.csv first.csv
    (head -1 people.csv; tail -n +2 people.csv | tac) >turned.csv && mv turned.csv people.csv
    anonymize 0
    cmp first.csv release/data.csv || fail "the order of the input shows"
}

test_d_odd_tables() {
    table
    head -2 people.csv >one.csv && mv one.csv people.csv
    anonymize 5 # one row, k = 2
    err_has PRIVACY_NO_PLAN
    sed -i 's/k: 2/k: 1/' spec.yaml
    anonymize 0
    table
    (head -1 people.csv; for i in 1 2 3 4; do sed -n 2p people.csv; done) >same.csv && mv same.csv people.csv
    anonymize 0
    holds 'a["plan"]["score"] == 0 and a["plan"]["levels"] == [0, 0, 0]'
    table
    sed -i 's/k: 2/k: 50/' spec.yaml
    anonymize 5 # k > n
    [ ! -e release ] || fail "half a release"
    sed -i 's/suppression: 0/suppression: 1/' spec.yaml
    anonymize 3 # everything may be withheld, and is
    holds 'a["released_rows"] == 0 and a["withheld_rows"] == 7'
    head -1 people.csv >empty.csv && mv empty.csv people.csv
    anonymize 2
}

test_e_missing_values() {
    table
    printf 'Hal,,81931,male,flu\nIda,NA,81931,female,flu\n' >>people.csv
    sed -i 's/^metric: loss/metric: loss\nmissing: ["NA"]/' spec.yaml
    anonymize 0
    printf 'Jon,34,,male,flu\n' >>people.csv
    anonymize 4 # the file of the hierarchy has no line for it
    err_has 'row 11, column 3'
}

test_f_wrong_input_is_named_by_its_place() {
    table
    sed -i '/81925/d' zip.csv
    anonymize 4
    err_has 'row 4, column 3'
    grep -q 81925 "$home/err" && fail "the error shows a value"
    table
    sed -i 's/81675;8167\*;816\*\*;\*/81675;8167*;;*/' zip.csv
    anonymize 4
    err_has 'row 2, column 3'
    table
    sed -i 's/model: k-anonymity/model: k-anonimity/' spec.yaml
    anonymize 2
    err_has 'models'
    table
    sed -i 's/role: quasi, kind/rule: quasi, kind/' spec.yaml
    anonymize 2
    err_has 'line 3'
    table
    sed -i 's/^  sex:/  gender:/' spec.yaml
    anonymize 2
    err_has 'gender'
    table
    sed -i 's/k: 2}/l: 2}/' spec.yaml
    anonymize 2
}

test_g_every_model_in_one() {
    table
    for i in 1 2 3 4 5 6; do tail -n +2 people.csv; done >more && (head -1 people.csv; cat more) >people2.csv
    mv people2.csv people.csv
    cat >>spec.yaml <<'YAML'
YAML
    sed -i 's/^  - {model: k-anonymity, k: 2}/  - {model: k-anonymity, k: 2}\
  - {model: distinct-l, l: 2}\
  - {model: entropy-l, l: 2}\
  - {model: recursive-cl, c: 4, l: 2, column: disease}\
  - {model: t-closeness, t: 0.5, distance: ordered}\
  - {model: beta-likeness, beta: 3}\
  - {model: enhanced-beta-likeness, beta: 3}\
  - {model: delta-disclosure, delta: 3}\
  - {model: average-risk, threshold: 0.5}\
  - {model: sample-uniqueness, threshold: 0.1}/' spec.yaml
    anonymize 0
    holds 'a["proved"]'
}

test_i_hierarchies_by_rule() {
    table
    sed -i 's/zip: {role: quasi, hierarchy: zip.csv}/zip: {role: quasi, kind: redaction, steps: "3"}/' spec.yaml
    anonymize 0
    table
    sed -i 's/zip: {role: quasi, hierarchy: zip.csv}/zip: {role: quasi, kind: region, least: 1}/' spec.yaml
    anonymize 0
    cut -d, -f2 release/data.csv | grep -qE '^(northeast|midwest|south|west|other|unknown|\*)$' || fail "regions"
}

test_h_people_not_rows() {
    table
    sed -i 's/name: {role: identifying}/name: {role: person}/' spec.yaml
    for i in 1 2 3; do sed -n 2p people.csv; done >>people.csv # Ann four times: still one person
    sed -i 's/suppression: 0/suppression: 0.6/' spec.yaml
    anonymize 3
    holds 'a["smallest_class"] >= 2'
}

run_tests
