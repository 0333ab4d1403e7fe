/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/order.h"

#include <stdlib.h>

static int by_bound(const void *a, const void *b)
{
    const vector_candidate *x = a, *y = b;
    if (x->upper != y->upper)
        return x->upper > y->upper ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_similarity(const void *a, const void *b)
{
    const vector_hit *x = a, *y = b;
    if (x->similarity != y->similarity)
        return x->similarity > y->similarity ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_group(const void *a, const void *b)
{
    const vector_hit *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return by_similarity(a, b);
}

void vector_order_candidates(vector_candidate *candidates, size_t count)
{
    if (count != 0)
        qsort(candidates, count, sizeof(*candidates), by_bound);
}

void vector_order_hits(vector_hit *hits, size_t count)
{
    if (count != 0)
        qsort(hits, count, sizeof(*hits), by_similarity);
}

uint32_t vector_order_groups(vector_hit *hits, uint32_t count)
{
    uint32_t kept = 0;
    if (count != 0)
        qsort(hits, count, sizeof(*hits), by_group);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || hits[i].group != hits[i - 1].group)
            hits[kept++] = hits[i];
    return kept;
}
