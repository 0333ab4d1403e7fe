/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNTH_RANDOM_H
#define SYNTH_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), seeded by splitmix64 from
 * (seed, patient, stream). Each concern of a patient has a stream of its own, so that asking for claims or another
 * format changes nothing about the person's life. Integers only: no number here depends on the machine's floats.
 */
typedef struct synth_random {
    uint64_t s[4];
} synth_random;

static inline uint64_t synth_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline synth_random synth_random_of(uint64_t seed, uint64_t patient, uint64_t stream)
{
    synth_random r;
    uint64_t x = synth_mix(synth_mix(synth_mix(seed) ^ patient) + stream);
    for (int i = 0; i < 4; i++)
        r.s[i] = x = synth_mix(x);
    return r;
}

static inline uint64_t synth_next(synth_random *r)
{
    const uint64_t m = r->s[1] * 5, out = ((m << 7) | (m >> 57)) * 9, t = r->s[1] << 17;
    r->s[2] ^= r->s[0];
    r->s[3] ^= r->s[1];
    r->s[1] ^= r->s[2];
    r->s[0] ^= r->s[3];
    r->s[2] ^= t;
    r->s[3] = (r->s[3] << 45) | (r->s[3] >> 19);
    return out;
}

/* 0 … n-1, n > 0; the bias of the multiplication (below 2^-32 n) does not matter here. */
static inline uint32_t synth_below(synth_random *r, uint32_t n)
{
    return (uint32_t)(((synth_next(r) >> 32) * n) >> 32);
}

static inline int32_t synth_between(synth_random *r, int32_t low, int32_t high)
{
    return high <= low ? low : low + (int32_t)synth_below(r, (uint32_t)(high - low + 1));
}

static inline bool synth_percent(synth_random *r, uint32_t percent)
{
    return synth_below(r, 100) < percent;
}

/* Nearly normal: the sum of four bytes, centred; one standard deviation is about 148 (exactly sqrt(21845)). */
#define SYNTH_SD 148
static inline int32_t synth_bell_of(uint64_t bits)
{
    return (int32_t)((bits & 255) + ((bits >> 8) & 255) + ((bits >> 16) & 255) + ((bits >> 24) & 255)) - 510;
}

static inline int32_t synth_bell(synth_random *r)
{
    return synth_bell_of(synth_next(r) >> 20);
}

#endif
