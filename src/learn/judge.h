/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_JUDGE_H
#define LEARN_JUDGE_H

#include "learn/data.h"

/*
 * How good predictions are, on rows whose patients took no part in making them. Censored rows are not judged; of a row
 * the items that are prior are no candidates, neither right nor wrong.
 *
 * A level maps outcomes to items: concepts to themselves, or to their categories. An item of a row is prior where one
 * of its outcomes is, else positive where one of them is; its probability is the greatest of theirs. Where a category
 * has an outcome of its own, map that one alone to it: the greatest of its concepts is a lower bound of its
 * probability.
 *
 * Each row names up to three candidates that are not silent, highest probability first (ties: the lower number), and is
 * answered where it names any. Rows weigh 1 / (judged rows of their patient).
 *
 *   coverage      answered rows / all
 *   hit           answered rows with a positive that name one / answered rows with a positive
 *   precision     right names / names
 *   recall        right names of a row / its positives, over all rows with one: silence loses
 *   brier         (p - y)² over all candidates, said or not; skill: 1 - brier / brier of the baseline
 *   ece           |Σ p - Σ y| over bins of equal mass / weight (Nixon et al. 2019), over all candidates; ece_named over
 *                 names only
 *   lift          precision / precision of the baseline's three on the same rows
 *   prevalence    positives / candidates
 *
 * Intervals: 95 % percentiles of the bootstrap over patients (Efron 1979), widened to hold the figure where they do
 * not; by seed, the same at any number of threads.
 */
#define LEARN_TOP            3u
#define LEARN_BINS           15u
#define LEARN_CURVE_POINTS   20u
#define LEARN_REACH_WANTED   0.85 /* precision@3 */
#define LEARN_REACH_LEAST    0.30 /* coverage under which it is out of reach */
#define LEARN_REACH_PATIENTS 30u  /* a precision of fewer patients is chance */

typedef struct learn_level {
    const uint32_t *map; /* outcome → item, below `count`; LEARN_NONE: takes no part */
    uint32_t count;
} learn_level;

/* Matrices are count × outcome_count in the order of `examples`. */
typedef struct learn_judged {
    const learn_data *data;
    const uint32_t *examples;
    size_t count;
    const double *probabilities;
    const double *confidences; /* NULL: 1 everywhere */
    const uint8_t *silent;     /* not 0: withheld or abstained; NULL: everything is said */
    const double *baseline;
    learn_level level;
    double cut;      /* of the confidence of a row, found on validation (learn_reach): figures cut_… */
    uint32_t rounds; /* of the bootstrap; 0: 1,000 */
    uint64_t seed;
    size_t threads; /* 0: base_threads_default() */
} learn_judged;

typedef struct learn_figure {
    double value, low, high;
    uint32_t patients; /* behind the denominator; 0: the figure does not exist and is 0 */
} learn_figure;

/* Rows from the most confident down; the confidence of a row is the mean over its names of probability × confidence. */
typedef struct learn_point {
    double coverage, precision, hit;
} learn_point;

typedef struct learn_reached {
    bool found, out_of_reach; /* out: not found, or under LEARN_REACH_LEAST */
    double cut;               /* rows at least this confident */
    learn_figure coverage;    /* the greatest at which precision is what is wanted; the cut is chosen on these rows */
} learn_reached;

typedef struct learn_judgement {
    uint32_t patients, patients_positive; /* judged; with a positive on some row */
    uint64_t rows, rows_positive, rows_answered, positives;
    learn_figure coverage, hit, precision, recall, brier, brier_skill, ece, ece_named, lift, prevalence;
    learn_figure baseline_hit, baseline_precision, baseline_brier;
    learn_figure cut_coverage, cut_precision, cut_hit; /* of rows at least `cut` confident */
    learn_point curve[LEARN_CURVE_POINTS];             /* at coverage 5 %, 10 % … of all rows, as far as answered */
    uint32_t curve_count;
    learn_reached reach;
} learn_judgement;

/* LETHE_E_LEARN_OPTION for a map or a probability that cannot be; rounds at most 100,000. */
int learn_judge(const learn_judged *judged, learn_judgement *ret_judgement, lethe_error *error);

/* Only the reach, without intervals: on validation rows, to find the cut that test rows are then judged with. */
int learn_reach(const learn_judged *judged, learn_reached *ret_reached, lethe_error *error);

#endif
