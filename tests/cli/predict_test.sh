#!/usr/bin/env bash
# How good predictions from a dataset are, and predictions: figures, files, bad input, damage, foreign and small datasets.
. "$(dirname "$0")/lib.sh"

make_dataset() { # NAME PATIENTS SEED [OPTION…]
    local name=$1 patients=$2 seed=$3 status=0
    shift 3
    [ -d "$home/$name" ] && return
    [ -f "$home/project.key" ] || "$lethe" keys new --output "$home/project.key" 2>/dev/null
    "$lethe" synth --patients "$patients" --seed "$seed" --output "$home/population-$name" >/dev/null
    "$lethe" run --input "$home/population-$name" --output "$home/$name" --key "$home/project.key" --level internal --quiet \
        "$@" >/dev/null 2>&1 || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "lethe run: $status"
}

dataset() {
    make_dataset dataset 900 5
}

fitted() {
    dataset
    [ -f "$home/dataset/models/prediction.bin" ] || "$lethe" evaluate --dataset "$home/dataset" --fit --quiet >/dev/null
}

test_nothing_is_predicted_without_models() {
    dataset
    cp -r dataset unfitted && rm -rf unfitted/models unfitted/evaluation.*
    told 5 LETHE_E_ENGINE_NO_MODEL 'lethe evaluate --fit' "$lethe" predict --dataset unfitted --text asthma
    holds 'a["error"]["code"] == "LETHE_E_ENGINE_NO_MODEL"'
    expect 0 "$lethe" evaluate --dataset unfitted --quiet
    [ ! -e unfitted/models ] || fail 'models that nobody wanted'
    rm -rf unfitted
}

test_evaluate() {
    dataset
    expect 0 "$lethe" evaluate --dataset dataset --fit
    out_has '^Default: '
    out_has 'hit@3'
    out_has 'Of a synthetic population'
    out_has 'models/prediction.bin'
    expect 0 "$lethe" evaluate --dataset dataset --json --quiet
    cmp "$home/out" dataset/evaluation.json || fail 'another document'
    holds 'a["judged"] and a["method"] in ("prevalence", "logistic", "neighbours", "blend")'
    holds 'set(a["concepts"]["methods"]) == {"prevalence", "jaccard", "logistic", "neighbours", "blend"}'
    holds 'all(f is None or f["low"] <= f["value"] <= f["high"] for l in ("concepts", "categories") for m in a[l]["methods"].values() for f in m.values())'
    holds 'a["test"]["patients"] <= json.load(open("dataset/manifest.json"))["splits"]["test"]["patients"]'
    grep -q 'synthetic population' dataset/evaluation.html || fail 'the page does not say what it measures'
    [ -z "$(find dataset -name '*.writing')" ] || fail 'something is left'
    expect 0 "$lethe" verify dataset
}

# Outcomes follow from the history; with `turn` they follow from another half of it from 2022 on. All are alike in age, sex
# and place, so the plan leaves the year.
make_years() { # NAME turn|still
    mkdir "$home/population-$1"
    python3 - "$2" >"$home/population-$1/all.ndjson" <<'PYTHON'
import json, random, sys
random.seed(7)
leads = ["asthma", "hypertension", "obesity", "hypothyroidism", "depression", "migraine"]
ends = ["pneumonia", "urinary_tract_infection", "type_2_diabetes", "anemia", "osteoarthritis", "psoriasis"]
for i in range(3000):
    has = [lead for lead in leads if random.random() < 0.3]
    first, had = 2015 + random.randrange(8), set()
    for year in range(first, first + 3):
        print(json.dumps({"id": f"p-{i}", "birth_date": "1970-02-01", "gender": "female", "location": "Boston, MA",
                          "visit_date": f"{year}-01-{10 + i % 5}", "history": sorted(set(has) | had)}))
        by = 3 if sys.argv[1] == "turn" and year >= 2022 else 0
        had |= {end for j, end in enumerate(ends) if random.random() < (0.4 if leads[(j + by) % 6] in has else 0.02)}
PYTHON
    expect 0 "$lethe" run --input "population-$1" --output "$1" --key project.key --level internal --as-of 2026-06-01 --quiet \
        --no-vectors
    expect 0 "$lethe" index build --dataset "$1" --quiet
    expect 0 "$lethe" evaluate --dataset "$1" --quiet
    out_has '^Over time: learnt from 2015 to 2020, judged in 2022 to 2024'
    expect 0 "$lethe" evaluate --dataset "$1" --json --quiet
    holds 'a["temporal"]["state"] == "judged" and set(a["temporal"]["concepts"]) == {"earlier_periods", "prevalence_of_earlier", "all_periods"}'
    grep -q 'Learnt from the years 2015 to 2020' "$1/evaluation.html" || fail 'the page does not say it'
}

test_over_time() {
    dataset
    make_years still still
    holds 'a["temporal"]["concepts"]["earlier_periods"]["hit_at_3"]["value"] >= a["temporal"]["concepts"]["all_periods"]["hit_at_3"]["low"]'
    holds 'a["temporal"]["concepts"]["earlier_periods"]["lift"]["low"] > 1'
    make_years turn turn
    holds 'a["temporal"]["concepts"]["earlier_periods"]["hit_at_3"]["value"] < a["temporal"]["concepts"]["all_periods"]["hit_at_3"]["low"]'
    holds 'a["temporal"]["concepts"]["earlier_periods"]["lift"]["value"] < 1'
    expect 0 "$lethe" evaluate --dataset dataset --json --quiet
    holds 'a["temporal"] == {"state": "period_withheld"}'
}

test_predict() {
    fitted
    expect 0 "$lethe" predict --dataset dataset --text 'hypertension, obesity' --explain
    holds 'len(a["conditions"]) <= 3 and "hypertension" not in a["conditions"] and "obesity" not in a["conditions"]'
    holds 'all(0 < c["probability"] < 1 and c["support"] >= 11 and c["interval"][0] <= c["interval"][1] for c in a["conditions"].values())'
    holds 'all(n in [v["name"] for v in json.load(open("dataset/vocabulary.json"))["values"] if v["column"] == "outcomes"] for n in list(a["conditions"]) + a["set"]["names"])'
    holds 'a["candidates"] >= a["withheld"] + a["abstained"] and isinstance(a["shared"], list)'
    expect 0 "$lethe" predict --dataset dataset --text asthma --top 1
    holds 'len(a["conditions"]) <= 1 and "shared" not in a'
    expect 0 sh -c "echo asthma | '$lethe' predict --dataset dataset --text -"
    "$lethe" search --dataset dataset --text asthma --json --top-k 1 >"$home/found"
    id=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["hits"][0]["anonymous_id"])' "$home/found")
    expect 0 "$lethe" predict --dataset dataset --id "$id"
}

test_bad_input() {
    fitted
    expect 2 "$lethe" predict --dataset dataset
    expect 2 "$lethe" predict --dataset dataset --text asthma --id anon_x
    expect 2 "$lethe" predict --dataset dataset --text asthma copd
    expect 2 "$lethe" predict --dataset dataset --text asthma --top 0
    expect 2 "$lethe" predict --dataset dataset --text asthma --top 101
    expect 2 "$lethe" evaluate --dataset dataset again
    told 2 LETHE_E_VECTOR_NOT_FOUND 'Ids are' "$lethe" predict --dataset dataset --id anon_nobody
    told 4 LETHE_E_ENGINE_TEXT 'Name conditions' "$lethe" predict --dataset dataset --text 'zzz qqq'
    echo '{}' >profile.json
    told 4 LETHE_E_ENGINE_PROFILE 'lethe profile' "$lethe" predict --dataset dataset --profile profile.json
    expect 7 "$lethe" predict --dataset dataset --profile missing.json
}

test_foreign_profile() {
    fitted
    make_dataset other 300 8
    echo '{"id": "p", "age": 45, "gender": "female", "visit_date": "2020-02-02", "history": ["hypertension"]}' >one.json
    "$lethe" profile --input one.json --key project.key >profile.json 2>/dev/null || fail 'lethe profile'
    expect 5 "$lethe" predict --dataset dataset --profile profile.json
    err_has 'LETHE_E_VECTOR_STAMP'
}

test_damaged_and_foreign_models() {
    fitted
    make_dataset other 300 8
    cp -r dataset broken
    printf 'x' | dd of=broken/models/prediction.bin bs=1 seek=500 conv=notrunc 2>/dev/null
    told 5 LETHE_E_ENGINE_MODEL 'lethe evaluate --fit' "$lethe" predict --dataset broken --text asthma
    head -c 1000 dataset/models/prediction.bin >broken/models/prediction.bin
    told 5 LETHE_E_ENGINE_MODEL 'lethe evaluate --fit' "$lethe" predict --dataset broken --text asthma
    : >broken/models/prediction.bin
    told 5 LETHE_E_ENGINE_MODEL 'lethe evaluate --fit' "$lethe" predict --dataset broken --text asthma
    rm -rf broken/models
    told 5 LETHE_E_ENGINE_NO_MODEL 'lethe evaluate --fit' "$lethe" predict --dataset broken --text asthma
    mkdir -p other/models && cp dataset/models/prediction.bin other/models/
    told 5 LETHE_E_ENGINE_MODEL_STAMP 'lethe evaluate --fit' "$lethe" predict --dataset other --text asthma
    rm -rf broken
}

test_without_an_index() {
    fitted
    cp -r dataset bare && rm -r bare/vectors
    told 7 LETHE_E_BASE_NOT_FOUND 'lethe index build' "$lethe" evaluate --dataset bare
    told 7 LETHE_E_BASE_NOT_FOUND 'lethe index build' "$lethe" predict --dataset bare --text asthma
    rm -rf bare
}

test_small_datasets() {
    make_dataset small 80 9
    status=0
    "$lethe" evaluate --dataset small --fit --quiet >"$home/out" 2>"$home/err" || status=$?
    case $status in
    0)
        out_has 'Too few test patients'
        grep -q 'Too few patients' small/evaluation.html || fail 'the page does not say so'
        expect 0 "$lethe" predict --dataset small --text hypertension
        ;;
    5) grep -q 'LETHE_E_ENGINE_NO_OUTCOME\|LETHE_E_LEARN_TOO_FEW' "$home/err" || fail 'another error' ;;
    *) fail "exit code $status" ;;
    esac
    make_dataset latest 80 9 --snapshots latest
    told 5 LETHE_E_ENGINE_NO_OUTCOME 'Outcomes that' "$lethe" evaluate --dataset latest --quiet
}

run_tests
