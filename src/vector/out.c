/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/out.h"

#include "vector/crc32c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int vector_write_at(int file, const void *bytes, size_t size, uint64_t offset, lethe_error *error)
{
    const char *data = bytes;
    while (size != 0) {
        const ssize_t written = pwrite(file, data, size, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return base_fail_errno(error, LETHE_E_BASE_IO);
        data += written;
        size -= (size_t)written;
        offset += (uint64_t)written;
    }
    return 0;
}

int vector_out_init(vector_out *out, int file, lethe_error *error)
{
    *out = (vector_out){.file = file, .offset = VECTOR_HEADER_BYTES};
    out->buffer = malloc(VECTOR_OUT_BYTES);
    return out->buffer != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

void vector_out_done(vector_out *out)
{
    free(out->buffer);
    out->buffer = NULL;
}

int vector_out_flush(vector_out *out, lethe_error *error)
{
    BASE_TRY(vector_write_at(out->file, out->buffer, out->held, out->offset - out->held, error));
    out->held = 0;
    return 0;
}

int vector_out_put(vector_out *out, const void *bytes, size_t size, lethe_error *error)
{
    const char *data = bytes;
    out->crc = vector_crc32c(out->crc, bytes, size);
    while (size != 0) {
        if (out->held == VECTOR_OUT_BYTES)
            BASE_TRY(vector_out_flush(out, error));
        const size_t room = VECTOR_OUT_BYTES - out->held, part = size < room ? size : room;
        memcpy(out->buffer + out->held, data, part);
        out->held += part;
        out->offset += part;
        data += part;
        size -= part;
    }
    return 0;
}

int vector_out_begin(vector_out *out, vector_section section, lethe_error *error)
{
    static const char zeroes[VECTOR_ALIGNMENT];
    BASE_TRY(vector_out_put(out, zeroes, (size_t)(-out->offset % VECTOR_ALIGNMENT), error));
    out->places[section].offset = out->offset;
    out->crc = 0;
    return 0;
}

void vector_out_end(vector_out *out, vector_section section)
{
    out->places[section].size = out->offset - out->places[section].offset;
    out->places[section].crc = out->crc;
}
