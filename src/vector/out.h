/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_OUT_H
#define VECTOR_OUT_H

#include "base/error.h"
#include "vector/format.h"

#include <stdint.h>

/* An image's sections as they are written, one after the other, through a buffer; each with its place and checksum. */
#define VECTOR_OUT_BYTES ((size_t)1 << 20)

typedef struct vector_place {
    uint32_t crc;
    uint64_t offset, size;
} vector_place;

typedef struct vector_out {
    int file;
    char *buffer;
    size_t held;     /* bytes of it */
    uint64_t offset; /* in the file, of what comes next */
    uint32_t crc;    /* of the section */
    vector_place places[VECTOR_SECTION_COUNT];
} vector_out;

int vector_out_init(vector_out *out, int file, lethe_error *error);
void vector_out_done(vector_out *out);
int vector_out_flush(vector_out *out, lethe_error *error);
int vector_out_put(vector_out *out, const void *bytes, size_t size, lethe_error *error);

/* Sections begin in the order of their numbers; beginning one ends the one before. */
int vector_out_begin(vector_out *out, vector_section section, lethe_error *error);
void vector_out_end(vector_out *out, vector_section section);

/* Writes all bytes at an offset. */
int vector_write_at(int file, const void *bytes, size_t size, uint64_t offset, lethe_error *error);

#endif
