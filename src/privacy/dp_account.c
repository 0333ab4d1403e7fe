/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp_account.h"

#include "privacy/dp_bound.h"

#define NANO UINT64_C(1000000000)

int dp_atto_up(dp_fraction amount, dp_u128 *ret_atto, lethe_error *error)
{
    if (amount.den == 0 || amount.num / amount.den >= DP_EPSILON_MAX)
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    const dp_u128 scaled = (dp_u128)amount.num * DP_ATTO; /* below 2^64 · 2^60 */
    *ret_atto = scaled / amount.den + (scaled % amount.den != 0);
    return 0;
}

/* An integer below 2^100 as a double is off by 2^-53, and the division by as much: two steps outward. */
double dp_atto_double_up(dp_u128 atto)
{
    return atto == 0 ? 0 : dp_bound_up(dp_bound_up((double)atto / (double)DP_ATTO));
}

double dp_atto_double_down(dp_u128 atto)
{
    return atto == 0 ? 0 : dp_bound_down(dp_bound_down((double)atto / (double)DP_ATTO));
}

int dp_cost_of(dp_fraction epsilon, dp_fraction delta, dp_cost *ret_cost, lethe_error *error)
{
    dp_cost cost = {0};
    BASE_TRY(dp_atto_up(epsilon, &cost.epsilon, error));
    BASE_TRY(dp_atto_up(delta, &cost.delta, error));
    const dp_u128 nano = cost.epsilon / NANO + (cost.epsilon % NANO != 0); /* at most 10^12 */
    cost.rho = nano * nano / 2 + (nano * nano % 2 != 0);
    *ret_cost = cost;
    return 0;
}

/* -- zCDP -----------------------------------------------------------------------------------------------------------
 */

/* ε = (1+b)ρ - ln(1 + 1/b) + (ln(1/δ) - ln(1+b)) / b at the order 1+b. `log_delta_up` is not below ln(1/δ). */
static double epsilon_at(double b, double renyi_up, double log_delta_up)
{
    const double gain = dp_bound_log_down(dp_bound_down(1 + dp_bound_ratio_down(1, b)));
    const double tail = dp_bound_up(log_delta_up - dp_bound_log_down(dp_bound_down(1 + b)));
    return dp_bound_up(dp_bound_up(renyi_up - gain) + dp_bound_ratio_up(tail, b));
}

#define SEARCH_STEPS 129

/* Orders around 1 + sqrt(ln(1/δ)/ρ), where Bun and Steinke's bound has its minimum. */
static double order_of(double centre, int step)
{
    const double grow = 1.03;
    double b = centre;
    for (int i = SEARCH_STEPS / 2; i < step; i++)
        b *= grow;
    for (int i = step; i < SEARCH_STEPS / 2; i++)
        b /= grow;
    return b < 1e-6 ? 1e-6 : b > 1e12 ? 1e12 : b;
}

double dp_zcdp_epsilon_up(double rho, double delta)
{
    if (!(rho > 0))
        return 0;
    if (!(delta > 0))
        return (double)__builtin_inf();
    const double log_delta = -dp_bound_log_down(delta);
    const double centre = dp_bound_root_up(log_delta > 0 ? log_delta / rho : 1);
    double best = (double)__builtin_inf();
    for (int step = 0; step < SEARCH_STEPS; step++) {
        const double b = order_of(centre, step);
        const double epsilon = epsilon_at(b, dp_bound_up(dp_bound_up(1 + b) * rho), log_delta);
        best = epsilon < best ? epsilon : best;
    }
    return best > 0 ? best : 0;
}

/* ln δ = b((1+b)ρ - ε) - ln(1+b) - b ln(1 + 1/b) at the order 1+b. */
double dp_zcdp_delta_up(double rho, double epsilon)
{
    if (!(rho > 0))
        return 0;
    const double centre = epsilon > rho ? dp_bound_up((epsilon - rho) / (2 * rho)) : 1e-3;
    double best = 1;
    for (int step = 0; step < SEARCH_STEPS; step++) {
        const double b = order_of(centre, step);
        const double main = dp_bound_up(dp_bound_up(dp_bound_up(1 + b) * rho) - epsilon);
        const double less = dp_bound_down(b * dp_bound_log_down(dp_bound_down(1 + dp_bound_ratio_down(1, b))));
        const double log_delta =
            dp_bound_up(dp_bound_up(dp_bound_up(b * main) - dp_bound_log_down(dp_bound_down(1 + b))) - less);
        const double delta = dp_bound_exp_up(log_delta);
        best = delta < best ? delta : best;
    }
    return best;
}

#define RHO_BITS 12

/* The first bits of atto/10^18. */
static bool shorten(dp_u128 atto, dp_fraction *ret_rho)
{
    for (unsigned shift = 0; shift < 48; shift++) {
        const dp_u128 num = (atto << shift) / DP_ATTO; /* atto < 2^71 */
        if (num >> (RHO_BITS - 1) != 0) {
            *ret_rho = dp_fraction_make((uint64_t)num, (uint64_t)1 << shift);
            return true;
        }
    }
    return false;
}

int dp_zcdp_rho_for(dp_fraction epsilon, dp_fraction delta, dp_fraction *ret_rho, lethe_error *error)
{
    dp_u128 low = 0, high = 0;
    if (delta.num == 0 || delta.num >= delta.den || epsilon.num == 0)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    BASE_TRY(dp_atto_up(epsilon, &high, error));
    const double epsilon_down = (double)epsilon.num / (double)epsilon.den * (1 - 0x1p-48);
    const double delta_down = (double)delta.num / (double)delta.den * (1 - 0x1p-48);
    high++; /* ρ < ε where δ < 1/2 */
    while (low + 1 < high) {
        const dp_u128 middle = low + (high - low) / 2;
        if (dp_zcdp_epsilon_up(dp_atto_double_up(middle), delta_down) <= epsilon_down)
            low = middle;
        else
            high = middle;
    }
    return shorten(low, ret_rho) ? 0 : base_fail(error, LETHE_E_PRIVACY_RANGE);
}

/* -- RDP ------------------------------------------------------------------------------------------------------------
 */

double dp_rdp_order(size_t index)
{
    static const double orders[DP_RDP_ORDERS] = {
        1.0625, 1.125, 1.25, 1.375, 1.5, 1.625, 1.75, 1.875, 2,  2.25, 2.5, 2.75, 3,  3.5, 4,  4.5, 5,   5.5, 6,   7,
        8,      9,     10,   11,    12,  14,    16,   18,    20, 24,   28,  32,   40, 48,  64, 96,  128, 256, 512, 1024,
    };
    return orders[index];
}

/* ln(1 + exp(x)), x <= 0 */
static double log_one_exp_up(double x)
{
    return dp_bound_log_up(dp_bound_up(1 + dp_bound_exp_up(x)));
}

static double log_one_exp_down(double x)
{
    return dp_bound_log_down(dp_bound_down(1 + dp_bound_exp_down(x)));
}

/* Every ε-DP mechanism is post-processing of randomized response (Kairouz, Oh and Viswanath 2015), whose divergence is
 * ε + (ln(1 + exp((1-2α)ε)) - ln(1 + exp(-ε))) / (α-1). */
static double pure_at(double order, double epsilon)
{
    const double up = log_one_exp_up(dp_bound_up((1 - 2 * order) * epsilon));
    const double down = log_one_exp_down(-epsilon);
    const double value = dp_bound_up(epsilon + dp_bound_ratio_up(dp_bound_up(up - down), order - 1));
    return value < epsilon ? value : epsilon;
}

static double times_up(double value, uint64_t times)
{
    return dp_bound_up(value * dp_bound_up((double)times));
}

void dp_rdp_add_pure(dp_rdp *rdp, double epsilon, uint64_t times)
{
    for (size_t i = 0; i < DP_RDP_ORDERS; i++)
        rdp->at[i] = dp_bound_up(rdp->at[i] + times_up(pure_at(dp_rdp_order(i), epsilon), times));
}

void dp_rdp_add_zcdp(dp_rdp *rdp, double rho, uint64_t times)
{
    for (size_t i = 0; i < DP_RDP_ORDERS; i++)
        rdp->at[i] = dp_bound_up(rdp->at[i] + times_up(dp_bound_up(dp_rdp_order(i) * rho), times));
}

double dp_rdp_epsilon_up(const dp_rdp *rdp, double delta)
{
    double best = (double)__builtin_inf();
    if (!(delta > 0))
        return best;
    const double log_delta = -dp_bound_log_down(delta);
    for (size_t i = 0; i < DP_RDP_ORDERS; i++) {
        const double epsilon = epsilon_at(dp_rdp_order(i) - 1, rdp->at[i], log_delta);
        best = epsilon < best ? epsilon : best;
    }
    return best > 0 ? best : 0;
}

/* -- budgets --------------------------------------------------------------------------------------------------------
 */

bool dp_budget_holds(const dp_budget *budget, const dp_cost *spent)
{
    if (!budget->zcdp)
        return spent->epsilon <= budget->epsilon && spent->delta <= budget->delta;
    if (spent->rho == 0 && spent->delta <= budget->delta)
        return true;
    if (spent->delta >= budget->delta)
        return false;
    return dp_zcdp_epsilon_up(dp_atto_double_up(spent->rho), dp_atto_double_down(budget->delta - spent->delta)) <=
           dp_atto_double_down(budget->epsilon);
}

dp_u128 dp_budget_left(const dp_budget *budget, const dp_cost *spent)
{
    if (!budget->zcdp)
        return spent->epsilon < budget->epsilon ? (budget->epsilon - spent->epsilon) / NANO * NANO : 0;
    dp_u128 low = 0, high = (dp_u128)DP_EPSILON_MAX * NANO;
    while (low + 1 < high) {
        const dp_u128 middle = low + (high - low) / 2;
        const dp_cost wanted = {0, spent->delta, spent->rho + middle * middle / 2 + (middle * middle % 2 != 0)};
        if (dp_budget_holds(budget, &wanted))
            low = middle;
        else
            high = middle;
    }
    return low * NANO;
}
