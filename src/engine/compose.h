/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_COMPOSE_H
#define ENGINE_COMPOSE_H

#include "base/arena.h"
#include "embed/model.h"
#include "engine/rows.h"
#include "privacy/plan.h"

/*
 * From a leaf row to the released one: names at the plan's levels, then everything that derives from them
 * (age_risk_group, pregnancy_trimester, comorbidity, risk_factors), and the vector last. Nothing derived is computed
 * before the plan.
 */
typedef struct engine_composer {
    const privacy_hierarchies *hierarchies;
    privacy_node node; /* the plan's levels; all zero: leaves */
    bool external;     /* columns without a hierarchy are withheld */
} engine_composer;

/* Fills everything but risk factors; `items` are what the row releases so far. Names live as long as `arena`. */
int engine_compose(const engine_composer *composer, const record_row *row, const privacy_groups *groups,
                   const record_item *items, size_t item_count, base_arena *arena, record_released *ret_released,
                   lethe_error *error);

/* Adds the risk factors that fire on the released row, but those in `removed`. */
int engine_compose_risks(record_released *released, const record_item *removed, size_t removed_count, base_arena *arena,
                         lethe_error *error);

/* The same of a row of a dataset: of the risk factors among the released items those stay that fire, and none comes. */
int engine_compose_risks_again(record_released *released, base_arena *arena, lethe_error *error);

/* The groups of a leaf tuple under the composer's levels: a row outside a release. */
privacy_groups engine_compose_groups(const engine_composer *composer, const record_tuple *tuple);

/* Sorted `items` without sorted `removed`, in the arena. */
int engine_without(const record_item *items, size_t count, const record_item *removed, size_t removed_count,
                   base_arena *arena, const record_item **ret_items, size_t *ret_count, lethe_error *error);

/* The hierarchies with the vocabulary's exposure leaves; about 400 KB on the heap. */
int engine_hierarchies_new(privacy_hierarchies **ret_hierarchies, lethe_error *error);

/* The default vector model over the vocabulary. */
int engine_model_new(embed_model **ret_model, lethe_error *error);

#endif
