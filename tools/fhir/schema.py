#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/fhir/data/types.tsv and elements.tsv: every type of FHIR R4 and every JSON member that it may have.

Source: the StructureDefinitions of the HL7 FHIR R4 core package 4.0.1 (CC0), unpacked in the folder given.
Usage: tools/fhir/schema.py FOLDER src/fhir/data

Deviations from the definitions, each because they contradict the text of the specification:
  Resource.id is of type `id` (resource.html), not `string`, as the definitions of 4.0.1 say by mistake.
  Extension.url is of type `uri` (extensibility.html), though the definition says System.String.
"""
import glob
import json
import os
import sys

HEAD = ("# Made by tools/fhir/schema.py from the StructureDefinitions of the HL7 FHIR R4 core package 4.0.1 (CC0). "
        "Do not edit.\n")
CANONICAL = "http://hl7.org/fhir/StructureDefinition/"
KINDS = {"primitive-type": "primitive", "complex-type": "complex", "resource": "resource"}
STRENGTHS = {"required": "required", "extensible": "extensible", "preferred": "preferred", "example": "example"}
MAX_VALUE_SET = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"


def definitions(folder):
    """The base types by name: no profiles, no logical models."""
    found = {}
    for path in glob.glob(os.path.join(folder, "StructureDefinition-*.json")):
        with open(path, encoding="utf-8") as file:
            definition = json.load(file)
        if definition["kind"] in KINDS and definition.get("derivation") != "constraint":
            found[definition["name"]] = definition
    return dict(sorted(found.items()))


def last(url):
    assert url.startswith(CANONICAL), url
    return url[len(CANONICAL):]


def value_type(element, type_, is_resource):
    """The R4 type of a value, where the definitions name a FHIRPath type."""
    code = type_["code"]
    if not code.startswith("http://hl7.org/fhirpath/"):
        return code
    if element["path"].endswith(".id"):
        return "id" if is_resource and element["path"].count(".") == 1 else "string"
    assert element["path"] == "Extension.url", element["path"]
    return "uri"


def binding(element):
    bound = element.get("binding")
    if not bound or "valueSet" not in bound:
        return "", ""
    most = [x["valueCanonical"] for x in bound.get("extension", []) if x["url"] == MAX_VALUE_SET]
    return f"{STRENGTHS[bound['strength']]} {bound['valueSet'].split('|')[0]}", (most[0].split("|")[0] if most else "")


def flags(element, system):
    marks = [("M", element.get("isModifier")), ("S", element.get("isSummary")), ("A", system),
             ("I", element["base"]["path"] != element["path"])]
    return "".join(mark for mark, holds in marks if holds)


def rows_of(name, definition):
    """(type, member, value type, min, max, choice, flags, binding, maxValueSet, targets) of one definition."""
    resource = definition["kind"] == "resource"
    backbones = {e["path"] for e in definition["snapshot"]["element"]
                 if [t["code"] for t in e.get("type", [])] in (["BackboneElement"], ["Element"])}
    for element in definition["snapshot"]["element"][1:]:
        owner, member = element["path"].rsplit(".", 1)
        if element["max"] == "0" or (definition["kind"] == "primitive-type" and member == "value"):
            continue
        assert element["max"] in ("1", "*"), element["path"]
        types = element.get("type", [])
        common = (element["min"], element["max"])
        bound, most = binding(element)
        if "contentReference" in element:
            yield owner, member, element["contentReference"].lstrip("#"), *common, "", flags(element, False), "", "", ""
            continue
        if element["path"] in backbones:
            yield owner, member, element["path"], *common, "", flags(element, False), "", "", ""
            continue
        choice = member if member.endswith("[x]") else ""
        assert choice or len(types) == 1, element["path"]
        for type_ in types:
            value = value_type(element, type_, resource)
            system = type_["code"] != value
            spelled = member[:-3] + value[0].upper() + value[1:] if choice else member
            targets = " ".join(sorted({last(t) for t in type_.get("targetProfile", [])}))
            bindable = value in ("code", "Coding", "CodeableConcept", "string", "uri", "Quantity", "id", "canonical")
            profile = " ".join(last(p) for p in type_.get("profile", []))
            yield (owner, spelled, f"{value}<{profile}>" if profile else value, *common, choice, flags(element, system),
                   bound if bindable else "", most if bindable else "", targets)


def main():
    folder, out = sys.argv[1:]
    found = definitions(folder)
    with open(os.path.join(out, "types.tsv"), "w", encoding="utf-8") as file:
        file.write(HEAD + "# base: the type that it specializes.\ntype\tkind\tabstract\tbase\n")
        for name, definition in found.items():
            base = definition.get("baseDefinition")
            file.write("\t".join((name, KINDS[definition["kind"]], "1" if definition["abstract"] else "",
                                  last(base) if base else "")) + "\n")
    with open(os.path.join(out, "elements.tsv"), "w", encoding="utf-8") as file:
        file.write(HEAD + "# One line for each JSON member of each type, inherited ones too, in the order of the "
                   "definitions; value[x] is one line a type.\n"
                   "# value<P>: a value of the profile P. flags: M modifier, S summary, A an attribute in XML (has no "
                   "_member), I inherited.\n"
                   "# binding: strength and value set; max_binding: the value set that it may not leave. "
                   "targets: of Reference or canonical; none is any.\n"
                   "type\tmember\tvalue\tmin\tmax\tchoice\tflags\tbinding\tmax_binding\ttargets\n")
        for name, definition in found.items():
            for row in rows_of(name, definition):
                file.write("\t".join(str(cell) for cell in row) + "\n")


main()
