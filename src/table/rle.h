/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_RLE_H
#define TABLE_RLE_H

#include "base/buf.h"

/*
 * The RLE / bit-packing hybrid of Parquet (Encodings.md, RLE = 3) for levels and dictionary indexes. On the writing
 * side values are kept as runs of equal ones, so that the levels of a 768-element list cost two runs, not 768 values.
 */
typedef struct rle_run {
    uint32_t value, count;
} rle_run;

typedef struct rle_runs {
    rle_run *runs;
    size_t count, capacity;
    bool failed; /* out of memory: sticky */
} rle_runs;

void rle_runs_done(rle_runs *runs);
void rle_runs_push(rle_runs *runs, uint32_t value, uint32_t count);

static inline void rle_runs_reset(rle_runs *runs)
{
    runs->count = 0;
    runs->failed = false;
}

/* `count` times `value`; the total of one page stays below 2^31 (Encodings.md, limit of a run). */
static inline void rle_runs_add(rle_runs *runs, uint32_t value, uint32_t count)
{
    if (runs->count != 0 && runs->runs[runs->count - 1].value == value)
        runs->runs[runs->count - 1].count += count;
    else if (count != 0 && runs->count < runs->capacity)
        runs->runs[runs->count++] = (rle_run){value, count};
    else if (count != 0)
        rle_runs_push(runs, value, count);
}

/* Bits that hold every value up to `max`; at least 1, as other writers do for a dictionary of one entry. */
unsigned rle_width(uint32_t max);

/* Appends the encoded runs, without a length. Runs of 8 or more become RLE runs, the rest is bit-packed. */
void rle_encode(const rle_runs *runs, unsigned width, base_buf *to);

/* Reads back `total` values of `width` bits (0 to 32). */
typedef struct rle_decoder {
    base_cursor in;
    unsigned width;
    uint64_t total;    /* values that are still to come */
    uint64_t left;     /* values left in the run at hand, padding of a packed one included */
    bool packed;
    bool peeked;       /* `value` was unpacked already and is the next one */
    uint32_t value;    /* of a run of equal values */
    base_span bits;    /* of a packed run */
    uint64_t bit;      /* next one in `bits` */
} rle_decoder;

rle_decoder rle_decoder_of(base_span bytes, unsigned width, uint64_t total);
/* The next run, of at most `limit` (> 0) equal values. False where the bytes are damaged or nothing is to come. */
bool rle_next(rle_decoder *decoder, uint32_t limit, rle_run *ret_run);
/* All values were read, and every byte. */
bool rle_at_end(const rle_decoder *decoder);

#endif
