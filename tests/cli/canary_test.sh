#!/usr/bin/env bash
# Marked identifiers go in everywhere; nothing that comes out may carry the mark: rows, documents, report, errors, run.json,
# and what the process leaves on disk.
. "$(dirname "$0")/lib.sh"
mark=ZQXCANARY

# Every string of a synthetic population that names somebody gets the mark; broken and foreign records carry it too.
planted() {
    [ -d "$home/planted" ] && return
    population 200
    python3 - "$home/population" "$home/planted" "$mark" <<'PYTHON'
import json, os, sys
source, target, mark = sys.argv[1:4]
os.makedirs(target)
NAMING = {"family", "given", "prefix", "suffix", "line", "city", "text", "div", "value", "display", "data", "comment",
          "note", "district", "valueString"}
def plant(node, key=None):
    if isinstance(node, dict):
        return {k: plant(v, k) for k, v in node.items()}
    if isinstance(node, list):
        return [plant(v, key) for v in node]
    if isinstance(node, str) and key in NAMING:
        return node + " " + mark
    return node
for name in sorted(os.listdir(source)):
    with open(os.path.join(source, name)) as lines, open(os.path.join(target, name), "w") as out:
        for line in lines:
            try:
                out.write(json.dumps(plant(json.loads(line))) + "\n")
            except ValueError:
                out.write(line.rstrip("\n") + mark + "\n")
with open(os.path.join(target, "Broken.ndjson"), "w") as out:
    out.write('{"resourceType": "Patient", "id": "%s-1", "birthDate": "%s"}\n' % (mark, mark))
    out.write('{"resourceType": "Patient", "id": 7, "%s": "%s"}\n' % (mark, mark))
    out.write('{"resourceType": "%s", "id": "x"}\n' % mark)
    out.write('{"resourceType": "Condition", "code": "%s", "subject": {"reference": "Patient/%s"}}\n' % (mark, mark))
    out.write('{"%s": 1\n' % mark)
    out.write('"%s"\n' % mark)
with open(os.path.join(target, "flat.ndjson"), "w") as out:
    for i in range(30):
        out.write(json.dumps({"id": "%s-%d" % (mark, i), "age": 40, "gender": mark if i % 3 else "female",
                              "location": "12 %s Street, Boston, MA" % mark, "history": ["asthma", mark],
                              "medications": [mark + " 5 mg"], "allergies": [mark], "symptoms": "cough, " + mark,
                              "visit_date": "2024-03-01", "clinical_text": "Mr %s has asthma." % mark}) + "\n")
PYTHON
}

search() {
    if grep -rl "$mark" "$@"; then fail "the mark is in the files above"; fi
}

test_run() {
    planted
    "$lethe" run --input planted --output dataset --key project.key --raw-ceiling --frontier --json >run.out 2>run.err
    status=$?
    [ "$status" -eq 3 ] || { cat run.err >&2; fail "lethe run: $status"; }
    "$LETHE_DUMP" dataset/profiles/*/*.parquet >cells
    [ -s cells ] || fail 'no cells'
    search dataset cells run.out run.err
    grep -q LETHE_E_FHIR dataset/run.json || fail 'run.json names no trouble'
}

test_strict() {
    planted
    expect 4 "$lethe" run --input planted --output strict --key project.key --strict
    search out err
    [ ! -e strict ] || fail 'a strict run left a dataset'
}

test_profiles() {
    planted
    head -1 planted/flat.ndjson >one.json
    for verb in profile emergency; do
        expect 0 "$lethe" "$verb" --input one.json --key project.key
        search out err
    done
    head -c 60 one.json >cut.json
    for input in cut.json planted/Broken.ndjson; do
        "$lethe" profile --input "$input" --key project.key >out 2>err && fail 'a broken record has a profile'
        search out err
    done
}

test_verify_of_a_spoilt_dataset() {
    planted
    [ -d dataset ] || "$lethe" run --input planted --output dataset --key project.key --quiet >/dev/null
    cp -r dataset spoilt
    sed -i "s/\"audience\": \"unnamed\"/\"audience\": \"$mark\"/" spoilt/manifest.json
    sed -i "s/\"age_group\"/\"$mark\"/" spoilt/plan.json
    "$lethe" verify spoilt >out 2>err && fail 'a spoilt dataset was verified'
    search err
}

# Who asks a dataset may be asking about a patient: words and profiles are read, and said again only as vocabulary.
test_questions() {
    planted
    "$lethe" run --input planted --output asked --key project.key --quiet >/dev/null
    for verb in search predict; do
        for text in "Mr $mark has asthma" "$mark"; do
            "$lethe" "$verb" --dataset asked --text "$text" >out 2>err
            search out err
        done
        echo "{\"anonymous_id\": \"$mark\", \"categorical_features\": {\"$mark\": \"$mark\"}}" >asks.json
        "$lethe" "$verb" --dataset asked --profile asks.json >out 2>err && fail 'that was no profile'
        search out err
        "$lethe" "$verb" --dataset asked --id "anon_$mark" >out 2>err && fail 'that was nobody'
        search out err
    done
    "$lethe" evaluate --dataset asked --fit >out 2>err
    search out err asked
    "$lethe" predict --dataset asked --text "Mr $mark has asthma" --explain >out 2>err
    search out err
    "$lethe" erase --dataset asked --key project.key --id "anon_$mark" >out 2>err && fail 'that was nobody'
    search out err
    id=$("$LETHE_DUMP" --rows asked/profiles/split=train/*.parquet | head -1 | cut -d' ' -f1)
    expect 0 "$lethe" erase --dataset asked --key project.key --id "$id"
    search out err asked "$home/out" "$home/err"
}

run_tests
