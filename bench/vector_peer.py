#!/usr/bin/env python3
"""FAISS on the vectors and queries that vector-bench left: vector_peer.py FOLDER. Needs faiss-cpu and numpy. One thread."""
import pathlib
import sys
import time

import faiss
import numpy

DIMENSIONS, K = 768, 10


def timed(search, queries):
    times, found = [], []
    for query in queries:
        begin = time.thread_time()
        _, ids = search(query[None, :])
        times.append(1000 * (time.thread_time() - begin))
        found.append(set(ids[0].tolist()))
    return sorted(times), found


def report(name, index, queries, right, built, rows):
    times, found = timed(lambda query: index.search(query, K), queries)
    begin = time.thread_time()
    index.search(queries[numpy.arange(64) % len(queries)], K)
    batch = 1000 * (time.thread_time() - begin) / 64
    recall = sum(len(a & b) for a, b in zip(found, right)) / (K * len(right)) if right else 1.0
    print(f"{name:34} {times[len(times) // 2]:8.2f} ms median, {times[0]:8.2f} least; batch of 64 {batch:8.2f} ms a query; "
          f"recall@10 {recall:.4f}; build {rows / built:10.0f} rows/s")
    return found


def main():
    folder = pathlib.Path(sys.argv[1])
    vectors = numpy.fromfile(folder / "vectors.f32", dtype=numpy.float32).reshape(-1, DIMENSIONS)
    queries = numpy.fromfile(folder / "queries.f32", dtype=numpy.float32).reshape(-1, DIMENSIONS)
    faiss.omp_set_num_threads(1)
    print(f"faiss {faiss.__version__}, {len(vectors)} × {DIMENSIONS}")
    inner = faiss.METRIC_INNER_PRODUCT
    right = None
    for name, index in [
            ("Flat f32", faiss.IndexFlat(DIMENSIONS, inner)),
            ("SQ8", faiss.IndexScalarQuantizer(DIMENSIONS, faiss.ScalarQuantizer.QT_8bit, inner)),
            ("HNSW16, ef 64", faiss.IndexHNSWFlat(DIMENSIONS, 16, inner))]:
        rows = len(vectors) if not name.startswith("HNSW") else min(len(vectors), int(sys.argv[2]) if len(sys.argv) > 2 else 20000)
        begin = time.thread_time()
        if not index.is_trained:
            index.train(vectors[:20000])
        index.add(vectors[:rows])
        built = time.thread_time() - begin
        if rows != len(vectors):
            exact = faiss.IndexFlat(DIMENSIONS, inner)
            exact.add(vectors[:rows])
            _, truth = timed(lambda query: exact.search(query, K), queries)
            name += f", {rows} rows"
        else:
            truth = right
        if name.startswith("HNSW"):
            index.hnsw.efSearch = 64
        found = report(name, index, queries, truth, built, rows)
        right = right or found


if __name__ == "__main__":
    main()
