#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Spoils valid resources at random, knowing nothing of FHIR: mutate.py COUNT SEED FILE.json... > mutations.ndjson

Each line is a document with one change. What was changed stands in a file beside it when --log FILE is given.
"""
import copy
import json
import random
import sys

SIZE_MAX = 6000


def places(value, out, parent=None, key=None):
    """(container, key) of every value below the root."""
    if parent is not None:
        out.append((parent, key))
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in items:
        places(child, out, value, name)


def other_text(rng, text):
    return rng.choice(["", text + " ", " " + text, text + "x", text[:-1], text.upper(), text.replace("-", "/"), "x y",
                       "2019-02-30", "2019-1-1", "12", "true", "urn:uuid:1", "Patient/1", "#nothing", "\f"])


def other_value(rng, value):
    if isinstance(value, str):
        return rng.choice([lambda: other_text(rng, value), lambda: 12, lambda: [value], lambda: {"value": value},
                           lambda: True, lambda: None])()
    if isinstance(value, bool):
        return rng.choice(["true", 1, None, [value], "yes"])
    if isinstance(value, (int, float)):
        return rng.choice([str(value), -value - 1, value + 0.5, 10 ** 12, [value], None, True])
    if isinstance(value, list):
        return rng.choice([[], value[0], value + [None], value + ["x"], value + [{}], {}, "x"])
    return rng.choice([{}, [value], "x", 1, None, {**value, "unknownElement": "x"}, {**value, "id": "a b"}])


def mutate(rng, document):
    found = []
    places(document, found)
    found = [place for place in found if place[1] != "resourceType" or rng.random() < 0.1]
    parent, key = rng.choice(found)
    what = rng.randrange(10)
    if what < 3:  # gone
        del parent[key]
        return f"drop {key}"
    if what == 3 and isinstance(parent, dict):  # another name
        parent[rng.choice([f"{key}x", f"_{key}", str(key).capitalize(), "valueString", "extension", "text"])] = parent.pop(key)
        return f"rename {key}"
    if what == 4 and isinstance(parent, dict):  # one more type of a choice, or an element of others
        parent[rng.choice(["valueString", "valueBoolean", "value", "status", "comparator", "onsetAge", "subject"])] = "x"
        return f"add beside {key}"
    before = parent[key]
    parent[key] = other_value(rng, before)
    return f"change {key}"


def main():
    arguments = sys.argv[1:]
    log = open(arguments[arguments.index("--log") + 1], "w", encoding="utf-8") if "--log" in arguments else None
    if log:
        del arguments[arguments.index("--log"):arguments.index("--log") + 2]
    rng = random.Random(int(arguments[1]))
    documents = []
    for name in sorted(arguments[2:]):
        with open(name, encoding="utf-8") as file:
            document = json.load(file)
        entries = [e["resource"] for e in document.get("entry", []) if "resource" in e] if document.get("type") in (
            "transaction", "collection") else [document]
        documents += [d for d in entries if len(json.dumps(d)) < SIZE_MAX]
    for _ in range(int(arguments[0])):
        document = copy.deepcopy(rng.choice(documents))
        what = mutate(rng, document)
        print(json.dumps(document))
        if log:
            log.write(what + "\n")


main()
