/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_DATA_H
#define LEARN_DATA_H

#include "base/error.h"

#include <stdint.h>

/*
 * What is learnt from: plain arrays that the caller owns and that outlive what is built over them.
 *
 *     example        one released row: features it has, its group (patient), split, stratum (age group and sex)
 *     begins         the outcomes that begin within the horizon after it
 *     priors         the outcomes that cannot be new to it: the patient has them already
 *
 * The label of (example, outcome) is missing where the row is censored or the outcome is prior (prior wins over
 * begins), else positive or negative. A censored row gives no positives either: counting them without the negatives
 * beside them would raise every rate.
 *
 * People count, not rows: wherever a mean or a fit is over rows, a row weighs 1 / (rows of its patient that are
 * followed to the horizon), so that no patient weighs more than 1; and where a count is compared with a minimum it is
 * of distinct patients. Not 1 / (rows with a label): who falls ill has fewer rows at risk than who does not (they end
 * when the outcome is prior), and would then weigh more for having fallen ill: every rate came out twice too high
 * (informative cluster size: Hoffman, Sen and Weinberg 2001, Biometrika 88:1121).
 */
#define LEARN_EXAMPLES_MAX 100000000u
#define LEARN_OUTCOMES_MAX 8192u
#define LEARN_FEATURES_MAX (1u << 20)
#define LEARN_STRATA_MAX   4096u
#define LEARN_NONE         UINT32_MAX

typedef enum learn_split { LEARN_TRAIN, LEARN_VALIDATION, LEARN_TEST, LEARN_SPLITS } learn_split;

typedef enum learn_label { LEARN_NEGATIVE, LEARN_POSITIVE, LEARN_MISSING } learn_label;

/* Set i is items[starts[i]] … items[starts[i + 1] - 1], ascending without repeats. `starts` has one entry more. */
typedef struct learn_sets {
    const uint32_t *items;
    const size_t *starts;
} learn_sets;

typedef struct learn_set {
    const uint32_t *items;
    size_t count;
} learn_set;

typedef struct learn_data {
    uint32_t count; /* examples */
    uint32_t feature_count, outcome_count, group_count, stratum_count;
    learn_sets features, begins, priors;
    const uint32_t *groups;  /* of each example, below group_count */
    const uint32_t *strata;  /* of each example, below stratum_count */
    const uint8_t *splits;   /* learn_split; the same for all examples of a group */
    const uint8_t *observed; /* 1: followed to the horizon */
} learn_data;

/* LETHE_E_LEARN_DATA where anything above does not hold, LETHE_E_BASE_LIMIT beyond the limits. Everything else in this
 * module takes data that passed. */
int learn_data_check(const learn_data *data, lethe_error *error);

static inline learn_set learn_sets_at(learn_sets sets, size_t i)
{
    const size_t start = sets.starts[i];
    return (learn_set){sets.items != NULL ? sets.items + start : NULL, sets.starts[i + 1] - start};
}

bool learn_set_has(learn_set set, uint32_t item);

/* Makes a set of numbers, in place: ascending, each once. Returns how many. */
size_t learn_set_sort(uint32_t *items, size_t count);
learn_label learn_label_of(const learn_data *data, uint32_t example, uint32_t outcome);

/* The examples of a split, ascending, in `ret_examples` (room for data->count); returns how many. */
size_t learn_examples_of(const learn_data *data, learn_split split, uint32_t *ret_examples);

/* A fold from 0 to folds - 1 that depends on seed and group only: calibration and conformal thresholds must not be
 * fitted on the same people. */
uint32_t learn_fold(uint64_t seed, uint32_t group, uint32_t folds);

/*
 * One outcome over a list of examples: those with a label, each weighing 1 / (followed rows of its patient in the
 * list). Reusable: init once, take for each outcome, done.
 */
typedef struct learn_column {
    size_t count; /* labelled examples */
    size_t *at;   /* their places in the list */
    uint32_t *groups;
    uint8_t *positive; /* 1 or 0 */
    double *weights;
    double weight; /* sum of weights: at most the patients */
    double positive_weight;
    uint32_t patients;  /* with a label */
    uint32_t positives; /* with a positive label on any row */
    uint32_t *rows_of;  /* scratch by group */
} learn_column;

int learn_column_init(const learn_data *data, size_t capacity, learn_column *ret_column, lethe_error *error);
void learn_column_done(learn_column *column);
void learn_column_take(const learn_data *data, const uint32_t *examples, size_t count, uint32_t outcome,
                       learn_column *column);

#endif
