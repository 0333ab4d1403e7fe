/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_SUPPORT_H
#define VERIFY_SUPPORT_H

#include "base/buf.h"

/*
 * support.bin, version 1: which tuples, items and pairs of items at least k patients of a release have. Integers little
 * endian; made to be mapped: everything is found by binary search and one bit (docs/SPEC-dataset.md).
 *
 *   0   8 bytes  "LETHESUP"
 *   8   u32      version, 1
 *   12  u32      k
 *   16  u32      tuples T
 *   20  u32      items I
 *   24  u32      bytes of strings S
 *   28  u32      0
 *   32  u32[T + I + 1]  where each string begins, and the end of the last; tuples, then items, each in byte order
 *   …   S bytes  the strings, one after the other
 *   …   0 to 7 zero bytes, up to a multiple of 8
 *   …   ⌈I (I − 1) / 2 / 8⌉ bytes: pair i < j is bit j (j − 1) / 2 + i, lowest bit first
 *
 * A tuple is its eight values in the order of the row with a tab between; an item is "column/name".
 */
#define VERIFY_SUPPORT_BYTES_MAX ((size_t)1 << 30)

typedef struct verify_support {
    uint32_t k;
    const base_span *tuples; /* sorted, unique */
    size_t tuple_count;
    const base_span *items; /* sorted, unique */
    size_t item_count;
    bool (*pair)(void *context, size_t low, size_t high); /* whether k patients have both; low < high */
    void *context;
} verify_support;

/* Appends the file to `out`. */
int verify_support_write(const verify_support *support, base_buf *out, lethe_error *error);

#endif
