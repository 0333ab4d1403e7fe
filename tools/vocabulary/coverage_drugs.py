#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much of the medications, allergies and immunizations of a folder of FHIR R4 the tables know.

    coverage_drugs.py [--tables src/clinical/data] [--list] FOLDER

FOLDER holds Bundles (*.json) or bulk files (*.ndjson), at any depth. The look-up is the engine's: the exact code in its
system, then the ATC prefix, then the words of the display, then the stems. A target in a catch-all category is not covered;
`none` (a statement that there is no allergy) is covered, it says nothing and is meant to.
"""
import argparse
import collections
import json
import pathlib
import sys

from tables import read_tsv
from words import Matcher

SYSTEMS = {"http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm", "http://www.whocc.no/atc": "atc",
           "http://hl7.org/fhir/sid/cvx": "cvx", "http://snomed.info/sct": "snomed_drug"}
DOMAINS = {"MedicationRequest": "medication", "MedicationStatement": "medication", "AllergyIntolerance": "allergy",
           "Immunization": "immunization"}


class Vocabulary:
    def __init__(self, folder):
        self.exact, self.prefix, self.matchers = {}, {}, {}
        for system in ("rxnorm", "atc", "cvx", "snomed_drug"):
            for row in read_tsv(folder / f"codes_{system}.tsv"):
                table = self.exact if row["match"] == "exact" else self.prefix
                table.setdefault((system, row["code"]), []).append(row["target"])
        catch_all = set()
        self.category = {}
        for domain in ("medication", "allergy", "immunization"):
            matcher = self.matchers[domain] = Matcher()
            for row in read_tsv(folder / f"keywords_{domain}.tsv"):
                matcher.add(row["phrase"], row["match"], row["target"])
            catch_all |= {(domain, row["name"]) for row in read_tsv(folder / f"categories_{domain}.tsv") if row["catch_all"] == "1"}
            for row in read_tsv(folder / f"concepts_{domain}.tsv"):
                self.category[f"{domain}:{row['name']}"] = (domain, row["category"])
        self.catch_all = catch_all

    def code(self, domain, system, code):
        found = self.exact.get((system, code), [])
        for n in range(len(code) if not found else 0, 0, -1):
            found = self.prefix.get((system, code[:n]), [])
            if found:
                break
        if system in ("rxnorm", "snomed_drug"):     # one code, read as an allergen or as a drug
            found = [t for t in found if t == "none" or t.startswith(domain + ":")]
        return sorted(set(found))

    def concept(self, domain, codeable):
        """Targets and the step that found them."""
        codings = codeable.get("coding", [])
        for coding in codings:
            found = self.code(domain, SYSTEMS.get(coding.get("system"), ""), coding.get("code", ""))
            if found:
                return found, "code"
        domains = [domain, "immunization"] if domain == "medication" else [domain]      # a vaccine may be prescribed
        for one in domains:
            for text in [c.get("display", "") for c in codings] + [codeable.get("text", "")]:
                found, how = self.matchers[one].lookup(text) if text else ([], "nothing")
                if found or how in ("whole", "phrase"):
                    return found, how
        return [], "nothing"

    def covered(self, found, how):
        return how != "nothing" and (not found or any(self.category.get(t) not in self.catch_all for t in found))


def resources(folder):
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".json":
            for entry in json.loads(path.read_text(encoding="utf-8")).get("entry", []):
                yield entry.get("fullUrl", ""), entry.get("resource", {})
        elif path.suffix == ".ndjson" and path.name.split(".")[0] in (*DOMAINS, "Medication"):
            for line in path.read_text(encoding="utf-8").splitlines():
                resource = json.loads(line)
                yield f"{resource.get('resourceType')}/{resource.get('id')}", resource


def collect(folder):
    """Occurrences of every distinct coding; references to Medication are followed in a second pass."""
    seen, medications, waiting = collections.Counter(), {}, []
    for url, resource in resources(folder):
        kind = resource.get("resourceType")
        if kind == "Medication":
            medications[url] = resource.get("code", {})
        if kind not in DOMAINS:
            continue
        codeable = resource.get("medicationCodeableConcept") or resource.get("vaccineCode") or resource.get("code")
        if codeable:
            seen[kind, json.dumps(codeable, sort_keys=True)] += 1
        else:
            waiting.append((kind, resource.get("medicationReference", {}).get("reference", "")))
    for kind, reference in waiting:
        seen[kind, json.dumps(medications.get(reference, {}), sort_keys=True)] += 1
    return seen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=pathlib.Path, default=pathlib.Path("src/clinical/data"))
    parser.add_argument("--list", action="store_true", help="print every distinct coding with what was found")
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    vocabulary = Vocabulary(arguments.tables)
    totals, hits, how_found = collections.Counter(), collections.Counter(), collections.Counter()
    for (kind, text), count in sorted(collect(arguments.folder).items()):
        codeable = json.loads(text)
        found, how = vocabulary.concept(DOMAINS[kind], codeable)
        covered = vocabulary.covered(found, how)
        totals[kind, "occurrences"] += count
        totals[kind, "codes"] += 1
        hits[kind, "occurrences"] += count * covered
        hits[kind, "codes"] += covered
        how_found[kind, how] += count
        if arguments.list or not covered:
            display = codeable.get("text") or next((c.get("display", "") for c in codeable.get("coding", [])), "")
            print(f"{kind}\t{count}\t{how}\t{' '.join(found) or '-'}\t{display}")
    for kind, what in sorted(totals):
        print(f"{kind} {what}: {hits[kind, what]} of {totals[kind, what]} = {100 * hits[kind, what] / totals[kind, what]:.2f} %")
    for (kind, how), count in sorted(how_found.items()):
        print(f"{kind} found by {how}: {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
