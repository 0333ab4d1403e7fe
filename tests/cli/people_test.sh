#!/usr/bin/env bash
# k counts people: who is one person under Patient.link and --patient-identifier, and which version of a resource stands.
. "$(dirname "$0")/lib.sh"

# 40 people with a visit each; odd ones appear a second time under another id with the same MRN.
people() {
    [ -d "$home/people" ] && return
    population 1
    mkdir "$home/people"
    python3 - "$home/people" <<'PYTHON'
import json, os, sys
def write(name, rows):
    with open(os.path.join(sys.argv[1], name + ".ndjson"), "w") as out:
        for row in rows:
            out.write(json.dumps(row) + "\n")
patients, visits = [], []
def add(id, mrn, extra={}):
    patients.append({"resourceType": "Patient", "id": id, "gender": "female", "birthDate": "1980-05-05",
                     "identifier": [{"system": "urn:mrn", "value": mrn}], **extra})
    visits.append({"resourceType": "Encounter", "id": "e-" + id, "status": "finished", "class": {"code": "AMB"},
                   "subject": {"reference": "Patient/" + id}, "period": {"start": "2024-03-0%d" % (1 + len(visits) % 9)}})
for i in range(40):
    add("a%d" % i, "m%d" % i)
    if i % 2:
        add("b%d" % i, "m%d" % i)
add("c0", "other", {"link": [{"other": {"reference": "Patient/a0"}, "type": "replaces"}]})
write("Patient", patients)
write("Encounter", visits)
PYTHON
}

count() {
    rm -rf dataset
    "$lethe" run --input people --output dataset --key project.key --quiet "$@" >/dev/null || fail "lethe run: $?"
    python3 -c 'import json; print(json.load(open("dataset/run.json"))["input"]["patients"])'
}

test_links_and_identifiers() {
    people
    [ "$(count)" -eq 60 ] || fail 'a link joins two'
    [ "$(count --patient-identifier urn:mrn)" -eq 40 ] || fail 'an identifier joins the rest'
    [ "$(count --patient-identifier urn:none)" -eq 60 ] || fail 'a system that nobody has joins nobody'
}

test_the_newest_version_stands() {
    people
    rm -rf versions && cp -r people versions
    for day in 01 03 02; do # of a0's Patient: the one of the third day says male
        gender=female
        [ $day = 03 ] && gender=male
        echo '{"resourceType": "Patient", "id": "a0", "gender": "'$gender'", "birthDate": "1980-05-05", "meta": {"lastUpdated": "2024-01-'$day'T00:00:00Z"}}'
    done >versions/Later.ndjson
    rm -rf dataset
    "$lethe" run --input versions --output dataset --key project.key --level internal --k 2 --quiet >/dev/null || fail "lethe run: $?"
    python3 -c 'import json; print(json.load(open("dataset/run.json"))["input"]["records_superseded"])' >superseded
    [ "$(cat superseded)" -eq 3 ] || fail 'three older versions'
}

# Visits that change hands. Of the originals none has a lastUpdated. Written as lines that `dealt` puts into files.
moves() {
    people
    [ -f moves ] && return
    python3 - >moves <<'PYTHON'
import json
def visit(id, patient, updated=None, **extra):
    meta = {"meta": {"lastUpdated": updated}} if updated else {}
    return {"resourceType": "Encounter", **({"id": id} if id else {}), **meta, "status": "finished", "class": {"code": "AMB"},
            "subject": {"reference": patient}, "period": {"start": "2024-03-02"}, **extra}
def bundle(patient, updated): # the visit has no id of its own, the patient is named by the Bundle
    return {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": "urn:uuid:0d8f7e0c-36f3-4c8f-8a5e-6d2f0b1c9e11", "resource": visit(None, "urn:uuid:" + patient, updated)},
        {"fullUrl": "urn:uuid:" + patient, "resource": {"resourceType": "Patient", "id": patient, "gender": "female",
                                                        "birthDate": "1980-05-05"}}]}
lines = [
    visit("e-a2", "Patient/a4", "2024-01-02T00:00:00Z"),             # a2 has nothing left
    visit("e-a6", "Patient/a8", "2024-01-02T00:00:00Z"), visit("e-a6", "Patient/a6", "2024-01-03T00:00:00Z"), # and back
    visit("e-a10", "Patient/a12", "2024-01-02T00:00:00Z", status="entered-in-error"), # moved, then retracted: nobody's
    visit("e-a14", "Patient/nobody", "2024-01-02T00:00:00Z"),        # whose Patient is not in the input
    visit("e-a1", "Patient/b1", "2024-01-02T00:00:00Z"),             # one person, for whoever knows the MRN
    bundle("u1", "2024-01-01T00:00:00Z"), bundle("u2", "2024-01-02T00:00:00Z"),
    visit("same", "Patient/a16"), visit("same", "Patient/a18"),      # no time: each keeps theirs
    {"patient_id": "f1", "encounter_id": "x", "age": 44, "sex": "female", "visit_date": "2024-03-02"},
    {"patient_id": "f2", "encounter_id": "x", "age": 44, "sex": "female", "visit_date": "2024-03-02"},
]
for line in lines:
    print(json.dumps(line))
PYTHON
}

# dealt NAME OPTION…: the people, and before and after them the lines of `moves` in the order that sort makes of them.
dealt() {
    local name=$1
    shift
    rm -rf "$name" && mkdir "$name"
    cp people/Encounter.ndjson "$name/m-visits.ndjson"
    cp people/Patient.ndjson "$name/n-patients.ndjson"
    sort "$@" moves >ordered
    head -n 7 ordered >"$name/a.ndjson"
    tail -n +8 ordered >"$name/z.ndjson"
}

account() {
    python3 -c 'import json; i = json.load(open("dataset/run.json"))["input"]
print(i["patients"], i["patients_without_visits"], i["visits"], i["records_superseded"])'
}

move() { # 3: what is nobody's is withheld
    rm -rf dataset
    expect 3 "$lethe" run --input "$1" --output dataset --key project.key --level internal --k 2 --dataset-name d --quiet "${@:2}"
}

# Of 64 people a2, a10, a14, a1 and u1 have no visit left.
test_the_newest_version_says_whose() {
    moves
    dealt moved
    move moved
    account >said
    [ "$(cat said)" = '64 5 64 7' ] || fail "people, without visits, visits, superseded: $(cat said)"
    move moved --patient-identifier urn:mrn # a1 and b1 are one person
    account >said
    [ "$(cat said)" = '44 4 64 7' ] || fail "with the MRN: $(cat said)"
}

test_whose_it_is_does_not_depend_on_order() {
    moves
    local order
    for order in -r -R '-k3'; do
        dealt moved $order
        move moved --threads 3
        (cd dataset && find . -type f ! -name run.json -print0 | sort -z | xargs -0 sha256sum) >digests
        [ -f first ] || cp digests first
        cmp digests first || fail "other bits in the order $order"
        [ "$(account)" = '64 5 64 7' ] || fail "another account in the order $order"
    done
}

run_tests
