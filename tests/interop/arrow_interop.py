#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A batch through the Arrow C data interface is what pyarrow reads from the Parquet file of the same batch.

usage: arrow_interop.py ARROW_EXPORT.so
"""
import ctypes
import pathlib
import sys
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

STRUCT_BYTES = 80  # of the larger of the two structs on 64-bit machines


def same(a, b):
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and (a == b or a != a and b != b)


def check(library, path, seed, rows):
    array, schema = ctypes.create_string_buffer(STRUCT_BYTES), ctypes.create_string_buffer(STRUCT_BYTES)
    status = library.arrow_export(ctypes.c_uint64(seed), ctypes.c_uint64(rows), str(path).encode(), array, schema)
    if status != 0:
        raise AssertionError(f"export: {status}")
    batch = pa.RecordBatch._import_from_c(ctypes.addressof(array), ctypes.addressof(schema))
    batch.validate(full=True)
    table = pq.read_table(path)
    if not batch.schema.equals(table.schema.remove_metadata()):
        raise AssertionError(f"schema: {batch.schema} for {table.schema}")
    columns = {name: batch.column(name) for name in batch.schema.names}
    del batch  # its columns outlive it
    for name, column in columns.items():
        if not same(column.to_pylist(), table.column(name).to_pylist()):
            raise AssertionError(f"values of {name}")


def main():
    library = ctypes.CDLL(str(pathlib.Path(sys.argv[1]).resolve()))
    with tempfile.TemporaryDirectory() as folder:
        for seed, rows in ((1, 0), (2, 1), (3, 17), (4, 2000)):
            check(library, pathlib.Path(folder) / "batch.parquet", seed, rows)
    print("pyarrow takes our batches")


if __name__ == "__main__":
    main()
