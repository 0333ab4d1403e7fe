/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/columns.h"

#include "clinical/released.h"
#include "clinical/vocabulary.h"
#include "embed/layout.h"

/* One line a column, in the order of the contract. LIST columns name the items they hold. */
typedef enum column_id {
#define TEXT(id, name)                  COLUMN_##id,
#define NULLABLE(id, name)              COLUMN_##id,
#define OTHER(id, name, type, nullable) COLUMN_##id,
#define LIST(id, name)                  COLUMN_##id,
#define COLUMNS                                                                                                        \
    TEXT(ANONYMOUS_ID, "anonymous_id")                                                                                 \
    TEXT(ROW_ID, "row_id")                                                                                             \
    OTHER(SNAPSHOT, "snapshot", TABLE_INT32, false)                                                                    \
    TEXT(PERIOD, "index_period")                                                                                       \
    TEXT(GAP, "months_since_previous")                                                                                 \
    TEXT(AGE, "age_group")                                                                                             \
    TEXT(AGE_RISK, "age_risk_group")                                                                                   \
    TEXT(SEX, "sex")                                                                                                   \
    TEXT(PREGNANCY, "pregnancy_status")                                                                                \
    NULLABLE(TRIMESTER, "pregnancy_trimester")                                                                         \
    TEXT(LOCATION, "location_category")                                                                                \
    TEXT(SEASON, "season_category")                                                                                    \
    TEXT(EXPOSURE, "exposure_risk")                                                                                    \
    TEXT(CLASS, "encounter_class")                                                                                     \
    LIST(HISTORY_CATEGORIES, "medical_history_categories")                                                             \
    LIST(HISTORY_CONCEPTS, "medical_history_concepts")                                                                 \
    LIST(MEDICATION_CATEGORIES, "medication_categories")                                                               \
    LIST(MEDICATION_CONCEPTS, "medication_concepts")                                                                   \
    LIST(ALLERGY_CATEGORIES, "allergy_categories")                                                                     \
    LIST(ALLERGY_CONCEPTS, "allergy_concepts")                                                                         \
    LIST(SYMPTOM_CATEGORIES, "symptom_categories")                                                                     \
    LIST(PROCEDURE_CATEGORIES, "procedure_categories")                                                                 \
    LIST(IMMUNIZATION_CATEGORIES, "immunization_categories")                                                           \
    LIST(VITAL_FLAGS, "vital_flags")                                                                                   \
    LIST(RISK_FACTORS, "risk_factors")                                                                                 \
    TEXT(UTILIZATION, "utilization")                                                                                   \
    TEXT(COMORBIDITY, "comorbidity")                                                                                   \
    LIST(OUTCOMES, "outcomes")                                                                                         \
    OTHER(OUTCOME_OBSERVED, "outcome_observed", TABLE_BOOL, false)                                                     \
    TEXT(FOLLOWUP, "followup_months")                                                                                  \
    OTHER(DEATH, "death_in_window", TABLE_BOOL, true)                                                                  \
    OTHER(WEIGHT_MEDICAL, "medical_similarity_weight", TABLE_FLOAT, false)                                             \
    OTHER(WEIGHT_DEMOGRAPHIC, "demographic_similarity_weight", TABLE_FLOAT, false)                                     \
    OTHER(WEIGHT_TEMPORAL, "temporal_similarity_weight", TABLE_FLOAT, false)                                           \
    OTHER(EMBEDDING, "clinical_text_embedding", TABLE_LIST_FLOAT, false)                                               \
    TEXT(EMBEDDING_MODEL, "embedding_model")                                                                           \
    OTHER(READY, "prediction_ready", TABLE_BOOL, false)                                                                \
    NULLABLE(NOT_READY_REASON, "not_ready_reason")
    COLUMNS
#undef TEXT
#undef NULLABLE
#undef OTHER
#undef LIST
        COLUMN_COUNT,
} column_id;

static const table_field FIELDS[COLUMN_COUNT] = {
#define TEXT(id, name)                  [COLUMN_##id] = {name, TABLE_STRING, false},
#define NULLABLE(id, name)              [COLUMN_##id] = {name, TABLE_STRING, true},
#define OTHER(id, name, type, nullable) [COLUMN_##id] = {name, type, nullable},
#define LIST(id, name)                  [COLUMN_##id] = {name, TABLE_LIST_STRING, false},
    COLUMNS
#undef TEXT
#undef NULLABLE
#undef OTHER
#undef LIST
};

static const column_id LIST_COLUMNS[RECORD_COLUMN_COUNT] = {
#define TEXT(id, name)
#define NULLABLE(id, name)
#define OTHER(id, name, type, nullable)
#define LIST(id, name) [RECORD_##id] = COLUMN_##id,
    COLUMNS
#undef TEXT
#undef NULLABLE
#undef OTHER
#undef LIST
};

table_schema engine_columns_schema(void)
{
    return (table_schema){FIELDS, COLUMN_COUNT};
}

const char *engine_column_name(record_column column)
{
    return FIELDS[LIST_COLUMNS[column]].name;
}

static void append_text(table_batch *batch, column_id column, const char *text)
{
    if (text == NULL)
        table_append_null(batch, column);
    else
        table_append_string(batch, column, base_span_of(text));
}

/* Items are numbered by column, and within a column in the order of their names: a column's items are one run. */
static void append_lists(table_batch *batch, const record_item *items, size_t count)
{
    base_span names[RECORD_ROW_ITEMS_MAX];
    size_t at = 0;
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++) {
        size_t found = 0;
        while (at < count && clinical_item_column(items[at]) == (record_column)column && found < RECORD_ROW_ITEMS_MAX)
            names[found++] = base_span_of(clinical_item_name(items[at++]));
        table_append_strings(batch, LIST_COLUMNS[column], names, found);
    }
}

/* Follow-up counts from the visit to a public date, so it says when the visit was: only as long as the plan does, too.
 */
static const char *released_followup(const engine_columns_row *row)
{
    const record_released *r = row->released;
    const bool dated = strlen(r->index_period) == strlen("2015") && strcmp(r->season_category, "*") != 0;
    return dated && !row->external ? clinical_followup_name(row->row->followup) : "*";
}

static void append_labels(table_batch *batch, const engine_columns_row *row)
{
    table_append_bool(batch, COLUMN_OUTCOME_OBSERVED, row->row->qi.leaf[RECORD_QI_OBSERVED] != 0);
    append_text(batch, COLUMN_FOLLOWUP, released_followup(row));
    if (row->external || row->row->death_in_window == RECORD_NOT_OBSERVED)
        table_append_null(batch, COLUMN_DEATH);
    else
        table_append_bool(batch, COLUMN_DEATH, row->row->death_in_window == RECORD_YES);
    table_append_bool(batch, COLUMN_READY, row->not_ready_reason == NULL);
    append_text(batch, COLUMN_NOT_READY_REASON, row->not_ready_reason);
}

void engine_columns_append(table_batch *batch, const engine_columns_row *row)
{
    const record_released *r = row->released;
    append_text(batch, COLUMN_ANONYMOUS_ID, row->anonymous_id);
    append_text(batch, COLUMN_ROW_ID, row->row_id);
    table_append_int32(batch, COLUMN_SNAPSHOT, row->snapshot);
    append_text(batch, COLUMN_PERIOD, r->index_period);
    append_text(batch, COLUMN_GAP, r->months_since_previous);
    append_text(batch, COLUMN_AGE, r->age_group);
    append_text(batch, COLUMN_AGE_RISK, r->age_risk_group);
    append_text(batch, COLUMN_SEX, r->sex);
    append_text(batch, COLUMN_PREGNANCY, r->pregnancy_status);
    append_text(batch, COLUMN_TRIMESTER, r->pregnancy_trimester);
    append_text(batch, COLUMN_LOCATION, r->location_category);
    append_text(batch, COLUMN_SEASON, r->season_category);
    append_text(batch, COLUMN_EXPOSURE, r->exposure_risk);
    append_text(batch, COLUMN_CLASS, r->encounter_class);
    append_text(batch, COLUMN_UTILIZATION, r->utilization);
    append_text(batch, COLUMN_COMORBIDITY, r->comorbidity);
    append_lists(batch, r->items, r->item_count);
    append_labels(batch, row);
    table_append_float(batch, COLUMN_WEIGHT_MEDICAL, ENGINE_WEIGHT_MEDICAL);
    table_append_float(batch, COLUMN_WEIGHT_DEMOGRAPHIC, ENGINE_WEIGHT_DEMOGRAPHIC);
    table_append_float(batch, COLUMN_WEIGHT_TEMPORAL, ENGINE_WEIGHT_TEMPORAL);
    table_append_floats(batch, COLUMN_EMBEDDING, row->vector, EMBED_DIMENSIONS);
    append_text(batch, COLUMN_EMBEDDING_MODEL, row->embedding_model);
}
