#!/usr/bin/env python3
"""lethe attack and Anonymeter on the same tables in the same run. Needs a Python with anonymeter and pandas.
usage: attack_peer.py LETHE ADULT.CSV [GUESSES]"""
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import warnings

import pandas
from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator

warnings.simplefilter("ignore")
lethe, path, guesses = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 500
random.seed(3)
with open(path) as file:
    header, *lines = file.read().splitlines()
random.shuffle(lines)
original, control = lines[:10000], lines[10000:20000]
columns = list(zip(*(line.split(";") for line in original)))
released = []
for _ in range(10000):  # rows of people in which a quarter of the cells is drawn anew
    row = random.choice(original).split(";")
    released.append(";".join(random.choice(columns[c]) if random.random() < 0.25 else v for c, v in enumerate(row)))
work = tempfile.mkdtemp()
files = {}
for name, rows in ("original", original), ("released", released), ("control", control):
    files[name] = os.path.join(work, name + ".csv")
    with open(files[name], "w") as out:
        out.write("\n".join([header, *rows]) + "\n")

start = time.perf_counter()
command = [lethe, "attack", "--json", "--attempts", str(guesses), "--secret", "salary-class", "--threads", "1"]
said = json.loads(subprocess.run(command + [f"--{k}={v}" for k, v in files.items()], check=True, capture_output=True).stdout)
ours = time.perf_counter() - start
print(f"lethe attack, whole: {ours:.2f} s")
tables = {name: pandas.read_csv(f, sep=";") for name, f in files.items()}
names = list(tables["original"].columns)
arguments = {"ori": tables["original"], "syn": tables["released"], "control": tables["control"], "n_attacks": guesses}


def compare(label, evaluator, found, **how):
    start = time.perf_counter()
    evaluator.evaluate(**how)
    seconds, risk, results = time.perf_counter() - start, evaluator.risk(), evaluator.results()
    theirs = f"{results.attack_rate.value:.4f} against {results.control_rate.value:.4f}, risk {risk.value:.3f} ({risk.ci[0]:.3f} to {risk.ci[1]:.3f})"
    mine = f"{found['original']['rate']:.4f} against {found['control']['rate']:.4f}, risk {found['risk']:.3f} ({found['risk_low']:.3f} to {found['risk_high']:.3f})"
    print(f"{label:30} lethe      {mine}\n{'':30} anonymeter {theirs}, {seconds:.1f} s", flush=True)


attacks = said["attacks"]
half = (len(names) + 1) // 2
compare("singling out, 3 columns", SinglingOutEvaluator(**arguments, n_cols=3),
        next(a for a in attacks if a["columns"] == "3 columns"), mode="multivariate")
compare("linking", LinkabilityEvaluator(**arguments, aux_cols=(names[:half], names[half:]), n_neighbors=1),
        next(a for a in attacks if a["attack"] == "linking"), n_jobs=1)
compare("inference of salary-class", InferenceEvaluator(**arguments, aux_cols=[n for n in names if n != "salary-class"], secret="salary-class"),
        next(a for a in attacks if a["attack"] == "inference"), n_jobs=1)
