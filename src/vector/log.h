/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_LOG_H
#define VECTOR_LOG_H

#include "base/buf.h"
#include "vector/format.h"
#include "vector/row.h"

/* Commits, written and read. A log belongs to the base whose generation and header it names. */
typedef struct vector_log_name {
    uint64_t generation;
    uint32_t header_crc, dimensions;
} vector_log_name;

/* The bytes of a new log. */
void vector_log_begin(vector_log_name name, base_buf *out);

/* Operations of a commit. */
void vector_log_put(base_buf *payload, uint32_t dimensions, const vector_row *row);
void vector_log_delete(base_buf *payload, int kind, const char *id);

/* The commit as it is written at `offset`, with the zeroes up to it. */
void vector_log_commit(uint64_t offset, uint64_t sequence, base_span payload, base_buf *out);

/* Walks over the whole commits of a log. */
typedef struct vector_log_reader {
    base_span bytes;
    size_t end;        /* of the last whole commit that was read */
    uint64_t sequence; /* of that, 0 before the first */
} vector_log_reader;

/* LETHE_E_VECTOR_DAMAGED where the header is not that of `name`. */
int vector_log_open(base_span bytes, vector_log_name name, vector_log_reader *ret_reader, lethe_error *error);

/* Goes on where another reader ended: `bytes` begin at the multiple of 8 behind it. */
vector_log_reader vector_log_resume(base_span bytes, uint64_t sequence);

/* The next commit's payload, data NULL at the end. LETHE_E_VECTOR_DAMAGED where whole commits stand behind one that is
 * not. */
int vector_log_next(vector_log_reader *reader, base_span *ret_payload, lethe_error *error);

/* An operation of a payload. Texts are copied, since they have no NUL there. */
typedef struct vector_op {
    int kind;
    vector_row row;     /* of a put: row.terms borrowed from the op, row.vector from the payload or the op */
    const char *id;     /* of a delete */
    base_buf texts;     /* what the texts point into */
    const char **terms; /* of row.terms */
    float *vector;      /* the payload's may not be aligned */
} vector_op;

void vector_op_init(vector_op *op);
void vector_op_done(vector_op *op);

/* false at the end of the payload. LETHE_E_VECTOR_DAMAGED. */
int vector_op_read(vector_op *op, base_cursor *payload, uint32_t dimensions, bool *ret_more, lethe_error *error);

#endif
