/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as CSV, under every separator and encoding. What is read is written again and reads the same; as codes it
 * says the same; and errors say where. */
#include "table/coded.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX ((size_t)1 << 24)

/* Every row has as many fields as there are columns, all of them text. */
static int rewrite(table_csv *csv, base_buf *out, lethe_error *error)
{
    const uint32_t count = table_csv_column_count(csv);
    const base_span *fields = NULL;
    for (uint32_t i = 0; i < count; i++) {
        table_csv_put(out, table_csv_column_name(csv, i), ',');
        base_buf_byte(out, i + 1 < count ? ',' : '\n');
    }
    for (;;) {
        const int status = table_csv_next(csv, &fields, error);
        if (status != 0 || fields == NULL)
            return status;
        for (uint32_t i = 0; i < count; i++) {
            assert(fields[i].size == 0 || memchr(fields[i].data, '\0', fields[i].size) == NULL);
            if (fields[i].size == 0 && count == 1)
                base_buf_text(out, "\"\""); /* an empty line at the beginning of a file is no row */
            else
                table_csv_put(out, fields[i], ',');
            base_buf_byte(out, i + 1 < count ? ',' : '\n');
        }
    }
}

static bool read(base_span text, const table_csv_options *options, base_buf *out)
{
    table_csv *csv = NULL;
    lethe_error error = {0};
    int status = table_csv_open_memory(text, "f", options, &csv, &error);
    if (status == 0)
        status = rewrite(csv, out, &error);
    table_csv_close(csv);
    assert(status == 0 || (error.code == status && error.path[0] != '\0'));
    return status == 0 && base_buf_check(out, NULL) == 0;
}

static void check_codes(base_span text, const table_csv_options *options)
{
    table_csv *csv = NULL, *again = NULL;
    table_coded *table = NULL;
    assert(table_csv_open_memory(text, "f", options, &csv, NULL) == 0);
    assert(table_csv_open_memory(text, "f", options, &again, NULL) == 0);
    assert(table_coded_read(csv, NULL, &table, NULL) == 0);
    for (size_t row = 0; row < table->row_count; row++) {
        const base_span *fields = NULL;
        assert(table_csv_next(again, &fields, NULL) == 0 && fields != NULL);
        for (uint32_t i = 0; i < table->column_count; i++)
            assert(base_span_equal(table->columns[i].values[table->columns[i].codes[row]], fields[i]));
    }
    table_coded_free(table);
    table_csv_close(csv);
    table_csv_close(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separators[] = {'\0', ',', ';', '\t'};
    if (size == 0)
        return 0;
    const table_csv_options options = {.separator = separators[data[0] & 3],
                                       .encoding = data[0] & 4 ? TABLE_ENCODING_LATIN1 : TABLE_ENCODING_DETECT,
                                       .no_header = (data[0] & 8) != 0,
                                       .field_max_bytes = data[0] & 16 ? 64 : 0};
    const base_span text = {(const char *)data + 1, size - 1};
    base_buf first, second;
    base_buf_init(&first, TEXT_MAX);
    base_buf_init(&second, TEXT_MAX);
    if (read(text, &options, &first)) {
        const table_csv_options plain = {.separator = ',', .encoding = TABLE_ENCODING_UTF8};
        assert(read(base_buf_view(&first), &plain, &second));
        assert(base_span_equal(base_buf_view(&first), base_buf_view(&second)));
        check_codes(text, &options);
    }
    base_buf_done(&first);
    base_buf_done(&second);
    return 0;
}
