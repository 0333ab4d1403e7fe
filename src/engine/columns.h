/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_COLUMNS_H
#define ENGINE_COLUMNS_H

#include "engine/rows.h"
#include "table/column.h"

/* The released row of schema version 1.0.0 as columns (docs/SPEC-dataset.md), in their order. */
#define ENGINE_SCHEMA_VERSION "1.0.0"

#define ENGINE_WEIGHT_MEDICAL     0.8f
#define ENGINE_WEIGHT_DEMOGRAPHIC 0.3f
#define ENGINE_WEIGHT_TEMPORAL    0.5f

typedef struct engine_columns_row {
    const char *anonymous_id, *row_id;
    int32_t snapshot;
    const record_released *released;
    const record_row *row; /* what is released as it is: follow-up, death, observed */
    bool external;         /* follow-up and death are not */
    const char *embedding_model;
    const float *vector;          /* 768 */
    const char *not_ready_reason; /* NULL: ready */
} engine_columns_row;

table_schema engine_columns_schema(void);
void engine_columns_append(table_batch *batch, const engine_columns_row *row);

/* The list column's name. */
const char *engine_column_name(record_column column);

#endif
