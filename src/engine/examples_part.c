/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/examples.h"

#include <stdlib.h>

static void copy_example(const engine_examples *all, uint32_t from, engine_examples *part, uint32_t group)
{
    const uint32_t to = part->data.count++;
    part->groups[to] = group;
    part->strata_of[to] = all->strata_of[from];
    part->splits[to] = all->splits[from];
    part->observed[to] = all->observed[from];
    part->from[to] = all->from[from];
    part->until[to] = all->until[from];
    if (part->rows != NULL)
        part->rows[to] = all->rows[from];
    for (int list = 0; list < ENGINE_EXAMPLE_LISTS; list++) {
        const size_t begin = all->starts[list][from], count = all->starts[list][from + 1] - begin;
        const size_t at = part->starts[list][to];
        if (count != 0)
            memcpy(part->items[list] + at, all->items[list] + begin, count * sizeof(uint32_t));
        part->starts[list][to + 1] = at + count;
    }
}

static int copy_kept(const engine_examples *all, const uint8_t *keep, engine_examples *part, lethe_error *error)
{
    uint32_t kept = 0, last = LEARN_NONE;
    size_t items[ENGINE_EXAMPLE_LISTS] = {0};
    for (uint32_t i = 0; i < all->data.count; i++) {
        kept += keep[i] != 0;
        for (int list = 0; list < ENGINE_EXAMPLE_LISTS && keep[i] != 0; list++)
            items[list] += all->starts[list][i + 1] - all->starts[list][i];
    }
    if (kept == 0)
        return base_fail(error, LETHE_E_LEARN_DATA);
    bool whole = engine_examples_take_arrays(part, kept);
    for (int list = 0; list < ENGINE_EXAMPLE_LISTS && whole; list++)
        whole = (part->items[list] = malloc((items[list] + 1) * sizeof(uint32_t))) != NULL;
    if (whole && all->rows != NULL)
        whole = (part->rows = malloc(kept * sizeof(uint32_t))) != NULL;
    if (!whole)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < all->data.count; i++) {
        if (keep[i] == 0)
            continue;
        part->data.group_count += all->groups[i] != last;
        last = all->groups[i];
        copy_example(all, i, part, part->data.group_count - 1);
    }
    return engine_examples_borrow(part, error);
}

int engine_examples_part(const engine_examples *all, const uint8_t *keep, engine_examples *ret_part, lethe_error *error)
{
    engine_examples part = {.features = all->features, .outcomes = all->outcomes, .strata = all->strata};
    part.data = (learn_data){.feature_count = all->data.feature_count,
                             .outcome_count = all->data.outcome_count,
                             .stratum_count = all->data.stratum_count};
    base_arena_init(&part.names, 0);
    const int status = copy_kept(all, keep, &part, error);
    if (status != 0)
        engine_examples_done(&part);
    else
        *ret_part = part;
    return status;
}
