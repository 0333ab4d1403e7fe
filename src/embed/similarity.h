/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMBED_SIMILARITY_H
#define EMBED_SIMILARITY_H

#include "base/error.h"
#include "embed/layout.h"

#include <stdint.h>

/*
 * How much of the likeness between patients survives a release: the same snapshots under two measures, pair by pair.
 * A measure is vectors (inner product) or code sets (Jaccard weighted by log2(n / document frequency)). Everything is a
 * function of its arguments: fixed order of sums, a seeded sample, no libm.
 *
 * Only pairs of different patients count. Where the cut of the nearest k falls among ties, the tied share the remaining
 * places: the overlap is the expectation under independent random orders, so ties never look like agreement.
 */
#define EMBED_SNAPSHOTS_MAX 20000
#define EMBED_PAIRS_MAX     4000000
#define EMBED_STRATA        4 /* of raw likeness: 0, (0, .1), [.1, .3), [.3, 1] */

typedef struct embed_measure {
    const float *vectors;  /* count × 768; or NULL and the sets: */
    const uint32_t *codes; /* of snapshot i: codes[starts[i]] .. codes[starts[i + 1]], sorted, unique */
    const size_t *starts;  /* count + 1 */
    uint32_t code_count;   /* codes are below it */
} embed_measure;

typedef struct embed_comparison {
    size_t count;
    const uint32_t *patients; /* of each snapshot; NULL: all different */
    embed_measure released;   /* what is judged */
    embed_measure reference;  /* against what */
    const embed_measure *raw; /* stratifies the pairs; NULL: no strata */
    size_t pairs_max;         /* 0: 1,000,000 */
    size_t queries_max;       /* snapshots whose neighbours are compared; 0: 2,000 */
    uint64_t seed;
} embed_comparison;

typedef struct embed_stratum {
    uint64_t pairs;
    double spearman; /* 0 where fewer than 2 pairs or no spread */
    double mean_released, mean_reference;
} embed_stratum;

typedef struct embed_agreement {
    uint64_t pairs, queries;
    double spearman, pearson;
    double overlap_10, overlap_100; /* mean share of the nearest 10 and 100 that both name */
    double control_spearman;        /* the same with the reference's snapshots shuffled */
    double control_overlap_10, control_overlap_100;
    embed_stratum strata[EMBED_STRATA];
} embed_agreement;

/* LETHE_E_BASE_LIMIT beyond the limits; LETHE_E_EMBED_INPUT for measures that cannot be. With fewer than 3 snapshots
 * all figures are 0. */
int embed_compare(const embed_comparison *comparison, embed_agreement *ret_agreement, lethe_error *error);

double embed_pearson(const float *a, const float *b, size_t count);

/* log2 by repeated squaring: the same bits everywhere. x > 0 and normal. */
double embed_log2(double x);

#endif
