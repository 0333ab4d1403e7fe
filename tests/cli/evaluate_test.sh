#!/usr/bin/env bash
# What an evaluation says beside its own split: over time, and what anonymization cost.
. "$(dirname "$0")/lib.sh"

# Outcomes follow from the history; with `turn` they follow from another half of it from 2022 on. All are alike in age, sex
# and place, so the plan leaves the year.
make_years() { # NAME turn|still
    mkdir "$home/population-$1"
    python3 - "$2" >"$home/population-$1/all.ndjson" <<'PYTHON'
import json, random, sys
random.seed(7)
leads = ["asthma", "hypertension", "obesity", "hypothyroidism", "depression", "migraine"]
ends = ["pneumonia", "urinary_tract_infection", "type_2_diabetes", "anemia", "osteoarthritis", "psoriasis"]
for i in range(4000):
    has = [lead for lead in leads if random.random() < 0.3]
    first, had = 2015 + random.randrange(8), set()
    for year in range(first, first + 3):
        print(json.dumps({"id": f"p-{i}", "birth_date": "1970-02-01", "gender": "female", "location": "Boston, MA",
                          "visit_date": f"{year}-01-{10 + i % 5}", "history": sorted(set(has) | had)}))
        by = 3 if sys.argv[1] == "turn" and year >= 2022 else 0
        had |= {end for j, end in enumerate(ends) if random.random() < (0.4 if leads[(j + by) % 6] in has else 0.02)}
PYTHON
    # Splits follow from the key: one key, so that what is compared with an interval is compared on the same people.
    install -m 600 "$source_root/tests/fuzz/keyfile/one" fixed.key
    expect 0 "$lethe" run --input "population-$1" --output "$1" --key fixed.key --level internal --as-of 2026-06-01 --quiet \
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
    holds 'a["temporal"]["concepts"]["earlier_periods"]["hit_at_3"]["value"] < a["temporal"]["concepts"]["all_periods"]["hit_at_3"]["value"]'
    holds 'a["temporal"]["concepts"]["earlier_periods"]["brier_skill"]["value"] < a["temporal"]["concepts"]["all_periods"]["brier_skill"]["low"]'
    expect 0 "$lethe" evaluate --dataset dataset --json --quiet
    holds 'a["temporal"] == {"state": "period_withheld"}'
}

# What a run measures on released rows of everybody is what the evaluation of the dataset finds; the rest of the dataset
# does not change, and nothing depends on the threads.
test_raw_ceiling() {
    dataset
    local name
    for name in 1 3; do
        expect 3 "$lethe" run --input population-dataset --output "ceiling$name" --key project.key --level internal --quiet \
            --dataset-name dataset --raw-ceiling --threads "$name"
        out_has '^  prediction  *hit@3'
        (cd "ceiling$name" && find . -type f ! -name run.json -print0 | sort -z | xargs -0 sha256sum) >"digests$name"
    done
    cmp digests1 digests3 || fail 'other bytes with three threads'
    (cd dataset && find . -type f ! -name run.json ! -path './evaluation.*' ! -path './models/*' -print0 | sort -z |
        xargs -0 sha256sum) | diff - digests1 | grep '^>' | awk '{print $3}' | sort >"$home/changed"
    printf '%s\n' ./manifest.json ./manifest.sig ./report.html ./report.json | diff - "$home/changed" || fail 'other files changed'
    expect 0 "$lethe" verify ceiling1
    expect 0 "$lethe" evaluate --dataset ceiling1 --json --quiet
    cat >"$home/compare" <<'PYTHON'
import json, math
said = json.load(open("ceiling1/report.json"))["prediction"]
found = json.load(open("ceiling1/evaluation.json"))
assert said["measured"] and said["test_patients"] == found["test"]["patients"]
assert said["released"]["method"] == found["method"]
for level in ("concepts", "categories"):
    for trial in ("before_gate", "before_gate_outcomes_that_stayed", "released"):
        for figure in said[trial][level].values():
            assert all(v is None or abs(v * 100 - round(v * 100)) < 1e-9 for v in figure.values()), figure
    for name, figure in said["released"][level].items():
        wanted = found[level]["methods"][found["method"]][name]
        if wanted is None or wanted["patients"] < 20:
            assert figure["value"] is None
            continue
        for key in ("value", "low", "high"): # both are rounded
            assert abs(figure[key] - wanted[key]) <= .005 + .00005, (level, name, key, figure, wanted)
assert "prediction" not in json.load(open("dataset/report.json"))
PYTHON
    expect 0 python3 "$home/compare"
    grep -q 'What anonymization cost the predictions' ceiling1/report.html || fail 'the page lacks it'
    ! grep -q 'What anonymization cost the predictions' dataset/report.html || fail 'the page has what nobody asked for'
}

test_raw_ceiling_of_few() {
    [ -f project.key ] || "$lethe" keys new --output project.key 2>/dev/null
    "$lethe" synth --patients 80 --seed 9 --output population-few >/dev/null
    expect 3 "$lethe" run --input population-few --output few --key project.key --level internal --quiet --raw-ceiling
    python3 -c 'import json; assert json.load(open("few/report.json"))["prediction"] == {"measured": False}' || fail 'figures of few'
    grep -q 'too few patients, or no outcome' few/report.html || fail 'the page does not say so'
}

# What other guarantees would keep: the release's own row says what the rest of its report says, on any number of threads.
test_frontier() {
    dataset
    local name
    for name in 1 3; do
        expect 3 "$lethe" run --input population-dataset --output "frontier$name" --key project.key --level internal --quiet \
            --dataset-name dataset --frontier --threads "$name" --no-vectors
    done
    cmp frontier1/report.json frontier3/report.json || fail 'other figures with three threads'
    expect 0 "$lethe" verify frontier1
    cat >"$home/compare" <<'PYTHON'
import json
report = json.load(open("frontier1/report.json"))
rows = report.pop("frontier")
assert report == json.load(open("dataset/report.json")), "something else changed"
assert [(row["level"], row["k"]) for row in rows] == [(level, k) for level in ("internal", "standard") for k in (5, 11, 20)]
own, = (row for row in rows if row["released"])
assert (own["level"], own["k"]) == ("internal", 5) and own["found"]
assert own["information_kept"] == report["plan"]["information_kept"] and own["items_kept"] == report["lists"]["items_kept"]
assert own["visits_withheld"] == report["withheld"]["visits"]
assert abs(own["spearman"] - report["similarity"]["released_against_before_gate"]["spearman"]) <= .02 # of other pairs
by = {(a["visits"], a["items"]): a["unique"] for a in report["attackers"]["measured"]}
for name, known in ("unique_by_3_visits", (3, 0)), ("unique_by_all_visits", ("all", 0)), ("unique_by_1_visit_2_items", (1, 2)):
    assert abs(own[name] - by[known]) <= .0055, name
standard = next(row for row in rows if row["level"] == "standard" and row["k"] == 5)
if standard["found"]:
    assert standard["information_kept"] == report["plan"]["other_level"]["information_kept"]
for row in rows:
    figures = [row[name] for name in row if isinstance(row[name], float)]
    assert all(abs(100 * x - round(100 * x)) < 1e-9 for x in figures)
    assert row["found"] or not figures
PYTHON
    expect 0 python3 "$home/compare"
    grep -q 'internal, k = 5 (this release)' frontier1/report.html || fail 'the page lacks it'
}

# The platform's pregnant patient in winter, through profile, search and predict: a prediction where the release has k people
# like her, a refusal where it has not; what she has had is no candidate.
test_pregnant_in_winter() {
    make_dataset many 2000 7
    "$lethe" evaluate --dataset many --fit --quiet >/dev/null || fail 'lethe evaluate'
    local way history asked=0
    for way in '"season": "winter", "gender": "female", "history": ["allergic_rhinitis", "pneumonia_2022"]' \
        '"gender": "female", "history": ["allergic_rhinitis", "pneumonia_2022"]' '"gender": "female", "history": ["allergic_rhinitis"]'; do
        for history in '"age": 27, "pregnancy": {"status": "pregnant", "trimester": 3}, "location": "Boston, MA", "symptoms": ["fatigue"]' \
            '"age": 27, "location": "Boston, MA"'; do
            echo "{\"id\": \"p-1\", $history, $way}" >patient.json
            status=0
            "$lethe" profile --input patient.json --key project.key --plan many >profile.json 2>err || status=$?
            if [ "$status" -eq 5 ]; then
                grep -q LETHE_E_PRIVACY_SUPPORT err || fail 'refused for another reason'
                continue
            fi
            [ "$status" -eq 0 ] || fail "lethe profile: $status"
            asked=$((asked + 1))
            expect 0 "$lethe" search --dataset many --profile profile.json --top-k 100 --json
            holds 'len(hits) == 100 and all(x["similarity"] >= y["similarity"] for x, y in zip(hits, hits[1:]))'
            expect 0 "$lethe" predict --dataset many --profile profile.json --top 100
            holds 'a["neighbours"] <= 100 and len(a["conditions"]) > 0'
            holds 'not set(a["conditions"]) & set(json.load(open("profile.json"))["categorical_features"]["medical_history_concepts"])'
            holds 'all(c["interval"][0] <= c["interval"][1] for c in a["conditions"].values())'
        done
    done
    [ "$asked" -gt 0 ] || fail 'every profile was refused'
}

run_tests
