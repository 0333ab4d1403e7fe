/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_KERNEL_H
#define VECTOR_KERNEL_H

#include "vector/format.h"

#include <stdbool.h>
#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * The inner loops, one set a processor, all with the bits of the scalar one. `dimensions` is a multiple of 64 up to
 * 4,096, codes are -127..127: a sum fits 32 bits, and a pair of products 16.
 */
typedef void vector_dots(const int8_t *query, const int8_t *codes, size_t dimensions, const uint32_t *rows,
                         size_t count,
                         int32_t *ret_dots); /* ret_dots[i] = ⟨query, row rows[i] of codes⟩ for i < count */

typedef struct vector_kernel {
    const char *name;

    vector_dots *dots;      /* of rows that come from memory: one after the other, later ones fetched ahead */
    vector_dots *dots_near; /* of rows that lie in the cache: several at once */

    /* Σ a[i] b[i] in double, in the order of docs/SPEC-vectors.md */
    double (*inner)(const float *a, const float *b, size_t dimensions);

    /* The bits of the greatest |x|, which are in the order of the values; infinities and NaN are above all numbers. */
    uint32_t (*top)(const float *vector, size_t dimensions);

    /* Codes by · x to the nearest, and the sums of squares of scale · code and of what is missing to x, each in double
     * as four sums of i ≡ 0..3 mod 4. */
    void (*encode)(const float *vector, size_t dimensions, float scale, float by, int8_t *ret_code, double ret_norms[4],
                   double ret_errors[4]);
} vector_kernel;

extern const vector_kernel vector_kernel_scalar;

const vector_kernel *vector_kernel_best(void);

/* Those that this machine can run, the scalar one first. Returns how many. */
#define VECTOR_KERNELS_MAX 4
size_t vector_kernel_all(const vector_kernel *ret_kernels[VECTOR_KERNELS_MAX]);

/* A vector's code and how well it stands for it (docs/SPEC-vectors.md). The same on every machine. */
vector_measure vector_quantize_by(const vector_kernel *kernel, const float *vector, size_t dimensions,
                                  int8_t *ret_code);
vector_measure vector_quantize(const float *vector, size_t dimensions, int8_t *ret_code);

/* The square root as IEEE 754 rounds it, by the machine's own instruction. */
static inline double vector_root(double x)
{
#ifdef __SSE2__
    const __m128d v = _mm_set_sd(x);
    return _mm_cvtsd_f64(_mm_sqrt_sd(v, v));
#else
    return __builtin_sqrt(x);
#endif
}

#endif
