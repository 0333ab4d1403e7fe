#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/fhir/types.inc: the names of all resource types of FHIR R4, sorted by byte.

Source: the StructureDefinitions of the HL7 FHIR R4 core package 4.0.1 (CC0), unpacked in the folder given.
Usage: tools/fhir/types.py FOLDER > src/fhir/types.inc
"""
import glob
import json
import sys


def resource_types(folder):
    for path in glob.glob(f"{folder}/StructureDefinition-*.json"):
        with open(path, encoding="utf-8") as file:
            definition = json.load(file)
        if (definition["kind"], definition["abstract"], definition.get("derivation")) == ("resource", False, "specialization"):
            yield definition["type"]


def main():
    print("/* Made by tools/fhir/types.py from the StructureDefinitions of HL7 FHIR R4 4.0.1 (CC0). X(name), sorted. */")
    for name in sorted(set(resource_types(sys.argv[1]))):
        print(f"X({name})")


main()
