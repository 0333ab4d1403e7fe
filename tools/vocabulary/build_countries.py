#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/clinical/data/countries.tsv: country codes, names and the hemisphere whose seasons they have.

    build_countries.py --countryinfo FOLDER --output src/clinical/data

--countryinfo: the unpacked wheel countryinfo 1.0.1 (MIT). The hemisphere is the sign of the latitude of a country's middle.
"""
import argparse
import glob
import json
import os


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--countryinfo", required=True, metavar="FOLDER")
    parser.add_argument("--output", required=True, metavar="FOLDER")
    options = parser.parse_args()
    rows = set()
    for name in glob.glob(os.path.join(options.countryinfo, "**", "data", "*.json"), recursive=True):
        with open(name, encoding="utf-8") as file:
            country = json.load(file)
        iso = country.get("ISO", {})
        middle = country.get("latlng") or country.get("capital_latlng")
        middle = middle[0] if middle and isinstance(middle[0], list) else middle
        if not iso.get("alpha2") or not middle or not country["name"].isascii():
            continue
        hemisphere = "us" if iso["alpha2"] == "US" else "southern" if middle[0] < 0 else "northern"
        rows.add((iso["alpha2"], iso.get("alpha3", ""), country["name"], hemisphere, "countryinfo 1.0.1"))
    for extra in ("USA", "United States of America", "U.S.A.", "U.S."):
        rows.add(("", "", extra, "us", "names in use"))
    rows.add(("", "", "UK", "northern", "names in use"))
    rows.add(("", "", "England", "northern", "names in use"))
    with open(os.path.join(options.output, "countries.tsv"), "w", encoding="utf-8") as file:
        file.write("#code\tcode3\tname\themisphere\tsource\n")
        file.writelines("\t".join(row) + "\n" for row in sorted(rows))


if __name__ == "__main__":
    main()
