#!/bin/bash
# lethe deid --policy and lethe policy check, as their users meet them.
. "$(dirname "$0")/lib.sh"

policy() {
    cat >policy.json <<'JSON'
{
  "fhirVersion": "R4",
  "fhirPathRules": [
    {"path": "nodesByType('HumanName')", "method": "redact"},
    {"path": "Patient.adress", "method": "redact"},
    {"path": "nodesByType('Identifier').value", "method": "cryptoHash"},
    {"path": "Resource.id", "method": "cryptoHash"},
    {"path": "nodesByType('date')", "method": "dateShift"},
    {"path": "nodesByType('dateTime')", "method": "dateShift"}
  ],
  "parameters": {"dateShiftKey": "123", "cryptoHashKey": "123"}
}
JSON
}

records() {
    policy
    mkdir -p in
    [ -f project.key ] || "$lethe" keys new --output project.key 2>/dev/null
    printf '%s\n' '{"resourceType": "Patient", "id": "example", "name": [{"family": "Quist"}], "birthDate": "2000-01-01", "address": [{"line": ["1 Quist Road"], "state": "OH"}]}' \
        '{"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "Quist"}, "subject": {"reference": "Patient/example"}, "effectiveDateTime": "2015-02-07T13:28:17-05:00", "valueQuantity": {"value": 5.00}}' >in/records.ndjson
}

test_compat() {
    records
    expect 0 "$lethe" deid --input in --output theirs --key project.key --policy policy.json --compat ms --quiet
    grep -q '"id":"698d54f0494528a759f19c8e87a9f99e75a5881b9267ee3926bcf62c992d84ba"' theirs/*.ndjson || fail 'no HMAC of the key in the policy'
    grep -q '1 Quist Road' theirs/*.ndjson || fail 'what no rule touches stays there'
    grep -q '"effectiveDateTime":"[0-9-]*T00:00:00-05:00"' theirs/*.ndjson || fail 'times become zero there'
    grep -q '"semantics": "compat ms"' theirs/manifest.json || fail 'the manifest does not say whose semantics'
}

test_ours() {
    records
    for threads in 1 3; do
        expect 0 "$lethe" deid --input in --output "ours-$threads" --key project.key --policy policy.json --quiet --json --threads "$threads"
        holds 'a["withheld"] == 0 and a["changes"] > 3 and a["free_text_removed"] == 2'
    done
    diff -r ours-1 ours-3 >/dev/null || fail 'the output depends on the number of threads'
    grep -riE 'quist|698d54f0|"example"' ours-1 && fail 'something of the patient is left'
    grep -q '"value":5.00' ours-1/*.ndjson && grep -q 'T13:28:17-05:00' ours-1/*.ndjson && grep -q '"state":"OH"' ours-1/*.ndjson || fail 'too much is gone'
    python3 - ours-1/*.ndjson <<'PYTHON' || fail 'a reference no longer resolves'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
sys.exit(rows[1]["subject"]["reference"] != "Patient/" + rows[0]["id"])
PYTHON
    rm -f ours-1/manifest.json ours-1/changes.json
    expect 0 "$lethe" validate --input ours-1
}

test_check() {
    policy
    expect 5 "$lethe" policy check policy.json
    out_has '^never  *line 5  *Patient.adress'
    out_has '^key .*dateShiftKey'
    out_has '^open '
    expect 5 "$lethe" policy check policy.json --json
    holds 'a["rules"] == 6 and a["never"] == 1 and a["open"] > 100 and a["differs"] > 0'
    holds 'any(f["kind"] == "open" and f["path"] == "Patient.address.line" for f in a["findings"])'
    sed -i '/adress/d' policy.json
    expect 0 "$lethe" policy check policy.json
}

test_refused() {
    records
    sed 's/nodesByType(.HumanName.)/Patient.name.hide()/' policy.json >bad.json
    expect 2 "$lethe" policy check bad.json
    err_has 'LETHE_E_FHIR_PATH.*line 4'
    expect 2 "$lethe" deid --input in --output x --key project.key --policy bad.json
    sed 's/"redact"/"hide"/' policy.json >bad.json
    expect 2 "$lethe" policy check bad.json
    err_has 'LETHE_E_FHIR_POLICY.*line 4'
    expect 2 "$lethe" deid --input in --output x --key project.key --compat ms
    expect 2 "$lethe" deid --input in --output x --key project.key --policy policy.json --compat theirs
    expect 7 "$lethe" policy check nowhere.json
    [ ! -e x ] || fail 'a refused run left a folder'
}

run_tests
