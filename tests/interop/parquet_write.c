/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a Parquet file of pseudo-random values of every type, and the same values as JSON lines beside it:
 *     parquet_write FILE.parquet FILE.jsonl SEED ROWS GROUP_ROWS PAGE_BYTES
 * parquet_interop.py reads the first with the readers of others and compares with the second.
 */
#include "table/parquet.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const table_field FIELDS[] = {
    {"id", TABLE_STRING, false},          {"word", TABLE_STRING, true},        {"int32", TABLE_INT32, false},
    {"int32_null", TABLE_INT32, true},    {"int64", TABLE_INT64, false},       {"int64_null", TABLE_INT64, true},
    {"bool", TABLE_BOOL, false},          {"bool_null", TABLE_BOOL, true},     {"float", TABLE_FLOAT, false},
    {"float_null", TABLE_FLOAT, true},    {"double", TABLE_DOUBLE, false},     {"double_null", TABLE_DOUBLE, true},
    {"words", TABLE_LIST_STRING, false},  {"words_null", TABLE_LIST_STRING, true},
    {"floats", TABLE_LIST_FLOAT, false},  {"floats_null", TABLE_LIST_FLOAT, true},
    {"nothing", TABLE_STRING, true},      {"one", TABLE_STRING, false},
};
#define FIELD_COUNT (sizeof(FIELDS) / sizeof(FIELDS[0]))

static const char *const WORDS[] = {
    "", "a", "winter", "allergic_rhinitis", "\xc3\xa4\xc3\xb6\xc3\xbc \xc3\x9f", "\xe6\xb1\x89\xe5\xad\x97",
    "\xf0\x9f\xa9\xba stethoscope", "tab\tquote\"backslash\\line\n", "pregnant_trimester_3", "Z",
    "\xef\xbf\xbd\xf4\x8f\xbf\xbf", "a longer text that does not fit into twelve bytes or into one cache line of them",
};

typedef struct state {
    uint64_t random;
    FILE *json;
    table_batch *batch;
} state;

static uint64_t next(state *s)
{
    s->random += 0x9e3779b97f4a7c15ULL; /* splitmix64 */
    uint64_t z = s->random;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static void put_json_text(FILE *to, base_span text)
{
    fputc('"', to);
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        if (c == '"' || c == '\\')
            fprintf(to, "\\%c", c);
        else if (c < 0x20)
            fprintf(to, "\\u%04x", c);
        else
            fputc(c, to);
    }
    fputc('"', to);
}

static void put_json_real(FILE *to, double value)
{
    if (isnan(value))
        fputs("NaN", to);
    else if (isinf(value))
        fputs(value < 0 ? "-Infinity" : "Infinity", to);
    else if (value == 0.0 && signbit(value))
        fputs("-0.0", to); /* "-0" would be an integer */
    else
        fprintf(to, "%.17g", value);
}

static base_span random_text(state *s, size_t column, char scratch[64])
{
    if (column == 0) {
        const int size = snprintf(scratch, 64, "anon_%016" PRIx64, next(s));
        return (base_span){scratch, (size_t)size};
    }
    return base_span_of(WORDS[next(s) % (sizeof(WORDS) / sizeof(WORDS[0]))]);
}

static double random_real(state *s)
{
    static const double special[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 1.0};
    const uint64_t draw = next(s);
    if (draw % 50 < sizeof(special) / sizeof(special[0]))
        return special[draw % 50];
    return ((double)(next(s) >> 11) / 9007199254740992.0 - 0.5) * 1000.0;
}

static void put_words(state *s, size_t column)
{
    base_span items[8];
    char scratch[64];
    const size_t count = next(s) % 8;
    fputc('[', s->json);
    for (size_t i = 0; i < count; i++) {
        items[i] = random_text(s, column, scratch);
        fputs(i != 0 ? "," : "", s->json);
        put_json_text(s->json, items[i]);
    }
    fputc(']', s->json);
    table_append_strings(s->batch, column, items, count);
}

static void put_floats(state *s, size_t column)
{
    static const size_t sizes[] = {0, 1, 3, 20, 768};
    float values[768];
    const size_t count = sizes[next(s) % 5];
    fputc('[', s->json);
    for (size_t i = 0; i < count; i++) {
        values[i] = (float)random_real(s);
        fputs(i != 0 ? "," : "", s->json);
        put_json_real(s->json, (double)values[i]);
    }
    fputc(']', s->json);
    table_append_floats(s->batch, column, values, count);
}

static void put_scalar(state *s, size_t column)
{
    const uint64_t draw = next(s);
    char scratch[64];
    switch (FIELDS[column].type) {
    case TABLE_STRING: {
        const base_span text = column == 17 ? BASE_SPAN("always") : random_text(s, column, scratch);
        put_json_text(s->json, text);
        table_append_string(s->batch, column, text);
        break;
    }
    case TABLE_INT32:
        fprintf(s->json, "%" PRId32, (int32_t)draw);
        table_append_int32(s->batch, column, (int32_t)draw);
        break;
    case TABLE_INT64:
        fprintf(s->json, "%" PRId64, (int64_t)draw);
        table_append_int64(s->batch, column, (int64_t)draw);
        break;
    case TABLE_BOOL:
        fputs(draw % 2 != 0 ? "true" : "false", s->json);
        table_append_bool(s->batch, column, draw % 2 != 0);
        break;
    case TABLE_FLOAT: {
        const float value = (float)random_real(s);
        put_json_real(s->json, (double)value);
        table_append_float(s->batch, column, value);
        break;
    }
    case TABLE_DOUBLE: {
        const double value = random_real(s);
        put_json_real(s->json, value);
        table_append_double(s->batch, column, value);
        break;
    }
    case TABLE_LIST_STRING:
        put_words(s, column);
        break;
    case TABLE_LIST_FLOAT:
        put_floats(s, column);
        break;
    case TABLE_TYPE_COUNT:
        break;
    }
}

static void put_row(state *s)
{
    fputc('{', s->json);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        fprintf(s->json, "%s\"%s\":", i != 0 ? "," : "", FIELDS[i].name);
        if (FIELDS[i].nullable && (next(s) % 4 == 0 || i == 16)) {
            fputs("null", s->json);
            table_append_null(s->batch, i);
        } else {
            put_scalar(s, i);
        }
    }
    fputs("}\n", s->json);
}

static int write_file(void *context, base_span bytes, lethe_error *error)
{
    return fwrite(bytes.data, 1, bytes.size, context) == bytes.size ? 0 : base_fail(error, LETHE_E_BASE_IO);
}

static int write_rows(state *s, table_writer *writer, size_t rows, lethe_error *error)
{
    while (rows != 0) {
        size_t some = 1 + next(s) % 700; /* batches of any size: the file does not show them */
        some = some < rows ? some : rows;
        rows -= some;
        table_batch_reset(s->batch);
        for (size_t i = 0; i < some; i++)
            put_row(s);
        BASE_TRY(table_writer_append(writer, s->batch, error));
    }
    return 0;
}

int main(int argc, char **argv)
{
    lethe_error error = {0};
    if (argc != 7)
        return 2;
    state s = {.random = strtoull(argv[3], NULL, 10)};
    FILE *file = fopen(argv[1], "wb");
    s.json = fopen(argv[2], "wb");
    const table_schema schema = {FIELDS, FIELD_COUNT};
    const table_pair metadata[] = {{BASE_SPAN("lethe.schema_version"), BASE_SPAN("1.0.0")},
                                   {BASE_SPAN("empty"), BASE_SPAN("")}};
    const table_writer_options options = {.row_group_rows = (uint32_t)strtoul(argv[5], NULL, 10),
                                          .page_bytes = strtoul(argv[6], NULL, 10)};
    table_writer *writer = NULL;
    int status = file != NULL && s.json != NULL ? 0 : base_fail_errno(&error, LETHE_E_BASE_IO);
    if (status == 0)
        status = table_batch_new(&schema, 0, 0, &s.batch, &error);
    if (status == 0)
        status = table_writer_open(&schema, metadata, 2, (table_sink){file, write_file}, &options, &writer, &error);
    if (status == 0)
        status = write_rows(&s, writer, strtoul(argv[4], NULL, 10), &error);
    if (status == 0)
        status = table_writer_close(&writer, &error);
    table_writer_free(writer);
    table_batch_free(s.batch);
    if (file != NULL && fclose(file) != 0)
        status = 1;
    if (s.json != NULL && fclose(s.json) != 0)
        status = 1;
    if (status != 0)
        fprintf(stderr, "%s: %s\n", error.name, error.message);
    return status == 0 ? 0 : 1;
}
