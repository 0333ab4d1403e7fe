# SPDX-License-Identifier: Apache-2.0
"""The look-up that the tables are made for, in Python: the reference for the C code and for the measurements.

Order: an exact line of the code's system; the longest prefix; the keywords over the display. Keywords of one domain:
  start   the text begins with the phrase: its targets alone count (longest first)
  phrase  whole words in sequence
  words   all words, in any order and place
  last    as phrase, but only if nothing else matched: body sites and words such as "injury" or "procedure"
  weak    as last, after it: words that say less than a site ("edema", "excision")
phrase and words are tried together, longest first (characters; a phrase before words of the same length); a match uses
up its words, so "type 2 diabetes mellitus" leaves nothing for "diabetes". The target `none` uses up words and says nothing.
`words` and `start` are for displays and list items, not for running text.
"""
import csv
import glob
import os
import re
from collections import defaultdict

SYSTEMS = {
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10cm",
    "http://snomed.info/sct": "snomed",
}
TAGS = re.compile(
    r"\((disorder|finding|situation|procedure|regime/therapy|event|morphologic abnormality|observable entity|"
    r"environment|person|record artifact|qualifier value|context-dependent category|physical object)\)\s*$", re.I)


def normalize(text):
    """Lower case words without the semantic tag of a SNOMED CT display; what is no letter or digit separates."""
    text = TAGS.sub("", text)
    return re.sub(r"[^0-9a-z]+", " ", text.lower()).split()


def rows(folder, prefix):
    for name in sorted(glob.glob(os.path.join(folder, prefix + "*.tsv"))):
        with open(name, encoding="utf-8", newline="") as file:
            head = file.readline().lstrip("#").rstrip("\n").split("\t")
            for cells in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                yield dict(zip(head, cells))


class Vocabulary:
    def __init__(self, folder):
        self.exact, self.prefix = defaultdict(set), defaultdict(set)
        self.start, self.sequence, self.words, self.last, self.weak = (defaultdict(lambda: defaultdict(set))
                                                                       for _ in range(5))
        self.bag = defaultdict(lambda: defaultdict(list))
        self.catch_all, self.category = set(), {}
        if folder is None:
            return
        for system in ("icd10cm", "snomed"):
            for row in rows(folder, "codes_" + system):
                table = self.exact if row["match"] == "exact" else self.prefix
                table[system, row["code"]].add(row["target"])
        self.add_keywords(rows(folder, "keywords_"))
        self.catch_all = {f"{r['domain']}:{r['name']}" for r in rows(folder, "categories_") if r["catch_all"] == "1"}
        self.category = {f"{r['domain']}:{r['name']}": f"{r['domain']}:{r['category']}"
                         for r in rows(folder, "concepts_")}

    def add_keywords(self, lines):
        tables = {"start": self.start, "phrase": self.sequence, "words": self.words, "last": self.last,
                  "weak": self.weak}
        for row in lines:
            if row["match"] in tables:
                tables[row["match"]][row["domain"]][tuple(row["phrase"].split())].add(row["target"])
        for domain, table in self.words.items():
            for words in table:
                self.bag[domain][max(words, key=len)].append(words)

    def by_code(self, system, code):
        system = SYSTEMS.get(system, system)
        if system == "icd10cm":
            code = code.replace(".", "").upper()
        if (system, code) in self.exact:
            return self.exact[system, code]
        for length in range(len(code), 0, -1):
            if (system, code[:length]) in self.prefix:
                return self.prefix[system, code[:length]]
        return set()

    def by_text(self, domain, text):
        tokens = normalize(text)
        for length in range(len(tokens), 0, -1):
            if tuple(tokens[:length]) in self.start[domain]:
                return self.start[domain][tuple(tokens[:length])] - {"none"}
        matches = self.sequences(self.sequence[domain], tokens)
        present = set(tokens)
        for token in present:
            for words in self.bag[domain].get(token, ()):
                if present.issuperset(words):
                    matches.append((-len(" ".join(words)), 1, words, self.words[domain][words]))
        targets = self.consume(tokens, matches)
        if targets is None:
            targets = self.consume(tokens, self.sequences(self.last[domain], tokens))
        if targets is None:
            targets = self.consume(tokens, self.sequences(self.weak[domain], tokens))
        return (targets or set()) - {"none"}

    @staticmethod
    def sequences(table, tokens):
        found = []
        for first in range(len(tokens)):
            for last in range(first + 1, min(len(tokens), first + 12) + 1):
                words = tuple(tokens[first:last])
                if words in table:
                    found.append((-len(" ".join(words)), 0, words, table[words]))
        return found

    def consume(self, tokens, matches):
        """Longest first, each with unused words; nothing at all is None."""
        used, targets = [False] * len(tokens), None
        for _, kind, words, these in sorted(matches, key=lambda item: item[:3]):
            places = self.place(tokens, used, words, kind)
            if places:
                for index in places:
                    used[index] = True
                targets = (targets or set()) | these
        return targets

    @staticmethod
    def place(tokens, used, words, kind):
        """Indexes of unused tokens that make up the words, or nothing."""
        if kind == 0:
            for first in range(len(tokens) - len(words) + 1):
                span = range(first, first + len(words))
                if tuple(tokens[first:first + len(words)]) == words and not any(used[i] for i in span):
                    return list(span)
            return []
        places = []
        for word in words:
            index = next((i for i, t in enumerate(tokens) if t == word and not used[i] and i not in places), None)
            if index is None:
                return []
            places.append(index)
        return places

    def lookup(self, domain, codings, text=""):
        """Targets of a CodeableConcept: codings are (system, code, display)."""
        found = set()
        for system, code, _ in codings:
            found |= self.by_code(system, code or "")
        if not any(t.startswith(domain + ":") for t in found):
            for display in [d for _, _, d in codings if d] + [text]:
                more = self.by_text(domain, display or "")
                if more:
                    found |= more
                    break
        return found

    def covered(self, targets, domain):
        return any(t.startswith(domain + ":") and self.category.get(t) not in self.catch_all for t in targets)
