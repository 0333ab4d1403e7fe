#!/usr/bin/env python3
"""Publishes to S3 servers and a Glue catalog, and reads everything back with boto3 and pyarrow.
usage: publish_interop.py LETHE S3-PUT NOTE-EXPORT [kills [faults of each kind]]"""
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pyarrow.parquet as pq

import fault_proxy
import lake

PREFIX = "s3://lake/health"
TYPES = {"string": "string", "int32": "int", "bool": "boolean", "float": "float",
         "list<element: string not null>": "array<string>", "list<element: float not null>": "array<float>"}


def place(dataset):
    return f"health/{os.path.basename(dataset)}/"


def check_objects(s3, dataset, result):
    """Every file of the manifest, byte for byte, and latest.json that names it."""
    folder = f"{place(dataset)}release={result['release']}/"
    wanted = [f["path"] for f in lake.manifest(dataset)["files"]] + ["manifest.json", "manifest.sig"]
    there = lake.objects(s3, folder)
    assert set(there) == {folder + path for path in wanted}, "other objects"
    for path in wanted:
        assert lake.body(s3, folder + path) == open(os.path.join(dataset, path), "rb").read(), path
    latest = json.loads(lake.body(s3, place(dataset) + "latest.json"))
    assert latest["release"] == result["release"] and latest["folder"] == folder
    return folder


def check_table(glue, dataset, result, table="anonymized_profiles_dataset_300"):
    """The catalog's columns are those of the Parquet files, its partitions the splits of this release."""
    found = glue.get_table(DatabaseName="healthcare_ml", Name=table)["Table"]
    schema = pq.read_schema(next(os.path.join(dataset, f["path"]) for f in lake.manifest(dataset)["files"]
                                 if f["path"].endswith(".parquet")))
    columns = [(c["Name"], c["Type"]) for c in found["StorageDescriptor"]["Columns"]]
    assert columns == [(f.name, TYPES[str(f.type)]) for f in schema], "columns"
    assert found["TableType"] == "EXTERNAL_TABLE" and found["Parameters"]["classification"] == "parquet"
    assert found["Parameters"]["lethe.release"] == result["release"]
    location = found["StorageDescriptor"]["Location"]
    assert location == f"s3://lake/{place(dataset)}release={result['release']}/profiles/", location
    assert [k["Name"] for k in found["PartitionKeys"]] == ["split"] and "split" not in dict(columns)
    parts = glue.get_partitions(DatabaseName="healthcare_ml", TableName=table)["Partitions"]
    got = {p["Values"][0]: p["StorageDescriptor"]["Location"] for p in parts}
    assert got == {s: f"{location}split={s}/" for s in ("train", "validation", "test")}, got


def test_hive(lethe, dataset, s3, url, glue, glue_url):
    lake.clear(s3)
    more = ["--endpoint", url] + (["--glue", "healthcare_ml"] if glue else [])
    env = dict(os.environ, **({"AWS_ENDPOINT_URL_GLUE": glue_url} if glue else {}))
    assert lethe.json("publish", dataset, "--to", PREFIX, *more, "--dry-run", env=env)["files_there"] == 0
    assert not lake.objects(s3)
    first = lethe.json("publish", dataset, "--to", PREFIX, *more, env=env)
    assert first["files_sent"] == first["files"] == first["files_found"] and first["bytes_sent"] == first["bytes"]
    check_objects(s3, dataset, first)
    if glue:
        assert first["table_change"] == "created" and first["partitions"] == 3
        check_table(glue, dataset, first)
    second = lethe.json("publish", dataset, "--to", PREFIX, *more, env=env)
    assert second["files_sent"] == second["bytes_sent"] == 0 and second["files_there"] == second["files"]
    assert not glue or second["table_change"] == "same"
    status = lethe.json("publish", dataset, "--status", env=env)["publications"]
    assert [p["whole"] for p in status] == [True] and status[0]["current"]
    missing = next(k for k in lake.objects(s3) if k.endswith("plan.json"))
    s3.delete_object(Bucket=lake.BUCKET, Key=missing)
    assert lethe.json("publish", dataset, "--status", code=5, env=env)["publications"][0]["whole"] is False
    third = lethe.json("publish", dataset, "--to", PREFIX, *more, env=env)
    assert third["files_sent"] == 1 and third["files_there"] == third["files"] - 1
    print("hive: every object equal, twice is once, status tells what lacks")


def test_encrypted(lethe, dataset, s3, url):
    lake.clear(s3)
    for sse, wanted in (("s3", ("AES256", None)), ("kms:key-1", ("aws:kms", "key-1"))):
        result = lethe.json("publish", dataset, "--to", PREFIX, "--endpoint", url, "--sse", sse)
        for key in lake.objects(s3):
            if result["release"] in key:
                head = s3.head_object(Bucket=lake.BUCKET, Key=key)
                assert (head.get("ServerSideEncryption"), head.get("SSEKMSKeyId")) == wanted, head
        lake.clear(s3)
    print("encryption: as asked for, on every object")


def test_catalog_faults(lethe, dataset, s3, url, glue, glue_url):
    """Each fault at each request of the catalog: the table and its partitions are those of the release."""
    proxy, runs = fault_proxy.Proxy(glue_url), 0
    env = dict(os.environ, AWS_ENDPOINT_URL_GLUE=proxy.url)
    more = ["--to", PREFIX, "--endpoint", url, "--glue", "healthcare_ml"]
    lethe.json("publish", dataset, *more, env=env)
    requests = proxy.count
    for number, fault in enumerate(f for f in fault_proxy.FAULTS if f != "corrupt"):
        for at in range(number % 3, requests, 3):
            glue.delete_table(DatabaseName="healthcare_ml", Name="anonymized_profiles_dataset_300")
            proxy.arm({at: fault})
            result = lethe.json("publish", dataset, *more, env=env)
            check_table(glue, dataset, result)
            runs += 1
    print(f"catalog: {runs} runs with a fault each, the table right every time")


def test_next_release(lethe, folder, dataset, s3, url, glue, glue_url):
    """After an erasure the next release takes the first one's place, and the erased rows are nowhere."""
    more = ["--endpoint", url] + (["--glue", "healthcare_ml"] if glue else [])
    env = dict(os.environ, **({"AWS_ENDPOINT_URL_GLUE": glue_url} if glue else {}))
    work = os.path.join(folder, "next", os.path.basename(dataset))
    shutil.rmtree(os.path.dirname(work), ignore_errors=True)
    shutil.copytree(dataset, work)
    first = lethe.json("publish", work, "--to", PREFIX, *more, env=env)
    rows = pq.read_table(os.path.join(work, "profiles/split=train/part-00000.parquet"), partitioning=None)
    gone = rows.column("anonymous_id")[0].as_py()
    lethe.run("erase", "--dataset", work, "--id", gone, "--key", os.path.join(folder, "key"), "--quiet")
    assert lethe.json("publish", work, "--status", code=5, env=env)["publications"][0]["current"] is False
    second = lethe.json("publish", work, "--to", PREFIX, *more, "--replace", env=env)
    assert second["release"] != first["release"] and second["removed"] == first["files"]
    there = check_objects(s3, work, second)
    assert all(k.startswith(there) or k.endswith("latest.json") for k in lake.objects(s3, place(work)))
    for key in lake.objects(s3, place(work)):
        if key.endswith(".parquet"):
            ids = pq.read_table(io.BytesIO(lake.body(s3, key)), columns=["anonymous_id"]).column(0).to_pylist()
            assert gone not in ids, "an erased patient"
    if glue:
        assert second["table_change"] == "updated"
        check_table(glue, work, second)
    lethe.json("unpublish", work, "--from", PREFIX, *more, env=env)
    assert not lake.objects(s3, place(work)), "something is left"
    assert not glue or not glue.get_tables(DatabaseName="healthcare_ml")["TableList"]
    assert lethe.json("publish", work, "--status", env=env)["publications"] == []
    print("next release: the old one is replaced, an erased patient is nowhere, unpublish leaves nothing")


def test_note(lethe, dataset, s3, url, glue, glue_url):
    """One file under the design note's key, with every row of the dataset and its split."""
    lake.clear(s3)
    env = dict(os.environ, **({"AWS_ENDPOINT_URL_GLUE": glue_url} if glue else {}))
    more = ["--endpoint", url, "--layout", "note"] + (["--glue", "healthcare_ml"] if glue else [])
    result = lethe.json("publish", dataset, "--to", "s3://lake", *more, env=env)
    created = lake.manifest(dataset)["created_at"][:10].replace("-", "/")
    assert result["key"] == f"ml-training-data/{os.path.basename(dataset)}/{created}/anonymized_profiles.parquet"
    file = pq.ParquetFile(io.BytesIO(lake.body(s3, result["key"])))
    got = file.read().to_pylist()
    wanted = []
    for item in sorted(lake.manifest(dataset)["files"], key=lambda f: f["path"]):
        if item["path"].endswith(".parquet"):
            split = item["path"].split("split=")[1].split("/")[0]
            rows = pq.read_table(os.path.join(dataset, item["path"]), partitioning=None).to_pylist()
            wanted += [dict(row, split=split) for row in rows]
    assert got == wanted, "other rows"
    metadata = {k.decode(): v.decode() for k, v in file.schema_arrow.metadata.items()} | {
        k.decode(): v.decode() for k, v in file.metadata.metadata.items() if k != b"ARROW:schema"}
    assert metadata["total_profiles"] == str(len(wanted)) and metadata["dataset_name"] == os.path.basename(dataset)
    again = lethe.json("publish", dataset, "--to", "s3://lake", *more, env=env)
    assert again["files_sent"] == 0
    if glue:
        table = glue.get_table(DatabaseName="healthcare_ml", Name="anonymized_profiles_dataset_300")["Table"]
        assert table["StorageDescriptor"]["Columns"][-1] == {"Name": "split", "Type": "string"}
        assert table["PartitionKeys"] == []
        done = subprocess.run([sys.argv[3], dataset, "s3://lake", url], env=env, capture_output=True, text=True, check=True)
        assert done.stdout.split() == [result["key"], "healthcare_ml.anonymized_profiles_dataset_300"], done.stdout
    lethe.json("unpublish", dataset, "--from", "s3://lake", *more, env=env)
    assert not lake.objects(s3)
    print(f"note: {len(wanted)} rows equal under {result['key'].split('/')[0]}/…")


def test_refused(lethe, folder, original, s3, url):
    lake.clear(s3)
    dataset = os.path.join(folder, "refused", os.path.basename(original))
    shutil.rmtree(os.path.dirname(dataset), ignore_errors=True)
    shutil.copytree(original, dataset)
    lethe.run("publish", dataset, "--to", "s3://nowhere-at-all/x", "--endpoint", url, code=7)
    lethe.run("publish", dataset, "--to", "ftp://lake/x", "--endpoint", url, code=2)
    lethe.run("publish", dataset, "--to", "s3://user:word@lake/x", "--endpoint", url, code=2)
    lethe.run("publish", dataset, "--to", PREFIX, "--endpoint", "http://192.0.2.1:9", code=2)
    lethe.run("publish", dataset, "--to", PREFIX, "--endpoint", url, "--require-level", "external", code=5)
    wrong = dict(os.environ, AWS_SECRET_ACCESS_KEY="another-word")
    if "versitygw" in url:
        lethe.run("publish", dataset, "--to", PREFIX, "--endpoint", url, code=6, env=wrong)
    none = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {"AWS_EC2_METADATA_DISABLED": "true",
                                                                                 "HOME": folder}
    lethe.run("publish", dataset, "--to", PREFIX, "--endpoint", url, code=6, env=none)
    spoilt = os.path.join(folder, "spoilt")
    shutil.rmtree(spoilt, ignore_errors=True)
    shutil.copytree(dataset, spoilt)
    with open(os.path.join(spoilt, "plan.json"), "a") as out:
        out.write(" ")
    lethe.run("publish", spoilt, "--to", PREFIX, "--endpoint", url, code=5)
    assert not lake.objects(s3), "something was sent"
    first = lethe.json("publish", dataset, "--to", PREFIX, "--endpoint", url)
    key = f"{place(dataset)}release={first['release']}/plan.json"
    s3.put_object(Bucket=lake.BUCKET, Key=key, Body=b"x" * os.path.getsize(os.path.join(dataset, "plan.json")))
    answer = lethe.json("publish", dataset, "--to", PREFIX, "--endpoint", url, code=5)
    assert answer["error"]["code"] == "LETHE_E_PUBLISH_TAKEN" and answer["error"]["file"] == key
    print("refused: level, proof, bucket, address, credentials, plain HTTP, what something else stands under")


def invariant(s3, dataset):
    """Whoever is told of a release by latest.json finds all of it."""
    there = lake.objects(s3, place(dataset))
    if place(dataset) + "latest.json" not in there:
        return
    folder = json.loads(lake.body(s3, place(dataset) + "latest.json"))["folder"]
    for item in lake.manifest(dataset)["files"]:
        assert there.get(folder + item["path"]) == item["bytes"], f"half a release: {item['path']}"


def test_killed(lethe, dataset, s3, url, glue, glue_url, kills):
    more = ["--endpoint", url] + (["--glue", "healthcare_ml"] if glue else [])
    env = dict(os.environ, **({"AWS_ENDPOINT_URL_GLUE": glue_url} if glue else {}))
    lake.clear(s3)
    start = time.time()
    lethe.json("publish", dataset, "--to", PREFIX, *more, env=env)
    whole = time.time() - start
    wanted, early, rng = lake.objects(s3), 0, random.Random(7)
    for number in range(kills):
        lake.clear(s3)
        process = subprocess.Popen([lethe.program, "publish", dataset, "--to", PREFIX, *more, "--quiet"], env=env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.2, 1.0) * whole)
        early += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        invariant(s3, dataset)
        result = lethe.json("publish", dataset, "--to", PREFIX, *more, env=env)
        assert lake.objects(s3) == wanted and result["files_found"] == result["files"], f"kill {number}"
    if glue:
        check_table(glue, dataset, result)
    assert lethe.run("verify", dataset).returncode == 0
    print(f"killed: {kills} times, {early} of them under way, the same state every time")


def test_faults(lethe, dataset, s3, url, each):
    """Each fault at requests spread over the whole publish: nothing lost, nothing twice."""
    proxy = fault_proxy.Proxy(url)
    lake.clear(s3)
    lethe.json("publish", dataset, "--to", PREFIX, "--endpoint", proxy.url)
    wanted, requests, repeated, told = lake.objects(s3), proxy.count, 0, 0
    rng = random.Random(11)
    for fault in fault_proxy.FAULTS:
        for at in sorted(rng.sample(range(requests), min(each, requests))):
            lake.clear(s3)
            proxy.arm({at: fault})
            result = lethe.json("publish", dataset, "--to", PREFIX, "--endpoint", proxy.url, code=(0, 7))
            if "error" in result:  # the server found other bytes than were sent, and nobody was told of a release
                assert fault == "corrupt" and result["error"]["code"] == "LETHE_E_NET_CHECKSUM", result
                told += 1
                invariant(s3, dataset)
                proxy.arm({})
                result = lethe.json("publish", dataset, "--to", PREFIX, "--endpoint", proxy.url)
            repeated += result["repeated"]
            assert lake.objects(s3) == wanted and result["files_found"] == result["files"], (fault, at)
            check_objects(s3, dataset, result)
    for answer in ("500", "cut-before", "503"):  # for ever
        lake.clear(s3)
        proxy.arm({i: answer for i in range(10000)})
        result = lethe.json("publish", dataset, "--to", PREFIX, "--endpoint", proxy.url, code=7)
        assert result["error"]["code"] in ("LETHE_E_NET_BUSY", "LETHE_E_NET_CUT"), result
        assert not lake.objects(s3)
    print(f"faults: {len(fault_proxy.FAULTS)} kinds at {each} of {requests} requests, {repeated} repeated, {told} checksums told")


def test_parts(put, folder, s3, url):
    """A large object in parts, given up on the way: what was sent is taken up."""
    lake.clear(s3)
    proxy = fault_proxy.Proxy(url)
    path, part = os.path.join(folder, "large"), 5 << 20
    with open(path, "wb") as out:
        out.write(random.Random(3).randbytes(4 * part + 12345))

    def send(flight="4", code=0):
        done = subprocess.run([put, proxy.url, lake.BUCKET, "a/large", path, str(part), flight], capture_output=True,
                              text=True)
        assert done.returncode == code, (done.stderr, proxy.armed, proxy.seen[-2:])
        return json.loads(done.stdout)

    assert send()["sent"] == 1 and lake.body(s3, "a/large") == open(path, "rb").read()
    parts = [i for i, (method, where) in enumerate(proxy.seen) if method == "PUT"]
    assert len(parts) == 5
    assert send() == {"sent": 0, "there": 1, "taken_up": 0, "sent_bytes": 0}
    lake.clear(s3)
    proxy.arm({i: "500" for i in range(parts[2], parts[2] + 3)})  # the third part never gets through
    send("1", code=1)
    assert not lake.objects(s3)
    proxy.arm({})
    second = send()
    assert second["sent"] == 1 and lake.body(s3, "a/large") == open(path, "rb").read()
    for fault in ("cut-after", "half", "503", "drip", "twice", "noise", "cut-before"):
        for at in range(0, 9, 2):
            lake.clear(s3)
            proxy.arm({at: fault})
            send()
            assert lake.body(s3, "a/large") == open(path, "rb").read(), (fault, at)
    print(f"parts: five, equal whatever happens, {second['taken_up']} taken up after an interruption")
    lake.clear(s3)
    return second["taken_up"]


def main():
    lethe = lake.Lethe(sys.argv[1])
    kills = int(sys.argv[4]) if len(sys.argv) > 4 else 20
    each = int(sys.argv[5]) if len(sys.argv) > 5 else 3
    folder = tempfile.mkdtemp()
    try:
        dataset = lethe.dataset(folder)
        moto_url, gateway_url = lake.moto(), lake.versitygw(os.path.join(folder, "gateway"))
        glue = lake.client("glue", moto_url) if moto_url else None
        for name, url in (("moto", moto_url), ("versitygw", gateway_url)):
            if url is None:
                continue
            print(f"-- {name}")
            s3 = lake.client("s3", url)
            s3.create_bucket(Bucket=lake.BUCKET)
            test_hive(lethe, dataset, s3, url, glue, moto_url)
            if name == "moto":
                test_encrypted(lethe, dataset, s3, url)
                test_catalog_faults(lethe, dataset, s3, url, glue, moto_url)
            test_next_release(lethe, folder, dataset, s3, url, glue, moto_url)
            test_note(lethe, dataset, s3, url, glue, moto_url)
            test_refused(lethe, folder, dataset, s3, url)
            taken = test_parts(sys.argv[2], folder, s3, url)
            assert taken == 2 or name == "moto"
            if name == "versitygw" or gateway_url is None:
                test_killed(lethe, dataset, s3, url, glue, moto_url, kills)
                test_faults(lethe, dataset, s3, url, each)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
