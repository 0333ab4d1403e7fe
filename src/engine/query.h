/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_QUERY_H
#define ENGINE_QUERY_H

#include "engine/index.h"

/* What is searched for, however it was said: a vector of this dataset's kind, and the terms that it stands for. */
#define ENGINE_QUERY_TERMS_MAX 2048

typedef struct engine_query {
    base_arena *arena; /* of the terms */
    float vector[EMBED_DIMENSIONS];
    char own[VECTOR_ID_MAX + 1]; /* the patient who asks; "": nobody of the dataset */
    const char *terms[ENGINE_QUERY_TERMS_MAX];
    size_t term_count;
    bool silent[ENGINE_BLOCKS]; /* a text says nothing there */
} engine_query;

/* The weights of the dataset, 0 for the blocks on which the query is silent. */
void engine_query_weights(const engine_query *query, double ret_weights[ENGINE_BLOCKS]);

/* Whether two rows can share a term: of a column that the vector is a function of, and neither withheld nor unknown. */
bool engine_query_shares(base_span column, char mark, base_span value);

/* Notes a term if two rows can share it. */
int engine_query_add(engine_query *query, base_span column, char mark, base_span value, lethe_error *error);
int engine_query_add_term(engine_query *query, const char *term, lethe_error *error);

/* A row of the dataset: visit_…, or the latest of anon_…. LETHE_E_VECTOR_NOT_FOUND. */
int engine_query_id(engine_query *query, const vector_view *view, const char *id, lethe_error *error);

/* A profile made under the dataset's plan: LETHE_E_VECTOR_STAMP with what differs, LETHE_E_ENGINE_PROFILE, or what is
 * wrong with the JSON. */
int engine_query_profile(engine_query *query, const engine_dataset *dataset, base_span json, lethe_error *error);

/* What the vocabulary finds in a text, generalised by the dataset's plan. LETHE_E_ENGINE_TEXT: nothing. */
int engine_query_text(engine_query *query, const engine_dataset *dataset, const privacy_hierarchies *hierarchies,
                      const embed_model *model, base_span text, lethe_error *error);

#endif
