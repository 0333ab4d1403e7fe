/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp_sample.h"

/* -- numbers --------------------------------------------------------------------------------------------------------
 */

dp_u128 dp_gcd(dp_u128 a, dp_u128 b)
{
    while (b != 0) {
        const dp_u128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

dp_u128 dp_root_floor(dp_u128 n)
{
    dp_u128 root = 0;
    for (int bit = 63; bit >= 0; bit--) {
        const dp_u128 more = root | (dp_u128)1 << bit;
        if (more * more <= n) /* below 2^128: more < 2^64 */
            root = more;
    }
    return root;
}

dp_fraction dp_fraction_make(uint64_t num, uint64_t den)
{
    const uint64_t common = (uint64_t)dp_gcd(num, den);
    return common == 0 ? (dp_fraction){num, den} : (dp_fraction){num / common, den / common};
}

int dp_fraction_times(dp_fraction a, dp_fraction b, dp_fraction *ret_product, lethe_error *error)
{
    const dp_fraction left = dp_fraction_make(a.num, b.den), right = dp_fraction_make(b.num, a.den);
    dp_fraction product;
    if (a.den == 0 || b.den == 0 || __builtin_mul_overflow(left.num, right.num, &product.num) ||
        __builtin_mul_overflow(left.den, right.den, &product.den))
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    *ret_product = product;
    return 0;
}

int dp_fraction_over(dp_fraction a, dp_fraction b, dp_fraction *ret_ratio, lethe_error *error)
{
    if (b.num == 0)
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    return dp_fraction_times(a, (dp_fraction){b.den, b.num}, ret_ratio, error);
}

/* -- uniform --------------------------------------------------------------------------------------------------------
 */

/* Lemire, "Fast random integer generation in an interval", 2019: the high half of x·n; the few x that would make some
 * values likelier are drawn again. With 32 bits where n has no more, for speed. */
static inline int below_u32(crypt_rng *rng, uint32_t n, uint64_t *ret_value, lethe_error *error)
{
    uint32_t x = 0;
    BASE_TRY(crypt_rng_u32(rng, &x, error));
    uint64_t product = (uint64_t)x * n;
    if (__builtin_expect((uint32_t)product < n, 0)) {
        const uint32_t least = (0 - n) % n;
        while ((uint32_t)product < least) {
            BASE_TRY(crypt_rng_u32(rng, &x, error));
            product = (uint64_t)x * n;
        }
    }
    *ret_value = product >> 32;
    return 0;
}

static inline int below_u64(crypt_rng *rng, uint64_t n, uint64_t *ret_value, lethe_error *error)
{
    uint64_t x = 0;
    BASE_TRY(crypt_rng_u64(rng, &x, error));
    dp_u128 product = (dp_u128)x * n;
    if (__builtin_expect((uint64_t)product < n, 0)) {
        const uint64_t least = (0 - n) % n;
        while ((uint64_t)product < least) {
            BASE_TRY(crypt_rng_u64(rng, &x, error));
            product = (dp_u128)x * n;
        }
    }
    *ret_value = (uint64_t)(product >> 64);
    return 0;
}

static inline int below(crypt_rng *rng, uint64_t n, uint64_t *ret_value, lethe_error *error)
{
    return n <= UINT32_MAX ? below_u32(rng, (uint32_t)n, ret_value, error) : below_u64(rng, n, ret_value, error);
}

int dp_sample_below(crypt_rng *rng, uint64_t n, uint64_t *ret_value, lethe_error *error)
{
    return below(rng, n, ret_value, error);
}

/* Bits of the length of n-1, until they are below n: two rounds at most on average. */
int dp_sample_below_u128(crypt_rng *rng, dp_u128 n, dp_u128 *ret_value, lethe_error *error)
{
    if (n <= UINT64_MAX) {
        uint64_t value = 0;
        BASE_TRY(below(rng, (uint64_t)n, &value, error));
        *ret_value = value;
        return 0;
    }
    const uint64_t top = (uint64_t)((n - 1) >> 64);
    const uint64_t mask = top == 0 ? 0 : UINT64_MAX >> __builtin_clzll(top);
    for (;;) {
        uint64_t high = 0, low = 0;
        BASE_TRY(crypt_rng_u64(rng, &high, error));
        BASE_TRY(crypt_rng_u64(rng, &low, error));
        const dp_u128 value = (dp_u128)(high & mask) << 64 | low;
        if (value < n) {
            *ret_value = value;
            return 0;
        }
    }
}

static inline int bernoulli(crypt_rng *rng, uint64_t num, uint64_t den, bool *ret_value, lethe_error *error)
{
    uint64_t value = 0;
    BASE_TRY(below(rng, den, &value, error));
    *ret_value = value < num;
    return 0;
}

int dp_sample_bernoulli(crypt_rng *rng, dp_fraction p, bool *ret_value, lethe_error *error)
{
    if (p.den == 0 || p.num > p.den)
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    return bernoulli(rng, p.num, p.den, ret_value, error);
}

/* -- exp(-γ) --------------------------------------------------------------------------------------------------------
 */

/* True with probability num / (den k): where den·k does not fit, as the product of two. */
static inline int bernoulli_over(crypt_rng *rng, uint64_t num, uint64_t den, uint64_t k, bool *ret_value,
                                 lethe_error *error)
{
    uint64_t product = 0;
    if (__builtin_expect(!__builtin_mul_overflow(den, k, &product), 1))
        return bernoulli(rng, num, product, ret_value, error);
    bool first = false;
    BASE_TRY(bernoulli(rng, 1, k, &first, error));
    if (first)
        return bernoulli(rng, num, den, ret_value, error);
    *ret_value = false;
    return 0;
}

/* Algorithm 1 of the paper for γ = num/den <= 1: A_k true with probability γ/k, k = 1, 2, …; the first that is false
 * has an odd k with probability 1 - γ + γ²/2! - … = exp(-γ). */
static inline int exp_small(crypt_rng *rng, uint64_t num, uint64_t den, bool *ret_value, lethe_error *error)
{
    uint64_t k = 1;
    for (;;) {
        bool more = false;
        BASE_TRY(bernoulli_over(rng, num, den, k, &more, error));
        if (!more)
            break;
        k++;
    }
    *ret_value = (k & 1) != 0;
    return 0;
}

/* The same for γ = 1. "k = 1..j were all true" has probability 1/j!, and so has x < 12!/j! for one x below 12!: the
 * runs are nested, so one draw says where the first false stands; only x = 0 goes on behind 12. `ret_bit` is a fair bit
 * that depends on nothing: the draw is below 2·12!. */
#define FACTORIAL_12 479001600u

static inline int exp_one(crypt_rng *rng, bool *ret_value, bool *ret_bit, lethe_error *error)
{
    static const uint32_t least[13] = {
        [2] = FACTORIAL_12 / 2,
        [3] = FACTORIAL_12 / 6,
        [4] = FACTORIAL_12 / 24,
        [5] = FACTORIAL_12 / 120,
        [6] = FACTORIAL_12 / 720,
        [7] = FACTORIAL_12 / 5040,
        [8] = FACTORIAL_12 / 40320,
        [9] = FACTORIAL_12 / 362880,
        [10] = FACTORIAL_12 / 3628800,
        [11] = FACTORIAL_12 / 39916800,
        [12] = 1,
    };
    uint64_t x = 0, k = 2;
    BASE_TRY(below_u32(rng, 2 * FACTORIAL_12, &x, error));
    *ret_bit = (x & 1) != 0;
    x >>= 1;
    while (k <= 12 && x < least[k])
        k++;
    for (uint64_t value = 0; k > 12; k++) {
        BASE_TRY(below(rng, k, &value, error));
        if (value != 0)
            break;
    }
    *ret_value = (k & 1) != 0;
    return 0;
}

int dp_sample_bernoulli_exp(crypt_rng *rng, dp_fraction gamma, bool *ret_value, lethe_error *error)
{
    if (gamma.den == 0)
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    for (uint64_t whole = gamma.num / gamma.den; whole != 0; whole--) {
        bool more = false, unused = false;
        BASE_TRY(exp_one(rng, &more, &unused, error));
        if (!more) {
            *ret_value = false;
            return 0;
        }
    }
    return exp_small(rng, gamma.num % gamma.den, gamma.den, ret_value, error);
}

/* -- geometric and Laplace ------------------------------------------------------------------------------------------
 */

/* X with P(x) ~ exp(-x / width), x >= 0 (Algorithm 2, the inner part): the remainder by rejection, the quotient by
 * counting. The count cannot reach 2^63: each step takes a draw. A fair bit falls off. */
static inline int geometric(crypt_rng *rng, uint64_t width, dp_u128 *ret_value, bool *ret_bit, lethe_error *error)
{
    uint64_t rest = 0, count = 0;
    bool keep = false;
    while (!keep) {
        BASE_TRY(below(rng, width, &rest, error));
        BASE_TRY(exp_small(rng, rest, width, &keep, error));
    }
    for (;;) {
        BASE_TRY(exp_one(rng, &keep, ret_bit, error));
        if (!keep)
            break;
        count++;
    }
    *ret_value = (dp_u128)count * width + rest;
    return 0;
}

/* Division of 128 bits by 64 costs as much as everything else: not where one of 64 does. */
static inline dp_u128 over(dp_u128 value, uint64_t den)
{
    return (value >> 64) == 0 ? (uint64_t)value / den : value / den;
}

int dp_sample_geometric(crypt_rng *rng, dp_fraction rate, dp_u128 *ret_value, lethe_error *error)
{
    dp_u128 value = 0;
    bool unused = false;
    if (rate.num == 0 || rate.den == 0 || rate.num >= DP_SCALE_MAX || rate.den >= DP_SCALE_MAX)
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    BASE_TRY(geometric(rng, rate.den, &value, &unused, error));
    *ret_value = over(value, rate.num);
    return 0;
}

int dp_laplace_init(dp_fraction scale, dp_laplace *ret_laplace, lethe_error *error)
{
    const dp_fraction lowest = dp_fraction_make(scale.num, scale.den);
    if (lowest.num == 0 || lowest.den == 0 || lowest.num >= DP_SCALE_MAX || lowest.den >= DP_SCALE_MAX)
        return base_fail(error, LETHE_E_PRIVACY_RANGE);
    *ret_laplace = (dp_laplace){lowest.num, lowest.den};
    return 0;
}

static inline int laplace(const dp_laplace *of, crypt_rng *rng, dp_i128 *ret_noise, lethe_error *error)
{
    for (;;) {
        dp_u128 value = 0;
        bool negative = false;
        BASE_TRY(geometric(rng, of->num, &value, &negative, error));
        if (of->den != 1)
            value = over(value, of->den);
        if (negative && value == 0) /* else 0 would be twice as likely */
            continue;
        *ret_noise = negative ? -(dp_i128)value : (dp_i128)value;
        return 0;
    }
}

int dp_laplace_draw(const dp_laplace *of, crypt_rng *rng, dp_i128 *ret_noise, lethe_error *error)
{
    return laplace(of, rng, ret_noise, error);
}

int dp_laplace_fill(const dp_laplace *of, crypt_rng *rng, int64_t *ret_noise, size_t count, lethe_error *error)
{
    for (size_t i = 0; i < count; i++) {
        dp_i128 noise = 0;
        BASE_TRY(laplace(of, rng, &noise, error));
        if (noise > INT64_MAX || noise < INT64_MIN)
            return base_fail(error, LETHE_E_PRIVACY_RANGE);
        ret_noise[i] = (int64_t)noise;
    }
    return 0;
}
