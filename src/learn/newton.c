/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/newton.h"
#include "learn/real.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX   200
#define HALVINGS    50
#define ARMIJO      1e-4
#define PIVOT_SMALL 1e-12
#define KEEP_FACTOR 0.25
#define SAMPLE_MIN  8192 /* rows of a Hessian, and this many for each column: */
#define SAMPLE_EACH 64

typedef struct problem {
    learn_newton *n;
    const learn_design *design;
    const learn_column *column;
    double penalty;
} problem;

int learn_newton_init(uint32_t columns, size_t rows, learn_newton *ret_newton, lethe_error *error)
{
    const size_t square = (size_t)columns * columns, room = rows != 0 ? rows : 1;
    learn_newton n = {
        .columns = columns,
        .eta = malloc(room * sizeof(double)),
        .step = malloc(room * sizeof(double)),
        .mean = malloc(room * sizeof(double)),
        .hessian = calloc(square, sizeof(double)),
        .factor = calloc(square, sizeof(double)),
        .gradient = malloc(columns * sizeof(double)),
        .direction = malloc(columns * sizeof(double)),
        .trial = malloc(columns * sizeof(double)),
    };
    if (n.eta == NULL || n.step == NULL || n.mean == NULL || n.hessian == NULL || n.factor == NULL ||
        n.gradient == NULL || n.direction == NULL || n.trial == NULL) {
        learn_newton_done(&n);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *ret_newton = n;
    return 0;
}

void learn_newton_done(learn_newton *newton)
{
    if (newton == NULL)
        return;
    free(newton->eta);
    free(newton->step);
    free(newton->mean);
    free(newton->hessian);
    free(newton->factor);
    free(newton->gradient);
    free(newton->direction);
    free(newton->trial);
    *newton = (learn_newton){0};
}

static learn_set row_of(const problem *p, size_t i)
{
    return learn_sets_at(p->design->rows, p->column->at[i]);
}

static void take_gradient(const problem *p, const double *beta)
{
    learn_newton *n = p->n;
    n->gradient[0] = 0;
    for (uint32_t j = 1; j < n->columns; j++)
        n->gradient[j] = p->penalty * beta[j];
    for (size_t i = 0; i < p->column->count; i++) {
        const double miss = p->column->weights[i] * (n->mean[i] - p->column->positive[i]);
        const learn_set row = row_of(p, i);
        n->gradient[0] += miss;
        for (size_t j = 0; j < row.count; j++)
            n->gradient[row.items[j]] += miss;
    }
}

static void add_row(double *hessian, size_t columns, learn_set row, double curve)
{
    hessian[0] += curve;
    for (size_t a = 0; a < row.count; a++) {
        double *line = hessian + row.items[a] * columns;
        hessian[row.items[a]] += curve;
        for (size_t b = a; b < row.count; b++)
            line[row.items[b]] += curve;
    }
}

static double curve_of(const problem *p, size_t i)
{
    return p->column->weights[i] * p->n->mean[i] * (1 - p->n->mean[i]);
}

/* A row stands for as many shares of the whole curvature as end within it. */
static void take_hessian(const problem *p)
{
    learn_newton *n = p->n;
    const size_t columns = n->columns, rows = p->column->count;
    const size_t wanted = columns * SAMPLE_EACH > SAMPLE_MIN ? columns * SAMPLE_EACH : SAMPLE_MIN;
    double whole = 0, passed = 0;
    memset(n->hessian, 0, columns * columns * sizeof(double));
    for (size_t i = 0; i < rows; i++)
        whole += curve_of(p, i);
    const double share = whole / (double)wanted;
    for (size_t i = 0; i < rows; i++) {
        double curve = curve_of(p, i);
        if (rows > wanted) {
            const double before = passed;
            passed += curve;
            curve = share * (double)((size_t)(passed / share) - (size_t)(before / share));
        }
        if (curve > 0)
            add_row(n->hessian, columns, row_of(p, i), curve);
    }
}

/* factor × factorᵀ = Hessian + penalty, with four independent sums, in an order that is always the same. */
static double dot(const double *a, const double *b, size_t count)
{
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    size_t k = 0;
    for (; k + 4 <= count; k += 4) {
        s0 += a[k] * b[k];
        s1 += a[k + 1] * b[k + 1];
        s2 += a[k + 2] * b[k + 2];
        s3 += a[k + 3] * b[k + 3];
    }
    for (; k < count; k++)
        s0 += a[k] * b[k];
    return (s0 + s1) + (s2 + s3);
}

static void take_factor(const problem *p)
{
    const learn_newton *n = p->n;
    const size_t columns = n->columns;
    const double least = PIVOT_SMALL * (p->column->weight + p->penalty);
    for (size_t i = 0; i < columns; i++) {
        double *line = n->factor + i * columns;
        for (size_t j = 0; j < i; j++) {
            const double *other = n->factor + j * columns;
            line[j] = (n->hessian[j * columns + i] - dot(line, other, j)) / other[j];
        }
        const double pivot = n->hessian[i * columns + i] + (i > 0 ? p->penalty : 0) - dot(line, line, i);
        line[i] = learn_square_root(pivot > least ? pivot : least);
    }
}

/* direction = -(factor factorᵀ)⁻¹ gradient; returns the squared decrement. */
static double take_direction(const problem *p)
{
    const learn_newton *n = p->n;
    const size_t columns = n->columns;
    double *d = n->direction, decrement = 0;
    for (size_t i = 0; i < columns; i++) {
        const double *line = n->factor + i * columns;
        d[i] = (-n->gradient[i] - dot(line, d, i)) / line[i];
        decrement += d[i] * d[i];
    }
    for (size_t i = columns; i-- > 0;) { /* the transposed factor, row by row: no strides */
        const double *line = n->factor + i * columns;
        d[i] /= line[i];
        for (size_t j = 0; j < i; j++)
            d[j] -= line[j] * d[i];
    }
    return decrement;
}

/* Loss and probability of one row share an exponential. */
static double loss_of(double eta, bool positive, double *ret_mean)
{
    const double e = learn_exp(eta > 0 ? -eta : eta), u = 1 + e, small = e / u;
    *ret_mean = eta > 0 ? 1 - small : small;
    return (eta > 0 ? eta : 0) + (learn_log(u) + (e - (u - 1)) / u) - (positive ? eta : 0);
}

static double loss_along(const problem *p, double t)
{
    const learn_newton *n = p->n;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < p->column->count; i++) {
        const double eta = n->eta[i] + t * n->step[i];
        sum += p->column->weights[i] * loss_of(eta, p->column->positive[i] != 0, &n->mean[i]);
    }
    for (uint32_t j = 1; j < n->columns; j++)
        squares += n->trial[j] * n->trial[j];
    return sum + p->penalty / 2 * squares;
}

static double try_step(const problem *p, const double *beta, double t)
{
    for (uint32_t j = 0; j < p->n->columns; j++)
        p->n->trial[j] = beta[j] + t * p->n->direction[j];
    return loss_along(p, t);
}

/* Halves the step until the loss falls enough. 0 where it does not fall any more: what is left is rounding. */
static double search(const problem *p, const double *beta, double decrement, double *loss)
{
    for (size_t i = 0; i < p->column->count; i++) {
        const learn_set row = row_of(p, i);
        double step = p->n->direction[0];
        for (size_t j = 0; j < row.count; j++)
            step += p->n->direction[row.items[j]];
        p->n->step[i] = step;
    }
    double t = 1;
    for (int halved = 0; halved < HALVINGS; halved++, t /= 2) {
        const double next = try_step(p, beta, t);
        if (next <= *loss - ARMIJO * t * decrement) {
            *loss = next;
            return t;
        }
    }
    return 0;
}

static double begin(const problem *p, const double *beta)
{
    for (size_t i = 0; i < p->column->count; i++) {
        p->n->eta[i] = learn_newton_eta(row_of(p, i), beta);
        p->n->step[i] = 0;
    }
    memset(p->n->direction, 0, p->n->columns * sizeof(double));
    return try_step(p, beta, 0);
}

bool learn_newton_fit(learn_newton *newton, const learn_design *design, const learn_column *column, double penalty,
                      double tolerance, bool fresh, double *beta)
{
    const problem p = {newton, design, column, penalty};
    double loss = begin(&p, beta), before = 0;
    bool stale = fresh;
    if (!stale)
        take_factor(&p);
    for (int round = 0; round < STEPS_MAX; round++) {
        take_gradient(&p, beta);
        if (stale) {
            take_hessian(&p);
            take_factor(&p);
        }
        const double decrement = take_direction(&p);
        if (decrement / 2 <= tolerance * column->weight)
            return true;
        const double t = search(&p, beta, decrement, &loss);
        if (t == 0 && stale)
            return true;
        if (t == 0) { /* the kept Hessian leads nowhere: the same place again, with a new one */
            (void)begin(&p, beta);
            stale = true;
            continue;
        }
        for (size_t i = 0; i < column->count; i++)
            newton->eta[i] += t * newton->step[i];
        for (uint32_t j = 0; j < newton->columns; j++)
            beta[j] += t * newton->direction[j];
        stale = t < 1 || (!stale && decrement > KEEP_FACTOR * before && round > 0);
        before = decrement;
    }
    return false;
}

double learn_newton_loss(const learn_design *design, const learn_column *column, const double *beta)
{
    double sum = 0;
    for (size_t i = 0; i < column->count; i++) {
        const double eta = learn_newton_eta(learn_sets_at(design->rows, column->at[i]), beta);
        sum += column->weights[i] * (learn_log1p_exp(eta) - (column->positive[i] ? eta : 0));
    }
    return column->weight > 0 ? sum / column->weight : 0;
}
