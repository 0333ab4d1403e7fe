/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TEST_LISTS_H
#define PRIVACY_TEST_LISTS_H

#include "privacy/lists.h"
#include "privacy/test_people.h"

/*
 * Random lists for tests and benchmarks: categories with a heavy tail, a few concepts in each, outcomes of both levels;
 * people have latent kinds, so that items come together as diseases do.
 */
typedef struct test_vocabulary {
    privacy_item items[RECORD_ITEM_MAX];
    uint32_t count, categories, concepts_each, outcomes;
} test_vocabulary;

typedef struct test_lists {
    record_item *list;
    size_t *offset;
    size_t count;
} test_lists;

static inline void test_vocabulary_init(test_vocabulary *v, uint32_t categories, uint32_t concepts_each,
                                        uint32_t outcomes)
{
    v->categories = categories;
    v->concepts_each = concepts_each;
    v->outcomes = outcomes;
    v->count = categories * (1 + concepts_each) + outcomes;
    for (uint32_t x = 0; x < v->count; x++) {
        const uint32_t concept_of = (x - categories) / (concepts_each != 0 ? concepts_each : 1);
        v->items[x] = (privacy_item){.parent = RECORD_ITEM_NONE, .weight = 1};
        if (x >= categories && x < v->count - outcomes)
            v->items[x] = (privacy_item){.parent = (record_item)concept_of, .weight = 1, .column = 1};
        else if (x >= v->count - outcomes)
            v->items[x] =
                (privacy_item){.parent = RECORD_ITEM_NONE, .weight = 1, .column = RECORD_OUTCOMES, .global = true};
    }
}

static inline void test_lists_make(test_lists *l, const test_vocabulary *v, size_t people, uint32_t density,
                                   uint64_t seed)
{
    test_random random = {seed};
    size_t used = 0, capacity = people * (v->count < 256 ? v->count : 256);
    bool *const has = malloc(RECORD_ITEM_MAX);
    l->list = malloc((capacity + 1) * sizeof(*l->list));
    l->offset = malloc((people + 1) * sizeof(*l->offset));
    l->count = people;
    for (size_t p = 0; p < people; p++) {
        memset(has, 0, RECORD_ITEM_MAX);
        const uint32_t kind = test_below(&random, 6), burden = (1 + test_below(&random, 5)) * density;
        for (uint32_t c = 0; c < v->categories; c++) {
            /* Category c is had with probability about burden * 0.9 / (c + 2), less outside one's kind. */
            const uint32_t chance = 18000 * burden / (c + 2) / (c % 6 == kind || c < 6 ? 1 : 4);
            if (test_below(&random, 65536) >= (chance < 58000 ? chance : 58000))
                continue;
            has[c] = true;
            for (uint32_t i = 0; i < v->concepts_each && i < 1 + test_below(&random, 3); i++)
                has[v->categories + c * v->concepts_each +
                    test_skewed(&random, test_skewed(&random, v->concepts_each) + 1)] = true;
        }
        for (uint32_t o = 0; o < v->outcomes; o++)
            has[v->count - v->outcomes + o] = test_below(&random, 65536) < 12000 / (o + 1);
        l->offset[p] = used;
        for (uint32_t x = 0; x < v->count && used < capacity; x++)
            if (has[x])
                l->list[used++] = (record_item)x;
    }
    l->offset[people] = used;
    free(has);
}

static inline void test_lists_done(test_lists *l)
{
    free(l->list);
    free(l->offset);
}

#endif
