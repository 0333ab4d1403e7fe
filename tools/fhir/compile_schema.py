# SPDX-License-Identifier: Apache-2.0
"""Types and elements of src/fhir/data as the arrays of src/fhir/schema_table.h."""
import os

KINDS = {"primitive": "FHIR_KIND_PRIMITIVE", "complex": "FHIR_KIND_COMPLEX", "resource": "FHIR_KIND_RESOURCE",
         "backbone": "FHIR_KIND_BACKBONE"}
STRENGTHS = ["", "example", "preferred", "extensible", "required"]
FLAGS = {"M": 1, "S": 2, "A": 4, "I": 8}
SIMPLE_QUANTITY, REFERENCED = 16, 32
WORD = (1 << 64) - 1


def read(folder, name):
    with open(os.path.join(folder, name + ".tsv"), encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if not line.startswith("#")]
    columns = lines[0].split("\t")
    rows = [dict(zip(columns, line.split("\t"))) for line in lines[1:]]
    assert all(len(row) == len(columns) for row in rows), name
    return rows


class Pool:
    """One run of bytes, each string ending in NUL; a string that stands in it already is not put there again."""

    def __init__(self):
        self.data, self.known = bytearray(b"\0"), {"": 0}

    def at(self, text):
        if text not in self.known:
            self.known[text] = len(self.data)
            self.data += text.encode("ascii") + b"\0"
        return self.known[text]

    def emit(self, out):
        out.append("const char fhir_schema_strings[] =")
        for at in range(0, len(self.data), 64):
            chunk = self.data[at:at + 64].decode("ascii").replace("\\", "\\\\").replace('"', '\\"')
            chunk = chunk.replace("\0", '\\0""')
            out.append(f'    "{chunk}"')
        out[-1] += ";"


def mix(name):
    data = name.encode("ascii")
    head = tail = 0
    if len(data) >= 8:
        head, tail = int.from_bytes(data[:8], "little"), int.from_bytes(data[-8:], "little")
    elif len(data) >= 4:
        head, tail = int.from_bytes(data[:4], "little"), int.from_bytes(data[-4:], "little")
    else:
        head = int.from_bytes(data, "big")
    mixed = (head ^ ((tail << 29 | tail >> 35) & WORD) ^ len(data)) * 0x9e3779b97f4a7c15 & WORD
    return mixed ^ mixed >> 32


def slots_of(names):
    """At most half full, linear probing: [1 + number or 0], and the bits of its size."""
    bits = max(2, (2 * len(names) - 1).bit_length())
    slots = [0] * (1 << bits)
    for number, name in enumerate(names):
        at = (mix(name) * 0xd6e8feb86659fd93 & WORD) >> (64 - bits)
        while slots[at]:
            at = (at + 1) % len(slots)
        slots[at] = number + 1
    return slots, bits


class Schema:
    def __init__(self, folder):
        self.types = {row["type"]: row for row in read(folder, "types")}
        self.members = {}
        for row in read(folder, "elements"):
            self.members.setdefault(row["type"], []).append(row)
        for name in self.members:
            if name not in self.types:
                assert "." in name, name
                base = "BackboneElement" if any(m["member"] == "modifierExtension" for m in self.members[name]) else "Element"
                self.types[name] = {"type": name, "kind": "backbone", "abstract": "", "base": base}
        self.names = sorted(self.types)
        self.number = {name: i + 1 for i, name in enumerate(self.names)}
        self.pool = Pool()
        self.targets, self.target_at = [0], {"": 0}
        self.bounds, self.bound_at = [(0, 0, 0, 0)], {("", ""): 0}
        self.required = [0]  # per type: how many, then numbers of members; of a choice the first of its members
        self.sets = {}       # number of each value set whose codes are known, from 1
        for row in read(folder, "codes"):
            if row["code"] != "*":
                self.sets.setdefault(row["value_set"], len(self.sets) + 1)
        self.out = []

    def target_list(self, text):
        if text not in self.target_at:
            self.target_at[text] = len(self.targets)
            numbers = sorted(self.number[name] for name in text.split())
            self.targets += [len(numbers)] + numbers
        return self.target_at[text]

    def bound(self, text, most):
        if (text, most) not in self.bound_at:
            strength, value_set = text.split(" ")
            self.bound_at[(text, most)] = len(self.bounds)
            codes = self.sets.get(value_set, 0) if strength == "required" else 0
            self.bounds.append((self.pool.at(value_set), self.pool.at(most), codes, STRENGTHS.index(strength)))
        return self.bound_at[(text, most)]

    def element(self, row, index, choices):
        value, _, profile = row["value"].rstrip(">").partition("<")
        flags = sum(FLAGS[mark] for mark in row["flags"])
        flags |= SIMPLE_QUANTITY if profile == "SimpleQuantity" else 0
        flags |= REFERENCED if "." in value and value != f"{row['type']}.{row['member']}" else 0
        choice = choices.setdefault(row["choice"], len(choices) + 1) if row["choice"] else 0
        targets = row["targets"] if row["targets"] != "Resource" else ""
        return (self.pool.at(row["member"]), len(row["member"]), flags, self.number[value], index,
                self.bound(row["binding"], row["max_binding"]), self.target_list(targets), self.number[row["type"]],
                choice, int(row["min"]), int(row["max"] == "*"))

    def required_list(self, members):
        """Numbers of the members that must be there; 0 where there are none."""
        numbers = [i for i, row in enumerate(members) if row["min"] == "1"
                   and (not row["choice"] or members[i - 1]["choice"] != row["choice"])]
        if not numbers:
            return 0
        self.required += [len(numbers)] + numbers
        return len(self.required) - len(numbers) - 1

    def steps(self, type_, name):
        """The members that FHIRPath calls `name`, as (first number, count), and the type of their values or None."""
        rows = self.members.get(type_, [])
        found = [i for i, row in enumerate(rows) if row["member"] == name or row["choice"] == name + "[x]"]
        if not found:
            return None
        assert found[-1] - found[0] + 1 == len(found)
        return found[0], len(found), rows[found[0]]["value"].partition("<")[0] if len(found) == 1 else None

    def build(self):
        elements, stems, slots, types = [], [], [], []
        root, root_bits = slots_of(self.names)
        slots += root
        types.append((0, 0, 0, 0, 0, 0, 0, 0, 0, root_bits))
        for name in self.names:
            for row in self.members.get(name, []):  # the names of members first: their offsets are 16 bits
                self.pool.at(row["member"])
        assert len(self.pool.data) < 1 << 16
        for name in self.names:
            type_, members, choices = self.types[name], self.members.get(name, []), {}
            assert len(members) <= 256  # FHIR_MEMBERS_MAX
            first = len(elements)
            for row in members:
                elements.append(self.element(row, len(elements), choices))
                stems.append(len(row["choice"]) - 3 if row["choice"] else len(row["member"]))
            assert len(choices) <= 8  # FHIR_CHOICES_MAX
            own, bits = slots_of([row["member"] for row in members])
            types.append((self.pool.at(name), len(slots), first, len(members), self.number.get(type_["base"], 0),
                          self.required_list(members), len(name), KINDS[type_["kind"]], int(type_["abstract"] or 0), bits))
            slots += own
        assert len(elements) < 1 << 16 and len(self.sets) < 256
        self.array("fhir_type_row", "fhir_type_rows", types)
        self.array("fhir_element", "fhir_element_rows", elements)
        self.array("uint8_t", "fhir_element_stems", stems)
        self.array("uint16_t", "fhir_element_slots", slots)
        self.array("uint16_t", "fhir_target_rows", self.targets)
        self.array("uint8_t", "fhir_required_rows", self.required)
        self.array("fhir_bound_row", "fhir_bound_rows", self.bounds)
        self.out.append(f"const uint32_t fhir_type_count = {len(types)}, fhir_element_count = {len(elements)};")

    def array(self, ctype, name, rows):
        self.out.append(f"const {ctype} {name}[] = {{")
        line = "   "
        for row in rows:
            cell = "{" + ", ".join(map(str, row)) + "}," if isinstance(row, tuple) else f"{row},"
            if len(line) + len(cell) > 118:
                self.out.append(line)
                line = "   "
            line += " " + cell
        self.out += [line, "};"]
