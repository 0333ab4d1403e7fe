/* SPDX-License-Identifier: Apache-2.0 */
#include "table/chunk_read.h"
#include "table/format.h"
#include "table/utf8.h"

/* The values of one page: PLAIN bytes, or numbers of dictionary entries. */
typedef struct page_values {
    bool ids;
    base_cursor plain;
    rle_decoder numbers;
    uint64_t bit; /* of a bool */
} page_values;

static int batch_status(const table_chunk_reader *reader)
{
    return reader->batch->failed == 0 ? 0 : base_fail(reader->error, reader->batch->failed);
}

static base_span dictionary_text(const table_chunk_reader *reader, uint32_t id)
{
    uint32_t start, size;
    memcpy(&start, reader->starts.data + id * sizeof(start), sizeof(start));
    memcpy(&size, reader->dictionary.data + start, sizeof(size));
    return (base_span){reader->dictionary.data + start + sizeof(size), size};
}

static int read_dictionary(table_chunk_reader *reader, const table_page *page)
{
    if (page->encoding != PARQUET_PLAIN || !table_type_is_text(reader->column->type))
        return base_fail(reader->error, LETHE_E_TABLE_FORMAT);
    BASE_TRY(table_page_unpack(reader, page, &reader->dictionary));
    base_cursor in = base_cursor_of(base_buf_view(&reader->dictionary));
    base_buf_reset(&reader->starts);
    if ((size_t)page->entries > in.size / sizeof(uint32_t))
        return table_chunk_damaged(reader);
    for (int32_t i = 0; i < page->entries; i++) {
        base_buf_u32(&reader->starts, (uint32_t)in.at);
        const uint32_t size = base_cursor_u32(&in);
        const base_span text = base_cursor_take(&in, size);
        if (in.failed || !table_utf8_valid(text))
            return table_chunk_damaged(reader);
        table_stats_add_text(&reader->stats, text);
    }
    if (in.at != in.size)
        return table_chunk_damaged(reader);
    reader->dictionary_count = (size_t)page->entries;
    return base_buf_check(&reader->starts, reader->error);
}

static int take_plain_texts(table_chunk_reader *reader, page_values *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t size = base_cursor_u32(&values->plain);
        const base_span text = base_cursor_take(&values->plain, size);
        if (values->plain.failed || !table_utf8_valid(text))
            return table_chunk_damaged(reader);
        table_stats_add_text(&reader->stats, text);
        table_batch_add_text(reader->batch, reader->column, text);
        if (reader->batch->failed != 0)
            break;
    }
    return batch_status(reader);
}

static int take_texts_by_id(table_chunk_reader *reader, page_values *values, uint32_t count)
{
    while (count != 0) {
        rle_run run;
        if (!rle_next(&values->numbers, count, &run) || run.value >= reader->dictionary_count)
            return table_chunk_damaged(reader);
        const base_span text = dictionary_text(reader, run.value);
        for (uint32_t i = 0; i < run.count && reader->batch->failed == 0; i++)
            table_batch_add_text(reader->batch, reader->column, text);
        BASE_TRY(batch_status(reader));
        count -= run.count;
    }
    return 0;
}

static int take_bools(table_chunk_reader *reader, page_values *values, uint32_t count)
{
    uint8_t bools[256];
    while (count != 0) {
        const uint32_t some = count < sizeof(bools) ? count : (uint32_t)sizeof(bools);
        for (uint32_t i = 0; i < some; i++, values->bit++)
            bools[i] = values->plain.data[values->bit / 8] >> (values->bit % 8) & 1;
        table_stats_add_fixed(&reader->stats, bools, some);
        table_batch_add_fixed(reader->batch, reader->column, bools, some);
        BASE_TRY(batch_status(reader));
        count -= some;
    }
    return 0;
}

static int take_fixed(table_chunk_reader *reader, page_values *values, uint32_t count)
{
    table_column *column = reader->column;
    const size_t before = column->values.size;
    const base_span bytes = base_cursor_take(&values->plain, count * table_type_width(column->type));
    if (values->plain.failed)
        return table_chunk_damaged(reader);
    table_batch_add_fixed(reader->batch, column, bytes.data, count);
    BASE_TRY(batch_status(reader));
    if (count != 0)
        table_stats_add_fixed(&reader->stats, column->values.data + before, count);
    return 0;
}

static int take_values(table_chunk_reader *reader, page_values *values, uint32_t count)
{
    reader->present += count;
    if (values->ids)
        return take_texts_by_id(reader, values, count);
    if (table_type_is_text(reader->column->type))
        return take_plain_texts(reader, values, count);
    return reader->column->type == TABLE_BOOL ? take_bools(reader, values, count) : take_fixed(reader, values, count);
}

static int add_flat(table_chunk_reader *reader, page_values *values, bool present, uint32_t count)
{
    if (!present) {
        table_batch_add_nulls(reader->batch, reader->column, count);
        return batch_status(reader);
    }
    table_batch_add_present(reader->batch, reader->column, count);
    BASE_TRY(batch_status(reader));
    return take_values(reader, values, count);
}

/* Lists that begin: null, empty, or with their first element. */
static int begin_lists(table_chunk_reader *reader, page_values *values, uint32_t level, uint32_t full, uint32_t count)
{
    reader->list_open = level == full;
    if (level + 1 < full) {
        table_batch_add_nulls(reader->batch, reader->column, count);
        return batch_status(reader);
    }
    if (level != full) {
        table_batch_add_lists(reader->batch, reader->column, count);
        return batch_status(reader);
    }
    for (uint32_t i = 0; i < count; i++) {
        table_batch_add_lists(reader->batch, reader->column, 1);
        BASE_TRY(batch_status(reader));
        BASE_TRY(take_values(reader, values, 1));
        table_batch_extend_list(reader->column, 1);
    }
    return 0;
}

static int continue_list(table_chunk_reader *reader, page_values *values, uint32_t level, uint32_t full, uint32_t count)
{
    if (!reader->list_open || level != full)
        return table_chunk_damaged(reader);
    BASE_TRY(take_values(reader, values, count)); /* bounds `count` before it is added */
    table_batch_extend_list(reader->column, count);
    return 0;
}

/* Levels of one page, walked side by side as runs. A decoder of width 0 stands for a level that is not written. */
typedef struct page_levels {
    rle_decoder repetition, definition;
    uint32_t full;
} page_levels;

static bool next_level(rle_decoder *decoder, rle_run *run, uint32_t max)
{
    if (run->count != 0)
        return true;
    return rle_next(decoder, INT32_MAX, run) && run->value <= max;
}

static int read_rows(table_chunk_reader *reader, const table_page *page, page_levels *levels, page_values *values)
{
    const bool list = table_type_is_list(reader->column->type);
    rle_run repetition = {0, list ? 0 : (uint32_t)page->entries};
    rle_run definition = {levels->full, levels->full != 0 ? 0 : (uint32_t)page->entries};
    uint32_t left = (uint32_t)page->entries;
    while (left != 0) {
        if (!next_level(&levels->repetition, &repetition, 1) ||
            !next_level(&levels->definition, &definition, levels->full))
            return table_chunk_damaged(reader);
        const uint32_t count = repetition.count < definition.count ? repetition.count : definition.count;
        if (!list)
            BASE_TRY(add_flat(reader, values, definition.value == levels->full, count));
        else if (repetition.value == 0)
            BASE_TRY(begin_lists(reader, values, definition.value, levels->full, count));
        else
            BASE_TRY(continue_list(reader, values, definition.value, levels->full, count));
        repetition.count -= count;
        definition.count -= count;
        left -= count;
    }
    return 0;
}

/* Levels behind their length; the decoder then covers exactly their bytes. */
static rle_decoder levels_of(base_cursor *in, unsigned width, int32_t entries)
{
    const uint32_t size = base_cursor_u32(in);
    return rle_decoder_of(base_cursor_take(in, size), width, (uint64_t)entries);
}

/* How many entries have a value: the definition levels say so before the values are looked at. */
static bool count_present(rle_decoder levels, uint32_t full, uint64_t *ret_count)
{
    uint64_t count = 0;
    rle_run run;
    while (levels.total != 0) {
        if (!rle_next(&levels, INT32_MAX, &run))
            return false;
        count += run.value == full ? run.count : 0;
    }
    *ret_count = count;
    return true;
}

/* Fixed-width values have exactly the bytes that they need. */
static bool begin_values(table_chunk_reader *reader, const table_page *page, base_cursor *in, uint64_t present,
                         page_values *ret_values)
{
    const table_type type = reader->column->type;
    const size_t left = in->size - in->at;
    page_values values = {.ids = page->encoding == PARQUET_RLE_DICTIONARY};
    if (values.ids) {
        const uint8_t width = base_cursor_u8(in);
        if (in->failed || width > 32)
            return false;
        values.numbers = rle_decoder_of(base_cursor_take(in, left - 1), width, present);
    } else {
        values.plain = base_cursor_of(base_cursor_take(in, left));
        const uint64_t needed = type == TABLE_BOOL ? (present + 7) / 8 : present * table_type_width(type);
        if (!table_type_is_text(type) && needed != left)
            return false;
    }
    *ret_values = values;
    return !in->failed;
}

static bool values_at_end(const page_values *values, table_type type)
{
    if (values->ids)
        return rle_at_end(&values->numbers);
    return type == TABLE_BOOL || values->plain.at == values->plain.size;
}

static int read_data(table_chunk_reader *reader, const table_page *page)
{
    const table_column *column = reader->column;
    page_levels levels = {.full = parquet_definition_max(column->type, column->nullable)};
    uint64_t present = (uint64_t)page->entries;
    page_values values;
    const bool by_id = page->encoding == PARQUET_RLE_DICTIONARY;
    if (!by_id && page->encoding != PARQUET_PLAIN)
        return base_fail(reader->error, LETHE_E_TABLE_FORMAT);
    if ((by_id && !reader->info->has_dictionary) || page->entries == 0 ||
        (uint64_t)page->entries > reader->info->entries - reader->entries)
        return table_chunk_damaged(reader);
    BASE_TRY(table_page_unpack(reader, page, &reader->body));
    base_cursor in = base_cursor_of(base_buf_view(&reader->body));
    if (table_type_is_list(column->type))
        levels.repetition = levels_of(&in, 1, page->entries);
    if (levels.full != 0)
        levels.definition = levels_of(&in, rle_width(levels.full), page->entries);
    if (in.failed || (levels.full != 0 && !count_present(levels.definition, levels.full, &present)) ||
        !begin_values(reader, page, &in, present, &values))
        return table_chunk_damaged(reader);
    BASE_TRY(read_rows(reader, page, &levels, &values));
    if ((levels.full != 0 && !rle_at_end(&levels.definition)) || !values_at_end(&values, column->type) ||
        (table_type_is_list(column->type) && !rle_at_end(&levels.repetition)))
        return table_chunk_damaged(reader);
    reader->entries += (uint64_t)page->entries;
    reader->plain_pages += by_id ? 0 : 1;
    reader->id_pages += by_id ? 1 : 0;
    return 0;
}

static bool bound_holds(const table_stats *stats, bool max, base_span declared)
{
    uint8_t scratch[8];
    base_span bound;
    return table_stats_bound(stats, max, scratch, &bound) && base_span_equal(bound, declared);
}

/* What the footer declared is what was read: pages, sizes, nulls, NaN and bounds. */
static bool declared_holds(table_chunk_reader *reader)
{
    const table_chunk_info *info = reader->info;
    table_stats *stats = &reader->stats;
    uint8_t scratch[8];
    base_span bound;
    stats->null_count = reader->entries - reader->present;
    if (reader->unpacked_bytes != info->unpacked_bytes || reader->plain_pages != info->plain_pages ||
        reader->id_pages != info->id_pages)
        return false;
    if (!info->has_null_count || (uint64_t)info->null_count != stats->null_count)
        return false;
    if (table_stats_counts_nan(stats->type) && (!info->has_nan_count || (uint64_t)info->nan_count != stats->nan_count))
        return false;
    if (info->has_bounds != table_stats_bound(stats, false, scratch, &bound))
        return false;
    return !info->has_bounds || (bound_holds(stats, false, info->min) && bound_holds(stats, true, info->max));
}

static void begin_chunk(table_chunk_reader *reader, const table_chunk_info *info, table_column *column)
{
    reader->info = info;
    reader->column = column;
    reader->in = base_cursor_of((base_span){reader->file.data + info->offset, (size_t)info->packed_bytes});
    reader->dictionary_count = 0;
    reader->list_open = false;
    reader->entries = reader->present = reader->unpacked_bytes = 0;
    reader->plain_pages = reader->id_pages = 0;
    table_stats_reset(&reader->stats, column->type);
}

int table_chunk_read(table_chunk_reader *reader, const table_chunk_info *info, size_t rows, table_column *column)
{
    const size_t rows_before = column->rows;
    begin_chunk(reader, info, column);
    if (info->unpacked_bytes > reader->max_group_bytes)
        return base_fail(reader->error, LETHE_E_BASE_LIMIT);
    while (reader->in.at < reader->in.size) {
        const bool first = reader->in.at == 0;
        table_page page;
        BASE_TRY(table_page_next(reader, &page));
        if (page.kind == PARQUET_DICTIONARY_PAGE && first && info->has_dictionary)
            BASE_TRY(read_dictionary(reader, &page));
        else if (page.kind == PARQUET_DATA_PAGE)
            BASE_TRY(read_data(reader, &page));
        else
            return table_chunk_damaged(reader);
        if (column->rows - rows_before > rows)
            return table_chunk_damaged(reader);
    }
    if (column->rows - rows_before != rows || reader->entries != info->entries)
        return table_chunk_damaged(reader);
    return reader->strict && !declared_holds(reader) ? table_chunk_damaged(reader) : 0;
}
