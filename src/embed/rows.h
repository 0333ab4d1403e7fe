/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMBED_ROWS_H
#define EMBED_ROWS_H

#include "embed/similarity.h"

/* One measure made ready to give whole rows of likenesses: of a few snapshots to all. */
#define EMBED_ROWS_BATCH 8

typedef struct embed_part {
    uint32_t axis;
    float value;
} embed_part;

typedef struct embed_rows {
    const embed_measure *measure;
    size_t count;
    /* vectors: what of a snapshot is not zero, lane by lane: parts[lane_starts[8 i + l]] .. [8 i + l + 1] */
    embed_part *parts;
    size_t *lane_starts;
    /* code sets: who has a code, what it weighs, what a snapshot weighs */
    size_t *holder_starts;
    uint32_t *holders;
    float *weights, *totals;
} embed_rows;

int embed_rows_init(embed_rows *rows, const embed_measure *measure, size_t count, lethe_error *error);
void embed_rows_done(embed_rows *rows);

/* out[q * count + j]: likeness of snapshot at[q] and j, for 1 <= n <= EMBED_ROWS_BATCH; `out` has room for a whole
 * batch. */
void embed_rows_fill(const embed_rows *rows, const size_t *at, size_t n, float *out);

#endif
