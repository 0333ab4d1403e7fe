/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_RANDOM_H
#define LEARN_RANDOM_H

#include <stdint.h>

/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): seeded, integers only.
 * For resampling and for breaking ties between people, never for secrets. */
typedef struct learn_random {
    uint64_t state;
} learn_random;

static inline uint64_t learn_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline learn_random learn_random_of(uint64_t seed, uint64_t stream)
{
    return (learn_random){learn_mix(seed + 0x9e3779b97f4a7c15u) ^ learn_mix(stream + 1)};
}

static inline uint64_t learn_next(learn_random *random)
{
    return learn_mix(random->state += 0x9e3779b97f4a7c15u);
}

/* 0 … n - 1 for n > 0; the bias of the multiplication, below n / 2^32, does not matter to a bootstrap. */
static inline uint32_t learn_below(learn_random *random, uint32_t n)
{
    return (uint32_t)(((learn_next(random) >> 32) * n) >> 32);
}

static inline double learn_unit(learn_random *random) /* [0, 1) in steps of 2^-53 */
{
    return (double)(learn_next(random) >> 11) * 0x1p-53;
}

#endif
