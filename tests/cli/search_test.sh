#!/usr/bin/env bash
# The index of a dataset and whoever asks it: by row, profile and words.
. "$(dirname "$0")/lib.sh"
dump=${LETHE_DUMP:?the program that signs again}

dataset() {
    population 300
    [ -d "$home/dataset" ] && return
    local status=0
    "$lethe" run --input population --output "$home/dataset" --key project.key --quiet >/dev/null 2>&1 || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "lethe run: $status"
}

search() {
    echo "$lethe" search --dataset "${1:-dataset}"
}

value() {
    python3 -c 'import json, sys; a = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$home/out" "$1"
}

# A flat record of somebody common enough for the plan.
profile() {
    for age in 30 45 60 10 70 20 50; do
        for gender in female male; do
            echo "{\"id\": \"p\", \"age\": $age, \"gender\": \"$gender\", \"visit_date\": \"2020-02-02\", \"history\": [\"hypertension\"]}" >one.json
            "$lethe" profile --input one.json --key project.key --plan dataset >profile.json 2>err && return
        done
    done
    fail 'nobody fits the plan'
}

test_a_run_builds_it() {
    dataset
    expect 0 "$lethe" index check --dataset dataset --json
    holds 'a["rows"] == json.load(open("dataset/manifest.json"))["total_profiles"] and a["dimensions"] == 768'
    holds 'a["patients"] == json.load(open("dataset/manifest.json"))["total_patients"] and a["generation"] == 1'
    grep -q vectors dataset/manifest.json && fail 'the manifest names the index'
    expect 0 "$lethe" verify dataset
    out_has 'lethe index build'
}

# Whoever receives the rows alone makes the same index, without a key; one that is there is replaced.
test_made_again() {
    dataset
    cp -r dataset again && rm -r again/vectors again/run.json
    told 7 LETHE_E_BASE_NOT_FOUND 'lethe index build' $(search again) --text asthma
    told 7 LETHE_E_BASE_NOT_FOUND 'lethe index build' "$lethe" index check --dataset again
    expect 0 "$lethe" index build --dataset again
    cmp dataset/vectors/base.lvx again/vectors/base.lvx || fail 'another index'
    expect 0 "$lethe" index build --dataset again --json
    holds 'a["generation"] == 2'
    expect 0 "$lethe" index check --dataset again
    [ "$(ls again/vectors | sort | tr '\n' ' ')" = 'base.lvx lock log-2.lvl ' ] || fail 'something is left'
    expect 0 "$lethe" verify again
    status=0
    "$lethe" run --input population --output without --key project.key --quiet --no-vectors >/dev/null || status=$?
    [ ! -e without/vectors ] || fail 'an index that nobody wanted'
    cmp dataset/plan.json without/plan.json || fail 'the index changed the release'
    rm -rf again without
}

test_by_row_and_patient() {
    dataset
    expect 0 $(search) --text hypertension --top-k 3 --json
    row=$(value 'a["hits"][0]["row_id"]')
    patient=$(value 'a["hits"][0]["anonymous_id"]')
    expect 0 $(search) --id "$row" --top-k 20 --json
    holds 'len(hits) == 20 and a["exact"] and all(h["anonymous_id"] != "'"$patient"'" for h in hits)'
    holds 'len({h["anonymous_id"] for h in hits}) == 20'
    holds '[h["similarity"] for h in hits] == sorted((h["similarity"] for h in hits), reverse=True)'
    holds 'all(set(h["shared"]) <= set(h["terms"]) and set(h["shared"]) <= {q["term"] for q in a["query"]} for h in hits)'
    holds 'a["weights"] == {"medical": 0.8, "demographic": 0.3, "temporal": 0.5}'
    expect 0 $(search) --id "$row" --rows --include-own --json --top-k 1
    holds 'abs(hits[0]["similarity"] - 1) < 1e-5'
    expect 0 $(search) --id "$patient" --json --top-k 5
    holds 'all(h["anonymous_id"] != "'"$patient"'" for h in hits)'
    expect 0 $(search) --id "$row"
    out_has '^ *1  anon_.*visit_'
    told 2 LETHE_E_VECTOR_NOT_FOUND 'of this dataset' $(search) --id anon_aaaaaaaaaaaaaaaaaaaaaaaaaa
    told 2 LETHE_E_VECTOR_NOT_FOUND 'of this dataset' $(search) --id visit_aaaaaaaaaaaaaaaaaaaaaaaaaa --json
    holds 'a["error"]["code"] == "LETHE_E_VECTOR_NOT_FOUND"'
    told 2 LETHE_E_VECTOR_NOT_FOUND 'of this dataset' $(search) --id "$(printf 'x%.0s' {1..500})"
}

# The similarities are those of the vectors in the Parquet files, in their order.
test_brute_force() {
    dataset
    python3 -c 'import pyarrow' 2>/dev/null || { echo '  (no pyarrow: not tested)'; return; }
    expect 0 $(search) --text hypertension --top-k 1 --json
    row=$(value 'a["hits"][0]["row_id"]')
    expect 0 $(search) --id "$row" --rows --top-k 50 --weights 1,2,0 --json --where 'split=train|test'
    python3 - "$home/out" "$row" <<'PYTHON' || fail 'another order than that of all rows'
import json, sys
import pyarrow.dataset as ds
answer, row = json.load(open(sys.argv[1])), sys.argv[2]
rows = ds.dataset("dataset/profiles", partitioning="hive").to_table(
    ["row_id", "anonymous_id", "split", "clinical_text_embedding"]).to_pylist()
me = next(r for r in rows if r["row_id"] == row)
parts = ((0, 640, .8, 1), (640, 704, .3, 2), (704, 768, .5, 0))
query = [x * u * 1.6 / (w * 3) for b, e, w, u in parts for x in me["clinical_text_embedding"][b:e]]
scores = {r["row_id"]: sum(x * y for x, y in zip(query, r["clinical_text_embedding"])) for r in rows
          if r["anonymous_id"] != me["anonymous_id"] and r["split"] in ("train", "test")}
best = sorted(scores.values(), reverse=True)[:50]
assert answer["rows"] >= len(scores) and len(answer["hits"]) == 50
for hit, score in zip(answer["hits"], best):
    assert abs(hit["similarity"] - score) < 1e-5 and abs(scores[hit["row_id"]] - score) < 1e-5, (hit["rank"], score)
PYTHON
}

test_where() {
    dataset
    expect 0 $(search) --text hypertension --json --top-k 50 --where split=test --where 'risk_factors!~nothing'
    holds 'hits and all("split=test" in h["terms"] for h in hits)'
    err_has 'no row has risk_factors~nothing'
    holds 'a["unknown_values"] == ["risk_factors~nothing"]'
    expect 0 $(search) --text hypertension --where split=nowhere
    out_has 'Nobody fits'
    err_has 'no row has split=nowhere: misspelt'
    expect 0 $(search) --text hypertension --json --top-k 9 --where 'medical_history_categories~cardiac_history|nowhere'
    holds 'hits and all("medical_history_categories~cardiac_history" in h["terms"] for h in hits)'
    told 2 LETHE_E_VECTOR_COLUMN 'schema.json' $(search) --text asthma --where colour=red
    told 2 LETHE_E_VECTOR_COLUMN 'schema.json' $(search) --text asthma --where split=test --where 'sex~female'
    err_has 'clause\[1\]'
    told 2 LETHE_E_VECTOR_COLUMN 'schema.json' $(search) --text asthma --where anonymous_id=x
    told 2 LETHE_E_VECTOR_FILTER 'column=v1|v2' $(search) --text asthma --where season
    told 2 LETHE_E_VECTOR_FILTER 'column=v1|v2' $(search) --text asthma --where sex=
}

# Words go through the vocabulary: what is denied is not there, what nobody knows is an error, nothing of the text is shown.
test_by_text() {
    dataset
    expect 0 $(search) --text 'hypertension. Denies asthma. Zebedee' --json
    holds '"medical_history_concepts~hypertension" in [q["term"] for q in a["query"]]'
    holds '"asthma" not in json.dumps(a["query"]) and "ebedee" not in json.dumps(a)'
    holds 'a["weights"]["temporal"] == 0 and a["weights"]["medical"] == 0.8'
    printf 'hypertension' | expect 0 $(search) --text - --weights 1,0,0
    out_has '^Looked for: .*hypertension'
    told 4 LETHE_E_ENGINE_TEXT 'Name conditions' $(search) --text 'Zebedee was here'
    grep -qi zebedee "$home/err" "$home/out" && fail 'the text is shown'
    printf '\377\376' | expect 4 $(search) --text -
    err_has LETHE_E_JSON_UTF8
}

test_by_profile() {
    dataset
    profile
    expect 0 $(search) --profile profile.json --json --top-k 5
    holds 'len(hits) == 5 and any(q["term"].startswith("medical_history") for q in a["query"])'
    expect 0 $(search) --profile - --top-k 5 <profile.json
    "$lethe" profile --input one.json --key project.key >bare.json
    told 5 LETHE_E_VECTOR_STAMP '--plan of this dataset' $(search) --profile bare.json
    err_has '(bare.json, plan)'
    for change in 'p["plan_sha256"] = "0" * 64' 'p["key_id"] = "0" * 16' 'p["vocabulary_version"] = "0"' \
        'p["schema_version"] = "2.0.0"' 'p["similarity_metadata"]["embedding_model"] = "other"'; do
        python3 -c 'import json, sys; p = json.load(open("profile.json")); exec(sys.argv[1]); json.dump(p, open("changed.json", "w"))' "$change"
        expect 5 $(search) --profile changed.json
        err_has 'LETHE_E_VECTOR_STAMP.*changed.json'
    done
    for change in 'p["privacy"] = "none"' 'del p["key_id"]' 'p["clinical_text_embedding"].pop()' 'p["anonymous_id"] = 7' \
        'p["clinical_text_embedding"][3] = 1e9' 'p["clinical_text_embedding"][3] = "x"' 'p["categorical_features"] = []' \
        'p["anonymous_id"] = "x" * 100'; do
        python3 -c 'import json, sys; p = json.load(open("profile.json")); exec(sys.argv[1]); json.dump(p, open("changed.json", "w"))' "$change"
        told 4 LETHE_E_ENGINE_PROFILE 'whole output' $(search) --profile changed.json
    done
    head -c 100 profile.json >cut.json
    expect 4 $(search) --profile cut.json
    err_has 'LETHE_E_JSON_SYNTAX.*cut.json'
    told 4 LETHE_E_ENGINE_PROFILE 'whole output' $(search) --profile one.json
    expect 7 $(search) --profile missing.json
}

# A patient of the release who comes again is not among the neighbours.
test_own_rows_are_left_out() {
    dataset
    profile
    expect 0 $(search) --text hypertension --top-k 1 --json
    patient=$(value 'a["hits"][0]["anonymous_id"]')
    python3 -c 'import json, sys; p = json.load(open("profile.json")); p["anonymous_id"] = sys.argv[1]; json.dump(p, open("own.json", "w"))' "$patient"
    expect 0 $(search) --profile own.json --top-k 100000 --json
    holds 'hits and all(h["anonymous_id"] != "'"$patient"'" for h in hits)'
    expect 0 $(search) --profile own.json --top-k 100000 --json --include-own
    holds 'any(h["anonymous_id"] == "'"$patient"'" for h in hits)'
}

# Damage is an error with a way out; an index that lies is found by check.
test_damaged_and_forged() {
    dataset
    cp -r dataset hurt
    truncate -s 5000 hurt/vectors/base.lvx
    told 5 'LETHE_E_VECTOR_[A-Z]*' 'lethe index build' $(search hurt) --text asthma
    told 5 'LETHE_E_VECTOR_[A-Z]*' 'lethe index build' "$lethe" index check --dataset hurt
    echo 'no index' >hurt/vectors/base.lvx
    told 5 'LETHE_E_VECTOR_[A-Z]*' 'lethe index build' $(search hurt) --text asthma
    cp dataset/vectors/base.lvx hurt/vectors/base.lvx
    printf 'x' | dd of=hurt/vectors/base.lvx bs=1 seek=100000 conv=notrunc 2>/dev/null
    told 5 LETHE_E_VECTOR_DAMAGED 'lethe index build' "$lethe" index check --dataset hurt
    expect 0 "$lethe" index build --dataset hurt
    expect 0 "$lethe" index check --dataset hurt
    rm -rf hurt
}

# The index of another release: of another plan by search, of other rows by check.
test_index_of_another() {
    dataset
    status=0
    "$lethe" run --input population --output other --key project.key --quiet --k 20 --level internal >/dev/null || status=$?
    cmp -s dataset/plan.json other/plan.json && fail 'the plans are equal: nothing is tested'
    cp -r dataset mixed && rm -r mixed/vectors && cp -r other/vectors mixed/vectors
    told 5 LETHE_E_VECTOR_STAMP 'lethe index build' $(search mixed) --text asthma
    err_has 'plan'
    told 5 LETHE_E_VECTOR_STAMP 'lethe index build' "$lethe" index check --dataset mixed
    # the same plan and key, but not the rows of this dataset: a stamp cannot tell, the rows do
    rm -r other
    "$lethe" synth --patients 300 --seed 6 --output people >/dev/null
    "$lethe" run --input people --output other --key project.key --quiet >/dev/null || true
    python3 - <<'PYTHON'
import hashlib, json
plan = open("dataset/plan.json", "rb").read()
manifest = json.load(open("other/manifest.json"))
for file in manifest["files"]:
    if file["path"] == "plan.json":
        file["sha256"], file["bytes"] = hashlib.sha256(plan).hexdigest(), len(plan)
open("other/plan.json", "wb").write(plan)
json.dump(manifest, open("other/manifest.json", "w"))
PYTHON
    "$dump" --sign project.key other/manifest.json other/manifest.sig
    expect 0 "$lethe" index build --dataset other
    cp other/vectors/* mixed/vectors/
    told 5 LETHE_E_ENGINE_INDEX 'lethe index build' "$lethe" index check --dataset mixed
    err_has 'profiles/split=test/part-00000.parquet, line 1, row_id'
    rm -rf mixed other people
}

# An index is made of what was signed or not at all.
test_rows_that_were_changed() {
    dataset
    cp -r dataset changed
    for file in changed/profiles/split=train/part-00000.parquet changed/plan.json; do
        cp "$file" kept
        printf ' ' >>"$file"
        expect 5 "$lethe" index build --dataset changed
        err_has "LETHE_E_VERIFY_CHECKSUM.*$(basename $file)"
        cp kept "$file"
    done
    sed -i 's/"audience": "unnamed"/"audience": "another"/' changed/manifest.json
    expect 5 "$lethe" index build --dataset changed
    err_has 'LETHE_E_VERIFY_SIGNATURE.*manifest.sig'
    cp dataset/manifest.json changed/manifest.json
    rm changed/profiles/split=train/part-00000.parquet
    expect 7 "$lethe" index build --dataset changed
    err_has 'LETHE_E_BASE_NOT_FOUND.*part-00000.parquet'
    expect 0 $(search changed) --text hypertension
    cmp dataset/vectors/base.lvx changed/vectors/base.lvx || fail 'a build that failed changed the index'
    [ "$(ls -A changed/vectors | wc -l)" -eq 3 ] || fail 'a build that failed left something'
    rm -rf changed
}

test_usage() {
    dataset
    expect 2 $(search)
    err_has 'one of --id, --profile and --text'
    expect 2 $(search) --id x --text y
    expect 2 $(search) --text chest pain
    err_has 'in quotes'
    expect 2 "$lethe" search --text x
    err_has '--dataset DIR is needed'
    for weights in 1,1 1,1,1,1 0,0,0 -1,1,1 a,b,c 1,1,1x ''; do
        expect 2 $(search) --text asthma --weights "$weights"
        err_has '--weights wants'
    done
    expect 2 $(search) --text asthma --top-k 0
    expect 2 $(search) --text asthma --top-k 100001
    err_has 'LETHE_E_ENGINE_OPTION.*top-k'
    many=$(for i in $(seq 65); do echo --where split=test; done)
    expect 2 $(search) --text asthma $many
    err_has 'more than 64 times'
    for words in '' walk 'build check'; do
        expect 2 "$lethe" index $words --dataset dataset
    done
    expect 7 "$lethe" search --dataset missing --text asthma
    err_has 'LETHE_E_BASE_NOT_FOUND.*missing/plan.json'
}

run_tests
