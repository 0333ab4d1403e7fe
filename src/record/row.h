/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_ROW_H
#define RECORD_ROW_H

#include "record/qi.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A snapshot between MAP and APPLY: only values of closed vocabularies. An item is one value of one list column; the
 * vocabulary numbers all items densely (clinical/vocabulary.h says column, name, parent and what an item implies).
 * risk_factors are items too, but no row of MAP has them: they are derived in APPLY from the released row.
 */
typedef enum record_column {
    RECORD_HISTORY_CATEGORIES,
    RECORD_HISTORY_CONCEPTS,
    RECORD_MEDICATION_CATEGORIES,
    RECORD_MEDICATION_CONCEPTS,
    RECORD_ALLERGY_CATEGORIES,
    RECORD_ALLERGY_CONCEPTS,
    RECORD_SYMPTOM_CATEGORIES,
    RECORD_PROCEDURE_CATEGORIES,
    RECORD_IMMUNIZATION_CATEGORIES,
    RECORD_VITAL_FLAGS,
    RECORD_RISK_FACTORS,
    RECORD_OUTCOMES,
    RECORD_COLUMN_COUNT,
} record_column;

typedef uint16_t record_item;
#define RECORD_ITEM_NONE     0xffff
#define RECORD_ITEM_MAX      4096 /* items of one vocabulary */
#define RECORD_ROW_ITEMS_MAX 1024

enum {
    RECORD_CLASS_AMBULATORY,
    RECORD_CLASS_EMERGENCY,
    RECORD_CLASS_INPATIENT,
    RECORD_CLASS_VIRTUAL,
    RECORD_CLASS_OTHER,
    RECORD_CLASS_UNKNOWN,
    RECORD_CLASS_COUNT,
};

/* Buckets of visits in the 365 days before: 0, 1, 2-3, 4-6, 7-12, 13+. */
#define RECORD_UTILIZATION_COUNT 6
/* Buckets of follow-up in months: 0-3, 3-6, 6-12, 12-24, 24-60, 60+. */
#define RECORD_FOLLOWUP_COUNT    6

enum { RECORD_NO, RECORD_YES, RECORD_NOT_OBSERVED };

typedef struct record_row {
    record_tuple qi;
    int32_t index_day; /* of the snapshot: order and period; leaves only as what qi says */
    uint8_t encounter_class;
    uint8_t utilization;
    uint8_t followup;
    uint8_t death_in_window;      /* RECORD_NO, RECORD_YES, RECORD_NOT_OBSERVED (null) */
    uint8_t encounter_digest[32]; /* HMAC of the encounter under purpose encounter: row_id */
    const record_item *items;     /* sorted, unique */
    size_t item_count;
} record_row;

/*
 * A released row as the names that stand in the dataset: what APPLY makes, what the vector, the risk rules and the
 * comorbidity are functions of, and what verify builds from the files. `*` is withheld by the plan. Borrowed strings.
 */
typedef struct record_released {
    const char *index_period, *months_since_previous;
    const char *age_group, *age_risk_group, *sex;
    const char *pregnancy_status, *pregnancy_trimester; /* trimester: NULL is null */
    const char *density, *region;                       /* the two halves; `*` withheld, `unknown` nobody said */
    const char *location_category;
    const char *season_category, *exposure_risk;
    const char *encounter_class, *utilization, *comorbidity;
    const record_item *items; /* sorted; risk_factors and outcomes included where they are known */
    size_t item_count;
} record_released;

#endif
