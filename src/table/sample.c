/* SPDX-License-Identifier: Apache-2.0 */
#include "table/sample.h"

#include <math.h>
#include <stdio.h>

uint64_t sample_next(sample_random *random)
{
    random->state += 0x9e3779b97f4a7c15ULL; /* splitmix64 */
    uint64_t z = random->state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static void add_field(sample_schema *schema, table_type type, bool nullable)
{
    const size_t at = schema->schema.count++;
    (void)snprintf(schema->names[at], sizeof(schema->names[at]), "c%u", (unsigned)at);
    schema->fields[at] = (table_field){schema->names[at], type, nullable};
    schema->schema.fields = schema->fields;
}

void sample_schema_full(sample_schema *ret_schema)
{
    *ret_schema = (sample_schema){0};
    for (int type = 0; type < TABLE_TYPE_COUNT; type++) {
        add_field(ret_schema, (table_type)type, false);
        add_field(ret_schema, (table_type)type, true);
    }
}

void sample_schema_random(sample_random *random, sample_schema *ret_schema)
{
    *ret_schema = (sample_schema){0};
    const size_t count = 1 + sample_next(random) % SAMPLE_COLUMNS_MAX;
    for (size_t i = 0; i < count; i++) {
        const table_type type = (table_type)(sample_next(random) % TABLE_TYPE_COUNT);
        add_field(ret_schema, type, sample_next(random) % 2 != 0);
    }
}

/* One of `distinct` strings, of which some are empty, some long and some beyond ASCII. */
static base_span random_text(sample_random *random, uint64_t distinct, char scratch[400])
{
    static const char *const parts[] = {"", "allergic_", "\xc3\xa4", "\xe6\xb1\x89", "\xf0\x9f\xa9\xba", "x"};
    const uint64_t pick = sample_next(random) % distinct;
    if (pick == 0)
        return BASE_SPAN("");
    const int width = pick % 7 == 0 ? 300 : 1;
    const int size = snprintf(scratch, 400, "%s%0*u", parts[pick % 6], width, (unsigned)pick);
    return (base_span){scratch, (size_t)size};
}

static double random_real(sample_random *random)
{
    static const double special[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 1.5};
    const uint64_t draw = sample_next(random);
    if (draw % 16 < 6)
        return special[draw % 16];
    return (double)(int64_t)draw / 1e17;
}

static void fill_strings(sample_random *random, table_batch *batch, size_t column, uint64_t distinct)
{
    char scratch[6][400];
    base_span items[6];
    const size_t count = sample_next(random) % 7;
    for (size_t i = 0; i < count; i++)
        items[i] = random_text(random, distinct, scratch[i]);
    table_append_strings(batch, column, items, count);
}

static void fill_floats(sample_random *random, table_batch *batch, size_t column)
{
    static const size_t sizes[] = {0, 1, 2, 9, 64};
    float values[64];
    const size_t count = sizes[sample_next(random) % 5];
    for (size_t i = 0; i < count; i++)
        values[i] = (float)random_real(random);
    table_append_floats(batch, column, values, count);
}

static void fill_value(sample_random *random, table_batch *batch, size_t column, uint64_t distinct)
{
    char scratch[400];
    switch (batch->schema.fields[column].type) {
    case TABLE_STRING:
        table_append_string(batch, column, random_text(random, distinct, scratch));
        break;
    case TABLE_INT32:
        table_append_int32(batch, column, (int32_t)sample_next(random));
        break;
    case TABLE_INT64:
        table_append_int64(batch, column, (int64_t)sample_next(random));
        break;
    case TABLE_BOOL:
        table_append_bool(batch, column, sample_next(random) % 2 != 0);
        break;
    case TABLE_FLOAT:
        table_append_float(batch, column, (float)random_real(random));
        break;
    case TABLE_DOUBLE:
        table_append_double(batch, column, random_real(random));
        break;
    case TABLE_LIST_STRING:
        fill_strings(random, batch, column, distinct);
        break;
    case TABLE_LIST_FLOAT:
        fill_floats(random, batch, column);
        break;
    case TABLE_TYPE_COUNT:
        break;
    }
}

void sample_fill(sample_random *random, table_batch *batch, size_t rows)
{
    static const uint64_t distincts[] = {1, 2, 40, 3000, 1000000};
    for (size_t column = 0; column < batch->schema.count; column++) {
        const bool nullable = batch->schema.fields[column].nullable;
        const uint64_t distinct = distincts[sample_next(random) % 5];
        const uint64_t null_in_16 = sample_next(random) % 3 * 8; /* none, half, all */
        for (size_t row = 0; row < rows; row++) {
            if (nullable && sample_next(random) % 16 < null_in_16)
                table_append_null(batch, column);
            else
                fill_value(random, batch, column, distinct);
        }
    }
}

static int append_bytes(void *context, base_span bytes, lethe_error *error)
{
    base_buf_span(context, bytes);
    return base_buf_check(context, error);
}

table_sink sample_sink(base_buf *to)
{
    return (table_sink){to, append_bytes};
}

static void copy_list(const table_batch *all, size_t column, size_t row, table_batch *to)
{
    const size_t count = table_list_size(all, column, row);
    if (all->schema.fields[column].type == TABLE_LIST_FLOAT) {
        table_append_floats(to, column, count != 0 ? table_list_floats_at(all, column, row) : NULL, count);
        return;
    }
    base_span items[16];
    for (size_t i = 0; i < count && i < 16; i++)
        items[i] = table_list_string_at(all, column, row, i);
    table_append_strings(to, column, items, count);
}

static void copy_value(const table_batch *all, size_t column, size_t row, table_batch *to)
{
    const table_type type = all->schema.fields[column].type;
    if (table_is_null(all, column, row))
        table_append_null(to, column);
    else if (table_type_is_list(type))
        copy_list(all, column, row, to);
    else if (type == TABLE_STRING)
        table_append_string(to, column, table_string_at(all, column, row));
    else if (type == TABLE_INT32)
        table_append_int32(to, column, table_int32_at(all, column, row));
    else if (type == TABLE_INT64)
        table_append_int64(to, column, table_int64_at(all, column, row));
    else if (type == TABLE_BOOL)
        table_append_bool(to, column, table_bool_at(all, column, row));
    else if (type == TABLE_FLOAT)
        table_append_float(to, column, table_float_at(all, column, row));
    else
        table_append_double(to, column, table_double_at(all, column, row));
}

void sample_copy(const table_batch *all, size_t from, size_t rows, table_batch *to)
{
    for (size_t column = 0; column < all->schema.count; column++)
        for (size_t row = from; row < from + rows; row++)
            copy_value(all, column, row, to);
}

static int write_pieces(const table_batch *batch, size_t step, table_writer *writer, lethe_error *error)
{
    const size_t rows = table_batch_rows(batch);
    table_batch *piece = NULL;
    if (step == 0)
        return table_writer_append(writer, batch, error);
    int status = table_batch_new(&batch->schema, 0, 0, &piece, error);
    for (size_t at = 0; at < rows && status == 0; at += step) {
        table_batch_reset(piece);
        sample_copy(batch, at, rows - at < step ? rows - at : step, piece);
        status = table_writer_append(writer, piece, error);
    }
    table_batch_free(piece);
    return status;
}

int sample_write(const table_batch *batch, size_t step, const table_writer_options *options, base_buf *to,
                 lethe_error *error)
{
    const table_pair pairs[] = {{BASE_SPAN("lethe.schema_version"), BASE_SPAN("1.0.0")}};
    table_writer *writer = NULL;
    BASE_TRY(table_writer_open(&batch->schema, pairs, 1, sample_sink(to), options, &writer, error));
    const int status = write_pieces(batch, step, writer, error);
    if (status == 0)
        return table_writer_close(&writer, error);
    table_writer_free(writer);
    return status;
}

int sample_read(base_span file, const table_reader_limits *limits, table_batch **ret_batch, lethe_error *error)
{
    table_reader *reader = NULL;
    table_batch *batch = NULL;
    BASE_TRY(table_reader_open(file, limits, &reader, error));
    int status = table_batch_new(table_reader_schema(reader), 0, (size_t)64 << 20, &batch, error);
    for (size_t i = 0; i < table_reader_groups(reader) && status == 0; i++)
        status = table_reader_read_group(reader, i, batch, error);
    table_reader_free(reader);
    if (status == 0)
        status = table_batch_check(batch, error);
    if (status != 0) {
        table_batch_free(batch);
        return status;
    }
    *ret_batch = batch;
    return 0;
}

static bool same_bytes(const base_buf *a, const base_buf *b)
{
    return base_span_equal(base_buf_view(a), base_buf_view(b));
}

bool sample_same(const table_batch *a, const table_batch *b)
{
    if (!table_schema_equal(&a->schema, &b->schema))
        return false;
    for (size_t i = 0; i < a->schema.count; i++) {
        const table_column *x = &a->columns[i], *y = &b->columns[i];
        if (x->rows != y->rows || x->null_count != y->null_count || !same_bytes(&x->valid, &y->valid) ||
            !same_bytes(&x->offsets, &y->offsets) || !same_bytes(&x->item_offsets, &y->item_offsets) ||
            !same_bytes(&x->values, &y->values))
            return false;
    }
    return true;
}
