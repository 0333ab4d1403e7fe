/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tabular.h"

#include "base/threads.h"

#include <stdio.h>
#include <stdlib.h>

int engine_tabular_refuse(const char *option, lethe_error *error)
{
    base_fail(error, LETHE_E_PRIVACY_OPTION);
    base_error_path(error, option);
    return LETHE_E_PRIVACY_OPTION;
}

static int find_columns(const table_csv *csv, const char *const *names, size_t count, uint32_t *ret_columns,
                        lethe_error *error)
{
    for (size_t i = 0; i < count; i++) {
        ret_columns[i] = table_csv_column_find(csv, base_span_of(names[i]));
        if (ret_columns[i] < table_csv_column_count(csv))
            continue;
        base_fail(error, LETHE_E_TABLE_COLUMN);
        base_error_file(error, table_csv_name(csv));
        base_error_path(error, names[i]); /* as the operator wrote it */
        return LETHE_E_TABLE_COLUMN;
    }
    return 0;
}

static int read_table(table_csv *csv, const lethe_csv *from, const char *const *names, size_t count,
                      engine_tabular *ret_tabular, lethe_error *error)
{
    table_coded *table = NULL;
    uint32_t *columns = calloc(count + 1, sizeof(*columns));
    if (columns == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = names != NULL ? find_columns(csv, names, count, columns, error) : 0;
    const table_coded_options options = {.missing = from->missing,
                                         .missing_count = from->missing_count,
                                         .columns = names != NULL ? columns : NULL,
                                         .column_count = (uint32_t)count,
                                         .threads = base_threads_default()};
    if (status == 0)
        status = table_coded_read(csv, &options, &table, error);
    free(columns);
    if (status == 0)
        *ret_tabular = (engine_tabular){table, table_csv_encoding(csv), table_csv_separator(csv)};
    return status;
}

int engine_tabular_read(const lethe_csv *csv, const char *const *names, size_t name_count, engine_tabular *ret_tabular,
                        lethe_error *error)
{
    table_csv *reader = NULL;
    const table_csv_options options = {.separator = csv->separator,
                                       .encoding = csv->latin1 ? TABLE_ENCODING_LATIN1 : TABLE_ENCODING_DETECT};
    if (csv->path == NULL || name_count > TABLE_CSV_COLUMNS_MAX)
        return engine_tabular_refuse("input", error);
    BASE_TRY(table_csv_open(csv->path, &options, &reader, error));
    const int status = read_table(reader, csv, names, name_count, ret_tabular, error);
    table_csv_close(reader);
    return status;
}

void engine_tabular_done(engine_tabular *tabular)
{
    table_coded_free(tabular->table);
    *tabular = (engine_tabular){0};
}

const uint32_t *engine_tabular_translate(const table_coded_column *to, const table_coded_column *from, size_t rows,
                                         base_arena *arena)
{
    uint32_t *map = base_arena_take_array(arena, (size_t)from->value_count + 1, sizeof(*map));
    uint32_t *codes = base_arena_take_array(arena, rows + 1, sizeof(*codes));
    if (map == NULL || codes == NULL)
        return NULL;
    for (uint32_t value = 0; value < from->value_count; value++)
        map[value] = table_coded_code(to, from->values[value]);
    for (size_t row = 0; row < rows; row++)
        codes[row] = map[from->codes[row]];
    return codes;
}
