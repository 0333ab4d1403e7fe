/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dp_plan.h"

#include "base/file.h"
#include "engine/settings.h"
#include "privacy/dp_decimal.h"
#include "table/csv.h"

#define KEYS_FILE_MAX ((size_t)1 << 30)

static base_span trimmed(base_span text)
{
    while (text.size != 0 && (text.data[text.size - 1] == '\r' || text.data[text.size - 1] == '\n'))
        text.size--;
    return text;
}

/* -- keys -----------------------------------------------------------------------------------------------------------
 */

static int add_lines(base_span text, engine_dp_keys *keys, lethe_error *error)
{
    for (int64_t line = 1; text.size != 0; line++) {
        const char *end = memchr(text.data, '\n', text.size);
        const size_t size = end != NULL ? (size_t)(end - text.data) + 1 : text.size;
        const base_span key = trimmed((base_span){text.data, size});
        uint32_t number = 0;
        BASE_TRY(engine_dp_keys_find(keys, key, true, &number, error));
        if (number == ENGINE_DP_NO_KEY && key.size != 0) {
            engine_bad_option(error, "keys");
            base_error_line(error, line);
            return LETHE_E_ENGINE_OPTION;
        }
        text.data += size;
        text.size -= size;
    }
    return 0;
}

int engine_dp_read_keys(const lethe_dp_query *query, engine_dp_keys *keys, lethe_error *error)
{
    if (query->keys != NULL) {
        base_buf text;
        base_buf_init(&text, KEYS_FILE_MAX);
        int status = base_file_load(query->keys, &text, error);
        if (status == 0)
            status = add_lines(base_buf_view(&text), keys, error);
        base_buf_done(&text);
        base_error_file(status != 0 ? error : NULL, query->keys);
        BASE_TRY(status);
    }
    for (size_t i = 0; query->key_list != NULL && i < query->key_count; i++) {
        uint32_t number = 0;
        BASE_TRY(engine_dp_keys_find(keys, base_span_of(query->key_list[i]), true, &number, error));
        if (number == ENGINE_DP_NO_KEY)
            return engine_bad_option(error, "keys");
    }
    return 0;
}

/* -- rows -----------------------------------------------------------------------------------------------------------
 */

/* A row whose value is none is nobody's business: not an error, not counted anywhere. */
static int take_row(const engine_dp_plan *plan, base_span person, base_span value, dp_people *people,
                    engine_dp_keys *keys, lethe_error *error)
{
    int64_t number = 1;
    if (plan->is_histogram) {
        uint32_t key = ENGINE_DP_NO_KEY;
        BASE_TRY(engine_dp_keys_find(keys, value, !plan->keys_given, &key, error));
        return key != ENGINE_DP_NO_KEY ? dp_people_add_key(people, person, value, key, error) : 0;
    }
    if (plan->has_values && !dp_decimal_value(value, plan->places, &number))
        return 0;
    return dp_people_add(people, person, number, error);
}

static int find_column(const table_csv *csv, const char *option, const char *name, uint32_t *ret_column,
                       lethe_error *error)
{
    *ret_column = table_csv_column_find(csv, base_span_of(name));
    if (*ret_column < table_csv_column_count(csv))
        return 0;
    base_fail(error, LETHE_E_TABLE_COLUMN);
    base_error_file(error, table_csv_name(csv));
    base_error_path(error, option);
    return LETHE_E_TABLE_COLUMN;
}

static bool is_missing(const lethe_csv *csv, base_span value)
{
    bool missing = false;
    for (size_t i = 0; i < csv->missing_count; i++)
        missing = missing || base_span_is(value, csv->missing[i]);
    return missing;
}

static int take_csv(const engine_dp_plan *plan, table_csv *csv, dp_people *people, engine_dp_keys *keys,
                    lethe_error *error)
{
    const lethe_dp_query *query = plan->query;
    uint32_t person = 0, column = 0;
    BASE_TRY(find_column(csv, "person", query->person, &person, error));
    if (query->column != NULL)
        BASE_TRY(find_column(csv, "column", query->column, &column, error));
    for (;;) {
        const base_span *fields = NULL;
        BASE_TRY(table_csv_next(csv, &fields, error));
        if (fields == NULL)
            return 0;
        if (!is_missing(query->input, fields[person]) &&
            (query->column == NULL || !is_missing(query->input, fields[column])))
            BASE_TRY(take_row(plan, fields[person], fields[column], people, keys, error));
    }
}

int engine_dp_read(const engine_dp_plan *plan, dp_people *people, engine_dp_keys *keys, lethe_error *error)
{
    const lethe_dp_query *query = plan->query;
    table_csv *csv = NULL;
    for (size_t i = 0; query->rows != NULL && i < query->row_count; i++) {
        const lethe_dp_row *row = &query->rows[i];
        BASE_TRY(take_row(plan, (base_span){row->person, row->person_size}, (base_span){row->value, row->value_size},
                          people, keys, error));
    }
    if (query->input == NULL)
        return 0;
    const table_csv_options options = {
        .separator = query->input->separator,
        .encoding = query->input->latin1 != 0 ? TABLE_ENCODING_LATIN1 : TABLE_ENCODING_DETECT,
    };
    BASE_TRY(table_csv_open(query->input->path, &options, &csv, error));
    const int status = take_csv(plan, csv, people, keys, error);
    table_csv_close(csv);
    return status;
}
