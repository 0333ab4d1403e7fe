/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/uniqueness.h"

#include "base/real.h"

#define NEWTON_STEPS    200
#define NEWTON_CLOSE    1e-10
#define BISECTIONS      200
#define SNB_GRID        400
#define DANKAR_FRACTION 0.1
#define FAILED          (-1.0)

/* What the estimators see of a sample. */
typedef struct sample {
    const privacy_size_count *sizes;
    size_t count;
    double people, classes, uniques, pairs; /* uniques and pairs: classes of one and of two */
    double population, fraction;
} sample;

static sample look_at(const privacy_size_count *sizes, size_t count, uint64_t population)
{
    sample all = {.sizes = sizes, .count = count, .population = (double)population};
    for (size_t i = 0; i < count; i++) {
        all.people += (double)sizes[i].size * (double)sizes[i].classes;
        all.classes += (double)sizes[i].classes;
        all.uniques += sizes[i].size == 1 ? (double)sizes[i].classes : 0;
        all.pairs += sizes[i].size == 2 ? (double)sizes[i].classes : 0;
    }
    all.fraction = all.people / all.population;
    return all;
}

/* Stirling's series behind ten steps of the recurrence. */
double privacy_log_gamma(double x)
{
    double product = 1;
    for (; x < 10; x += 1)
        product *= x;
    const double r = 1 / x, rr = r * r;
    const double series = r * (1.0 / 12 - rr * (1.0 / 360 - rr * (1.0 / 1260 - rr * (1.0 / 1680 - rr / 1188))));
    return (x - 0.5) * base_log(x) - x + 0.91893853320467274178 + series - base_log(product);
}

/* The chance that exactly one of a class of `size` is in the sample grows by a factor from size to size. */
static double zayatz(const sample *all)
{
    double weight = all->fraction, sum = 0; /* of the hypergeometric chance of one out of t, divided by t */
    uint32_t t = 1;
    for (size_t i = 0; i < all->count; i++) {
        for (; t < all->sizes[i].size; t++)
            weight *= (all->population - all->people - (t - 1)) / (all->population - t);
        if (weight <= 0)
            break;
        sum += (double)all->sizes[i].classes * weight * all->sizes[i].size;
    }
    const double alone = all->uniques * all->fraction / sum; /* population unique, given sample unique */
    return all->uniques * alone / all->people;
}

/* First and second derivatives of the log-likelihood of Pitman's formula. */
typedef struct slopes {
    double t, a;
    double tt, ta, aa;
} slopes;

static slopes pitman_slopes(const sample *all, double theta, double alpha)
{
    slopes s = {0};
    for (double i = 1; i < all->classes; i++) {
        const double r = 1 / (theta + i * alpha);
        s.t += r;
        s.a += i * r;
        s.tt -= r * r;
        s.ta -= i * r * r;
        s.aa -= i * i * r * r;
    }
    for (double i = 1; i < all->people; i++) {
        const double r = 1 / (theta + i);
        s.t -= r;
        s.tt += r * r;
    }
    double larger = all->classes; /* classes of more than i people */
    uint32_t i = 1;
    for (size_t at = 0; at < all->count; at++) {
        for (; i < all->sizes[at].size; i++) {
            const double r = 1 / (i - alpha);
            s.a -= larger * r;
            s.aa -= larger * r * r;
        }
        larger -= (double)all->sizes[at].classes;
    }
    return s;
}

static bool pitman_holds(double theta, double alpha)
{
    return alpha > 0 && alpha < 1 && theta > -alpha && theta < 1e15;
}

/* Hoshino's starting values, from the classes of one and of two. */
static void pitman_start(const sample *all, double *ret_theta, double *ret_alpha)
{
    const double n = all->people, u = all->classes, s1 = all->uniques;
    const double c = s1 * (s1 - 1) / all->pairs;
    const double theta = (n * u * c - s1 * (n - 1) * (2 * u + c)) / (2 * s1 * u + s1 * c - n * c);
    const double alpha = (theta * (s1 - n) + (n - 1) * s1) / (n * u);
    const bool holds = pitman_holds(theta, alpha);
    *ret_theta = holds ? theta : u;
    *ret_alpha = holds ? alpha : 0.5;
}

/* Newton's method, a step halved until it stays where the formula is defined. */
static bool pitman_fit(const sample *all, double *ret_theta, double *ret_alpha)
{
    double theta, alpha;
    pitman_start(all, &theta, &alpha);
    for (int step = 0; step < NEWTON_STEPS; step++) {
        const slopes s = pitman_slopes(all, theta, alpha);
        const double determinant = s.tt * s.aa - s.ta * s.ta;
        double dt = -(s.aa * s.t - s.ta * s.a) / determinant, da = -(s.tt * s.a - s.ta * s.t) / determinant;
        if (!(determinant > 0) || !(s.aa < 0)) { /* not concave here: uphill, in the scale of each */
            dt = s.t > 0 ? theta + 1 : -(theta + alpha) / 2;
            da = s.a > 0 ? (1 - alpha) / 2 : -alpha / 2;
        }
        int halved = 0;
        while (!pitman_holds(theta + dt, alpha + da) && halved++ < 60) {
            dt /= 2;
            da /= 2;
        }
        if (halved > 60)
            return false;
        theta += dt;
        alpha += da;
        const double moved = (dt < 0 ? -dt : dt) / (1 + (theta < 0 ? -theta : theta)) + (da < 0 ? -da : da);
        if (moved < NEWTON_CLOSE) {
            *ret_theta = theta;
            *ret_alpha = alpha;
            return true;
        }
    }
    return false;
}

/* E(classes of one) in the population: N Γ(θ+α+N-1) Γ(θ+1) / (Γ(θ+N) Γ(θ+α)). */
static double pitman(const sample *all, privacy_uniqueness *estimates)
{
    double theta = 0, alpha = 0;
    if (all->pairs == 0 || all->classes < 3 || all->uniques == all->classes || !pitman_fit(all, &theta, &alpha))
        return FAILED;
    const double n = all->population;
    estimates->pitman_theta = theta;
    estimates->pitman_alpha = alpha;
    const double share = base_exp(privacy_log_gamma(theta + alpha + n - 1) - privacy_log_gamma(theta + n) +
                                  privacy_log_gamma(theta + 1) - privacy_log_gamma(theta + alpha));
    return share <= 1 ? share : FAILED;
}

/* (1 + πb)^(-m/b): the chance that nobody of what a class has beyond its first member is in the sample. */
static double snb_none(double fraction, double m, double b)
{
    return base_exp(-m / b * base_log(1 + fraction * b));
}

/* b, where snb_none is `none`; it grows with b from e^(-πm) to 1. */
static double snb_spread(double fraction, double m, double none)
{
    double low = 1e-9, high = 1e15;
    if (none <= snb_none(fraction, m, low) || none >= snb_none(fraction, m, high))
        return FAILED;
    for (int i = 0; i < BISECTIONS; i++) {
        const double middle = high > 4 * low ? base_square_root(low * high) : (low + high) / 2;
        if (snb_none(fraction, m, middle) < none)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/*
 * With K = N / (1 + m) classes of mean size 1 + m: the sample's classes say what snb_none must be, that says b, and
 * what is left over is how the uniques of the model differ from those of the sample. NaN where there is no b.
 */
static double snb_rest(const sample *all, double m, double *ret_b)
{
    const double p = all->fraction, scale = (1 + m) / all->population;
    const double none = (1 - all->classes * scale) / (1 - p);
    const double b = none > 0 && none < 1 ? snb_spread(p, m, none) : FAILED;
    *ret_b = b;
    if (b < 0)
        return __builtin_nan("");
    return p * none * (1 + (1 - p) * m / (1 + p * b)) - all->uniques * scale;
}

static double snb(const sample *all)
{
    const double most = all->population / all->classes - 1;
    const double least = all->people / all->classes - 1 > 1e-9 * most ? all->people / all->classes - 1 : 1e-9 * most;
    double from = 0, rest = __builtin_nan(""), b = 0;
    if (all->fraction >= 1 || most <= least)
        return FAILED;
    for (int i = 0; i <= SNB_GRID; i++) {
        const double m = least * base_exp(base_log(most / least) * i / SNB_GRID), now = snb_rest(all, m, &b);
        if (rest == rest && now == now && (rest < 0) != (now < 0)) {
            double low = from, high = m;
            for (int j = 0; j < BISECTIONS; j++) {
                const double middle = (low + high) / 2, value = snb_rest(all, middle, &b);
                if ((value < 0) == (rest < 0))
                    low = middle;
                else
                    high = middle;
            }
            (void)snb_rest(all, low, &b);
            return b > 0 ? base_exp(-low / b * base_log(1 + b)) / (1 + low) : FAILED;
        }
        from = m;
        rest = now;
    }
    return FAILED;
}

static void choose(const sample *all, privacy_uniqueness *estimates)
{
    estimates->chosen = PRIVACY_ZAYATZ;
    estimates->dankar = estimates->zayatz;
    if (all->fraction <= DANKAR_FRACTION && estimates->pitman > 0) {
        estimates->chosen = PRIVACY_PITMAN;
        estimates->dankar = estimates->pitman;
    } else if (all->fraction > DANKAR_FRACTION && estimates->snb > 0 && estimates->snb <= estimates->zayatz) {
        estimates->chosen = PRIVACY_SNB;
        estimates->dankar = estimates->snb;
    }
}

void privacy_estimate_uniqueness(const privacy_size_count *sizes, size_t count, uint64_t population,
                                 privacy_uniqueness *ret_uniqueness)
{
    const sample all = look_at(sizes, count, population);
    privacy_uniqueness estimates = {.chosen = PRIVACY_ESTIMATOR_NONE};
    if (all.uniques > 0) { /* else nobody of the population can be seen to be alone: all estimates are 0 */
        estimates.zayatz = zayatz(&all);
        estimates.pitman = pitman(&all, &estimates);
        estimates.snb = snb(&all);
        choose(&all, &estimates);
    }
    *ret_uniqueness = estimates;
}

/* With a = π / (1 - π): R(1) = a log(1/π), R(f) = a (1 / (f-1) - R(f-1)), whose errors shrink where a ≤ 1. Beyond, the
 * same integral as π/f Σ k! (1-π)^k / ((f+1) … (f+k)), which then converges fast. */
double privacy_journalist_risk(uint32_t f, double fraction)
{
    const double rest = 1 - fraction;
    if (fraction <= 0.5 && f <= 100000) {
        const double a = fraction / rest;
        double risk = -a * base_log(fraction);
        for (uint32_t i = 2; i <= f; i++)
            risk = a * (1.0 / (i - 1) - risk);
        return risk;
    }
    double term = 1, sum = 0;
    for (uint32_t k = 1; term > 1e-18 && k < 100000; k++) {
        sum += term;
        term *= k * rest / ((double)f + k);
    }
    return fraction / f * sum;
}
