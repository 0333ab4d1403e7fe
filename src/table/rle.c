/* SPDX-License-Identifier: Apache-2.0 */
#include "table/rle.h"

#include <stdlib.h>

#define LITERALS_MAX 512 /* values of one bit-packed run that we write: 64 groups of 8 */

void rle_runs_done(rle_runs *runs)
{
    free(runs->runs);
    *runs = (rle_runs){0};
}

void rle_runs_push(rle_runs *runs, uint32_t value, uint32_t count)
{
    if (runs->count == runs->capacity) {
        const size_t capacity = runs->capacity * 2 + 64;
        rle_run *grown = realloc(runs->runs, capacity * sizeof(*grown));
        if (grown == NULL) {
            runs->failed = true;
            return;
        }
        runs->runs = grown;
        runs->capacity = capacity;
    }
    runs->runs[runs->count++] = (rle_run){value, count};
}

unsigned rle_width(uint32_t max)
{
    return max == 0 ? 1 : 32 - (unsigned)__builtin_clz(max);
}

/* Values that wait to be bit-packed. */
typedef struct literals {
    uint32_t values[LITERALS_MAX];
    size_t count;
} literals;

static void flush_literals(literals *pending, unsigned width, base_buf *to)
{
    if (pending->count == 0)
        return;
    const size_t groups = (pending->count + 7) / 8;
    for (size_t i = pending->count; i < groups * 8; i++)
        pending->values[i] = 0;
    base_buf_varint(to, groups << 1 | 1);
    if (base_buf_reserve(to, groups * width) != 0)
        return;
    uint8_t *out = (uint8_t *)to->data + to->size;
    uint64_t bits = 0;
    unsigned filled = 0;
    for (size_t i = 0; i < groups * 8; i++) {
        bits |= (uint64_t)pending->values[i] << filled;
        for (filled += width; filled >= 8; filled -= 8, bits >>= 8)
            *out++ = (uint8_t)bits;
    }
    to->size += groups * width;
    pending->count = 0;
}

static inline void add_literals(literals *pending, uint32_t value, uint32_t count, unsigned width, base_buf *to)
{
    for (uint32_t i = 0; i < count; i++)
        pending->values[pending->count++] = value;
    if (pending->count == LITERALS_MAX)
        flush_literals(pending, width, to);
}

static void put_run(uint32_t value, uint32_t count, unsigned width, base_buf *to)
{
    base_buf_varint(to, (uint64_t)count << 1);
    uint8_t bytes[4];
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    base_buf_append(to, bytes, (width + 7) / 8);
}

void rle_encode(const rle_runs *runs, unsigned width, base_buf *to)
{
    literals pending;
    pending.count = 0;
    for (size_t i = 0; i < runs->count; i++) {
        const uint32_t value = runs->runs[i].value;
        uint32_t left = runs->runs[i].count;
        if (left == 1) { /* most dictionary indexes stand alone */
            add_literals(&pending, value, 1, width, to);
            continue;
        }
        /* A packed run holds whole groups of 8: a group that is open takes from this run first. */
        while (left != 0 && (pending.count % 8 != 0 || left < 8)) {
            const uint32_t open = 8 - (uint32_t)(pending.count % 8);
            const uint32_t taken = left < open ? left : open;
            add_literals(&pending, value, taken, width, to);
            left -= taken;
        }
        if (left != 0) {
            flush_literals(&pending, width, to);
            put_run(value, left, width, to);
        }
    }
    flush_literals(&pending, width, to);
}

rle_decoder rle_decoder_of(base_span bytes, unsigned width, uint64_t total)
{
    return (rle_decoder){.in = base_cursor_of(bytes), .width = width, .total = total};
}

static inline uint32_t take_bits(rle_decoder *decoder)
{
    uint64_t word = 0;
    const size_t from = (size_t)(decoder->bit / 8), left = decoder->bits.size - from;
    if (left >= sizeof(word))
        memcpy(&word, decoder->bits.data + from, sizeof(word)); /* one load: this is where reading spends its time */
    else
        memcpy(&word, decoder->bits.data + from, left);
    word >>= decoder->bit % 8;
    decoder->bit += decoder->width;
    return (uint32_t)(word & (((uint64_t)1 << decoder->width) - 1));
}

/* Reads the header of the next run. Only the last run may hold more than is to come: the padding of its last group. */
static bool begin_run(rle_decoder *decoder)
{
    const uint64_t header = base_cursor_varint(&decoder->in);
    const uint64_t count = header >> 1;
    decoder->packed = (header & 1) != 0;
    decoder->peeked = false;
    if (decoder->in.failed || count == 0)
        return false;
    if (decoder->packed) {
        if (count > (decoder->total + 7) / 8)
            return false;
        decoder->left = count * 8;
        decoder->bit = 0;
        decoder->bits = base_cursor_take(&decoder->in, (size_t)count * decoder->width);
        return !decoder->in.failed;
    }
    const unsigned size = (decoder->width + 7) / 8;
    decoder->left = count;
    decoder->value = 0;
    for (unsigned i = 0; i < size; i++)
        decoder->value |= (uint32_t)base_cursor_u8(&decoder->in) << (8 * i);
    const bool fits = decoder->width == 32 || decoder->value >> decoder->width == 0;
    return !decoder->in.failed && fits && count <= decoder->total;
}

static bool next_packed(rle_decoder *decoder, uint64_t most, rle_run *ret_run)
{
    uint32_t count = 1;
    if (decoder->width == 0) {
        *ret_run = (rle_run){0, (uint32_t)most};
        decoder->left -= most;
        decoder->total -= most;
        return true;
    }
    const uint32_t value = decoder->peeked ? decoder->value : take_bits(decoder);
    decoder->peeked = false;
    for (; count < most; count++) {
        const uint32_t next = take_bits(decoder);
        if (next == value)
            continue;
        decoder->value = next; /* begins the next run */
        decoder->peeked = true;
        break;
    }
    decoder->left -= count;
    decoder->total -= count;
    *ret_run = (rle_run){value, count};
    return true;
}

bool rle_next(rle_decoder *decoder, uint32_t limit, rle_run *ret_run)
{
    if (decoder->total == 0 || limit == 0)
        return false;
    if (decoder->left == 0 && !begin_run(decoder))
        return false;
    uint64_t most = decoder->left < decoder->total ? decoder->left : decoder->total;
    most = most < limit ? most : limit;
    if (decoder->packed)
        return next_packed(decoder, most, ret_run);
    decoder->left -= most;
    decoder->total -= most;
    *ret_run = (rle_run){decoder->value, (uint32_t)most};
    return true;
}

bool rle_at_end(const rle_decoder *decoder)
{
    const bool padding = decoder->left == 0 || (decoder->packed && decoder->left < 8);
    return decoder->total == 0 && padding && decoder->in.at == decoder->in.size && !decoder->in.failed;
}
