/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_CONTRACT_H
#define VERIFY_CONTRACT_H

#include "base/span.h"
#include "record/row.h"
#include "table/column.h"

/* What a released row of schema version 1.0.0 may hold, written down a second time: verify believes no other module. */
typedef enum verify_column {
    VERIFY_ANONYMOUS_ID,
    VERIFY_ROW_ID,
    VERIFY_SNAPSHOT,
    VERIFY_INDEX_PERIOD,
    VERIFY_MONTHS_SINCE_PREVIOUS,
    VERIFY_AGE_GROUP,
    VERIFY_AGE_RISK_GROUP,
    VERIFY_SEX,
    VERIFY_PREGNANCY_STATUS,
    VERIFY_PREGNANCY_TRIMESTER,
    VERIFY_LOCATION,
    VERIFY_SEASON,
    VERIFY_EXPOSURE,
    VERIFY_ENCOUNTER_CLASS,
    VERIFY_HISTORY_CATEGORIES,
    VERIFY_HISTORY_CONCEPTS,
    VERIFY_MEDICATION_CATEGORIES,
    VERIFY_MEDICATION_CONCEPTS,
    VERIFY_ALLERGY_CATEGORIES,
    VERIFY_ALLERGY_CONCEPTS,
    VERIFY_SYMPTOM_CATEGORIES,
    VERIFY_PROCEDURE_CATEGORIES,
    VERIFY_IMMUNIZATION_CATEGORIES,
    VERIFY_VITAL_FLAGS,
    VERIFY_RISK_FACTORS,
    VERIFY_UTILIZATION,
    VERIFY_COMORBIDITY,
    VERIFY_OUTCOMES,
    VERIFY_OUTCOME_OBSERVED,
    VERIFY_FOLLOWUP,
    VERIFY_DEATH,
    VERIFY_WEIGHT_MEDICAL,
    VERIFY_WEIGHT_DEMOGRAPHIC,
    VERIFY_WEIGHT_TEMPORAL,
    VERIFY_EMBEDDING,
    VERIFY_EMBEDDING_MODEL,
    VERIFY_READY,
    VERIFY_NOT_READY_REASON,
    VERIFY_COLUMN_COUNT,
} verify_column;

extern const table_field verify_fields[VERIFY_COLUMN_COUNT];
extern const verify_column verify_list_columns[RECORD_COLUMN_COUNT];

/* The columns that a tuple of quasi-identifiers is made of, in the order of its text; location_category is one. */
#define VERIFY_TUPLE_COLUMNS 9
extern const verify_column verify_tuple_columns[VERIFY_TUPLE_COLUMNS];

/* The list column of that name, or RECORD_COLUMN_COUNT. */
record_column verify_find_list(base_span name);
/* The categories that contain the concepts of `column`, or RECORD_COLUMN_COUNT for a column of one level. */
record_column verify_parent_list(record_column column);

extern const char *const verify_qi_names[RECORD_QI_COUNT];
uint32_t verify_level_count(record_qi qi);

/* Exposure leaves are the vocabulary's. */
typedef struct verify_exposures {
    const char *names[RECORD_EXPOSURE_MAX];
    size_t count;
} verify_exposures;

/* Whether `value` is one that exactly this level of the hierarchy has. */
bool verify_legal(record_qi qi, uint32_t level, const char *value, const verify_exposures *exposures);

/* The halves of location_category. False where it has no such form. */
typedef struct verify_location {
    char density[16], region[16];
} verify_location;
bool verify_split_location(const char *value, verify_location *ret_location);

/* What follows from a released value: age_risk_group, and pregnancy_trimester (NULL: null). */
const char *verify_age_risk(const char *age_group);
const char *verify_trimester(const char *pregnancy_status);

bool verify_legal_class(const char *value);
bool verify_legal_utilization(const char *value);
bool verify_legal_comorbidity(const char *value);
/* The bounds of a follow-up bucket in months; false where it is none. `*` gives 0 and INT32_MAX. */
bool verify_followup_bounds(const char *value, int32_t *ret_low, int32_t *ret_high);

/* "anon_" or "visit_" and 26 characters of base32 (RFC 4648, lower case): 130 bits. */
bool verify_legal_id(base_span value, const char *prefix);

#endif
