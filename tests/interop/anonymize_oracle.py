#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An independent, slow implementation of docs/SPEC-anonymize.md against `lethe anonymize`: random small tables, every
model, every metric, whole lattices by enumeration. Standard library only.

usage: anonymize_oracle.py LETHE [TABLES] [SEED]
"""
import csv
import json
import math
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from fractions import Fraction

EULER = 0.57721566490153286


def floor10(x):
    return int(x * 1e10) / 1e10 if abs(x) < 9e8 else x


# -- models ------------------------------------------------------------------------------------------------------------

def people_of(table, rows):
    return len({table["person"][r] for r in rows}) if table["person"] else len(rows)


def counts_of(table, column, rows):
    """Value -> people with it; a person with one value in several rows counts once."""
    values = table["sensitive"][column]
    if table["person"]:
        return Counter(v for v, _ in {(values[r], table["person"][r]) for r in rows})
    return Counter(values[r] for r in rows)


def grassberger(n):
    n -= n % 2
    if n <= 100:
        return -EULER - math.log(2) + sum(2 / i for i in range(1, n, 2))
    m = 1 / ((n / 2) ** 2)
    return math.log(n) + m * (1 / 24 - m * (7 / 960 - m * 31 / 8064))


def entropy_holds(counts, l, psi):
    total = sum(counts.values())
    return len(counts) >= l and sum(c * psi(c) for c in counts.values()) <= total * (psi(total) - math.log(l)) + 1e-9 * total


def distance_tree(path, p, q):
    """path[value] = groups from the value up. Recursion over the tree with exact fractions."""
    height = len(next(iter(path.values()))) - 1
    extra = {(0, v): p.get(v, 0) - q.get(v, 0) for v in path}
    cost = Fraction(0)
    for level in range(1, height + 1):
        above = defaultdict(list)
        done = set()
        for v in path:
            child = (level - 1, path[v][level - 1])
            if child not in done:
                done.add(child)
                above[(level, path[v][level])].append(extra[child])
        extra = {}
        for node, parts in above.items():
            more = sum(x for x in parts if x > 0)
            less = -sum(x for x in parts if x < 0)
            cost += Fraction(level, height) * min(more, less)
            extra[node] = more - less
    return float(cost)


def shares(counts):
    total = sum(counts.values())
    return {v: Fraction(c, total) for v, c in counts.items()}


def class_holds(table, model, released, around):
    """released: rows of the class that are released; around: all of them."""
    name = model["model"]
    if name == "k-anonymity":
        return people_of(table, released) >= model["k"]
    if name == "k-map":
        return len(around) >= model["k"]
    if name == "delta-presence":
        return model["min"] <= len(released) / len(around) <= model["max"]
    if not released or name in ("average-risk", "sample-uniqueness"):
        return True
    counts = counts_of(table, model["column"], released)
    whole = counts_of(table, model["column"], table["released"])
    p, q = shares(whole), shares(counts)
    if name == "distinct-l":
        return len(counts) >= model["l"]
    if name == "entropy-l":
        return entropy_holds(counts, model["l"], math.log)
    if name == "grassberger-l":
        return entropy_holds(counts, model["l"], grassberger)
    if name == "recursive-cl":
        ranked = sorted(counts.values(), reverse=True)
        return len(ranked) >= model["l"] and ranked[0] < model["c"] * sum(ranked[model["l"] - 1:])
    if name == "t-closeness":
        kind = model.get("distance", "equal")
        if kind == "equal":
            distance = float(sum(max(0, q.get(v, 0) - p[v]) for v in p))
        elif kind == "ordered":
            values = sorted(set(table["sensitive"][model["column"]]), key=lambda v: v.encode())
            run, total = Fraction(0), Fraction(0)
            for v in values:
                run += q.get(v, 0) - p.get(v, 0)
                total += abs(run)
            distance = float(total / (len(values) - 1)) if len(values) > 1 else 0.0
        else:
            distance = distance_tree(table["trees"][model["column"]], p, q)
        return distance <= model["t"]
    if name in ("beta-likeness", "enhanced-beta-likeness"):
        for v in counts:
            most = model["beta"] if name[0] == "b" else min(model["beta"], -math.log(float(p[v])))
            if float((q[v] - p[v]) / p[v]) > most:
                return False
        return True
    if name == "delta-disclosure":
        return all(abs(math.log2(float(q[v] / p[v]))) < model["delta"] for v in counts)
    raise AssertionError(name)


# -- metrics -----------------------------------------------------------------------------------------------------------

class Costs:
    def __init__(self, table, spec):
        self.table, self.spec = table, spec
        gs = spec["gs-factor"]
        self.s = 2 * gs if gs < 0.5 else 1
        self.g = 1 - 2 * (gs - 0.5) if gs > 0.5 else 1
        self.n = len(table["released"])

    def share(self, c, level, row):
        return self.table["leaves"][c][level][self.table["groups"][c][level][self.table["codes"][c][row]]]

    def column(self, c, level, kept, gone):
        table, n, g, s, metric = self.table, self.n, self.g, self.s, self.spec["metric"]
        top = len(table["groups"][c]) - 1
        height = level / top if top else 0
        lost = len(gone)
        if metric == "loss":
            domain = len(table["order"][c])
            k = sum(self.share(c, level, r) for r in kept)
            l = sum(self.share(c, level, r) for r in gone)
            t = g * k + (lost * domain if s == 1 else l + s * (lost * domain - l))
            whole = n * domain - g * n
            return floor10(max(0.0, (t - g * n) / whole)) if whole > 0 else 0.0
        if metric.startswith("entropy"):
            rows = kept + gone
            leaf = Counter(table["codes"][c][r] for r in rows)
            group = Counter(table["groups"][c][level][table["codes"][c][r]] for r in rows)
            bits = -sum(k * math.log2(k / group[table["groups"][c][level][v]]) for v, k in leaf.items())
            if metric == "entropy-monotone":
                return floor10(g * bits)
            spread = Counter(table["groups"][c][level][table["codes"][c][r]] for r in gone)
            return floor10(g * bits - s * sum(k * math.log2(k / lost) for k in spread.values()))
        if metric == "precision":
            return ((n - lost) * height * g + lost * s) / n
        return height if metric == "precision-monotone" else float(level)

    def join(self, values):
        weights = self.table["weights"]
        scaled = [v * w for v, w in zip(values, weights)]
        kind = self.spec["aggregate"]
        if kind == "default":
            kind = {"loss": "geometric", "precision": "mean", "precision-monotone": "mean"}.get(self.spec["metric"], "sum")
        if kind == "geometric":
            return (math.prod(v + 1 for v in scaled) ** (1 / len(scaled)) - 1,)
        if kind == "mean":
            return (sum(scaled) / len(scaled),)
        if kind == "sum":
            return (sum(scaled),)
        if kind == "largest":
            return (max(scaled),)
        return tuple(sorted(scaled, reverse=True))

    def score(self, levels, kept_classes, gone_classes):
        metric = self.spec["metric"]
        kept = [r for rows in kept_classes for r in rows]
        gone = [r for rows in gone_classes for r in rows]
        if metric == "discernibility":
            return (float(sum(len(x) ** 2 for x in kept_classes) + self.n * len(gone)),)
        if metric == "discernibility-monotone":
            return (float(sum(len(x) ** 2 for x in kept_classes + gone_classes)),)
        if metric == "class-size":
            classes = self.s * len(kept_classes) + (self.g if gone else 0)
            return (self.n / classes if classes > 0 else float(self.n) ** 2,)
        return self.join([self.column(c, levels[c], kept, gone) for c in range(len(levels))])


# -- a node ------------------------------------------------------------------------------------------------------------

def sample_holds(model, classes):
    rows = sum(len(x) for x in classes)
    if rows == 0:
        return True
    if model["model"] == "average-risk":
        return 1.0 / (rows / len(classes)) <= model["threshold"]
    return sum(len(x) == 1 for x in classes) / rows <= model["threshold"]


def node(table, spec, costs, levels):
    classes = defaultdict(list)
    for r in range(table["rows"]):
        classes[tuple(table["groups"][c][levels[c]][table["codes"][c][r]] for c in range(len(levels)))].append(r)
    chosen = set(table["released"])
    kept, gone, impossible = [], [], False
    for around in classes.values():
        released = [r for r in around if r in chosen]
        holds = all(class_holds(table, m, released, around) for m in spec["models"]
                    if released or m["model"] != "delta-presence" or m.get("classes") != "released")
        if released:
            (kept if holds else gone).append(released)
        else:
            impossible = impossible or any(m["model"] == "delta-presence" and m["min"] > 0 and
                                           m.get("classes") != "released" for m in spec["models"])
    speaks = any(len(set(table["groups"][c][levels[c]])) > 1 or table["group_names"][c][levels[c]] > 1
                 for c in range(len(levels)))
    samples = [m for m in spec["models"] if m["model"] in ("average-risk", "sample-uniqueness")]
    if samples and speaks:
        def cost(rows):
            if spec["metric"] != "loss":
                return ()
            values = [len(rows) * (costs.share(c, levels[c], rows[0]) / len(table["order"][c])) for c in range(len(levels))]
            scaled = [v * w for v, w in zip(values, table["weights"])]
            kind = spec["aggregate"]
            if kind in ("default", "geometric"):
                total = 1.0
                for v in scaled:
                    total *= v + 1
                return (total,)
            if kind == "mean":
                total = 0.0
                for v in scaled:
                    total += v / len(scaled)
                return (total,)
            if kind == "sum":
                total = 0.0
                for v in scaled:
                    total += v
                return (total,)
            return (max(scaled),) if kind == "largest" else tuple(sorted(scaled, reverse=True))
        kept.sort(key=lambda rows: (len(rows), cost(rows), rows[0]))
        for m in samples:
            while kept and not sample_holds(m, kept):
                gone.append(kept.pop(0))
    withheld = sum(len(x) for x in gone)
    holds = not impossible and withheld <= int(spec["suppression"] * len(table["released"]))
    return holds, costs.score(levels, kept, gone)


def best(table, spec):
    costs, found = Costs(table, spec), None
    levels = [0] * len(table["codes"])
    while True:
        holds, score = node(table, spec, costs, levels)
        if holds and (found is None or score < found):
            found = score
        c = 0
        while c < len(levels):
            levels[c] += 1
            if levels[c] < len(table["groups"][c]):
                break
            levels[c] = 0
            c += 1
        if c == len(levels):
            return found


# -- random tables -----------------------------------------------------------------------------------------------------

def make_column(rng, rows):
    leaves = rng.randint(1, 6)
    names = [f"v{i}" for i in range(leaves)]
    if rng.random() < 0.1:
        names[0] = ""  # a missing value that the hierarchy knows
    order, groups = list(range(leaves)), [list(range(leaves))]
    for level in range(rng.randint(0, 3)):
        below = groups[-1]
        fewer = 1 if rng.random() < 0.4 else rng.randint(1, max(below) + 1)
        mapping = [g if g < fewer else rng.randrange(fewer) for g in range(max(below) + 1)]
        groups.append([mapping[g] for g in below])
    codes = [rng.randrange(1 + rng.randrange(leaves)) for _ in range(rows)]
    return names, order, groups, codes


def make_table(rng):
    rows = rng.randint(1, rng.choice((4, 12, 40)))
    count = rng.randint(1, 3)
    table = {"rows": rows, "codes": [], "groups": [], "leaves": [], "names": [], "order": [], "group_names": [],
             "sensitive": {}, "trees": {}, "person": None, "weights": [1.0] * count, "released": list(range(rows)),
             "subset": None}
    for _ in range(count):
        names, order, groups, codes = make_column(rng, rows)
        table["names"].append(names)
        table["order"].append(order)
        table["groups"].append(groups)
        table["codes"].append(codes)
        table["leaves"].append([Counter(level) for level in groups])
        table["group_names"].append([len(set(level)) for level in groups])
    for s in range(rng.randint(1, 2)):
        values = rng.randint(1, 5)
        table["sensitive"][f"s{s}"] = [f"w{rng.randrange(values)}" for _ in range(rows)]
        table["trees"][f"s{s}"] = {f"w{v}": (f"w{v}", f"g{v // 2}", "*") for v in range(5)}
    kind = rng.random()
    if kind < 0.25:
        table["person"] = [f"p{rng.randrange(max(1, rows * 2 // 3))}" for _ in range(rows)]
    elif kind < 0.5:
        table["subset"] = [int(r == 0 or rng.random() < 0.6) for r in range(rows)]
        table["released"] = [r for r in range(rows) if table["subset"][r]]
    if rng.random() < 0.3:
        table["weights"] = [rng.choice((0.0, 0.5, 1.0, 2.0)) for _ in range(count)]
    return table


def make_model(rng, table):
    column = rng.choice(sorted(table["sensitive"]))
    k, share = rng.randint(1, 5), rng.choice((0.05, 0.1, 0.2, 0.3, 0.45, 0.7, 1.0))
    real = rng.choice((0.5, 1.0, 1.5, 2.5, 4.0))
    models = [{"model": "k-anonymity", "k": k}, {"model": "distinct-l", "l": min(k, 3), "column": column},
              {"model": "entropy-l", "l": min(k, 3), "column": column},
              {"model": "grassberger-l", "l": min(k, 3), "column": column},
              {"model": "recursive-cl", "c": real, "l": min(k, 3), "column": column},
              {"model": "t-closeness", "t": share, "column": column},
              {"model": "t-closeness", "t": share, "column": column, "distance": "ordered"},
              {"model": "t-closeness", "t": share, "column": column, "distance": "hierarchical"},
              {"model": "beta-likeness", "beta": real, "column": column},
              {"model": "enhanced-beta-likeness", "beta": real, "column": column},
              {"model": "delta-disclosure", "delta": real, "column": column},
              {"model": "average-risk", "threshold": share}, {"model": "sample-uniqueness", "threshold": share}]
    if table["subset"]:
        models += 2 * [{"model": "k-map", "k": k}]
        models += [{"model": "delta-presence", "min": share / 4, "max": 0.5 + share / 2},
                   {"model": "delta-presence", "min": share / 4, "max": 0.5 + share / 2, "classes": "released"}]
    return rng.choice(models)


METRICS = ("loss", "loss", "entropy", "entropy-monotone", "precision", "precision-monotone", "discernibility",
           "discernibility-monotone", "class-size", "height")


def make_spec(rng, table):
    return {"models": [make_model(rng, table) for _ in range(rng.randint(1, 3))],
            "suppression": rng.choice((0, 0, 0.05, 0.25, 0.5, 1)), "metric": rng.choice(METRICS),
            "aggregate": rng.choice(("default", "default", "geometric", "mean", "sum", "largest", "rank")),
            "gs-factor": rng.choice((0, 0.25, 0.5, 0.5, 0.5, 0.75, 1))}


# -- the program -------------------------------------------------------------------------------------------------------

def write(folder, table, spec):
    count = len(table["codes"])
    columns = {}
    for c in range(count):
        name = f"h{c}.csv"
        with open(os.path.join(folder, name), "w", newline="") as file:
            out = csv.writer(file, delimiter=";", lineterminator="\n")
            for leaf in table["order"][c]:
                row = [table["names"][c][leaf]]
                row += [f"L{level}_{table['groups'][c][level][leaf]}" for level in range(1, len(table["groups"][c]))]
                out.writerow(row)
        columns[f"q{c}"] = {"role": "quasi", "hierarchy": name, "weight": table["weights"][c]}
    for s, tree in table["trees"].items():
        with open(os.path.join(folder, s + ".csv"), "w") as file:
            file.writelines(";".join(path) + "\n" for path in tree.values())
        columns[s] = {"role": "sensitive", "hierarchy": s + ".csv"}
    header = [f"q{c}" for c in range(count)] + sorted(table["sensitive"])
    if table["person"]:
        columns["who"] = {"role": "person"}
        header.append("who")
    if table["subset"]:
        columns["in"] = {"role": "subset", "value": "1"}
        header.append("in")
    with open(os.path.join(folder, "data.csv"), "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        for r in range(table["rows"]):
            row = [table["names"][c][table["codes"][c][r]] for c in range(count)]
            row += [table["sensitive"][s][r] for s in sorted(table["sensitive"])]
            row += [table["person"][r]] if table["person"] else []
            row += [table["subset"][r]] if table["subset"] else []
            out.writerow(row)
    with open(os.path.join(folder, "spec.json"), "w") as file:
        json.dump({"columns": columns, "separator": ",", **spec}, file)


def run(lethe, folder):
    done = subprocess.run([lethe, "anonymize", "--input", os.path.join(folder, "data.csv"), "--spec",
                           os.path.join(folder, "spec.json"), "--output", os.path.join(folder, "release"), "--json"],
                          capture_output=True, text=True, timeout=60)
    answer = json.loads(done.stdout)
    if "error" in answer:
        if "PRIVACY_NO_PLAN" in done.stderr:
            return None
        raise SystemExit(f"failed: {done.stderr}")
    if not answer["proved"]:
        raise SystemExit("not proved")
    return tuple(answer["rank"]) if "rank" in answer else (answer["plan"]["score"],)


def near(a, b):
    return len(a) == len(b) and all(abs(x - y) <= 2e-9 * max(1, abs(x), abs(y)) for x, y in zip(a, b))


def main():
    lethe, tables = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    answers, used = 0, Counter()
    for i in range(tables):
        table = make_table(rng)
        spec = make_spec(rng, table)
        with tempfile.TemporaryDirectory() as folder:
            write(folder, table, spec)
            mine, theirs = best(table, spec), run(lethe, folder)
            if (mine is None) != (theirs is None) or (mine is not None and not near(mine, theirs)):
                keep = tempfile.mkdtemp(prefix="anonymize-oracle-")
                write(keep, table, spec)
                raise SystemExit(f"table {i}: {mine} here, {theirs} there; left in {keep}: {json.dumps(spec)}")
        answers += mine is not None
        used.update(m["model"] + m.get("distance", "") for m in spec["models"])
    print(f"{tables} tables, {answers} with an answer, no disagreement; models: {dict(sorted(used.items()))}")


if __name__ == "__main__":
    main()
