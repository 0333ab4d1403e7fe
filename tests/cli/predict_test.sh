#!/usr/bin/env bash
# How good predictions from a dataset are, and predictions: figures, files, bad input, damage, foreign and small datasets.
. "$(dirname "$0")/lib.sh"

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
