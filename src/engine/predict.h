/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PREDICT_H
#define ENGINE_PREDICT_H

#include "engine/bundle.h"
#include "engine/query.h"

/* One patient as the fitted models see them, and the neighbours as examples; in the caller's arena. */
typedef struct engine_asked {
    learn_set features; /* numbers of the bundle */
    bool *prior;        /* by outcome */
    uint32_t stratum;
} engine_asked;

/* `words`: said in words, where what is not said is not known to be unknown. */
int engine_asked_read(const engine_bundle *bundle, const engine_query *query, bool words, base_arena *arena,
                      engine_asked *ret_asked, lethe_error *error);

/* The rows as learn_data, example i being hit i. LETHE_E_VECTOR_DAMAGED, LETHE_E_BASE_MEMORY. */
int engine_neighbourhood(const engine_bundle *bundle, const vector_view *view, const uint32_t *rows, uint32_t count,
                         base_arena *arena, learn_data *ret_data, lethe_error *error);

#endif
