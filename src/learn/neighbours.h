/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_NEIGHBOURS_H
#define LEARN_NEIGHBOURS_H

#include "learn/baseline.h"
#include "learn/data.h"
#include "learn/real.h"

/*
 * What the k most similar patients say about an outcome.
 *
 *     weight       w = exp(-2 (1 - s) / (1 - s_k)) for similarity s, s_k that of the farthest: from 1 to e^-2. For unit
 *                  vectors 1 - s is half the squared distance, so this is a normal kernel with half the distance of the
 *                  k-th as its bandwidth (adaptive: Loftsgaarden and Quesenberry 1965)
 *     share q      Σ w y / Σ w over the neighbours whose row has a label for the outcome
 *     effective n  (Σ w)² / Σ w² over the same (Kish 1965)
 *     probability  (n q + m b) / (n + m): drawn to b, the prevalence at the patient's age and sex
 *     interval     Wilson's at 95 % for the probability on n + m people: the chance of sampling alone. Neighbours
 * differ from the patient too, so it holds the patient's own truth less often; reliability.h measures that support
 * neighbours that have the outcome: a count, never weighted agreement    max(q, 1 - q): the share of the neighbourhood,
 * by weight, on the side of its majority nearness     min(1, d / D) with d the usual mean distance 1 - s of neighbours
 * and D that of these confidence   (agreement × n / (n + m) × nearness)^(1/3): how far to trust the probability, not
 * how high it is
 *
 * Withheld where fewer than max(k of the release, 11) neighbours have the outcome: the probability would speak of a few
 * people. Abstained where n is under `effective_min` or the confidence under `confidence_min`.
 */
#define LEARN_NEIGHBOURS_MAX 10000u
#define LEARN_SUPPORT_MIN    11u

typedef struct learn_neighbour {
    uint32_t example; /* a row of the data */
    double similarity;
} learn_neighbour;

typedef struct learn_vote_options {
    double prior_weight;   /* m; 0: 10 */
    double usual_distance; /* d; 0: nearness is 1 */
    double effective_min;  /* 0: 10 */
    double confidence_min; /* 0: .5 */
    uint32_t release_k;    /* of the release; support is wanted of at least max(this, 11) */
} learn_vote_options;

typedef enum learn_answer { LEARN_SAID, LEARN_WITHHELD, LEARN_ABSTAINED } learn_answer;

typedef struct learn_vote {
    double probability;
    learn_interval interval;
    double share, effective, agreement, nearness, confidence;
    uint32_t support, labelled;
    learn_answer answer; /* withheld goes before abstained */
} learn_vote;

/* One vote for each outcome. `baseline_shares`: learn_baseline_of the patient. Neighbours in any order; the same
 * patient twice is LETHE_E_LEARN_DATA, as is a similarity above 1 or none; no neighbour at all is the baseline,
 * abstained. */
int learn_vote_all(const learn_data *data, const double *baseline_shares, const learn_neighbour *neighbours,
                   size_t count, const learn_vote_options *options, learn_vote *ret_votes, lethe_error *error);

/*
 * Do alike patients come to alike ends? The mean share q of neighbours that have an outcome, over (row, outcome) where
 * it begins and over those where it does not; equal if likeness says nothing. `shares`: count × outcome_count, a vote's
 * share; a patient weighs 1 in each mean. LETHE_E_BASE_MEMORY only.
 */
typedef struct learn_agreement {
    double where_it_begins, where_it_does_not;
    uint32_t patients_begins, patients_not;
} learn_agreement;

int learn_outcome_agreement(const learn_data *data, const uint32_t *examples, size_t count, const double *shares,
                            learn_agreement *ret_agreement, lethe_error *error);

/* The mean of 1 - s over the neighbours of one query, and the median over queries: what is usual. */
double learn_mean_distance(const learn_neighbour *neighbours, size_t count);
double learn_median(double *values, size_t count); /* sorts them; 0 of none */

#endif
