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

int engine_index_info(vector_index *index, lethe_index_info *ret_info, lethe_error *error);

#endif
