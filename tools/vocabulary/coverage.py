#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much of the conditions and procedures of real FHIR the vocabulary covers.

    coverage.py [--data src/clinical/data] [--unmatched N] FOLDER...

FOLDER holds Bundles (.json) or bulk files (.ndjson), at any depth. Prints occurrences and distinct codes covered for
Condition, Procedure, reasons and Encounter.type, without catch-all categories. A code counts as its first system and code.
"""
import argparse
import glob
import json
import os
from collections import Counter

from lookup import Vocabulary


def resources(folder):
    """Resources of a folder; what does not parse is skipped, for this is a measurement."""
    for name in sorted(glob.glob(os.path.join(folder, "**", "*"), recursive=True)):
        if not name.endswith((".json", ".ndjson")):
            continue
        with open(name, encoding="utf-8") as file:
            texts = file if name.endswith(".ndjson") else [file.read()]
            for text in texts:
                try:
                    value = json.loads(text)
                except ValueError:
                    continue
                if not isinstance(value, dict):
                    continue
                if value.get("resourceType") == "Bundle":
                    yield from (entry.get("resource", {}) for entry in value.get("entry", []))
                else:
                    yield value


def concepts_of(resource):
    """(what, domain, CodeableConcept) of everything that is looked up."""
    kind = resource.get("resourceType")
    if kind == "Condition":
        yield kind, "history", resource.get("code", {})
    if kind == "Procedure":
        yield kind, "procedure", resource.get("code", {})
    if kind == "Encounter":
        for concept in resource.get("type", []):
            yield "Encounter.type", "procedure", concept
    if kind in ("Encounter", "Procedure"):
        for concept in resource.get("reasonCode", []):
            yield "reasonCode", "history", concept


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", default=os.path.join(os.path.dirname(__file__), "../../src/clinical/data"))
    parser.add_argument("--unmatched", type=int, default=0, metavar="N", help="print the N most frequent unknown codes")
    parser.add_argument("--no-exact", action="store_true", help="forget exact SNOMED CT lines: what keywords alone do")
    parser.add_argument("folder", nargs="+")
    options = parser.parse_args()

    vocabulary = Vocabulary(options.data)
    if options.no_exact:
        vocabulary.exact.clear()
    seen, covered, codes, known, unknown = Counter(), Counter(), {}, {}, Counter()
    for folder in options.folder:
        for resource in resources(folder):
            for what, domain, concept in concepts_of(resource):
                codings = [(c.get("system", ""), c.get("code", ""), c.get("display", ""))
                           for c in concept.get("coding", [])]
                targets = vocabulary.lookup(domain, codings, concept.get("text", ""))
                key = codings[0][:2] if codings else ("", concept.get("text", ""))
                seen[what] += 1
                codes.setdefault(what, set()).add(key)
                if vocabulary.covered(targets, domain):
                    covered[what] += 1
                    known.setdefault(what, set()).add(key)
                else:
                    unknown[what, key, codings[0][2] if codings else ""] += 1
    for what in sorted(seen):
        part, whole = len(known.get(what, ())), len(codes[what])
        print(f"{what}: {covered[what]} of {seen[what]} occurrences ({100 * covered[what] / seen[what]:.2f} %), "
              f"{part} of {whole} distinct codes ({100 * part / whole:.2f} %)")
    for (what, key, display), count in unknown.most_common(options.unmatched):
        print(count, what, *key, display, sep="\t")


if __name__ == "__main__":
    main()
