/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_SEGMENT_H
#define VECTOR_SEGMENT_H

#include "vector/format.h"
#include "vector/index.h"
#include "vector/schema.h"

#include <stdatomic.h>

/*
 * An image that is mapped: immutable, shared by views, counted. Opening checks the header, the places and sizes of all
 * sections, and the checksums of those up to a megabyte; what a larger one holds is compared with its bounds whenever
 * it is used.
 */
#define VECTOR_CHECKED_BYTES ((uint64_t)1 << 20)

typedef struct vector_segment {
    atomic_uint references;
    uint8_t *map;
    size_t size;
    vector_schema_store store;
    uint64_t generation;
    uint32_t header_crc, crcs[VECTOR_SECTION_COUNT];
    uint32_t rows, groups, terms;
    uint32_t id_width, group_width;
    base_span sections[VECTOR_SECTION_COUNT];
    const float *vectors;
    const int8_t *codes;
    const vector_measure *measures;
    const uint32_t *row_groups, *snapshots;
} vector_segment;

/* Maps an open file, which may be closed afterwards. With `trusting`, checksums are not compared: for fuzzing. */
int vector_segment_open(int file, bool trusting, vector_segment **ret_segment, lethe_error *error);
vector_segment *vector_segment_hold(vector_segment *segment);
void vector_segment_release(vector_segment *segment); /* NULL-safe */

/* LETHE_E_VECTOR_DAMAGED with the section's name. */
int vector_segment_damaged(vector_section section, lethe_error *error);
const char *vector_section_name(vector_section section);

/* Texts end in NUL within the map. NULL where the number or what stands there is wrong. */
const char *vector_segment_row_id(const vector_segment *segment, uint32_t row);
const char *vector_segment_group_id(const vector_segment *segment, uint32_t group);
const char *vector_segment_term(const vector_segment *segment, uint32_t term);

/* The row of an id among those whose bit is set in `live`; the group of an id. VECTOR_NO_ROW where there is none. */
uint32_t vector_segment_find(const vector_segment *segment, const char *row_id, const uint64_t *live);
uint32_t vector_segment_find_group(const vector_segment *segment, const char *group_id);

/* Borrowed arrays of numbers, not compared with their bounds yet. */
typedef struct vector_numbers {
    const uint32_t *items;
    uint64_t count;
} vector_numbers;

int vector_segment_group_rows(const vector_segment *segment, uint32_t group, vector_numbers *ret_rows,
                              lethe_error *error);
int vector_segment_row_terms(const vector_segment *segment, uint32_t row, vector_numbers *ret_terms,
                             lethe_error *error);

/* Sets in `bits` (⌈rows / 64⌉ words) the rows that have a term. */
int vector_segment_mark(const vector_segment *segment, uint32_t term, uint64_t *bits, lethe_error *error);

/* The term of a text, or VECTOR_NO_ROW. LETHE_E_VECTOR_DAMAGED where terms cannot be read. */
int vector_segment_find_term(const vector_segment *segment, base_span text, uint32_t *ret_term, lethe_error *error);

static inline size_t vector_segment_words(const vector_segment *segment)
{
    return (segment->rows + 63UL) / 64;
}

static inline bool vector_bit(const uint64_t *bits, uint32_t at)
{
    return (bits[at / 64] >> (at % 64) & 1) != 0;
}

#endif
