/* SPDX-License-Identifier: Apache-2.0 */
#include "table/chunk.h"
#include "table/batch.h"

void table_chunk_init(table_chunk *chunk, const table_field *field, table_codec *codec)
{
    *chunk = (table_chunk){.type = field->type, .nullable = field->nullable, .codec = codec};
    base_buf_init(&chunk->values, CHUNK_BYTES_MAX);
    base_buf_init(&chunk->pages, CHUNK_BYTES_MAX);
    base_buf_init(&chunk->first, CHUNK_BYTES_MAX);
    table_dictionary_init(&chunk->dictionary);
    table_chunk_reset(chunk);
}

void table_chunk_done(table_chunk *chunk)
{
    rle_runs_done(&chunk->repetition);
    rle_runs_done(&chunk->definition);
    rle_runs_done(&chunk->ids);
    base_buf_done(&chunk->values);
    base_buf_done(&chunk->pages);
    base_buf_done(&chunk->first);
    table_dictionary_done(&chunk->dictionary);
}

static void reset_page(table_chunk *chunk)
{
    rle_runs_reset(&chunk->repetition);
    rle_runs_reset(&chunk->definition);
    rle_runs_reset(&chunk->ids);
    base_buf_reset(&chunk->values);
    chunk->rows = chunk->entries = chunk->present = 0;
    chunk->plain_bytes = 0;
}

void table_chunk_reset(table_chunk *chunk)
{
    reset_page(chunk);
    table_dictionary_reset(&chunk->dictionary);
    chunk->use_dictionary = table_type_is_text(chunk->type);
    base_buf_reset(&chunk->pages);
    base_buf_reset(&chunk->first);
    chunk->plain_pages = chunk->dictionary_pages = 0;
    chunk->total_entries = chunk->uncompressed_bytes = 0;
    table_stats_reset(&chunk->stats, chunk->type);
}

static void add_plain_text(table_chunk *chunk, base_span text)
{
    const uint32_t size = (uint32_t)text.size;
    base_buf_append(&chunk->values, &size, sizeof(size));
    base_buf_span(&chunk->values, text);
}

/* The page at hand and all that follow hold their strings themselves. Pages that refer to the dictionary keep it. */
static void leave_dictionary(table_chunk *chunk)
{
    chunk->use_dictionary = false;
    for (size_t i = 0; i < chunk->ids.count; i++) {
        const base_span text = table_dictionary_at(&chunk->dictionary, chunk->ids.runs[i].value);
        for (uint32_t n = 0; n < chunk->ids.runs[i].count; n++)
            add_plain_text(chunk, text);
    }
    rle_runs_reset(&chunk->ids);
    if (chunk->dictionary_pages == 0)
        table_dictionary_reset(&chunk->dictionary);
}

/* A dictionary must save a quarter of the bytes, else its detour is for nothing: ids of rows are the usual case. */
static bool dictionary_pays(const table_chunk *chunk)
{
    return chunk->dictionary.plain.size / 3 <= chunk->plain_bytes / 4;
}

static void add_text(table_chunk *chunk, base_span text)
{
    chunk->present++;
    chunk->plain_bytes += sizeof(uint32_t) + text.size;
    if (chunk->use_dictionary) {
        uint32_t id;
        bool is_new = false;
        if (table_dictionary_put(&chunk->dictionary, text, &id, &is_new)) {
            rle_runs_add(&chunk->ids, id, 1);
            if (is_new)
                table_stats_add_text(&chunk->stats, text);
            if (chunk->present == CHUNK_TRIAL_VALUES && chunk->dictionary_pages == 0 && !dictionary_pays(chunk))
                leave_dictionary(chunk);
            return;
        }
        leave_dictionary(chunk);
    }
    table_stats_add_text(&chunk->stats, text);
    add_plain_text(chunk, text);
}

/* Eight bools to a byte, the first in the lowest bit. */
static void add_bools(table_chunk *chunk, const uint8_t *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = chunk->present + i;
        if (at % 8 == 0)
            base_buf_byte(&chunk->values, 0);
        if (chunk->values.failed == 0 && values[i] != 0)
            chunk->values.data[at / 8] = (char)((uint8_t)chunk->values.data[at / 8] | 1u << (at % 8));
    }
}

static void add_fixed(table_chunk *chunk, const char *values, uint32_t count)
{
    const size_t width = table_type_width(chunk->type);
    if (count == 0)
        return;
    if (chunk->type == TABLE_BOOL)
        add_bools(chunk, (const uint8_t *)values, count);
    else
        base_buf_append(&chunk->values, values, count * width);
    table_stats_add_fixed(&chunk->stats, values, count);
    chunk->present += count;
    chunk->plain_bytes += count * width;
}

/* Rows from `from` on that are null, or that are not, as the first one: at most `most`. */
static uint32_t same_presence(const table_column *column, size_t from, uint32_t most, bool null)
{
    uint32_t count = 1;
    if (column->null_count == 0)
        return most;
    while (count < most && table_column_is_null(column, from + count) == null)
        count++;
    return count;
}

static bool page_full(const table_chunk *chunk)
{
    return chunk->rows >= CHUNK_PAGE_ROWS_MAX || chunk->plain_bytes >= chunk->codec->page_bytes;
}

/* How many values of a fixed width fill the page: the last one may stand across the limit. */
static uint32_t fixed_room(const table_chunk *chunk, uint32_t most)
{
    const size_t width = table_type_width(chunk->type);
    const size_t room = (chunk->codec->page_bytes - chunk->plain_bytes + width - 1) / width;
    return room < most ? (uint32_t)room : most;
}

static base_span column_text(const table_column *column, const int32_t *offsets, size_t at)
{
    const size_t size = (size_t)(offsets[at + 1] - offsets[at]);
    return size == 0 ? BASE_SPAN("") : (base_span){column->values.data + offsets[at], size};
}

/* Takes at least one row, and as many of the same presence as the page has room for. */
static uint32_t append_flat(table_chunk *chunk, const table_column *column, size_t from, size_t to)
{
    const bool null = table_column_is_null(column, from);
    const uint32_t left = CHUNK_PAGE_ROWS_MAX - chunk->rows;
    uint32_t count = to - from < left ? (uint32_t)(to - from) : left;
    count = same_presence(column, from, count, null);
    if (null) {
        chunk->stats.null_count += count;
    } else if (chunk->type == TABLE_STRING) {
        const int32_t *offsets = table_column_offsets(column);
        uint32_t taken = 0;
        do
            add_text(chunk, column_text(column, offsets, from + taken));
        while (++taken < count && !page_full(chunk));
        count = taken;
    } else {
        count = fixed_room(chunk, count);
        add_fixed(chunk, column->values.data + from * table_type_width(chunk->type), count);
    }
    if (chunk->nullable)
        rle_runs_add(&chunk->definition, null ? 0 : 1, count);
    chunk->rows += count;
    chunk->entries += count;
    return count;
}

/* One row of a list. An entry that holds no element, null or empty, has levels of its own. */
static uint32_t append_list(table_chunk *chunk, const table_column *column, size_t row)
{
    const uint32_t full = parquet_definition_max(chunk->type, chunk->nullable);
    const size_t begin = (size_t)table_column_offsets(column)[row];
    const uint32_t size = (uint32_t)((size_t)table_column_offsets(column)[row + 1] - begin);
    rle_runs_add(&chunk->repetition, 0, 1);
    chunk->rows++;
    if (size == 0) {
        rle_runs_add(&chunk->definition, table_column_is_null(column, row) ? 0 : full - 1, 1);
        chunk->stats.null_count++;
        chunk->entries++;
        return 1;
    }
    rle_runs_add(&chunk->repetition, 1, size - 1);
    rle_runs_add(&chunk->definition, full, size);
    chunk->entries += size;
    if (chunk->type == TABLE_LIST_FLOAT) {
        add_fixed(chunk, column->values.data + begin * sizeof(float), size);
        return 1;
    }
    const int32_t *offsets = table_column_item_offsets(column);
    for (size_t i = 0; i < size; i++)
        add_text(chunk, column_text(column, offsets, begin + i));
    return 1;
}

static void end_page(table_chunk *chunk)
{
    if (chunk->rows == 0)
        return;
    if (chunk->use_dictionary && chunk->dictionary_pages == 0 && !dictionary_pays(chunk))
        leave_dictionary(chunk);
    /* A page of nulls refers to nothing: readers need no dictionary for it. */
    const bool as_ids = chunk->ids.count != 0;
    table_page_put_data(chunk, as_ids);
    chunk->plain_pages += as_ids ? 0 : 1;
    chunk->dictionary_pages += as_ids ? 1 : 0;
    chunk->total_entries += chunk->entries;
    reset_page(chunk);
}

void table_chunk_append(table_chunk *chunk, const table_column *column, size_t from, size_t to)
{
    while (from < to && chunk->failed == 0) {
        from += table_type_is_list(chunk->type) ? append_list(chunk, column, from)
                                                : append_flat(chunk, column, from, to);
        if (page_full(chunk))
            end_page(chunk);
    }
}

int table_chunk_finish(table_chunk *chunk, lethe_error *error)
{
    end_page(chunk);
    if (chunk->dictionary_pages != 0)
        table_page_put_dictionary(chunk);
    if (chunk->dictionary.failed && chunk->failed == 0)
        chunk->failed = LETHE_E_BASE_MEMORY;
    return chunk->failed == 0 ? 0 : base_fail(error, chunk->failed);
}
