/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_TABLES_H
#define CLINICAL_TABLES_H

#include <stdint.h>

/*
 * The arrays that tools/vocabulary/compile.py makes of the tables in data/. Inside this module only. Strings are
 * offsets into one pool that ends each string in NUL: pointers would cost a relocation each at every start.
 *
 *   code row ──► clinical_targets[at .. at+count) ──► a target:
 *      0 .. 0xCFFF   clinical_concepts        0xD000 + leaf   exposure
 *      0xE000 + n    clinical_pregnancy_values        0xF000 + n   clinical_cues        0xFFFF   nothing
 */
#define CLINICAL_TARGET_EXPOSURE  0xD000
#define CLINICAL_TARGET_PREGNANCY 0xE000
#define CLINICAL_TARGET_CUE       0xF000
#define CLINICAL_TARGET_NONE      0xFFFF

typedef struct clinical_item_row {
    uint32_t name, meaning, implied_at, implied_count;
    uint16_t parent;
    uint8_t column, sex, pregnancy, sensitive, catch_all, weight;
} clinical_item_row;

typedef struct clinical_concept_row {
    uint32_t name;
    uint16_t category_item, item, outcome_item, outcome_category_item; /* RECORD_ITEM_NONE where there is none */
    uint8_t domain, catch_all;
    uint8_t exposure; /* leaf that this concept is evidence of, or 255 */
} clinical_concept_row;

typedef struct clinical_code_row {
    uint32_t code, target_at;
    uint8_t size, target_count;
} clinical_code_row;

/* Exact codes stand before prefixes; each part is sorted by code. */
typedef struct clinical_code_table {
    const clinical_code_row *rows;
    uint32_t exact_count, count, longest_prefix;
} clinical_code_table;

/* Sorted by text, then domain; a phrase of several domains is several neighbours. */
typedef struct clinical_phrase_row {
    uint32_t text, target_at;
    uint32_t qualifier; /* phrases that must stand elsewhere in the text, between `&` */
    uint8_t size, domain, target_count;
    uint8_t place; /* CLINICAL_ANYWHERE, … */
    uint8_t qualifier_size;
} clinical_phrase_row;

/* Where a phrase must stand: anywhere; alone; first, and then nothing else counts; its other words (the qualifier)
 * anywhere; anywhere, but in a label only where nothing else has matched; and where no last resort has either. */
enum {
    CLINICAL_ANYWHERE,
    CLINICAL_WHOLE_TEXT,
    CLINICAL_AT_START,
    CLINICAL_SCATTERED,
    CLINICAL_LAST_RESORT,
    CLINICAL_WEAK
};

/* In a label that has the word `word` (0: any) or says `winner`, `loser` is not meant, unless a word of `unless` stands
 * there too (between blanks). */
typedef struct clinical_override_row {
    uint32_t word, unless;
    uint16_t winner, loser;
} clinical_override_row;

typedef struct clinical_word_row {
    uint32_t text;
    uint8_t size, longest; /* words in the longest phrase that begins with this word */
} clinical_word_row;

typedef struct clinical_cue_row {
    uint8_t kind, direction, words;
} clinical_cue_row;

typedef struct clinical_exposure_row {
    uint32_t name, parent, meaning;
} clinical_exposure_row;

#define CLINICAL_WEEKS_BEHIND (-2) /* as value of a phrase: its number of weeks stands behind it; -1: before it */

typedef struct clinical_pregnancy_row {
    uint16_t meaning;
    int16_t value;
} clinical_pregnancy_row;

typedef struct clinical_state_row {
    uint32_t code, name;
    uint8_t name_size, region;
} clinical_state_row;

typedef struct clinical_city_row {
    uint32_t name;
    uint8_t state, density, size;
} clinical_city_row;

typedef struct clinical_zip_row {
    uint32_t zip;
    uint8_t state, density;
} clinical_zip_row;

typedef struct clinical_country_row {
    uint32_t name;
    uint8_t hemisphere; /* 0 northern, 1 southern, 2 the United States */
} clinical_country_row;

enum { CLINICAL_PLACE_DENSITY, CLINICAL_PLACE_REGION, CLINICAL_PLACE_STATE, CLINICAL_PLACE_CITY };

typedef struct clinical_place_word_row {
    uint32_t phrase, city;
    uint8_t kind, value; /* value: density, region, or state */
} clinical_place_word_row;

typedef struct clinical_analyte_row {
    uint32_t name;
} clinical_analyte_row;

typedef struct clinical_unit_row {
    uint16_t analyte;
    uint32_t unit;
    double factor, offset;
} clinical_unit_row;

typedef struct clinical_threshold_row {
    uint16_t analyte, flag;                  /* flag: a concept */
    uint16_t age_min_months, age_max_months; /* max 65535: none */
    double value;
    uint8_t op, sex;
    uint8_t result;       /* of CLINICAL_OP_TEXT: the meaning of a result in words, from 1 */
    uint8_t ladder, step; /* of the flags of one ladder only those of the highest step that fires are raised; 0: none */
} clinical_threshold_row;

typedef struct clinical_result_row {
    uint32_t word;
    uint8_t meaning; /* from 1 */
} clinical_result_row;

typedef struct clinical_spelling_row {
    uint32_t spelling, unit;
} clinical_spelling_row;

typedef struct clinical_vital_row {
    uint32_t name;
    uint16_t analyte; /* CLINICAL_TARGET_NONE: "systolic/diastolic" */
    uint32_t unit;    /* of a bare number; empty: unknown, and a bare number says nothing */
} clinical_vital_row;

typedef struct clinical_charlson_row {
    uint16_t item;
    uint8_t family, weight;
} clinical_charlson_row;

typedef struct clinical_rule_row {
    uint16_t item;
    uint32_t code_at, code_count;
} clinical_rule_row;

enum { CLINICAL_OP_LT, CLINICAL_OP_LE, CLINICAL_OP_GT, CLINICAL_OP_GE, CLINICAL_OP_TEXT };
enum { CLINICAL_FOR_ALL, CLINICAL_FOR_FEMALE, CLINICAL_FOR_MALE, CLINICAL_FOR_PREGNANT };

/* As MEANINGS, CUE_KINDS and CUE_DIRECTIONS of compile.py. */
enum {
    CLINICAL_MEANS_PREGNANT,
    CLINICAL_MEANS_TRIMESTER_1,
    CLINICAL_MEANS_TRIMESTER_2,
    CLINICAL_MEANS_TRIMESTER_3,
    CLINICAL_MEANS_WEEKS,
    CLINICAL_MEANS_DUE_DATE,
    CLINICAL_MEANS_LMP,
    CLINICAL_MEANS_DELIVERED,
    CLINICAL_MEANS_ENDED,
    CLINICAL_MEANS_NOT_PREGNANT,
    CLINICAL_MEANS_DELIVERY_DATE,
    CLINICAL_MEANS_COUNT,
};
enum {
    CLINICAL_CUE_NEGATED,
    CLINICAL_CUE_POSSIBLE,
    CLINICAL_CUE_FAMILY,
    CLINICAL_CUE_HISTORICAL,
    CLINICAL_CUE_ALLERGY,
    CLINICAL_CUE_PLANNED,
    CLINICAL_CUE_STOP,
    CLINICAL_CUE_PSEUDO,
    CLINICAL_CUE_COUNT,
};
enum { CLINICAL_CUE_BEFORE, CLINICAL_CUE_AFTER, CLINICAL_CUE_BOTH, CLINICAL_CUE_NOWHERE };

#define CLINICAL_TABLE(type, name)                                                                                     \
    extern const type name[];                                                                                          \
    extern const uint32_t name##_count

extern const char clinical_pool[];
extern const uint16_t clinical_column_start[];
extern const uint16_t clinical_implied[];
extern const uint16_t clinical_targets[];
extern const uint16_t clinical_rule_code[];
extern const uint32_t clinical_table_version;
extern const uint32_t clinical_question_count;
extern const uint32_t clinical_ladder_count;

CLINICAL_TABLE(clinical_item_row, clinical_items);
CLINICAL_TABLE(clinical_concept_row, clinical_concepts);
CLINICAL_TABLE(clinical_phrase_row, clinical_phrases);
CLINICAL_TABLE(uint32_t, clinical_phrase_slots);
CLINICAL_TABLE(clinical_word_row, clinical_first_words);
CLINICAL_TABLE(uint32_t, clinical_first_word_slots);
CLINICAL_TABLE(clinical_phrase_row, clinical_suffixes);
CLINICAL_TABLE(clinical_phrase_row, clinical_prefixes);
CLINICAL_TABLE(clinical_cue_row, clinical_cues);
CLINICAL_TABLE(clinical_override_row, clinical_overrides);
CLINICAL_TABLE(clinical_exposure_row, clinical_exposure_leaves);
CLINICAL_TABLE(clinical_pregnancy_row, clinical_pregnancy_values);
CLINICAL_TABLE(clinical_state_row, clinical_states);
CLINICAL_TABLE(clinical_city_row, clinical_cities);
CLINICAL_TABLE(clinical_city_row, clinical_known_cities); /* the state that a bare name means ("Chicago") */
CLINICAL_TABLE(clinical_zip_row, clinical_zips);
CLINICAL_TABLE(clinical_zip_row, clinical_zips3);
CLINICAL_TABLE(clinical_country_row, clinical_countries);
CLINICAL_TABLE(clinical_place_word_row, clinical_place_words);
CLINICAL_TABLE(clinical_analyte_row, clinical_analytes);
CLINICAL_TABLE(clinical_unit_row, clinical_units);
CLINICAL_TABLE(clinical_threshold_row, clinical_thresholds);
CLINICAL_TABLE(clinical_vital_row, clinical_vitals);
CLINICAL_TABLE(clinical_result_row, clinical_result_words);
CLINICAL_TABLE(clinical_spelling_row, clinical_unit_spellings);
CLINICAL_TABLE(clinical_charlson_row, clinical_charlson_rows);
CLINICAL_TABLE(clinical_rule_row, clinical_rules);

extern const clinical_code_table clinical_codes_icd10cm, clinical_codes_snomed, clinical_codes_rxnorm,
    clinical_codes_atc, clinical_codes_cvx, clinical_codes_loinc, clinical_codes_cpt, clinical_codes_analytes,
    clinical_codes_questions, clinical_codes_encounter_classes, clinical_codes_exposure_snomed,
    clinical_codes_exposure_icd10cm, clinical_codes_exposure_loinc_answer, clinical_codes_exposure_encounter_type,
    clinical_codes_pregnancy_snomed, clinical_codes_pregnancy_icd10cm, clinical_codes_pregnancy_loinc,
    clinical_codes_pregnancy_loinc_answer, clinical_codes_pregnancy_encounter_type;

static inline const char *clinical_pooled(uint32_t offset)
{
    return clinical_pool + offset;
}

#endif
