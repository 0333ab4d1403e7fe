/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of our mechanisms, one a line, for a peer beside them (dp_interop.py, bench/dp_bench.py).
 *   dp-draw COUNT laplace NUM DEN             discrete Laplace of scale NUM/DEN
 *   dp-draw COUNT gaussian NUM DEN            discrete Gaussian of variance NUM/DEN
 *   dp-draw COUNT sum LOWER UPPER NUM DEN V…  a clamped sum of one row a person at ε = NUM/DEN */
#include "privacy/dp.h"

#include <stdio.h>
#include <stdlib.h>

#define VALUES_MAX 1000

static uint64_t number(const char *text)
{
    return strtoull(text, NULL, 10);
}

static int draw_noise(const dp_noise *noise, crypt_rng *rng, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        int64_t answer = 0;
        if (dp_noise_add(noise, rng, 0, &answer, NULL) != 0)
            return 1;
        (void)printf("%lld\n", (long long)answer);
    }
    return 0;
}

static int draw_sums(int argc, char **argv, crypt_rng *rng, uint64_t count)
{
    const dp_limits limits = {strtoll(argv[0], NULL, 10), strtoll(argv[1], NULL, 10), 1};
    static int64_t values[VALUES_MAX];
    const size_t value_count = (size_t)(argc - 4);
    uint64_t sensitivity = 0;
    dp_noise noise;
    if (value_count > VALUES_MAX || dp_sum_sensitivity(&limits, &sensitivity, NULL) != 0 ||
        dp_noise_laplace(sensitivity, (dp_fraction){number(argv[2]), number(argv[3])}, &noise, NULL) != 0)
        return 1;
    for (size_t i = 0; i < value_count; i++)
        values[i] = strtoll(argv[4 + i], NULL, 10);
    for (uint64_t i = 0; i < count; i++) {
        int64_t sum = 0;
        if (dp_sum(&limits, &noise, rng, values, value_count, &sum, NULL) != 0)
            return 1;
        (void)printf("%lld\n", (long long)sum);
    }
    return 0;
}

int main(int argc, char **argv)
{
    crypt_rng *rng = NULL;
    dp_noise noise = {.gaussian = false};
    if (argc < 5 || crypt_rng_new(&rng, NULL) != 0)
        return 2;
    const uint64_t count = number(argv[1]);
    int status = 2;
    if (strcmp(argv[2], "laplace") == 0)
        status = dp_laplace_init((dp_fraction){number(argv[3]), number(argv[4])}, &noise.laplace, NULL);
    else if (strcmp(argv[2], "gaussian") == 0)
        status = dp_gaussian_init(number(argv[3]), number(argv[4]), &noise.normal, NULL);
    noise.gaussian = argv[2][0] == 'g';
    if (strcmp(argv[2], "sum") == 0 && argc > 6)
        status = draw_sums(argc - 3, argv + 3, rng, count);
    else if (status == 0)
        status = draw_noise(&noise, rng, count);
    crypt_rng_free(rng);
    return status;
}
