/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PLAN_CHECK_H
#define ENGINE_PLAN_CHECK_H

#include "crypt/keyring.h"
#include "engine/compose.h"
#include "json/json.h"

/*
 * The plan of a release, for single profiles: levels, and which tuples, items and pairs of items at least k of its
 * patients have. The folder must be signed by the project's own key: another's plan would claim support that is not
 * there.
 */
typedef struct engine_plan_check {
    privacy_node node;
    uint32_t k;
    double similarity; /* of the release; NaN: not measured */
    char digest[65];   /* SHA-256 of plan.json */
    base_buf support;  /* support.bin */
    size_t tuple_count, item_count;
    const uint8_t *offsets, *strings, *pairs;
    uint32_t *numbers; /* of record_item: its place in support.bin, UINT32_MAX: no support */
} engine_plan_check;

int engine_plan_check_open(const char *folder, const crypt_keyring *ring, engine_plan_check **ret_check,
                           lethe_error *error);
/* The parsers alone, without manifest and signature (k and similarity stay 0): for the fuzzer. */
int engine_plan_check_parse(base_span plan, base_span support, engine_plan_check **ret_check, lethe_error *error);
/* The levels of a plan.json: LETHE_E_ENGINE_DATASET where one is missing or is none. */
int engine_plan_levels(json_value plan, const privacy_hierarchies *hierarchies, privacy_node *ret_node,
                       lethe_error *error);
void engine_plan_check_free(engine_plan_check *check);

/* LETHE_E_PRIVACY_SUPPORT where the row's tuple has fewer than k patients. */
int engine_plan_check_tuple(const engine_plan_check *check, const record_released *released, lethe_error *error);

/* Keeps the items that have support one by one and pair by pair: concepts fall before categories, and with an item what
 * says it again (the concepts of a category, what implies it). In place; returns the new count. */
size_t engine_plan_check_items(const engine_plan_check *check, record_item *items, size_t count);

/* The same for the risk factors that the kept items gave: only these fall, for what they were made of must not fall
 * behind them. */
size_t engine_plan_check_risks(const engine_plan_check *check, record_item *items, size_t count);

#endif
