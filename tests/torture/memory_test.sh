#!/usr/bin/env bash
# Allocations that fail, one by one and from one on: a documented exit code, an error line, no crash, no output folder.
# usage: memory_test.sh [SAMPLES a command, default 25]. LETHE_FAIL_MALLOC names the library that makes them fail.
. "$(dirname "$0")/../cli/lib.sh"
samples=${1:-25}
library=${LETHE_FAIL_MALLOC:?the library that makes allocations fail}

prepared() {
    [ -d "$home/dataset" ] && return
    "$lethe" synth --patients 20 --seed 5 --output "$home/population" >/dev/null
    "$lethe" keys new --output "$home/project.key" 2>/dev/null
    "$lethe" run --input "$home/population" --output "$home/dataset" --key "$home/project.key" --level internal --k 2 \
        --suppression-limit 0.9 --quiet >/dev/null
    [ -d "$home/dataset" ] || fail 'no dataset'
    echo '{"id": "1", "age": 44, "gender": "male", "history": ["asthma", "diabetes"], "symptoms": "cough",
        "medications": "metformin", "vital_signs": {"heart_rate": 120}, "location": "Boston, MA"}' >"$home/one.json"
}

# Whether a failure is one that the program states: memory, or what stands in for it where a library reports no reason.
stated() {
    case $1 in
    0 | 3) return 0 ;; # a library did without, and the answer stands
    1 | 2 | 4 | 5 | 6 | 7) grep -q 'lethe' err ;;
    *) return 1 ;;
    esac
}

# fail_each COMMAND…: for samples of n, spread over all allocations and close together at their beginning.
fail_each() {
    rm -rf made
    LETHE_FAIL_COUNT=count LD_PRELOAD=$library "$@" >out 2>err
    local total
    total=$(cat count)
    [ "$total" -gt 10 ] || fail "only $total allocations"
    for ((i = 0; i < samples; i++)); do
        # quadratic: most allocations of interest come before the many of the data
        local n=$((1 + total * i * i / (samples * samples) + i))
        for on in 0 1; do
            rm -rf made
            status=0
            LETHE_FAIL_AT=$n LETHE_FAIL_ON=$on LD_PRELOAD=$library timeout 60 "$@" >out 2>err || status=$?
            stated "$status" || { cat err >&2; fail "allocation $n of $total (on: $on): exit code $status: $*"; }
            [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || [ ! -e made ] || fail "allocation $n (on: $on): an output is there"
            [ -z "$(find . -maxdepth 1 -name '.*writing*')" ] || fail "allocation $n (on: $on): a temporary folder is there"
        done
    done
}

test_run() {
    prepared
    fail_each "$lethe" run --input population --output made --key project.key --level internal --k 2 \
        --suppression-limit 0.9 --threads 1 --quiet
    fail_each "$lethe" run --input population --output made --key project.key --level internal --k 2 \
        --suppression-limit 0.9 --threads 3 --memory 64MiB --json
}

test_tables() {
    { echo age,zip,sex,ward; for i in $(seq 60); do echo "$((i % 7 + 30)),0211$((i % 5)),$((i % 2)),w$((i % 4))"; done; } >table.csv
    fail_each "$lethe" risk --input table.csv --qi age,zip,sex --person ward --sampling-fraction 0.1 --json
    fail_each "$lethe" risk --input table.csv --qi age,zip --population table.csv
    fail_each "$lethe" attack --original table.csv --released table.csv --control table.csv --attempts 20 --threads 1 --json
    fail_each "$lethe" counts --input table.csv --by ward,sex --json
    fail_each "$lethe" hierarchy build --kind redaction --input table.csv --column zip --output made
    fail_each "$lethe" hierarchy build --kind interval --steps 5,10 --range 0:99 --output made
}

# A Bundle whose resources need every part of the validator.
test_validate() {
    prepared
    cat >valid.json <<'JSON'
{"resourceType": "Bundle", "type": "collection", "entry": [
 {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001", "resource": {"resourceType": "Patient", "contained":
  [{"resourceType": "Organization", "id": "o", "name": "n"}], "managingOrganization": {"reference": "#o"}}},
 {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000002", "resource": {"resourceType": "RiskAssessment", "status": "final",
  "subject": {"reference": "urn:uuid:00000000-0000-4000-8000-000000000001"}, "prediction": [{"probabilityDecimal": 10}]}},
 {"resource": {"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "1", "type": "string"}, {"linkId": "2",
  "type": "string", "enableWhen": [{"question": "1", "operator": "exists", "answerBoolean": true}]}]}}]}
JSON
    fail_each "$lethe" validate --input valid.json --threads 1 --quiet
    fail_each "$lethe" validate --input population --threads 3 --json
}

digest() {
    (cd "$1" && find . -type f ! -name run.json -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}

# An erasure that memory ends leaves the old dataset, or it was done; nothing half, and nothing beside it.
test_erase() {
    prepared
    local id was will now total n on
    id=$("$lethe" search --dataset dataset --text hypertension --top-k 1 --json |
        grep -o 'anon_[a-z2-7]*' | head -1)
    was=$(digest dataset)
    rm -rf made && cp -r dataset made
    LETHE_FAIL_COUNT=count LD_PRELOAD=$library "$lethe" erase --dataset made --id "$id" --key project.key --threads 1 >out 2>err ||
        fail "not erased: $(cat err)"
    will=$(digest made)
    total=$(cat count)
    for ((i = 0; i < samples; i++)); do
        n=$((1 + total * i / samples + RANDOM % 50))
        for on in 0 1; do
            rm -rf made && cp -r dataset made
            status=0
            LETHE_FAIL_AT=$n LETHE_FAIL_ON=$on LD_PRELOAD=$library timeout 60 "$lethe" erase --dataset made --id "$id" \
                --key project.key --threads 1 >out 2>err || status=$?
            stated "$status" || { cat err >&2; fail "allocation $n of $total (on: $on): exit code $status: erase"; }
            now=$(digest made)
            [ "$now" = "$will" ] || { [ "$status" -ne 0 ] && [ "$now" = "$was" ]; } || fail "allocation $n (on: $on): half a dataset"
            [ -z "$(find . -maxdepth 1 -name '.made.*')" ] || fail "allocation $n (on: $on): a temporary folder is there"
        done
    done
}

# An answer that memory ends is not there, or it was paid.
test_dp() {
    { echo patient,dx; for i in $(seq 300); do echo "$((i % 90)),$((i % 4))"; done; } >visits.csv
    rm -f ledger && "$lethe" dp budget --new ledger --epsilon 900 --delta 0.01 2>/dev/null
    fail_each "$lethe" dp histogram --input visits.csv --person patient --column dx --max-rows 2 --epsilon 0.1 --delta 1e-6 \
        --budget ledger
    fail_each "$lethe" dp quantile --input visits.csv --person patient --column dx --lower 0 --upper 4 --epsilon 0.1 \
        --budget ledger --json
    "$lethe" dp budget --budget ledger >out 2>err || fail "the ledger is damaged: $(cat err)"
}

test_profile() {
    prepared
    fail_each "$lethe" profile --input one.json --key project.key
    fail_each "$lethe" profile --input one.json --key project.key --plan dataset
}

test_verify() {
    prepared
    fail_each "$lethe" verify dataset
}

run_tests
