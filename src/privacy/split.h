/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_SPLIT_H
#define PRIVACY_SPLIT_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Rows in equivalence classes, made finer one column at a time. Classes are numbered by their first row, so that the
 * numbers depend on rows and columns only.
 */
typedef struct privacy_splitter {
    uint32_t row_count;
    uint64_t *keys; /* open addressing, where class × value is too large for a table */
    uint32_t *numbers;
    uint32_t *direct;
    uint64_t direct_size;
    uint32_t mask;
} privacy_splitter;

int privacy_splitter_init(privacy_splitter *splitter, uint32_t row_count, lethe_error *error);
void privacy_splitter_done(privacy_splitter *splitter);

/*
 * Splits classes by a column of codes below value_count. `of` is the class of each row, NULL where all are in one;
 * ret_of, which may be `of`, gets the new ones. Returns their count.
 */
uint32_t privacy_split(privacy_splitter *splitter, const uint32_t *of, uint32_t class_count, const uint32_t *codes,
                       uint32_t value_count, uint32_t *ret_of);

/*
 * How large classes are: in people where rows say whose they are, else in rows.
 */
typedef struct privacy_persons {
    uint32_t count;
    const uint32_t *of;    /* the person of a row, below count */
    const uint32_t *order; /* rows, by person */
} privacy_persons;

/* `order` gets room for row_count rows; the counting sort takes count + 1 words. */
int privacy_persons_init(privacy_persons *persons, const uint32_t *of, uint32_t count, uint32_t row_count,
                         lethe_error *error);
void privacy_persons_done(privacy_persons *persons);

/* Fills ret_sizes[class_count]; `last` is room for as many. persons NULL: rows. */
void privacy_class_sizes(const uint32_t *of, uint32_t row_count, uint32_t class_count, const privacy_persons *persons,
                         uint32_t *last, uint32_t *ret_sizes);

#endif
