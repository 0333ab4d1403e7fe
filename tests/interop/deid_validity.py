#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Valid in, valid out: which documents of a folder were valid FHIR and are not after `lethe deid`.

    deid_validity.py LETHE FOLDER [PROFILE]

Both are judged by `lethe validate`. Prints each document that became invalid with its issues; exit code 1 where there is one.
"""
import json
import os
import subprocess
import sys
import tempfile


def invalid(lethe, folder):
    """Files with errors: their issues, without values."""
    run = subprocess.run([lethe, "validate", "--input", folder, "--json", "--issues", "100000", "--quiet"], check=False,
                         capture_output=True, text=True)
    issues = {}
    for issue in json.loads(run.stdout)["issues"]:
        if issue["severity"] == "error":
            issues.setdefault(os.path.relpath(issue["file"], folder), []).append((issue["rule"], issue["path"]))
    return issues


def main():
    lethe, folder = sys.argv[1:3]
    profile = sys.argv[3] if len(sys.argv) > 3 else "expert-determination-ml"
    with tempfile.TemporaryDirectory() as home:
        key, made = os.path.join(home, "project.key"), os.path.join(home, "deid")
        subprocess.run([lethe, "keys", "new", "--output", key], check=True, stderr=subprocess.DEVNULL)
        subprocess.run([lethe, "deid", "--input", folder, "--output", made, "--key", key, "--quiet", "--profile", profile],
                       check=False, stdout=subprocess.DEVNULL)
        with open(os.path.join(made, "manifest.json"), encoding="utf-8") as file:
            outputs = [row["path"] for row in json.load(file)["files"]]
        for name in ("manifest.json", "changes.json"):
            os.remove(os.path.join(made, name))
        inputs = []
        for root, _, names in os.walk(folder):
            inputs += [os.path.relpath(os.path.join(root, name), folder) for name in names if name.endswith(("json", "gz", "zst"))]
        inputs.sort(key=lambda name: name.encode())
        assert len(inputs) == len(outputs), "one file for each file"
        before, after = invalid(lethe, folder), invalid(lethe, made)
        spoilt = [(source, target) for source, target in zip(inputs, outputs) if target in after and source not in before]
        print(f"{len(inputs)} files: {len(before)} had errors before, {len(after)} have afterwards, {len(spoilt)} became invalid")
        for source, target in spoilt[:20]:
            print(f"  {source}: {sorted(set(after[target]))[:5]}")
        sys.exit(1 if spoilt else 0)


main()
