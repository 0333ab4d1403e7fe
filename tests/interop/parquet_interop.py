#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What pyarrow, DuckDB, Polars, pandas and datasets read from a file of ours: values, schema, statistics, metadata.

usage: parquet_interop.py PARQUET_WRITE
"""
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import datasets
import duckdb
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq

CASES = [  # seed, rows, rows of a group, bytes of a page
    (1, 0, 100, 0),
    (2, 1, 100, 0),
    (3, 999, 100, 500),
    (4, 5000, 1500, 20000),
    (5, 6000, 0, 0),
]
TYPES = {
    "id": pa.string(), "word": pa.string(), "int32": pa.int32(), "int32_null": pa.int32(), "int64": pa.int64(),
    "int64_null": pa.int64(), "bool": pa.bool_(), "bool_null": pa.bool_(), "float": pa.float32(),
    "float_null": pa.float32(), "double": pa.float64(), "double_null": pa.float64(), "words": pa.list_(pa.string()),
    "words_null": pa.list_(pa.string()), "floats": pa.list_(pa.float32()), "floats_null": pa.list_(pa.float32()),
    "nothing": pa.string(), "one": pa.string(),
}
NULLABLE = {"word", "words_null", "floats_null", "nothing"} | {name for name in TYPES if name.endswith("_null")}


def same(a, b):
    if isinstance(b, float):
        return isinstance(a, float) and (a == b and math.copysign(1, a) == math.copysign(1, b) or a != a and b != b)
    if isinstance(b, list):
        return a is not None and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def load(path):
    """The JSON lines; an integer in a column of reals is a real that needed no point."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for name, value in row.items():
            kind = TYPES[name]
            if value is not None and pa.types.is_floating(kind):
                row[name] = float(value)
            elif value is not None and pa.types.is_list(kind) and pa.types.is_floating(kind.value_type):
                row[name] = [float(item) for item in value]
        rows.append(row)
    return rows


def compare(reader, rows, expected):
    if len(rows) != len(expected):
        raise AssertionError(f"{reader}: {len(rows)} rows for {len(expected)}")
    for number, (row, wanted) in enumerate(zip(rows, expected)):
        for name, value in wanted.items():
            if not same(row[name], value):
                raise AssertionError(f"{reader}: row {number} column {name}: {row[name]!r} for {value!r}")


def check_schema(file, groups):
    schema = file.schema_arrow
    for name, kind in TYPES.items():
        field = schema.field(name)
        is_list = pa.types.is_list(kind)
        found, wanted = (field.type.value_type, kind.value_type) if is_list else (field.type, kind)
        if found != wanted or pa.types.is_list(field.type) != is_list:
            raise AssertionError(f"type of {name}: {field.type}")
        if field.nullable != (name in NULLABLE):
            raise AssertionError(f"nullability of {name}")
        if is_list and (field.type.value_field.name != "element" or field.type.value_field.nullable):
            raise AssertionError(f"element of {name}: {field.type}")
    if [field.name for field in schema] != list(TYPES) or file.num_row_groups != groups:
        raise AssertionError("columns or row groups")
    metadata = file.metadata.metadata
    if metadata[b"lethe.schema_version"] != b"1.0.0" or metadata[b"empty"] != b"":
        raise AssertionError("metadata")


def flatten(values, is_list):
    if not is_list:
        return [value for value in values if value is not None]
    return [item for value in values if value is not None for item in value]


def check_chunk(name, chunk, values):
    """Statistics of a column chunk against its values; a null or empty list counts as one null."""
    kind = TYPES[name]
    is_list = pa.types.is_list(kind)
    present = flatten(values, is_list)
    statistics = chunk.statistics
    nulls = sum(1 for value in values if value is None or is_list and not value)
    if chunk.num_values != nulls + len(present) or statistics.null_count != nulls:
        raise AssertionError(f"{name}: counts")
    bounded = [value for value in present if value == value]
    if is_list and pa.types.is_floating(kind.value_type) or not bounded:
        if statistics.has_min_max:
            raise AssertionError(f"{name}: bounds of nothing")
        return
    as_bytes = (lambda v: v.encode()) if isinstance(bounded[0], str) else (lambda v: v)
    low, high = min(bounded, key=as_bytes), max(bounded, key=as_bytes)
    if (statistics.min, statistics.max) != (low, high):
        raise AssertionError(f"{name}: bounds {statistics.min!r} {statistics.max!r} for {low!r} {high!r}")


def check_statistics(file, expected):
    start = 0
    for group in range(file.num_row_groups):
        metadata = file.metadata.row_group(group)
        rows = expected[start:start + metadata.num_rows]
        start += metadata.num_rows
        for column, name in enumerate(TYPES):
            check_chunk(name, metadata.column(column), [row[name] for row in rows])


def read_pyarrow(path):
    return pq.read_table(path, page_checksum_verification=True, use_threads=False).to_pylist()


def read_duckdb(path):
    cursor = duckdb.connect().execute("select * from read_parquet(?)", [str(path)])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def read_polars(path):
    return polars.read_parquet(path, use_pyarrow=False).to_dicts()


def read_pandas(path):
    """With Arrow types: those of NumPy know no difference between null and NaN."""
    frame = pandas.read_parquet(path, dtype_backend="pyarrow")
    columns = {name: [as_python(value) for value in frame[name]] for name in frame.columns}
    return [dict(zip(columns, values)) for values in zip(*columns.values())]


def as_python(value):
    if value is None or value is pandas.NA:
        return None
    if hasattr(value, "tolist"):
        value = value.tolist()
    return value


def read_datasets(path):
    cache = pathlib.Path(path).parent / "cache"
    data = datasets.load_dataset("parquet", data_files=str(path), split="train", cache_dir=str(cache))
    return [dict(row) for row in data]


def check_duckdb_filter(path, expected):
    """A selection that the statistics of row groups decide."""
    if not expected:
        return
    wanted = max(row["int64"] for row in expected)
    found = duckdb.connect().execute("select count(*) from read_parquet(?) where int64 >= ?", [str(path), wanted])
    if found.fetchone()[0] != sum(row["int64"] >= wanted for row in expected):
        raise AssertionError("duckdb: filter")
    found = polars.scan_parquet(path).filter(polars.col("id") == expected[0]["id"]).collect()
    if len(found) != sum(row["id"] == expected[0]["id"] for row in expected):
        raise AssertionError("polars: filter")


def check_case(writer, folder, case):
    seed, rows, group_rows, page_bytes = case
    path, lines = folder / f"{seed}.parquet", folder / f"{seed}.jsonl"
    subprocess.run([writer, path, lines, str(seed), str(rows), str(group_rows), str(page_bytes)], check=True)
    expected = load(lines)
    file = pq.ParquetFile(path)
    group = group_rows or 16384
    check_schema(file, (rows + group - 1) // group)
    check_statistics(file, expected)
    check_duckdb_filter(path, expected)
    readers = [("pyarrow", read_pyarrow), ("duckdb", read_duckdb), ("polars", read_polars), ("pandas", read_pandas)]
    if rows != 0:  # datasets knows no split without rows, whoever wrote it
        readers.append(("datasets", read_datasets))
    for reader, read in readers:
        compare(reader, read(path), expected)
    print(f"seed {seed}: {rows} rows, {file.num_row_groups} groups: {', '.join(name for name, _ in readers)} agree")


def main():
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            check_case(sys.argv[1], pathlib.Path(folder), case)


if __name__ == "__main__":
    main()
