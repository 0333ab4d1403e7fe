/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_JUDGE_INTERNAL_H
#define LEARN_JUDGE_INTERNAL_H

#include "learn/judge.h"

/* Ratios of sums: each figure is numerator / denominator, and a patient is one line of both. */
typedef enum ratio {
    RATIO_COVERAGE,
    RATIO_HIT,
    RATIO_PRECISION,
    RATIO_RECALL,
    RATIO_BRIER,
    RATIO_BASELINE_BRIER,
    RATIO_BASELINE_PRECISION,
    RATIO_BASELINE_HIT,
    RATIO_PREVALENCE,
    RATIO_CUT_COVERAGE,
    RATIO_CUT_PRECISION,
    RATIO_CUT_HIT,
    RATIOS
} ratio;

typedef struct judge_bin {
    double weight, predicted, positive;
} judge_bin;

typedef struct judge_sums {
    double above[RATIOS], below[RATIOS];
    judge_bin bins[LEARN_BINS], named[LEARN_BINS];
} judge_sums;

/* One row at the level. `items` is scratch of level.count. */
typedef struct judge_item {
    double probability, said, confidence, baseline; /* said: -1 where silent */
    learn_label label;
    bool present;
} judge_item;

typedef struct judge_row {
    uint32_t patient; /* dense number of judged patients */
    double weight, confidence;
    uint32_t candidates, positives;
    uint32_t named, right, baseline_named, baseline_right;
    uint32_t names[LEARN_TOP];
} judge_row;

typedef struct judge_work {
    const learn_judged *judged;
    judge_row *rows; /* judged rows, in the order given */
    size_t *at;      /* their places in judged->examples */
    size_t row_count;
    judge_item *items;
    uint32_t patient_count;
    judge_sums *sums; /* of each patient */
    uint32_t *sorted; /* answered rows from the most confident down */
    size_t sorted_count;
    double edges[LEARN_BINS - 1], named_edges[LEARN_BINS - 1];
} judge_work;

void judge_row_fill(const learn_judged *judged, size_t at, judge_item *items);
void judge_row_name(const judge_item *items, uint32_t count, judge_row *row);

double judge_ratio(const judge_sums *sums, ratio which);
double judge_ece(const judge_bin *bins);

/* The greatest coverage whose precision is wanted, with patient p counted times[p] (NULL: once). -1: none. */
double judge_reach(const judge_work *work, const uint32_t *times, double *ret_cut, uint32_t *ret_patients,
                   uint8_t *seen);
void judge_curve(const judge_work *work, learn_judgement *judgement);
int judge_bootstrap(const judge_work *work, learn_judgement *judgement, lethe_error *error);

#endif
