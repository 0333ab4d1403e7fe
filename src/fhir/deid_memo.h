/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_DEID_MEMO_H
#define FHIR_DEID_MEMO_H

#include "base/span.h"

#include <stdint.h>

/*
 * What was judged before: the same codes, systems, displays and references come again and again. Direct-mapped, compared
 * in full, so that nothing depends on what is in it but speed.
 */
#define DEID_MEMO_ENTRIES 2048
#define DEID_MEMO_TEXT    92

typedef struct deid_memo {
    uint32_t tag; /* of what was asked; 0: free */
    uint8_t size, out_size;
    uint8_t outcome;
    uint8_t method; /* fhir_method that was counted; FHIR_METHOD_COUNT: none */
    int16_t row;    /* of a system */
    char text[DEID_MEMO_TEXT];
    char out[DEID_MEMO_TEXT];
} deid_memo;

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

/* The place of such an entry, where one of at most DEID_MEMO_TEXT bytes may be. */
static inline deid_memo *deid_memo_at(deid_memo *memos, uint32_t tag, base_span text)
{
    return &memos[deid_memo_hash(tag, text) >> 17 & (DEID_MEMO_ENTRIES - 1)];
}

static inline bool deid_memo_is(const deid_memo *memo, uint32_t tag, base_span text)
{
    return memo->tag == tag && memo->size == text.size && memcmp(memo->text, text.data, text.size) == 0;
}

#endif
