#!/usr/bin/env bash
# The platform's scenarios, from its own records to profiles.
. "$(dirname "$0")/lib.sh"

pregnant='{"id": "p-1", "age": 27, "pregnancy": {"status": "pregnant", "trimester": 3}, "location": "Boston, MA", "season": "winter",
"history": ["allergic_rhinitis", "pneumonia_2022"], "symptoms": ["fatigue", "shortness_of_breath"]}'
cardiac='{"id": "p-2", "age": 58, "gender": "male", "symptoms": "chest pain, shortness of breath", "history": ["hypertension", "diabetes"],
"vital_signs": {"troponin": "elevated"}}'

key() {
    [ -f "$home/project.key" ] || "$lethe" keys new --output "$home/project.key" 2>/dev/null
}

check() {
    python3 - "$home/out" "$1" <<'PYTHON' || fail "not so: $1"
import json, sys
profile = json.load(open(sys.argv[1]))
f = profile["categorical_features"]
sys.exit(0 if eval(sys.argv[2]) else 1)
PYTHON
}

test_pregnant_in_winter() {
    key
    printf '%s' "$pregnant" | expect 0 "$lethe" profile --input - --key project.key
    check 'f["age_group"] == "25-30" and f["age_risk_group"] == "reproductive_age"'
    check 'f["pregnancy_status"] == "pregnant_trimester_3" and f["pregnancy_trimester"] == "third"'
    check 'f["location_category"] == "urban_northeast" and f["season_category"] == "winter"'
    check 'f["medical_history_categories"] == ["allergic_history", "respiratory_history"]'
    check 'f["medical_history_concepts"] == ["allergic_rhinitis", "pneumonia"]'
    check '"pregnancy_immunosuppression" in f["risk_factors"]'
    check 'profile["anonymous_id"].startswith("anon_") and len(profile["anonymous_id"]) == 31'
    check 'len(profile["clinical_text_embedding"]) == 768'
    check 'abs(sum(x * x for x in profile["clinical_text_embedding"]) - 1) < 1e-5'
    check 'profile["privacy"] == "pseudonymised" and profile["similarity_preserved"] is None'
    check 'profile["similarity_metadata"]["medical_similarity_weight"] == 0.8 and profile["prediction_ready"]'
}

test_emergency_cardiac() {
    key
    printf '%s' "$cardiac" | expect 0 "$lethe" emergency --input - --key project.key
    check 'f["age_group"] == "55-60" and f["sex"] == "male"'
    check 'set(f["medical_history_categories"]) >= {"cardiac_history"}'
    check '"troponin_elevated" in f["vital_flags"] and "troponin_elevated" in profile["emergency"]["flags"]'
    check 'any("cardi" in r or "coronary" in r for r in profile["emergency"]["risk_factors"])'
    check '0 < len(profile["emergency"]["prompt"].split()) <= 300'
}

test_same_pseudonym_everywhere() {
    key
    printf '%s' "$pregnant" | expect 0 "$lethe" profile --input - --key project.key
    cp out first
    printf '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", "id": "p-1",
"birthDate": "1990-02-03", "gender": "female"}}, {"resource": {"resourceType": "Encounter", "id": "e", "status": "finished",
"class": {"code": "AMB"}, "subject": {"reference": "Patient/p-1"}, "period": {"start": "2020-01-02"}}}]}' |
        expect 0 "$lethe" profile --input - --key project.key
    python3 -c 'import json, sys; a, b = (json.load(open(p)) for p in sys.argv[1:]); sys.exit(a["anonymous_id"] != b["anonymous_id"])' \
        first out || fail 'flat and FHIR have other pseudonyms'
}

test_array_is_a_bundle() {
    key
    patient='{"resourceType": "Patient", "id": "1", "birthDate": "1980-01-01", "gender": "male"}'
    visit='{"resourceType": "Encounter", "id": "e", "subject": {"reference": "Patient/1"}, "status": "finished",
        "class": {"code": "AMB"}, "period": {"start": "2020-02-02"}}'
    echo "[$patient, $visit]" | expect 0 "$lethe" profile --input - --key project.key
    cp "$home/out" array
    echo "{\"resourceType\": \"Bundle\", \"type\": \"collection\", \"entry\": [{\"resource\": $patient}, {\"resource\": $visit}]}" |
        expect 0 "$lethe" profile --input - --key project.key
    cmp -s "$home/out" array || fail 'an array and a Bundle of the same resources give other profiles'
}

# The first line behind a byte order mark counts, and a strict run stops at a record whose patient is nowhere.
test_marks_and_strays() {
    key
    mkdir -p input
    {
        printf '\357\273\277'
        for i in 1 2 3; do
            echo "{\"id\": \"$i\", \"age\": 40, \"sex\": \"female\", \"visit_date\": \"2020-02-02\", \"history\": [\"asthma\"]}"
        done
    } >input/a.ndjson
    expect 0 "$lethe" run --input input --output marked --key project.key --k 3 --quiet --json
    out_has '"patients_read": 3'
    echo '{"resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/9"}, "code": {"text": "x"}}' >input/b.ndjson
    expect 3 "$lethe" run --input input --output lenient --key project.key --k 3 --quiet
    expect 4 "$lethe" run --input input --output strict --key project.key --k 3 --quiet --strict
    err_has 'LETHE_E_FHIR_NO_PATIENT.*b.ndjson, line 1'
    [ ! -e strict ] || fail 'a strict run that stopped left a folder'
}

test_bad_records() {
    key
    for record in '{"id": []}' '{"id": "x", "age": "old"}' '[1' '{"resourceType": "Observation"}'; do
        printf '%s' "$record" | expect 4 "$lethe" profile --input - --key project.key
        err_has LETHE_E_
    done
    expect 7 "$lethe" profile --input nothing.json --key project.key
}

test_plan_checked() {
    population 300
    "$lethe" run --input population --output dataset --key project.key --quiet >/dev/null
    python3 - population one.json <<'PYTHON'
import json, os, sys
first = json.loads(open(os.path.join(sys.argv[1], "Patient.ndjson")).readline())
entries = []
for name in sorted(os.listdir(sys.argv[1])):
    for line in open(os.path.join(sys.argv[1], name)):
        try:
            resource = json.loads(line)
        except ValueError:
            continue
        if resource.get("id") == first["id"] or first["id"] in json.dumps(resource.get("subject", resource.get("patient", ""))):
            entries.append({"resource": resource})
json.dump({"resourceType": "Bundle", "type": "collection", "entry": entries}, open(sys.argv[2], "w"))
PYTHON
    status=0
    "$lethe" profile --input one.json --key project.key --plan dataset >out 2>err || status=$?
    case $status in
    0) check 'profile["privacy"] == "plan-checked"' ;;
    5) err_has LETHE_E_PRIVACY_SUPPORT ;;
    *) cat err >&2; fail "exit code $status" ;;
    esac
    "$lethe" keys new --output other.key 2>/dev/null
    expect 5 "$lethe" profile --input one.json --key other.key --plan dataset
    err_has LETHE_E_VERIFY_SIGNATURE
}

run_tests
