#!/usr/bin/env bash
# lethe validate: what it reads, what it says, and how it ends.
. "$(dirname "$0")/lib.sh"

patient() {
    echo "{\"resourceType\": \"Patient\", \"id\": \"p\"$1}"
}

# But for the lines that the generator breaks on purpose.
test_a_population_is_valid() {
    "$lethe" synth --patients 60 --seed 3 --contents full --output ndjson >/dev/null
    "$lethe" synth --patients 60 --seed 3 --format bundle --output bundles >/dev/null
    expect 0 "$lethe" validate --input bundles --json
    holds 'a["valid"] and a["invalid"] == 0 and a["errors"] == 0 and a["resources"] > 500'
    expect 5 "$lethe" validate --input ndjson --json
    holds '[r["rule"] for r in a["rules"]] == ["json"] and a["resources"] > 500'
    gzip -k ndjson/Patient.ndjson
    expect 0 "$lethe" validate --input ndjson/Patient.ndjson.gz
    out_has ' 0 documents invalid, 0 errors'
    "$lethe" validate --input - <ndjson/Patient.ndjson >/dev/null || fail 'standard input'
}

test_issues_have_a_rule_and_a_place() {
    { patient ''; patient ', "birthDate": "1980-02-30"'; echo; patient ', "gender": "SECRETMARK", "SECRETMARK": "SECRETMARK"'; } >a.ndjson
    expect 5 "$lethe" validate --input a.ndjson
    out_has 'error   primitive: .*(a.ndjson, line 2, byte 91)'
    out_has '^        Patient.birthDate$'
    out_has '3 documents, 3 resources: 2 documents invalid, 3 errors, 0 warnings'
    grep -q SECRETMARK "$home/out" "$home/err" && fail 'a value of the input is shown'
    expect 5 "$lethe" validate --input a.ndjson --json
    holds '[(i["rule"], i["code"], i["line"], i["path"]) for i in a["issues"]] == [("primitive", "value", 2, "Patient.birthDate"), ("binding", "code-invalid", 4, "Patient.gender"), ("unknown-element", "structure", 4, "Patient")]'
    holds 'not a["valid"] and {r["rule"]: r["issues"] for r in a["rules"]} == {"primitive": 1, "binding": 1, "unknown-element": 1}'
}

test_warnings_are_no_errors() {
    echo '{"resourceType": "ValueSet", "status": "draft", "name": "no name"}' >warned.json
    expect 0 "$lethe" validate --input warned.json
    out_has 'warning vsd-0'
}

# The list is bounded, and the same at any number of threads; what is not listed is counted.
test_the_first_issues_are_listed() {
    mkdir many
    for file in 1 2 3 4; do
        for line in $(seq 200); do patient ', "active": "yes", "x": 1'; done >"many/$file.ndjson"
    done
    expect 5 "$lethe" validate --input many --issues 7 --threads 1 --json
    holds 'len(a["issues"]) == 7 and a["errors"] == 1600 and a["invalid"] == 800'
    holds '[i["line"] for i in a["issues"]] == [1, 1, 2, 2, 3, 3, 4]'
    cp "$home/out" one
    expect 5 "$lethe" validate --input many --issues 7 --threads 4 --json
    cmp one "$home/out" || fail 'another list on four threads'
    expect 5 "$lethe" validate --input many --issues 7
    out_has 'and 1593 more'
}

test_what_is_not_r4_is_told() {
    echo '<Patient xmlns="http://hl7.org/fhir"/>' >a.xml
    expect 5 "$lethe" validate --input a.xml
    out_has 'error   xml: this is XML'
    mkdir mixed && cp a.xml mixed && patient '' >mixed/p.json
    expect 0 "$lethe" validate --input mixed
    out_has '^1 files of other kinds were not read'
    echo '{"resourceType": "ProcedureRequest"}' >stu3.json
    expect 5 "$lethe" validate --input stu3.json
    out_has 'error   stu3: this is FHIR STU3'
    patient ', "meta": {"profile": ["http://hl7.org/fhir/5.0/StructureDefinition/Patient"]}' >r5.json
    expect 5 "$lethe" validate --input r5.json
    out_has 'error   r5: '
    echo '{"resourceType": "Patient"' >cut.json
    expect 5 "$lethe" validate --input cut.json
    out_has 'error   json: not JSON (cut.json, byte '
    head -c 300 /dev/urandom >noise.json
    expect 5 "$lethe" validate --input noise.json
}

test_it_ends_as_documented() {
    expect 7 "$lethe" validate --input nothing-here
    err_has LETHE_E_BASE_NOT_FOUND
    mkdir empty
    expect 2 "$lethe" validate --input empty
    expect 2 "$lethe" validate
    expect 2 "$lethe" validate --input a --issues 2000000
}

test_the_rules_are_listed() {
    expect 0 "$lethe" validate --rules
    out_has '^Checked:$'
    out_has '^Not checked:$'
    out_has 'pat-1 .*Patient.contact'
    expect 0 "$lethe" validate --rules --json
    holds 'len(a["rules"]) > 230 and {r["checked"] for r in a["rules"]} >= {"yes"} and len(a["not_checked"]) > 3'
}

# The official examples of R4: accepted, but for those that docs/SPEC-validate.md names with the reason.
test_official_examples() {
    shared=${LETHE_SHARED:-$source_root/../shared}/data/fhir/r4-examples.tar.zst
    [ -f "$shared" ] || { echo '  no reference data: the official examples are not looked at' >&2; return; }
    mkdir examples && tar --zstd -xf "$shared" -C examples
    expect 5 "$lethe" validate --input examples --json --quiet --issues 100000
    python3 - "$home/out" "$source_root/docs/SPEC-validate.md" <<'PYTHON' || fail 'other examples are rejected than the SPEC explains'
import json, os, re, sys
a = json.load(open(sys.argv[1]))
assert a["documents"] == 490, a["documents"]
rejected = {os.path.basename(i["file"]) for i in a["issues"] if i["severity"] == "error"}
explained = set(re.findall(r"^\| `([A-Za-z0-9-]+\.json)`", open(sys.argv[2]).read(), re.M))
assert len(rejected) == a["invalid"]
print(rejected ^ explained)
sys.exit(rejected != explained)
PYTHON
}

run_tests
