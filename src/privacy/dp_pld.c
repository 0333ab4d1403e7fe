/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp_pld.h"

#include "privacy/dp_bound.h"

#include <stdlib.h>

#define SLACK     0x1p-48 /* of a handful of operations */
#define TAIL      1e-22   /* what may be moved to infinity by one composition */
#define GROUPS    16384   /* of a Laplace between its kinks; a Gaussian's per deviation */
#define REACH     11      /* deviations of a Gaussian: behind them exp(-60.5) */
#define SUM_SLACK 0x1p-30 /* of a sum of up to 2^20 products */

void dp_pld_done(dp_pld *pld)
{
    free(pld->mass);
    *pld = (dp_pld){.mass = NULL};
}

/* Cells for losses within ±most, most >= 0. */
static int open_cells(double most, double step, dp_pld *ret_pld, lethe_error *error)
{
    const double cells = most / step + 2;
    if (!(step >= 0x1p-40) || step > 1 || !(cells * 2 < (double)DP_PLD_CELLS_MAX))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    dp_pld pld = {.step = step, .low = -(int64_t)cells, .count = 2 * (size_t)cells + 1};
    pld.mass = calloc(pld.count, sizeof(*pld.mass));
    if (pld.mass == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *ret_pld = pld;
    return 0;
}

static void put_at(dp_pld *pld, int64_t index, double mass_up)
{
    index = index < pld->low ? 0 : index - pld->low;
    if (index >= (int64_t)pld->count)
        pld->infinity = dp_bound_up(pld->infinity + mass_up);
    else
        pld->mass[index] = dp_bound_up(pld->mass[index] + mass_up);
}

/* `loss_up` is not below the loss, `mass_up` not below its probability. */
static void put(dp_pld *pld, double loss_up, double mass_up)
{
    const double scaled = loss_up / pld->step; /* exact: a power of two */
    const int64_t index = (int64_t)scaled;
    put_at(pld, index + ((double)index < scaled), mass_up);
}

static double outward(double x)
{
    return x > 0 ? x * (1 + SLACK) : x * (1 - SLACK);
}

/* The losses are ±ε, put into cells by integers: a multiple of the step is not moved. */
int dp_pld_pure(dp_fraction epsilon, double step, dp_pld *ret_pld, lethe_error *error)
{
    uint64_t shift = 0;
    for (double left = step; left < 1 && shift < 40; left *= 2)
        shift++;
    if (epsilon.num == 0 || epsilon.den == 0)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    const double up = (double)epsilon.num / (double)epsilon.den * (1 + SLACK);
    BASE_TRY(open_cells(up, step, ret_pld, error)); /* which fits: num/den is small */
    const dp_u128 scaled = (dp_u128)epsilon.num << shift;
    const int64_t floor = (int64_t)(uint64_t)(scaled / epsilon.den);
    const double grown = dp_bound_exp_up(-up * (1 - 2 * SLACK)), less = dp_bound_exp_down(-up);
    put_at(ret_pld, floor + (scaled % epsilon.den != 0), dp_bound_ratio_up(1, dp_bound_down(1 + less)));
    put_at(ret_pld, -floor, dp_bound_ratio_up(grown, dp_bound_down(1 + less)));
    return 0;
}

/* Noise X on 0 against the same on Δ. X <= 0 has loss Δ/b, X >= Δ has -Δ/b; between them, in groups of integers, the
 * first of a group has the largest loss (Δ - 2x)/b, and P(x <= X < y) = (exp(-x/b) - exp(-y/b)) / (1 + exp(-1/b)). */
int dp_pld_laplace(const dp_laplace *laplace, uint64_t sensitivity, double step, dp_pld *ret_pld, lethe_error *error)
{
    if (sensitivity == 0 || sensitivity >= DP_SCALE_MAX)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    const double rate = (double)laplace->den / (double)laplace->num; /* 1/b, to 2^-51 */
    const double down = rate * (1 - SLACK), up = rate * (1 + SLACK);
    const double all = dp_bound_down(1 + dp_bound_exp_down(-up));
    const double size = (double)sensitivity;
    const uint64_t group = sensitivity / GROUPS + 1;
    BASE_TRY(open_cells(outward(size * up), step, ret_pld, error));
    put(ret_pld, outward(size * up), dp_bound_ratio_up(1, all));
    for (uint64_t x = 1; x < sensitivity; x += group) {
        const uint64_t end = x + group < sensitivity ? x + group : sensitivity;
        const double mass = dp_bound_exp_up(-outward((double)x * down) * (1 - 4 * SLACK)) -
                            dp_bound_exp_down(-outward((double)end * up));
        const double loss = size - 2 * (double)x;
        put(ret_pld, outward(loss * (loss > 0 ? up : down)), dp_bound_ratio_up(dp_bound_up(mass), all));
    }
    put(ret_pld, -size * down * (1 - SLACK), dp_bound_ratio_up(dp_bound_exp_up(-size * down * (1 - SLACK)), all));
    return 0;
}

/* Loss (Δ² - 2xΔ)/(2σ²). The normalizer is at least max(1, σ sqrt(2π)) (Poisson's summation: Canonne, Kamath and
 * Steinke, fact 18), a group weighs at most its length times its largest term, and P(X >= m) <= exp(-m²/(2σ²)) (there,
 * corollary 9).
 */
int dp_pld_gaussian(const dp_gaussian *gaussian, uint64_t sensitivity, double step, dp_pld *ret_pld, lethe_error *error)
{
    const double variance = (double)gaussian->num / (double)gaussian->den, sigma = __builtin_sqrt(variance);
    const double size = (double)sensitivity;
    if (sensitivity == 0 || sensitivity >> 53 != 0 || sigma > 0x1p50)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    const int64_t group = (int64_t)(sigma / GROUPS) + 1;
    const int64_t reach = (int64_t)(REACH * sigma) + 2 * group + 40;
    const double wide = sigma * 2.5066282746310002 * (1 - SLACK), all = wide > 1 ? wide : 1;
    const double tail = dp_bound_exp_up(-(double)reach * (double)reach / (2 * variance) * (1 - SLACK));
    const double most = (size * size + 2 * (double)reach * size) / (2 * variance);
    BASE_TRY(open_cells(most * (1 + SLACK) + step, step, ret_pld, error));
    ret_pld->infinity = tail; /* x < -reach */
    for (int64_t x = -reach; x < reach; x += group) {
        const int64_t last = x + group - 1; /* the group x..last, the one nearest to 0 is the heaviest */
        const int64_t nearest = x > 0 ? x : last < 0 ? -last : 0;
        const double weight =
            dp_bound_exp_up(-(double)nearest * (double)nearest / (2 * variance) * (1 - SLACK)) * (double)group;
        const double loss = (size - 2 * (double)x) * size / (2 * variance);
        put(ret_pld, outward(loss), weight / all * (1 + SLACK));
    }
    put(ret_pld, outward((size - 2 * (double)reach) * size / (2 * variance)), tail);
    return 0;
}

/* -- composition ----------------------------------------------------------------------------------------------------
 */

/* Cells at the ends that hold next to nothing: the lower ones move up, the upper ones to infinity. */
static void trim(dp_pld *pld)
{
    double low = 0, high = 0;
    size_t begin = 0, end = pld->count;
    while (begin + 1 < end && low + pld->mass[begin] < TAIL)
        low += pld->mass[begin++];
    while (end > begin + 1 && high + pld->mass[end - 1] < TAIL)
        high += pld->mass[--end];
    memmove(pld->mass, pld->mass + begin, (end - begin) * sizeof(*pld->mass));
    pld->count = end - begin;
    pld->low += (int64_t)begin;
    pld->mass[0] = (pld->mass[0] + low) * (1 + SUM_SLACK);
    pld->infinity = dp_bound_up(pld->infinity + high * (1 + SUM_SLACK));
}

static void convolve(const dp_pld *a, const dp_pld *b, double *mass)
{
    for (size_t i = 0; i < a->count; i++) {
        const double weight = a->mass[i];
        if (weight != 0)
            for (size_t j = 0; j < b->count; j++)
                mass[i + j] += weight * b->mass[j];
    }
    for (size_t i = 0; i < a->count + b->count - 1; i++)
        mass[i] *= 1 + SUM_SLACK;
}

int dp_pld_compose(const dp_pld *a, const dp_pld *b, dp_pld *ret_pld, lethe_error *error)
{
    dp_pld made = {.step = a->step, .low = a->low + b->low, .count = a->count + b->count - 1};
    if (a->step < b->step || a->step > b->step)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    if (made.count > DP_PLD_CELLS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    made.mass = calloc(made.count, sizeof(*made.mass));
    if (made.mass == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    convolve(a, b, made.mass);
    made.infinity = dp_bound_up(a->infinity + b->infinity); /* not less than 1 - (1-a)(1-b) */
    trim(&made);
    *ret_pld = made;
    return 0;
}

/* *into = *into · factor */
static int multiply(dp_pld *into, const dp_pld *factor, lethe_error *error)
{
    dp_pld product;
    BASE_TRY(dp_pld_compose(into, factor, &product, error));
    dp_pld_done(into);
    *into = product;
    return 0;
}

int dp_pld_power(const dp_pld *pld, uint32_t times, dp_pld *ret_pld, lethe_error *error)
{
    const dp_pld one = {.step = pld->step, .low = 0, .count = 1, .mass = (double[]){1}, .infinity = 0};
    dp_pld power = {.mass = NULL}, square = {.mass = NULL};
    int status = dp_pld_compose(pld, &one, &square, error);
    if (status == 0)
        status = dp_pld_compose(&one, &one, &power, error);
    for (; status == 0 && times != 0; times >>= 1) {
        if ((times & 1) != 0)
            status = multiply(&power, &square, error);
        if (status == 0 && times > 1)
            status = multiply(&square, &square, error);
    }
    dp_pld_done(&square);
    if (status != 0)
        dp_pld_done(&power);
    else
        *ret_pld = power;
    return status;
}

/* -- reading --------------------------------------------------------------------------------------------------------
 */

double dp_pld_delta_up(const dp_pld *pld, double epsilon)
{
    double sum = 0;
    for (size_t i = 0; i < pld->count; i++) {
        const double loss = (double)(pld->low + (int64_t)i) * pld->step;
        if (loss > epsilon)
            sum += pld->mass[i] * dp_bound_up(1 - dp_bound_exp_down(dp_bound_down(epsilon - loss)));
    }
    if (!(sum > 0) && !(pld->infinity > 0))
        return 0;
    const double delta = dp_bound_up(pld->infinity + sum * (1 + SUM_SLACK));
    return delta < 1 ? delta : 1;
}

double dp_pld_epsilon_up(const dp_pld *pld, double delta)
{
    double low = 0, high = (double)(pld->low + (int64_t)pld->count) * pld->step;
    if (dp_pld_delta_up(pld, 0) <= delta)
        return 0;
    if (!(high > 0) || dp_pld_delta_up(pld, high) > delta)
        return (double)__builtin_inf();
    for (int i = 0; i < 48; i++) {
        const double middle = low + (high - low) / 2;
        if (dp_pld_delta_up(pld, middle) <= delta)
            high = middle;
        else
            low = middle;
    }
    return high;
}
