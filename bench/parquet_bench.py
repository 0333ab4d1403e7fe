#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Parquet writer and reader against pyarrow on the same columns, both on one thread and in memory, in CPU time.

usage: parquet_bench.py PARQUET_BENCH [ROWS]

pyarrow writes with its defaults and once more with a dictionary for strings only; the faster of the two counts. Rounds of
both programs alternate, the best of each is taken. A ratio over 1 means that ours is faster.
"""
import pathlib
import subprocess
import sys
import tempfile
import time

import pyarrow as pa
import pyarrow.parquet as pq

ROUNDS = 2
REPEATS = 3
GROUP_ROWS = 16384


def run_ours(program, kind, rows, path):
    out = subprocess.run([program, kind, str(rows), str(REPEATS), path], check=True, capture_output=True, text=True)
    lines = dict(line.split(" ", 1) for line in out.stdout.splitlines())
    write, size = lines["write"].split()
    return float(write), float(lines["read"]), int(size)


def best(action):
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        result = action()
        times.append((time.process_time() - start) * 1e3)
    return min(times), result


def write_pyarrow(table, dictionary):
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", compression_level=1, row_group_size=GROUP_ROWS,
                   use_dictionary=dictionary)
    return sink.getvalue().size


def compare(program, kind, rows, folder):
    path = folder / "bench.parquet"
    ours = [float("inf")] * 2
    theirs = [float("inf")] * 2
    for _ in range(ROUNDS):
        write, read, size = run_ours(program, kind, rows, path)
        ours = [min(ours[0], write), min(ours[1], read)]
        table = pq.read_table(path, use_threads=False).combine_chunks()
        strings = [f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name
                   for field in table.schema if not pa.types.is_list(field.type)
                   or pa.types.is_string(field.type.value_type)]
        for dictionary in (True, strings):
            write, their_size = best(lambda: write_pyarrow(table, dictionary))
            theirs[0] = min(theirs[0], write)
        read, _ = best(lambda: pq.read_table(path, use_threads=False, page_checksum_verification=True))
        theirs[1] = min(theirs[1], read)
        memory = table.nbytes / 1e6
        del table
    print(f"{kind:8} {rows} rows, {memory:.0f} MB: write {ours[0]:.0f} ms ({memory / ours[0]:.2f} GB/s), "
          f"pyarrow {theirs[0]:.0f} ms, ratio {theirs[0] / ours[0]:.2f}; "
          f"read {ours[1]:.0f} ms, pyarrow {theirs[1]:.0f} ms, ratio {theirs[1] / ours[1]:.2f}; "
          f"size {size / 1e6:.1f} MB, pyarrow {their_size / 1e6:.1f} MB", flush=True)


def main():
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 49152
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("strings", "vectors", "rows"):
            compare(sys.argv[1], kind, rows, pathlib.Path(folder))


if __name__ == "__main__":
    main()
