#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What de-identified FHIR keeps, measured against its original.

    deid_utility.py LETHE INPUT_FOLDER [PROFILE]

Runs `lethe deid` over a folder of FHIR (Bundles or NDJSON) and compares the two, resource by resource: shares of Coding.code,
Quantity.value, status and intervals that are the same, references that resolved before and do after, numbers as text, and
that nothing of the patients' names, addresses and identifiers is left. Exit code 1 where less than 99 % is kept, or anything
is left. Python's own JSON reader is the judge; no code of Lethe is used here.
"""
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
from decimal import Decimal

KEPT_MIN = 0.99


def documents(path):
    with open(path, encoding="utf-8-sig") as file:
        if path.endswith(".json"):
            yield json.load(file, parse_float=str, parse_int=str)
        else:
            for line in file:
                if line.strip():
                    yield json.loads(line, parse_float=str, parse_int=str)


def resources(document):
    if document.get("resourceType") == "Bundle":
        for entry in document.get("entry", []):
            if "resource" in entry:
                yield entry.get("fullUrl"), entry["resource"]
    else:
        yield None, document


def leaves(value, path=""):
    """Paths without indexes, so that removed elements of an array do not move what stands behind."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


KINDS = {
    "Coding.code": lambda p: re.search(r"(oding|Coding|class)\.code$", p),  # labels of meta are the server's
    "Quantity.value": lambda p: p.endswith(("uantity.value", ".low.value", ".high.value", "Age.value", "Money.value", "amount.value",
                                            "net.value", "total.value")),
    "status": lambda p: p.endswith((".status", "Status.coding.code", ".intent", ".gender", ".use")) and "name" not in p and "telecom" not in p
                        and ".text." not in p and "contact" not in p and "identifier" not in p,
}


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) if re.match(r"\d{4}-\d\d-\d\d", str(text)) else None


def dates(resource):
    """Dates of a resource, in their order, without those that the policy cuts."""
    skip = (".birthDate", ".contact.", ".name.", ".identifier.", ".telecom.")
    return [value for path, value in leaves(resource) if isinstance(value, str) and re.fullmatch(
        r"\d{4}-\d\d-\d\d(T[0-9:.]+(Z|[+-]\d\d:\d\d))?", value) and not any(part in path + "." for part in skip)]


class Tally:
    def __init__(self):
        self.kept, self.seen, self.lost = {}, {}, {}

    def add(self, kind, kept, what=""):
        self.seen[kind] = self.seen.get(kind, 0) + 1
        self.kept[kind] = self.kept.get(kind, 0) + bool(kept)
        if not kept:
            self.lost[(kind, what)] = self.lost.get((kind, what), 0) + 1


def compare(before, after, tally, offsets):
    old, new = list(leaves(before)), {}
    for path, value in leaves(after):
        new.setdefault(path, []).append(value)
    for path, value in old:
        for kind, is_kind in KINDS.items():
            if is_kind(path):
                tally.add(kind, value in new.get(path, []), before["resourceType"] + path)
    was, now = dates(before), dates(after)
    if len(was) == len(now) and was:
        days = [(moment(b).date() - moment(a).date()).days for a, b in zip(was, now)]
        for a, b in zip(was[1:], now[1:]):
            tally.add("interval", moment(a) - moment(was[0]) == moment(b) - moment(now[0]), before["resourceType"])
        for a, b in zip(was, now):
            tally.add("time and zone", a[10:] == b[10:], before["resourceType"])
        offsets.add(days[0])
    else:
        for _ in was[1:]:
            tally.add("interval", False, before["resourceType"] + " (dates cut)")


def references(document):
    for path, value in leaves(document):
        if path.endswith(".reference") and isinstance(value, str):
            yield value


def resolving(documents_):
    """References that find a fullUrl or Type/id in the whole set, or a contained resource in their own."""
    known = set()
    for document in documents_:
        for url, resource in resources(document):
            known.add(url)
            known.add(f"{resource['resourceType']}/{resource.get('id')}")
    found = missed = 0
    for document in documents_:
        for _, resource in resources(document):
            inside = {"#" + str(c.get("id")) for c in resource.get("contained", [])}
            for text in references(resource):
                ok = text in known or text in inside or "/".join(text.split("/")[-2:]) in known
                found, missed = found + ok, missed + (not ok)
    return found, missed


def secrets(resource):
    """Words that must not come out: names, lines of addresses, telephone numbers, identifiers of people."""
    if resource["resourceType"] not in ("Patient", "Practitioner", "RelatedPerson"):
        return
    for name in resource.get("name", []):
        yield from [name.get("family")] + name.get("given", [])
    for address in resource.get("address", []):
        yield from address.get("line", [])
    for telecom in resource.get("telecom", []):
        yield telecom.get("value")
    for identifier in resource.get("identifier", []):
        yield identifier.get("value")
    yield resource.get("id")


def pairs(folder, made):
    """Input files and what came of them: in the order of the names, as the manifest lists them."""
    with open(os.path.join(made, "manifest.json"), encoding="utf-8") as file:
        outputs = [row["path"] for row in json.load(file)["files"]]
    inputs = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        inputs += [os.path.join(root, name) for name in names if name.endswith((".json", ".ndjson"))]
    inputs.sort(key=lambda path: os.path.relpath(path, folder).encode())
    assert len(inputs) == len(outputs), "one file for each file"
    return zip(inputs, (os.path.join(made, name) for name in outputs))


def main():
    lethe, folder = sys.argv[1:3]
    profile = sys.argv[3] if len(sys.argv) > 3 else "expert-determination-ml"
    with tempfile.TemporaryDirectory() as home:
        key, made = os.path.join(home, "project.key"), os.path.join(home, "deid")
        subprocess.run([lethe, "keys", "new", "--output", key], check=True, stderr=subprocess.DEVNULL)
        code = subprocess.run([lethe, "deid", "--input", folder, "--output", made, "--key", key, "--quiet", "--profile", profile],
                              check=False, stdout=subprocess.DEVNULL).returncode
        assert code in (0, 3), code
        tally, offsets, words, left = Tally(), {}, set(), []
        before, after = [], []
        for source, target in pairs(folder, made):
            was = [d for d in documents(source) if d.get("resourceType")]
            now = list(documents(target))
            assert len(was) == len(now), source
            for a, b in zip(was, now):
                for (_, old), (_, new) in zip(resources(a), resources(b)):
                    assert old["resourceType"] == new["resourceType"]
                    compare(old, new, tally, offsets.setdefault(source, set()))
                    words.update(w for w in secrets(old) if w and len(w) > 4)
            before += was
            after += now
        text = "\n".join(json.dumps(d, ensure_ascii=False) for d in after)
        strings = set(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
        left = sorted(w for w in words if w in strings)
        print(f"{len(before)} documents")
        bad = bool(left)
        for kind in sorted(tally.seen):
            share = tally.kept[kind] / tally.seen[kind]
            print(f"  {kind:16} {tally.kept[kind]:9} of {tally.seen[kind]:9} kept: {share:.4%}")
            bad |= share < KEPT_MIN
        for (kind, what), count in sorted(tally.lost.items(), key=lambda row: -row[1])[:12]:
            print(f"    lost {count:7} {kind} of {what}")
        was, now = resolving(before), resolving(after)
        print(f"  references       {was[0]} resolved, {now[0]} do; {was[1]} did not, {now[1]} do not")
        print(f"  offsets          {sum(len(o) == 1 for o in offsets.values())} files with one, "
              f"{sum(len(o) > 1 for o in offsets.values())} with more")
        print(f"  {len(words)} names, addresses and identifiers looked for, {len(left)} found")
        bad |= was != now
    sys.exit(1 if bad else 0)


main()
