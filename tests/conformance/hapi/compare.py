#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where Lethe and HAPI disagree: compare.py LETHE HAPI_OUT FILE.ndjson [mutations.log]

Prints how often both reject, both accept, and each alone, the latter by cause. HAPI checks more than Lethe lists
(OUT_OF_LIST: other code systems, units, extensions, publication rules); a rejection for such a cause alone is no
disagreement about what is on the list of `lethe validate --rules`.
"""
import collections
import json
import re
import subprocess
import sys

OUT_OF_LIST = re.compile("CANONICAL_ABSOLUTE|WG_NEEDED|Terminology_PassThrough|TERMINOLOGY_TX|Terminology_TX|Extension_EXT|"
                         "NoFullUrl|MEASURE_M_|SM_TARGET|NOTFOUND_APPARENT|DT_UUID|DT_OID|SECURITY_|HTML|LANGUAGE|LINK")


def ours(lethe, path):
    out = subprocess.run([lethe, "validate", "--input", path, "--json", "--quiet", "--issues", "1000000"],
                         capture_output=True, text=True, check=False).stdout
    rejected = collections.defaultdict(set)
    for issue in json.loads(out)["issues"]:
        if issue["severity"] == "error":
            rejected[issue["line"]].add((issue["rule"], issue["path"]))
    return rejected


def theirs(path):
    rejected, done = collections.defaultdict(set), set()
    with open(path, encoding="utf-8") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if cells[1] == "done":
                done.add(int(cells[0]))
            else:
                rejected[int(cells[0])].add((cells[1], cells[2], cells[3][:110]))
    return rejected, done


def main():
    lethe, hapi, path = sys.argv[1:4]
    mine, (other, done) = ours(lethe, path), theirs(hapi)
    log = open(sys.argv[4], encoding="utf-8").read().split("\n") if len(sys.argv) > 4 else None
    counts, alone = collections.Counter(), []
    for number in sorted(done):
        listed = {cause for cause in other[number] if not OUT_OF_LIST.search(cause[0])}
        kind = (bool(mine[number]), bool(listed))
        counts[{(True, True): "both reject", (False, False): "both accept", (True, False): "Lethe alone",
                (False, True): "HAPI alone"}[kind]] += 1
        if kind[0] != kind[1]:
            alone.append((number, sorted(mine[number]), sorted(other[number])))
    print(dict(counts))
    for number, left, right in alone:
        print(f"{number}\t{log[number - 1] if log else ''}\tlethe: {left}\thapi: {right}")


main()
