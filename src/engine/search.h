/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_SEARCH_H
#define ENGINE_SEARCH_H

#include "engine/query.h"

/* An open dataset with its index, as search and prediction use it. Constant, but for lethe_index_refresh. */
struct lethe_index {
    engine_dataset *dataset;
    vector_index *index;
    embed_model *model;
    privacy_hierarchies *hierarchies;
};

/* Who is asked about: exactly one of the three; `data` NULL is none. Borrowed. */
typedef struct engine_question {
    const char *id;
    base_span profile, text;
} engine_question;

/* LETHE_E_ENGINE_OPTION (path: id) where it is not exactly one. */
int engine_question_check(const engine_question *question, lethe_error *error);

/* Fills a query whose arena is set. Errors as of engine_query_id, _profile and _text. */
int engine_question_read(const lethe_index *index, const vector_view *view, const engine_question *question,
                         engine_query *query, lethe_error *error);

#endif
