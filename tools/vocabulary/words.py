#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How a name or a display finds its targets: the reference for the C code, shared by the generators and the coverage tools.

1. Text becomes words: lower case, every run of other characters than a-z and 0-9 is one blank.
2. `whole` lines match when they are the whole text.
3. From left to right, the longest `phrase` at each word wins and takes its words. A phrase "P & Q" matches where P stands
   and Q stands anywhere else in the text (an ingredient with a route or with another ingredient); it replaces the plain P.
   Of several Q the longest wins.
4. Only where nothing has matched: the longest `suffix` or `prefix` of each single word, which must be three letters longer
   than the stem ("VVIR" is no antiviral).
The target `none` says that the words are known and mean nothing.
"""
import re


def normalise(text):
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


class Matcher:
    def __init__(self):
        self.whole, self.plain, self.qualified, self.suffix, self.prefix = {}, {}, {}, {}, {}
        self.longest = 1

    def add(self, phrase, match, target):
        if match == "whole":
            self.whole.setdefault(phrase, []).append(target)
        elif match in ("suffix", "prefix"):
            getattr(self, match).setdefault(phrase, []).append(target)
        else:
            first, _, second = phrase.partition(" & ")
            self.longest = max(self.longest, first.count(" ") + 1)
            if second:
                self.qualified.setdefault(first, {}).setdefault(second, []).append(target)
            else:
                self.plain.setdefault(phrase, []).append(target)

    def _targets(self, phrase, rest):
        found = [q for q in self.qualified.get(phrase, ()) if f" {q} " in rest]
        if found:
            size = max(map(len, found))
            return [t for q in found if len(q) == size for t in self.qualified[phrase][q]]
        return self.plain.get(phrase, [])

    def lookup(self, text):
        """Returns the sorted targets and how they were found (whole, phrase, stem or nothing)."""
        text = normalise(text)
        if text in self.whole:
            return sorted(set(self.whole[text])), "whole"
        words, found, i = text.split(), [], 0
        while i < len(words):
            for n in range(min(self.longest, len(words) - i), 0, -1):
                rest = " " + " ".join(words[:i]) + " | " + " ".join(words[i + n:]) + " "
                targets = self._targets(" ".join(words[i:i + n]), rest)
                if targets:
                    found += targets
                    i += n
                    break
            else:
                i += 1
        if found:
            return sorted(set(found) - {"none"}), "phrase"
        for word in words:
            for n in range(len(word) - 3, 2, -1):
                if word[-n:] in self.suffix or word[:n] in self.prefix:
                    found += self.suffix.get(word[-n:], []) + self.prefix.get(word[:n], [])
                    break
        return sorted(set(found) - {"none"}), "stem" if found else "nothing"
