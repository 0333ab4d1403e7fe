/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "engine/cohort.h"
#include "engine/compose.h"

#include <stdlib.h>

#define PEOPLE_MAX 64
#define THREADS    3

/* A cohort that a test fills person by person, and what a walk over it saw. */
typedef struct fixture {
    engine_store *store;
    engine_parts *rows;
    privacy_hierarchies *hierarchies;
    engine_cohort cohort;
    privacy_decide_options options;
    size_t people;
    uint8_t visits[PEOPLE_MAX];   /* times that a person was visited, by number */
    uint8_t released[PEOPLE_MAX]; /* rows, by the person's mark */
    uint8_t place[PEOPLE_MAX];    /* of the last released row, by mark */
} fixture;

static void begin(fixture *f)
{
    *f = (fixture){0};
    assert_int_equal(engine_store_new(1 << 24, "/tmp", NULL, &f->store, NULL), 0);
    assert_int_equal(engine_parts_new(ENGINE_ROW_PARTS, f->store, &f->rows, NULL), 0);
    assert_int_equal(engine_hierarchies_new(&f->hierarchies, NULL), 0);
    engine_cohort_init(&f->cohort, f->rows, f->hierarchies, THREADS);
    privacy_decide_options_init(&f->options);
}

static void end(fixture *f)
{
    engine_cohort_done(&f->cohort);
    engine_parts_free(f->rows);
    engine_store_free(f->store);
    free(f->hierarchies);
}

/* One more person whose visits have these ages; the mark is the only item of each row. */
static void add(fixture *f, const uint8_t *ages, size_t count)
{
    const record_item mark = (record_item)f->people;
    engine_row rows[4] = {0};
    engine_person person = {.rows = rows, .row_count = count};
    person.token.bytes[0] = (uint8_t)(f->people * 89); /* all over the partitions */
    person.token.bytes[1] = (uint8_t)f->people;
    for (size_t i = 0; i < count; i++) {
        rows[i].row = (record_row){.index_day = (int32_t)i, .items = &mark, .item_count = 1};
        rows[i].row.qi.leaf[RECORD_QI_AGE] = ages[i];
        if (ages[i] == 20) /* the stranger is another in all there is to know */
            memcpy(rows[i].row.qi.leaf, (record_tuple){{90, 0, 20, 1, 5, 2, 3, 2, 1}}.leaf, RECORD_QI_COUNT);
        rows[i].row.qi.leaf[RECORD_QI_GAP] = i == 0 ? RECORD_GAP_FIRST : 0;
    }
    base_buf out;
    base_buf_init(&out, 1 << 16);
    engine_person_write(&out, &person);
    const identity_token order = identity_token_order(&person.token);
    assert_int_equal(engine_parts_append(f->rows, order.bytes[0], base_buf_view(&out), NULL), 0);
    base_buf_done(&out);
    f->people++;
}

static void add_alike(fixture *f, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(f, (const uint8_t[]){7}, 1);
}

static int decide(fixture *f, lethe_error *error)
{
    BASE_TRY(engine_cohort_count(&f->cohort, error));
    return engine_cohort_decide(&f->cohort, &f->options, NULL, error);
}

static int note(const engine_visit *visit, const engine_released_person *people, size_t count, lethe_error *error)
{
    fixture *f = visit->context;
    (void)error;
    if (visit->worker >= THREADS || visit->cohort != &f->cohort)
        return LETHE_E_BASE_INTERNAL;
    for (size_t i = 0; i < count; i++) {
        const record_item mark = people[i].person->rows[0].row.items[0];
        f->visits[people[i].number]++;
        f->released[mark] = (uint8_t)people[i].row_count;
        f->place[mark] = people[i].row_count != 0 ? people[i].rows[people[i].row_count - 1] : UINT8_MAX;
        if (i != 0 &&
            memcmp(people[i - 1].person->order.bytes, people[i].person->order.bytes, IDENTITY_TOKEN_BYTES) >= 0)
            return LETHE_E_BASE_INTERNAL;
    }
    return 0;
}

/* Everybody is visited once, under a number of their own; who is alone is withheld, and the plan says so. */
static void test_a_stranger_is_withheld(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    add_alike(&f, 12);
    add(&f, (const uint8_t[]){20}, 1);
    assert_int_equal(decide(&f, NULL), 0);
    assert_true(f.cohort.person_count == 13 && f.cohort.row_count == 13);
    assert_int_equal(f.cohort.first_person[ENGINE_ROW_PARTS], 13);
    assert_true(f.cohort.plan.people == 13 && f.cohort.plan.people_gone == 1 && f.cohort.plan.rows_gone == 1);
    assert_int_equal(engine_cohort_walk(&f.cohort, note, &f, NULL), 0);
    for (size_t i = 0; i < 13; i++) {
        assert_int_equal(f.visits[i], 1);
        assert_int_equal(f.released[i], i < 12);
    }
    end(&f);
}

/* A person may keep some visits: `rows` says which. */
static void test_part_of_a_person(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    f.options.visits = 1;
    for (size_t i = 0; i < 12; i++)
        add(&f, (const uint8_t[]){7, 7}, 2);
    add(&f, (const uint8_t[]){7, 20, 7}, 3);
    assert_int_equal(decide(&f, NULL), 0);
    assert_true(f.cohort.plan.people_gone == 0 && f.cohort.plan.rows_gone == 1);
    assert_int_equal(engine_cohort_walk(&f.cohort, note, &f, NULL), 0);
    assert_true(f.released[12] == 2 && f.place[12] == 2);
    assert_true(f.released[0] == 2 && f.place[0] == 1);
    end(&f);
}

/* A walk over some partitions visits those only: in two halves, everybody once. */
static void test_walk_in_halves(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    add_alike(&f, 40);
    assert_int_equal(decide(&f, NULL), 0);
    assert_int_equal(engine_cohort_walk_parts(&f.cohort, 0, 100, note, &f, NULL), 0);
    size_t seen = 0;
    for (size_t i = 0; i < 40; i++)
        seen += f.visits[i];
    assert_int_equal(seen, f.cohort.first_person[100]);
    assert_true(seen > 0 && seen < 40);
    assert_int_equal(engine_cohort_walk_parts(&f.cohort, 100, ENGINE_ROW_PARTS, note, &f, NULL), 0);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(f.visits[i], 1);
    end(&f);
}

/* What stands in the way is said: nobody, too few, or no plan within the limit and which limit that is. */
static void test_no_plan(void **state)
{
    (void)state;
    fixture f;
    lethe_error error = {0};
    begin(&f);
    assert_int_equal(decide(&f, &error), LETHE_E_ENGINE_NO_PEOPLE);
    end(&f);
    begin(&f);
    add_alike(&f, 4);
    assert_int_equal(decide(&f, &error), LETHE_E_PRIVACY_TOO_FEW);
    end(&f);
    begin(&f);
    for (uint8_t age = 0; age < 10; age++)
        add(&f, &age, 1);
    f.options.maximum = (privacy_node){0}; /* nothing may be generalized, and all differ */
    assert_int_equal(decide(&f, &error), LETHE_E_PRIVACY_NO_PLAN);
    assert_string_equal(error.path, "suppression_limit");
    assert_int_equal(f.cohort.plan.signature_count, 0);
    end(&f);
}

static int stop(void *context, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    ++*(int *)context;
    return 1;
}

static int refuse(const engine_visit *visit, const engine_released_person *people, size_t count, lethe_error *error)
{
    (void)visit;
    (void)people;
    return count != 0 ? base_fail(error, LETHE_E_BASE_LIMIT) : 0;
}

/* Who asks for the progress may end the search; a visitor's error ends the walk. */
static void test_stopped(void **state)
{
    (void)state;
    fixture f;
    int asked = 0;
    lethe_error error = {0};
    begin(&f);
    for (size_t i = 0; i < 40; i++)
        add(&f, (const uint8_t[]){(uint8_t)(i % 20), (uint8_t)(i % 7)}, 2);
    f.options.progress = stop;
    f.options.progress_context = &asked;
    assert_int_equal(decide(&f, &error), LETHE_E_BASE_CANCELLED);
    assert_true(asked > 0);
    assert_int_equal(engine_cohort_walk(&f.cohort, refuse, NULL, &error), LETHE_E_BASE_LIMIT);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stranger_is_withheld),
        cmocka_unit_test(test_part_of_a_person),
        cmocka_unit_test(test_walk_in_halves),
        cmocka_unit_test(test_no_plan),
        cmocka_unit_test(test_stopped),
    };
    return cmocka_run_group_tests_name("engine/cohort", tests, NULL, NULL);
}
