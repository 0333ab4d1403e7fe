/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/contract.h"

#define TEXT(name)                                                                                                     \
    {                                                                                                                  \
        name, TABLE_STRING, false                                                                                      \
    }
#define TEXT_OR_NULL(name)                                                                                             \
    {                                                                                                                  \
        name, TABLE_STRING, true                                                                                       \
    }
#define LIST(name)                                                                                                     \
    {                                                                                                                  \
        name, TABLE_LIST_STRING, false                                                                                 \
    }

const table_field verify_fields[VERIFY_COLUMN_COUNT] = {
    [VERIFY_ANONYMOUS_ID] = TEXT("anonymous_id"),
    [VERIFY_ROW_ID] = TEXT("row_id"),
    [VERIFY_SNAPSHOT] = {"snapshot", TABLE_INT32, false},
    [VERIFY_INDEX_PERIOD] = TEXT("index_period"),
    [VERIFY_MONTHS_SINCE_PREVIOUS] = TEXT("months_since_previous"),
    [VERIFY_AGE_GROUP] = TEXT("age_group"),
    [VERIFY_AGE_RISK_GROUP] = TEXT("age_risk_group"),
    [VERIFY_SEX] = TEXT("sex"),
    [VERIFY_PREGNANCY_STATUS] = TEXT("pregnancy_status"),
    [VERIFY_PREGNANCY_TRIMESTER] = TEXT_OR_NULL("pregnancy_trimester"),
    [VERIFY_LOCATION] = TEXT("location_category"),
    [VERIFY_SEASON] = TEXT("season_category"),
    [VERIFY_EXPOSURE] = TEXT("exposure_risk"),
    [VERIFY_ENCOUNTER_CLASS] = TEXT("encounter_class"),
    [VERIFY_HISTORY_CATEGORIES] = LIST("medical_history_categories"),
    [VERIFY_HISTORY_CONCEPTS] = LIST("medical_history_concepts"),
    [VERIFY_MEDICATION_CATEGORIES] = LIST("medication_categories"),
    [VERIFY_MEDICATION_CONCEPTS] = LIST("medication_concepts"),
    [VERIFY_ALLERGY_CATEGORIES] = LIST("allergy_categories"),
    [VERIFY_ALLERGY_CONCEPTS] = LIST("allergy_concepts"),
    [VERIFY_SYMPTOM_CATEGORIES] = LIST("symptom_categories"),
    [VERIFY_PROCEDURE_CATEGORIES] = LIST("procedure_categories"),
    [VERIFY_IMMUNIZATION_CATEGORIES] = LIST("immunization_categories"),
    [VERIFY_VITAL_FLAGS] = LIST("vital_flags"),
    [VERIFY_RISK_FACTORS] = LIST("risk_factors"),
    [VERIFY_UTILIZATION] = TEXT("utilization"),
    [VERIFY_COMORBIDITY] = TEXT("comorbidity"),
    [VERIFY_OUTCOMES] = LIST("outcomes"),
    [VERIFY_OUTCOME_OBSERVED] = {"outcome_observed", TABLE_BOOL, false},
    [VERIFY_FOLLOWUP] = TEXT("followup_months"),
    [VERIFY_DEATH] = {"death_in_window", TABLE_BOOL, true},
    [VERIFY_WEIGHT_MEDICAL] = {"medical_similarity_weight", TABLE_FLOAT, false},
    [VERIFY_WEIGHT_DEMOGRAPHIC] = {"demographic_similarity_weight", TABLE_FLOAT, false},
    [VERIFY_WEIGHT_TEMPORAL] = {"temporal_similarity_weight", TABLE_FLOAT, false},
    [VERIFY_EMBEDDING] = {"clinical_text_embedding", TABLE_LIST_FLOAT, false},
    [VERIFY_EMBEDDING_MODEL] = TEXT("embedding_model"),
    [VERIFY_READY] = {"prediction_ready", TABLE_BOOL, false},
    [VERIFY_NOT_READY_REASON] = TEXT_OR_NULL("not_ready_reason"),
};

const verify_column verify_list_columns[RECORD_COLUMN_COUNT] = {
    [RECORD_HISTORY_CATEGORIES] = VERIFY_HISTORY_CATEGORIES,
    [RECORD_HISTORY_CONCEPTS] = VERIFY_HISTORY_CONCEPTS,
    [RECORD_MEDICATION_CATEGORIES] = VERIFY_MEDICATION_CATEGORIES,
    [RECORD_MEDICATION_CONCEPTS] = VERIFY_MEDICATION_CONCEPTS,
    [RECORD_ALLERGY_CATEGORIES] = VERIFY_ALLERGY_CATEGORIES,
    [RECORD_ALLERGY_CONCEPTS] = VERIFY_ALLERGY_CONCEPTS,
    [RECORD_SYMPTOM_CATEGORIES] = VERIFY_SYMPTOM_CATEGORIES,
    [RECORD_PROCEDURE_CATEGORIES] = VERIFY_PROCEDURE_CATEGORIES,
    [RECORD_IMMUNIZATION_CATEGORIES] = VERIFY_IMMUNIZATION_CATEGORIES,
    [RECORD_VITAL_FLAGS] = VERIFY_VITAL_FLAGS,
    [RECORD_RISK_FACTORS] = VERIFY_RISK_FACTORS,
    [RECORD_OUTCOMES] = VERIFY_OUTCOMES,
};

const verify_column verify_tuple_columns[VERIFY_TUPLE_COLUMNS] = {
    VERIFY_INDEX_PERIOD,     VERIFY_MONTHS_SINCE_PREVIOUS,
    VERIFY_AGE_GROUP,        VERIFY_SEX,
    VERIFY_PREGNANCY_STATUS, VERIFY_LOCATION,
    VERIFY_SEASON,           VERIFY_EXPOSURE,
    VERIFY_OUTCOME_OBSERVED,
};

record_column verify_find_list(base_span name)
{
    for (int c = 0; c < RECORD_COLUMN_COUNT; c++)
        if (base_span_is(name, verify_fields[verify_list_columns[c]].name))
            return (record_column)c;
    return RECORD_COLUMN_COUNT;
}

record_column verify_parent_list(record_column column)
{
    switch (column) {
    case RECORD_HISTORY_CONCEPTS:
        return RECORD_HISTORY_CATEGORIES;
    case RECORD_MEDICATION_CONCEPTS:
        return RECORD_MEDICATION_CATEGORIES;
    case RECORD_ALLERGY_CONCEPTS:
        return RECORD_ALLERGY_CATEGORIES;
    default:
        return RECORD_COLUMN_COUNT;
    }
}

bool verify_legal_id(base_span value, const char *prefix)
{
    const base_span head = base_span_of(prefix);
    if (value.size != head.size + 26 || !base_span_starts(value, head))
        return false;
    for (size_t i = head.size; i < value.size; i++) {
        const char c = value.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7')))
            return false;
    }
    return true;
}
