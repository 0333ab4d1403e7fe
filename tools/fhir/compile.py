#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the tables of src/fhir/data/*.tsv into C: constant arrays, so that start-up costs nothing.

    compile.py DATA_DIR OUTPUT.c

The C side of each array is src/fhir/schema_table.h. Deterministic; a mistake in a table is an error.
"""
import sys

from compile_codes import Codes
from compile_invariants import Invariants
from compile_schema import Schema


def main():
    folder, output = sys.argv[1:]
    schema = Schema(folder)
    schema.build()
    Codes(schema, folder).build()
    Invariants(schema, folder).build()
    schema.pool.emit(schema.out)
    with open(output, "w", encoding="ascii") as file:
        file.write('/* Made by tools/fhir/compile.py. */\n#include "fhir/schema_table.h"\n\n')
        file.write("\n".join(schema.out) + "\n")


if __name__ == "__main__":
    main()
