"""Servers and a release for the tests of publishing: what is not installed is said to be missing."""
import atexit
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time

KEY, SECRET, BUCKET = "lethe-test-user", "lethe-test-secret-word", "lake"
os.environ.update(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET, AWS_REGION="us-east-1",
                  AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true")
for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_GLUE"):
    os.environ.pop(name, None)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(command, port, **more):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    atexit.register(process.kill)
    for _ in range(600):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return process
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"{command[0]} did not start")


def moto():
    if importlib.util.find_spec("moto") is None:
        print("moto is not installed: S3 and Glue by moto skipped")
        return None
    port = free_port()
    start([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port)
    return f"http://127.0.0.1:{port}"


def versitygw(folder):
    program = os.environ.get("LETHE_VERSITYGW") or shutil.which("versitygw")
    if program is None:
        print("versitygw is not installed (LETHE_VERSITYGW): skipped")
        return None
    port = free_port()
    os.makedirs(folder, exist_ok=True)
    start([program, "--port", f"127.0.0.1:{port}", "posix", folder], port,
          env=dict(os.environ, ROOT_ACCESS_KEY=KEY, ROOT_SECRET_KEY=SECRET))
    return f"http://127.0.0.1:{port}"


def client(service, url):
    import boto3
    return boto3.client(service, endpoint_url=url)


class Lethe:
    def __init__(self, program):
        self.program = program
        self.secrets = [SECRET]

    def run(self, *words, code=0, env=None):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, env=env, timeout=300)
        for secret in self.secrets:
            assert secret not in done.stdout + done.stderr, "a secret was printed"
        allowed = code if isinstance(code, tuple) else (code,)
        if done.returncode not in allowed:
            raise AssertionError(f"{words}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *words, code=0, env=None):
        return json.loads(self.run(*words, "--json", code=code, env=env).stdout)

    def dataset(self, folder, people=300, seed=5):
        key, population, dataset = (os.path.join(folder, n) for n in ("key", f"population-{people}", f"dataset_{people}"))
        if not os.path.exists(key):
            self.run("keys", "new", "--output", key)
        if not os.path.exists(dataset):
            self.run("synth", "--patients", people, "--seed", seed, "--output", population)
            self.run("run", "--input", population, "--output", dataset, "--key", key, "--quiet", "--no-vectors", code=(0, 3))
        return dataset


def manifest(dataset):
    return json.load(open(os.path.join(dataset, "manifest.json")))


def objects(s3, prefix=""):
    found, token = {}, {}
    while True:
        page = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix, **token)
        found.update({item["Key"]: item["Size"] for item in page.get("Contents", [])})
        if not page.get("IsTruncated"):
            return found
        token = {"ContinuationToken": page["NextContinuationToken"]}


def body(s3, key):
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def clear(s3):
    for key in objects(s3):
        s3.delete_object(Bucket=BUCKET, Key=key)
    for upload in s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
