#!/bin/bash
# lethe deid, policy explain and reidentify, as their users meet them.
. "$(dirname "$0")/lib.sh"

key() {
    [ -f project.key ] || "$lethe" keys new --output project.key 2>/dev/null
}

# A folder of what a hospital exports: NDJSON, a Bundle, compressed files, and a file named after a patient.
export_folder() {
    [ -d export ] && return
    population 60
    mkdir export
    cp population/*.ndjson export/
    gzip -c population/Condition.ndjson >export/more.ndjson.gz
    cat >export/Zebulon_Quist.json <<'JSON'
{"resourceType": "Bundle", "type": "collection", "entry": [
 {"fullUrl": "urn:uuid:0c3b1f10-9a61-4a9e-8d2f-aaaabbbbcccc", "resource": {"resourceType": "Patient",
  "id": "zebulon-7731", "name": [{"family": "Quist", "given": ["Zebulon"]}], "birthDate": "1961-03-04", "gender": "male",
  "identifier": [{"system": "urn:hospital:mrn", "value": "7731984"}],
  "telecom": [{"system": "phone", "value": "555-7731"}], "address": [{"line": ["1 Quist Road"], "state": "OH", "postalCode": "43001"}]}},
 {"resource": {"resourceType": "Observation", "status": "final", "subject": {"reference": "urn:uuid:0c3b1f10-9a61-4a9e-8d2f-aaaabbbbcccc"},
  "code": {"coding": [{"system": "http://loinc.org", "code": "2339-0", "display": "Glucose"}], "text": "Glucose"},
  "effectiveDateTime": "2020-02-28T10:00:00+01:00", "valueQuantity": {"value": 5.00, "unit": "mmol/L"},
  "note": [{"text": "Mr Quist is well"}]}}]}
JSON
}

# The artefact of a run is what `lethe deid` makes of the same records, for somebody else.
test_beside_a_dataset() {
    key
    population 60
    expect 2 "$lethe" run --input population --output both --key project.key --fhir-output fhir --audience a --fhir-audience a
    err_has 'one audience'
    expect 2 "$lethe" run --input - --output both --key project.key --fhir-output fhir
    mkdir there
    expect 2 "$lethe" run --input population --output both --key project.key --fhir-output there
    [ ! -e both ] || fail 'a refused run made something'
    status=0
    "$lethe" run --input population --output both --key project.key --level internal --k 2 --quiet --audience a \
        --fhir-output fhir --fhir-audience b >/dev/null || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "exit code $status"
    status=0
    "$lethe" deid --input population --output alone --key project.key --audience b --quiet >/dev/null || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "exit code $status"
    cmp fhir/Condition.ndjson alone/Condition.ndjson || fail 'other records'
    grep -q '"audience": "b"' fhir/manifest.json && grep -q '"audience": "a"' both/manifest.json || fail 'audiences'
    ! grep -o 'anon_[a-z2-7]*' -r both/report.json fhir | grep -q anon_ || fail 'a pseudonym of the dataset'
}

test_deid() {
    key
    export_folder
    expect 0 "$lethe" deid --input export --output deid --key project.key --quiet --json --audience 'a study'
    holds 'a["withheld"] == 0 and a["resources"] > 100 and a["changes"] > 100'
    if grep -rliE '\bquist|zebulon|7731984|555-7731|0c3b1f10|hospital:mrn' deid; then fail 'something of the patient is left'; fi
    if grep -q '1961-03' deid/*.json; then fail 'a date of the patient is left'; fi # others may come to that month
    ls deid | grep -qi quist && fail 'a name of a file names a patient'
    [ -f deid/Condition.ndjson ] && [ -f deid/manifest.json ] && [ -f deid/manifest.sig ] && [ -f deid/changes.json ] || fail 'files'
    grep -q '5\.00' deid/*.json || fail 'a number lost its text'
    cp deid/manifest.json out
    holds 'a["privacy"] == "pseudonymised" and a["audience"] == "a study" and a["profile"] == "expert-determination-ml"'
    holds '"not anonymous" in a["is_not"] and len(a["files"]) >= 3 and all(len(f["sha256"]) == 64 for f in a["files"])'
    python3 - deid <<'PYTHON' || fail 'the manifest does not describe the files'
import hashlib, json, os, sys
folder = sys.argv[1]
manifest = json.load(open(os.path.join(folder, "manifest.json")))
for row in manifest["files"]:
    data = open(os.path.join(folder, row["path"]), "rb").read()
    assert hashlib.sha256(data).hexdigest() == row["sha256"] and len(data) == row["bytes"]
    for line in (data.splitlines() if row["path"].endswith("ndjson") else [data]):
        json.loads(line)
assert {r["path"] for r in manifest["files"]} | {"manifest.json", "manifest.sig", "changes.json"} == set(os.listdir(folder))
PYTHON
}

test_determinism() {
    key
    export_folder
    for threads in 1 2 7; do
        expect 0 "$lethe" deid --input export --output "deid-$threads" --key project.key --quiet --threads "$threads"
    done
    diff -r deid-1 deid-2 >/dev/null && diff -r deid-1 deid-7 >/dev/null || fail 'the output depends on the number of threads'
    "$lethe" keys new --output other.key 2>/dev/null
    expect 0 "$lethe" deid --input export/Patient.ndjson --output deid-other --key other.key --quiet
    expect 0 "$lethe" deid --input export/Patient.ndjson --output deid-one --key project.key --quiet
    cmp -s deid-one/Patient.ndjson deid-1/Patient.ndjson || fail 'a file alone gives other bytes than among others'
    python3 - deid-one/Patient.ndjson deid-other/Patient.ndjson <<'PYTHON' || fail 'tokens of two projects meet'
import json, sys
a, b = ({json.loads(line)["id"] for line in open(p)} for p in sys.argv[1:])
sys.exit(1 if a & b else 0)
PYTHON
}

test_withheld() {
    key
    mkdir -p bad
    printf '%s\n' '{"resourceType": "Patient", "id": "1", "gender": "male"}' '{"resourceType": "Secret7731"}' '{"resourceType": ' \
        '{"resourceType": "Patient", "id": "2"}' >bad/Patient.ndjson
    : >bad/Condition.ndjson
    expect 3 "$lethe" deid --input bad --output bad-out --key project.key --quiet
    out_has 'LETHE_E_FHIR_SHAPE.*line 2'
    out_has 'LETHE_E_JSON_SYNTAX.*line 3'
    grep -q Secret7731 out err && fail 'an error repeats its input'
    [ "$(wc -l <bad-out/Patient.ndjson)" -eq 2 ] && [ -f bad-out/Condition.ndjson ] && [ ! -s bad-out/Condition.ndjson ] || fail 'what was good is not there'
}

test_refused() {
    key
    export_folder
    mkdir -p there
    expect 7 "$lethe" deid --input export --output there --key project.key --quiet
    err_has LETHE_E_BASE_EXISTS
    expect 2 "$lethe" deid --input export --output export/deid --key project.key --quiet
    err_has LETHE_E_ENGINE_OVERLAP
    expect 2 "$lethe" deid --input export --output x --key project.key --as-of yesterday
    expect 2 "$lethe" deid --input export --output x --key project.key --profile none
    expect 2 "$lethe" deid --input export --output x --key project.key --profile safe-harbor --reversible
    expect 2 "$lethe" deid --input export --output x
    [ ! -e x ] || fail 'a refused run left a folder'
    chmod 644 project.key
    expect 6 "$lethe" deid --input export --output x --key project.key
    chmod 600 project.key
}

test_profiles() {
    key
    export_folder
    for profile in safe-harbor limited-dataset gdpr-pseudonymised research-dates; do
        expect 0 "$lethe" deid --input export/Zebulon_Quist.json --output "deid-$profile" --key project.key --quiet --profile "$profile"
        grep -q "\"profile\": \"$profile\"" "deid-$profile/manifest.json" || fail "the manifest does not name $profile"
        grep -rqiE 'quist|zebulon|7731984|555-7731' "deid-$profile" && fail "$profile keeps a name"
    done
    grep -q '"effectiveDateTime": "2020"' deid-safe-harbor/*.json || fail 'safe-harbor keeps more than the year'
    grep -q '"effectiveDateTime": "2020-02-28T10:00:00+01:00"' deid-limited-dataset/*.json || fail 'limited-dataset loses a date'
    grep -q 'identifier' deid-safe-harbor/*.json && ! grep -q '"value": 5.00' deid-safe-harbor/*.json && fail 'safe-harbor'
    true
}

test_reidentify() {
    key
    export_folder
    expect 0 "$lethe" deid --input export/Zebulon_Quist.json --output reversible --key project.key --quiet --reversible
    grep -oh 'rt1\.[a-z2-7]*' reversible/*.json >tokens || fail 'no reversible token'
    expect 0 "$lethe" reidentify --input tokens --key project.key --reason 'recontact for trial 12' --log events.log --json
    out_has '"value": "7731984"'
    out_has '"system": "urn:hospital:mrn"'
    [ "$(wc -l <events.log)" -eq 1 ] && grep -q 'recontact for trial 12' events.log || fail 'the use is not in the log'
    grep -q 7731984 events.log && fail 'the log holds the identifier'
    [ "$(stat -c %a events.log)" = 600 ] || fail 'the log is readable by others'
    expect 2 "$lethe" reidentify --input tokens --key project.key --reason short
    "$lethe" keys new --output other.key 2>/dev/null
    expect 6 "$lethe" reidentify --input tokens --key other.key --reason 'recontact for trial 12' --log events.log
    err_has LETHE_E_CRYPT_AUTH
    [ "$(wc -l <events.log)" -eq 2 ] || fail 'a use that failed is not in the log'
    sed 's/.$/a/' tokens >forged
    expect 6 "$lethe" reidentify --input forged --key project.key --reason 'recontact for trial 12' --log events.log
}

# What learning needs stays, by another reader's judgement, and what was valid stays valid.
test_kept() {
    population 60
    expect 0 python3 "$source_root/tests/interop/deid_utility.py" "$lethe" population
    out_has 'Coding.code .*kept:'
    out_has 'offsets'
    key
    mkdir -p valid
    cp population/Patient.ndjson population/Observation.ndjson valid/
    expect 0 "$lethe" validate --input valid --json
    expect 0 "$lethe" deid --input valid --output valid-deid --key project.key --quiet
    rm -r valid-deid
    expect 0 "$lethe" deid --input valid --output valid-deid --key project.key --quiet --provenance
    [ "$(grep -c '"resourceType":"Provenance"' valid-deid/provenance.ndjson)" -eq 2 ] || fail 'a Provenance for each file'
    rm valid-deid/changes.json valid-deid/manifest.*
    expect 0 "$lethe" validate --input valid-deid --json
}

test_policy() {
    expect 0 "$lethe" policy explain Patient.contact.telecom
    out_has 'action  redact'
    out_has 'line    Patient.contact'
    expect 0 "$lethe" policy explain Patient.birthDate --json
    holds 'a[0]["action"] == "generalize" and a[0]["reason"]'
    expect 0 "$lethe" policy explain Patient.birthDate --json --profile research-dates
    holds 'a[0]["action"] == "shift"'
    expect 0 "$lethe" policy explain --json
    holds 'len(a) > 7000 and all(r["action"] in ("keep", "pseudonymize", "shift", "generalize", "scrub", "redact") and r["reason"] for r in a)'
    expect 2 "$lethe" policy explain Patient.nothing
    printf '{"resourceType": "Patient", "name": [{"family": "Quist"}], "secret7731": 1}' >one.json
    expect 0 "$lethe" deid --explain --input one.json
    out_has 'redact .*Patient.name\[0\].family'
    out_has 'redact .*Patient\.? '
    grep -qE 'Quist|7731' out && fail 'an explanation tells a value'
    true
}

run_tests
