/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_BYTES_H
#define LEARN_BYTES_H

#include "base/buf.h"

/* Doubles of models: their bits, little endian. What is read must be finite, else the cursor fails. */
static inline void learn_put_double(base_buf *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    base_buf_u64(out, bits);
}

static inline double learn_take_double(base_cursor *in)
{
    const uint64_t bits = base_cursor_u64(in);
    double value;
    if ((bits >> 52 & 0x7ff) == 0x7ff) {
        in->failed = true;
        return 0;
    }
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* Room for `count` items of `size` bytes each is left: asked before memory is taken for them. */
static inline bool learn_bytes_hold(const base_cursor *in, size_t count, size_t size)
{
    return !in->failed && count <= (in->size - in->at) / size;
}

#endif
