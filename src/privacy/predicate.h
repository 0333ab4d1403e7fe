/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_PREDICATE_H
#define PRIVACY_PREDICATE_H

#include "privacy/triad.h"

/*
 * Rows in the order of their codes, column by column, so that every comparison is a stretch of rows whose length is
 * known before it is looked at:
 *
 *   from   first row in `rows` of each code, and the end:   0   3   4   …
 *   rows   17 20 31 | 5 | …
 *
 * Short stretches are walked. Where all are long, bitmaps of the terms are combined, which are made once each: of "is",
 * "at most" and "at least" a code, up to a named amount of memory; beyond it stretches are walked too.
 */
#define PRIVACY_BITMAPS_BYTES_MAX ((size_t)256 << 20)

typedef struct privacy_bitmap {
    uint32_t low, high;
    uint64_t *words; /* NULL: not made */
} privacy_bitmap;

/* For one thread at a time: it remembers bitmaps. */
typedef struct privacy_sorted {
    const privacy_stage *stage;
    privacy_cast cast;
    uint32_t **from;         /* [field][code] */
    uint32_t **rows;         /* [field] */
    privacy_bitmap **bitmap; /* [field][three a code] */
    size_t words, bitmap_bytes;
} privacy_sorted;

int privacy_sorted_init(privacy_sorted *sorted, const privacy_stage *stage, const privacy_cast *cast,
                        lethe_error *error);
void privacy_sorted_done(privacy_sorted *sorted);

/* Codes of a field within low..high, or, turned round, all others. */
#define PRIVACY_TERMS_MAX 12 /* small: arrays of them are cleared at every count */
typedef struct privacy_term {
    uint32_t field, low, high;
    bool other;
} privacy_term;

/* How many rows satisfy all terms, counted up to `most`. */
uint32_t privacy_predicate_count(privacy_sorted *sorted, const privacy_term *terms, uint32_t count, uint32_t most);

#endif
