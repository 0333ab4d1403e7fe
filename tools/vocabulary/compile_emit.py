# SPDX-License-Identifier: Apache-2.0
"""The arrays of src/clinical/tables.h as C, from what compile.py has loaded."""
from compile_source import (CATEGORY_COLUMN, COLUMNS, CONCEPT_COLUMN, DOMAINS, NONE16, OUTCOME_COLUMN)


class Emitter:
    def array(self, ctype, name, rows, count=True):
        out = self.out
        out.append(f"const {ctype} {name}[] = {{")
        line = "   "
        for row in rows:
            cell = "{" + ", ".join(self.literal(v) for v in row) + "}," if isinstance(row, tuple) else f"{self.literal(row)},"
            if len(line) + len(cell) > 118:
                out.append(line)
                line = "   "
            line += " " + cell
        if not rows:
            line += " {0}," if not ctype.startswith("uint") else " 0,"
        out.append(line)
        out.append("};")
        if count:
            out.append(f"const uint32_t {name}_count = {len(rows)};")

    @staticmethod
    def literal(value):
        return repr(value) if isinstance(value, float) else f"{value}"

    def emit(self):
        out, pool = self.out, self.pool
        self.array("clinical_item_row", "clinical_items", self.item_rows)
        starts = [sum(1 for c, _ in self.item_order if c < column) for column in range(len(COLUMNS) + 1)]
        self.array("uint16_t", "clinical_column_start", starts, count=False)
        self.array("uint16_t", "clinical_implied", self.implied, count=False)
        concepts = []
        for i, (domain, name) in enumerate(self.concept_order):
            row = self.concepts[(domain, name)]
            category = self.item_number[(CATEGORY_COLUMN[domain], row["category"])] if domain in CATEGORY_COLUMN else NONE16
            item = self.item_number[(CONCEPT_COLUMN[domain], name)] if domain in CONCEPT_COLUMN else NONE16
            outcome = self.item_number[(OUTCOME_COLUMN, name)] if domain == "history" else NONE16
            outcome_category = self.item_number[(OUTCOME_COLUMN, row["category"])] if domain == "history" else NONE16
            catch_all = domain != "flag" and int(self.categories[(domain, row["category"])]["catch_all"] or 0)
            concepts.append((pool.at(name), category, item, outcome, outcome_category, DOMAINS.index(domain),
                             int(catch_all), self.concept_exposure.get(i, 255)))
        self.array("clinical_concept_row", "clinical_concepts", concepts)
        for name in sorted(self.code_tables):
            rows, exact, longest = self.code_tables[name]
            self.array("clinical_code_row", f"code_rows_{name}", rows, count=False)
        for name in sorted(self.code_tables):
            rows, exact, longest = self.code_tables[name]
            out.append(f"const clinical_code_table clinical_codes_{name} = "
                       f"{{code_rows_{name}, {exact}, {len(rows)}, {longest}}};")
        self.array("uint16_t", "clinical_targets", self.targets, count=False)
        phrase_rows, distinct, last = [], [], None
        for index, ((text, domain, qualifier, kind), numbers) in enumerate(self.phrases):
            at, count = self.target_list(numbers)
            phrase_rows.append((pool.at(text), at, pool.at(qualifier), len(text), domain, count, kind,
                                len(qualifier)))
            if text != last:
                distinct.append((index, text))
                last = text
        self.array("clinical_phrase_row", "clinical_phrases", phrase_rows)
        self.array("uint32_t", "clinical_phrase_slots", self.slots(distinct))
        self.array("clinical_word_row", "clinical_first_words",
                   [(pool.at(w), len(w), n) for w, n in self.first_words])
        self.array("uint32_t", "clinical_first_word_slots", self.slots([(i, w) for i, (w, _) in enumerate(self.first_words)]))
        for kind, table in sorted(self.affixes.items()):
            rows = []
            for (text, domain), numbers in sorted(table.items()):
                at, count = self.target_list(numbers)
                rows.append((pool.at(text), at, 0, len(text), domain, count, 0, 0))
            self.array("clinical_phrase_row", f"clinical_{kind}es", rows)
        self.array("clinical_cue_row", "clinical_cues", self.cues)
        self.array("clinical_override_row", "clinical_overrides", self.overrides)
        self.array("clinical_exposure_row", "clinical_exposure_leaves", self.exposure_leaves)
        self.array("clinical_pregnancy_row", "clinical_pregnancy_values", self.pregnancy_values)
        self.array("clinical_state_row", "clinical_states",
                   [(pool.at(c), pool.at(n), len(n), r) for c, n, r in self.states])
        self.array("clinical_city_row", "clinical_cities",
                   [(pool.at(c), s, k, len(c)) for (c, s), k in self.cities])
        self.array("clinical_zip_row", "clinical_zips", self.zips)
        self.array("clinical_zip_row", "clinical_zips3", self.zips3)
        self.array("clinical_country_row", "clinical_countries", [(pool.at(c), h) for c, h in self.countries])
        self.array("clinical_place_word_row", "clinical_place_words", [(pool.at(p), m[2], m[0], m[1]) for p, m in self.place_words])
        self.array("clinical_city_row", "clinical_known_cities",
                   [(pool.at(c), s, k, len(c)) for c, s, k in self.city_states])
        self.array("clinical_analyte_row", "clinical_analytes", [(pool.at(a),) for a in self.analytes])
        self.array("clinical_unit_row", "clinical_units", [(a, pool.at(u), f, o) for a, u, f, o in self.units])
        self.array("clinical_threshold_row", "clinical_thresholds", self.thresholds)
        self.array("clinical_vital_row", "clinical_vitals", [(pool.at(n), a, pool.at(u)) for n, a, u in self.vitals])
        self.array("clinical_result_row", "clinical_result_words", [(pool.at(w), m) for w, m in self.result_words])
        self.array("clinical_spelling_row", "clinical_unit_spellings",
                   [(pool.at(a), pool.at(b)) for a, b in self.spellings])
        out.append(f"const uint32_t clinical_ladder_count = {self.ladder_count};")
        self.array("clinical_charlson_row", "clinical_charlson_rows", self.charlson)
        self.array("clinical_rule_row", "clinical_rules", self.rule_rows)
        self.array("uint16_t", "clinical_rule_code", self.rule_code, count=False)
        out.append(f"const uint32_t clinical_table_version = {pool.at(self.tables.version())};")
        out.append(f"const uint32_t clinical_question_count = {len(self.questions)};")
        pool.emit(out)
