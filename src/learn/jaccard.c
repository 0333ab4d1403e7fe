/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/jaccard.h"

#include <stdlib.h>
#include <string.h>

struct learn_postings {
    const learn_data *data;
    uint32_t count;     /* training rows */
    uint32_t *examples; /* their numbers, by patient and then number */
    uint32_t *rows;     /* of feature f: rows[starts[f]] … rows[starts[f + 1] - 1], places in `examples` */
    size_t *starts;
};

struct learn_postings_scratch {
    uint32_t *shared; /* features that row i shares with the query; zero between queries */
    learn_neighbour *heap;
};

double learn_jaccard(learn_set a, learn_set b)
{
    size_t i = 0, j = 0, shared = 0;
    while (i < a.count && j < b.count) {
        const uint32_t x = a.items[i], y = b.items[j];
        shared += x == y;
        i += x <= y;
        j += y <= x;
    }
    const size_t either = a.count + b.count - shared;
    return either != 0 ? (double)shared / (double)either : 1;
}

void learn_postings_free(learn_postings *postings)
{
    if (postings == NULL)
        return;
    free(postings->examples);
    free(postings->rows);
    free(postings->starts);
    free(postings);
}

/* Counting sort by patient: the rows of one are neighbours in the list, so the best of each is found in one pass. */
static int take_examples(learn_postings *p, lethe_error *error)
{
    const learn_data *data = p->data;
    uint32_t *at = calloc((size_t)data->group_count + 2, sizeof(*at));
    p->examples = malloc(((size_t)data->count + 1) * sizeof(*p->examples));
    if (at == NULL || p->examples == NULL) {
        free(at);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (uint32_t i = 0; i < data->count; i++)
        at[data->groups[i] + 1] += data->splits[i] == LEARN_TRAIN;
    for (uint32_t g = 1; g <= data->group_count; g++)
        at[g] += at[g - 1];
    p->count = at[data->group_count];
    for (uint32_t i = 0; i < data->count; i++)
        if (data->splits[i] == LEARN_TRAIN)
            p->examples[at[data->groups[i]]++] = i;
    free(at);
    return 0;
}

static int take_rows(learn_postings *p, lethe_error *error)
{
    const learn_data *data = p->data;
    p->starts = calloc((size_t)data->feature_count + 2, sizeof(*p->starts));
    if (p->starts == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < p->count; i++) {
        const learn_set set = learn_sets_at(data->features, p->examples[i]);
        for (size_t j = 0; j < set.count; j++)
            p->starts[set.items[j] + 2]++;
    }
    for (size_t f = 2; f < (size_t)data->feature_count + 2; f++)
        p->starts[f] += p->starts[f - 1];
    p->rows = malloc((p->starts[data->feature_count + 1] + 1) * sizeof(*p->rows));
    if (p->rows == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < p->count; i++) {
        const learn_set set = learn_sets_at(data->features, p->examples[i]);
        for (size_t j = 0; j < set.count; j++)
            p->rows[p->starts[set.items[j] + 1]++] = i;
    }
    return 0;
}

int learn_postings_new(const learn_data *data, learn_postings **ret_postings, lethe_error *error)
{
    learn_postings *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    p->data = data;
    int status = take_examples(p, error);
    if (status == 0)
        status = take_rows(p, error);
    if (status != 0) {
        learn_postings_free(p);
        return status;
    }
    *ret_postings = p;
    return 0;
}

int learn_postings_scratch_new(const learn_postings *postings, learn_postings_scratch **ret_scratch, lethe_error *error)
{
    learn_postings_scratch *s = calloc(1, sizeof(*s));
    if (s != NULL) {
        s->shared = calloc((size_t)postings->count + 1, sizeof(*s->shared));
        s->heap = malloc(LEARN_NEIGHBOURS_MAX * sizeof(*s->heap));
    }
    if (s == NULL || s->shared == NULL || s->heap == NULL) {
        learn_postings_scratch_free(s);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *ret_scratch = s;
    return 0;
}

void learn_postings_scratch_free(learn_postings_scratch *scratch)
{
    if (scratch == NULL)
        return;
    free(scratch->shared);
    free(scratch->heap);
    free(scratch);
}

static bool farther(learn_neighbour a, learn_neighbour b)
{
    return a.similarity < b.similarity || (a.similarity == b.similarity && a.example > b.example);
}

static int nearest_first(const void *a, const void *b)
{
    const learn_neighbour p = *(const learn_neighbour *)a, q = *(const learn_neighbour *)b;
    return farther(q, p) ? -1 : farther(p, q);
}

/* A heap with the farthest on top, of at most k. */
static size_t offer(learn_neighbour *heap, size_t size, size_t k, learn_neighbour one)
{
    size_t i = size;
    if (size < k) {
        for (; i > 0 && farther(one, heap[(i - 1) / 2]); i = (i - 1) / 2)
            heap[i] = heap[(i - 1) / 2];
        heap[i] = one;
        return size + 1;
    }
    if (farther(one, heap[0]))
        return size;
    for (i = 0;;) {
        size_t child = 2 * i + 1;
        if (child >= size)
            break;
        if (child + 1 < size && farther(heap[child + 1], heap[child]))
            child++;
        if (!farther(heap[child], one))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = one;
    return size;
}

static void count_shared(const learn_postings *p, learn_postings_scratch *scratch, learn_set features)
{
    for (size_t j = 0; j < features.count; j++) {
        const uint32_t feature = features.items[j];
        if (feature >= p->data->feature_count)
            break; /* and all that follow */
        for (size_t r = p->starts[feature]; r < p->starts[feature + 1]; r++)
            scratch->shared[p->rows[r]]++;
    }
}

size_t learn_postings_nearest(const learn_postings *postings, learn_postings_scratch *scratch, learn_set features,
                              uint32_t group, size_t k, learn_neighbour *ret_neighbours)
{
    const learn_data *data = postings->data;
    size_t size = 0;
    if (k > LEARN_NEIGHBOURS_MAX)
        k = LEARN_NEIGHBOURS_MAX;
    count_shared(postings, scratch, features);
    for (uint32_t i = 0; k != 0 && i < postings->count;) {
        const uint32_t owner = data->groups[postings->examples[i]];
        learn_neighbour best = {LEARN_NONE, -1};
        for (; i < postings->count && data->groups[postings->examples[i]] == owner; i++) {
            const uint32_t example = postings->examples[i];
            const size_t shared = scratch->shared[i];
            const size_t either = features.count + learn_sets_at(data->features, example).count - shared;
            const double similarity = either != 0 ? (double)shared / (double)either : 1;
            if (similarity > best.similarity)
                best = (learn_neighbour){example, similarity};
        }
        if (owner != group)
            size = offer(scratch->heap, size, k, best);
    }
    memset(scratch->shared, 0, (size_t)postings->count * sizeof(*scratch->shared));
    qsort(scratch->heap, size, sizeof(*scratch->heap), nearest_first);
    memcpy(ret_neighbours, scratch->heap, size * sizeof(*ret_neighbours));
    return size;
}
