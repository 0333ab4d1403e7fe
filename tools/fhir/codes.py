#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/fhir/data/codes.tsv: the codes of every value set that an element is bound to with strength `required`.

Source: the ValueSets and CodeSystems of the HL7 FHIR R4 core package 4.0.1 (CC0), unpacked in the folder given.
Usage: tools/fhir/codes.py FOLDER src/fhir/data        (after schema.py: elements.tsv says which are bound)

A value set that needs what the package does not hold (media types, currencies, UCUM, LOINC answers) has the code `*`:
its codes are not checked.
"""
import glob
import json
import os
import sys

HEAD = ("# Made by tools/fhir/codes.py from the ValueSets and CodeSystems of the HL7 FHIR R4 core package 4.0.1 (CC0). "
        "Do not edit.\n# The codes of value sets with a required binding; * is any code: the package does not hold them.\n")


def load(folder, kind):
    found = {}
    for path in glob.glob(os.path.join(folder, kind + "-*.json")):
        with open(path, encoding="utf-8") as file:
            resource = json.load(file)
        found[resource["url"]] = resource
    return found


def concepts(listed):
    for concept in listed:
        yield concept["code"]
        yield from concepts(concept.get("concept", []))


def is_a(listed, code, below=False):
    """`code` and what stands below it."""
    for concept in listed:
        if below or concept["code"] == code:
            yield concept["code"]
        yield from is_a(concept.get("concept", []), code, below or concept["code"] == code)


class Expander:
    def __init__(self, folder):
        self.systems, self.sets = load(folder, "CodeSystem"), load(folder, "ValueSet")

    def of_system(self, include):
        system = self.systems.get(include["system"])
        if "concept" in include:
            return {(include["system"], concept["code"]) for concept in include["concept"]}
        if system is None or system["content"] != "complete":
            return None
        codes = set(concepts(system.get("concept", [])))
        for rule in include.get("filter", []):
            if rule["op"] not in ("is-a", "descendent-of") or rule["property"] != "concept":
                return None
            kept = set(is_a(system.get("concept", []), rule["value"]))
            codes &= kept - ({rule["value"]} if rule["op"] == "descendent-of" else set())
        return {(include["system"], code) for code in codes}

    def part(self, include):
        """Codes of one include or exclude, None where the package does not hold them: all of its parts must agree."""
        parts = [self.of_system(include)] if "system" in include else []
        parts += [self.expand(url.split("|")[0]) for url in include.get("valueSet", [])]
        if None in parts:
            return None
        return set.intersection(*parts)

    def expand(self, url):
        value_set = self.sets.get(url)
        if value_set is None or "compose" not in value_set:
            return None
        taken = set()
        for include in value_set["compose"]["include"]:
            part = self.part(include)
            if part is None:
                return None
            taken |= part
        for exclude in value_set["compose"].get("exclude", []):
            part = self.part(exclude)
            if part is None:
                return None
            taken -= part
        return taken


def required_sets(data):
    with open(os.path.join(data, "elements.tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")][1:]
    return sorted({row[7].split(" ")[1] for row in rows if row[7].startswith("required ")})


def main():
    folder, data = sys.argv[1:]
    expander = Expander(folder)
    with open(os.path.join(data, "codes.tsv"), "w", encoding="utf-8") as file:
        file.write(HEAD + "value_set\tsystem\tcode\n")
        for url in required_sets(data):
            for system, code in sorted(expander.expand(url) or {("", "*")}):
                file.write(f"{url}\t{system}\t{code}\n")


main()
