#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the de-identification policy (src/fhir/data/policy.tsv and its companions) into C.

    policy.py DATA_DIR OUTPUT.c

Fails where an element of the schema has no line, where a line judges no element, where a rule cannot be applied to the
values it meets, and where a required complex element would be redacted: that could not be made valid again.
The C side of each array is src/fhir/policy_table.h.
"""
import os
import sys

from compile_schema import Schema, read

RULES = ["redact", "walk", "keep", "code", "language", "mime", "currency", "country", "state", "time", "samples", "term",
         "date", "birth", "age", "zip", "city", "id", "version", "reference", "uri", "fullurl", "request", "query", "token",
         "system", "codevalue", "display", "concepttext", "unit", "unitcode", "identifier", "idsystem", "idvalue", "scrub",
         "note", "blank", "resource", "extension", "modifier"]
COMPLEX = {"walk", "identifier", "note", "blank", "resource", "extension", "modifier", "redact"}
FORMS = ["none", "core", "slug", "loinc", "sctid", "icd10", "pcs", "icd9", "digits3", "digits4", "digits8", "letters3", "ndc", "cpt", "atc", "ucum",
         "language", "mime", "cdcrec", "ncit", "nucc", "bluebutton",
         "dicom"]
OWNERS = ["patient", "subject", "beneficiary", "individual", "candidate", "for"]
WORD = (1 << 64) - 1


class Pool:
    def __init__(self):
        self.data, self.known = bytearray(b"\0"), {"": 0}

    def at(self, text):
        if text not in self.known:
            self.known[text] = len(self.data)
            self.data += text.encode("utf-8") + b"\0"
        return self.known[text]


def array(out, ctype, name, rows, prefix=""):
    out.append(f"{prefix}const {ctype} {name}[] = {{")
    line = "   "
    for row in rows:
        cell = ("{" + ", ".join(map(str, row)) + "}," if isinstance(row, tuple) else f"{row},")
        if len(line) + len(cell) > 118:
            out.append(line)
            line = "   "
        line += " " + cell
    out += [line, "};"]


def hash_of(data):
    """FNV-1a, folded: src/fhir/terms.c does the same."""
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & WORD
    return value ^ value >> 32


def string_set(out, folder, name):
    with open(os.path.join(folder, name + ".txt"), encoding="utf-8") as file:
        strings = [line.rstrip("\n").encode("utf-8") for line in file if not line.startswith("#")]
    assert strings and len(set(strings)) == len(strings) and all(0 < len(s) < 256 for s in strings), name
    size = 1
    while size < 2 * len(strings):
        size *= 2
    slots, pool = [0] * size, bytearray(b"\0")
    for string in strings:
        at = hash_of(string) & size - 1
        while slots[at]:
            at = (at + 1) & size - 1
        slots[at] = len(pool)
        pool += bytes([len(string)]) + string
    array(out, "uint32_t", f"{name}_slots", slots, "static ")
    array(out, "uint8_t", f"{name}_pool", pool, "static ")
    out[-1] += f"\nconst fhir_string_set fhir_{name} = {{{name}_slots, {name}_pool, {size - 1}}};"


def fail(text):
    sys.exit(f"policy.py: {text}")


class Policy:
    def __init__(self, folder):
        self.schema = Schema(folder)
        self.lines = read(folder, "policy")
        self.at = {}
        for number, line in enumerate(self.lines):
            if line["what"] in self.at:
                fail(f"{line['what']} stands twice")
            line["mask"] = line["rule"].endswith("!")
            line["rule"] = line["rule"].rstrip("!")
            if line["rule"] not in RULES:
                fail(f"{line['what']}: no rule {line['rule']}")
            if not line["reason"]:
                fail(f"{line['what']}: no reason")
            self.at[line["what"]] = number
        self.used = set()

    def bases(self, type_):
        while type_:
            yield type_
            type_ = self.schema.types[type_]["base"]

    def line_of(self, type_, member, value):
        for base in self.bases(type_):
            number = self.at.get(f"{base}.{member}")
            if number is not None:
                return number
        return self.at.get(":backbone" if "." in value else ":" + value)

    def judge(self, type_, row):
        value = row["value"].partition("<")[0]
        path = f"{type_}.{row['member']}"
        number = self.line_of(type_, row["member"], value)
        if number is None:
            fail(f"{path} ({value}) has no line")
        self.used.add(number)
        rule = self.lines[number]["rule"]
        primitive = self.schema.types[value]["kind"] == "primitive"
        if not primitive and rule not in COMPLEX:
            fail(f"{path}: rule {rule} on the type {value}")
        if primitive and rule in COMPLEX - {"redact"} and path != "Extension.url":
            fail(f"{path}: rule {rule} on the primitive {value}")
        required = any(child["min"] == "1" for child in self.schema.members.get(value, []))
        if rule == "redact" and row["min"] == "1" and not primitive and required:
            fail(f"{path}: required, and a {value} without its elements is not valid: it must be walked")
        return number

    def owner(self, type_):
        first = 0
        for other in self.schema.names:
            if other == type_:
                break
            first += len(self.schema.members.get(other, []))
        rows = self.schema.members[type_]
        for name in OWNERS:
            for i, row in enumerate(rows):
                targets = row["targets"].split()
                if row["member"] == name and row["value"] == "Reference" and (not targets or "Patient" in targets or
                                                                              "Resource" in targets):
                    return first + i + 1
        return 0


def main():
    folder, output = sys.argv[1:3]
    policy, pool, out = Policy(folder), Pool(), []
    judged = [policy.judge(name, row) for name in policy.schema.names for row in policy.schema.members.get(name, [])]
    for number, line in enumerate(policy.lines):
        if number not in policy.used:
            fail(f"{line['what']} judges no element")
    array(out, "uint16_t", "fhir_policy_of", judged)
    array(out, "fhir_policy_line", "fhir_policy_lines",
          [(pool.at(line["what"]), pool.at(line["rule"]), pool.at(line["reason"]), RULES.index(line["rule"]), int(line["mask"]))
           for line in policy.lines])
    array(out, "uint16_t", "fhir_owner_of",
          [0] + [policy.owner(name) if policy.schema.types[name]["kind"] == "resource" else 0
                 for name in policy.schema.names])
    systems = sorted(read(folder, "systems"), key=lambda row: (row["system"].endswith("*"), -len(row["system"])))
    array(out, "fhir_system_row", "fhir_system_rows",
          [(pool.at(row["system"].rstrip("*")), len(row["system"].rstrip("*")), FORMS.index(row["form"]),
            int(row["system"].endswith("*"))) for row in systems])
    extensions = read(folder, "extensions")
    array(out, "fhir_extension_row", "fhir_extension_rows",
          [(pool.at(row["url"]), pool.at(row["value"]), pool.at(row["reason"]), len(row["url"]),
            int(row["class"] == "race")) for row in extensions])
    for name in ("codes", "units", "words"):
        string_set(out, folder, name)
    array(out, "char", "fhir_policy_strings", [byte if byte < 128 else byte - 256 for byte in pool.data])
    out.append(f"const uint32_t fhir_policy_line_count = {len(policy.lines)}, fhir_system_count = {len(systems)},")
    out.append(f"    fhir_extension_count = {len(extensions)};")
    with open(output, "w", encoding="ascii") as file:
        file.write('/* Made by tools/fhir/policy.py. */\n#include "fhir/policy_table.h"\n\n#include <stddef.h>\n\n')
        file.write("\n".join(out) + "\n")


main()
