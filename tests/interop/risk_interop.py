#!/usr/bin/env python3
"""Computes risks of random tables slowly, with the standard library only, and compares what lethe says of the same files: CSV as
Python's csv module writes it, people instead of rows, suppressed cells, populations, sets of columns, minimal uniques.
usage: risk_interop.py LETHE [TABLES]"""
import csv
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile

lethe, tables = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60
work = tempfile.mkdtemp()
VALUES = ["a", "b", 'say "hi"', "x,y", "x;y", "two\nlines", "", "*", "é", "naïve", "0", "00"]


def write(name, header, rows, chance):
    path = os.path.join(work, name)
    quoting = chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    with open(path, "w", newline="", encoding=chance.choice(["utf-8", "utf-8-sig"])) as out:
        writer = csv.writer(out, delimiter=chance.choice(",;\t|"), quoting=quoting, lineterminator=chance.choice(["\n", "\r\n"]))
        writer.writerow(header)
        writer.writerows(rows)
    return path


def fits(a, b):
    return all(x == y or x == "*" or y == "*" for x, y in zip(a, b))


def people_alike(row, rows, qi):
    """Who fits: of the pattern of stars that most people have."""
    best = {}
    for other in rows:
        if fits(row[:qi], other[:qi]):
            best.setdefault(tuple(v == "*" for v in other[:qi]), set()).add(other[qi])
    return max(len(who) for who in best.values())


def risks(rows, qi, persons):
    least = {}
    for i, row in enumerate(rows):
        if persons:
            size, who = people_alike(row, rows, qi), row[qi]
        else:
            size, who = sum(fits(row[:qi], other[:qi]) for other in rows), i
        least[who] = min(size, least.get(who, size))
    sizes = list(least.values())
    return {"people": len(sizes), "average": sum(1 / s for s in sizes) / len(sizes), "highest": 1 / min(sizes),
            "alone": sizes.count(1), "below": [sum(s < cell for s in sizes) for cell in (3, 5, 11, 20)]}


def sets_of(rows, qi, largest):
    alone = {}
    for size in range(1, largest + 1):
        for columns in itertools.combinations(range(qi), size):
            counts = {}
            for row in rows:
                key = tuple(row[c] for c in columns)
                counts[key] = counts.get(key, 0) + 1
            here = {i for i, row in enumerate(rows) if counts[tuple(row[c] for c in columns)] == 1}
            below = set().union(*(alone[part][0] for part in itertools.combinations(columns, size - 1))) if size > 1 else set()
            n = len(rows)
            together = sum(c * (c - 1) for c in counts.values())
            alone[columns] = (here, len(here - below), len(counts), 1 - together / (n * (n - 1)) if n > 1 else 0)
    return alone


def close(a, b):
    return abs(a - b) <= 1e-12 * max(1, abs(b))


def check(seed):
    chance = random.Random(seed)
    qi, n, persons = chance.randint(1, 4), chance.randint(1, 40), chance.random() < 0.5
    choices = [chance.sample(VALUES, chance.randint(1, 4)) for _ in range(qi)]
    header = [f"c{i}" for i in range(qi)] + ["who"]
    rows = [[chance.choice(choices[c]) for c in range(qi)] + [f"p{chance.randint(0, n)}"] for _ in range(n)]
    path = write("table.csv", header, rows, chance)
    with open(path, "rb") as file:  # a header of one separator says which it is
        first = file.readline().decode("utf-8-sig")
    separator = next(c for c in ",;\t|" if c in first)
    command = [lethe, "risk", "--input", path, "--qi", ",".join(header[:qi]), "--json", "--separator", separator]
    largest = chance.randint(1, qi)
    command += ["--subset-size", str(largest)] + (["--person", "who"] if persons else [])
    said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    expected = risks(rows, qi, persons)
    assert said["rows"] == n and said["people"] == expected["people"], seed
    assert said["classes"] == len({tuple(row[:qi]) for row in rows}), seed
    assert close(said["prosecutor"]["average"], expected["average"]) and said["prosecutor"]["highest"] == expected["highest"], seed
    assert said["sample_uniques"]["hits"] == expected["alone"], seed
    assert [t["people"]["hits"] for t in said["prosecutor"]["at_risk"]] == expected["below"], seed
    if not persons:
        for one, (columns, (here, minimal, classes, separation)) in zip(said["sets"], sets_of(rows, qi, largest).items()):
            assert one["columns"] == ",".join(header[c] for c in columns), seed
            assert (one["alone"], one["minimal_uniques"], one["classes"]) == (len(here), minimal, classes), seed
            assert close(one["separation"], separation), seed


for seed in range(tables):
    check(seed)
print(f"{tables} tables: lethe risk says what the slow way says")
