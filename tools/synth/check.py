#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a synthetic population: check.py DIR [--broken N]. Every line is JSON (but for at most N), every resource says that
it is synthetic, every reference finds its target, and ids repeat only where a newer copy replaces an older one."""
import argparse
import glob
import json
import os
import sys


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resources(folder, broken):
    for path in sorted(glob.glob(os.path.join(folder, "*.ndjson"))):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                try:
                    resource = json.loads(line)
                except ValueError:
                    broken.append(path)
                    continue
                if resource["resourceType"] != "Bundle":
                    yield None, resource
                    continue
                urls = {entry["fullUrl"] for entry in resource["entry"]}
                if len(urls) != len(resource["entry"]):
                    sys.exit("a fullUrl stands twice in one Bundle")
                for entry in resource["entry"]:
                    yield urls, entry["resource"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--broken", type=int, default=0)
    args = parser.parse_args()
    broken, known, wanted, count = [], set(), set(), 0
    for urls, resource in resources(args.folder, broken):
        count += 1
        if not any(tag["code"] == "synthetic" for tag in resource["meta"]["tag"]):
            sys.exit("a resource without the synthetic tag")
        name = resource["resourceType"] + "/" + resource["id"]
        known.add(name)
        contained = {"#" + inner["id"] for inner in resource.get("contained", [])}
        for reference in references(resource):
            if reference.startswith("#"):
                if reference not in contained:
                    sys.exit(f"{name}: {reference} is not contained")
            elif urls is not None:
                if reference not in urls:
                    sys.exit(f"{name}: {reference} is not in its Bundle")
            else:
                wanted.add("/".join(reference.split("/")[-2:]))
    if len(broken) > args.broken:
        sys.exit(f"{len(broken)} lines are not JSON")
    if wanted - known:
        sys.exit(f"{len(wanted - known)} references find nothing, such as {sorted(wanted - known)[0]}")
    if count == 0:
        sys.exit("nothing to check")
    print(f"{count} resources, {len(wanted)} references, {len(broken)} broken lines")


if __name__ == "__main__":
    main()
