/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "table/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static table_csv *open_text(base_span text, const table_csv_options *options)
{
    table_csv *csv = NULL;
    assert_int_equal(table_csv_open_memory(text, "t.csv", options, &csv, NULL), 0);
    return csv;
}

/* All rows, as a|b\n… with every field in brackets. */
static void dump(table_csv *csv, base_buf *out)
{
    const base_span *fields = NULL;
    base_buf_reset(out);
    for (;;) {
        assert_int_equal(table_csv_next(csv, &fields, NULL), 0);
        if (fields == NULL)
            break;
        for (uint32_t i = 0; i < table_csv_column_count(csv); i++) {
            base_buf_byte(out, '[');
            base_buf_span(out, fields[i]);
            base_buf_byte(out, ']');
        }
        base_buf_byte(out, '\n');
    }
}

static void expect(base_span text, const table_csv_options *options, const char *rows)
{
    base_buf out;
    base_buf_init(&out, 1 << 20);
    table_csv *csv = open_text(text, options);
    dump(csv, &out);
    base_buf_byte(&out, '\0');
    assert_string_equal(out.data, rows);
    table_csv_close(csv);
    base_buf_done(&out);
}

static void test_rfc4180(void **state)
{
    (void)state;
    expect(BASE_SPAN("a,b\n1,2\n"), NULL, "[1][2]\n");
    expect(BASE_SPAN("a,b\r\n1,2\r\n3,4"), NULL, "[1][2]\n[3][4]\n");
    expect(BASE_SPAN("a,b\r1,2\r"), NULL, "[1][2]\n");
    expect(BASE_SPAN("a,b\n\"x,\"\"y\"\"\",\"l1\nl2\"\n"), NULL, "[x,\"y\"][l1\nl2]\n");
    expect(BASE_SPAN("a,b\n\"\",\n,\"\"\n"), NULL, "[][]\n[][]\n");
    expect(BASE_SPAN("a,b\n5\" nail,2\n"), NULL, "[5\" nail][2]\n");
    expect(BASE_SPAN("\n\na,b\n\n1,2\n\n\n"), NULL, "[1][2]\n");
    expect(BASE_SPAN("a\n1\n\n2\n"), NULL, "[1]\n[]\n[2]\n");
    expect(BASE_SPAN("a,b\n\"x\",\"y\""), NULL, "[x][y]\n");
    expect(BASE_SPAN("a,b\n1,"), NULL, "[1][]\n");
    expect(BASE_SPAN("1;*\n2;*\n"), &(table_csv_options){.no_header = true}, "[1][*]\n[2][*]\n");
}

static void test_separators(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char separator;
    } cases[] = {{"a,b\n1,2\n", ','},     {"a;b\n1;2,5\n", ';'},       {"a\tb\n1\t2\n", '\t'},
                 {"a|b|c\n1|2|3\n", '|'}, {"\"x,y,z\";b\n1;2\n", ';'}, {"name;n\nDoe, J;1\nRoe, K;2\n", ';'},
                 {"one\n1\n", ','}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        table_csv *csv = open_text(base_span_of(cases[i].text), NULL);
        assert_int_equal(table_csv_separator(csv), cases[i].separator);
        table_csv_close(csv);
    }
    expect(BASE_SPAN("a:b\n1:2\n"), &(table_csv_options){.separator = ':'}, "[1][2]\n");
}

static void test_encodings(void **state)
{
    (void)state;
    expect(BASE_SPAN("\xef\xbb\xbf"
                     "a,b\nM\xc3\xbcller,1\n"),
           NULL, "[M\xc3\xbcller][1]\n");
    expect(BASE_SPAN("a,b\nM\xfcller,\"\xe9\"\"\"\n"), NULL, "[M\xc3\xbcller][\xc3\xa9\"]\n");
    table_csv *csv = open_text(BASE_SPAN("a,b\n1,2\n\xfc,3\n"), NULL);
    const base_span *fields = NULL;
    assert_int_equal(table_csv_next(csv, &fields, NULL), 0);
    assert_string_equal(table_csv_encoding(csv), "ascii");
    assert_int_equal(table_csv_next(csv, &fields, NULL), 0);
    assert_string_equal(table_csv_encoding(csv), "latin-1");
    table_csv_close(csv);
    csv = open_text(BASE_SPAN("a,b\n\xc3\xbc,3\n"), &(table_csv_options){.encoding = TABLE_ENCODING_LATIN1});
    assert_int_equal(table_csv_next(csv, &fields, NULL), 0);
    assert_true(base_span_is(fields[0], "\xc3\x83\xc2\xbc"));
    table_csv_close(csv);
}

static void test_header(void **state)
{
    (void)state;
    table_csv *csv = open_text(BASE_SPAN(",age,\"zip \"\"code\"\"\"\n0,1,2\n"), NULL);
    assert_int_equal(table_csv_column_count(csv), 3);
    assert_true(base_span_is(table_csv_column_name(csv, 0), "column_1"));
    assert_true(base_span_is(table_csv_column_name(csv, 2), "zip \"code\""));
    assert_int_equal(table_csv_column_find(csv, BASE_SPAN("age")), 1);
    assert_int_equal(table_csv_column_find(csv, BASE_SPAN("sex")), 3);
    table_csv_close(csv);
}

/* Reads to the end; the status and place of what went wrong. */
static int read_all(base_span text, const table_csv_options *options, lethe_error *error)
{
    table_csv *csv = NULL;
    const base_span *fields = NULL;
    *error = (lethe_error){0};
    int status = table_csv_open_memory(text, "t.csv", options, &csv, error);
    while (status == 0) {
        status = table_csv_next(csv, &fields, error);
        if (status == 0 && fields == NULL)
            break;
    }
    table_csv_close(csv);
    return status;
}

static void test_errors_have_a_place(void **state)
{
    (void)state;
    static const struct {
        base_span text;
        int status;
        int64_t line;
        const char *path;
    } cases[] = {
        {{"a,b\n1,2\n3\n", 10}, LETHE_E_TABLE_CSV_RAGGED, 3, "row 3, column 2"},
        {{"a,b\n1,2,3\n", 10}, LETHE_E_TABLE_CSV_RAGGED, 2, "row 2, column 3"},
        {{"a,b\n\"x\ny\",2\n\"1\n", 16}, LETHE_E_TABLE_CSV_QUOTE, 4, "row 3, column 1"},
        {{"a,b\n1,\"x\"y\n", 11}, LETHE_E_TABLE_CSV_QUOTE, 2, "row 2, column 2"},
        {{"a,b\n\xc3\xbc,2\n1,\xfc\n", 13}, LETHE_E_TABLE_CSV_ENCODING, 3, "row 3, column 2"},
        {{"a,b,a\n", 6}, LETHE_E_TABLE_CSV_HEADER, 1, "row 1, column 3"},
        {{"", 0}, LETHE_E_TABLE_CSV_HEADER, 1, "row 1, column 1"},
        {{"\xff\xfe"
          "a\0",
          4},
         LETHE_E_TABLE_CSV_ENCODING,
         1,
         "row 1, column 1"},
        {{"a,b\n1,\0\n", 8}, LETHE_E_TABLE_CSV_ENCODING, 2, "row 2, column 1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        lethe_error error;
        assert_int_equal(read_all(cases[i].text, NULL, &error), cases[i].status);
        assert_int_equal(error.line, cases[i].line);
        assert_string_equal(error.path, cases[i].path);
        assert_string_equal(error.file, "t.csv");
    }
    lethe_error error;
    const table_csv_options narrow = {.field_max_bytes = 4};
    assert_int_equal(read_all(BASE_SPAN("a,b\n1,12345\n"), &narrow, &error), LETHE_E_BASE_LIMIT);
    assert_string_equal(error.path, "row 2, column 2");
}

/* --- against a slow reader, one character at a time --- */

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return *seed >> 33;
}

/* A random table as text with random quoting and line ends, and what it says. */
static void random_table(uint64_t *seed, base_buf *text, base_buf *said)
{
    static const char letters[] = "ab,;\"\n\r 1";
    const size_t columns = 2 + next_random(seed) % 4, rows = 1 + next_random(seed) % 30;
    for (size_t row = 0; row <= rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            char field[40];
            size_t size = next_random(seed) % 8;
            if (row == 0)
                size = (size_t)snprintf(field, sizeof(field), "c%zu", column);
            else if (next_random(seed) % 50 == 0)
                size = 33;
            for (size_t i = 0; i < size && row != 0; i++)
                field[i] = letters[next_random(seed) % (sizeof(letters) - 1)];
            if (row != 0 && next_random(seed) % 4 == 0) {
                base_buf_byte(text, '"');
                for (size_t i = 0; i < size; i++) {
                    base_buf_append(text, &field[i], 1);
                    if (field[i] == '"')
                        base_buf_byte(text, '"');
                }
                base_buf_byte(text, '"');
            } else {
                table_csv_put(text, (base_span){field, size}, ',');
            }
            base_buf_byte(text, ',');
            if (row != 0) {
                base_buf_byte(said, '[');
                base_buf_append(said, field, size);
                base_buf_byte(said, ']');
            }
        }
        text->size--;
        base_buf_text(text, next_random(seed) % 2 != 0 ? "\n" : "\r\n");
        if (row != 0)
            base_buf_byte(said, '\n');
    }
}

static void test_random_tables(void **state)
{
    (void)state;
    base_buf text, said, out;
    uint64_t seed = 7;
    base_buf_init(&text, 1 << 20);
    base_buf_init(&said, 1 << 20);
    base_buf_init(&out, 1 << 20);
    for (int round = 0; round < 2000; round++) {
        base_buf_reset(&text);
        base_buf_reset(&said);
        random_table(&seed, &text, &said);
        table_csv *csv = open_text(base_buf_view(&text), &(table_csv_options){.separator = ','});
        dump(csv, &out);
        assert_true(base_span_equal(base_buf_view(&out), base_buf_view(&said)));
        table_csv_close(csv);
    }
    base_buf_done(&text);
    base_buf_done(&said);
    base_buf_done(&out);
}

/* A file larger than the reader's buffer, with fields across its borders. */
static void test_file(void **state)
{
    (void)state;
    char path[] = "/tmp/lethe-csv-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *out = fdopen(file, "w");
    assert_non_null(out);
    (void)fputs("n,text\n", out);
    for (int i = 0; i < 60000; i++)
        (void)fprintf(out, "%d,\"x\"\"%0*d\"\n", i, i % 50 + 1, 0);
    char *large = malloc(700001);
    assert_non_null(large);
    memset(large, 'y', 700000);
    large[700000] = '\0';
    (void)fprintf(out, "60000,%s\n", large);
    assert_int_equal(fclose(out), 0);
    table_csv *csv = NULL;
    const base_span *fields = NULL;
    assert_int_equal(table_csv_open(path, NULL, &csv, NULL), 0);
    for (int i = 0; i < 60001; i++) {
        char number[16];
        assert_int_equal(table_csv_next(csv, &fields, NULL), 0);
        assert_non_null(fields);
        (void)snprintf(number, sizeof(number), "%d", i);
        assert_true(base_span_is(fields[0], number));
        assert_int_equal(fields[1].size, i == 60000 ? 700000 : i % 50 + 3);
        assert_int_equal(table_csv_row(csv), i + 2);
    }
    assert_int_equal(table_csv_next(csv, &fields, NULL), 0);
    assert_null(fields);
    table_csv_close(csv);
    lethe_error error = {0};
    assert_int_equal(table_csv_open(path, &(table_csv_options){.row_max_bytes = 1 << 18}, &csv, NULL), 0);
    int status = 0;
    while (status == 0 && (status = table_csv_next(csv, &fields, &error)) == 0 && fields != NULL)
        ;
    assert_int_equal(status, LETHE_E_BASE_LIMIT);
    assert_string_equal(error.path, "row 60002, column 1");
    table_csv_close(csv);
    free(large);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc4180),
        cmocka_unit_test(test_separators),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_errors_have_a_place),
        cmocka_unit_test(test_random_tables),
        cmocka_unit_test(test_file),
    };
    return cmocka_run_group_tests_name("table/csv", tests, NULL, NULL);
}
