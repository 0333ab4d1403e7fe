#!/usr/bin/env bash
# What an operator gets wrong at night: each has its exit code, a message that says what and where, and a line that says what
# helps; and nothing half done is left.
. "$(dirname "$0")/lib.sh"
dump=${LETHE_DUMP:?the program that signs again}

dataset() {
    population 200
    if [ ! -d "$home/dataset" ]; then
        expect_any '0 3' "$lethe" run --input population --output "$home/dataset" --key project.key --quiet
        "$lethe" keys public --key project.key >"$home/project.pub"
        "$lethe" keys new --output "$home/other.key" 2>/dev/null
        "$lethe" keys public --key other.key >"$home/other.pub"
        echo '{"id": "x", "age": 40, "gender": "female", "history": ["hypertension"]}' >"$home/one.json"
    fi
}

expect_any() {
    local wanted=$1 got=0
    shift
    "$@" >"$home/out" 2>"$home/err" || got=$?
    case " $wanted " in *" $got "*) ;; *) cat "$home/err" >&2; fail "exit code $got instead of $wanted: $*" ;; esac
}

# told_at CODE NAME PLACE ADVICE COMMAND…: the exit code, the error's name with its place in one line, advice under it.
told_at() {
    local code=$1 name=$2 place=$3 advice=$4
    shift 4
    expect "$code" "$@"
    err_has "^lethe [a-z]*: $name: .*($place"
    grep -A1 -- "$name" "$home/err" | grep -q -- "^  .*$advice" || { cat "$home/err" >&2; fail "no advice: $advice"; }
}

# run_to OUTPUT [KEY] [INPUT]: the arguments of a run.
run_to() {
    echo "$lethe" run --input "${3:-population}" --output "$1" --key "${2:-project.key}" --quiet
}

nothing_left() {
    [ ! -e made ] || fail 'an output is there'
    [ -z "$(find . -name '.*writing*')" ] || fail 'a temporary folder is there'
}

test_dataset_of_a_newer_version() {
    dataset
    rm -rf newer && cp -r dataset newer
    sed -i 's/"schema_version": "1.0.0"/"schema_version": "2.0.0"/' newer/manifest.json
    "$dump" --sign project.key newer/manifest.json newer/manifest.sig
    told_at 5 LETHE_E_VERIFY_VERSION 'manifest.json, schema_version' anonymization_version "$lethe" verify newer
    told_at 5 LETHE_E_VERIFY_VERSION 'manifest.json, schema_version' anonymization_version \
        "$lethe" profile --input one.json --key project.key --plan newer
    rm -rf newer && cp -r dataset newer
    sed -i 's/"vocabulary_version": "[^"]*"/"vocabulary_version": "ffff"/' newer/manifest.json
    "$dump" --sign project.key newer/manifest.json newer/manifest.sig
    told_at 5 LETHE_E_ENGINE_DATASET 'manifest.json, vocabulary_version' 'run again' \
        "$lethe" profile --input one.json --key project.key --plan newer
}

test_key_of_another_project() {
    dataset
    told_at 5 LETHE_E_VERIFY_SIGNATURE 'manifest.json, public_key' "compare the key" "$lethe" verify dataset --public-key other.pub
    for verb in profile emergency; do
        told_at 5 LETHE_E_VERIFY_SIGNATURE manifest.sig 'Is --key the one' \
            "$lethe" $verb --input one.json --key other.key --plan dataset
    done
    for file in other.key project.key one.json /dev/null; do # no public keys, the secret one least of all
        told_at 2 LETHE_E_ENGINE_PUBLIC_KEY "$file" 'never for the key file' "$lethe" verify dataset --public-key "$file"
    done
    expect 7 "$lethe" verify dataset --public-key missing.pub
    err_has 'missing.pub, No such file'
}

test_key_files() {
    dataset
    size=$(stat -c %s project.key)
    for kept in 0 1 20 60 $((size - 10)); do
        cp project.key cut.key
        truncate -s "$kept" cut.key
        told_at 6 LETHE_E_CRYPT_KEY_FILE 'cut.key' 'take its copy' $(run_to made cut.key)
    done
    cp project.key open.key
    for mode in 644 640 604 660; do
        chmod $mode open.key
        told_at 6 LETHE_E_CRYPT_KEY_MODE open.key 'chmod 600' $(run_to made open.key)
        told_at 6 LETHE_E_CRYPT_KEY_MODE open.key 'chmod 600' "$lethe" profile --input one.json --key open.key
    done
    told_at 6 LETHE_E_CRYPT_KEY_FILE population 'lethe keys new' $(run_to made population)
    chmod 600 project.pub # the public one in the place of the secret one
    told_at 6 LETHE_E_CRYPT_KEY_FILE 'project.pub, line 1' 'lethe keys new' $(run_to made project.pub)
    told_at 6 LETHE_E_CRYPT_KEY_EXISTS project.key 'another name' "$lethe" keys new --output project.key
    nothing_left
}

test_output_inside_of_the_input() {
    dataset
    cp -r population records
    mkdir records/sub
    for output in records/made records/sub/made ./records/../records/made records//made/; do
        told_at 2 LETHE_E_ENGINE_OVERLAP "$output" 'outside of --input' $(run_to "$output" project.key records)
    done
    ln -s records/sub way
    told_at 2 LETHE_E_ENGINE_OVERLAP way/made 'outside of --input' $(run_to way/made project.key records)
    told_at 2 LETHE_E_ENGINE_OVERLAP made 'outside of --input' $(run_to made project.key .)
    (cd records && told_at 2 LETHE_E_ENGINE_OVERLAP made 'outside of --input' "$lethe" run --input . --output made --key ../project.key) || exit 1
    [ -z "$(find records -newer project.pub -name '*made*')" ] || fail 'something was made among the records'
    mkdir records-of-others # a name that only begins alike
    expect_any '0 3' $(run_to records-of-others/made project.key records)
    rm -rf records records-of-others way
    nothing_left
}

test_what_is_in_the_way() {
    dataset
    mkdir taken
    echo mine >taken/file
    ln -s nowhere hanging
    ln -s taken linked
    told_at 7 LETHE_E_BASE_EXISTS taken 'never overwritten' $(run_to taken)
    told_at 7 LETHE_E_BASE_EXISTS taken/file 'never overwritten' $(run_to taken/file)
    told_at 7 LETHE_E_BASE_EXISTS hanging 'never overwritten' $(run_to hanging)
    told_at 7 LETHE_E_BASE_EXISTS linked 'never overwritten' $(run_to linked)
    told_at 7 LETHE_E_BASE_EXISTS dataset 'never overwritten' $(run_to dataset)
    told_at 7 LETHE_E_BASE_EXISTS taken 'never overwritten' "$lethe" synth --patients 3 --output taken
    [ "$(cat taken/file)" = mine ] && [ -z "$(find taken -name '*.json')" ] || fail 'what was there is not as it was'
    [ "$(readlink hanging)" = nowhere ] && [ ! -e nowhere ] || fail 'a link was followed'
    nothing_left
    rm -r taken hanging linked
}

# As somebody who may not write there: root may write everywhere.
test_place_that_is_read_only() {
    dataset
    mkdir sealed
    as=
    if [ "$(id -u)" -eq 0 ]; then
        command -v setpriv >/dev/null || { echo '  (no setpriv: not tested as root)'; return; }
        setpriv --reuid 65534 --clear-groups "$lethe" --version >/dev/null 2>&1 ||
            { echo '  (the program cannot be run as somebody else here: not tested)'; return; }
        as='setpriv --reuid 65534 --clear-groups'
        chmod 711 "$home"
        cp project.key theirs.key && chown 65534 theirs.key
    else
        cp project.key theirs.key
        chmod 500 sealed
    fi
    told_at 6 LETHE_E_BASE_IO 'sealed/made, Permission denied' 'who may' $as $(run_to sealed/made theirs.key)
    if [ -n "$as" ]; then
        cp -r dataset unread && rm unread/run.json && chmod -R a+rX unread
        for file in plan.json support.bin manifest.json profiles/split=train; do
            chmod a-rx "unread/$file"
            told_at 6 LETHE_E_BASE_IO "unread/$file, Permission denied" 'who may' $as "$lethe" verify unread
            chmod a+rX "unread/$file"
        done
        rm -rf unread
    fi
    chmod 700 sealed
    [ -z "$(ls -A sealed)" ] || fail 'something was made there'
    rm -rf sealed theirs.key
}

# The one that comes second says so, whichever that is: while the first works, and after it.
test_two_into_one_output() {
    dataset
    for i in 1 2; do
        { s=0; $(run_to made) >/dev/null 2>"err$i" || s=$?; echo "$s" >"status$i"; } &
    done
    wait
    sort -n status1 status2 | tr '\n' ' ' | grep -q '^[03] 7 $' || { cat err? status? >&2; fail 'not one of two'; }
    grep -q 'LETHE_E_BASE_EXISTS: .*(made' err1 err2 || { cat err? >&2; fail 'the other does not say why'; }
    expect 0 "$lethe" verify made
    rm -rf made
    nothing_left
}

test_no_dataset() {
    dataset
    expect 7 "$lethe" verify missing
    err_has 'LETHE_E_BASE_NOT_FOUND.*(missing, No such file'
    expect 7 "$lethe" verify one.json
    err_has 'LETHE_E_BASE_IO.*(one.json, Not a directory'
    told_at 5 LETHE_E_VERIFY_MANIFEST manifest.json 'Do not use it' "$lethe" verify population
    expect 7 "$lethe" profile --input one.json --key project.key --plan missing
    err_has 'LETHE_E_BASE_NOT_FOUND.*(missing/manifest.json'
}

# Known before hours are spent; what an option may be stands under the error.
test_options() {
    dataset
    expect 7 $(run_to made) --temporary-folder missing
    err_has 'LETHE_E_BASE_NOT_FOUND.*(missing, No such file'
    expect 7 $(run_to made) --temporary-folder one.json/x
    err_has 'LETHE_E_BASE_IO.*(one.json/x, Not a directory'
    told_at 2 LETHE_E_ENGINE_OPTION as-of YYYY-MM-DD $(run_to made) --as-of tomorrow
    told_at 2 LETHE_E_ENGINE_OPTION attacker-visits 'up to 4' $(run_to made) --attacker-visits 5
    told_at 2 LETHE_E_ENGINE_OPTION attacker-visits '2 at standard' $(run_to made) --attacker-visits 1
    told_at 2 LETHE_E_ENGINE_OPTION attacker-items '1 or 2' $(run_to made) --attacker-items 3
    told_at 2 LETHE_E_ENGINE_OPTION memory 64MiB $(run_to made) --memory 63MiB
    expect 2 $(run_to made) --k five
    err_has '--k wants N: people'
    expect 7 $(run_to made) --config missing.yaml
    err_has '(missing.yaml)'
    SOURCE_DATE_EPOCH=today told_at 2 LETHE_E_ENGINE_OPTION SOURCE_DATE_EPOCH 'unset it' $(run_to made)
    SOURCE_DATE_EPOCH=12x told_at 2 LETHE_E_ENGINE_OPTION SOURCE_DATE_EPOCH 'unset it' $(run_to made)
    nothing_left
}

# What a run lost: exactly on the command line and in run.json, in the report only what tells nothing of few people.
test_losses() {
    dataset
    expect_any '0 3' $(run_to made) --json
    python3 - "$home/out" <<'PYTHON' || fail 'the figures differ, or tell of few'
import json, sys
said, run, report = json.load(open(sys.argv[1])), json.load(open("made/run.json")), json.load(open("made/report.json"))
FEW = 20 # k is 5
columns, gone = run["lists"]["columns"], run["lists"]["dropped_for_all"]
assert said["outcomes"] == {"read": columns["outcomes"]["values"], "released": columns["outcomes"]["values_released"]}
assert said["concepts"]["read"] == sum(c["values"] for n, c in columns.items() if n.endswith("_concepts"))
assert said["dropped_for_all"] == [g for g in gone if g["people"] >= FEW][:5]
assert [g["people"] for g in gone] == sorted((g["people"] for g in gone), reverse=True)
for name, column in columns.items():
    lost = sum(g["column"] == name for g in gone)
    assert lost == column["values"] - column["values_released"], name
    listed = next(c for c in report["lists"]["columns"] if c["name"] == name)
    assert listed["distinct_items"] == column["values_released"]
    assert (listed["items_kept"] is None) == (column["items"] < FEW), name
    assert (listed["distinct_items_dropped"] is None) == (column["values"] < FEW), name
people = {(g["column"], g["name"]): g["people"] for g in gone}
named = [(g["column"], g["name"]) for g in report["lists"]["dropped_for_all"]]
assert 0 < len(named) <= 20 and all(people[n] >= FEW for n in named)
groups = run["visits_withheld_by_group"]
assert [(g["quasi_identifier"], g["group"]) for g in groups] == [(g["quasi_identifier"], g["group"]) for g in report["withheld"]["by_group"]]
plan = json.load(open("made/plan.json"))["levels"]
last = {"sex": 1, "age_group": 3, "pregnancy_status": 2}
for exact, coarse in zip(groups, report["withheld"]["by_group"]):
    few = exact["people_with_withheld"] < FEW
    if plan[exact["quasi_identifier"]] == last[exact["quasi_identifier"]]:
        few = few or exact["people_with_released"] < FEW
    assert (coarse["visits"] is None) == few, exact
    if not few:
        assert abs(coarse["visits"] - exact["visits_withheld"] / exact["visits"]) <= .0501, exact
        assert abs(coarse["visits"] * 10 - round(coarse["visits"] * 10)) < 1e-9, coarse
for qi in last:
    assert sum(g["visits"] for g in groups if g["quasi_identifier"] == qi) == said["visits_read"]
    withheld = sum(g["visits_withheld"] for g in groups if g["quasi_identifier"] == qi)
    assert withheld == said["visits_read"] - said["visits_released"]
PYTHON
    rm -rf made
}

# One patient: the file is named, and what a record must be.
test_one_patient() {
    dataset
    echo '{"id": "x", "age": ' >cut.json
    expect 4 "$lethe" profile --input cut.json --key project.key
    err_has 'LETHE_E_JSON_SYNTAX.*(cut.json, byte 20)'
    echo '{"resourceType": "Bundle", "type": "collection", "entry": []}' >empty.json
    told_at 4 LETHE_E_FHIR_NO_PATIENT empty.json 'One patient' "$lethe" profile --input empty.json --key project.key
    echo '{"id": "x", "age": 103, "gender": "other", "pregnancy": "no"}' >rare.json
    told_at 5 LETHE_E_PRIVACY_SUPPORT rare.json 'Fewer than k' "$lethe" emergency --input rare.json --key project.key --plan dataset
}

# A program that reads the summary finds the same: one JSON object with the error, its place and the advice.
test_failure_as_json() {
    dataset
    expect 7 $(run_to dataset) --json
    python3 - "$home/out" <<'PYTHON' || fail 'no JSON'
import json, sys
error = json.load(open(sys.argv[1]))["error"]
assert error["code"] == "LETHE_E_BASE_EXISTS" and error["file"] == "dataset" and "another name" in error["advice"], error
PYTHON
    expect 7 "$lethe" verify missing --json
    python3 - "$home/out" <<'PYTHON' || fail 'no JSON'
import json, sys
answer = json.load(open(sys.argv[1]))
assert answer["verified"] is False and answer["error"]["code"] == "LETHE_E_BASE_NOT_FOUND", answer
assert answer["error"]["system"] == "No such file or directory" and answer["error"]["file"] == "missing", answer
PYTHON
}

run_tests
