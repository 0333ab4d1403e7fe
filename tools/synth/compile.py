#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns src/synth/data/*.tsv into C: compile.py DATA OUT.c OUT.h. Codings are rendered to JSON here, so that the generator
only copies bytes; numbers become integers in units of the measurement's last decimal, so that nothing is floating point."""
import csv
import json
import os
import sys
from decimal import Decimal

SYSTEMS = {"snomed": "http://snomed.info/sct", "icd10": "http://hl7.org/fhir/sid/icd-10-cm", "loinc": "http://loinc.org",
           "loincanswer": "http://loinc.org", "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
           "cvx": "http://hl7.org/fhir/sid/cvx"}
VIRTUAL = ["smoking_ever", "cancer_any", "immunized_flu", "immunized_zoster", "male", "pneumonia_ever", "third_trimester",
           "suburban", "rural"]
KINDS = {"S": 0, "C": 1, "E": 2, "A": 3, "G": 4}
SETTINGS = {"AMB": 0, "EMER": 1, "IMP": 2, "VR": 3}
LIMITS = {"drivers": 12, "medications": 6, "measurements": 8, "effects": 8, "procedures": 5, "symptoms": 4}


def rows(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as lines:
        body = [line for line in lines if not line.startswith("#")]
    table = list(csv.DictReader(body, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in table:
        if None in row.values() or None in row:
            sys.exit(f"{name}: a row with the wrong number of cells: {row}")
    return table


def c_string(text):
    out = []
    for byte in text.encode("utf-8"):
        if byte in (0x22, 0x5c):
            out.append("\\" + chr(byte))
        elif 0x20 <= byte < 0x7f and byte != 0x3f:
            out.append(chr(byte))
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def c_text(text):
    return f"{{{c_string(text)}, {len(text.encode('utf-8'))}}}"


def as_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Tables:
    def __init__(self, folder):
        self.codes, self.index, self.body, self.ids = [], {}, [], []
        for row in rows(folder, "codes.tsv"):
            self.index[(row["system"], row["code"])] = len(self.codes)
            self.codes.append(row)

    def code(self, system, code):
        return -1 if code == "-" else self.index[(system, code)]

    def coding(self, at):
        row = self.codes[at]
        return {"system": SYSTEMS[row["system"]], "code": row["code"], "display": row["display"]}

    def enum(self, prefix, keys):
        names = [f"    SYNTH_{prefix}_{key.upper()}," for key in keys]
        self.ids.append("enum {\n" + "\n".join(names) + f"\n    SYNTH_{prefix}_COUNT,\n}};\n")


def fill(values, limit, name, empty="{{0, 0}}"):
    if len(values) > limit:
        sys.exit(f"more than {limit} {name}: {values}")
    return f"{{{', '.join(values)}}}, {len(values)}" if values else empty + ", 0"


def split(cell):
    return [item for item in cell.split(",") if item]


def emit_codes(tables):
    out = ["const synth_code synth_codes[] = {"]
    for at, row in enumerate(tables.codes):
        coding = as_json(tables.coding(at))
        concept = as_json({"coding": [tables.coding(at)], "text": row["display"]})
        out.append(f"    {{{c_text(row['code'])}, {c_text(as_json(row['display'])[1:-1])}, {c_text(coding)}, "
                   f"{c_text(concept)}}},")
    tables.body.append("\n".join(out) + "\n};\n")


def emit_measurements(tables, table):
    out = ["const synth_measurement synth_measurements[] = {"]
    kinds = {"vital": 0, "survey": 1, "lab": 2, "coded": 3}
    groups = {"bp": 0, "vital": 1, "survey": 2, "single": 3, "bmp": 4, "cmp": 5, "lipid": 6, "cbc": 7}
    for row in table:
        scale = Decimal(10) ** int(row["decimals"])
        number = [str(int(Decimal(row[field]) * scale)) for field in ("mean", "low", "high", "female")]
        spread = str(int(Decimal(row["spread"]) * scale * 16))
        age = str(int(Decimal(row["age"]) * scale * 100))
        code = tables.code("loinc", row["loinc"])
        if kinds[row["kind"]] == 3:
            quantity = ""
        else:
            quantity = f',"unit":{as_json(row["unit"])},"system":"http://unitsofmeasure.org","code":{as_json(row["unit"])}}}'
        out.append(f"    {{{code}, {row['decimals']}, {kinds[row['kind']]}, {groups[row['group']]}, {number[0]}, {spread}, "
                   f"{number[1]}, {number[2]}, {number[3]}, {age}, {c_text(quantity)}}}, /* {row['key']} */")
    tables.body.append("\n".join(out) + "\n};\n")
    tables.enum("M", [row["key"] for row in table])


def drivers(row, index, ratios):
    out = []
    items = split(row["drivers"])
    for ratio in ratios:
        if ratio["disease"] != row["key"]:
            continue
        if any(item.split(":")[0].lstrip("!-") == ratio["driver"] for item in items):
            sys.exit(f"{row['key']}: {ratio['driver']} has two ratios")
        items.append(ratio["driver"] + ":" + ratio["percent"])
    most = Decimal(100)
    for item in items:
        key, percent = item.split(":")
        mode = {"!": 1, "-": 2}.get(key[0], 0)
        key = key[1:] if mode else key
        if key == row["key"] or key == "obesity_severe" and row["key"] == "obesity":
            continue
        at = index.get(key, 200 + VIRTUAL.index(key) if key in VIRTUAL else None)
        if at is None:
            sys.exit(f"{row['key']}: unknown driver {key}")
        out.append(f"{{{at}, {mode}, {percent}}}")
        if mode != 2:
            most *= max(Decimal(1), Decimal(percent) / 100)
    if most > 10 ** 7:
        sys.exit(f"{row['key']}: ratios too high")
    return fill(out, LIMITS["drivers"], "drivers of " + row["key"], "{{0, 0, 0}}") + f", {int(most) + 1}"


def effects(row, measure):
    out = []
    for item in split(row["effects"]):
        key, text = item.split(":")
        now, _, year = text.partition("/")
        scale = Decimal(10) ** int(measure[key][1])
        out.append(f"{{{measure[key][0]}, {int(Decimal(now) * scale)}, {int(Decimal(year or '0') * scale * 100)}}}")
    return fill(out, LIMITS["effects"], "effects of " + row["key"], "{{0, 0, 0}}")


def concept_texts(tables, row):
    snomed, icd = tables.code("snomed", row["snomed"]), tables.code("icd10", row["icd10"])
    one = [at for at in (snomed, icd) if at >= 0]
    texts = []
    for choice in ([snomed if snomed >= 0 else icd], [icd if icd >= 0 else snomed], one):
        choice = [at for at in choice if at >= 0]
        if choice:
            texts.append(c_text(as_json({"coding": [tables.coding(at) for at in choice],
                                         "text": tables.codes[choice[0]]["display"]})))
        else:
            texts.append('{"", 0}')
    return snomed, icd, ", ".join(texts)


def concept_numbers(tables, table):
    names = sorted({row["concept"] for row in table} - {"-"})
    tables.body.append("const char *const synth_outcomes[] = {\n" + "\n".join(f"    {c_string(name)}," for name in names)
                       + "\n};\n")
    tables.ids.append(f"#define SYNTH_OUTCOME_COUNT {len(names)}\n")
    return {"-": -1, **{name: at for at, name in enumerate(names)}}


def emit_diseases(tables, table, ratios, measures, medications, seasons):
    outcomes = concept_numbers(tables, table)
    index = {row["key"]: at for at, row in enumerate(table)}
    measure = {row["key"]: (at, row["decimals"]) for at, row in enumerate(measures)}
    drug = {row["key"]: at for at, row in enumerate(medications)}
    season = {row["key"]: at for at, row in enumerate(seasons)}
    out = ["const synth_disease synth_diseases[] = {"]
    for row in table:
        rates = [int(item) for item in row["rates"].split(";")]
        female = int(row["female"])
        snomed, icd, concepts = concept_texts(tables, row)
        male = ", ".join(str(rate) for rate in rates)
        women = ", ".join(str(rate * female // 100) for rate in rates)
        low, high = row["days"].split("-")
        medicine = [f"{{{drug[item.split(':')[0]]}, {item.split(':')[1]}}}" for item in split(row["meds"])]
        labs = [str(measure[item][0]) for item in split(row["labs"])]
        procedures = [f"{{{tables.code('snomed', item.split(':')[0])}, {item.split(':')[1]}}}"
                      for item in split(row["procedures"])]
        symptoms = [str(tables.code("snomed", item)) for item in split(row["symptoms"])]
        out.append(f"    {{{c_string(row['key'])}, {KINDS[row['kind']]}, {SETTINGS[row['setting']]}, {snomed}, {icd}, "
                   f"{concepts},\n     {{{{{male}}}, {{{women}}}}}, {season[row['season']]}, {low}, {high}, "
                   f"{row['mortality']}, {row['visits']}, {outcomes[row['concept']]},\n     {drivers(row, index, ratios)},\n     "
                   f"{fill(medicine, LIMITS['medications'], 'medications')},\n     "
                   f"{fill(labs, LIMITS['measurements'], 'labs', '{0}')},\n     {effects(row, measure)},\n     "
                   f"{fill(procedures, LIMITS['procedures'], 'procedures')},\n     "
                   f"{fill(symptoms, LIMITS['symptoms'], 'symptoms', '{0}')}}},")
    tables.body.append("\n".join(out) + "\n};\n")
    tables.enum("D", index)


def emit_small(tables, folder, medications, seasons):
    out = ["const synth_medication synth_medications[] = {"]
    for row in medications:
        code = tables.code("rxnorm", row["rxnorm"])
        out.append(f"    {{{code}, {row['daily']}, {row['days']}, {row['long']}}}, /* {row['key']} */")
    tables.body.append("\n".join(out) + "\n};\n")
    tables.enum("R", [row["key"] for row in medications])
    months = "jan feb mar apr may jun jul aug sep oct nov dec".split()
    out = ["const uint8_t synth_seasons[][12] = {"]
    out += ["    {" + ", ".join(row[month] for month in months) + f"}}, /* {row['key']} */" for row in seasons]
    tables.body.append("\n".join(out) + "\n};\n")
    years = [str(sum(int(row[month]) for month in months)) for row in seasons]
    tables.body.append(f"const uint16_t synth_season_years[] = {{{', '.join(years)}}};\n")
    tables.enum("SEASON", [row["key"] for row in seasons])
    doses = rows(folder, "immunizations.tsv")
    out = ["const synth_immunization synth_immunizations[] = {"]
    for row in doses:
        at = row["months"].split(",")
        out.append(f"    {{{tables.code('cvx', row['cvx'])}, {{{', '.join(at)}}}, {len(at)}, {row['every']}, "
                   f"{row['first_year']}}}, /* {row['key']} */")
    tables.body.append("\n".join(out) + "\n};\n")
    tables.enum("V", [row["key"] for row in doses])
    weeks = [str(tables.code("icd10", f"Z3A.{week:02d}")) for week in range(8, 43)]
    tables.body.append(f"const int16_t synth_weeks[35] = {{{', '.join(weeks)}}}; /* Z3A.08 to Z3A.42 */\n")
    terms = rows(folder, "terms.tsv")
    out = ["const int16_t synth_terms[] = {"]
    out += [f"    {tables.code(row['system'], row['code'])}, /* {row['use']} */" for row in terms]
    tables.body.append("\n".join(out) + "\n};\n")
    tables.enum("T", [row["use"] for row in terms])


def emit_places(tables, folder):
    out, total, kinds = ["const synth_place synth_places[] = {"], 0, {"urban": 0, "suburban": 1, "rural": 2}
    states = []
    for row in rows(folder, "places.tsv"):
        if row["state"] not in states:
            states.append(row["state"])
        total += int(row["weight"])
        out.append(f"    {{{states.index(row['state'])}, {kinds[row['kind']]}, {total}, {c_string(row['state'])}, "
                   f"{c_text(as_json(row['city'])[1:-1])}, {c_string(row['zip'])}, {c_text(as_json(row['county'])[1:-1])}, "
                   f"{c_string(row['offset'])}}},")
    tables.body.append("\n".join(out) + "\n};\n")
    tables.ids.append(f"#define SYNTH_PLACE_COUNT {len(out) - 1}\n#define SYNTH_PLACE_WEIGHT {total}u\n"
                      f"#define SYNTH_STATE_COUNT {len(states)}\n")
    names = rows(folder, "names.tsv")
    for kind in ("ME", "FE", "LE", "MS", "FS", "LS", "ST"):
        pool = [row["name"] for row in names if row["kind"] == kind]
        tables.body.append(f"const synth_text synth_names_{kind.lower()}[] = {{\n"
                           + "\n".join(f"    {c_text(as_json(name)[1:-1])}," for name in pool) + "\n};\n")
        tables.ids.append(f"#define SYNTH_NAMES_{kind} {len(pool)}\n")


def main():
    folder, source, header = sys.argv[1:4]
    tables = Tables(folder)
    measures, medications, seasons = (rows(folder, name) for name in
                                      ("measurements.tsv", "medications.tsv", "seasons.tsv"))
    emit_codes(tables)
    emit_measurements(tables, measures)
    emit_small(tables, folder, medications, seasons)
    emit_diseases(tables, rows(folder, "diseases.tsv"), rows(folder, "ratios.tsv"), measures, medications, seasons)
    emit_places(tables, folder)
    tables.ids.append("enum {\n" + "\n".join(f"    SYNTH_DRIVER_{name.upper()} = {200 + at},"
                                             for at, name in enumerate(VIRTUAL)) + "\n};\n")
    head = "/* SPDX-License-Identifier: Apache-2.0 */\n/* Generated by tools/synth/compile.py from src/synth/data; do not edit. */\n"
    with open(header, "w", encoding="utf-8", newline="\n") as out:
        out.write(head + "#ifndef SYNTH_IDS_H\n#define SYNTH_IDS_H\n\n" + "\n".join(tables.ids) + "\n#endif\n")
    with open(source, "w", encoding="utf-8", newline="\n") as out:
        out.write(head + '#include "synth/tables.h"\n\n' + "\n".join(tables.body))


if __name__ == "__main__":
    main()
