/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMBED_ROOT_H
#define EMBED_ROOT_H

#include <math.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The square root as IEEE 754 rounds it, from the machine's own instruction: no library stands between. */
static inline double embed_root(double x)
{
#ifdef __SSE2__
    const __m128d v = _mm_set_sd(x);
    return _mm_cvtsd_f64(_mm_sqrt_sd(v, v));
#else
    return sqrt(x);
#endif
}

#endif
