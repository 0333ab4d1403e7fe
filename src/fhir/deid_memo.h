/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_DEID_MEMO_H
#define FHIR_DEID_MEMO_H

#include "base/span.h"

#include <stdint.h>

/*
 * What was judged before: the same codes, systems, displays and references come again and again. Direct-mapped,
 * compared in full, so that nothing depends on what is in it but speed.
 */
#define DEID_MEMO_ENTRIES 2048
#define DEID_MEMO_TEXT    86
#define DEID_MEMO_OUT     96

typedef struct deid_memo {
    uint32_t tag; /* of what was asked; 0: free */
    uint8_t size, out_size;
    uint8_t outcome;
    uint8_t method; /* fhir_method that was counted; FHIR_METHOD_COUNT: none */
    int16_t row;    /* of a system */
    char text[DEID_MEMO_TEXT];
    char out[DEID_MEMO_OUT];
} deid_memo; /* three cache lines; what is kept is told by the first, mostly */

static inline uint64_t deid_memo_load(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof(word));
    return word;
}

static inline uint64_t deid_memo_hash(uint32_t tag, base_span text)
{
    uint64_t hash = tag * 0x9e3779b97f4a7c15u ^ text.size;
    if (text.size >= 8) {
        hash = (hash ^ deid_memo_load(text.data)) * 0xd6e8feb86659fd93u;
        hash ^= hash >> 32;
        hash = (hash ^ deid_memo_load(text.data + text.size / 2 - 4)) * 0xd6e8feb86659fd93u;
        hash ^= hash >> 32;
        hash = (hash ^ deid_memo_load(text.data + text.size - 8)) * 0xd6e8feb86659fd93u;
    } else {
        for (size_t i = 0; i < text.size; i++)
            hash = (hash ^ (unsigned char)text.data[i]) * 0x100000001b3u;
        hash *= 0xd6e8feb86659fd93u;
    }
    return hash ^ hash >> 29;
}

/* As memcmp, for short names mostly: without a call. */
static inline bool deid_same(const char *a, const char *b, size_t size)
{
    if (size >= 8 && size <= 16)
        return deid_memo_load(a) == deid_memo_load(b) && deid_memo_load(a + size - 8) == deid_memo_load(b + size - 8);
    if (size > 16)
        return memcmp(a, b, size) == 0;
    if (size >= 4) {
        uint32_t x, y, z, w;
        memcpy(&x, a, 4);
        memcpy(&y, b, 4);
        memcpy(&z, a + size - 4, 4);
        memcpy(&w, b + size - 4, 4);
        return x == y && z == w;
    }
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* The place of such an entry, where one of at most DEID_MEMO_TEXT bytes may be. */
static inline deid_memo *deid_memo_at(deid_memo *memos, uint32_t tag, base_span text)
{
    return &memos[deid_memo_hash(tag, text) >> 17 & (DEID_MEMO_ENTRIES - 1)];
}

static inline bool deid_memo_is(const deid_memo *memo, uint32_t tag, base_span text)
{
    return memo->tag == tag && memo->size == text.size && deid_same(memo->text, text.data, text.size);
}

#endif
