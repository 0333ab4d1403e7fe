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

run_tests
