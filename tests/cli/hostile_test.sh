#!/usr/bin/env bash
# Hostile and untidy input, full disks, signals: the documented exit code, an error that names the place, every unusable
# record once in run.json, and nothing half done left behind.
. "$(dirname "$0")/lib.sh"

# Forty people with three visits each and nothing odd: what goes wrong comes from what a test adds.
tidy() {
    [ -f "$home/project.key" ] || "$lethe" keys new --output "$home/project.key" 2>/dev/null
    rm -rf "$home/in" "$home/dataset"
    mkdir "$home/in"
    python3 - "$home/in" <<'PYTHON'
import json, os, sys
patients, visits = [], []
for i in range(40):
    patients.append({"resourceType": "Patient", "id": "p%d" % i, "gender": "female", "birthDate": "1980-05-05"})
    for j in range(3):
        visits.append({"resourceType": "Encounter", "id": "e%d-%d" % (i, j), "status": "finished", "class": {"code": "AMB"},
                       "subject": {"reference": "Patient/p%d" % i}, "period": {"start": "202%d-03-05" % j}})
for name, rows in (("Patient", patients), ("Encounter", visits)):
    with open(os.path.join(sys.argv[1], name + ".ndjson"), "w") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
PYTHON
}

# run_in CODE [OPTION…]: a run over `in` into `dataset`, on three threads; LETHE_PATIENCE: seconds until it hangs.
run_in() {
    local wanted=$1
    shift
    rm -rf dataset
    expect "$wanted" timeout "${LETHE_PATIENCE:-120}" "$lethe" run --input in --output dataset --key project.key --level internal --k 2 --threads 3 \
        --quiet "$@"
}

# account EXPRESSION: what run.json says, as `r`; its entries, as `e`.
account() {
    python3 - "$1" <<'PYTHON' || fail "run.json, not so: $1"
import json, sys
r = json.load(open("dataset/run.json"))
e = r["withheld"]["entries"]
if not eval(sys.argv[1]):
    print(json.dumps(r["withheld"])[:3000], r["input"]["patients"], file=sys.stderr)
    sys.exit(1)
PYTHON
}

# Nothing that a failed run made is there any more.
nothing_left() {
    [ ! -e dataset ] || fail 'a dataset is there'
    local left
    left=$(find . -maxdepth 1 -name '.*writing*')
    [ -z "$left" ] || fail "left behind: $left"
}

digests() {
    (cd "$1" && find . -type f ! -name run.json -print0 | sort -z | xargs -0 sha256sum)
}

test_unusable_lines() {
    tidy
    python3 - <<'PYTHON'
visit = b'{"resourceType":"Encounter","id":"x","status":"finished","period":{"start":"2020-01-01"},"subject":%s}'
lines = [
    b'{"resourceType":"Patient","id":"\xff\xfe"}',           # no UTF-8
    b'{"resourceType":"Patient","id":"\xed\xa0\x80"}',       # a surrogate as UTF-8
    b'{"resourceType":"Patient","id":"a\x00b"}',             # a NUL byte
    b'\x00\x00\x00\x00',
    b'{"resourceType":"Patient","id":"\x01"}',               # a control character
    b'{"resourceType":"Patient","id":"\\ud800"}',            # half a pair
    b'[' * 100000,
    b'[' * 100000 + b']' * 100000,
    b'{"a":' * 100000 + b'1' + b'}' * 100000,
    b'{"resourceType":"Patient","id":"x"',
    b'{"resourceType":"Patient","id":"x"}}',
    b'{"resourceType":"Patient","id":"x"} {"resourceType":"Patient","id":"y"}',
    b'{"resourceType":"Patient","id":"x",}',
    b"{'resourceType':'Patient'}",
    b'NaN', b'Patient', b'-', b'01', b'"', b'"text"', b'7', b'null', b'true',
    b'{"resourceType":7}', b'{"resourceType":null}', b'{"resourceType":{}}', b'{"resourceType":""}',
    b'{"resourceType":"Patient","id":7}', b'{"resourceType":"Patient","id":["x"]}',
    b'{"resourceType":"Patient"}',
    b'{"resourceType":"Patient","id":"x","birthDate":20200101}',
    b'{"resourceType":"Patient","id":"x","birthDate":"yesterday"}',
    b'{"resourceType":"Patient","id":"x","birthDate":"99999-01-01"}',
    b'{"resourceType":"Patient","id":"x","name":' + b'[' * 600 + b']' * 600 + b'}',
    visit % b'{"reference":7}', visit % b'"Patient/p0"', visit % b'null', visit % b'{}', visit % b'{"reference":""}',
    visit % b'{"reference":"Device/p0"}', visit % b'{"reference":"#p0"}', visit % b'[]',
    b'{"resourceType":"Bundle","type":"collection","entry":7}',
    b'<Patient xmlns="http://hl7.org/fhir"/>',
    b'id;age;gender',
]
open("in/Hostile.ndjson", "wb").write(b"\n".join(lines) + b"\n")
open("count", "w").write(str(len(lines)))
PYTHON
    run_in 3
    account "r['withheld']['records'] == len(e) == $(cat count)"
    account "sorted(x['line'] for x in e) == list(range(1, $(cat count) + 1))"
    account "all(x['file'].endswith('Hostile.ndjson') and x['code'].startswith('LETHE_E_') and x['byte'] >= 0 for x in e)"
    account "r['input']['patients'] == 40 and sum(r['withheld']['by_code'].values()) == len(e)"
    "$lethe" verify dataset >/dev/null 2>&1 || fail 'it does not verify'
    run_in 4 --strict
    err_has 'Hostile.ndjson, line'
    nothing_left
}

test_odd_but_usable() {
    tidy
    python3 - <<'PYTHON'
import json, os
def patient(name, extra=b""):
    return b'{"resourceType":"Patient","id":"%s","gender":"male","birthDate":"1970-01-01"%s}' % (name, extra)
def visit(name):
    return (b'{"resourceType":"Encounter","id":"e-%s","status":"finished","class":{"code":"AMB"},"period":{"start":"2021-04-04"},'
            b'"subject":{"reference":"Patient/%s"}}' % (name, name))
def write(path, *lines, end=b"\n"):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "wb").write(end.join(lines))
write("in/mark.ndjson", b"\xef\xbb\xbf" + patient(b"mark"), visit(b"mark"))
write("in/mark.json", b"\xef\xbb\xbf" + patient(b"mark2"))
write("in/crlf.ndjson", patient(b"crlf"), b"", visit(b"crlf"), b"   ", b"", end=b"\r\n")
write("in/a/b/c d/deep.ndjson", patient(b"deep"), visit(b"deep"))
write("in/new\nline and 'quote\" \xe2\x82\xac.ndjson", patient(b"named"), visit(b"named"))
write("in/large.ndjson", patient(b"large", b',"text":{"status":"generated","div":"%s"}' % (b"x" * (20 << 20))), visit(b"large"))
write("in/numbers.ndjson", patient(b"n", b',"extension":[{"valueDecimal":1e400},{"valueInteger":%s},{"v":-0.0},{"v":1E-999}]'
                                   % (b"9" * 5000)), visit(b"n"))
write("in/twice.json", b'{"resourceType":"Patient","id":"two","id":"three","gender":"male","birthDate":"1970-01-01"}')
write("in/escaped.json", b'{"resource\\u0054ype":"Patient","id":"\\u0065sc","name":[{"family":"\\ud83d\\ude00"}]}')
write("in/empty.ndjson")
write("in/empty.json")
write("in/blank.json", b" \n\t\r\n ")
write("in/unknown.ndjson", b'{"resourceType":"Spaceship","id":"1"}', b'{"resourceType":"StructureMap","id":"1"}')
write("in/notes.txt", b"\xff\xff no input")
write("in/.hidden.ndjson", b"no input either")
PYTHON
    run_in 0
    account "r['withheld']['records'] == 0 and r['input']['files_of_other_kinds'] == 1"
    account "r['input']['patients'] == 40 + 9"
    "$lethe" verify dataset >/dev/null 2>&1 || fail 'it does not verify'
}

test_no_json_under_its_name() {
    tidy
    printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\n\xff\xd8\xff' >in/picture.ndjson
    head -c 3000 /dev/zero >in/zeros.json
    printf 'PK\3\4' >in/packed.json
    run_in 3
    account "len(e) == 6 and len([x for x in e if 'picture' in x['file']]) == 4"
    account "[x['byte'] for x in e if 'zeros' in x['file']] == [0]"
}

test_compressed() {
    tidy
    gzip -k in/Patient.ndjson && head -c -9 in/Patient.ndjson.gz >cut.gz && rm in/Patient.ndjson.gz
    cp cut.gz in/Cut.ndjson.gz
    run_in 7
    err_has 'LETHE_E_BASE_COMPRESSION.*Cut.ndjson.gz'
    nothing_left
    zstd -q in/Patient.ndjson -o cut.zst && head -c -5 cut.zst >in/Cut.ndjson.zst && rm in/Cut.ndjson.gz
    run_in 7
    err_has 'LETHE_E_BASE_COMPRESSION.*Cut.ndjson.zst'
    nothing_left
    rm in/Cut.ndjson.zst
    cp cut.gz in/cut.json # compressed whatever its name says
    run_in 7
    rm in/cut.json
    # 300 MB of zeros in some kilobytes: one document that is too large, once as a line, once as a file
    head -c 300M /dev/zero | zstd -q -o in/bomb.ndjson.zst
    cp in/bomb.ndjson.zst in/bomb.json.zst
    run_in 3
    account "sorted(x['code'] for x in e) == ['LETHE_E_JSON_SIZE'] * 2"
    ldd "$lethe" | grep -q lib.san || account "r['machine']['peak_memory_bytes'] < 1 << 30" # a sanitizer keeps what is freed
}

test_bundles() {
    tidy
    python3 - <<'PYTHON'
import json
def person(n):
    return {"resourceType": "Patient", "id": n, "gender": "male", "birthDate": "1970-01-01"}
def visit(n, ref):
    return {"resourceType": "Encounter", "id": "e-" + n, "status": "finished", "class": {"code": "AMB"},
            "period": {"start": "2021-04-04"}, "subject": {"reference": ref}}
def bundle(name, type, *entries):
    json.dump({"resourceType": "Bundle", "type": type, "entry": list(entries)}, open("in/%s.json" % name, "w"), indent=1)
entry = lambda resource, url=None, **more: {**({"fullUrl": url} if url else {}), "resource": resource, **more}
u = "urn:uuid:0b4a47a2-8f5c-4b0e-9d0c-5a3a5b1d0e%02d"
no_id = {k: v for k, v in person("x").items() if k != "id"}
bundle("transaction", "transaction", entry(visit("t", u % 1), u % 2, request={"method": "POST", "url": "Encounter"}),
       entry(no_id, u % 1, request={"method": "POST", "url": "Patient"}))
bundle("collection", "collection", entry(person("col")), entry(visit("col", "Patient/col")), {"fullUrl": "urn:uuid:none"}, {})
bundle("searchset", "searchset", entry(person("sea"), "http://h.example/fhir/Patient/sea", search={"mode": "match"}),
       entry(visit("sea", "http://h.example/fhir/Patient/sea"), "http://h.example/fhir/Encounter/e-sea"),
       entry({"resourceType": "OperationOutcome", "issue": []}, search={"mode": "outcome"}))
bundle("history", "history", entry(person("his"), "http://h.example/fhir/Patient/his"),
       {"fullUrl": "http://h.example/fhir/Patient/gone", "request": {"method": "DELETE", "url": "Patient/gone"}},
       entry(visit("his", "Patient/his/_history/2")))
bundle("batch-response", "batch-response", {"response": {"status": "201"}})
bundle("document", "document", entry({"resourceType": "Composition", "id": "c"}), entry(person("doc")), entry(visit("doc", "Patient/doc")))
bundle("nested", "collection", entry({"resourceType": "Bundle", "type": "batch", "entry": [entry(person("nes")), entry(visit("nes", "Patient/nes"))]}))
bundle("contained", "collection", entry(person("con")), entry(visit("con", "Patient/con")),
       entry({"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "authoredOn": "2021-04-04",
              "contained": [{"resourceType": "Medication", "id": "drug", "code": {"text": "metformin"}}],
              "medicationReference": {"reference": "#drug"}, "subject": {"reference": "Patient/con"}}))
bundle("empty", "collection")
json.dump([{"id": "flat%d" % i, "age": 40, "gender": "female", "visit_date": "2022-02-02"} for i in range(3)], open("in/flat.json", "w"))
PYTHON
    run_in 0
    account "r['withheld']['records'] == 0"
    account "r['input']['patients'] == 40 + 7 + 3"
    account "r['input']['resources']['Encounter']['used'] == 120 + 7"
    python3 -c 'import json; json.dump({"resourceType": "Bundle", "type": "collection", "entry": [7, {"resource": 7}, {"resource": {}}, {"resource": {"resourceType": "Encounter", "id": "q"}}, {"resource": {"resourceType": "Patient", "id": "good"}}]}, open("in/bad.json", "w"))'
    run_in 3
    account "len(e) == 4 and all('bad.json' in x['file'] and 'entry[' in x['path'] for x in e) and len({x['path'] for x in e}) == 4"
}

test_cycles_and_chains() {
    tidy
    python3 - <<'PYTHON'
import json
out = open("in/Chain.ndjson", "w")
def write(**resource):
    out.write(json.dumps(resource) + "\n")
def patient(id, *others):
    write(resourceType="Patient", id=id, birthDate="1970-01-01", link=[{"other": {"reference": "Patient/" + o}, "type": "seealso"} for o in others])
for i in range(3000):
    patient("chain%d" % i, "chain%d" % (i + 1))
patient("chain3000", "chain0", "chain1500")
patient("self", "self")
patient("dangling", "nobody")
for a, b in (("1", "2"), ("2", "1"), ("3", "3")):
    write(resourceType="Encounter", id="cycle" + a, status="finished", subject={"reference": "Patient/chain%s" % a},
          period={"start": "2021-01-0" + a}, partOf={"reference": "Encounter/cycle" + b})
    write(resourceType="Medication", id=a, ingredient=[{"itemReference": {"reference": "Medication/" + b}}])
    write(resourceType="Location", id=a, partOf={"reference": "Location/" + b})
    write(resourceType="MedicationRequest", id=a, status="active", intent="order", subject={"reference": "Patient/chain7"},
          authoredOn="2021-01-02", medicationReference={"reference": "Medication/" + a}, encounter={"reference": "Encounter/cycle" + a})
    write(resourceType="Observation", id=a, status="final", code={"text": "x"}, subject={"reference": "Patient/chain7"},
          effectiveDateTime="2021-01-02", hasMember=[{"reference": "Observation/" + b}])
out.close()
PYTHON
    run_in 0
    account "r['withheld']['records'] == 0 and r['input']['patients'] == 40 + 3"
}

test_versions_in_any_order() {
    tidy
    python3 - <<'PYTHON'
import json
versions = [{"resourceType": "Patient", "id": "p%d" % i, "gender": g, "birthDate": b, "meta": {"lastUpdated": t}}
            for i in range(12) for g, b, t in (("male", "1990-01-01", "2024-01-02T00:00:00Z"), ("other", "1955-01-01", "2024-01-02T00:00:00Z"),
                                               ("unknown", "2001-01-01", "2024-01-02T01:00:00+02:00"), ("male", "1999", "2023-05"))]
open("in/a-versions.ndjson", "w").writelines(json.dumps(v) + "\n" for v in versions)
PYTHON
    cat in/Encounter.ndjson >in/Again.ndjson
    run_in 0 --dataset-name d
    account "r['input']['records_superseded'] == 12 * 4 + 120"
    digests dataset >first
    mv in/a-versions.ndjson in/z-versions.ndjson
    tac in/z-versions.ndjson >in/y && mv in/y in/z-versions.ndjson
    run_in 0 --dataset-name d
    digests dataset | cmp - first || fail 'other bytes in another order'
}

test_standard_input() {
    tidy
    cat in/*.ndjson >all.ndjson
    expect 0 "$lethe" run --input - --output dataset --key project.key --level internal --k 2 --quiet <all.ndjson
    account "r['input']['patients'] == 40"
    rm -rf dataset
    cat all.ndjson | gzip | expect 0 "$lethe" run --input - --output dataset --key project.key --level internal --k 2 --quiet
    rm -rf dataset
    expect 5 "$lethe" run --input - --output dataset --key project.key --quiet </dev/null
    err_has LETHE_E_ENGINE_NO_PEOPLE
    expect 7 "$lethe" run --input - --output dataset --key project.key --quiet <&-
    nothing_left
}

test_places_that_cannot_be_used() {
    tidy
    expect 7 "$lethe" run --input in --output /proc/self/dataset --key project.key --quiet
    expect 7 "$lethe" run --input in --output project.key/dataset --key project.key --quiet
    expect 7 "$lethe" run --input in --output dataset --key no.key --quiet
    err_has 'LETHE_E_BASE_NOT_FOUND.*no.key'
    expect 6 "$lethe" run --input in --output dataset --key in --quiet
    expect 2 "$lethe" run --input in --output "$(printf 'a\nb')" --key project.key --temporary-folder '' --quiet --k 1
    ln -s nowhere in/hanging.ndjson
    expect 7 "$lethe" run --input in --output dataset --key project.key --quiet
    err_has 'hanging.ndjson'
    rm in/hanging.ndjson
    mkfifo in/pipe.ndjson # no regular file: not waited for
    run_in 0
    rm -r dataset in/pipe.ndjson
    nothing_left
}

test_full_disk() {
    tidy
    for blocks in 1 8 64 512; do # of 1024 bytes a file: each stops the run in another document
        status=0
        (ulimit -f $blocks && exec "$lethe" run --input in --output dataset --key project.key --level internal --k 2 --quiet) \
            >out 2>err || status=$?
        [ "$status" -eq 7 ] || { cat err >&2; fail "exit code $status with files of $blocks KiB"; }
        err_has 'LETHE_E_BASE_IO.*(dataset'
        nothing_left
    done
    echo '{"id": "1", "age": 4}' >one.json
    for verb in "profile --input one.json --key project.key" "keys public --key project.key" 'help run' \
        "run --input in --output dataset --key project.key --level internal --k 2 --json"; do
        status=0
        "$lethe" $verb >/dev/full 2>err || status=$?
        [ "$status" -eq 7 ] || { cat err >&2; fail "exit code $status: $verb to a full disk"; }
    done
}

# A run that waits for the rest of its input, and a signal.
signalled() {
    rm -f pipe && mkfifo pipe
    (cat in/*.ndjson; exec sleep 30) >pipe &
    feeder=$!
    status=0
    mkdir -p temporary
    timeout --preserve-status -s "$1" -k 10 1 "$lethe" run --input - --output dataset --key project.key --level internal --k 2 \
        --temporary-folder temporary --quiet <pipe >out 2>err || status=$?
    kill "$feeder" 2>/dev/null
    wait "$feeder" 2>/dev/null
}

test_signals() {
    tidy
    for signal in INT TERM; do
        signalled $signal
        [ "$status" -eq 130 ] || { cat err >&2; fail "exit code $status after SIG$signal"; }
        nothing_left
    done
    signalled KILL
    [ ! -e dataset ] || fail 'a killed run has a dataset'
    [ -z "$(find temporary -type f)" ] || fail 'a killed run left a temporary file'
    [ -z "$(find . -maxdepth 1 -name '.*writing*' -perm /077)" ] || fail 'others can read what a killed run left'
    rm -rf .dataset.writing*
    run_in 0
}

test_two_at_once() {
    tidy
    for round in 1 2 3; do
        rm -rf dataset
        for i in 1 2 3; do
            { s=0; "$lethe" run --input in --output dataset --key project.key --level internal --k 2 --quiet >/dev/null 2>"err$i" || s=$?
              echo "$s" >"status$i"; } &
        done
        wait
        [ "$(sort -n status1 status2 status3 | tr '\n' ' ')" = '0 7 7 ' ] || { cat err? status? >&2; fail 'not one of three'; }
        [ "$(cat err? | grep -c LETHE_E_BASE_EXISTS)" -eq 2 ] || { cat err? >&2; fail 'the others say why'; }
        "$lethe" verify dataset >/dev/null 2>&1 || fail 'it does not verify'
        [ -z "$(find . -maxdepth 1 -name '.*writing*')" ] || fail 'left behind'
    done
}

run_tests
