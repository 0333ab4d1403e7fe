#!/usr/bin/env python3
"""An upload to an S3 server of this machine (versitygw), beside boto3's transfer manager, in turns: medians and their ratio.
usage: publish.py S3-PUT [MiB [rounds]]; needs the Python of tests/interop/run, and LETHE_VERSITYGW or versitygw in PATH"""
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "interop"))
import lake

BOTO = """
import sys, boto3
from boto3.s3.transfer import TransferConfig
config = TransferConfig(multipart_threshold=16 << 20, multipart_chunksize=16 << 20, max_concurrency=8)
boto3.client("s3", endpoint_url=sys.argv[1]).upload_file(sys.argv[2], "lake", "bench/boto", Config=config)
"""


def measured(command):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command[0]
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    put = sys.argv[1]
    size, rounds = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((2, 256), (3, 5)))
    folder = tempfile.mkdtemp()
    url = lake.versitygw(os.path.join(folder, "gateway"))
    if url is None:
        return
    s3 = lake.client("s3", url)
    s3.create_bucket(Bucket=lake.BUCKET)
    path = os.path.join(folder, "large")
    with open(path, "wb") as out:
        for _ in range(size):
            out.write(random.randbytes(1 << 20))
    figures = {"lethe": [], "boto3": []}
    for number in range(rounds):
        lake.clear(s3)
        figures["lethe"].append(measured([put, url, lake.BUCKET, f"bench/{number}", path, str(16 << 20), "8"]))
        figures["boto3"].append(measured([sys.executable, "-c", BOTO, url, path]))
    for name, values in figures.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*values))
        print(json.dumps({"client": name, "MiB": size, "seconds": round(wall, 3), "processor_seconds": round(cpu, 3),
                          "MiB_resident": round(memory)}))
    wall, cpu = (statistics.median(v[i] for v in figures["lethe"]) / statistics.median(v[i] for v in figures["boto3"])
                 for i in (0, 1))
    print(f"lethe takes {wall:.2f} of boto3's time and {cpu:.2f} of its processor time")


if __name__ == "__main__":
    main()
