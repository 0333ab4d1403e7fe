/* SPDX-License-Identifier: Apache-2.0 */
/* Exact noise, per second of one core's time: the generator, its words, discrete Laplace and Gaussian. usage: dp-bench
 * [SECONDS] */
#include "privacy/dp_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LOT 65536

typedef struct bench {
    crypt_rng *rng;
    double seconds;
    int64_t noise[LOT];
} bench;

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double per_second(bench *all, int (*work)(bench *all, const void *of), const void *of)
{
    const double begin = now();
    size_t lots = 0;
    while (now() - begin < all->seconds) {
        if (work(all, of) != 0)
            exit(1);
        lots++;
    }
    return (double)lots * LOT / (now() - begin);
}

static int fill_bytes(bench *all, const void *of)
{
    (void)of;
    return crypt_rng_fill(all->rng, all->noise, sizeof(all->noise), NULL);
}

static int draw_words(bench *all, const void *of)
{
    (void)of;
    for (size_t i = 0; i < LOT; i++) {
        uint64_t word = 0;
        BASE_TRY(crypt_rng_u64(all->rng, &word, NULL));
        all->noise[i] = (int64_t)word;
    }
    return 0;
}

static int draw_laplace(bench *all, const void *of)
{
    return dp_laplace_fill(of, all->rng, all->noise, LOT, NULL);
}

static int draw_gaussian(bench *all, const void *of)
{
    for (size_t i = 0; i < LOT; i++) {
        dp_i128 noise = 0;
        BASE_TRY(dp_gaussian_draw(of, all->rng, &noise, NULL));
        all->noise[i] = (int64_t)noise;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static bench all;
    all.seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
    if (crypt_rng_new(&all.rng, NULL) != 0)
        return 1;
    (void)printf("generator, bytes     %8.0f MB/s\n", 8e-6 * per_second(&all, fill_bytes, NULL));
    (void)printf("generator, words     %8.1f M/s\n", 1e-6 * per_second(&all, draw_words, NULL));
    static const dp_fraction scales[] = {{1, 1}, {10, 1}, {1000, 7}, {1000003, 1}, {1000000000000, 3}};
    for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++) {
        dp_laplace laplace;
        if (dp_laplace_init(scales[i], &laplace, NULL) != 0)
            return 1;
        (void)printf("discrete Laplace     %8.2f M/s   scale %llu/%llu\n",
                     1e-6 * per_second(&all, draw_laplace, &laplace), (unsigned long long)scales[i].num,
                     (unsigned long long)scales[i].den);
    }
    static const uint64_t variances[][2] = {{1, 1}, {100, 1}, {10000000000, 7}};
    for (size_t i = 0; i < sizeof(variances) / sizeof(variances[0]); i++) {
        dp_gaussian gaussian;
        if (dp_gaussian_init(variances[i][0], variances[i][1], &gaussian, NULL) != 0)
            return 1;
        (void)printf("discrete Gaussian    %8.2f M/s   variance %llu/%llu\n",
                     1e-6 * per_second(&all, draw_gaussian, &gaussian), (unsigned long long)variances[i][0],
                     (unsigned long long)variances[i][1]);
    }
    crypt_rng_free(all.rng);
    return 0;
}
