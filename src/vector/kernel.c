/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/kernel.h"

#include <string.h>

static void dots_scalar(const int8_t *query, const int8_t *codes, size_t dimensions, const uint32_t *rows, size_t count,
                        int32_t *ret_dots)
{
    for (size_t i = 0; i < count; i++) {
        const int8_t *code = codes + rows[i] * dimensions;
        int32_t sum = 0;
        for (size_t j = 0; j < dimensions; j++)
            sum += query[j] * code[j];
        ret_dots[i] = sum;
    }
}

static double inner_scalar(const float *a, const float *b, size_t dimensions)
{
    double s[8] = {0};
    for (size_t i = 0; i < dimensions; i += 8)
        for (size_t j = 0; j < 8; j++)
            s[j] += (double)a[i + j] * (double)b[i + j];
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static uint32_t top_scalar(const float *vector, size_t dimensions)
{
    uint32_t top = 0;
    for (size_t i = 0; i < dimensions; i++) {
        uint32_t bits;
        memcpy(&bits, vector + i, sizeof(bits));
        bits &= 0x7fffffff;
        top = bits > top ? bits : top;
    }
    return top;
}

static void encode_scalar(const float *vector, size_t dimensions, float scale, float by, int8_t *ret_code,
                          double ret_norms[4], double ret_errors[4])
{
    for (size_t i = 0; i < dimensions; i++) {
        const float value = vector[i] * by;
        const int32_t code = (int32_t)(value + (value < 0 ? -0.5F : 0.5F));
        const double stands_for = (double)scale * (double)code, error = (double)vector[i] - stands_for;
        ret_code[i] = (int8_t)code;
        ret_norms[i % 4] += stands_for * stands_for;
        ret_errors[i % 4] += error * error;
    }
}

const vector_kernel vector_kernel_scalar = {"scalar",     dots_scalar, dots_scalar,
                                            inner_scalar, top_scalar,  encode_scalar};

#if defined(__x86_64__)
#include <immintrin.h>

/* Rows ahead that are fetched: a list of rows is not what the processor's own prefetcher follows. Four streams at a
 * time from memory were measured slower than one, from the cache faster. */
#define FETCH_AHEAD 4

static inline const char *fetched(const int8_t *codes, size_t dimensions, const uint32_t *rows, size_t at, size_t count)
{
    return (const char *)(codes + rows[at + FETCH_AHEAD < count ? at + FETCH_AHEAD : count - 1] * dimensions);
}

__attribute__((target("avx2"))) static inline int32_t sum_of(__m256i lanes)
{
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1));
    return _mm_cvtsi128_si32(four);
}

/* a·b = |a| · (b with the sign of a): the instruction multiplies unsigned by signed bytes and adds pairs, which fit 16
 * bits. */
__attribute__((target("avx2"))) static inline __m256i add_products(__m256i sum, __m256i query, __m256i query_abs,
                                                                   const int8_t *code)
{
    const __m256i row = _mm256_loadu_si256((const __m256i *)(const void *)code);
    const __m256i pairs = _mm256_maddubs_epi16(query_abs, _mm256_sign_epi8(row, query));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i load(const int8_t *bytes)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)bytes);
}

AVX2 static void dots_avx2(const int8_t *query, const int8_t *codes, size_t dimensions, const uint32_t *rows,
                           size_t count, int32_t *ret_dots)
{
    for (size_t i = 0; i < count; i++) {
        const int8_t *code = codes + rows[i] * dimensions;
        const char *ahead = fetched(codes, dimensions, rows, i, count);
        __m256i even = _mm256_setzero_si256(), odd = even;
        for (size_t j = 0; j < dimensions; j += 64) {
            _mm_prefetch(ahead + j, _MM_HINT_T0);
            const __m256i a = load(query + j), b = load(query + j + 32);
            even = add_products(even, a, _mm256_abs_epi8(a), code + j);
            odd = add_products(odd, b, _mm256_abs_epi8(b), code + j + 32);
        }
        ret_dots[i] = sum_of(_mm256_add_epi32(even, odd));
    }
}

AVX2 static void dots_near_avx2(const int8_t *query, const int8_t *codes, size_t dimensions, const uint32_t *rows,
                                size_t count, int32_t *ret_dots)
{
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const int8_t *const row0 = codes + rows[i] * dimensions, *const row1 = codes + rows[i + 1] * dimensions;
        const int8_t *const row2 = codes + rows[i + 2] * dimensions, *const row3 = codes + rows[i + 3] * dimensions;
        __m256i sum0 = _mm256_setzero_si256(), sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (size_t j = 0; j < dimensions; j += 32) {
            const __m256i part = load(query + j), part_abs = _mm256_abs_epi8(part);
            sum0 = add_products(sum0, part, part_abs, row0 + j);
            sum1 = add_products(sum1, part, part_abs, row1 + j);
            sum2 = add_products(sum2, part, part_abs, row2 + j);
            sum3 = add_products(sum3, part, part_abs, row3 + j);
        }
        ret_dots[i] = sum_of(sum0);
        ret_dots[i + 1] = sum_of(sum1);
        ret_dots[i + 2] = sum_of(sum2);
        ret_dots[i + 3] = sum_of(sum3);
    }
    dots_avx2(query, codes, dimensions, rows + i, count - i, ret_dots + i);
}

/* Single to double is exact and so is the product; lanes 0-3 and 4-7 are the eight sums. */
__attribute__((target("avx2"))) static double inner_avx2(const float *a, const float *b, size_t dimensions)
{
    __m256d low = _mm256_setzero_pd(), high = _mm256_setzero_pd();
    for (size_t i = 0; i < dimensions; i += 8) {
        const __m256 x = _mm256_loadu_ps(a + i), y = _mm256_loadu_ps(b + i);
        low = _mm256_add_pd(
            low, _mm256_mul_pd(_mm256_cvtps_pd(_mm256_castps256_ps128(x)), _mm256_cvtps_pd(_mm256_castps256_ps128(y))));
        high = _mm256_add_pd(high, _mm256_mul_pd(_mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)),
                                                 _mm256_cvtps_pd(_mm256_extractf128_ps(y, 1))));
    }
    const __m256d four = _mm256_add_pd(low, high);
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

AVX2 static uint32_t top_avx2(const float *vector, size_t dimensions)
{
    __m256i top = _mm256_setzero_si256();
    uint32_t lanes[8], all = 0;
    for (size_t i = 0; i < dimensions; i += 8) {
        const __m256i bits = _mm256_castps_si256(_mm256_loadu_ps(vector + i));
        top = _mm256_max_epu32(top, _mm256_and_si256(bits, _mm256_set1_epi32(0x7fffffff)));
    }
    _mm256_storeu_si256((__m256i *)(void *)lanes, top);
    for (size_t i = 0; i < 8; i++)
        all = lanes[i] > all ? lanes[i] : all;
    return all;
}

AVX2 static inline void add_squares(__m256d scale, __m128i code, __m128 values, __m256d *norms, __m256d *errors)
{
    const __m256d stands_for = _mm256_mul_pd(scale, _mm256_cvtepi32_pd(code));
    const __m256d error = _mm256_sub_pd(_mm256_cvtps_pd(values), stands_for);
    *norms = _mm256_add_pd(*norms, _mm256_mul_pd(stands_for, stands_for));
    *errors = _mm256_add_pd(*errors, _mm256_mul_pd(error, error));
}

AVX2 static void encode_avx2(const float *vector, size_t dimensions, float scale, float by, int8_t *ret_code,
                             double ret_norms[4], double ret_errors[4])
{
    const __m256 factor = _mm256_set1_ps(by), sign = _mm256_set1_ps(-0.0F), half = _mm256_set1_ps(0.5F);
    const __m256d wide = _mm256_set1_pd((double)scale);
    __m256d norms = _mm256_setzero_pd(), errors = norms;
    for (size_t i = 0; i < dimensions; i += 8) {
        const __m256 values = _mm256_loadu_ps(vector + i), scaled = _mm256_mul_ps(values, factor);
        const __m256 rounding = _mm256_or_ps(_mm256_and_ps(scaled, sign), half);
        const __m256i codes = _mm256_cvttps_epi32(_mm256_add_ps(scaled, rounding));
        const __m128i low = _mm256_castsi256_si128(codes), high = _mm256_extracti128_si256(codes, 1);
        add_squares(wide, low, _mm256_castps256_ps128(values), &norms, &errors);
        add_squares(wide, high, _mm256_extractf128_ps(values, 1), &norms, &errors);
        const __m128i words = _mm_packs_epi32(low, high);
        _mm_storel_epi64((__m128i *)(void *)(ret_code + i), _mm_packs_epi16(words, words));
    }
    _mm256_storeu_pd(ret_norms, norms);
    _mm256_storeu_pd(ret_errors, errors);
}

static const vector_kernel kernel_avx2 = {"avx2", dots_avx2, dots_near_avx2, inner_avx2, top_avx2, encode_avx2};

/* Bytes of the row become unsigned by adding 128, and 128 · Σ query is taken off again. */
#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2")))

VNNI static inline __m512i add_vnni(__m512i sum, __m512i query, const int8_t *code)
{
    const __m512i row = _mm512_loadu_si512((const void *)code);
    return _mm512_dpbusd_epi32(sum, _mm512_xor_si512(row, _mm512_set1_epi8(-128)), query);
}

VNNI static inline __m512i load_wide(const int8_t *bytes)
{
    return _mm512_loadu_si512((const void *)bytes);
}

VNNI static int32_t excess_of(const int8_t *query, size_t dimensions)
{
    __m512i sum = _mm512_setzero_si512();
    for (size_t j = 0; j < dimensions; j += 64)
        sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(-128), load_wide(query + j));
    return _mm512_reduce_add_epi32(sum);
}

VNNI static void dots_vnni(const int8_t *query, const int8_t *codes, size_t dimensions, const uint32_t *rows,
                           size_t count, int32_t *ret_dots)
{
    const int32_t excess = excess_of(query, dimensions);
    for (size_t i = 0; i < count; i++) {
        const int8_t *code = codes + rows[i] * dimensions;
        const char *ahead = fetched(codes, dimensions, rows, i, count);
        __m512i sum = _mm512_setzero_si512();
        for (size_t j = 0; j < dimensions; j += 64) {
            _mm_prefetch(ahead + j, _MM_HINT_T0);
            sum = add_vnni(sum, load_wide(query + j), code + j);
        }
        ret_dots[i] = _mm512_reduce_add_epi32(sum) - excess;
    }
}

VNNI static void dots_near_vnni(const int8_t *query, const int8_t *codes, size_t dimensions, const uint32_t *rows,
                                size_t count, int32_t *ret_dots)
{
    const int32_t excess = excess_of(query, dimensions);
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const int8_t *const row0 = codes + rows[i] * dimensions, *const row1 = codes + rows[i + 1] * dimensions;
        const int8_t *const row2 = codes + rows[i + 2] * dimensions, *const row3 = codes + rows[i + 3] * dimensions;
        __m512i sum0 = _mm512_setzero_si512(), sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (size_t j = 0; j < dimensions; j += 64) {
            const __m512i part = load_wide(query + j);
            sum0 = add_vnni(sum0, part, row0 + j);
            sum1 = add_vnni(sum1, part, row1 + j);
            sum2 = add_vnni(sum2, part, row2 + j);
            sum3 = add_vnni(sum3, part, row3 + j);
        }
        ret_dots[i] = _mm512_reduce_add_epi32(sum0) - excess;
        ret_dots[i + 1] = _mm512_reduce_add_epi32(sum1) - excess;
        ret_dots[i + 2] = _mm512_reduce_add_epi32(sum2) - excess;
        ret_dots[i + 3] = _mm512_reduce_add_epi32(sum3) - excess;
    }
    dots_vnni(query, codes, dimensions, rows + i, count - i, ret_dots + i);
}

static const vector_kernel kernel_vnni = {"avx512vnni", dots_vnni, dots_near_vnni, inner_avx2, top_avx2, encode_avx2};

size_t vector_kernel_all(const vector_kernel *ret_kernels[VECTOR_KERNELS_MAX])
{
    size_t count = 0;
    ret_kernels[count++] = &vector_kernel_scalar;
    if (__builtin_cpu_supports("avx2"))
        ret_kernels[count++] = &kernel_avx2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vnni"))
        ret_kernels[count++] = &kernel_vnni;
    return count;
}

#elif defined(__aarch64__)
#include <arm_neon.h>

static void dots_neon(const int8_t *query, const int8_t *codes, size_t dimensions, const uint32_t *rows, size_t count,
                      int32_t *ret_dots)
{
    for (size_t i = 0; i < count; i++) {
        const int8_t *code = codes + rows[i] * dimensions;
        int32x4_t sum = vdupq_n_s32(0);
        for (size_t j = 0; j < dimensions; j += 16) {
            const int8x16_t a = vld1q_s8(query + j), b = vld1q_s8(code + j);
            sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
            sum = vpadalq_s16(sum, vmull_s8(vget_high_s8(a), vget_high_s8(b)));
        }
        ret_dots[i] = vaddvq_s32(sum);
    }
}

static const vector_kernel kernel_neon = {"neon", dots_neon, dots_neon, inner_scalar, top_scalar, encode_scalar};

size_t vector_kernel_all(const vector_kernel *ret_kernels[VECTOR_KERNELS_MAX])
{
    ret_kernels[0] = &vector_kernel_scalar;
    ret_kernels[1] = &kernel_neon; /* every 64-bit ARM has it */
    return 2;
}

#else
size_t vector_kernel_all(const vector_kernel *ret_kernels[VECTOR_KERNELS_MAX])
{
    ret_kernels[0] = &vector_kernel_scalar;
    return 1;
}
#endif

const vector_kernel *vector_kernel_best(void)
{
    const vector_kernel *kernels[VECTOR_KERNELS_MAX];
    return kernels[vector_kernel_all(kernels) - 1];
}
