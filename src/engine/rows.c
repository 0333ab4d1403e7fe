/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/rows.h"

#include <stdlib.h>

static void write_row(base_buf *out, const engine_row *stored)
{
    const record_row *row = &stored->row;
    base_buf_append(out, row->qi.leaf, RECORD_QI_COUNT);
    base_buf_u32(out, (uint32_t)row->index_day);
    const uint8_t small[4] = {row->encounter_class, row->utilization, row->followup, row->death_in_window};
    base_buf_append(out, small, sizeof(small));
    base_buf_append(out, row->encounter_digest, sizeof(row->encounter_digest));
    base_buf_u16(out, (uint16_t)row->item_count);
    for (size_t i = 0; i < row->item_count; i++)
        base_buf_u16(out, row->items[i]);
    base_buf_u16(out, (uint16_t)stored->code_count);
    for (size_t i = 0; i < stored->code_count; i++)
        base_buf_u32(out, stored->codes[i]);
}

void engine_person_write(base_buf *out, const engine_person *person)
{
    const size_t start = out->size;
    base_buf_u32(out, 0);
    base_buf_append(out, person->token.bytes, sizeof(person->token.bytes));
    base_buf_byte(out, (char)person->split);
    base_buf_u16(out, (uint16_t)person->row_count);
    for (size_t i = 0; i < person->row_count; i++)
        write_row(out, &person->rows[i]);
    if (out->failed == 0)
        for (size_t i = 0; i < 4; i++)
            out->data[start + i] = (char)(uint8_t)((out->size - start) >> (8 * i));
}

static bool read_row(base_cursor *cursor, base_arena *arena, engine_row *ret_row)
{
    record_row *row = &ret_row->row;
    const base_span tuple = base_cursor_take(cursor, RECORD_QI_COUNT);
    row->index_day = (int32_t)base_cursor_u32(cursor);
    const base_span small = base_cursor_take(cursor, 4);
    const base_span digest = base_cursor_take(cursor, sizeof(row->encounter_digest));
    row->item_count = base_cursor_u16(cursor);
    record_item *items = base_arena_take_array(arena, row->item_count, sizeof(*items));
    if (cursor->failed || items == NULL)
        return false;
    memcpy(row->qi.leaf, tuple.data, tuple.size);
    memcpy(row->encounter_digest, digest.data, digest.size);
    row->encounter_class = (uint8_t)small.data[0];
    row->utilization = (uint8_t)small.data[1];
    row->followup = (uint8_t)small.data[2];
    row->death_in_window = (uint8_t)small.data[3];
    for (size_t i = 0; i < row->item_count; i++)
        items[i] = base_cursor_u16(cursor);
    row->items = items;
    ret_row->code_count = base_cursor_u16(cursor);
    uint32_t *codes = base_arena_take_array(arena, ret_row->code_count, sizeof(*codes));
    if (codes == NULL)
        return false;
    for (size_t i = 0; i < ret_row->code_count; i++)
        codes[i] = base_cursor_u32(cursor);
    ret_row->codes = codes;
    return !cursor->failed;
}

static bool read_person(base_cursor *cursor, base_arena *arena, engine_person *ret_person)
{
    const uint32_t size = base_cursor_u32(cursor);
    base_cursor inside = base_cursor_of(base_cursor_take(cursor, size >= 4 ? size - 4 : SIZE_MAX));
    const base_span token = base_cursor_take(&inside, sizeof(ret_person->token.bytes));
    const uint8_t split = base_cursor_u8(&inside);
    ret_person->row_count = base_cursor_u16(&inside);
    ret_person->rows = base_arena_take_array(arena, ret_person->row_count, sizeof(engine_row));
    if (cursor->failed || inside.failed || split >= IDENTITY_SPLIT_COUNT || ret_person->rows == NULL)
        return false;
    memcpy(ret_person->token.bytes, token.data, token.size);
    ret_person->order = identity_token_order(&ret_person->token);
    ret_person->split = (identity_split)split;
    for (size_t i = 0; i < ret_person->row_count; i++)
        if (!read_row(&inside, arena, &ret_person->rows[i]))
            return false;
    return inside.at == inside.size;
}

static int by_name(const void *a, const void *b)
{
    return memcmp(((const engine_person *)a)->order.bytes, ((const engine_person *)b)->order.bytes,
                  IDENTITY_TOKEN_BYTES);
}

static size_t count_people(base_span bytes)
{
    base_cursor cursor = base_cursor_of(bytes);
    size_t count = 0;
    while (!cursor.failed && cursor.at < cursor.size) {
        const uint32_t size = base_cursor_u32(&cursor);
        (void)base_cursor_take(&cursor, size >= 4 ? size - 4 : SIZE_MAX);
        count++;
    }
    return count;
}

int engine_people_read(base_span bytes, base_arena *arena, engine_person **ret_people, size_t *ret_count,
                       lethe_error *error)
{
    const size_t count = count_people(bytes);
    engine_person *people = base_arena_take_array(arena, count, sizeof(*people));
    if (people == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_cursor cursor = base_cursor_of(bytes);
    for (size_t i = 0; i < count; i++)
        if (!read_person(&cursor, arena, &people[i]))
            return base_fail(error, LETHE_E_ENGINE_SPILL);
    if (count > 1)
        qsort(people, count, sizeof(*people), by_name);
    *ret_people = people;
    *ret_count = count;
    return 0;
}
