#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks every table of src/clinical/data: columns, order, uniqueness, references, least numbers.

    check_tables.py [FOLDER]      exit status 1 and one line per fault
"""
import glob
import os
import re
import sys
from collections import Counter

DOMAINS = ("history", "medication", "allergy", "symptom", "procedure", "immunization", "flag")
COLUMNS = {
    "concepts": ("domain", "name", "category", "meaning", "implies", "sensitive", "weight", "source"),
    "categories": ("domain", "name", "meaning", "catch_all", "source"),
    "codes": ("code", "match", "target", "source"),
    "keywords": ("domain", "phrase", "match", "target", "source"),
    "exposures": ("kind", "key", "leaf", "source"),
    "exposure_leaves": ("leaf", "rank", "meaning", "source"),
    "pregnancy": ("kind", "key", "meaning", "value", "source"),
    "charlson": ("concept", "group", "weight", "source"),
    "risk_rules": ("name", "expression", "meaning", "source"),
    "overrides": ("when", "unless", "drops", "source"),
}
MATCHES = {"codes": {"exact", "prefix"}, "keywords": {"phrase", "words", "start", "last", "weak", "suffix", "prefix",
                                                "whole"}}
LEAST = {  # (kind, domain): how many the vocabulary promises
    ("concepts", "history"): 300, ("categories", "history"): 25, ("concepts", "symptom"): 40,
    ("categories", "symptom"): 12, ("concepts", "procedure"): 60, ("categories", "procedure"): 15,
    ("keywords", "history"): 1200, ("risk_rules", ""): 28, ("codes_snomed", ""): 600,
}
PREGNANCY = {"pregnant", "trimester_1", "trimester_2", "trimester_3", "weeks", "due_date", "delivered", "not_pregnant",
             "ended", "-"}
TERM = re.compile(r"!?(?:(history|medication|allergy|symptom|procedure|immunization|flag)([:/])([a-z0-9_]+)"
                  r"|(sex|pregnancy|season|exposure|age_risk|density|region)=([a-z0-9_]+\*?))$")


class Checker:
    def __init__(self, folder):
        self.folder, self.faults, self.tables = folder, [], {}
        for path in sorted(glob.glob(os.path.join(folder, "*.tsv"))):
            self.tables[os.path.basename(path)] = self.read(path)
        self.concepts = {f"{r['domain']}:{r['name']}": r for r in self.rows("concepts_")}
        self.categories = {f"{r['domain']}/{r['name']}" for r in self.rows("categories_")}
        self.domains = {r["domain"] for r in self.rows("concepts_")}

    def fault(self, table, text):
        self.faults.append(f"{table}: {text}")

    def rows(self, prefix):
        return [row for name, rows in self.tables.items() if name.startswith(prefix) for row in rows]

    def read(self, path):
        name = os.path.basename(path)
        with open(path, encoding="utf-8", newline="") as file:
            lines = file.read().split("\n")
        if lines[-1] != "" or not lines[0].startswith("#"):
            self.fault(name, "no header or no final newline")
        head = tuple(lines[0].lstrip("#").split("\t"))
        expected = COLUMNS.get(name[:-4]) or COLUMNS.get(name.split("_")[0].split(".")[0])
        if expected and head != expected:
            self.fault(name, f"columns {head}")
        body = lines[1:-1]
        if body != sorted(body):
            self.fault(name, "not sorted")
        for line, count in Counter(body).items():
            if count > 1:
                self.fault(name, f"twice: {line}")
        rows = []
        for number, line in enumerate(body, 2):
            cells = line.split("\t")
            if len(cells) != len(head):
                self.fault(name, f"line {number}: {len(cells)} columns")
            elif not line.isascii() and not all(c.isprintable() or c == "\t" for c in line):
                self.fault(name, f"line {number}: unprintable character")
            else:
                rows.append(dict(zip(head, cells)))
        return rows

    def target(self, table, target):
        """A target of a domain whose concepts are in this folder must exist; `none` says nothing."""
        domain = target.split(":")[0]
        if target != "none" and (domain not in DOMAINS or (domain in self.domains and target not in self.concepts)):
            self.fault(table, f"no target {target}")

    def check_concepts(self):
        names = Counter(f"{r['domain']}:{r['name']}" for r in self.rows("concepts_"))
        for name in (n for n, count in names.items() if count > 1):
            self.fault("concepts", f"{name} twice")
        used = set()
        for key, row in self.concepts.items():
            used.add(f"{row['domain']}/{row['category']}")
            if f"{row['domain']}/{row['category']}" not in self.categories:
                self.fault("concepts", f"{key}: no category {row['category']}")
            if not re.fullmatch(r"[a-z][a-z0-9_]*", row["name"]) or len(row["name"]) > 60:
                self.fault("concepts", f"{key}: name")
            if row["sensitive"] not in ("0", "1") or row["weight"] not in ("1", "2", "3", "4"):
                self.fault("concepts", f"{key}: sensitive or weight")
            if not row["meaning"] or not row["source"]:
                self.fault("concepts", f"{key}: no meaning or no source")
            for implied in filter(None, row["implies"].split(",")):
                if implied not in ("sex:female", "sex:male", "pregnancy:pregnant"):
                    self.target(f"concepts {key}", implied)
        for category in sorted(self.categories - used):
            self.fault("categories", f"{category} has no concept")

    def check_codes(self):
        for name, rows in self.tables.items():
            if name.startswith("codes_"):
                for row in rows:
                    self.target(name, row["target"])
                    if row["match"] not in MATCHES["codes"] or not re.fullmatch(r"[0-9A-Za-z.-]+", row["code"]):
                        self.fault(name, f"{row['code']}: match or code")

    def check_keywords(self):
        for name, rows in self.tables.items():
            if not name.startswith("keywords_"):
                continue
            for row in rows:
                self.target(name, row["target"])
                if row["match"] not in MATCHES["keywords"]:
                    self.fault(name, f"{row['phrase']}: match {row['match']}")
                if not re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*", row["phrase"]) and "history" in name:
                    self.fault(name, f"phrase {row['phrase']!r} is not normalized")

    def check_small(self):
        leaves = {row["leaf"]: int(row["rank"]) for row in self.rows("exposure_leaves.")}
        if sorted(leaves.values()) != list(range(1, len(leaves) + 1)):
            self.fault("exposure_leaves.tsv", "ranks are not 1, 2, 3 …")
        for leaf in leaves:
            if leaf != "unknown" and not leaf.startswith(("high_", "low_")):
                self.fault("exposure_leaves.tsv", f"{leaf}: neither high_ nor low_")
        for row in self.rows("exposures."):
            if row["leaf"] not in leaves:
                self.fault("exposures.tsv", f"no leaf {row['leaf']}")
            if row["kind"] == "concept":
                self.target("exposures.tsv", row["key"])
        for row in self.rows("pregnancy."):
            if row["meaning"] not in PREGNANCY:
                self.fault("pregnancy.tsv", f"meaning {row['meaning']}")
        for table in ("exposures.", "pregnancy."):
            keys = Counter((r["kind"], r["key"]) for r in self.rows(table))
            for key in (k for k, n in keys.items() if n > 1):
                self.fault(table + "tsv", f"{key} has two meanings")
        for row in self.rows("charlson."):
            self.target("charlson.tsv", "history:" + row["concept"])

    def check_rules(self):
        for row in self.rows("risk_rules."):
            for term in re.split(r" [&|] ", row["expression"]):
                match = TERM.fullmatch(term)
                if not match:
                    self.fault("risk_rules.tsv", f"{row['name']}: term {term!r}")
                elif match.group(2) == ":":
                    self.target(f"risk_rules.tsv {row['name']}", f"{match.group(1)}:{match.group(3)}")
                elif match.group(2) == "/" and match.group(1) in self.domains:
                    if f"{match.group(1)}/{match.group(3)}" not in self.categories:
                        self.fault("risk_rules.tsv", f"{row['name']}: no category {term}")

    def check_numbers(self):
        for (kind, domain), least in LEAST.items():
            rows = self.rows(kind)
            count = len([r for r in rows if not domain or r.get("domain") == domain])
            if count < least:
                self.fault(kind, f"{count} of {domain or 'all'}, promised are {least}")

    def run(self):
        for check in (self.check_concepts, self.check_codes, self.check_keywords, self.check_small, self.check_rules,
                      self.check_numbers):
            check()
        return self.faults


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../../src/clinical/data")
    checker = Checker(folder)
    faults = checker.run()
    for fault in faults:
        print(fault)
    print(f"{sum(map(len, checker.tables.values()))} lines in {len(checker.tables)} tables, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
