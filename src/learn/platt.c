/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/calibrate.h"
#include "learn/real.h"

#define STEPS_MAX   100
#define HALVINGS    40
#define RIDGE       1e-12 /* keeps the Hessian positive definite (Lin, Lin and Weng 2007) */
#define SMALL_SLOPE 1e-9
#define LEVEL_SCALE 0.5 /* of the Cauchy prior on how far a level is moved, in logits */

typedef struct platt {
    const double *x, *weights;
    const uint8_t *positive;
    size_t count;
    double high, low; /* targets of positives and negatives */
    bool slope;       /* fitted, or left as it is */
    double scale;     /* of the prior on the intercept; 0: none */
} platt;

typedef struct moments {
    double g_slope, g_intercept, h_slope, h_both, h_intercept;
} moments;

static double loss_at(const platt *p, double a, double b)
{
    const double away = p->scale > 0 ? b / p->scale : 0;
    double sum = p->scale > 0 ? learn_log(1 + away * away) : 0;
    for (size_t i = 0; i < p->count; i++) {
        const double eta = a * p->x[i] + b, target = p->positive[i] ? p->high : p->low;
        sum += p->weights[i] * (learn_log1p_exp(eta) - target * eta);
    }
    return sum;
}

static moments moments_at(const platt *p, double a, double b)
{
    moments m = {0, 0, RIDGE, 0, RIDGE};
    for (size_t i = 0; i < p->count; i++) {
        const double x = p->x[i], mean = learn_sigmoid(a * x + b);
        const double miss = p->weights[i] * (mean - (p->positive[i] ? p->high : p->low));
        const double curve = p->weights[i] * mean * (1 - mean);
        m.g_slope += miss * x;
        m.g_intercept += miss;
        m.h_slope += curve * x * x;
        m.h_both += curve * x;
        m.h_intercept += curve;
    }
    if (p->scale > 0) { /* its curvature as seen from zero, which is never negative */
        const double pull = 2 / (p->scale * p->scale + b * b);
        m.g_intercept += pull * b;
        m.h_intercept += pull;
    }
    return m;
}

/* Newton's method with halving of the step until the loss falls enough (Armijo). */
static void descend(const platt *p, double *a, double *b)
{
    double loss = loss_at(p, *a, *b);
    for (int step = 0; step < STEPS_MAX; step++) {
        const moments m = moments_at(p, *a, *b);
        const double det = m.h_slope * m.h_intercept - m.h_both * m.h_both;
        double da = 0, db = -m.g_intercept / m.h_intercept;
        if (p->slope && det > 0) {
            da = -(m.h_intercept * m.g_slope - m.h_both * m.g_intercept) / det;
            db = -(m.h_slope * m.g_intercept - m.h_both * m.g_slope) / det;
        }
        const double fall = m.g_slope * da + m.g_intercept * db;
        if (!(fall < -1e-14))
            return;
        double t = 1, next = 0;
        int halved = 0;
        while (halved++ < HALVINGS && !((next = loss_at(p, *a + t * da, *b + t * db)) <= loss + 1e-4 * t * fall))
            t /= 2;
        if (!(next < loss))
            return;
        *a += t * da;
        *b += t * db;
        loss = next;
    }
}

void learn_platt(const double *logits, const uint8_t *positive, const double *weights, size_t count, double *ret_slope,
                 double *ret_intercept)
{
    double positives = 0, negatives = 0;
    for (size_t i = 0; i < count; i++)
        *(positive[i] ? &positives : &negatives) += weights[i];
    platt p = {.x = logits,
               .weights = weights,
               .positive = positive,
               .count = count,
               .slope = true,
               .high = (positives + 1) / (positives + 2),
               .low = 1 / (negatives + 2)};
    const double level = learn_log((positives + 1) / (negatives + 1));
    double a = 0, b = level;
    descend(&p, &a, &b);
    if (a < SMALL_SLOPE) { /* a higher score must not mean less */
        p.slope = false;
        a = 0;
        b = level;
        descend(&p, &a, &b);
    }
    *ret_slope = a;
    *ret_intercept = b;
}

double learn_move_level(const double *logits, const uint8_t *positive, const double *weights, size_t count)
{
    const platt p = {.x = logits,
                     .weights = weights,
                     .positive = positive,
                     .count = count,
                     .high = 1,
                     .low = 0,
                     .scale = LEVEL_SCALE};
    double a = 1, b = 0;
    descend(&p, &a, &b);
    return b;
}
