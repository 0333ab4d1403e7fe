#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A pregnant patient in winter, through profile, search and predict, on a synthetic population whose truth is known.

scenario.py LETHE PATIENTS [--level standard] [--seed 7] [--folder DIR]

For each way to ask: whether the release may show such a profile, how many similar patients a search finds, where pneumonia
stands among the conditions and what its probability is; beside it the mean of what the generator knew of such visits
(`truth.py among`), and whether that lies in the interval that was said. Of who had pneumonia before, another one is no new
condition: then the prediction says nothing of it, and the generator's figure is of another one.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import types

import truth

NOTE = {"id": "p-1", "age": 27, "pregnancy": {"status": "pregnant", "trimester": 3}, "location": "Boston, MA", "season": "winter",
        "history": ["allergic_rhinitis", "pneumonia_2022"], "symptoms": ["fatigue", "shortness_of_breath"]}
FEMALE = dict(NOTE, gender="female")
WAYS = [
    ("as the note says", NOTE, ["allergic_rhinitis", "pneumonia"], []),
    ("with her sex", FEMALE, ["allergic_rhinitis", "pneumonia"], []),
    ("with her sex, without the earlier pneumonia", dict(FEMALE, history=["allergic_rhinitis"]), ["allergic_rhinitis"], ["pneumonia"]),
    ("pregnant in winter, nothing else", dict(FEMALE, history=[], symptoms=[]), [], ["pneumonia"]),
]
CONDITION = "pneumonia"


def run(*words, fine=(0,)):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode not in fine:
        sys.exit(f"{words[:2]}: {done.returncode}\n{done.stderr}")
    return done


def known(path, history, without):
    """(visits, patients, mean of the condition's probability, its place) of visits like hers."""
    like = types.SimpleNamespace(age=(25, 30), sex="female", trimester=3, season="winter", state=None, place=None, history=history, without=without)
    sums, count, patients = {}, 0, set()
    for visit in truth.visits(path):
        if not truth.fits(visit, like):
            continue
        count += 1
        patients.add(visit["patient"])
        for concept, p in list(visit["probability"].items()) + list(visit["again"].items()):
            sums[concept] = sums.get(concept, 0) + p
    mean = sums.get(CONDITION, 0) / count if count else float("nan")
    return count, len(patients), mean, 1 + sum(total > sums.get(CONDITION, 0) for total in sums.values())


def ask(lethe, folder, record):
    """The prediction and the number of similar patients, or why there are none."""
    one, profile = os.path.join(folder, "one.json"), os.path.join(folder, "profile.json")
    dataset = os.path.join(folder, "dataset")
    with open(one, "w", encoding="utf-8") as file:
        json.dump(record, file)
    made = run(lethe, "profile", "--input", one, "--key", os.path.join(folder, "key"), "--plan", dataset, fine=(0, 5))
    if made.returncode != 0:
        return None, made.stderr.splitlines()[0]
    with open(profile, "w", encoding="utf-8") as file:
        file.write(made.stdout)
    found = json.loads(run(lethe, "search", "--dataset", dataset, "--profile", profile, "--top-k", "100", "--json").stdout)
    said = json.loads(run(lethe, "predict", "--dataset", dataset, "--profile", profile, "--top", "100").stdout)
    return (said, len(found["hits"])), None


def tell(lethe, folder, title, record, history, without):
    count, patients, mean, place = known(os.path.join(folder, "truth.json"), history, without)
    answer, trouble = ask(lethe, folder, record)
    print(f"\n{title}")
    print(f"  the generator knew: {count} such visits of {patients} patients, {CONDITION} {mean:.4f}, place {place} of what may begin or come again")
    if trouble:
        print(f"  refused: {trouble}")
        return
    said, hits = answer
    names = list(said["conditions"])
    print(f"  {hits} similar patients; method {said['method']}; first: " +
          ", ".join(f"{name} {said['conditions'][name]['probability']:.3f}" for name in names[:3]))
    if CONDITION in names:
        one = said["conditions"][CONDITION]
        low, high = one["interval"]
        inside = "inside" if low <= mean <= high else "outside"
        print(f"  {CONDITION}: {one['probability']:.4f} ({low:.4f} to {high:.4f}), place {1 + names.index(CONDITION)} of {len(names)}; "
              f"usual at her age and sex {one['usual']:.4f}; the generator's mean is {inside}")
    elif CONDITION in history:
        print(f"  {CONDITION}: not a candidate, she has had it")
    else:
        print(f"  {CONDITION}: nothing is said of it ({said['withheld']} of {said['candidates']} withheld, {said['abstained']} abstained)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe")
    parser.add_argument("patients")
    parser.add_argument("--level", default="standard")
    parser.add_argument("--seed", default="7")
    parser.add_argument("--folder", help="kept, and used again as it is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or temporary
        lethe, at = os.path.abspath(options.lethe), lambda name: os.path.join(folder, name)
        if not os.path.exists(at("dataset")):
            os.makedirs(folder, exist_ok=True)
            run(lethe, "keys", "new", "--output", at("key"))
            run(lethe, "synth", "--patients", options.patients, "--seed", options.seed, "--output", at("population"), "--truth", at("truth.json"))
            run(lethe, "run", "--input", at("population"), "--output", at("dataset"), "--key", at("key"), "--level", options.level, "--quiet", fine=(0, 3))
            run(lethe, "evaluate", "--dataset", at("dataset"), "--fit", "--quiet")
        print(f"{options.patients} synthetic people, seed {options.seed}, level {options.level}")
        for way in WAYS:
            tell(lethe, folder, *way)
    return 0


if __name__ == "__main__":
    sys.exit(main())
