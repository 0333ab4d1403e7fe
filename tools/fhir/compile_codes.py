# SPDX-License-Identifier: Apache-2.0
"""The codes of src/fhir/data/codes.tsv as the arrays of src/fhir/schema_table.h."""
from compile_schema import read, slots_of


class Codes:
    def __init__(self, schema, folder):
        self.schema = schema
        self.codes = {}
        for row in read(folder, "codes"):
            if row["code"] != "*":
                self.codes.setdefault(row["value_set"], []).append((row["code"], row["system"]))

    def build(self):
        schema, at = self.schema, self.schema.pool.at
        sets, rows, slots = [(0, 0, 2)], [], []
        slots += [0] * 4
        for value_set in schema.sets:
            codes = self.codes[value_set]
            own, bits = slots_of([code for code, _ in codes])
            sets.append((len(rows), len(slots), bits))
            slots += own
            rows += [(at(code), at(system), len(code), len(system)) for code, system in codes]
        schema.array("fhir_code_set_row", "fhir_code_set_rows", sets)
        schema.array("fhir_code_row", "fhir_code_rows", rows)
        schema.array("uint16_t", "fhir_code_slots", slots)
