/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/real.h"

#define ODDS_LIMIT 1e-9

double learn_sigmoid(double x)
{
    if (x >= 0)
        return 1 / (1 + learn_exp(-x));
    const double e = learn_exp(x);
    return e / (1 + e);
}

double learn_log1p_exp(double x)
{
    const double e = learn_exp(x > 0 ? -x : x), u = 1 + e;
    const double lost = e - (u - 1); /* what 1 + e rounded away */
    return (x > 0 ? x : 0) + (learn_log(u) + lost / u);
}

double learn_logit(double p)
{
    if (!(p > ODDS_LIMIT))
        p = ODDS_LIMIT;
    if (p > 1 - ODDS_LIMIT)
        p = 1 - ODDS_LIMIT;
    return learn_log(p / (1 - p));
}

double learn_cube_root(double x)
{
    return x > 0 ? learn_exp(learn_log(x) / 3) : 0;
}

double learn_square_root(double x)
{
    return x > 0 ? __builtin_sqrt(x) : 0;
}

learn_interval learn_wilson(double p, double n, double z)
{
    if (!(n > 0))
        return (learn_interval){0, 1};
    const double zz = z * z, scale = 1 / (1 + zz / n), centre = (p + zz / (2 * n)) * scale;
    const double half = z * scale * learn_square_root(p * (1 - p) / n + zz / (4 * n * n));
    const double low = centre - half, high = centre + half;
    return (learn_interval){low > 0 ? low : 0, high < 1 ? high : 1};
}
