/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tabular.h"
#include "json/json_writer.h"
#include "privacy/cells.h"

#include <lethe/counts.h>

#include <stdlib.h>

#define TEXT_BYTES_MAX    ((size_t)1 << 30)
#define WORK_BYTES_MAX    ((size_t)4 << 30)
#define CELLS_MAX         20000 /* with totals: the audit looks for a flow for every hidden one */
#define THRESHOLD_DEFAULT 11
#define THRESHOLD_MAX     1000000

typedef struct found {
    lethe_counts_result result; /* first */
    base_buf csv, json;
} found;

typedef struct work {
    engine_tabular tabular;
    base_arena arena;
    privacy_cells cells;
    uint32_t threshold, width; /* width: cells of a line with its total; 1 in one dimension */
    uint8_t *marks;
    privacy_cell_range *ranges;
} work;

static int count_rows(work *w, lethe_error *error)
{
    const table_coded *table = w->tabular.table;
    const bool plane = table->column_count == 2;
    const uint32_t rows = table->columns[0].value_count, columns = plane ? table->columns[1].value_count : 0;
    if (((uint64_t)rows + 1) * (columns + 1) > CELLS_MAX)
        return engine_tabular_refuse("by", error);
    uint64_t *counts = base_arena_take_array(&w->arena, (size_t)rows * (plane ? columns : 1) + 1, sizeof(*counts));
    if (counts == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t row = 0; row < table->row_count; row++) {
        const size_t line = table->columns[0].codes[row];
        counts[plane ? line * columns + table->columns[1].codes[row] : line]++;
    }
    w->cells = (privacy_cells){rows, columns, counts};
    w->width = plane ? columns + 1 : 1;
    return 0;
}

static int protect(work *w, lethe_counts_result *result, lethe_error *error)
{
    const uint64_t size = privacy_cells_size(&w->cells);
    uint64_t exposed = 0;
    uint8_t *small = base_arena_take_array(&w->arena, size, sizeof(*small));
    w->marks = base_arena_take_array(&w->arena, size, sizeof(*w->marks));
    w->ranges = base_arena_take_array(&w->arena, size, sizeof(*w->ranges));
    if (small == NULL || w->marks == NULL || w->ranges == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(privacy_cells_protect(&w->cells, w->threshold, w->marks, error));
    for (uint64_t i = 0; i < size; i++) {
        small[i] = w->marks[i] == PRIVACY_CELL_SMALL ? PRIVACY_CELL_SMALL : PRIVACY_CELL_SHOWN;
        result->small += w->marks[i] == PRIVACY_CELL_SMALL;
        result->complementary += w->marks[i] == PRIVACY_CELL_COMPLEMENTARY;
    }
    BASE_TRY(privacy_cells_audit(&w->cells, w->threshold, small, w->ranges, &result->exposed_without, error));
    BASE_TRY(privacy_cells_audit(&w->cells, w->threshold, w->marks, w->ranges, &exposed, error));
    return exposed != 0 ? base_fail(error, LETHE_E_BASE_INTERNAL) : 0; /* nothing is given that the audit breaks */
}

/* The name of a line or column; `value_count` is the total. */
static base_span name_of(const table_coded_column *column, uint32_t value)
{
    return value < column->value_count ? column->values[value] : BASE_SPAN("total");
}

static void write_csv(const work *w, base_buf *csv)
{
    const table_coded_column *lines = &w->tabular.table->columns[0];
    const bool plane = w->cells.columns != 0;
    table_csv_put(csv, lines->name, ',');
    for (uint32_t column = 0; column < w->width; column++) {
        base_buf_byte(csv, ',');
        table_csv_put(csv, plane ? name_of(&w->tabular.table->columns[1], column) : BASE_SPAN("count"), ',');
    }
    for (uint32_t line = 0; line <= w->cells.rows; line++) {
        base_buf_byte(csv, '\n');
        table_csv_put(csv, name_of(lines, line), ',');
        for (uint32_t column = 0; column < w->width; column++) {
            const size_t at = (size_t)line * w->width + column;
            base_buf_byte(csv, ',');
            if (w->marks[at] != PRIVACY_CELL_SHOWN)
                base_buf_byte(csv, '*');
            else
                base_buf_int(csv, (int64_t)w->ranges[at].low);
        }
    }
    base_buf_text(csv, "\n");
    base_buf_byte(csv, '\0');
}

static void write_cell(const work *w, uint32_t line, uint32_t column, json_writer *json)
{
    static const char *const why[] = {NULL, "small", "complementary"};
    const size_t at = (size_t)line * w->width + column;
    if (w->marks[at] == PRIVACY_CELL_SHOWN)
        return;
    json_write_object(json);
    json_member_string(json, "row", name_of(&w->tabular.table->columns[0], line));
    if (w->cells.columns != 0)
        json_member_string(json, "column", name_of(&w->tabular.table->columns[1], column));
    json_member_text(json, "hidden", why[w->marks[at]]);
    json_write_key(json, "derivable_least");
    json_write_uint(json, w->ranges[at].low);
    json_write_key(json, "derivable_most");
    if (w->ranges[at].high == UINT64_MAX)
        json_write_null(json);
    else
        json_write_uint(json, w->ranges[at].high);
    json_write_end(json);
}

static void write_json(const work *w, const lethe_counts_result *result, base_buf *out)
{
    json_writer json = json_writer_of(out, true);
    json_write_object(&json);
    json_member_int(&json, "threshold", w->threshold);
    json_member_int(&json, "rows", result->rows);
    json_member_int(&json, "columns", result->columns);
    json_member_int(&json, "small", (int64_t)result->small);
    json_member_int(&json, "complementary", (int64_t)result->complementary);
    json_member_int(&json, "exposed_without_complementary", (int64_t)result->exposed_without);
    json_write_key(&json, "hidden");
    json_write_array(&json);
    for (uint32_t line = 0; line <= w->cells.rows; line++)
        for (uint32_t column = 0; column < w->width; column++)
            write_cell(w, line, column, &json);
    json_write_end(&json);
    json_member_text(&json, "table", result->csv);
    json_write_end(&json);
    base_buf_byte(out, '\0');
}

static int make(found *all, work *w, const lethe_counts_options *options, lethe_error *error)
{
    if (options->input == NULL)
        return engine_tabular_refuse("input", error);
    if (options->by_count < 1 || options->by_count > 2)
        return engine_tabular_refuse("by", error);
    w->threshold = options->threshold != 0 ? options->threshold : THRESHOLD_DEFAULT;
    if (w->threshold < 2 || w->threshold > THRESHOLD_MAX)
        return engine_tabular_refuse("threshold", error);
    BASE_TRY(engine_tabular_read(options->input, options->by, options->by_count, &w->tabular, error));
    BASE_TRY(count_rows(w, error));
    BASE_TRY(protect(w, &all->result, error));
    all->result.rows = w->cells.rows;
    all->result.columns = w->cells.columns;
    write_csv(w, &all->csv);
    BASE_TRY(base_buf_check(&all->csv, error));
    all->result.csv = all->csv.data;
    write_json(w, &all->result, &all->json);
    all->result.json = all->json.data;
    return base_buf_check(&all->json, error);
}

int lethe_counts(const lethe_counts_options *options, lethe_counts_result **ret_result, lethe_error *error)
{
    work w = {0};
    found *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_init(&all->csv, TEXT_BYTES_MAX);
    base_buf_init(&all->json, TEXT_BYTES_MAX);
    base_arena_init(&w.arena, WORK_BYTES_MAX);
    const int status = make(all, &w, options, error);
    engine_tabular_done(&w.tabular);
    base_arena_done(&w.arena);
    if (status != 0)
        lethe_counts_free(&all->result);
    else
        *ret_result = &all->result;
    return status;
}

void lethe_counts_free(lethe_counts_result *result)
{
    found *all = (found *)result; /* its first member */
    if (all == NULL)
        return;
    base_buf_done(&all->csv);
    base_buf_done(&all->json);
    free(all);
}
