/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_SEARCH_H
#define VECTOR_SEARCH_H

#include "vector/filter.h"

/*
 * The nearest rows by inner product. Codes of one byte an element are scanned, and what could be among the nearest is
 * compared exactly. How far a code can be from its vector is stored with each row, so that by default the answer is
 * proved to be the one of an exact scan (docs/SPEC-vectors.md has the bound); with `rerank` a fixed number is compared
 * exactly instead.
 *
 * The similarity is the sum in double of the products of single floats, in a fixed order: equal bits on every machine.
 * Equally similar rows come in the order of their numbers.
 */
#define VECTOR_K_MAX       100000
#define VECTOR_QUERIES_MAX 4096 /* of one batch */

typedef struct vector_query {
    const float *vector;               /* as stored ones are: the default weights */
    const vector_stamp *stamp;         /* what the vector was made under; must be the index's */
    const double *weights;             /* one a block, each >= 0, not all 0; NULL: those of the index */
    const char *own_group;             /* whose rows are left out: the patient who asks; NULL: nobody's */
    const vector_selection *selection; /* of the same view; NULL: all rows */
    uint32_t k;                        /* at least 1 */
    uint32_t rerank;                   /* 0: as many as a proof takes; else at least k */
    bool rows;                         /* the nearest rows; else the nearest groups, each by its nearest row */
} vector_query;

typedef struct vector_hit {
    uint32_t row;
    uint32_t group;
    double similarity;
} vector_hit;

typedef struct vector_result {
    vector_hit *hits; /* best first; fewer than k where the view has no more */
    uint32_t count;
    uint32_t scanned;  /* rows compared by their codes */
    uint32_t compared; /* rows compared exactly */
    bool proved;       /* the answer is that of an exact scan */
} vector_result;

void vector_result_done(vector_result *result); /* NULL-safe */

/* LETHE_E_VECTOR_INPUT, LETHE_E_VECTOR_STAMP (path: the field that differs), LETHE_E_VECTOR_DAMAGED. */
int vector_search(const vector_view *view, const vector_query *query, vector_result *ret_result, lethe_error *error);

/* The same for many queries in one pass over the codes; on several threads where `threads` is more than 1. Results are
 * those of vector_search, one a query, each to be freed; on failure there are none. */
int vector_search_batch(const vector_view *view, const vector_query *queries, size_t count, size_t threads,
                        vector_result *ret_results, lethe_error *error);

/* What the kernels here are: "avx512vnni", "avx2", "neon" or "scalar". */
const char *vector_search_kernel(void);

#endif
