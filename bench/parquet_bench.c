/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times the Parquet writer and reader on rows like those of a release.
 *     parquet-bench strings|vectors|rows ROWS REPEATS FILE
 * prints "write MS BYTES" and "read MS" of CPU time, the best of REPEATS runs in memory, and leaves the file for
 * parquet_bench.py.
 */
#include "table/parquet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT_COLUMNS 20
#define LIST_COLUMNS 10
#define DIMENSIONS   768
#define GROUP_ROWS   16384

static uint64_t next(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15ULL; /* splitmix64 */
    uint64_t z = *state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static double now_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

typedef struct layout {
    table_field fields[2 + TEXT_COLUMNS + LIST_COLUMNS + 3];
    char names[2 + TEXT_COLUMNS + LIST_COLUMNS + 3][16];
    size_t count;
} layout;

static void add_field(layout *to, const char *name, size_t number, table_type type, bool nullable)
{
    (void)snprintf(to->names[to->count], sizeof(to->names[0]), "%s_%02zu", name, number);
    to->fields[to->count] = (table_field){to->names[to->count], type, nullable};
    to->count++;
}

static void choose_columns(layout *to, bool strings, bool vectors)
{
    if (strings) {
        add_field(to, "id", 0, TABLE_STRING, false);
        add_field(to, "id", 1, TABLE_STRING, false);
        for (size_t i = 0; i < TEXT_COLUMNS; i++)
            add_field(to, "text", i, TABLE_STRING, i % 4 == 0);
        for (size_t i = 0; i < LIST_COLUMNS; i++)
            add_field(to, "list", i, TABLE_LIST_STRING, false);
        add_field(to, "number", 0, TABLE_INT32, false);
        add_field(to, "flag", 0, TABLE_BOOL, true);
    }
    if (vectors)
        add_field(to, "vector", 0, TABLE_LIST_FLOAT, false);
}

static base_span text_of(uint64_t pick, char scratch[64])
{
    static const char *const kinds[] = {"allergic_rhinitis", "winter", "urban_northeast", "25-30", "antihistamines"};
    const int size = snprintf(scratch, 64, "%s_%u", kinds[pick % 5], (unsigned)pick);
    return (base_span){scratch, (size_t)size};
}

static void fill_id(uint64_t *random, table_batch *batch, size_t column, size_t row)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    char id[32] = "anon_";
    uint64_t state = column == 0 ? row / 4 : next(random); /* four visits a patient */
    for (size_t i = 5; i < 31; i++)
        id[i] = digits[next(&state) % 32];
    table_append_string(batch, column, (base_span){id, 31});
}

static void fill_value(uint64_t *random, table_batch *batch, size_t column, size_t row)
{
    const table_field *field = &batch->schema.fields[column];
    char scratch[8][64];
    base_span items[8];
    if (field->nullable && next(random) % 5 == 0) {
        table_append_null(batch, column);
    } else if (field->type == TABLE_STRING && strncmp(field->name, "id", 2) == 0) {
        fill_id(random, batch, column, row);
    } else if (field->type == TABLE_STRING) {
        table_append_string(batch, column, text_of(next(random) % (3 + column * 5), scratch[0]));
    } else if (field->type == TABLE_LIST_STRING) {
        const size_t count = next(random) % 7;
        for (size_t i = 0; i < count; i++)
            items[i] = text_of(next(random) % 300, scratch[i]);
        table_append_strings(batch, column, items, count);
    } else if (field->type == TABLE_INT32) {
        table_append_int32(batch, column, (int32_t)(row % 4));
    } else if (field->type == TABLE_BOOL) {
        table_append_bool(batch, column, next(random) % 2 != 0);
    } else {
        float vector[DIMENSIONS];
        for (size_t i = 0; i < DIMENSIONS; i++) { /* nearly normal: the sum of four uniform numbers */
            const uint64_t draw = next(random);
            const double sum = (double)(draw & 0xffff) + (double)(draw >> 16 & 0xffff) + (double)(draw >> 32 & 0xffff) +
                               (double)(draw >> 48);
            vector[i] = (float)((sum / 65536.0 - 2.0) * 0.0625);
        }
        table_append_floats(batch, column, vector, DIMENSIONS);
    }
}

static int append_bytes(void *context, base_span bytes, lethe_error *error)
{
    base_buf_span(context, bytes);
    return base_buf_check(context, error);
}

static int write_once(const table_batch *batch, base_buf *to, lethe_error *error)
{
    const table_writer_options options = {.row_group_rows = GROUP_ROWS};
    table_writer *writer = NULL;
    base_buf_reset(to);
    BASE_TRY(table_writer_open(&batch->schema, NULL, 0, (table_sink){to, append_bytes}, &options, &writer, error));
    const int status = table_writer_append(writer, batch, error);
    if (status == 0)
        return table_writer_close(&writer, error);
    table_writer_free(writer);
    return status;
}

static int read_once(const base_buf *file, table_batch *batch, lethe_error *error)
{
    table_reader *reader = NULL;
    BASE_TRY(table_reader_open(base_buf_view(file), NULL, &reader, error));
    int status = 0;
    for (size_t i = 0; i < table_reader_groups(reader) && status == 0; i++) {
        table_batch_reset(batch);
        status = table_reader_read_group(reader, i, batch, error);
    }
    table_reader_free(reader);
    return status;
}

static int measure(table_batch *batch, int repeats, base_buf *file, lethe_error *error)
{
    double write_ms = 1e30, read_ms = 1e30;
    for (int i = 0; i < repeats; i++) {
        const double start = now_ms();
        BASE_TRY(write_once(batch, file, error));
        const double ms = now_ms() - start;
        write_ms = ms < write_ms ? ms : write_ms;
    }
    table_batch *back = NULL;
    BASE_TRY(table_batch_new(&batch->schema, 0, 0, &back, error));
    for (int i = 0; i < repeats; i++) {
        const double start = now_ms();
        BASE_TRY(read_once(file, back, error));
        const double ms = now_ms() - start;
        read_ms = ms < read_ms ? ms : read_ms;
    }
    table_batch_free(back);
    printf("write %.3f %zu\nread %.3f\n", write_ms, file->size, read_ms);
    return 0;
}

static int save(const base_buf *file, const char *path)
{
    FILE *to = fopen(path, "wb");
    if (to == NULL)
        return 1;
    const int failed = fwrite(file->data, 1, file->size, to) != file->size;
    return fclose(to) != 0 || failed;
}

int main(int argc, char **argv)
{
    static layout columns;
    lethe_error error = {0};
    uint64_t random = 20;
    if (argc != 5)
        return 2;
    choose_columns(&columns, strcmp(argv[1], "vectors") != 0, strcmp(argv[1], "strings") != 0);
    const size_t rows = strtoul(argv[2], NULL, 10);
    table_batch *batch = NULL;
    base_buf file;
    base_buf_init(&file, (size_t)2 << 30);
    int status = table_batch_new(&(table_schema){columns.fields, columns.count}, 0, 0, &batch, &error);
    for (size_t column = 0; status == 0 && column < columns.count; column++)
        for (size_t row = 0; row < rows; row++)
            fill_value(&random, batch, column, row);
    if (status == 0)
        status = measure(batch, atoi(argv[3]), &file, &error);
    if (status != 0)
        fprintf(stderr, "%s: %s\n", error.name, error.message);
    else
        status = save(&file, argv[4]);
    table_batch_free(batch);
    base_buf_done(&file);
    return status == 0 ? 0 : 1;
}
