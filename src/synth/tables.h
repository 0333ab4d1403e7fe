/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNTH_TABLES_H
#define SYNTH_TABLES_H

#include "synth/synth_ids.h"

#include <stdint.h>

/* The tables of src/synth/data as C (tools/synth/compile.py). Text that is written out is JSON-escaped already. */
typedef struct synth_text {
    const char *data;
    uint32_t size;
} synth_text;

typedef struct synth_code {
    synth_text code, display;
    synth_text coding;  /* {"system":…,"code":…,"display":…} */
    synth_text concept; /* {"coding":[…],"text":…} */
} synth_code;

typedef enum synth_measure_kind { SYNTH_VITAL, SYNTH_SURVEY, SYNTH_LAB, SYNTH_CODED } synth_measure_kind;
typedef enum synth_measure_group {
    SYNTH_GROUP_BP,
    SYNTH_GROUP_VITAL,
    SYNTH_GROUP_SURVEY,
    SYNTH_GROUP_SINGLE,
    SYNTH_GROUP_BMP,
    SYNTH_GROUP_CMP,
    SYNTH_GROUP_LIPID,
    SYNTH_GROUP_CBC,
} synth_measure_group;

/* Numbers in units of the last decimal. */
typedef struct synth_measurement {
    int16_t code;
    uint8_t decimals, kind, group;
    int32_t mean, spread_16; /* sixteenths */
    int32_t low, high, female;
    int32_t age_100; /* hundredths a decade above 40 */
    synth_text unit; /* the rest of a Quantity after its value, "" for coded results */
} synth_measurement;

typedef enum synth_kind { SYNTH_STATE, SYNTH_CHRONIC, SYNTH_EVENT, SYNTH_ACUTE, SYNTH_CONGENITAL } synth_kind;
typedef enum synth_setting { SYNTH_AMB, SYNTH_EMER, SYNTH_IMP, SYNTH_VR } synth_setting;

typedef struct synth_driver {
    uint8_t disease; /* SYNTH_D_… or SYNTH_DRIVER_… */
    uint8_t mode;    /* 0 multiplies, 1 needed, 2 excludes */
    uint16_t percent;
} synth_driver;

typedef struct synth_choice {
    int16_t index; /* medication or code */
    int16_t percent;
} synth_choice;

typedef struct synth_effect {
    int32_t measurement, now, year_100;
} synth_effect;

typedef struct synth_disease {
    const char *key;
    uint8_t kind, setting;
    int16_t snomed, icd10;
    synth_text concept_snomed, concept_icd10, concept_both;
    uint32_t rate[2][6]; /* male, female; new cases per 100,000 a year by age band */
    uint8_t season;
    uint16_t low, high; /* days (acute) or years until it may resolve, 0 never */
    uint16_t mortality, visits_10;
    int16_t outcome; /* in synth_outcomes, or -1 */
    synth_driver drivers[12];
    uint8_t driver_count;
    uint32_t most_percent; /* of the rate where everything that drives it holds */
    synth_choice medications[6];
    uint8_t medication_count;
    uint8_t measurements[8];
    uint8_t measurement_count;
    synth_effect effects[8];
    uint8_t effect_count;
    synth_choice procedures[5];
    uint8_t procedure_count;
    int16_t symptoms[4];
    uint8_t symptom_count;
} synth_disease;

typedef struct synth_medication {
    int16_t code;
    uint16_t daily, days, long_term;
} synth_medication;

typedef struct synth_immunization {
    int16_t code;
    uint16_t months[8];
    uint8_t dose_count;
    uint16_t every, first_year;
} synth_immunization;

typedef struct synth_place {
    uint8_t state_index, kind; /* 0 urban, 1 suburban, 2 rural */
    uint32_t upto;             /* running sum of weights */
    const char *state;
    synth_text city;
    const char *zip;
    synth_text county;
    const char *offset; /* of local time from UTC in winter, "-05:00" */
} synth_place;

extern const synth_code synth_codes[];
extern const synth_measurement synth_measurements[];
extern const synth_medication synth_medications[];
extern const uint8_t synth_seasons[][12];
extern const uint16_t synth_season_years[]; /* the sum of each row */
extern const synth_immunization synth_immunizations[];
extern const int16_t synth_terms[];
extern const int16_t synth_weeks[35]; /* ICD-10-CM weeks of gestation from 8 on */
extern const synth_disease synth_diseases[];
extern const char *const synth_outcomes[SYNTH_OUTCOME_COUNT]; /* concepts of the vocabulary, sorted */
extern const synth_place synth_places[];
extern const synth_text synth_names_me[], synth_names_fe[], synth_names_le[];
extern const synth_text synth_names_ms[], synth_names_fs[], synth_names_ls[], synth_names_st[];

static inline const synth_code *synth_term(int term)
{
    return &synth_codes[synth_terms[term]];
}

#endif
