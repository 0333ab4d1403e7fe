# SPDX-License-Identifier: Apache-2.0
"""What compile.py reads and how: tables with the place of each row, words as src/clinical/words.c makes them, one pool of
strings, and the words that tables may use."""
import hashlib
import os
import re
import unicodedata

DOMAINS = ["history", "medication", "allergy", "symptom", "procedure", "immunization", "flag"]
EXPOSURE, PREGNANCY, CUE = 7, 8, 9  # pseudo-domains of the keyword table
COLUMNS = ["history_categories", "history_concepts", "medication_categories", "medication_concepts",
           "allergy_categories", "allergy_concepts", "symptom_categories", "procedure_categories",
           "immunization_categories", "vital_flags", "risk_factors", "outcomes"]
CATEGORY_COLUMN = {"history": 0, "medication": 2, "allergy": 4, "symptom": 6, "procedure": 7, "immunization": 8}
CONCEPT_COLUMN = {"history": 1, "medication": 3, "allergy": 5, "flag": 9}
OUTCOME_COLUMN, RISK_COLUMN = 11, 10
MEANINGS = ["pregnant", "trimester_1", "trimester_2", "trimester_3", "weeks", "due_date", "lmp", "delivered", "ended",
            "not_pregnant", "delivery_date"]
CUE_KINDS = ["negated", "possible", "family", "historical", "allergy", "planned", "stop", "pseudo"]
PLACES = ["phrase", "whole", "start", "words", "last", "weak"]
CUE_DIRECTIONS = ["before", "after", "both", "none"]
TARGET_EXPOSURE, TARGET_PREGNANCY, TARGET_CUE = 0xD000, 0xE000, 0xF000
NONE16 = 0xFFFF
OPS = {"<": 0, "<=": 1, ">": 2, ">=": 3, "text": 4}
SEXES = {"": 0, "female": 1, "male": 2, "pregnant": 3}
CLASSES = {"urban": 0, "suburban": 1, "rural": 2, "unknown": 3, "": 3}
REGIONS = {"northeast": 0, "midwest": 1, "south": 2, "west": 3, "other": 4}
ENCOUNTER_CLASSES = ["ambulatory", "emergency", "inpatient", "virtual", "other", "unknown"]


class TableError(Exception):
    pass


class Row(dict):
    place = ""


def fail(row, what):
    raise TableError(f"{row.place}: {what}")


class Tables:
    """Reads the tables of one prefix, split by owner or not: concepts.tsv, concepts_history.tsv, …"""

    def __init__(self, folder):
        self.folder = folder
        self.files = sorted(f for f in os.listdir(folder) if f.endswith(".tsv"))
        self.used = set()

    def read(self, prefix, columns, exact=False):
        rows = []
        for name in self.files:
            if name != prefix + ".tsv" and (exact or not re.fullmatch(re.escape(prefix) + r"_[a-z0-9_]+\.tsv", name)):
                continue
            self.used.add(name)
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                lines = file.read().split("\n")
            header = lines[0].lstrip("#").strip().split("\t")
            header = [h.strip() for h in header]
            for number, line in enumerate(lines[1:], 2):
                if not line or line.startswith("#"):
                    continue
                cells = line.split("\t")
                row = Row(zip(header, [c.strip() for c in cells]))
                row.place = f"{name}:{number}"
                if len(cells) != len(header):
                    fail(row, f"{len(cells)} cells under {len(header)} headings")
                for column in columns:
                    if column not in row:
                        fail(row, f"no column {column}")
                rows.append(row)
        return rows

    def version(self):
        digest = hashlib.sha256()
        for name in sorted(self.used):
            with open(os.path.join(self.folder, name), "rb") as file:
                data = file.read()
            digest.update(f"{name}\0{len(data)}\0".encode())
            digest.update(data)
        return digest.hexdigest()[:16]


LATIN = {chr(c): unicodedata.normalize("NFKD", chr(c))[0].lower() for c in range(0xC0, 0x100)
         if unicodedata.normalize("NFKD", chr(c))[0].isascii()}


def stem(word):
    if len(word) > 3 and word.endswith("s") and word[-2] not in "sui":
        if word.endswith("ies") and len(word) > 4:
            word = word[:-3] + "y"
        elif word.endswith("sses"):
            word = word[:-2]
        else:
            word = word[:-1]
    if len(word) > 5 and word.endswith("our"):
        word = word[:-2] + "r"
    return word.replace("ae", "e").replace("oe", "e")


def normalize(text):
    text = "".join(LATIN.get(c, c) for c in text.replace("\u2019", "'")).lower()
    text = re.sub(r"'s\b", "", text)
    return " ".join(stem(w) for w in re.findall(r"[a-z0-9]+", text))


def fnv(text):
    value = 2166136261
    for byte in text.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


class Pool:
    def __init__(self):
        self.offsets, self.parts, self.size = {}, [], 0

    def at(self, text):
        if text not in self.offsets:
            self.offsets[text] = self.size
            self.parts.append(text)
            self.size += len(text.encode()) + 1
        return self.offsets[text]

    def emit(self, out):
        # One array of characters, not one literal: literals of this length are slow in some compilers.
        out.append("const char clinical_pool[] =")
        line = ""
        for part in self.parts:
            escaped = "".join(c if 32 <= ord(c) < 127 and c not in '"\\?' else "".join(f"\\{b:03o}" for b in c.encode())
                              for c in part)
            line += escaped + "\\000"
            if len(line) > 100:
                out.append(f'    "{line}"')
                line = ""
        out.append(f'    "{line}";')
