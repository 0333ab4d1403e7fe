/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_RELEASED_ROWS_H
#define ENGINE_RELEASED_ROWS_H

#include "engine/compose.h"
#include "table/column.h"

/*
 * A row of a dataset as the row that would be released again: of each group of a quasi-identifier its first leaf, so
 * that under the plan's levels the same names come out. Items of all lists are there, risk factors too. The rest
 * (follow-up, death, ids) stays in the batch.
 */
/* The columns of a row that are no lists: the patient, what makes its tuple, and the rest that counts. */
#define ENGINE_RELEASED_TUPLE  10
#define ENGINE_RELEASED_FIELDS 12
extern const table_field engine_released_fields[ENGINE_RELEASED_FIELDS];

typedef struct engine_released_reader {
    const privacy_hierarchies *hierarchies;
    privacy_node node;
    size_t anonymous_id, encounter_class, utilization;                   /* columns of the batch */
    size_t names[RECORD_QI_COUNT], lists[RECORD_COLUMN_COUNT], observed; /* the two halves of a place have one column */
    uint8_t last[RECORD_QI_COUNT];                                       /* leaf of the row before: the first guess */
} engine_released_reader;

/* Columns that are not in `schema` are not asked for. */
void engine_released_reader_init(engine_released_reader *reader, const engine_composer *composer,
                                 const table_schema *schema);

/* LETHE_E_ENGINE_DATASET, with the column in the path, where a value is none of the plan's level. */
int engine_released_tuple(engine_released_reader *reader, const table_batch *batch, size_t at, record_tuple *ret_tuple,
                          lethe_error *error);

/* The whole row; items in the arena. */
int engine_released_row(engine_released_reader *reader, const table_batch *batch, size_t at, base_arena *arena,
                        engine_row *ret_row, lethe_error *error);

#endif
