/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_LOGISTIC_H
#define LEARN_LOGISTIC_H

#include "base/buf.h"
#include "learn/data.h"

/*
 * A regularised logistic model for every outcome on the features of the row, fitted on the training split only.
 *
 * - A feature takes part where at least `patients_min` training patients have it and as many lack it, each on some row.
 * - An outcome with fewer than `patients_min` positive or all-negative training patients gets no weights: its
 *   probability is the smoothed share, and `fitted` says so.
 * - The penalty is, of the grid, the one with the least loss on the outcome's validation rows: from the strongest down
 *   until the loss rises. Where fewer than LEARN_CHOICE_PATIENTS validation patients have the outcome, it is the one
 * with the least sum of losses over all such outcomes.
 *
 * A penalty of 1 is a normal prior of variance 1 on the logarithm of an odds ratio; the sum of losses is over patients.
 */
#define LEARN_KEPT_MAX        2048u
#define LEARN_PENALTIES_MAX   16u
#define LEARN_CHOICE_PATIENTS 20u

typedef struct learn_logistic_options {
    uint32_t patients_min;   /* 0: 11 */
    const double *penalties; /* descending; NULL: 100, 30, 10, 3, 1 */
    size_t penalty_count;
    double tolerance; /* 0: 1e-8; half the squared decrement at the end, a patient */
    size_t threads;   /* 0: base_threads_default() */
} learn_logistic_options;

typedef struct learn_logistic {
    uint32_t feature_count, outcome_count;
    uint32_t kept_count;
    uint32_t *kept;      /* numbers of the features that take part, ascending */
    double *weights;     /* outcome_count × (kept_count + 1): intercept, then in the order of `kept` */
    double *penalties;   /* of each outcome; 0 where not fitted */
    uint32_t *positives; /* training patients with the outcome */
    uint8_t *fitted;
} learn_logistic;

/* The same bits at any number of threads. LETHE_E_LEARN_TOO_FEW without a training row, LETHE_E_LEARN_OPTION,
 * LETHE_E_BASE_LIMIT where more than LEARN_KEPT_MAX features have support. */
int learn_logistic_fit(const learn_data *data, const learn_logistic_options *options, learn_logistic *ret_model,
                       lethe_error *error);
void learn_logistic_done(learn_logistic *model);

/* Probabilities of all outcomes for one row; features unknown to the model do nothing. */
void learn_logistic_predict(const learn_logistic *model, learn_set features, double *ret_probabilities);

void learn_logistic_write(const learn_logistic *model, base_buf *out);
int learn_logistic_read(base_cursor *in, learn_logistic *ret_model, lethe_error *error);

#endif
