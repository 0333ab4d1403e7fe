/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_VOCABULARY_H
#define CLINICAL_VOCABULARY_H

#include "base/span.h"
#include "record/row.h"

/*
 * The closed vocabulary: every value that a list column can hold, numbered densely (record_item). Items are numbered by
 * column and, within a column, in byte order of their names: a sorted row is a sorted list of names. All strings are
 * constants of the program. The numbers hold for one version of the tables only.
 */
typedef enum clinical_domain {
    CLINICAL_HISTORY,
    CLINICAL_MEDICATION,
    CLINICAL_ALLERGY,
    CLINICAL_SYMPTOM,
    CLINICAL_PROCEDURE,
    CLINICAL_IMMUNIZATION,
    CLINICAL_FLAG,
    CLINICAL_DOMAIN_COUNT,
} clinical_domain;

typedef struct clinical_item {
    record_column column;
    const char *name, *meaning;
    record_item parent;         /* of a concept: its category, RECORD_ITEM_NONE otherwise */
    const record_item *implied; /* sorted; what is true of a patient who has this item, closed over chains */
    uint32_t implied_count;
    uint8_t implies_sex;    /* RECORD_SEX_FEMALE, _MALE or RECORD_SEX_UNKNOWN */
    bool implies_pregnancy; /* is or was pregnant at the time of the item */
    bool sensitive;         /* HIV, mental health, substance use, abortion, … */
    bool catch_all;         /* "other …": does not count as covered */
    uint8_t weight;         /* 1 to 4: how much sharing it says about two patients; never a count of a release */
} clinical_item;

uint32_t clinical_item_count(void);
record_item clinical_column_first(record_column column); /* items of a column: [first, first of the next) */
clinical_item clinical_item_of(record_item item);        /* the item must be below clinical_item_count */
const char *clinical_item_name(record_item item);
record_column clinical_item_column(record_item item);
record_item clinical_item_find(record_column column, base_span name); /* RECORD_ITEM_NONE where there is none */

/* The column's name in the released row ("medical_history_concepts"). */
const char *clinical_column_name(record_column column);

/* 16 hexadecimal digits: the beginning of the SHA-256 over the tables. */
const char *clinical_vocabulary_version(void);

/* Which codes lead to which item: calls `each` for every code of every table and item it maps to, in a fixed order.
 * `prefix`: every code that begins with `code`. A non-zero return stops and is returned. */
typedef int (*clinical_code_visitor)(void *context, record_item item, const char *system, const char *code,
                                     bool prefix);
int clinical_vocabulary_each_code(clinical_code_visitor each, void *context);

/* Exposure leaves, highest precedence first; the last number is `unknown`. */
uint32_t clinical_exposure_count(void); /* `unknown` included */
const char *clinical_exposure_name(uint32_t leaf);
const char *clinical_exposure_parent(uint32_t leaf); /* "high" or "low"; "unknown" for unknown */
const char *clinical_exposure_meaning(uint32_t leaf);

#endif
