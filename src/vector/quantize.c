/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/kernel.h"

/*
 * Written so that a compiler vectorises it without changing what it says: four sums in a fixed order, no branch in the
 * loops.
 */
static float greatest(const float *vector, size_t dimensions)
{
    float most[8] = {0};
    for (size_t i = 0; i < dimensions; i += 8)
        for (size_t j = 0; j < 8; j++) {
            const float size = __builtin_fabsf(vector[i + j]);
            most[j] = size > most[j] ? size : most[j];
        }
    float all = 0;
    for (size_t j = 0; j < 8; j++)
        all = most[j] > all ? most[j] : all;
    return all;
}

/* Not below the root of `squares`: a norm that were too small would make the proof of a search false. */
static float norm_above(double squares)
{
    const double norm = __builtin_sqrt(squares);
    return (float)(norm + norm * 0x1p-20 + 0x1p-126); /* nor by rounding to a subnormal */
}

vector_measure vector_quantize(const float *vector, size_t dimensions, int8_t *ret_code)
{
    const float scale = greatest(vector, dimensions) / 127.0F;
    /* The reciprocal of a scale below 2^-126 could be infinite: so small a vector counts as zero, all of it error. */
    const bool zero = scale < 0x1p-100F;
    const float by = zero ? 0.0F : 1.0F / scale;
    double norms[4] = {0}, errors[4] = {0};
    for (size_t i = 0; i < dimensions; i += 4)
        for (size_t j = 0; j < 4; j++) {
            const float value = vector[i + j] * by;
            const int32_t code = (int32_t)(value + (value < 0 ? -0.5F : 0.5F));
            ret_code[i + j] = (int8_t)code;
            const double stands_for = zero ? 0 : (double)scale * (double)code;
            const double error = (double)vector[i + j] - stands_for;
            norms[j] += stands_for * stands_for;
            errors[j] += error * error;
        }
    return (vector_measure){zero ? 0.0F : scale, norm_above((norms[0] + norms[1]) + (norms[2] + norms[3])),
                            norm_above((errors[0] + errors[1]) + (errors[2] + errors[3]))};
}
