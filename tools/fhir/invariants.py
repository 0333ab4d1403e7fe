#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/fhir/data/invariants.tsv: the invariants of R4 on types, and on elements of types.

Source: the StructureDefinitions of the HL7 FHIR R4 core package 4.0.1 (CC0), unpacked in the folder given.
Usage: tools/fhir/invariants.py FOLDER src/fhir/data        (after schema.py: elements.tsv says what is a type)

An invariant that a type inherits stands at the base only.
"""
import glob
import json
import os
import sys

HEAD = ("# Made by tools/fhir/invariants.py from the StructureDefinitions of the HL7 FHIR R4 core package 4.0.1 (CC0). "
        "Do not edit.\n# element: where it is about a member of the type, which is then the focus.\n")


def read(data, name):
    with open(os.path.join(data, name), encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def definitions(folder, types):
    for path in sorted(glob.glob(os.path.join(folder, "StructureDefinition-*.json"))):
        with open(path, encoding="utf-8") as file:
            definition = json.load(file)
        if definition["name"] in types and definition.get("derivation") != "constraint":
            yield definition


def main():
    folder, data = sys.argv[1:]
    types = {row["type"]: row["base"] for row in read(data, "types.tsv")}
    owners = {row["type"] for row in read(data, "elements.tsv")} | set(types)
    found = {}
    for definition in definitions(folder, types):
        for element in definition["snapshot"]["element"]:
            for rule in element.get("constraint", []):
                path = element["path"]
                if path in owners:
                    where = (path, "")
                elif rule["key"] in ("ele-1", "ext-1"):
                    continue
                else:
                    where = tuple(path.rsplit(".", 1))
                found[(*where, rule["key"])] = rule
    inherited = set()
    for type_, element, key in found:
        base = types.get(type_, "BackboneElement" if "." in type_ else "")
        while base and not element:
            if (base, "", key) in found:
                inherited.add((type_, element, key))
            base = types.get(base, "")
    with open(os.path.join(data, "invariants.tsv"), "w", encoding="utf-8") as file:
        file.write(HEAD + "type\telement\tkey\tseverity\texpression\thuman\n")
        for where in sorted(set(found) - inherited):
            rule = found[where]
            human = " ".join(rule["human"].split())
            file.write("\t".join((*where, rule["severity"], " ".join(rule.get("expression", "").split()), human)) + "\n")


main()
