/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_CALIBRATE_H
#define LEARN_CALIBRATE_H

#include "base/buf.h"
#include "learn/data.h"

/*
 * From a score in 0..1 to a probability, never falling as the score rises.
 *
 *   positive patients
 *
 *   200 and more   isotonic regression: pool adjacent violators (Ayer et al. 1955), equal scores as one point; between
 *                  the ends of neighbouring blocks a straight line
 *
 *   20 and more    Platt scaling on the logit of the score (Platt 1999), with his targets and the Newton's method of
 *                  Lin, Lin and Weng (2007); a falling line is taken as level
 *
 *   fewer          slope 1: only the level is moved (recalibration in the large), under a Cauchy prior on how far
 *                  (Gelman et al. 2008), since a few positives more or less are chance. Not Platt's targets: they draw
 *                  to 1 of n + 2, many times a rare outcome's rate
 *
 * Calibration makes nobody more certain than n patients allow, 1 / (n + 2) and (n + 1) / (n + 2); a score that was more
 * certain by itself, from many more training patients, may stay so.
 */
#define LEARN_ISOTONIC_PATIENTS 200u
#define LEARN_SLOPE_PATIENTS    20u
#define LEARN_KNOTS_MAX         4096u

typedef enum learn_calibration_kind { LEARN_IDENTITY, LEARN_LEVEL, LEARN_PLATT, LEARN_ISOTONIC } learn_calibration_kind;

typedef struct learn_calibration {
    learn_calibration_kind kind;
    double slope, intercept; /* LEARN_LEVEL, LEARN_PLATT: sigmoid(slope × logit(score) + intercept) */
    double limit;            /* 1 / (n + 2) */
    uint32_t knots;          /* LEARN_ISOTONIC: at scores x ascending, values y ascending; owned */
    double *x, *y;
    uint32_t patients, positives; /* it was fitted on */
} learn_calibration;

/* Scores of the labelled examples of a column, in its order. Without any label: the identity. More than LEARN_KNOTS_MAX
 * ends of blocks cannot be: blocks are then thinned evenly, keeping the first and the last. */
int learn_calibrate(const learn_column *column, const double *scores, learn_calibration *ret_calibration,
                    lethe_error *error);
double learn_calibrated(const learn_calibration *calibration, double score);
void learn_calibration_done(learn_calibration *calibration);

/* The parts, for who wants one of them. `x` ascending (strictly); the fit replaces `y`; weights > 0. */
void learn_isotonic(double *y, double *weights, size_t count, size_t *scratch);
void learn_platt(const double *logits, const uint8_t *positive, const double *weights, size_t count, double *ret_slope,
                 double *ret_intercept);
/* The intercept at slope 1. */
double learn_move_level(const double *logits, const uint8_t *positive, const double *weights, size_t count);

/* Little endian, doubles as their bits. Reading refuses what writing cannot have written: LETHE_E_LEARN_MODEL. */
void learn_calibration_write(const learn_calibration *calibration, base_buf *out);
int learn_calibration_read(base_cursor *in, learn_calibration *ret_calibration, lethe_error *error);

#endif
