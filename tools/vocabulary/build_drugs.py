#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the drug, allergy, immunization and flag tables of src/clinical/data from the readable tables in drugs/.

The judgement stands in the input tables; this program only spreads a row over the output files, applies the keywords to
the displays of known codes, and refuses what contradicts itself (a word with two meanings, an unknown concept).

    build_drugs.py --input tools/vocabulary/drugs --output src/clinical/data
"""
import argparse
import collections
import pathlib
import re
import sys

from tables import listed, read_bars, write_tsv
from words import Matcher, normalise

CONCEPT_HEADER = ["domain", "name", "category", "meaning", "implies", "sensitive", "weight", "source"]
CATEGORY_HEADER = ["domain", "name", "meaning", "catch_all", "source"]
CODE_HEADER = ["code", "match", "target", "source"]
KEYWORD_HEADER = ["domain", "phrase", "match", "target", "source"]
THRESHOLD_HEADER = ["flag", "analyte", "op", "value", "unit", "age_min_months", "age_max_months", "sex", "source", "ladder", "step"]
ANALYTE_HEADER = ["analyte", "loinc", "unit", "factor", "offset", "source"]
NAME_SOURCE = "INN/USAN names and class names in use"
BRAND_SOURCE = "US brand names in use"
STEM_SOURCE = "WHO INN stem book, USAN stem list"


class Build:
    def __init__(self, folder):
        self.folder = folder
        self.concepts, self.categories = {}, {}
        self.keywords = collections.defaultdict(dict)     # (domain, phrase, match) -> {target: source}
        self.codes = collections.defaultdict(set)         # system -> {(code, match, target, source)}
        self.problems = []
        self.routes = {name: [normalise(w) for w in listed(words)] for name, words in self.rows("routes.txt", 2)}
        self.route_words = {word for words in self.routes.values() for word in words}
        self.implied = {token: listed(targets) for token, targets in self.rows("implied_history.txt", 2)}

    def rows(self, name, columns):
        return read_bars(self.folder / name, columns)

    def categories_from(self, domain, name, source):
        for row in self.rows(name, 3):
            self.categories[domain, row[0]] = (row[1], int(row[2] == "catch_all"), source)

    def concept(self, domain, name, category, meaning, flags, weight, source):
        if (domain, category) not in self.categories:
            self.problems.append(f"{domain}:{name}: unknown category {category}")
        if (domain, name) in self.concepts:
            self.problems.append(f"{domain}:{name}: listed twice")
        implies = []
        for flag in flags:
            if flag.startswith("h:"):
                implies += self.implied[flag[2:]]
            elif flag != "s":
                implies.append(flag)
        self.concepts[domain, name] = (category, meaning or name.replace("_", " "), ",".join(implies),
                                       int("s" in flags), weight, source)

    def keyword(self, domain, phrase, match, targets, source):
        for target in targets:
            self.keywords[domain, phrase, match][target] = source

    def name(self, domain, name, target, source):
        """One entry of a names cell: '=whole', '~stem', 'prefix~', 'name@route', 'name + other' or a plain phrase."""
        if name.startswith("="):
            self.keyword(domain, normalise(name), "whole", [target], source)
        elif name.startswith("~"):
            self.keyword(domain, normalise(name), "suffix", [target], STEM_SOURCE)
        elif name.endswith("~"):
            self.keyword(domain, normalise(name), "prefix", [target], STEM_SOURCE)
        elif "@" in name:
            phrase, route = name.split("@")
            for word in self.routes[route]:
                self.keyword(domain, f"{normalise(phrase)} & {word}", "phrase", [target], source)
            if source == BRAND_SOURCE or route in ("vaccine", "dose"):      # the brand is also a given name (or a disease): alone, the whole text
                self.keyword(domain, normalise(phrase), "whole", [target], source)
        elif " + " in name:
            self.joined(domain, [normalise(part) for part in name.split(" + ")], target, source)
        else:
            self.keyword(domain, normalise(name), "phrase", [target], source)

    def joined(self, domain, parts, target, source):
        """Ingredients that mean the concept only together: each one, where the first or (for the first) the second stands."""
        for part in parts:
            other = parts[1] if part == parts[0] else parts[0]
            self.keyword(domain, f"{part} & {other}", "phrase", [target], source)

    def split_into_known(self, domain, phrase):
        """The phrase as two or more other known phrases, or nothing."""
        words, parts, i = phrase.split(), [], 0
        while i < len(words):
            for n in range(min(len(words) - i, len(words) - 1), 0, -1):
                piece = " ".join(words[i:i + n])
                if (domain, piece, "phrase") in self.keywords and " & " not in piece:
                    parts.append(piece)
                    i += n
                    break
            else:
                return []
        return parts if len(parts) > 1 else []

    def join_adjacent_names(self, domain):
        """A phrase made of two known names also holds when a product's display puts strengths between them."""
        plain = [(p, dict(t)) for (d, p, m), t in self.keywords.items() if d == domain and m == "phrase" and " & " not in p]
        for phrase, targets in plain:
            parts = self.split_into_known(domain, phrase)
            if len(parts) == 2:
                for target, source in targets.items():
                    self.joined(domain, parts, target, source)

    def drop_redundant(self, domain):
        """A longer name with the meaning of its own beginning ("fluticasone propionate") would hide the beginning's routes, and
        a route with the meaning of the plain name would hide a combination: both go."""
        plain = {p: set(t) for (d, p, m), t in self.keywords.items() if d == domain and m == "phrase" and " & " not in p}
        for phrase, targets in plain.items():
            words = phrase.split()
            for n in range(len(words) - 1, 0, -1):
                if plain.get(" ".join(words[:n])) == targets and not self.knows_any(plain, words[n:]):
                    del self.keywords[domain, phrase, "phrase"]
                    break
        for key in [k for k in self.keywords if k[0] == domain and " & " in k[1]]:
            first, _, second = key[1].partition(" & ")
            if plain.get(first) == set(self.keywords[key]) and second in self.route_words:
                del self.keywords[key]

    @staticmethod
    def knows_any(plain, words):
        return any(" ".join(words[i:j]) in plain for i in range(len(words)) for j in range(i + 1, len(words) + 1))

    def report_ambiguous(self):
        for (domain, phrase, match), targets in sorted(self.keywords.items()):
            if len(targets) > 1 and (domain, phrase) not in self.several:
                self.problems.append(f"keyword {domain} '{phrase}' ({match}) has {sorted(targets)}")
            for target in targets:
                if target != "none" and tuple(target.split(":")) not in self.concepts:
                    self.problems.append(f"keyword {domain} '{phrase}': unknown target {target}")

        for system, rows in self.codes.items():
            for code, _match, target, _source in sorted(rows):
                if target != "none" and tuple(target.split(":")) not in self.concepts:
                    self.problems.append(f"{system} {code}: unknown target {target}")

    several = set()

    def matcher(self, domain):
        matcher = Matcher()
        for (d, phrase, match), targets in self.keywords.items():
            if d == domain:
                for target in targets:
                    matcher.add(phrase, match, target)
        return matcher


def medication(build):
    build.categories_from("medication", "medication_categories.txt", "pharmacological and therapeutic groups after WHO ATC")
    atc = {}
    for name, category, weight, flags, prefixes, names, brands in build.rows("medication.txt", 7):
        build.concept("medication", name, category, "", listed(flags), weight, "ingredient or class after WHO ATC")
        target = f"medication:{name}"
        for prefix in listed(prefixes):
            if prefix in atc:
                build.problems.append(f"ATC {prefix}: {atc[prefix]} and {target}")
            atc[prefix] = [target]
        for entry in listed(names):
            build.name("medication", entry, target, NAME_SOURCE)
        for entry in listed(brands):
            build.name("medication", entry, target, BRAND_SOURCE)
    for names, targets in build.rows("combinations.txt", 2):
        for entry in listed(names):
            phrase = normalise(entry)
            build.several.add(("medication", phrase))
            build.keyword("medication", phrase, "phrase", [f"medication:{t}" for t in listed(targets)], BRAND_SOURCE)
    for prefix, targets in build.rows("atc_combinations.txt", 2):
        atc[prefix] = [f"medication:{t}" for t in listed(targets)]
    for phrase, in build.rows("not_medications.txt", 1):
        match = "whole" if phrase.startswith("=") else "phrase"
        build.keyword("medication", normalise(phrase), match, ["none"], "words that name no drug")
    for prefix, targets in build.rows("atc_vaccines.txt", 2):
        atc[prefix] = [t if t == "none" or ":" in t else f"immunization:{t}" for t in listed(targets)]
    build.join_adjacent_names("medication")
    build.drop_redundant("medication")
    for prefix, targets in atc.items():
        if not re.fullmatch(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?", prefix):
            build.problems.append(f"ATC {prefix}: not a code")
        build.codes["atc"] |= {(prefix, "exact" if len(prefix) == 7 else "prefix", t, "WHO ATC groups") for t in targets}


def rxnorm(build):
    """The codes of public FHIR data: their display goes through the keywords, once, here; exceptions say so in the row."""
    matcher = build.matcher("medication")
    for code, display, source, override in build.rows("rxnorm.txt", 4):
        targets = [f"medication:{t}" for t in listed(override)] or matcher.lookup(display)[0]
        if not targets:
            build.problems.append(f"RxNorm {code}: no target for '{display}'")
        build.codes["rxnorm"] |= {(code, "exact", t, source) for t in targets}


def listed_domain(build, domain, columns_source):
    """Allergies and immunizations: concept | category | weight | flags | names | brands; codes: system | code | display | targets."""
    build.categories_from(domain, f"{domain}_categories.txt", columns_source)
    for name, category, weight, flags, names, brands in build.rows(f"{domain}.txt", 6):
        build.concept(domain, name, category, "", listed(flags), weight, columns_source)
        for entry in listed(names):
            build.name(domain, entry, f"{domain}:{name}", "words in use")
        for entry in listed(brands):
            build.name(domain, entry, f"{domain}:{name}", BRAND_SOURCE)
    if domain == "immunization":
        for names, targets in build.rows("vaccine_combinations.txt", 2):
            for entry in listed(names):
                build.several.add((domain, normalise(entry)))
                build.keyword(domain, normalise(entry), "phrase", [f"{domain}:{t}" for t in listed(targets)], BRAND_SOURCE)
    build.join_adjacent_names(domain)
    build.drop_redundant(domain)
    for system, code, _display, targets, source in build.rows(f"{domain}_codes.txt", 5):
        system = system.removesuffix("_allergy")     # RxNorm ingredients as allergens stand in the RxNorm table too
        for target in listed(targets):
            full = target if target == "none" or ":" in target else f"{domain}:{target}"
            build.codes[system].add((code, "exact", full, source))


def every_other_drug(build):
    """A medicine that allergy.txt does not have is an allergen of its group's class: names of one meaning, never stems."""
    classes = dict(build.rows("allergen_classes.txt", 2))
    known = build.matcher("allergy")
    names = [(p, m, t) for (d, p, m), t in build.keywords.items()
             if d == "medication" and m in ("phrase", "whole") and " & " not in p and len(t) == 1 and "none" not in t]
    for phrase, match, targets in names:
        _domain, _, concept = next(iter(targets)).partition(":")
        target = classes.get(build.concepts["medication", concept][0], "other_drug_allergy")
        if target != "-" and not known.lookup(phrase)[0]:
            build.keyword("allergy", phrase, match, [f"allergy:{target}"], "the medicine's group")


def flags(build):
    build.categories_from("flag", "flag_categories.txt", "grouping of vital signs and laboratory values")
    sources, ladders = {}, {}
    for row in build.rows("thresholds.txt", 8):
        sources.setdefault(row[0], row[7])
    for name, category, weight, marks, ladder, meaning in build.rows("flags.txt", 6):
        if name not in sources:
            build.problems.append(f"flag {name} has no threshold")
        build.concept("flag", name, category, meaning, listed(marks), weight, sources.get(name, ""))
        ladders[name] = (ladder.split(":") + [""])[:2] if ladder else ["", ""]
    units = {row[0]: row[1] for row in build.rows("analytes.txt", 4)}
    thresholds = []
    for flag, analyte, op, value, age_min, age_max, sex, source in build.rows("thresholds.txt", 8):
        if flag not in ladders or analyte not in units:
            build.problems.append(f"threshold {flag} {analyte}: unknown flag or analyte")
            continue
        unit = "" if op == "text" else units[analyte]
        thresholds.append([f"flag:{flag}", analyte, op, value, unit, age_min, age_max, sex, source, *ladders[flag]])
    return thresholds


def analytes(build):
    """LOINC lines (unit empty) and unit lines (LOINC empty) of every analyte; amounts of substance by molar mass."""
    rows, where = [], dict(build.rows("loinc_codes.txt", 2))
    for analyte, canonical, kind, codes in build.rows("analytes.txt", 4):
        build.problems += [f"LOINC {code}: not in loinc_codes.txt" for code in listed(codes) if code not in where]
        rows += [[analyte, code, "", "", "", f"LOINC code seen in {where.get(code, '')}"] for code in listed(codes)]
        if canonical != "text":
            rows += [[analyte, "", unit, f"{factor:.10g}", f"{offset:.10g}", why]
                     for unit, factor, offset, why in conversions(canonical, kind)]
    seen = collections.Counter(row[1] for row in rows if row[1])
    build.problems += [f"LOINC {code} belongs to several analytes" for code, count in seen.items() if count > 1]
    return rows


def conversions(canonical, kind):
    yield canonical, 1, 0, "canonical unit"
    words = kind.split()
    if words and words[0] == "mass":
        found = mass_conversions(canonical, float(words[1]), float(words[3]) if len(words) > 3 else 1)
        yield from (row for row in found if 1e-4 <= row[1] <= 1e4)
    elif words and words[0] == "molar":
        for unit, factor in (("mmol/l", 1), ("meq/L", float(words[1])), ("meq/l", float(words[1])), ("mol/L", 1000), ("umol/L", 0.001)):
            yield unit, factor, 0, "amount of substance"
    else:
        for entry in listed(kind):
            unit, _, numbers = entry.rpartition("=")
            factor, offset = re.fullmatch(r"([0-9.]+)([+-][0-9.]+)?", numbers).groups()
            yield unit, float(factor), float(offset or 0), "UCUM definition of the unit"


MASS = {"g/L": 1, "g/dL": 10, "mg/dL": 1e-2, "mg/L": 1e-3, "ug/dL": 1e-5, "ug/L": 1e-6, "ug/mL": 1e-3, "mg/mL": 1,
        "ng/mL": 1e-6, "ng/dL": 1e-8, "ng/L": 1e-9, "pg/mL": 1e-9}
MOLAR = {"mol/L": 1, "mmol/L": 1e-3, "umol/L": 1e-6, "nmol/L": 1e-9, "pmol/L": 1e-12}


def mass_conversions(canonical, molar_mass, valence):
    """Everything through g/L: mass units, then mol/L times the molar mass (g/mol), equivalents by valence. Units that are
    more than four orders of magnitude away are left out: nobody reports in them, and a wrong unit is better unknown."""
    if canonical in MASS:
        base = MASS[canonical]
    else:
        base = MOLAR[canonical] * molar_mass
    for unit, in_grams in MASS.items():
        if unit != canonical:
            yield unit, in_grams / base, 0, "UCUM mass concentration"
        if "L" in unit:
            yield unit.replace("L", "l"), in_grams / base, 0, "UCUM mass concentration, small litre"
    if molar_mass:
        for unit, in_moles in MOLAR.items():
            if unit != canonical:
                yield unit, in_moles * molar_mass / base, 0, f"molar mass {molar_mass:g} g/mol"
            yield unit.replace("L", "l"), in_moles * molar_mass / base, 0, f"molar mass {molar_mass:g} g/mol"
        if valence > 1:
            for unit in ("meq/L", "meq/l"):
                yield unit, 1e-3 * molar_mass / valence / base, 0, f"molar mass {molar_mass:g} g/mol, valence {valence:g}"


def measurement_tables(build, thresholds, output):
    counts = {"thresholds": write_tsv(output / "thresholds.tsv", THRESHOLD_HEADER, thresholds),
              "analytes": write_tsv(output / "analytes.tsv", ANALYTE_HEADER, analytes(build))}
    rows = [[key, analyte, unit, "keys in use in flat JSON"] for keys, analyte, unit in build.rows("flat_vitals.txt", 3)
            for key in listed(keys)]
    counts["flat_vitals"] = write_tsv(output / "flat_vitals.tsv", ["key", "analyte", "unit", "source"], rows)
    rows = [[*row, "spellings in use"] for row in build.rows("unit_spellings.txt", 2)]
    counts["unit_spellings"] = write_tsv(output / "unit_spellings.tsv", ["spelling", "unit", "source"], rows)
    rows = [[row[0], row[1], "result words in use"] for row in build.rows("result_words.txt", 2)]
    counts["result_words"] = write_tsv(output / "result_words.tsv", ["word", "meaning", "source"], rows)
    return counts


def write(build, output):
    counts = {}
    by_domain = collections.defaultdict(list)
    for (domain, name), row in build.concepts.items():
        by_domain[domain].append([domain, name, *row])
    for domain, rows in by_domain.items():
        counts[f"concepts_{domain}"] = write_tsv(output / f"concepts_{domain}.tsv", CONCEPT_HEADER, rows)
        rows = [[d, n, meaning, catch, source] for (d, n), (meaning, catch, source) in build.categories.items() if d == domain]
        counts[f"categories_{domain}"] = write_tsv(output / f"categories_{domain}.tsv", CATEGORY_HEADER, rows)
        rows = [[d, p, m, t, s] for (d, p, m), targets in build.keywords.items() if d == domain for t, s in targets.items()]
        if rows:
            counts[f"keywords_{domain}"] = write_tsv(output / f"keywords_{domain}.tsv", KEYWORD_HEADER, rows)
    for system, rows in build.codes.items():
        counts[f"codes_{system}"] = write_tsv(output / f"codes_{system}.tsv", CODE_HEADER, rows)
    for (domain, category) in build.categories:
        if not any(row[1] and c[0] == domain and row[0] == category for c, row in build.concepts.items()):
            print(f"note: category {domain}:{category} has no concept", file=sys.stderr)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=pathlib.Path, required=True, help="folder of the input tables")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder of the generated tables")
    arguments = parser.parse_args()
    build = Build(arguments.input)
    medication(build)
    listed_domain(build, "allergy", "allergen groups of clinical use")
    every_other_drug(build)
    listed_domain(build, "immunization", "CDC vaccine groups")
    for phrase, in build.rows("no_allergies.txt", 1):
        build.keyword("allergy", normalise(phrase), "whole" if phrase.startswith("=") else "phrase", ["none"], "statements of absence")
    thresholds = flags(build)
    rxnorm(build)
    build.report_ambiguous()
    counts = write(build, arguments.output) | measurement_tables(build, thresholds, arguments.output)
    for name, count in sorted(counts.items()):
        print(f"{count:6} {name}")
    for problem in build.problems:
        print(f"problem: {problem}", file=sys.stderr)
    return 1 if build.problems else 0


if __name__ == "__main__":
    sys.exit(main())
