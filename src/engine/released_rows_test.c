/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as they are released, read back, and released again: the same names at every level. */
#include "engine/released_rows.h"

#include "base/test.h"
#include "clinical/vocabulary.h"
#include "engine/columns.h"

#include <stdlib.h>
#include <string.h>

static uint32_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static void make_row(uint64_t *state, const privacy_hierarchies *h, record_item *items, record_row *row)
{
    *row = (record_row){.items = items};
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        row->qi.leaf[qi] = (uint8_t)(next(state) % h->qi[qi].leaf_count);
    row->encounter_class = (uint8_t)(next(state) % RECORD_CLASS_COUNT);
    row->utilization = (uint8_t)(next(state) % RECORD_UTILIZATION_COUNT);
    for (uint32_t item = next(state) % 40; item < clinical_item_count(); item += 1 + next(state) % 60)
        items[row->item_count++] = (record_item)item;
}

static void append(table_batch *batch, const record_released *released, const record_row *row)
{
    static float vector[EMBED_DIMENSIONS];
    const engine_columns_row columns = {.anonymous_id = "anon_aaaaaaaaaaaaaaaaaaaaaaaaaa",
                                        .row_id = "visit_aaaaaaaaaaaaaaaaaaaaaaaaaa",
                                        .released = released,
                                        .row = row,
                                        .embedding_model = "m",
                                        .vector = vector};
    engine_columns_append(batch, &columns);
    assert_int_equal(table_batch_check(batch, NULL), 0);
}

static void assert_same(const record_released *a, const record_released *b)
{
    assert_string_equal(a->index_period, b->index_period);
    assert_string_equal(a->months_since_previous, b->months_since_previous);
    assert_string_equal(a->age_group, b->age_group);
    assert_string_equal(a->age_risk_group, b->age_risk_group);
    assert_string_equal(a->sex, b->sex);
    assert_string_equal(a->pregnancy_status, b->pregnancy_status);
    assert_string_equal(a->location_category, b->location_category);
    assert_string_equal(a->density, b->density);
    assert_string_equal(a->region, b->region);
    assert_string_equal(a->season_category, b->season_category);
    assert_string_equal(a->exposure_risk, b->exposure_risk);
    assert_string_equal(a->encounter_class, b->encounter_class);
    assert_string_equal(a->utilization, b->utilization);
    assert_string_equal(a->comorbidity, b->comorbidity);
    assert_int_equal(a->item_count, b->item_count);
    assert_memory_equal(a->items, b->items, a->item_count * sizeof(record_item));
}

static void test_read_back(void **state)
{
    (void)state;
    static record_item items[RECORD_ITEM_MAX];
    const table_schema schema = engine_columns_schema();
    engine_composer composer = {0};
    privacy_hierarchies *hierarchies = NULL;
    table_batch *batch = NULL;
    engine_released_reader reader;
    base_arena arena;
    uint64_t random = 1;
    assert_int_equal(engine_hierarchies_new(&hierarchies, NULL), 0);
    assert_int_equal(table_batch_new(&schema, 0, 0, &batch, NULL), 0);
    base_arena_init(&arena, (size_t)1 << 24);
    composer.hierarchies = hierarchies;
    for (int round = 0; round < 400; round++) {
        record_row row;
        record_released released, again;
        engine_row back;
        base_arena_reset(&arena);
        table_batch_reset(batch);
        for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
            composer.node.level[qi] = (uint8_t)(next(&random) % hierarchies->qi[qi].level_count);
        engine_released_reader_init(&reader, &composer, &schema);
        make_row(&random, hierarchies, items, &row);
        const privacy_groups groups = engine_compose_groups(&composer, &row.qi);
        assert_int_equal(engine_compose(&composer, &row, &groups, items, row.item_count, &arena, &released, NULL), 0);
        append(batch, &released, &row);
        assert_int_equal(engine_released_row(&reader, batch, 0, &arena, &back, NULL), 0);
        const privacy_groups same = engine_compose_groups(&composer, &back.row.qi);
        assert_memory_equal(&groups, &same, sizeof(groups));
        assert_int_equal(
            engine_compose(&composer, &back.row, &same, back.row.items, back.row.item_count, &arena, &again, NULL), 0);
        assert_same(&released, &again);
    }
    base_arena_done(&arena);
    table_batch_free(batch);
    free(hierarchies);
}

/* A value of another level, or of no vocabulary. */
static void test_refused(void **state)
{
    (void)state;
    const table_schema schema = engine_columns_schema();
    engine_composer fine = {0}, coarse = {0};
    privacy_hierarchies *hierarchies = NULL;
    table_batch *batch = NULL;
    engine_released_reader reader;
    record_row row = {0};
    record_released released;
    record_tuple tuple;
    base_arena arena;
    lethe_error error = {0};
    assert_int_equal(engine_hierarchies_new(&hierarchies, NULL), 0);
    assert_int_equal(table_batch_new(&schema, 0, 0, &batch, NULL), 0);
    base_arena_init(&arena, (size_t)1 << 20);
    fine.hierarchies = coarse.hierarchies = hierarchies;
    coarse.node.level[RECORD_QI_AGE] = 2;
    const privacy_groups groups = engine_compose_groups(&fine, &row.qi);
    assert_int_equal(engine_compose(&fine, &row, &groups, NULL, 0, &arena, &released, NULL), 0);
    append(batch, &released, &row);
    engine_released_reader_init(&reader, &coarse, &schema);
    assert_int_equal(engine_released_tuple(&reader, batch, 0, &tuple, &error), LETHE_E_ENGINE_DATASET);
    assert_string_equal(error.path, "age_group");
    base_arena_done(&arena);
    table_batch_free(batch);
    free(hierarchies);
}

/* Risk factors that the row gives but does not have do not come back; those that it does not give any more fall. */
static void test_risks_do_not_come_back(void **state)
{
    (void)state;
    privacy_hierarchies *hierarchies = NULL;
    base_arena arena;
    record_row row = {.qi.leaf[RECORD_QI_AGE] = 20};
    record_released released;
    base_arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(engine_hierarchies_new(&hierarchies, NULL), 0);
    const engine_composer composer = {.hierarchies = hierarchies};
    const privacy_groups groups = engine_compose_groups(&composer, &row.qi);
    assert_int_equal(engine_compose(&composer, &row, &groups, NULL, 0, &arena, &released, NULL), 0);
    assert_int_equal(engine_compose_risks(&released, NULL, 0, &arena, NULL), 0);
    const size_t fired = released.item_count;
    assert_true(fired >= 1); /* of somebody of ninety */
    assert_int_equal(engine_compose_risks_again(&released, &arena, NULL), 0);
    assert_int_equal(released.item_count, fired);
    released.items++;
    released.item_count--;
    assert_int_equal(engine_compose_risks_again(&released, &arena, NULL), 0);
    assert_int_equal(released.item_count, fired - 1);
    const record_item first = clinical_column_first(RECORD_RISK_FACTORS);
    const record_item end = clinical_column_first(RECORD_OUTCOMES);
    record_item every[RECORD_ITEM_MAX];
    size_t count = 0;
    for (record_item item = first; item < end; item++)
        every[count++] = item;
    released.items = every;
    released.item_count = count;
    assert_int_equal(engine_compose_risks_again(&released, &arena, NULL), 0);
    assert_int_equal(released.item_count, fired);
    base_arena_done(&arena);
    free(hierarchies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_risks_do_not_come_back),
    };
    return cmocka_run_group_tests_name("engine/released_rows", tests, NULL, NULL);
}
