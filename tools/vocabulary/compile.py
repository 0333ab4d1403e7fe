#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the vocabulary's tables (src/clinical/data/*.tsv) into C: sorted static arrays, so that start-up costs nothing.

    compile.py DATA_DIR OUTPUT.c
    compile.py --list DATA_DIR       # names of the tables, for the build

Strings stand in one pool and are named by offset (a pointer would cost a relocation at every start). Deterministic: the
output is a function of the tables. Every mistake in a table is an error with its file and line. The C side of each array
is src/clinical/tables.h. compile_source.py reads tables, compile_emit.py writes arrays; here is what the tables mean.
"""
import os
import re
import sys

import compile_emit
import expression
from compile_source import (CATEGORY_COLUMN, CLASSES, COLUMNS, CONCEPT_COLUMN, CUE, CUE_DIRECTIONS, CUE_KINDS,
                            DOMAINS, ENCOUNTER_CLASSES, EXPOSURE, MEANINGS, NONE16, OPS, OUTCOME_COLUMN, PLACES,
                            PREGNANCY, Pool, REGIONS, RISK_COLUMN, SEXES, TARGET_CUE, TARGET_EXPOSURE, TARGET_PREGNANCY,
                            TableError, Tables, fail, fnv, normalize)


class Compiler(compile_emit.Emitter):
    def __init__(self, folder):
        self.tables = Tables(folder)
        self.pool = Pool()
        self.pool.at("")
        self.targets = []
        self.target_lists = {}
        self.out = []

    # -- concepts, items ------------------------------------------------------------------------------------------

    def load_concepts(self):
        self.categories, self.concepts = {}, {}
        for row in self.tables.read("categories", ["domain", "name", "meaning", "catch_all"]):
            if row["domain"] not in DOMAINS:
                fail(row, "unknown domain")
            key = (row["domain"], row["name"])
            if key in self.categories:
                fail(row, f"category {key} stands twice")
            self.categories[key] = row
        for row in self.tables.read("concepts", ["domain", "name", "category", "meaning", "implies", "sensitive",
                                                 "weight"]):
            key = (row["domain"], row["name"])
            if row["domain"] not in DOMAINS:
                fail(row, "unknown domain")
            if key in self.concepts:
                fail(row, f"concept {key} stands twice")
            if row["domain"] != "flag" and (row["domain"], row["category"]) not in self.categories:
                fail(row, f"no category {row['category']}")
            self.concepts[key] = row
        self.concept_order = sorted(self.concepts, key=lambda k: (DOMAINS.index(k[0]), k[1]))
        self.concept_number = {key: i for i, key in enumerate(self.concept_order)}
        if len(self.concept_order) >= TARGET_EXPOSURE:
            raise TableError("too many concepts")

    def load_items(self):
        self.rules = self.tables.read("risk_rules", ["name", "expression", "meaning"])
        items = set()
        for domain, name in self.categories:
            if domain in CATEGORY_COLUMN:
                items.add((CATEGORY_COLUMN[domain], name))
            if domain == "history":
                items.add((OUTCOME_COLUMN, name))
        for domain, name in self.concepts:
            if domain in CONCEPT_COLUMN:
                items.add((CONCEPT_COLUMN[domain], name))
            if domain == "history":
                if (OUTCOME_COLUMN, name) in items:
                    raise TableError(f"{name} is both a category and a concept of history")
                items.add((OUTCOME_COLUMN, name))
        for rule in self.rules:
            items.add((RISK_COLUMN, rule["name"]))
        self.item_order = sorted(items)
        self.item_number = {key: i for i, key in enumerate(self.item_order)}
        if len(self.item_order) > 4096:
            raise TableError("more than RECORD_ITEM_MAX items")

    def concept_implications(self):
        """What each concept implies: (set of concept keys, sex, pregnancy), closed over chains."""
        direct = {}
        for key, row in self.concepts.items():
            concepts, sex, pregnancy = set(), "", ""
            for part in filter(None, (p.strip() for p in row["implies"].split(","))):
                domain, _, name = part.partition(":")
                if domain == "sex" and name in ("female", "male"):
                    sex = name
                elif domain == "pregnancy":
                    pregnancy = "pregnant"
                elif (domain, name) in self.concepts or (domain, name) in self.categories:
                    concepts.add((domain, name))
                else:
                    fail(row, f"implies {part}, which no table has")
            direct[key] = (concepts, sex, pregnancy)
        closed = {}
        for key in self.concepts:
            seen, sex, pregnancy, todo = set(), "", "", [key]
            while todo:
                concepts, s, p = direct.get(todo.pop(), (set(), "", ""))
                sex, pregnancy = sex or s, pregnancy or p
                for c in sorted(concepts - seen - {key}):
                    seen.add(c)
                    todo.append(c)
            closed[key] = (seen, sex or ("female" if pregnancy else ""), pregnancy)
        return closed

    def items_of(self, key):
        """The items that say concept or category `key` in its finest column and above."""
        domain, name = key
        items = set()
        if key in self.concepts:
            row = self.concepts[key]
            if domain in CONCEPT_COLUMN:
                items.add(self.item_number[(CONCEPT_COLUMN[domain], name)])
            if domain in CATEGORY_COLUMN:
                items.add(self.item_number[(CATEGORY_COLUMN[domain], row["category"])])
        elif domain in CATEGORY_COLUMN:
            items.add(self.item_number[(CATEGORY_COLUMN[domain], name)])
        return items

    def describe_items(self):
        closed = self.concept_implications()
        members = {}
        for key, row in self.concepts.items():
            members.setdefault((key[0], row["category"]), []).append(key)

        def of_concept(key):
            implied, sex, pregnancy = closed[key]
            return set().union(*[self.items_of(k) for k in implied], set()), sex, pregnancy

        def of_category(key):
            """A category implies what all its concepts imply."""
            parts = [of_concept(k) for k in sorted(members.get(key, []))]
            if not parts:
                return set(), "", ""
            items = set.intersection(*[p[0] for p in parts])
            sexes, pregnancies = {p[1] for p in parts}, {p[2] for p in parts}
            return (items, sexes.pop() if len(sexes) == 1 else "",
                    pregnancies.pop() if len(pregnancies) == 1 else "")

        self.item_rows, self.implied = [], []
        domain_of_column = {v: k for k, v in CATEGORY_COLUMN.items()}
        concept_domain = {v: k for k, v in CONCEPT_COLUMN.items()}
        rules = {r["name"]: r for r in self.rules}
        for number, (column, name) in enumerate(self.item_order):
            parent, sensitive, catch_all, weight = NONE16, 0, 0, 1
            implied, sex, pregnancy = set(), "", ""
            if column == RISK_COLUMN:
                meaning = rules[name]["meaning"]
                weight = 2
            elif column in concept_domain or (column == OUTCOME_COLUMN and ("history", name) in self.concepts):
                domain = concept_domain.get(column, "history")
                row = self.concepts[(domain, name)]
                meaning, sensitive, weight = row["meaning"], int(row["sensitive"] or 0), int(row["weight"] or 1)
                implied, sex, pregnancy = of_concept((domain, name))
                if domain in CATEGORY_COLUMN:
                    category_column = OUTCOME_COLUMN if column == OUTCOME_COLUMN else CATEGORY_COLUMN[domain]
                    parent = self.item_number[(category_column, row["category"])]
                    catch_all = int(self.categories[(domain, row["category"])]["catch_all"] or 0)
                    if column != OUTCOME_COLUMN and parent in implied:
                        implied.discard(parent)
            else:
                domain = domain_of_column.get(column, "history")
                row = self.categories[(domain, name)]
                meaning, catch_all = row["meaning"], int(row["catch_all"] or 0)
                implied, sex, pregnancy = of_category((domain, name))
                parts = [self.concepts[k] for k in members.get((domain, name), [])]
                sensitive = int(bool(parts) and all(int(p["sensitive"] or 0) for p in parts))
                weight = max(1, min((int(p["weight"] or 1) for p in parts), default=1))
            implied.discard(number)
            if not 1 <= weight <= 4:
                fail(row, "weight is 1 to 4")
            at = len(self.implied)
            self.implied.extend(sorted(implied))
            self.item_rows.append((self.pool.at(name), self.pool.at(meaning), at, len(implied), parent, column,
                                   {"": 3, "female": 0, "male": 1}[sex], 1 if pregnancy else 0, sensitive, catch_all,
                                   weight))
        self.item_catch_all = [r[9] for r in self.item_rows]

    # -- targets, codes -------------------------------------------------------------------------------------------

    def target(self, row, text):
        domain, _, name = text.partition(":")
        if domain in ("none", "-"):
            return NONE16  # known, and means nothing
        if (domain, name) not in self.concepts:
            fail(row, f"target {text} is no concept")
        return self.concept_number[(domain, name)]

    def target_list(self, numbers):
        numbers = tuple(sorted(set(numbers) - {NONE16})) or (NONE16,)
        if len(numbers) > 15:
            raise TableError("more than 15 targets in one list")
        if numbers not in self.target_lists:
            self.target_lists[numbers] = len(self.targets)
            self.targets.extend(numbers)
        return self.target_lists[numbers], len(numbers)

    def code_table(self, name, pairs):
        """pairs: (code, is_prefix, target number). Exact rows first, then prefixes; each sorted by code."""
        merged = {}
        for code, prefix, target in pairs:
            merged.setdefault((prefix, code), []).append(target)
        rows = []
        for (prefix, code), numbers in sorted(merged.items()):
            at, count = self.target_list(numbers)
            rows.append((self.pool.at(code), at, len(code.encode()), count))
        exact = sum(1 for prefix, _ in merged if not prefix)
        longest = max((len(code) for prefix, code in merged if prefix), default=0)
        self.code_tables[name] = (rows, exact, longest)

    def load_codes(self):
        self.code_tables = {}
        for system in ["icd10cm", "snomed", "rxnorm", "atc", "cvx", "loinc", "cpt"]:
            pairs = []
            for row in self.tables.read("codes_" + system, ["code", "match", "target"]):
                if row["match"] not in ("exact", "prefix"):
                    fail(row, "match is exact or prefix")
                code = row["code"].replace(".", "").upper() if system == "icd10cm" else row["code"]
                pairs.append((code, row["match"] == "prefix", self.target(row, row["target"])))
            self.code_table(system, pairs)

    def load_exposures(self):
        leaves = self.tables.read("exposure_leaves", ["leaf", "rank", "meaning"], exact=True)
        leaves = [r for r in leaves if r["leaf"] != "unknown"]
        leaves.sort(key=lambda r: int(r["rank"]))
        self.exposure_names = [r["leaf"] for r in leaves]
        self.exposure_leaves = [(self.pool.at(r["leaf"]), self.pool.at(r["leaf"].partition("_")[0]), self.pool.at(r["meaning"]))
                                for r in leaves]
        if len(leaves) > 14:
            raise TableError("more exposure leaves than RECORD_EXPOSURE_MAX - 1")
        rows = self.tables.read("exposures", ["kind", "key", "leaf"], exact=True)
        pairs = {k: [] for k in ("snomed", "icd10cm", "loinc_answer", "encounter_type")}
        self.concept_exposure, self.exposure_phrases, self.questions = {}, [], set()
        for row in rows:
            if row["leaf"] in ("none", "-", ""):
                leaf = None
            elif row["leaf"] not in self.exposure_names:
                fail(row, f"{row['leaf']} is no leaf of exposure_leaves.tsv")
            else:
                leaf = self.exposure_names.index(row["leaf"])
            kind, key = row["kind"], row["key"]
            target = NONE16 if leaf is None else TARGET_EXPOSURE + leaf
            if kind == "concept":
                number = self.target(row, key)
                old = self.concept_exposure.get(number, 255)
                self.concept_exposure[number] = min(old, leaf if leaf is not None else 255)
            elif kind in ("phrase", "whole"):
                self.exposure_phrases.append((row, key, target))
            elif kind in pairs:
                prefix = key.endswith("*") or kind == "icd10cm"
                key = key.rstrip("*")
                if kind == "icd10cm":
                    key = key.replace(".", "").upper()
                if kind == "loinc_answer":
                    key = key.replace("/", "|")
                    question = key.partition("|")[0]
                    self.questions.add(question)
                pairs[kind].append((key, prefix, target))
            else:
                fail(row, f"unknown kind {kind}")
        for kind, list_of in pairs.items():
            self.code_table("exposure_" + kind, list_of)
        self.code_table("questions", [(q, False, i) for i, q in enumerate(sorted(self.questions))])

    def load_pregnancy(self):
        pairs = {k: [] for k in ("snomed", "icd10cm", "loinc", "loinc_answer", "encounter_type")}
        self.pregnancy_values, self.pregnancy_phrases = [], []
        seen = {}
        for row in self.tables.read("pregnancy", ["kind", "key", "meaning", "value"], exact=True):
            if row["meaning"] not in MEANINGS + ["-", "none"]:
                fail(row, f"unknown meaning {row['meaning']}")
            target = NONE16
            if row["meaning"] not in ("-", "none"):
                # "before": the number stands before the phrase ("20 weeks pregnant"); "behind": behind it. "entry": the
                # pregnancy itself, whose first date in a record says about when it began.
                value = {"before": -1, "behind": -2, "entry": 1}.get(row["value"]) or int(row["value"] or 0)
                pair = (MEANINGS.index(row["meaning"]), value)
                if pair not in seen:
                    seen[pair] = len(self.pregnancy_values)
                    self.pregnancy_values.append(pair)
                target = TARGET_PREGNANCY + seen[pair]
            kind, key = row["kind"], row["key"]
            if kind == "phrase":
                self.pregnancy_phrases.append((row, key, target))
            elif kind in pairs:
                if kind == "icd10cm":
                    key = key.replace(".", "").upper()
                if kind == "loinc_answer":
                    key = key.replace("/", "|")
                prefix = kind == "icd10cm" or key.endswith("*")
                pairs[kind].append((key.rstrip("*"), prefix, target))
            else:
                fail(row, f"unknown kind {kind}")
        for kind, list_of in pairs.items():
            self.code_table("pregnancy_" + kind, list_of)

    # -- words ----------------------------------------------------------------------------------------------------

    def phrase_key(self, row, domain):
        """(text, domain, qualifier, place), see clinical_phrase_row. `P & Q` is P where Q stands elsewhere; `words` are all
        its words in any order, found by the longest."""
        match, parts = row["match"], [normalize(p) for p in row["phrase"].split(" & ")]
        if not all(parts):
            fail(row, "an empty phrase")
        if match == "words":
            parts = sorted(" ".join(parts).split(" "), key=lambda w: (-len(w), w))
        return parts[0], domain, "&".join(sorted(parts[1:])), PLACES.index(match)

    def load_keywords(self):
        phrases, self.affixes = {}, {"suffix": {}, "prefix": {}}
        for row in self.tables.read("keywords", ["domain", "phrase", "match", "target"]):
            if row["domain"] not in DOMAINS:
                fail(row, "unknown domain")
            domain, target = DOMAINS.index(row["domain"]), self.target(row, row["target"])
            if row["match"] in PLACES:
                phrases.setdefault(self.phrase_key(row, domain), []).append(target)
            elif row["match"] in self.affixes:
                raw = re.sub(r"[^a-z0-9]", "", row["phrase"].lower()).replace("ae", "e").replace("oe", "e")
                self.affixes[row["match"]].setdefault((raw, domain), []).append(target)
            else:
                fail(row, "unknown match")
        for row, key, target in self.exposure_phrases:
            place = ["phrase", "whole"].index(row["kind"])
            phrases.setdefault((normalize(key), EXPOSURE, "", place), []).append(target)
        for row, key, target in self.pregnancy_phrases:
            phrases.setdefault((normalize(key), PREGNANCY, "", 0), []).append(target)
        self.cues = []
        for row in self.tables.read("negation", ["cue", "kind", "direction", "words"], exact=True):
            if row["kind"] not in CUE_KINDS or row["direction"] not in CUE_DIRECTIONS:
                fail(row, "unknown kind or direction")
            self.cues.append((CUE_KINDS.index(row["kind"]), CUE_DIRECTIONS.index(row["direction"]),
                              int(row["words"] or 0)))
            key = (normalize(row["cue"]), CUE, "", 0)
            if key in phrases:
                fail(row, "this cue stands twice")
            phrases[key] = [TARGET_CUE + len(self.cues) - 1]
        self.phrases = sorted(phrases.items())
        first_words = {}
        for (text, *_), _ in self.phrases:
            words = text.split(" ")
            first_words[words[0]] = max(first_words.get(words[0], 0), len(words))
        self.first_words = sorted(first_words.items())

    def load_overrides(self):
        """Rows (word, unless, winner, loser): each line of the table with every concept that it names."""
        self.overrides = set()
        for row in self.tables.read("overrides", ["when", "unless", "drops"], exact=True):
            unless = " ".join(normalize(word) for word in row["unless"].split())
            losers = self.concepts_of(row, row["drops"])
            for when in row["when"].split(","):
                if when.startswith("word:"):
                    winners, word = [NONE16], normalize(when[5:])
                else:
                    winners, word = self.concepts_of(row, when), ""
                self.overrides |= {(self.pool.at(word), self.pool.at(unless), w, l)
                                   for w in winners for l in losers if w != l}
        self.overrides = sorted(self.overrides)

    def concepts_of(self, row, names):
        """`history:asthma` or `history/respiratory_history`, separated by commas; `-history:asthma` takes one out."""
        found = []
        for name in names.split(","):
            domain, mark, rest = re.match(r"-?(\w+)([:/])(\w+)$", name).groups()
            these = [i for key, i in self.concept_number.items() if key[0] == domain and
                     (key[1] == rest if mark == ":" else self.concepts[key]["category"] == rest)]
            if not these:
                fail(row, f"{name} names no concept")
            found = [i for i in found if i not in these] if name.startswith("-") else found + these
        return sorted(set(found))

    @staticmethod
    def slots(texts):
        """Open addressing over distinct texts: slot = 1 + index of the first row with this text, 0 empty."""
        size = 16
        while size < 2 * len(texts) + 2:
            size *= 2
        table = [0] * size
        for index, text in texts:
            at = fnv(text) & (size - 1)
            while table[at]:
                at = (at + 1) & (size - 1)
            table[at] = index + 1
        return table

    # -- places, thresholds, small tables -------------------------------------------------------------------------

    def load_places(self):
        self.states = []
        for row in sorted(self.tables.read("regions", ["state", "name", "region"], exact=True),
                          key=lambda r: r["state"]):
            if row["region"] not in REGIONS:
                fail(row, "unknown region")
            self.states.append((row["state"].upper(), normalize(row["name"]), REGIONS[row["region"]]))
        number = {s[0]: i for i, s in enumerate(self.states)}

        def state(row):
            if row["state"].upper() not in number:
                fail(row, f"no state {row['state']} in regions.tsv")
            return number[row["state"].upper()]

        cities = {}
        for row in self.tables.read("places", ["state", "city", "class"], exact=True):
            if row["class"] not in CLASSES:
                fail(row, "unknown class")
            cities.setdefault((normalize(row["city"]), state(row)), CLASSES[row["class"]])
        self.cities = sorted(cities.items())
        self.zips, self.zips3 = [], []
        for row in self.tables.read("zips", ["zip", "state", "class"], exact=True):
            entry = (int(row["zip"]), state(row), CLASSES[row["class"]])
            (self.zips if len(row["zip"]) == 5 else self.zips3).append(entry)
        self.zips.sort()
        self.zips3.sort()
        self.countries = sorted((normalize(row[column]), {"southern": 1, "northern": 0, "us": 2}[row["hemisphere"]])
                                for row in self.tables.read("countries", ["code", "code3", "name", "hemisphere"],
                                                            exact=True)
                                for column in ("code", "code3", "name") if row[column])
        self.place_words = []
        for row in self.tables.read("place_words", ["word", "kind", "value"], exact=True):
            kind, value = row["kind"], row["value"]
            if kind == "class" and value in CLASSES:
                meaning = (0, CLASSES[value], 0)
            elif kind == "region" and value in REGIONS:
                meaning = (1, REGIONS[value], 0)
            elif kind == "state" and value in number:
                meaning = (2, number[value], 0)
            elif kind == "city" and value[-4:-2] == ", " and value[-2:] in number:
                meaning = (3, number[value[-2:]], self.pool.at(normalize(value[:-4])))
            else:
                fail(row, "unknown kind or value")
            self.place_words.append((normalize(row["word"]), meaning))
        self.place_words = sorted(set(self.place_words))
        self.city_states = sorted({(normalize(row["city"]), state(row), CLASSES[row["class"]])
                                   for row in self.tables.read("city_states", ["city", "state", "class"], exact=True)})

    def load_analytes(self):
        rows = self.tables.read("analytes", ["analyte", "loinc", "unit", "factor", "offset"], exact=True)
        self.analytes = sorted({r["analyte"] for r in rows})
        number = {a: i for i, a in enumerate(self.analytes)}
        self.code_table("analytes", [(r["loinc"], False, number[r["analyte"]]) for r in rows if r["loinc"]])
        for key, (at, count) in ((k, (self.code_tables["analytes"][0][i][1], self.code_tables["analytes"][0][i][3]))
                                 for i, k in enumerate(sorted({r["loinc"] for r in rows if r["loinc"]}))):
            if count != 1:
                raise TableError(f"analytes.tsv: LOINC {key} names two analytes")
        self.units = sorted({(number[r["analyte"]], r["unit"], float(r["factor"] or 1), float(r["offset"] or 0))
                             for r in rows if r["unit"]})
        for a, b in zip(self.units, self.units[1:]):
            if a[:2] == b[:2]:
                raise TableError(f"analytes.tsv: {self.analytes[a[0]]} in {a[1]} has two factors")
        meanings = self.tables.read("result_words", ["word", "meaning"], exact=True)
        self.results = sorted({r["meaning"] for r in meanings})
        self.result_words = sorted((r["word"].lower(), self.results.index(r["meaning"]) + 1) for r in meanings)
        self.thresholds = []
        rows = self.tables.read("thresholds", ["flag", "analyte", "op", "value", "unit", "age_min_months",
                                               "age_max_months", "sex", "ladder", "step"], exact=True)
        ladders = sorted({r["ladder"] for r in rows if r["ladder"]})
        for row in rows:
            flag = row["flag"].partition(":")[2] or row["flag"]
            if ("flag", flag) not in self.concepts:
                fail(row, f"no flag {flag}")
            if row["analyte"] not in number:
                fail(row, f"no analyte {row['analyte']}")
            if row["op"] not in OPS or row["sex"] not in SEXES:
                fail(row, "unknown op or sex")
            text = row["op"] == "text"
            if text and row["value"] not in self.results:
                fail(row, f"{row['value']} is no meaning of result_words.tsv")
            if not text and not any(u[0] == number[row["analyte"]] and u[1] == row["unit"] and u[2] == 1 and u[3] == 0
                                    for u in self.units):
                fail(row, f"{row['unit']} is not the canonical unit of {row['analyte']}")
            self.thresholds.append((number[row["analyte"]], self.concept_number[("flag", flag)],
                                    int(row["age_min_months"] or 0), int(row["age_max_months"] or 0xFFFF),
                                    0.0 if text else float(row["value"]), OPS[row["op"]], SEXES[row["sex"]],
                                    self.results.index(row["value"]) + 1 if text else 0,
                                    ladders.index(row["ladder"]) + 1 if row["ladder"] else 0, int(row["step"] or 0)))
        self.thresholds.sort()
        self.ladder_count = len(ladders) + 1
        spellings = self.tables.read("unit_spellings", ["spelling", "unit"], exact=True)
        self.spellings = sorted({(r["spelling"].lower(), r["unit"]) for r in spellings})
        self.vitals = []
        for row in self.tables.read("flat_vitals", ["key", "analyte", "unit"], exact=True):
            if row["analyte"] not in number and row["analyte"] != "blood_pressure_pair":
                fail(row, f"no analyte {row['analyte']}")
            self.vitals.append((normalize(row["key"]), number.get(row["analyte"], NONE16), row["unit"]))
        self.vitals = sorted(set(self.vitals))

    def load_small(self):
        self.code_table("encounter_classes",
                        [(r["code"].upper(), False, ENCOUNTER_CLASSES.index(r["class"]))
                         for r in self.tables.read("encounter_classes", ["code", "class"], exact=True)])
        self.charlson = [(NONE16, 0, 0)] * 0
        groups = {}
        for row in self.tables.read("charlson", ["concept", "group", "weight"], exact=True):
            concept = row["concept"] if ":" in row["concept"] else "history:" + row["concept"]
            number = self.target(row, concept)
            item = self.item_number[(1, concept.partition(":")[2])]
            groups.setdefault(row["group"], int(row["weight"]))
            if groups[row["group"]] != int(row["weight"]):
                fail(row, "a group has one weight")
            self.charlson.append((item, row["group"], int(row["weight"]), number))
        # Groups that exclude each other share what stands before the first dot or underscore: the larger weight wins.
        self.charlson_families = sorted({re.split(r"[._]", g)[0] for g in groups})
        self.charlson = sorted((item, self.charlson_families.index(re.split(r"[._]", group)[0]), weight)
                               for item, group, weight, _ in self.charlson)

    def load_rules(self):
        names = {"columns": COLUMNS, "items": self.item_number, "exposures": self.exposure_names}
        self.rule_rows, self.rule_code = [], []
        for row in sorted(self.rules, key=lambda r: r["name"]):
            try:
                code = expression.compile_rule(row["expression"], names)
            except expression.RuleError as problem:
                fail(row, str(problem))
            self.rule_rows.append((self.item_number[(RISK_COLUMN, row["name"])], len(self.rule_code), len(code)))
            self.rule_code.extend(code)

    # -- output ---------------------------------------------------------------------------------------------------

    def run(self):
        self.load_concepts()
        self.load_items()
        self.describe_items()
        self.load_codes()
        self.load_exposures()
        self.load_pregnancy()
        self.load_keywords()
        self.load_overrides()
        self.load_places()
        self.load_analytes()
        self.load_small()
        self.load_rules()
        for _, numbers in self.phrases:
            self.target_list(numbers)
        for table in self.affixes.values():
            for numbers in table.values():
                self.target_list(numbers)
        self.emit()
        return self.out


def main():
    if sys.argv[1] == "--list":
        print("\n".join(sorted(f for f in os.listdir(sys.argv[2]) if f.endswith(".tsv"))))
        return
    folder, output = sys.argv[1], sys.argv[2]
    compiler = Compiler(folder)
    try:
        body = compiler.run()
    except TableError as problem:
        sys.exit(f"vocabulary: {problem}")
    with open(output, "w", encoding="utf-8") as file:
        file.write("/* Generated by tools/vocabulary/compile.py from src/clinical/data. */\n"
                   '#include "clinical/tables.h"\n\n')
        file.write("\n".join(body))
        file.write("\n")


if __name__ == "__main__":
    main()
