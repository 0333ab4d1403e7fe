#!/usr/bin/env python3
"""Exports a dataset in every format and reads it back with NumPy, pyarrow and the MEDS validators.
usage: export_interop.py LETHE"""
import collections
import glob
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy
import pyarrow
import pyarrow.ipc
import pyarrow.parquet as pq

import lake

SPLITS = {"train": "train", "validation": "tuning", "test": "held_out"}
NO_EVENTS = {"anonymous_id", "row_id", "snapshot", "index_period", "embedding_model", "outcomes", "outcome_observed",
             "followup_months", "death_in_window", "not_ready_reason", "prediction_ready", "clinical_text_embedding",
             "medical_similarity_weight", "demographic_similarity_weight", "temporal_similarity_weight"}


def rows_of(dataset, split):
    files = sorted(glob.glob(os.path.join(dataset, "profiles", f"split={split}", "*.parquet")))
    return pyarrow.concat_tables(pq.read_table(f, partitioning=None) for f in files)


def subject_of(anonymous_id):
    bits = 0
    for c in anonymous_id[5:18]:
        bits = bits << 5 | "abcdefghijklmnopqrstuvwxyz234567".index(c)
    return bits >> 2


def check_rows(lethe, dataset, folder):
    outputs = {}
    for name in ("jsonl", "npy", "arrow"):
        outputs[name] = os.path.join(folder, name)
        lethe.json("export", dataset, "--format", name, "--output", outputs[name])
    total = 0
    for split in SPLITS:
        table = rows_of(dataset, split)
        rows = table.to_pylist()
        total += len(rows)
        lines = [json.loads(line) for line in open(os.path.join(outputs["jsonl"], f"{split}.jsonl"))]
        for row in lines:
            for key, value in row.items():
                if isinstance(value, float) or key == "clinical_text_embedding":
                    row[key] = numpy.asarray(value, dtype="f4").tolist()
        assert lines == rows, "jsonl"
        vectors = numpy.load(os.path.join(outputs["npy"], f"{split}.npy"), mmap_mode="r")
        ids = numpy.load(os.path.join(outputs["npy"], f"{split}.ids.npy"))
        assert vectors.dtype == numpy.float32 and vectors.shape == (len(rows), 768)
        assert (vectors == numpy.array([r["clinical_text_embedding"] for r in rows], dtype="f4")).all(), "npy"
        assert [i.decode() for i in ids] == [r["row_id"] for r in rows], "ids"
        stream = pyarrow.ipc.open_stream(os.path.join(outputs["arrow"], f"{split}.arrows")).read_all()
        stream.validate(full=True)
        assert stream.schema.names == table.schema.names and stream.to_pylist() == rows, "arrow"
        for got, wanted in zip(stream.schema, table.schema):
            assert got.type == wanted.type and got.nullable == wanted.nullable, got
    print(f"jsonl, npy, arrow: {total} rows equal")


def check_meds(lethe, dataset, folder):
    if importlib.util.find_spec("meds") is None:
        print("meds is not installed: its validators skipped")
        return
    import meds
    home = os.path.join(folder, "meds")
    result = lethe.json("export", dataset, "--format", "meds", "--output", home)
    meds.DatasetMetadataSchema.validate(json.load(open(os.path.join(home, meds.dataset_metadata_filepath))))
    codes = pq.read_table(os.path.join(home, meds.code_metadata_filepath))
    meds.CodeMetadataSchema.validate(codes)
    splits = pq.read_table(os.path.join(home, meds.subject_splits_filepath))
    meds.SubjectSplitSchema.validate(splits)
    known, where, events = set(codes.column("code").to_pylist()), {}, 0
    for row in splits.to_pylist():
        assert where.setdefault(row["subject_id"], row["split"]) == row["split"]
    for split, name in SPLITS.items():
        table = pq.ParquetFile(os.path.join(home, "data", name, "0.parquet")).read()
        meds.DataSchema.validate(table)
        got, order = collections.Counter(), []
        for event in table.to_pylist():
            assert where[event["subject_id"]] == name and event["code"] in known
            got[(event["subject_id"], event["snapshot"], event["code"])] += 1
            order.append((event["subject_id"], event["time"], event["snapshot"]))
        wanted, subjects = collections.Counter(), []
        for row in rows_of(dataset, split).to_pylist():
            subject = subject_of(row["anonymous_id"])
            if not subjects or subjects[-1] != subject:
                subjects.append(subject)
            wanted[(subject, row["snapshot"], "snapshot")] += 1
            for column, value in row.items():
                if column in NO_EVENTS or value is None:
                    continue
                for item in value if isinstance(value, list) else [value]:
                    wanted[(subject, row["snapshot"], f"{column}//{item}")] += 1
        assert got == wanted, "events"
        seen = [s for i, (s, _, _) in enumerate(order) if i == 0 or order[i - 1][0] != s]
        assert seen == subjects and len(seen) == len(set(seen)), "a subject in two places"
        for (s, t, n), (s2, t2, n2) in zip(order, order[1:]):
            assert s != s2 or n <= n2 and (t is None) == (t2 is None) and (t is None or t <= t2), "order"
        events += len(order)
    assert events == result["events"] and set(where.values()) <= set(SPLITS.values())
    print(f"meds: {events} events of {len(where)} subjects, valid by meds {meds.__version__}")


def main():
    lethe = lake.Lethe(sys.argv[1])
    folder = tempfile.mkdtemp()
    try:
        dataset = lethe.dataset(folder)
        check_rows(lethe, dataset, folder)
        check_meds(lethe, dataset, folder)
        lethe.run("export", dataset, "--format", "meds", "--output", dataset, code=7)
        lethe.run("export", dataset, "--format", "csv", "--output", os.path.join(folder, "x"), code=2)
        spoilt = os.path.join(folder, "spoilt")
        shutil.copytree(dataset, spoilt)
        with open(glob.glob(os.path.join(spoilt, "profiles", "split=train", "*.parquet"))[0], "r+b") as out:
            out.seek(1000)
            out.write(b"?")
        lethe.run("export", spoilt, "--format", "jsonl", "--output", os.path.join(folder, "x"), code=5)
        assert not os.path.exists(os.path.join(folder, "x"))
        subprocess.run([lethe.program, "verify", dataset, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
