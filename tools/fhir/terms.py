#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes src/fhir/data/codes.txt, units.txt and words.txt: what a code, a unit or a display may consist of.

    terms.py CORE_DIR CLINICAL_DATA_DIR NAMES.tsv OUTPUT_DIR

CORE_DIR: the unpacked HL7 FHIR R4 core package 4.0.1 (CC0). CLINICAL_DATA_DIR: src/clinical/data, whose tables name the
source of each line; tables of places are not read. NAMES.tsv: src/synth/data/names.tsv; who is called like a term is not kept.

codes.txt   every code of the core package's CodeSystems and ValueSets (UCUM apart), names of types, ends of canonical URLs
units.txt   the codes of its UCUM value sets and the spellings of src/clinical/data
words.txt   the words of its displays and of the clinical tables, in lower case: a display of other words is not kept
"""
import glob
import json
import os
import re
import sys

WORD = re.compile(r"[A-Za-z][A-Za-z']*")
UCUM = "http://unitsofmeasure.org"
CLINICAL = ["analytes", "codes_*", "categories_*", "charlson", "concepts_*", "encounter_classes", "flat_vitals", "keywords_*",
            "negation", "pregnancy", "result_words", "risk_rules", "thresholds", "unit_spellings"]
# Words of displays in common use that none of the tables has. Source: the terms of LOINC, SNOMED CT, CVX and RxNorm that
# public sample data shows; single words, no terms.
MORE = """NHIS enzymatic up mch mchc mcv rdw hemogram sq valent hydrobromide programme actuat nda prefilled greatest phenx
hospitalizations entitic erythrocyte erythrocytes leukocyte leukocytes platelet automated count volume presence mass moles
specimen unspecified formula calculated predicted creatinine based post method qualitative quantitative panel battery"""

HL7 = ("http://hl7.org/fhir/", "http://terminology.hl7.org/")
PEOPLES = ("v3-TribalEntityUS", "v3-AmericanIndianAlaskaNativeLanguages", "v3-Race")  # names of places and peoples
# Names that are words of terms too.
BOTH = """aide art bay branch brown bud camp center club common course divide drive estate flat fork gate gene golden grant green
harbor heights key kind king light little lock mark marks meadow mission name neck orn passage path pathway rapid rest rich road
route row royal street toy vita fisher turner"""


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def core(folder, codes, units, words):
    def concepts(list_, into, plain=True):
        for concept in list_:
            into.add(concept["code"])
            if plain:
                words.update(word.lower() for word in WORD.findall(concept.get("display", "")))
            concepts(concept.get("concept", []), into, plain)

    for path in glob.glob(os.path.join(folder, "CodeSystem-*.json")):
        concepts(read(path).get("concept", []), codes, not path.endswith(tuple(name + ".json" for name in PEOPLES)))
    for path in glob.glob(os.path.join(folder, "ValueSet-*.json")):
        for include in read(path).get("compose", {}).get("include", []):
            concepts(include.get("concept", []), units if include.get("system") == UCUM else codes)
    for path in glob.glob(os.path.join(folder, "StructureDefinition-*.json")):
        codes.add(read(path)["type"])  # names of types are codes of many elements
    for path in glob.glob(os.path.join(folder, "*-*.json")):  # what a canonical URL of HL7 may end in
        url = read(path).get("url", "")
        for begin in HL7:
            if url.startswith(begin):
                codes.add(url[len(begin):])


def clinical(folder, units, words):
    for pattern in CLINICAL:
        for path in glob.glob(os.path.join(folder, pattern + ".tsv")):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    if not line.startswith("#"):
                        words.update(word.lower() for word in WORD.findall(line))
    with open(os.path.join(folder, "unit_spellings.tsv"), encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                units.update(cell for cell in line.rstrip("\n").split("\t")[:2] if cell)
    with open(os.path.join(folder, "analytes.tsv"), encoding="utf-8") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if not line.startswith("#") and len(cells) > 2 and cells[2]:
                units.add(cells[2])


def people(path):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    return {row[1].lower() for row in rows[1:]} - set(BOTH.split())


def write(folder, name, about, lines):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(f"# {about}\n# Made by tools/fhir/terms.py. Do not edit.\n")
        file.write("".join(line + "\n" for line in sorted(lines)))


def main():
    codes, units, words = set(), set(), {word.lower() for word in MORE.split()}
    core(sys.argv[1], codes, units, words)
    clinical(sys.argv[2], units, words)
    plain = {code for code in codes if code.isascii() and code.isprintable() and code == code.strip() and '"' not in code
             and "\\" not in code and not code.startswith("#")}
    words = {word for word in words if len(word) <= 40} - people(sys.argv[3])
    units = {unit for unit in units if '"' not in unit and "\\" not in unit and not unit.startswith("#")}
    write(sys.argv[4], "codes.txt", "Codes of the HL7 FHIR R4 core package 4.0.1 (CC0).", plain)
    write(sys.argv[4], "units.txt", "Units: UCUM value sets of the HL7 FHIR R4 core package 4.0.1 (CC0); src/clinical/data.",
          units)
    write(sys.argv[4], "words.txt", "Words of terms: displays of the HL7 FHIR R4 core package 4.0.1 (CC0); src/clinical/data.",
          words)


main()
