/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_CONFORMAL_H
#define LEARN_CONFORMAL_H

#include "base/buf.h"
#include "learn/data.h"

/*
 * Sets of outcomes that hold what begins (split conformal prediction; label-conditional: Vovk, Gammerman and Shafer
 * 2005, ch. 4.5). An outcome is in the set of a row where its probability is at least its threshold; the threshold is
 * the finite-sample quantile of the probabilities that calibration rows gave to outcomes which did begin: of n such,
 * the floor((n + 1) miss)-th smallest, and 0 (always in the set) where that is none.
 *
 * Then for a new patient, exchangeable with those of the calibration, an outcome that begins is in the set with
 * probability at least 1 - miss:
 *   by outcome   for each outcome that has its own threshold: those that enough calibration patients have
 *   pooled       for one of what begins, drawn at random from the patient's, and the outcomes that share a threshold
 *
 * Rows of one patient are not exchangeable with those of another, so each calibration patient gives one value (Dunn,
 * Wasserman and Ramdas 2023: subsampling once), drawn by seed. The people must have taken no part in fitting or
 * calibrating what gave the probabilities: learn_fold keeps them apart.
 */
typedef struct learn_conformal_options {
    double miss;           /* 0: .1 */
    bool pooled;           /* one threshold for all outcomes */
    uint32_t patients_min; /* for a threshold of its own; 0: 50, and never under 1 / miss - 1 */
    uint64_t seed;
} learn_conformal_options;

typedef struct learn_conformal {
    double miss;
    uint32_t outcome_count;
    double pooled_threshold;
    double *thresholds; /* of each outcome */
    uint32_t *patients; /* behind it; 0: the pooled one */
    uint32_t pooled_patients;
} learn_conformal;

/* `probabilities`: count × outcome_count, of the rows in `examples`. */
int learn_conformal_fit(const learn_data *data, const uint32_t *examples, size_t count, const double *probabilities,
                        const learn_conformal_options *options, learn_conformal *ret_conformal, lethe_error *error);
void learn_conformal_done(learn_conformal *conformal);

static inline bool learn_conformal_holds(const learn_conformal *conformal, uint32_t outcome, double probability)
{
    return probability >= conformal->thresholds[outcome];
}

/* The threshold of n values (sorts them): the floor((n + 1) miss)-th smallest, or 0. */
double learn_conformal_quantile(double *values, size_t count, double miss);

void learn_conformal_write(const learn_conformal *conformal, base_buf *out);
int learn_conformal_read(base_cursor *in, learn_conformal *ret_conformal, lethe_error *error);

#endif
