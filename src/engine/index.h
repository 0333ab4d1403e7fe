/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_INDEX_H
#define ENGINE_INDEX_H

#include "engine/dataset.h"
#include "vector/index.h"

#include <lethe/search.h>

#define ENGINE_BLOCKS 3 /* medical, demographic, temporal */

/* vectors/ of a dataset from its profile files: a function of them, of plan.json and of the manifest's key. */
int engine_index_build(const char *folder, const lethe_index_options *options, lethe_error *error);

/* The newest view, if it belongs to the dataset: LETHE_E_VECTOR_STAMP with what differs. To be released. */
int engine_index_view(vector_index *index, const engine_dataset *dataset, vector_view **ret_view, lethe_error *error);

/* Comparing one row of the dataset with what an index holds. */
typedef struct engine_comparison {
    const vector_view *view;
    const char *here[VECTOR_ROW_TERMS_MAX], *there[VECTOR_ROW_TERMS_MAX];
    uint64_t rows; /* that were found */
} engine_comparison;

/* LETHE_E_ENGINE_INDEX with what differs in the path; `ret_number`: the row in the view, or VECTOR_NO_ROW. */
int engine_index_compare(engine_comparison *comparison, const vector_row *row, uint32_t *ret_number,
                         lethe_error *error);
/* The same of the columns and blocks. */
int engine_index_compare_schema(const engine_dataset *dataset, const vector_schema *found, lethe_error *error);

int engine_index_check_options(const lethe_index_options *options, lethe_error *error);

int engine_index_info(vector_index *index, lethe_index_info *ret_info, lethe_error *error);

#endif
