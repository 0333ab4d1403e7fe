#!/usr/bin/env python3
"""Reads a released dataset with five readers and compares what they see. usage: dataset_interop.py DATASET"""
import glob
import json
import os
import sys
import tempfile

import datasets
import duckdb
import pandas
import polars
import pyarrow.dataset
import pyarrow.parquet

folder = sys.argv[1]
files = sorted(glob.glob(os.path.join(folder, "profiles", "*", "*.parquet")))
manifest = json.load(open(os.path.join(folder, "manifest.json")))
schema = json.load(open(os.path.join(folder, "schema.json")))


def plain(value):
    """Lists, numbers and texts whatever the reader wraps them in."""
    if value is None or value is pandas.NaT:
        return None
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, (str, bool, int, float)):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


total = 0
cache = tempfile.mkdtemp()  # not inside the dataset: an added file is a finding of verify
for path in files:
    expected = [{k: plain(v) for k, v in row.items()} for row in pyarrow.parquet.read_table(path, partitioning=None).to_pylist()]
    total += len(expected)
    assert set(expected[0]) == set(schema["required"]), "schema.json names other columns"
    others = {
        "pandas": pandas.read_parquet(path, partitioning=None).to_dict("records"),
        "polars": polars.read_parquet(path, hive_partitioning=False).to_dicts(),
        "duckdb": duckdb.sql(f"select * from read_parquet('{path}', hive_partitioning=false)").fetchall(),
        "datasets": datasets.Dataset.from_parquet(path, cache_dir=cache).to_list(),
    }
    columns = list(expected[0])
    others["duckdb"] = [dict(zip(columns, row)) for row in others["duckdb"]]
    for reader, rows in others.items():
        got = [{k: plain(row[k]) for k in columns} for row in rows]
        assert got == expected, f"{reader} reads other values in {os.path.basename(path)}"
    group = pyarrow.parquet.ParquetFile(path).metadata.row_group(0)
    for i in range(group.num_columns):
        column = group.column(i)
        if column.statistics is not None and column.statistics.has_min_max and "." not in column.path_in_schema:
            values = [row[column.path_in_schema] for row in expected[: group.num_rows] if row[column.path_in_schema] is not None]
            assert column.statistics.min == min(values) and column.statistics.max == max(values), column.path_in_schema

table = pyarrow.dataset.dataset(os.path.join(folder, "profiles"), partitioning="hive").to_table()
assert table.num_rows == total == manifest["total_profiles"]
assert len(set(table["anonymous_id"].to_pylist())) == manifest["total_patients"]
print(f"{len(files)} files, {total} rows: pyarrow, pandas, Polars, DuckDB and datasets agree")
