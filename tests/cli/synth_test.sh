#!/usr/bin/env bash
# A population and what the generator knew of it.
. "$(dirname "$0")/lib.sh"

made() {
    [ -d plain ] && return
    expect 0 "$lethe" synth --patients 60 --seed 3 --output plain
    (umask 000 && expect 0 "$lethe" synth --patients 60 --seed 3 --output beside --truth truth.ndjson)
}

test_the_population_is_the_same_with_it() {
    made
    diff -r plain beside || fail 'other bytes'
}

test_nobody_else_reads_it() {
    made
    [ "$(stat -c %a truth.ndjson)" = 600 ] || fail "mode $(stat -c %a truth.ndjson)"
}

test_the_same_seed_the_same_truth() {
    made
    rm -rf again again.ndjson
    expect 0 "$lethe" synth --patients 60 --seed 3 --output again --truth again.ndjson
    cmp truth.ndjson again.ndjson || fail 'another truth'
    expect 0 "$lethe" synth --patients 60 --seed 3 --format bundle --output bundles --truth bundles.ndjson
    cmp truth.ndjson bundles.ndjson || fail 'another truth beside Bundles'
}

test_a_record_a_visit() {
    made
    python3 - <<'PYTHON' || fail 'not as said'
import json
visits = {}
for line in open("plain/Encounter.ndjson"):
    try:
        visit = json.loads(line)
    except ValueError: # broken on purpose
        continue
    visits[visit["id"]] = visit
patients = {json.loads(line)["id"] for line in open("plain/Patient.ndjson")}
truth = [json.loads(line) for line in open("truth.ndjson")]
assert len({t["encounter"] for t in truth}) == len(truth)
assert visits.keys() <= {t["encounter"] for t in truth}
for t in truth:
    assert t["patient"] in patients
    assert t["encounter"] not in visits or visits[t["encounter"]]["period"]["start"][:10] == t["time"][:10]
    assert all(0 < p <= 1 for p in list(t["probability"].values()) + list(t["again"].values()))
    assert not t["probability"].keys() & set(t["history"]) and t["again"].keys() <= set(t["history"])
    assert list(t["probability"]) == sorted(t["probability"])
PYTHON
}

test_refusals() {
    made
    expect 2 "$lethe" synth --patients 3 --output new --truth new/truth.ndjson
    err_has 'truth'
    [ ! -e new ] || fail 'made all the same'
    expect 2 "$lethe" synth --patients 3 --output new --truth new
    expect 2 "$lethe" synth --patients 3 --output new --truth "$PWD/new/truth.ndjson"
    expect 2 "$lethe" synth --patients 3 --output ./new/ --truth new/below/truth.ndjson
    [ ! -e new ] || fail 'made all the same'
    touch taken
    expect 7 "$lethe" synth --patients 3 --output new --truth taken
    [ ! -e new ] && [ ! -s taken ] || fail 'never overwritten'
    ln -s nowhere link
    expect 7 "$lethe" synth --patients 3 --output new --truth link
    mkdir -p there
    expect 7 "$lethe" synth --patients 3 --output there --truth left.ndjson # no population, no truth
    [ ! -e left.ndjson ] || fail 'a truth of nothing'
}

test_its_readers() {
    made
    local tool=$source_root/bench/truth.py
    expect 0 python3 "$tool" calibration truth.ndjson
    out_has 'drawn/stated'
    expect 0 python3 "$tool" oracle truth.ndjson plain
    out_has 'hit@3'
    expect 0 python3 "$tool" among truth.ndjson --age 0-120 --season winter
    out_has 'visits of'
}

run_tests
