/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_EXPLAIN_H
#define LEARN_EXPLAIN_H

#include "learn/logistic.h"
#include "learn/neighbours.h"

/*
 * Why: the features that a patient and its neighbours share, and what a model makes of the patient's features. An
 * explanation says what the numbers were made of; it is no cause.
 */
#define LEARN_REASONS_MAX 64u

typedef struct learn_shares { /* of training patients that have each feature on some row */
    uint32_t feature_count, patients;
    double *shares;
} learn_shares;

int learn_shares_fit(const learn_data *data, learn_shares *ret_shares, lethe_error *error);
void learn_shares_done(learn_shares *shares);

typedef struct learn_reason {
    uint32_t feature;
    double share;        /* of the neighbours; for a model the change of the logit */
    double usual;        /* share among training patients; for a model 0 */
    uint32_t neighbours; /* that have it */
} learn_reason;

/* Features of the patient that at least max(release_k, 11) neighbours have too, and a greater share of them than of all
 * patients: the greatest difference first (ties: the lower number). Returns how many, at most `max`. */
size_t learn_explain_neighbours(const learn_data *data, const learn_shares *shares, learn_set features,
                                const learn_neighbour *neighbours, size_t count, uint32_t release_k, size_t max,
                                learn_reason *ret_reasons);

/* Features of the patient by what they add to or take from the logit of `outcome`: the greatest effect first. */
size_t learn_explain_logistic(const learn_logistic *model, learn_set features, uint32_t outcome, size_t max,
                              learn_reason *ret_reasons);

#endif
