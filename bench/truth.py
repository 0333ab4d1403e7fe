#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads what `lethe synth --truth FILE` wrote (docs/SPEC-synth.md).

truth.py calibration FILE           stated probabilities against what was drawn, by bins
truth.py oracle FILE [POPULATION]   the best hit@3 and precision@3 that are possible: whoever knows the probabilities names
                                    the three highest. Against what was drawn; with the population against what was recorded.
truth.py among FILE [conditions]    mean probability of each outcome over the visits that fit, with their number
"""
import argparse
import collections
import csv
import datetime
import json
import math
import os
import sys

DAYS = 365
SEASONS = ["winter", "winter", "spring", "spring", "spring", "summer", "summer", "summer", "fall", "fall", "fall", "winter"]
EDGES = [1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.2, 0.4]


def visits(path):
    """The lines of a file; some of a population are broken on purpose."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def calibration(options):
    bins = [[0, 0.0, 0] for _ in range(len(EDGES) + 1)]
    for visit in visits(options.file):
        if not visit["observed"]:
            continue
        drawn = set(visit["drawn"])
        for concept, p in visit["probability"].items():
            at = sum(p >= edge for edge in EDGES)
            bins[at][0] += 1
            bins[at][1] += p
            bins[at][2] += concept in drawn
    print("from        cases        stated      drawn   drawn/stated")
    for edge, (count, stated, drawn) in zip([0] + EDGES, bins):
        print(f"{edge:<8g} {count:9d} {stated:13.1f} {drawn:10d}   {drawn / stated if stated else float('nan'):.3f}")


def concept_of_codes():
    """Codes of a population and the outcome that they are: the columns of diseases.tsv."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "synth", "data", "diseases.tsv")
    with open(path, encoding="utf-8") as lines:
        table = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE))
    codes, mild = {}, {}
    for row in table:
        if row["concept"] == "-":
            continue
        for system in ("snomed", "icd10"):
            if row[system] != "-":
                codes.setdefault(row[system], row["concept"])
        easy = row["kind"] == "A" and row["setting"] in ("AMB", "VR")
        mild[row["concept"]] = mild.get(row["concept"], True) and easy
    return codes, {concept for concept, easy in mild.items() if easy}


def day_of(text):
    return datetime.date(int(text[:4]), int(text[5:7] or 7), int(text[8:10] or 1)).toordinal()


def recorded_onsets(folder, codes):
    """{patient: {concept: first recorded onset}}; a second registration of a patient is looked up by its link."""
    same, first = {}, collections.defaultdict(dict)
    for patient in visits(os.path.join(folder, "Patient.ndjson")):
        for link in patient.get("link", []):
            if link["type"] == "replaces":
                same[link["other"]["reference"].split("/")[-1]] = patient["id"]
            elif link["type"] == "replaced-by":
                same[patient["id"]] = link["other"]["reference"].split("/")[-1]
    for condition in visits(os.path.join(folder, "Condition.ndjson")):
        status = condition.get("verificationStatus", {}).get("coding", [{}])[0].get("code")
        onset = condition.get("onsetDateTime", "")
        subject = condition.get("subject", {}).get("reference", "").split("/")[-1]
        if status in ("refuted", "entered-in-error") or len(onset) < 10 or not subject:
            continue
        for coding in condition.get("code", {}).get("coding", []):
            concept = codes.get(coding.get("code"))
            if concept:
                known = first[same.get(subject, subject)]
                known[concept] = min(known.get(concept, 10 ** 7), day_of(onset))
                break
    return first


def judged_visits(options):
    """(patient, candidates' probabilities, positives) of each visit whose follow-up is long enough."""
    codes, mild = concept_of_codes()
    onsets = recorded_onsets(options.population, codes) if options.population else None
    for visit in visits(options.file):
        if not visit["observed"]:
            continue
        if onsets is None:
            candidates, positives = visit["probability"], set(visit["drawn"])
            yield visit["patient"], candidates, positives & candidates.keys()
            continue
        day, known = day_of(visit["time"]), onsets.get(visit["patient"], {})
        candidates = {}
        for concept, p in list(visit["probability"].items()) + list(visit["again"].items()):
            if known.get(concept, 10 ** 7) > day:
                candidates[concept] = p * (visit["seen"] if concept in mild else 0.96)
        yield visit["patient"], candidates, {c for c in candidates if day < known.get(c, 0) <= day + DAYS}


def oracle(options):
    rows, patients = [], collections.Counter()
    named, right = collections.Counter(), collections.Counter()
    for patient, candidates, positives in judged_visits(options):
        names = sorted(candidates, key=lambda concept: (-candidates[concept], concept))[:3]
        hits = [name for name in names if name in positives]
        named.update(names)
        right.update(hits)
        rows.append((patient, len(names), len(hits), len(positives), sum(candidates[name] for name in names)))
        patients[patient] += 1
    total = [0.0] * 7
    for patient, names, hits, positives, stated in rows:
        weight = 1 / patients[patient]
        for i, value in enumerate((names, hits, stated, positives > 0, hits > 0, hits, positives)):
            total[i] += weight * value
    print(f"{len(rows)} visits of {len(patients)} patients, {sum(row[3] > 0 for row in rows)} with an outcome; weights 1/visits of the patient")
    print(f"hit@3 {total[4] / total[3]:.4f}   precision@3 {total[1] / total[0]:.4f}   stated by the oracle {total[2] / total[0]:.4f}"
          f"   recall@3 {total[1] / total[6]:.4f}")
    rows.sort(key=lambda row: -row[4])
    for share in (0.01, 0.05, 0.1, 0.3):
        best = rows[:max(1, int(len(rows) * share))]
        print(f"  the surest {share:4.0%} of visits: precision@3 {sum(row[2] for row in best) / max(1, sum(row[1] for row in best)):.4f}")
    print("named most often: " + ", ".join(f"{c} {n} ({right[c] / n:.3f})" for c, n in named.most_common(10)))


def fits(visit, options):
    if options.age:
        low, high = options.age
        if not low <= visit["age"] <= high:
            return False
    gestation = visit.get("gestation_days", -1)
    trimester = 0 if gestation < 0 else 1 if gestation < 98 else 2 if gestation < 196 else 3
    return ((not options.sex or visit["sex"] == options.sex) and (not options.trimester or trimester == options.trimester)
            and (not options.season or SEASONS[int(visit["time"][5:7]) - 1] == options.season)
            and (not options.state or visit["state"] in options.state) and (not options.place or visit["place"] == options.place)
            and all(concept in visit["history"] for concept in options.history)
            and not any(concept in visit["history"] for concept in options.without))


def among(options):
    sums, squares, drawn, observed, patients = collections.Counter(), collections.Counter(), collections.Counter(), 0, set()
    count, again = 0, collections.Counter()
    for visit in visits(options.file):
        if not fits(visit, options):
            continue
        count += 1
        patients.add(visit["patient"])
        for concept, p in list(visit["probability"].items()) + list(visit["again"].items()):
            sums[concept] += p
            squares[concept] += p * p
        again.update(visit["again"].keys())
        if visit["observed"]:
            observed += 1
            drawn.update(visit["drawn"])
    print(f"{count} visits of {len(patients)} patients, {observed} of them observed for a year")
    if count == 0:
        return
    print("outcome                               probability  deviation   drawn (observed)  had before")
    for concept, total in sums.most_common(options.top):
        mean = total / count
        deviation = math.sqrt(max(0.0, squares[concept] / count - mean * mean))
        print(f"{concept:38s} {mean:10.5f} {deviation:10.5f}   {drawn[concept] / observed if observed else 0:10.5f}"
              f"        {again[concept]}")


def whole_numbers(text):
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("calibration", "oracle", "among"):
        verbs.add_parser(name).add_argument("file")
    verbs.choices["oracle"].add_argument("population", nargs="?")
    group = verbs.choices["among"]
    group.add_argument("--age", type=whole_numbers, help="25-30")
    group.add_argument("--sex", choices=["female", "male"])
    group.add_argument("--trimester", type=int, choices=[1, 2, 3])
    group.add_argument("--season", choices=sorted(set(SEASONS)))
    group.add_argument("--state", action="append", help="MA; again for more")
    group.add_argument("--place", choices=["urban", "suburban", "rural"])
    group.add_argument("--history", action="append", default=[], help="a concept that the person has had; again for more")
    group.add_argument("--without", action="append", default=[], help="one that the person has not")
    group.add_argument("--top", type=int, default=15)
    options = parser.parse_args()
    {"calibration": calibration, "oracle": oracle, "among": among}[options.verb](options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
