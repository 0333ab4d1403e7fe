/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/run.h"

/* A row of a Parquet file as the checks see it. */

static const char *keep_text(base_arena *arena, base_span text)
{
    const base_span copy = base_arena_copy(arena, text);
    return copy.data;
}

static int read_lists(const verify_run *run, base_arena *arena, const table_batch *batch, size_t at, verify_view *view,
                      lethe_error *error)
{
    size_t total = 0;
    for (int c = 0; c < RECORD_COLUMN_COUNT; c++)
        total += table_list_size(batch, (size_t)verify_list_columns[c], at);
    uint32_t *items = base_arena_take_array(arena, total + 1, sizeof(*items));
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    for (int c = 0; c < RECORD_COLUMN_COUNT; c++) {
        const size_t column = (size_t)verify_list_columns[c], count = table_list_size(batch, column, at);
        const char **values = base_arena_take_array(arena, count + 1, sizeof(*values));
        uint32_t *numbers = base_arena_take_array(arena, count + 1, sizeof(*numbers));
        if (values == NULL || numbers == NULL)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        for (size_t i = 0; i < count; i++) {
            const base_span value = table_list_string_at(batch, column, at, i);
            const uint32_t item = numbers[i] = verify_find_item(&run->vocabulary, (record_column)c, value);
            values[i] = keep_text(arena, value);
            if (values[i] == NULL)
                return base_fail(error, LETHE_E_BASE_LIMIT);
            if (item != VERIFY_NONE)
                items[view->item_count++] = item;
        }
        view->row.values[c] = values;
        view->row.numbers[c] = numbers;
        view->row.value_counts[c] = count;
    }
    view->items = items;
    return 0;
}

static void fill_released(verify_view *view)
{
    view->row.released = (record_released){
        .index_period = view->text[VERIFY_INDEX_PERIOD],
        .months_since_previous = view->text[VERIFY_MONTHS_SINCE_PREVIOUS],
        .age_group = view->text[VERIFY_AGE_GROUP],
        .age_risk_group = view->text[VERIFY_AGE_RISK_GROUP],
        .sex = view->text[VERIFY_SEX],
        .pregnancy_status = view->text[VERIFY_PREGNANCY_STATUS],
        .pregnancy_trimester = view->text[VERIFY_PREGNANCY_TRIMESTER],
        .density = view->location.density,
        .region = view->location.region,
        .location_category = view->text[VERIFY_LOCATION],
        .season_category = view->text[VERIFY_SEASON],
        .exposure_risk = view->text[VERIFY_EXPOSURE],
        .encounter_class = view->text[VERIFY_ENCOUNTER_CLASS],
        .utilization = view->text[VERIFY_UTILIZATION],
        .comorbidity = view->text[VERIFY_COMORBIDITY],
    };
}

int verify_read_view(const verify_run *run, base_arena *arena, const table_batch *batch, size_t at, verify_place place,
                     verify_view *view, lethe_error *error)
{
    *view = (verify_view){.place = place, .death = -1};
    for (size_t c = 0; c < VERIFY_COLUMN_COUNT; c++) {
        if (verify_fields[c].type != TABLE_STRING || table_is_null(batch, c, at))
            continue;
        view->text[c] = keep_text(arena, table_string_at(batch, c, at));
        if (view->text[c] == NULL)
            return base_fail(error, LETHE_E_BASE_LIMIT);
    }
    BASE_TRY(read_lists(run, arena, batch, at, view, error));
    view->snapshot = table_int32_at(batch, VERIFY_SNAPSHOT, at);
    view->outcome_observed = table_bool_at(batch, VERIFY_OUTCOME_OBSERVED, at);
    view->ready = table_bool_at(batch, VERIFY_READY, at);
    if (!table_is_null(batch, VERIFY_DEATH, at))
        view->death = table_bool_at(batch, VERIFY_DEATH, at);
    for (size_t i = 0; i < 3; i++)
        view->weights[i] = table_float_at(batch, VERIFY_WEIGHT_MEDICAL + i, at);
    view->vector_size = table_list_size(batch, VERIFY_EMBEDDING, at);
    view->vector = table_list_floats_at(batch, VERIFY_EMBEDDING, at);
    (void)verify_split_location(view->text[VERIFY_LOCATION],
                                &view->location); /* else empty halves, which are not legal */
    fill_released(view);
    return 0;
}
