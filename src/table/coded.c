/* SPDX-License-Identifier: Apache-2.0 */
#include "table/coded.h"

#include "base/threads.h"
#include "crypt/aead.h"
#include "table/coder.h"

#include <stdio.h>
#include <stdlib.h>

#define ROWS_FIRST ((size_t)1024)

typedef struct coder_column {
    coder_words words;
    base_arena arena;
    uint32_t *codes;
    base_span *values; /* sorted, once finished */
    uint32_t value_count;
} coder_column;

struct table_coder {
    table_coded_options options;
    coder_column *columns;
    table_coded_column *faces;
    base_arena names;
    uint32_t count;
    size_t rows, capacity;
};

/* A table keeps its coder: what was made is not copied. */
typedef struct coded_owner {
    table_coded table; /* first */
    table_coder *coder;
} coded_owner;

void table_coder_free(table_coder *coder)
{
    if (coder == NULL)
        return;
    for (uint32_t i = 0; coder->columns != NULL && i < coder->count; i++) {
        coder_words_done(&coder->columns[i].words);
        base_arena_done(&coder->columns[i].arena);
        free(coder->columns[i].codes);
        free(coder->columns[i].values);
    }
    base_arena_done(&coder->names);
    free(coder->columns);
    free(coder->faces);
    free(coder);
}

static int init_coder(table_coder *coder, const base_span *names, lethe_error *error)
{
    base_hash_key key;
    BASE_TRY(crypt_random(&key, sizeof(key), error));
    for (uint32_t i = 0; i < coder->count; i++) {
        base_arena_init(&coder->columns[i].arena, coder->options.memory_max_bytes);
        coder_words_init(&coder->columns[i].words, key, &coder->columns[i].arena);
        coder->faces[i].file_column = coder->options.columns != NULL ? coder->options.columns[i] : i;
        coder->faces[i].name = base_arena_copy(&coder->names, names[i]);
        if (coder->faces[i].name.data == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    return 0;
}

int table_coder_new(const base_span *names, uint32_t count, const table_coded_options *options, table_coder **ret_coder,
                    lethe_error *error)
{
    table_coder *coder = calloc(1, sizeof(*coder));
    if (coder == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (options != NULL)
        coder->options = *options;
    if (coder->options.rows_max == 0)
        coder->options.rows_max = TABLE_CODED_ROWS_MAX;
    if (coder->options.memory_max_bytes == 0)
        coder->options.memory_max_bytes = TABLE_CODED_MEMORY_MAX;
    base_arena_init(&coder->names, coder->options.memory_max_bytes);
    coder->count = count;
    coder->columns = calloc(count + 1, sizeof(*coder->columns));
    coder->faces = calloc(count + 1, sizeof(*coder->faces));
    int status = LETHE_E_BASE_MEMORY;
    if (coder->columns != NULL && coder->faces != NULL)
        status = init_coder(coder, names, error);
    else
        base_fail(error, status);
    if (status != 0)
        table_coder_free(coder);
    else
        *ret_coder = coder;
    return status;
}

static int grow_rows(table_coder *coder, lethe_error *error)
{
    const size_t capacity = coder->capacity != 0 ? coder->capacity + coder->capacity / 2 : ROWS_FIRST;
    if (coder->rows >= coder->options.rows_max ||
        capacity * coder->count > coder->options.memory_max_bytes / sizeof(uint32_t))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    for (uint32_t i = 0; i < coder->count; i++) {
        uint32_t *codes = realloc(coder->columns[i].codes, capacity * sizeof(*codes));
        if (codes == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        coder->columns[i].codes = codes;
    }
    coder->capacity = capacity < coder->options.rows_max ? capacity : (size_t)coder->options.rows_max;
    return 0;
}

int table_coder_add(table_coder *coder, const base_span *fields, lethe_error *error)
{
    if (coder->rows == coder->capacity)
        BASE_TRY(grow_rows(coder, error));
    for (uint32_t i = 0; i < coder->count; i++) {
        coder_column *column = &coder->columns[i];
        const uint32_t from = coder->options.columns != NULL ? coder->options.columns[i] : i;
        BASE_TRY(coder_words_number(&column->words, fields[from], &column->codes[coder->rows], error));
    }
    coder->rows++;
    return 0;
}

static bool is_missing(const table_coded_options *options, base_span value)
{
    for (size_t i = 0; i < options->missing_count; i++)
        if (base_span_is(value, options->missing[i]))
            return true;
    return false;
}

/* A value and the number that it has had so far. */
typedef struct numbered {
    base_span value;
    uint32_t number;
} numbered;

static int compare_numbered(const void *a, const void *b)
{
    return base_span_compare(((const numbered *)a)->value, ((const numbered *)b)->value);
}

/* Numbers become ranks; values that mean a missing one become the same one. */
static void rank_values(coder_column *column, numbered *sorted, uint32_t *rank)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < column->words.count; i++) {
        if (i == 0 || !base_span_equal(sorted[i].value, sorted[i - 1].value))
            column->values[count++] = sorted[i].value;
        rank[sorted[i].number] = count - 1;
    }
    column->value_count = count;
}

static int finish_column(void *context, size_t index, size_t worker, lethe_error *error)
{
    (void)worker;
    table_coder *coder = context;
    coder_column *column = &coder->columns[index];
    const uint32_t count = column->words.count;
    numbered *sorted = calloc((size_t)count + 1, sizeof(*sorted));
    uint32_t *rank = calloc((size_t)count + 1, sizeof(*rank));
    column->values = calloc((size_t)count + 1, sizeof(*column->values));
    if (sorted == NULL || rank == NULL || column->values == NULL) {
        free(sorted);
        free(rank);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (uint32_t i = 0; i < count; i++) {
        const base_span value = column->words.values[i];
        sorted[i] = (numbered){is_missing(&coder->options, value) ? BASE_SPAN("") : value, i};
    }
    qsort(sorted, count, sizeof(*sorted), compare_numbered);
    rank_values(column, sorted, rank);
    for (size_t row = 0; row < coder->rows; row++)
        column->codes[row] = rank[column->codes[row]];
    free(sorted);
    free(rank);
    coder_words_done(&column->words);
    return 0;
}

int table_coder_finish(table_coder *coder, table_coded **ret_table, lethe_error *error)
{
    const size_t threads = coder->options.threads != 0 ? coder->options.threads : 1;
    BASE_TRY(base_parallel(threads, coder->count, finish_column, coder, error));
    coded_owner *owner = calloc(1, sizeof(*owner));
    table_coder *kept = calloc(1, sizeof(*kept));
    if (owner == NULL || kept == NULL) {
        free(owner);
        free(kept);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *kept = *coder;
    *coder = (table_coder){0};
    size_t memory = sizeof(*owner) + sizeof(*kept) + kept->names.total;
    for (uint32_t i = 0; i < kept->count; i++) {
        const coder_column *column = &kept->columns[i];
        kept->faces[i].values = column->values;
        kept->faces[i].value_count = column->value_count;
        kept->faces[i].codes = column->codes;
        memory += kept->capacity * sizeof(uint32_t) + column->value_count * sizeof(base_span) + column->arena.total;
    }
    owner->coder = kept;
    owner->table = (table_coded){kept->count, kept->rows, kept->faces, memory, 1, NULL};
    *ret_table = &owner->table;
    return 0;
}

void table_coded_free(table_coded *table)
{
    if (table == NULL)
        return;
    table_coder_free(((coded_owner *)table)->coder); /* the table is its first member */
    free(table->file);
    free(table);
}

static int read_rows(table_csv *csv, table_coder *coder, uint64_t *ret_first, lethe_error *error)
{
    for (;;) {
        const base_span *fields = NULL;
        BASE_TRY(table_csv_next(csv, &fields, error));
        if (fields == NULL)
            return 0;
        if (coder->rows == 0)
            *ret_first = table_csv_row(csv);
        const int status = table_coder_add(coder, fields, error);
        if (status == LETHE_E_BASE_LIMIT)
            return table_csv_fail(csv, status, 0, error);
        BASE_TRY(status);
    }
}

static int read_table(table_csv *csv, const table_coded_options *options, table_coder **ret_coder,
                      table_coded **ret_table, lethe_error *error)
{
    const bool some = options != NULL && options->columns != NULL;
    const uint32_t count = some ? options->column_count : table_csv_column_count(csv);
    uint64_t first = 1;
    base_span *names = calloc((size_t)count + 1, sizeof(*names));
    if (names == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < count; i++)
        names[i] = table_csv_column_name(csv, some ? options->columns[i] : i);
    int status = table_coder_new(names, count, options, ret_coder, error);
    free(names);
    if (status == 0)
        status = read_rows(csv, *ret_coder, &first, error);
    if (status == 0)
        status = table_coder_finish(*ret_coder, ret_table, error);
    if (status != 0)
        return status;
    (*ret_table)->first_row = first;
    (*ret_table)->file = strdup(table_csv_name(csv));
    return 0;
}

int table_coded_read(table_csv *csv, const table_coded_options *options, table_coded **ret_table, lethe_error *error)
{
    table_coder *coder = NULL;
    const int status = read_table(csv, options, &coder, ret_table, error);
    table_coder_free(coder);
    return status;
}

int table_coded_load(const char *path, const table_csv_options *csv_options, const table_coded_options *options,
                     table_coded **ret_table, lethe_error *error)
{
    table_csv *csv = NULL;
    BASE_TRY(table_csv_open(path, csv_options, &csv, error));
    const int status = table_coded_read(csv, options, ret_table, error);
    table_csv_close(csv);
    return status;
}

uint32_t table_coded_find(const table_coded *table, base_span name)
{
    uint32_t i = 0;
    while (i < table->column_count && !base_span_equal(table->columns[i].name, name))
        i++;
    return i;
}

int table_coded_need(const table_coded *table, base_span name, uint32_t *ret_column, lethe_error *error)
{
    char path[LETHE_PLACE_PATH_MAX];
    const uint32_t column = table_coded_find(table, name);
    if (column < table->column_count) {
        *ret_column = column;
        return 0;
    }
    base_fail(error, LETHE_E_TABLE_COLUMN);
    (void)snprintf(path, sizeof(path), "%.*s", (int)(name.size < sizeof(path) ? name.size : sizeof(path) - 1),
                   name.data);
    base_error_path(error, path);
    if (table->file != NULL)
        base_error_file(error, table->file);
    return LETHE_E_TABLE_COLUMN;
}

uint32_t table_coded_code(const table_coded_column *column, base_span value)
{
    uint32_t low = 0, high = column->value_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = base_span_compare(column->values[middle], value);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return column->value_count;
}
