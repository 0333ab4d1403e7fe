/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/log.h"

#include "vector/crc32c.h"

#include <stdlib.h>

void vector_log_begin(vector_log_name name, base_buf *out)
{
    const size_t begin = out->size;
    base_buf_append(out, VECTOR_LOG_MAGIC, 8);
    base_buf_u32(out, VECTOR_VERSION);
    base_buf_u32(out, name.dimensions);
    base_buf_u64(out, name.generation);
    base_buf_u32(out, name.header_crc);
    while (out->size < begin + VECTOR_LOG_HEADER - 4 && out->failed == 0)
        base_buf_byte(out, '\0');
    if (out->failed == 0)
        base_buf_u32(out, vector_crc32c(0, out->data + begin, VECTOR_LOG_HEADER - 4));
}

static void put_text(base_buf *payload, const char *text)
{
    const size_t size = strlen(text);
    base_buf_byte(payload, (char)(uint8_t)size);
    base_buf_append(payload, text, size);
}

void vector_log_put(base_buf *payload, uint32_t dimensions, const vector_row *row)
{
    base_buf_byte(payload, VECTOR_OP_PUT);
    put_text(payload, row->row_id);
    put_text(payload, row->group_id);
    base_buf_u32(payload, row->snapshot);
    base_buf_u16(payload, (uint16_t)row->term_count);
    for (uint32_t i = 0; i < row->term_count; i++)
        put_text(payload, row->terms[i]);
    base_buf_append(payload, row->vector, dimensions * sizeof(float));
}

void vector_log_delete(base_buf *payload, int kind, const char *id)
{
    base_buf_byte(payload, (char)kind);
    put_text(payload, id);
}

void vector_log_commit(uint64_t offset, uint64_t sequence, base_span payload, base_buf *out)
{
    for (uint64_t at = offset; at % 8 != 0; at++)
        base_buf_byte(out, '\0');
    const size_t begin = out->size;
    base_buf_u32(out, VECTOR_COMMIT_MAGIC);
    base_buf_u32(out, (uint32_t)payload.size);
    base_buf_u64(out, sequence);
    base_buf_u32(out, vector_crc32c(0, payload.data, payload.size));
    if (out->failed == 0)
        base_buf_u32(out, vector_crc32c(0, out->data + begin, VECTOR_COMMIT_HEAD - 4));
    base_buf_span(out, payload);
}

static int damaged_log(size_t byte, lethe_error *error)
{
    base_fail_at(error, LETHE_E_VECTOR_DAMAGED, byte);
    base_error_path(error, "log");
    return LETHE_E_VECTOR_DAMAGED;
}

int vector_log_open(base_span bytes, vector_log_name name, vector_log_reader *ret_reader, lethe_error *error)
{
    base_cursor cursor = base_cursor_of(bytes);
    const base_span magic = base_cursor_take(&cursor, 8);
    if (bytes.size < VECTOR_LOG_HEADER || !base_span_is(magic, VECTOR_LOG_MAGIC))
        return damaged_log(0, error);
    bool same = base_cursor_u32(&cursor) == VECTOR_VERSION;
    same = base_cursor_u32(&cursor) == name.dimensions && same;
    same = base_cursor_u64(&cursor) == name.generation && same;
    same = base_cursor_u32(&cursor) == name.header_crc && same;
    base_cursor last = base_cursor_of((base_span){bytes.data + VECTOR_LOG_HEADER - 4, 4});
    if (!same || base_cursor_u32(&last) != vector_crc32c(0, bytes.data, VECTOR_LOG_HEADER - 4))
        return damaged_log(0, error);
    *ret_reader = (vector_log_reader){bytes, VECTOR_LOG_HEADER, 0};
    return 0;
}

vector_log_reader vector_log_resume(base_span bytes, uint64_t sequence)
{
    return (vector_log_reader){bytes, 0, sequence};
}

/* A whole commit at `at`, or data NULL. */
static base_span commit_at(base_span bytes, size_t at, uint64_t *ret_sequence)
{
    const base_span none = {NULL, 0};
    if (at > bytes.size || bytes.size - at < VECTOR_COMMIT_HEAD)
        return none;
    base_cursor cursor = base_cursor_of((base_span){bytes.data + at, bytes.size - at});
    if (base_cursor_u32(&cursor) != VECTOR_COMMIT_MAGIC)
        return none;
    const uint32_t size = base_cursor_u32(&cursor);
    const uint64_t sequence = base_cursor_u64(&cursor);
    const uint32_t payload_crc = base_cursor_u32(&cursor), head_crc = base_cursor_u32(&cursor);
    if (head_crc != vector_crc32c(0, bytes.data + at, VECTOR_COMMIT_HEAD - 4))
        return none;
    const base_span payload = base_cursor_take(&cursor, size);
    if (cursor.failed || payload_crc != vector_crc32c(0, payload.data, payload.size))
        return none;
    *ret_sequence = sequence;
    return payload;
}

/* An acknowledged commit is never behind one that a crash tore. */
static int check_behind(const vector_log_reader *reader, size_t at, lethe_error *error)
{
    uint64_t sequence = 0;
    for (size_t later = at + 8; later + VECTOR_COMMIT_HEAD <= reader->bytes.size; later += 8)
        if (commit_at(reader->bytes, later, &sequence).data != NULL && sequence > reader->sequence)
            return damaged_log(at, error);
    return 0;
}

int vector_log_next(vector_log_reader *reader, base_span *ret_payload, lethe_error *error)
{
    const size_t at = (reader->end + 7) / 8 * 8;
    uint64_t sequence = 0;
    const base_span payload = commit_at(reader->bytes, at, &sequence);
    if (payload.data == NULL) {
        BASE_TRY(check_behind(reader, at, error));
        *ret_payload = payload;
        return 0;
    }
    if (sequence != reader->sequence + 1)
        return damaged_log(at, error);
    reader->sequence = sequence;
    reader->end = at + VECTOR_COMMIT_HEAD + payload.size;
    *ret_payload = payload;
    return 0;
}

void vector_op_init(vector_op *op)
{
    *op = (vector_op){0};
    base_buf_init(&op->texts, (size_t)(VECTOR_ROW_TERMS_MAX + 2) * 256);
}

void vector_op_done(vector_op *op)
{
    base_buf_done(&op->texts);
    free(op->terms);
    free(op->vector);
    *op = (vector_op){0};
}

/* The offset in texts; they may move while they grow. */
static size_t take_text(vector_op *op, base_cursor *payload)
{
    const size_t at = op->texts.size, size = base_cursor_u8(payload);
    const base_span text = base_cursor_take(payload, size);
    if (size == 0 || memchr(text.data != NULL ? text.data : "", '\0', text.size) != NULL)
        payload->failed = true;
    base_buf_span(&op->texts, text);
    base_buf_byte(&op->texts, '\0');
    return at;
}

static int make_room(vector_op *op, lethe_error *error)
{
    if (op->terms == NULL)
        op->terms = malloc(VECTOR_ROW_TERMS_MAX * sizeof(*op->terms));
    if (op->vector == NULL)
        op->vector = malloc(VECTOR_DIMENSIONS_MAX * sizeof(*op->vector));
    return op->terms != NULL && op->vector != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

static int read_put(vector_op *op, base_cursor *payload, uint32_t dimensions, lethe_error *error)
{
    BASE_TRY(make_room(op, error));
    const size_t row_id = take_text(op, payload), group_id = take_text(op, payload);
    op->row.snapshot = base_cursor_u32(payload);
    op->row.term_count = base_cursor_u16(payload);
    if (op->row.term_count > VECTOR_ROW_TERMS_MAX || payload->failed)
        return damaged_log(0, error);
    const size_t terms = op->texts.size;
    for (uint32_t i = 0; i < op->row.term_count; i++)
        (void)take_text(op, payload);
    const base_span vector = base_cursor_take(payload, dimensions * sizeof(float));
    BASE_TRY(base_buf_check(&op->texts, error));
    if (payload->failed)
        return damaged_log(0, error);
    memcpy(op->vector, vector.data, vector.size);
    const char *text = op->texts.data + terms;
    for (uint32_t i = 0; i < op->row.term_count; i++, text += strlen(text) + 1)
        op->terms[i] = text;
    op->row.row_id = op->texts.data + row_id;
    op->row.group_id = op->texts.data + group_id;
    op->row.terms = op->terms;
    op->row.vector = op->vector;
    return 0;
}

int vector_op_read(vector_op *op, base_cursor *payload, uint32_t dimensions, bool *ret_more, lethe_error *error)
{
    if (payload->at == payload->size) {
        *ret_more = false;
        return 0;
    }
    base_buf_reset(&op->texts);
    op->kind = base_cursor_u8(payload);
    if (op->kind < VECTOR_OP_PUT || op->kind > VECTOR_OP_ERASE_GROUP)
        return damaged_log(0, error);
    if (op->kind == VECTOR_OP_PUT) {
        BASE_TRY(read_put(op, payload, dimensions, error));
    } else {
        (void)take_text(op, payload);
        BASE_TRY(base_buf_check(&op->texts, error));
        if (payload->failed)
            return damaged_log(0, error);
        op->id = op->texts.data;
    }
    *ret_more = true;
    return 0;
}
