/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_NEWTON_H
#define LEARN_NEWTON_H

#include "learn/data.h"

/*
 * One weighted logistic regression with an L2 penalty on everything but the intercept:
 *
 *     minimise  Σ w_i (log(1 + e^η_i) - y_i η_i) + penalty / 2 Σ β_j²,   η_i = β_0 + Σ_{j in row i} β_j
 *
 * by Newton's method with halved steps. Sums over pairs of features cost more than several steps, so the Hessian is
 * taken of a systematic sample of rows, drawn in proportion to their curvature, at least 64 for each column
 * (sub-sampled Newton: Roosta-Khorasani and Mahoney 2019), and kept as long as steps with it shrink the decrement
 * fourfold (Shamanskii 1967). Loss and gradient are of all rows: where it ends does not depend on the sample.
 */
typedef struct learn_design {
    learn_sets rows; /* of features renumbered 1 … columns - 1; 0 is the intercept and stands in no row */
    uint32_t columns;
} learn_design;

typedef struct learn_newton {
    uint32_t columns;
    double *eta, *step; /* per labelled row: logit, and its change along the direction */
    double *mean;       /* per labelled row: its probability at the last loss that was taken */
    double *hessian;    /* columns × columns, the upper triangle, without the penalty */
    double *factor;     /* Cholesky of it with the penalty, lower triangle */
    double *gradient, *direction, *trial;
} learn_newton;

int learn_newton_init(uint32_t columns, size_t rows, learn_newton *ret_newton, lethe_error *error);
void learn_newton_done(learn_newton *newton);

/* `beta` is where it starts and what comes out. `fresh`: the Hessian of an earlier call on the same column is of no
 * use. Ends where half the squared decrement is at most tolerance × column->weight. False: not within 200 steps. */
bool learn_newton_fit(learn_newton *newton, const learn_design *design, const learn_column *column, double penalty,
                      double tolerance, bool fresh, double *beta);

/* Mean weighted loss of `beta` on a column of another design with the same columns. */
double learn_newton_loss(const learn_design *design, const learn_column *column, const double *beta);

static inline double learn_newton_eta(learn_set row, const double *beta)
{
    double eta = beta[0];
    for (size_t j = 0; j < row.count; j++)
        eta += beta[row.items[j]];
    return eta;
}

#endif
