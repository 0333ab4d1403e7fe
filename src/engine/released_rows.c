/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/released_rows.h"

#include "clinical/released.h"
#include "clinical/vocabulary.h"
#include "engine/columns.h"

#include <stdio.h>

const table_field engine_released_fields[ENGINE_RELEASED_FIELDS] = {
    {"anonymous_id", TABLE_STRING, false},
    {"index_period", TABLE_STRING, false},
    {"months_since_previous", TABLE_STRING, false},
    {"age_group", TABLE_STRING, false},
    {"sex", TABLE_STRING, false},
    {"pregnancy_status", TABLE_STRING, false},
    {"location_category", TABLE_STRING, false},
    {"season_category", TABLE_STRING, false},
    {"exposure_risk", TABLE_STRING, false},
    {"outcome_observed", TABLE_BOOL, false},
    {"encounter_class", TABLE_STRING, false},
    {"utilization", TABLE_STRING, false},
};

#define LOCATION "location_category"
#define OBSERVED "outcome_observed"

static const char *column_of(record_qi qi)
{
    return qi == RECORD_QI_DENSITY || qi == RECORD_QI_REGION ? LOCATION : privacy_qi_name(qi);
}

void engine_released_reader_init(engine_released_reader *reader, const engine_composer *composer,
                                 const table_schema *schema)
{
    *reader = (engine_released_reader){.hierarchies = composer->hierarchies, .node = composer->node};
    reader->anonymous_id = table_schema_find(schema, "anonymous_id");
    reader->encounter_class = table_schema_find(schema, "encounter_class");
    reader->utilization = table_schema_find(schema, "utilization");
    reader->observed = table_schema_find(schema, OBSERVED);
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        reader->names[qi] = table_schema_find(schema, column_of((record_qi)qi));
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++)
        reader->lists[column] = table_schema_find(schema, engine_column_name((record_column)column));
}

static int no_value(lethe_error *error, const char *column)
{
    base_fail(error, LETHE_E_ENGINE_DATASET);
    base_error_path(error, column);
    return LETHE_E_ENGINE_DATASET;
}

static const char *group_name(const engine_released_reader *reader, record_qi qi, uint32_t leaf)
{
    const uint32_t level = reader->node.level[qi];
    return privacy_group_name(reader->hierarchies, qi, level,
                              privacy_group_of(reader->hierarchies, qi, level, (uint8_t)leaf));
}

static bool find_leaf(engine_released_reader *reader, record_qi qi, base_span name)
{
    if (base_span_is(name, group_name(reader, qi, reader->last[qi])))
        return true;
    for (uint32_t leaf = 0; leaf < reader->hierarchies->qi[qi].leaf_count; leaf++)
        if (base_span_is(name, group_name(reader, qi, leaf))) {
            reader->last[qi] = (uint8_t)leaf;
            return true;
        }
    return false;
}

static bool is_place(const engine_released_reader *reader, uint32_t density, uint32_t region, base_span name)
{
    char location[PRIVACY_LOCATION_MAX];
    privacy_location_name(group_name(reader, RECORD_QI_DENSITY, density), group_name(reader, RECORD_QI_REGION, region),
                          location);
    return base_span_is(name, location);
}

static bool find_place(engine_released_reader *reader, base_span name)
{
    if (is_place(reader, reader->last[RECORD_QI_DENSITY], reader->last[RECORD_QI_REGION], name))
        return true;
    for (uint32_t density = 0; density < RECORD_DENSITY_COUNT; density++)
        for (uint32_t region = 0; region < RECORD_REGION_COUNT; region++)
            if (is_place(reader, density, region, name)) {
                reader->last[RECORD_QI_DENSITY] = (uint8_t)density;
                reader->last[RECORD_QI_REGION] = (uint8_t)region;
                return true;
            }
    return false;
}

int engine_released_tuple(engine_released_reader *reader, const table_batch *batch, size_t at, record_tuple *ret_tuple,
                          lethe_error *error)
{
    reader->last[RECORD_QI_OBSERVED] = table_bool_at(batch, reader->observed, at);
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        if (qi == RECORD_QI_DENSITY || qi == RECORD_QI_REGION || qi == RECORD_QI_OBSERVED)
            continue;
        if (!find_leaf(reader, (record_qi)qi, table_string_at(batch, reader->names[qi], at)))
            return no_value(error, privacy_qi_name((record_qi)qi));
    }
    if (!find_place(reader, table_string_at(batch, reader->names[RECORD_QI_DENSITY], at)))
        return no_value(error, LOCATION);
    memcpy(ret_tuple->leaf, reader->last, sizeof(ret_tuple->leaf));
    return 0;
}

/* The number of a name; `count` where it is none. */
static unsigned number_of(const char *(*name_of)(unsigned), unsigned count, base_span name)
{
    unsigned number = 0;
    while (number < count && !base_span_is(name, name_of(number)))
        number++;
    return number;
}

/* Lists in the order of their columns are items in the order of their numbers, since items are numbered so. */
static int read_items(const engine_released_reader *reader, const table_batch *batch, size_t at, base_arena *arena,
                      record_row *row, lethe_error *error)
{
    size_t total = 0;
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++)
        total += table_list_size(batch, reader->lists[column], at);
    record_item *items = base_arena_take_array(arena, total, sizeof(*items));
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (total > RECORD_ROW_ITEMS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    total = 0;
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++)
        for (size_t i = 0; i < table_list_size(batch, reader->lists[column], at); i++) {
            const record_item item =
                clinical_item_find((record_column)column, table_list_string_at(batch, reader->lists[column], at, i));
            if (item == RECORD_ITEM_NONE || (total != 0 && items[total - 1] >= item))
                return no_value(error, engine_column_name((record_column)column));
            items[total++] = item;
        }
    row->items = items;
    row->item_count = total;
    return 0;
}

int engine_released_row(engine_released_reader *reader, const table_batch *batch, size_t at, base_arena *arena,
                        engine_row *ret_row, lethe_error *error)
{
    engine_row stored = {.code_count = 0};
    BASE_TRY(engine_released_tuple(reader, batch, at, &stored.row.qi, error));
    const unsigned encounter_class = number_of(clinical_encounter_class_name, RECORD_CLASS_COUNT,
                                               table_string_at(batch, reader->encounter_class, at));
    const unsigned utilization =
        number_of(clinical_utilization_name, RECORD_UTILIZATION_COUNT, table_string_at(batch, reader->utilization, at));
    if (encounter_class == RECORD_CLASS_COUNT || utilization == RECORD_UTILIZATION_COUNT)
        return no_value(error, encounter_class == RECORD_CLASS_COUNT ? "encounter_class" : "utilization");
    stored.row.encounter_class = (uint8_t)encounter_class;
    stored.row.utilization = (uint8_t)utilization;
    BASE_TRY(read_items(reader, batch, at, arena, &stored.row, error));
    *ret_row = stored;
    return 0;
}
