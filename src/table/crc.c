/* SPDX-License-Identifier: Apache-2.0 */
#include "table/crc.h"

#include <zlib.h>

static uint32_t crc_plain(uint32_t crc, const uint8_t *data, size_t size)
{
    return (uint32_t)crc32_z(crc, data, size);
}

#if defined(__x86_64__)
#include <immintrin.h>

/*
 * Folding (V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009):
 * 128 bits at distance d are replaced by 128 bits that leave the same remainder, using x^(d+64) and x^d modulo P. Four
 * lanes run over the data; what remains is 16 bytes with the same CRC as all that was folded, and zlib finishes them.
 * The constants are x^n mod P for n = 4*128+32, 4*128-32, 128+32, 128-32, bits reversed and shifted left by one.
 */
#define FOLD_BYTES 64

__attribute__((target("pclmul,sse4.1"))) static __m128i fold(__m128i state, __m128i by, __m128i next)
{
    const __m128i low = _mm_clmulepi64_si128(state, by, 0x00);
    const __m128i high = _mm_clmulepi64_si128(state, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

__attribute__((target("pclmul,sse4.1"))) static uint32_t crc_folded(uint32_t crc, const uint8_t *data, size_t size)
{
    const __m128i by_four = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
    const __m128i by_one = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    __m128i lanes[4];
    for (size_t i = 0; i < 4; i++)
        lanes[i] = _mm_loadu_si128((const __m128i *)(const void *)(data + 16 * i));
    lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128((int)~crc));
    size_t at = FOLD_BYTES;
    for (; size - at >= FOLD_BYTES; at += FOLD_BYTES)
        for (size_t i = 0; i < 4; i++)
            lanes[i] = fold(lanes[i], by_four, _mm_loadu_si128((const __m128i *)(const void *)(data + at + 16 * i)));
    __m128i state = lanes[0];
    for (size_t i = 1; i < 4; i++)
        state = fold(state, by_one, lanes[i]);
    uint8_t rest[16];
    _mm_storeu_si128((__m128i *)(void *)rest, state);
    /* The start value is folded in already: all ones make zlib start from zero. */
    return crc_plain(crc_plain(0xffffffff, rest, sizeof(rest)), data + at, size - at);
}
#endif

uint32_t table_crc32(uint32_t crc, base_span bytes)
{
    if (bytes.size == 0)
        return crc;
    const uint8_t *data = (const uint8_t *)bytes.data;
#if defined(__x86_64__)
    if (bytes.size >= FOLD_BYTES && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"))
        return crc_folded(crc, data, bytes.size);
#endif
    return crc_plain(crc, data, bytes.size);
}
