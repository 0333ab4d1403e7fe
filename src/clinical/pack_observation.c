/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/pack_observation.h"

#include "clinical/codes.h"
#include "clinical/packed.h"
#include "clinical/tables.h"

#define LOINC_MAX     16
#define ANSWER_MAX    96
#define EXPOSURE_BIT  CLINICAL_DOMAIN_BIT(CLINICAL_DOMAIN_EXPOSURE)
#define PREGNANCY_BIT CLINICAL_DOMAIN_BIT(CLINICAL_DOMAIN_PREGNANCY)

static clinical_fact fact_of(const record_event *event, clinical_fact_kind kind)
{
    return (clinical_fact){
        .kind = (uint8_t)kind,
        .source = (uint8_t)event->kind,
        .age_years = -1,
        .start = event->start,
        .known = event->known,
        .encounter = event->encounter,
    };
}

static base_span loinc_of(const record_concept *concept, uint32_t *at)
{
    for (; *at < concept->count; (*at)++)
        if (clinical_system_of(concept->codings[*at].system) == CLINICAL_SYSTEM_LOINC)
    return concept->codings[(*at)++].code;
    return (base_span){NULL, 0};
}

/* Binary search: the line of an analyte's unit. */
static const clinical_unit_row *find_unit(uint16_t analyte, base_span unit)
{
    uint32_t low = 0, high = clinical_units_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const clinical_unit_row *row = &clinical_units[middle];
        const int order = row->analyte != analyte ? (row->analyte < analyte ? -1 : 1)
                                                  : base_span_compare(base_span_of(clinical_pooled(row->unit)), unit);
        if (order == 0)
            return row;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

#define SPELLING_MAX 32

/* Lower case and trimmed; empty where it is longer than any line of the tables. */
static base_span lowered(base_span text, char *storage)
{
    while (text.size != 0 && text.data[0] == ' ')
        text = (base_span){text.data + 1, text.size - 1};
    while (text.size != 0 && text.data[text.size - 1] == ' ')
        text.size--;
    if (text.size > SPELLING_MAX)
        return (base_span){NULL, 0};
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        storage[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c == '_' || c == '-' ? ' ' : c);
    }
    return (base_span){storage, text.size};
}

/* The UCUM code of a printed unit ("bpm"), or an empty span. */
static base_span unit_of_spelling(base_span unit)
{
    char storage[SPELLING_MAX];
    const base_span plain = lowered(unit, storage);
    for (uint32_t i = 0; i < clinical_unit_spellings_count && plain.size != 0; i++)
        if (base_span_is(plain, clinical_pooled(clinical_unit_spellings[i].spelling)))
            return base_span_of(clinical_pooled(clinical_unit_spellings[i].unit));
    return (base_span){NULL, 0};
}

/* Converts to the analyte's canonical unit; false where the unit is not one that is known for it. */
static bool canonical(uint16_t analyte, base_span unit, double number, double *ret_value)
{
    const clinical_unit_row *row = find_unit(analyte, unit);
    if (row == NULL)
        row = find_unit(analyte, unit_of_spelling(unit));
    if (row == NULL)
        return false;
    *ret_value = number * row->factor + row->offset;
    return true;
}

/* What a result in words means ("elevated", "Positive", "1+"), or 0. */
static uint8_t result_of(base_span text)
{
    char storage[SPELLING_MAX];
    const base_span plain = lowered(text, storage);
    for (uint32_t i = 0; i < clinical_result_words_count && plain.size != 0; i++)
        if (base_span_is(plain, clinical_pooled(clinical_result_words[i].word)))
            return clinical_result_words[i].meaning;
    return 0;
}

static uint8_t result_of_concept(const record_concept *concept)
{
    uint8_t result = 0;
    for (uint32_t i = 0; i < concept->count && result == 0; i++)
        result = result_of(concept->codings[i].display);
    return result != 0 ? result : result_of(concept->text);
}

static void write_value(const record_event *event, uint16_t analyte, const record_value *value, base_buf *out)
{
    clinical_fact fact = fact_of(event, CLINICAL_FACT_VALUE);
    fact.number = analyte;
    if (value->kind == RECORD_VALUE_QUANTITY) {
        fact.has_value =
            canonical(analyte, value->unit, value->number, &fact.value) && fact.value > -1e12 && fact.value < 1e12;
        if (value->comparator == '<' || value->comparator == 'l')
            fact.flags |= CLINICAL_FACT_BELOW;
        if (value->comparator == '>' || value->comparator == 'g')
            fact.flags |= CLINICAL_FACT_ABOVE;
    } else if (value->kind == RECORD_VALUE_CONCEPT) {
        fact.result = result_of_concept(&value->concept);
    } else if (value->kind == RECORD_VALUE_TEXT) {
        fact.result = result_of(value->text);
    }
    if (fact.has_value || fact.result != 0)
        clinical_fact_write(out, &fact);
}

static uint16_t analyte_named(const char *name)
{
    for (uint32_t i = 0; i < clinical_analytes_count; i++)
        if (strcmp(clinical_pooled(clinical_analytes[i].name), name) == 0)
            return (uint16_t)i;
    return CLINICAL_TARGET_NONE;
}

/* Digits at *at, at most three of them. */
static bool take_digits(base_span text, size_t *at, double *ret_number)
{
    double number = 0;
    const size_t start = *at;
    while (*at < text.size && *at - start < 3 && text.data[*at] >= '0' && text.data[*at] <= '9')
        number = number * 10 + (text.data[(*at)++] - '0');
    *ret_number = number;
    return *at != start;
}

/* "150/95": both halves of a blood pressure. */
static void write_pair(const record_event *event, base_span text, base_span unit, base_buf *out)
{
    record_value upper = {.kind = RECORD_VALUE_QUANTITY, .unit = unit}, lower = upper;
    const uint16_t systolic = analyte_named("systolic_blood_pressure");
    const uint16_t diastolic = analyte_named("diastolic_blood_pressure");
    size_t at = 0;
    if (!take_digits(text, &at, &upper.number) || at == text.size || text.data[at++] != '/' ||
        !take_digits(text, &at, &lower.number) || systolic == CLINICAL_TARGET_NONE || diastolic == CLINICAL_TARGET_NONE)
        return;
    write_value(event, systolic, &upper, out);
    write_value(event, diastolic, &lower, out);
}

/* An observation without a code, by its name: the keys of flat records, and what a bare number means there. */
static int write_named(clinical_mapper *mapper, const record_event *event, bool *known, base_buf *out,
                       lethe_error *error)
{
    clinical_words *words = clinical_mapper_words(mapper);
    BASE_TRY(clinical_words_split(words, event->code.text, error));
    if (words->count == 0)
        return 0;
    const base_span name = clinical_words_phrase(words, 0, words->count);
    for (uint32_t i = 0; i < clinical_vitals_count; i++) {
        const clinical_vital_row *row = &clinical_vitals[i];
        if (!base_span_is(name, clinical_pooled(row->name)))
            continue;
        *known = true;
        record_value value = event->value;
        if (value.unit.size == 0)
            value.unit = base_span_of(clinical_pooled(row->unit));
        if (row->analyte != CLINICAL_TARGET_NONE)
            write_value(event, row->analyte, &value, out);
        else if (value.kind == RECORD_VALUE_TEXT)
            write_pair(event, value.text, value.unit, out);
        return 0;
    }
    return 0;
}

/* Looks "question|answer" up. */
static clinical_found answer_of(const clinical_code_table *table, base_span question, base_span answer)
{
    char key[LOINC_MAX + 1 + ANSWER_MAX];
    if (question.size > LOINC_MAX || answer.size > ANSWER_MAX || answer.size == 0)
        return (clinical_found){NULL, 0, false};
    memcpy(key, question.data, question.size);
    key[question.size] = '|';
    memcpy(key + question.size + 1, answer.data, answer.size);
    return clinical_table_find(table, (base_span){key, question.size + 1 + answer.size});
}

static clinical_found coded_answer(const clinical_code_table *table, base_span question, const record_value *value)
{
    clinical_found found = {NULL, 0, false};
    for (uint32_t i = 0; value->kind == RECORD_VALUE_CONCEPT && i < value->concept.count && found.count == 0; i++)
        found = answer_of(table, question, value->concept.codings[i].code);
    return found;
}

/* The words of an answer that has no known code. */
static int worded_answer(clinical_mapper *mapper, const record_value *value, uint32_t domains, clinical_mapped *mapped,
                         lethe_error *error)
{
    if (value->kind == RECORD_VALUE_TEXT)
        return clinical_map_text(mapper, value->text, CLINICAL_TEXT_LABEL, domains, domains, mapped, error);
    for (uint32_t i = 0; value->kind == RECORD_VALUE_CONCEPT && i < value->concept.count && mapped->count == 0; i++)
        BASE_TRY(clinical_map_text(mapper, value->concept.codings[i].display, CLINICAL_TEXT_LABEL, domains, domains,
                                   mapped, error));
    if (value->kind == RECORD_VALUE_CONCEPT && mapped->count == 0)
        return clinical_map_text(mapper, value->concept.text, CLINICAL_TEXT_LABEL, domains, domains, mapped, error);
    return 0;
}

static int write_question(clinical_mapper *mapper, const record_event *event, base_span code, uint32_t question,
                          base_buf *out, lethe_error *error)
{
    clinical_fact fact = fact_of(event, CLINICAL_FACT_ANSWER);
    fact.number = question;
    const clinical_found found = coded_answer(&clinical_codes_exposure_loinc_answer, code, &event->value);
    for (uint32_t i = 0; i < found.count; i++)
        if (found.targets[i] != CLINICAL_TARGET_NONE)
            clinical_fact_add_target(&fact, found.targets[i]);
    if (found.count == 0) {
        clinical_mapped mapped = {.count = 0};
        BASE_TRY(worded_answer(mapper, &event->value, EXPOSURE_BIT, &mapped, error));
        for (uint32_t i = 0; i < mapped.count; i++)
            if (mapped.mentions[i].certainty == CLINICAL_AFFIRMED)
                clinical_fact_add_target(&fact, mapped.mentions[i].target);
    }
    clinical_fact_write(out, &fact);
    return 0;
}

#define WEEKS_MAX 45.0

/* The value of what an observation of pregnancy says: days of gestation, or a day. */
static bool pregnancy_value(uint16_t meaning, const record_value *value, double *ret_value)
{
    if (meaning == CLINICAL_MEANS_WEEKS) {
        const bool in_days = base_span_is(value->unit, "d");
        const bool in_weeks = base_span_is(value->unit, "wk") || base_span_is(value->unit, "weeks");
        *ret_value = in_days ? value->number : value->number * 7;
        return value->kind == RECORD_VALUE_QUANTITY && (in_days || in_weeks) && *ret_value >= 0 &&
               *ret_value <= WEEKS_MAX * 7;
    }
    *ret_value = value->time.day;
    return value->kind == RECORD_VALUE_TIME && value->time.precision >= BASE_PRECISION_DAY;
}

static bool needs_value(uint16_t meaning)
{
    return meaning == CLINICAL_MEANS_WEEKS || meaning == CLINICAL_MEANS_DUE_DATE || meaning == CLINICAL_MEANS_LMP ||
           meaning == CLINICAL_MEANS_DELIVERY_DATE;
}

static void write_pregnancy(const record_event *event, const uint16_t *targets, uint32_t count, base_buf *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (targets[i] == CLINICAL_TARGET_NONE)
            continue;
        clinical_fact fact = fact_of(event, CLINICAL_FACT_CODED);
        clinical_fact_add_target(&fact, targets[i]);
        const uint16_t meaning = clinical_pregnancy_values[targets[i] - CLINICAL_TARGET_PREGNANCY].meaning;
        if (needs_value(meaning)) {
            fact.has_value = pregnancy_value(meaning, &event->value, &fact.value);
            if (!fact.has_value)
                continue;
        }
        clinical_fact_write(out, &fact);
    }
}

static int write_loinc(clinical_mapper *mapper, const record_event *event, base_span code, bool *known, base_buf *out,
                       lethe_error *error)
{
    const clinical_found analyte = clinical_table_find(&clinical_codes_analytes, code);
    if (analyte.count != 0)
        write_value(event, analyte.targets[0], &event->value, out);
    const clinical_found question = clinical_table_find(&clinical_codes_questions, code);
    if (question.count != 0)
        BASE_TRY(write_question(mapper, event, code, question.targets[0], out, error));
    const clinical_found asked = clinical_table_find(&clinical_codes_pregnancy_loinc, code);
    write_pregnancy(event, asked.targets, asked.count, out);
    const clinical_found answered = coded_answer(&clinical_codes_pregnancy_loinc_answer, code, &event->value);
    write_pregnancy(event, answered.targets, answered.count, out);
    *known = *known || analyte.count + question.count + asked.count + answered.count != 0;
    return 0;
}

int clinical_pack_observation(clinical_mapper *mapper, const base_hash_key *secret, clinical_coverage *coverage,
                              const record_event *event, base_buf *out, lethe_error *error)
{
    bool known = false;
    uint32_t at = 0;
    for (base_span code = loinc_of(&event->code, &at); code.data != NULL; code = loinc_of(&event->code, &at))
        BASE_TRY(write_loinc(mapper, event, code, &known, out, error));
    if (event->code.count == 0)
        BASE_TRY(write_named(mapper, event, &known, out, error));
    if (event->value.kind != RECORD_VALUE_NONE)
        clinical_coverage_add(coverage, CLINICAL_FLAG, clinical_concept_hash(secret, &event->code), known);
    return 0;
}
