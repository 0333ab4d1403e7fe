/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gathered.h"

static void write_key(base_buf *out, record_key key)
{
    base_buf_u64(out, key.high);
    base_buf_u64(out, key.low);
}

static record_key read_key(base_cursor *cursor)
{
    record_key key;
    key.high = base_cursor_u64(cursor);
    key.low = base_cursor_u64(cursor);
    return key;
}

void engine_gathered_write(base_buf *out, const engine_gathered *record)
{
    const size_t size =
        4 + 16 + 16 + 8 + 32 + 4 + 8 + 8 + 2 + record->patient_id.size + 2 + record->codes.size + record->packed.size;
    base_buf_u32(out, (uint32_t)size);
    write_key(out, record->patient);
    write_key(out, record->version.key);
    base_buf_u64(out, (uint64_t)record->version.last_updated_us);
    base_buf_append(out, record->version.digest, sizeof(record->version.digest));
    base_buf_u32(out, record->file);
    base_buf_u64(out, (uint64_t)record->line);
    base_buf_u64(out, (uint64_t)record->byte);
    base_buf_u16(out, (uint16_t)record->patient_id.size);
    base_buf_span(out, record->patient_id);
    base_buf_u16(out, (uint16_t)(record->codes.size / sizeof(engine_code)));
    base_buf_span(out, record->codes);
    base_buf_span(out, record->packed);
}

int engine_gathered_read(base_cursor *cursor, bool *ret_more, engine_gathered *ret_record, lethe_error *error)
{
    if (cursor->at == cursor->size) {
        *ret_more = false;
        return 0;
    }
    const uint32_t size = base_cursor_u32(cursor);
    const base_span body = base_cursor_take(cursor, size >= 4 ? size - 4 : SIZE_MAX);
    base_cursor inside = base_cursor_of(body);
    engine_gathered record = {0};
    record.patient = read_key(&inside);
    record.version.key = read_key(&inside);
    record.version.last_updated_us = (int64_t)base_cursor_u64(&inside);
    const base_span digest = base_cursor_take(&inside, sizeof(record.version.digest));
    record.file = base_cursor_u32(&inside);
    record.line = (int64_t)base_cursor_u64(&inside);
    record.byte = (int64_t)base_cursor_u64(&inside);
    record.patient_id = base_cursor_take(&inside, base_cursor_u16(&inside));
    record.codes = base_cursor_take(&inside, base_cursor_u16(&inside) * sizeof(engine_code));
    record.packed = base_cursor_take(&inside, inside.size - inside.at);
    if (cursor->failed || inside.failed)
        return base_fail(error, LETHE_E_ENGINE_SPILL);
    memcpy(record.version.digest, digest.data, digest.size);
    *ret_record = record;
    *ret_more = true;
    return 0;
}
