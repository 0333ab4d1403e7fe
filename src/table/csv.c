/* SPDX-License-Identifier: Apache-2.0 */
#include "table/csv_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define CSV_BUFFER_BYTES ((size_t)1 << 18)
#define CSV_NAMES_MAX    ((size_t)64 << 20)

/* Moves what is left to the front and reads on; the buffer grows where a row fills it. */
static int refill(table_csv *csv, lethe_error *error)
{
    if (csv->at != 0) {
        memmove(csv->buffer, csv->buffer + csv->at, csv->held - csv->at);
        csv->held -= csv->at;
        csv->at = 0;
    } else if (csv->held == csv->capacity) {
        if (csv->capacity >= csv->options.row_max_bytes) {
            csv->row++;
            csv->line = csv->next_line;
            return table_csv_fail(csv, LETHE_E_BASE_LIMIT, 0, error);
        }
        char *larger = realloc(csv->buffer, csv->capacity * 2);
        if (larger == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        csv->buffer = larger;
        csv->capacity *= 2;
    }
    size_t got = 0;
    const int status = base_reader_read(csv->reader, csv->buffer + csv->held, csv->capacity - csv->held, &got, error);
    if (status != 0) {
        base_error_file(error, csv->path);
        return status;
    }
    csv->held += got;
    csv->ended = got == 0;
    return 0;
}

/* The next row that is not empty, as raw fields; *ret_size 0 at the end. */
static int scan(table_csv *csv, size_t *ret_size, lethe_error *error)
{
    for (;;) {
        size_t size = 0;
        uint64_t lines = 0;
        if (csv->at == csv->held && csv->ended) {
            *ret_size = 0;
            return 0;
        }
        if (csv->at < csv->held)
            BASE_TRY(csv_scan_row(csv, &size, &lines, error));
        if (size == 0) {
            BASE_TRY(refill(csv, error));
            continue;
        }
        csv->line = csv->next_line;
        const bool empty = csv->field_count == 1 && csv->raw[0].size == 0 && csv->raw[0].at == csv->at;
        if (!empty || csv->column_count == 1) {
            *ret_size = size;
            BASE_TRY(csv_finish_row(csv, size, error));
            csv->next_line += lines;
            csv->row++;
            return 0;
        }
        csv->next_line += lines;
        csv->at += size;
    }
}

int table_csv_next(table_csv *csv, const base_span **ret_fields, lethe_error *error)
{
    size_t size = 0;
    if (csv->replay) {
        csv->replay = false;
        *ret_fields = csv->fields;
        return 0;
    }
    BASE_TRY(scan(csv, &size, error));
    if (size == 0) {
        *ret_fields = NULL;
        return 0;
    }
    csv->at += size;
    if (csv->field_count != csv->column_count)
        return table_csv_fail(csv, LETHE_E_TABLE_CSV_RAGGED, csv->field_count, error);
    *ret_fields = csv->fields;
    return 0;
}

/* At least `size` bytes in the buffer, or all there are. */
static int hold(table_csv *csv, size_t size, lethe_error *error)
{
    while (csv->held < size && !csv->ended)
        BASE_TRY(refill(csv, error));
    return 0;
}

static int skip_mark(table_csv *csv, lethe_error *error)
{
    const base_span start = {csv->buffer, csv->held};
    if (base_span_starts(start, BASE_SPAN("\xff\xfe")) || base_span_starts(start, BASE_SPAN("\xfe\xff"))) {
        csv->row = csv->line = 1;
        return table_csv_fail(csv, LETHE_E_TABLE_CSV_ENCODING, 0, error); /* UTF-16 */
    }
    if (base_span_starts(start, BASE_SPAN("\xef\xbb\xbf"))) {
        csv->at = 3;
        csv->encoding = TABLE_ENCODING_UTF8;
    }
    return 0;
}

static int name_column(table_csv *csv, uint32_t column, lethe_error *error)
{
    char number[32];
    base_span name = csv->fields[column];
    if (csv->options.no_header || name.size == 0) {
        (void)snprintf(number, sizeof(number), "column_%u", column + 1);
        name = base_span_of(number);
    }
    csv->names[column] = base_arena_copy(&csv->arena, name);
    return csv->names[column].data == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
}

static int compare_names(const void *a, const void *b)
{
    return base_span_compare(**(const base_span *const *)a, **(const base_span *const *)b);
}

/* Sorted pointers, so that a header of thousands of names costs no square of them. */
static int check_names(const table_csv *csv, lethe_error *error)
{
    const base_span **sorted = malloc(csv->column_count * sizeof(base_span *));
    uint32_t twice = UINT32_MAX;
    if (sorted == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < csv->column_count; i++)
        sorted[i] = &csv->names[i];
    qsort(sorted, csv->column_count, sizeof(base_span *), compare_names);
    for (uint32_t i = 1; i < csv->column_count; i++) {
        const base_span *later = sorted[i] > sorted[i - 1] ? sorted[i] : sorted[i - 1];
        if (base_span_equal(*sorted[i], *sorted[i - 1]) && (uint32_t)(later - csv->names) < twice)
            twice = (uint32_t)(later - csv->names);
    }
    free(sorted);
    return twice != UINT32_MAX ? table_csv_fail(csv, LETHE_E_TABLE_CSV_HEADER, twice, error) : 0;
}

static int read_header(table_csv *csv, lethe_error *error)
{
    size_t size = 0;
    BASE_TRY(hold(csv, CSV_BUFFER_BYTES, error));
    csv->next_line = 1;
    BASE_TRY(skip_mark(csv, error));
    if (csv->options.separator == '\0')
        csv->options.separator = csv_sniff((base_span){csv->buffer + csv->at, csv->held - csv->at});
    BASE_TRY(scan(csv, &size, error));
    if (size == 0) {
        csv->row = csv->line = 1;
        return table_csv_fail(csv, LETHE_E_TABLE_CSV_HEADER, 0, error);
    }
    csv->at += size;
    csv->column_count = csv->field_count;
    csv->names = base_arena_take_array(&csv->arena, csv->column_count, sizeof(*csv->names));
    if (csv->names == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < csv->column_count; i++)
        BASE_TRY(name_column(csv, i, error));
    csv->replay = csv->options.no_header;
    return check_names(csv, error);
}

static table_csv *new_csv(const char *name, const table_csv_options *options, size_t capacity)
{
    table_csv *csv = calloc(1, sizeof(*csv));
    if (csv == NULL)
        return NULL;
    if (options != NULL)
        csv->options = *options;
    if (csv->options.field_max_bytes == 0)
        csv->options.field_max_bytes = TABLE_CSV_FIELD_MAX;
    if (csv->options.row_max_bytes == 0)
        csv->options.row_max_bytes = TABLE_CSV_ROW_MAX;
    csv->encoding = csv->options.encoding;
    base_arena_init(&csv->arena, CSV_NAMES_MAX);
    base_buf_init(&csv->text, SIZE_MAX / 4);
    (void)snprintf(csv->path, sizeof(csv->path), "%s", name);
    csv->capacity = capacity;
    csv->buffer = malloc(capacity);
    if (csv->buffer == NULL) {
        table_csv_close(csv);
        return NULL;
    }
    return csv;
}

int table_csv_open(const char *path, const table_csv_options *options, table_csv **ret_csv, lethe_error *error)
{
    table_csv *csv = new_csv(path, options, CSV_BUFFER_BYTES);
    if (csv == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = base_reader_open(path, &csv->reader, error);
    if (status == 0)
        status = read_header(csv, error);
    if (status != 0) {
        base_error_file(error, path);
        table_csv_close(csv);
        return status;
    }
    *ret_csv = csv;
    return 0;
}

int table_csv_open_memory(base_span bytes, const char *name, const table_csv_options *options, table_csv **ret_csv,
                          lethe_error *error)
{
    table_csv *csv = new_csv(name, options, bytes.size + 1);
    if (csv == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (bytes.size != 0)
        memcpy(csv->buffer, bytes.data, bytes.size);
    csv->held = bytes.size;
    csv->ended = true;
    const int status = read_header(csv, error);
    if (status != 0)
        table_csv_close(csv);
    else
        *ret_csv = csv;
    return status;
}

void table_csv_close(table_csv *csv)
{
    if (csv == NULL)
        return;
    base_reader_close(csv->reader);
    base_arena_done(&csv->arena);
    base_buf_done(&csv->text);
    free(csv->buffer);
    free(csv->raw);
    free(csv->fields);
    free(csv);
}

uint32_t table_csv_column_count(const table_csv *csv)
{
    return csv->column_count;
}

base_span table_csv_column_name(const table_csv *csv, uint32_t column)
{
    return csv->names[column];
}

uint32_t table_csv_column_find(const table_csv *csv, base_span name)
{
    uint32_t i = 0;
    while (i < csv->column_count && !base_span_equal(csv->names[i], name))
        i++;
    return i;
}

char table_csv_separator(const table_csv *csv)
{
    return csv->options.separator;
}

const char *table_csv_encoding(const table_csv *csv)
{
    static const char *const names[] = {"ascii", "utf-8", "latin-1"};
    return names[csv->encoding];
}

const char *table_csv_name(const table_csv *csv)
{
    return csv->path;
}

uint64_t table_csv_row(const table_csv *csv)
{
    return csv->row;
}

uint64_t table_csv_line(const table_csv *csv)
{
    return csv->line;
}

int table_csv_fail(const table_csv *csv, int code, uint32_t column, lethe_error *error)
{
    char place[LETHE_PLACE_PATH_MAX];
    base_fail(error, code);
    (void)snprintf(place, sizeof(place), "row %llu, column %u", (unsigned long long)csv->row, column + 1);
    base_error_file(error, csv->path);
    base_error_line(error, (int64_t)csv->line);
    base_error_path(error, place);
    return code;
}

void table_csv_put(base_buf *buf, base_span field, char separator)
{
    bool plain = true;
    for (size_t i = 0; i < field.size && plain; i++)
        plain = field.data[i] != separator && field.data[i] != '"' && field.data[i] != '\n' && field.data[i] != '\r';
    if (plain) {
        base_buf_span(buf, field);
        return;
    }
    base_buf_byte(buf, '"');
    for (size_t i = 0; i < field.size; i++) {
        if (field.data[i] == '"')
            base_buf_byte(buf, '"');
        base_buf_byte(buf, field.data[i]);
    }
    base_buf_byte(buf, '"');
}
