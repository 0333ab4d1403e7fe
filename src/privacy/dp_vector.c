/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp.h"

#include <stdlib.h>

/* Shortened towards zero: component·norm / ceil(length), so no longer than norm. 2^16 squares of 2^40 stay below 2^96.
 */
int dp_vector_clip(int64_t *vector, size_t dimensions, uint64_t norm, lethe_error *error)
{
    dp_u128 square = 0;
    if (norm == 0 || norm > DP_VECTOR_NORM_MAX || dimensions == 0 || dimensions > DP_VECTOR_DIMENSIONS_MAX)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    for (size_t i = 0; i < dimensions; i++) {
        if (vector[i] > DP_VECTOR_VALUE_MAX) /* components are clamped, not refused: an error would say something */
            vector[i] = DP_VECTOR_VALUE_MAX;
        if (vector[i] < -DP_VECTOR_VALUE_MAX)
            vector[i] = -DP_VECTOR_VALUE_MAX;
        square += (dp_u128)((dp_i128)vector[i] * vector[i]);
    }
    if (square <= (dp_u128)norm * norm)
        return 0;
    const dp_u128 root = dp_root_floor(square);
    const dp_i128 length = (dp_i128)(root * root < square ? root + 1 : root);
    for (size_t i = 0; i < dimensions; i++)
        vector[i] = (int64_t)((dp_i128)vector[i] * (dp_i128)norm / length);
    return 0;
}

static void add_vector(dp_i128 *sums, const int64_t *vector, size_t dimensions)
{
    for (size_t d = 0; d < dimensions; d++)
        sums[d] += vector[d];
}

static int sum_people(uint64_t norm, const int64_t *vectors, size_t people, size_t dimensions, int64_t *one,
                      dp_i128 *sums, lethe_error *error)
{
    for (size_t p = 0; p < people; p++) {
        memcpy(one, vectors + p * dimensions, dimensions * sizeof(*one));
        BASE_TRY(dp_vector_clip(one, dimensions, norm, error));
        add_vector(sums, one, dimensions);
    }
    return 0;
}

int dp_vector_sum(const dp_noise *noise, uint64_t norm, crypt_rng *rng, const int64_t *vectors, size_t people,
                  size_t dimensions, int64_t *ret_sum, lethe_error *error)
{
    if (!noise->gaussian || dimensions == 0 || dimensions > DP_VECTOR_DIMENSIONS_MAX)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    int64_t *one = malloc(dimensions * sizeof(*one));
    dp_i128 *sums = calloc(dimensions, sizeof(*sums));
    int status = one != NULL && sums != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = sum_people(norm, vectors, people, dimensions, one, sums, error);
    for (size_t d = 0; d < dimensions && status == 0; d++)
        status = dp_noise_add(noise, rng, sums[d], &one[d], error);
    if (status == 0)
        memcpy(ret_sum, one, dimensions * sizeof(*one));
    free(one);
    free(sums);
    return status;
}
