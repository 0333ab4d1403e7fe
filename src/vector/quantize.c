/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/kernel.h"

#include <string.h>

/* Not below the root of `squares`: a norm that were too small would make the proof of a search false. */
static float norm_above(const double squares[4])
{
    const double norm = vector_root((squares[0] + squares[1]) + (squares[2] + squares[3]));
    return (float)(norm + norm * 0x1p-20 + 0x1p-126); /* nor by rounding to a subnormal */
}

vector_measure vector_quantize_by(const vector_kernel *kernel, const float *vector, size_t dimensions, int8_t *ret_code)
{
    const uint32_t bits = kernel->top(vector, dimensions);
    double norms[4] = {0}, errors[4] = {0};
    float top;
    memcpy(&top, &bits, sizeof(top));
    const float scale = top / 127.0F;
    /* The reciprocal of a scale below 2^-126 could be infinite: so small a vector counts as zero, all of it error. */
    const bool zero = scale < 0x1p-100F;
    kernel->encode(vector, dimensions, zero ? 0.0F : scale, zero ? 0.0F : 1.0F / scale, ret_code, norms, errors);
    return (vector_measure){zero ? 0.0F : scale, norm_above(norms), norm_above(errors)};
}

vector_measure vector_quantize(const float *vector, size_t dimensions, int8_t *ret_code)
{
    return vector_quantize_by(vector_kernel_best(), vector, dimensions, ret_code);
}
