/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel that this machine can run has the bits of the scalar one; a code is as good as it says. */
#include "vector/crc32c.h"
#include "vector/kernel.h"
#include "vector/test_rows.h"
#include "base/test.h"

#include <string.h>

#define ROWS 37

static int8_t codes[ROWS * VECTOR_DIMENSIONS_MAX], query[VECTOR_DIMENSIONS_MAX];
static float left[VECTOR_DIMENSIONS_MAX], right[VECTOR_DIMENSIONS_MAX];

/* Of the kinds: random, all at the ends (the greatest sums), zeroes. */
static void fill_codes(test_random *random, int8_t *out, size_t count, uint64_t kind)
{
    for (size_t i = 0; i < count; i++) {
        const int any = (int)(test_next(random) % 255) - 127;
        out[i] = (int8_t)(kind == 0   ? any
                          : kind == 1 ? 127
                          : kind == 2 ? (any < 0 ? -127 : 127)
                          : kind == 3 ? -127
                                      : 0);
    }
}

static void test_dots(void **state)
{
    (void)state;
    static const size_t dimensions[] = {64, 128, 192, 768, 4096};
    const vector_kernel *kernels[VECTOR_KERNELS_MAX];
    const size_t kernel_count = vector_kernel_all(kernels);
    test_random random = {4};
    uint32_t rows[ROWS];
    int32_t plain[ROWS], fast[ROWS];
    for (size_t d = 0; d < 5; d++)
        for (uint64_t round = 0; round < 50; round++) {
            const size_t count = test_next(&random) % (ROWS + 1);
            fill_codes(&random, codes, ROWS * dimensions[d], round % 5);
            fill_codes(&random, query, dimensions[d], round / 5 % 5);
            for (size_t i = 0; i < count; i++)
                rows[i] = (uint32_t)(test_next(&random) % ROWS);
            vector_kernel_scalar.dots(query, codes, dimensions[d], rows, count, plain);
            for (size_t k = 1; k < kernel_count; k++) {
                kernels[k]->dots(query, codes, dimensions[d], rows, count, fast);
                assert_memory_equal(plain, fast, count * sizeof(*plain));
                memset(fast, 0, sizeof(fast));
                kernels[k]->dots_near(query, codes, dimensions[d], rows, count, fast);
                assert_memory_equal(plain, fast, count * sizeof(*plain));
            }
        }
    for (size_t k = 0; k < kernel_count; k++)
        print_message("kernel %s\n", kernels[k]->name);
}

static void test_inner(void **state)
{
    (void)state;
    const vector_kernel *kernels[VECTOR_KERNELS_MAX];
    const size_t kernel_count = vector_kernel_all(kernels);
    test_random random = {9};
    for (size_t dimensions = 64; dimensions <= VECTOR_DIMENSIONS_MAX; dimensions += 64) {
        for (size_t i = 0; i < dimensions; i++) {
            left[i] = (float)(test_unit(&random) - .5) * (float)(1U << test_next(&random) % 20);
            right[i] = (float)(test_unit(&random) - .5);
        }
        const double plain = vector_kernel_scalar.inner(left, right, dimensions);
        for (size_t k = 1; k < kernel_count; k++) {
            const double fast = kernels[k]->inner(left, right, dimensions);
            assert_memory_equal(&plain, &fast, sizeof(plain));
        }
    }
}

/* The bound that searches rest on: the true error of each code, and of products of codes, is within what is stored. */
static void test_codes(void **state)
{
    (void)state;
    test_random random = {3};
    int8_t code[VECTOR_DIMENSIONS_MAX];
    for (uint32_t round = 0; round < 3000; round++) {
        const size_t dimensions = 64 * (1 + round % 12);
        const float size = round % 7 == 0 ? 1e-30F : round % 7 == 1 ? 1000.0F : 1.0F;
        for (size_t i = 0; i < dimensions; i++)
            left[i] = test_next(&random) % 4 == 0 ? (float)(test_unit(&random) - .5) * size : 0;
        const vector_measure measure = vector_quantize(left, dimensions, code);
        const vector_kernel *kernels[VECTOR_KERNELS_MAX];
        for (size_t k = 0, count = vector_kernel_all(kernels); k < count; k++) {
            int8_t again[VECTOR_DIMENSIONS_MAX];
            const vector_measure same = vector_quantize_by(kernels[k], left, dimensions, again);
            assert_memory_equal(&measure, &same, sizeof(same));
            assert_memory_equal(code, again, dimensions);
        }
        double error = 0, norm = 0;
        for (size_t i = 0; i < dimensions; i++) {
            const double stands_for = (double)measure.scale * code[i], e = (double)left[i] - stands_for;
            assert_in_range((uintmax_t)(code[i] + 127), 0, 254);
            error += e * e;
            norm += stands_for * stands_for;
            if (measure.scale > 0)
                assert_true(e <= .5001 * (double)measure.scale && -e <= .5001 * (double)measure.scale);
        }
        assert_true((double)measure.error * (double)measure.error >= error);
        assert_true((double)measure.norm * (double)measure.norm >= norm);
    }
    float zero[64] = {0};
    const vector_measure measure = vector_quantize(zero, 64, code);
    assert_true(measure.scale == 0 && measure.norm < 1e-37F && measure.error < 1e-37F);
}

static void test_crc(void **state)
{
    (void)state;
    uint8_t ones[32], count[32]; /* RFC 3720, B.4 */
    for (size_t i = 0; i < 32; i++) {
        ones[i] = 0xff;
        count[i] = (uint8_t)i;
    }
    assert_int_equal(vector_crc32c(0, ones, 32), 0x62a8ab43);
    assert_int_equal(vector_crc32c(0, count, 32), 0x46dd794e);
    assert_int_equal(vector_crc32c(0, "123456789", 9), 0xe3069283);
    assert_int_equal(vector_crc32c(vector_crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dots),
        cmocka_unit_test(test_inner),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_crc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
