/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_RELIABILITY_H
#define LEARN_RELIABILITY_H

#include "base/buf.h"
#include "learn/data.h"
#include "learn/real.h"

/*
 * How far the truth may be from a probability of one outcome, whatever method gave it: of held-out patients who were
 * told about as much, what share had it. Bins of equal mass, at most 10, of about 50 patients and more; Wilson's
 * interval of a bin's share at its effective number of patients (Kish; the rows of a patient count as one), moved by
 * how far the probability lies from the mean of its bin.
 *
 * It speaks of people who are told the same, not of one: those of one bin still differ. And it need not hold the
 * probability itself: where it does not, the calibration is off there. The patients must have taken no part in fitting
 * or calibrating.
 */
#define LEARN_RELIABILITY_BINS     10u
#define LEARN_RELIABILITY_PATIENTS 50u

typedef struct learn_reliability_bin {
    double least; /* probability of the bin; it ends where the next begins */
    double predicted, share;
    double patients; /* effective */
} learn_reliability_bin;

typedef struct learn_reliability {
    uint32_t bins; /* 0: nobody, the interval is all of 0..1 */
    learn_reliability_bin bin[LEARN_RELIABILITY_BINS];
} learn_reliability;

/* Probabilities of the labelled examples of a column, in its order. */
int learn_reliability_fit(const learn_column *column, const double *probabilities, learn_reliability *ret_reliability,
                          lethe_error *error);
learn_interval learn_reliability_interval(const learn_reliability *reliability, double probability);

void learn_reliability_write(const learn_reliability *reliability, base_buf *out);
int learn_reliability_read(base_cursor *in, learn_reliability *ret_reliability, lethe_error *error);

#endif
