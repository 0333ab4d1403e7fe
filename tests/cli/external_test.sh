#!/usr/bin/env bash
# The level for publication: one row a person, lists counted in each class, sensitive items bounded.
. "$(dirname "$0")/lib.sh"
dump=${LETHE_DUMP:?the program that prints Parquet files}

release() {
    population 400
    [ -d published ] || "$lethe" run --input population --output published --key project.key --level external --quiet --dataset-name one \
        --threads "${1:-2}" >/dev/null || [ $? -eq 3 ]
}

test_it_proves_itself() {
    release
    expect 0 "$lethe" verify published
    python3 - published/manifest.json <<'PYTHON' || fail 'the manifest'
import json, sys
m = json.load(open(sys.argv[1]))
assert m["level"] == "external" and m["k"] == 11 and m["beta"] == 2 and m["attacker"] == {"visits": 1, "items": 2}, m
assert m["total_profiles"] == m["total_patients"] > 100 and m["snapshots"] == "followed", m
PYTHON
    "$dump" published/profiles/split=*/part-*.parquet >strings
    ! grep -qx 'ambulatory\|emergency\|inpatient\|virtual\|12-24\|24-60\|60+' strings || fail 'a column without hierarchy is there'
    [ "$("$dump" --rows published/profiles/split=*/part-*.parquet | cut -d' ' -f3 | sort -u)" = 0 ] || fail 'snapshots'
}

# What is guaranteed is attacked too: a class and two items together.
test_its_attackers() {
    release
    python3 - published/report.json <<'PYTHON' || fail 'the attackers'
import json, sys
rows = json.load(open(sys.argv[1]))["attackers"]["measured"]
sure = [a for a in rows if a["guaranteed"]]
assert any("1 visit and 2 list items" in a["description"] for a in sure), rows
assert all(a["below_k"] == 0 for a in sure), sure
PYTHON
}

test_threads_do_not_matter() {
    release
    status=0
    "$lethe" run --input population --output again --key project.key --level external --quiet --dataset-name one --threads 1 >/dev/null || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
    cmp published/manifest.json again/manifest.json || fail 'another manifest'
}

test_options() {
    population 400
    for refused in '--k 10' '--attacker-visits 2' '--attacker-items 1' '--snapshots visits' '--snapshots yearly'; do
        expect 2 "$lethe" run --input population --output x --key project.key --level external $refused
        err_has LETHE_E_ENGINE_OPTION
    done
    expect 2 "$lethe" run --input population --output x --key project.key --beta 2
    err_has beta
}

# What cannot be recounted per class is refused, and nothing changes.
test_neither_changed_nor_applied() {
    release
    id=$("$dump" --rows published/profiles/split=train/part-*.parquet | head -1 | cut -d' ' -f1)
    expect 2 "$lethe" erase --dataset published --id "$id" --key project.key
    err_has LETHE_E_ENGINE_LEVEL
    echo '{"id": "1", "age": 58, "gender": "male", "history": ["hypertension"]}' >one.json
    expect 2 "$lethe" profile --input one.json --key project.key --plan published
    err_has LETHE_E_ENGINE_LEVEL
    expect 0 "$lethe" verify published
    expect 0 "$lethe" search --dataset published --text hypertension
}

run_tests
