/* SPDX-License-Identifier: Apache-2.0 */
/* What a population looks like, counted on the people themselves. */
#include "base/test.h"

#include "synth/person.h"

#include <stdlib.h>

#define PEOPLE 5000

typedef struct counts {
    int states[SYNTH_STATE_COUNT], kinds[3], people[SYNTH_D_COUNT];
    int children, old, infants, dead, moved, women, pregnant, born, visits_many, visits_few, coding[3];
    uint64_t visits;
} counts;

static void count_person(counts *c, const synth_person *p)
{
    const synth_place *home = synth_person_home(p, p->last);
    const int32_t age = synth_age(p, p->last);
    bool has[SYNTH_D_COUNT] = {false};
    c->states[home->state_index]++;
    c->kinds[home->kind]++;
    c->coding[p->coding]++;
    c->children += age < 18;
    c->infants += age < 2;
    c->old += age >= 90;
    c->dead += p->death != SYNTH_NEVER;
    c->moved += p->home_count > 1;
    c->women += p->female;
    c->pregnant += p->pregnancy_count > 0;
    c->visits += p->visit_count;
    c->visits_many += p->visit_count >= 100;
    c->visits_few += p->visit_count <= 2;
    for (size_t i = 0; i < p->condition_count; i++)
        if (p->conditions[i].visit >= 0)
            has[p->conditions[i].disease] = true;
    for (int i = 0; i < SYNTH_D_COUNT; i++)
        c->people[i] += has[i];
}

static void check_person(const synth_person *p)
{
    assert_true(p->birth <= p->first && p->first <= p->last && p->last <= p->as_of);
    assert_in_range(p->visit_count, 1, SYNTH_VISITS_MAX);
    for (size_t i = 0; i < p->visit_count; i++) {
        assert_in_range((uintmax_t)p->visits[i].day, (uintmax_t)p->first, (uintmax_t)p->last);
        assert_true(i == 0 || p->visits[i].day >= p->visits[i - 1].day);
    }
    for (size_t i = 0; i < p->condition_count; i++) {
        const synth_condition *c = &p->conditions[i];
        assert_true(c->visit < 0 || p->visits[c->visit].day >= c->onset);
        assert_true(c->onset >= p->birth);
    }
    for (size_t i = 0; i < p->pregnancy_count; i++)
        assert_true(p->female);
}

static void live(synth_person *p, const synth_options *options, uint64_t index)
{
    synth_person_draw(p, options, index);
    synth_person_live(p);
    synth_person_visit(p);
}

static void population_has_its_shape(void **state)
{
    (void)state;
    const synth_options options = synth_options_default();
    synth_person *p = malloc(sizeof(*p));
    counts c = {0};
    for (uint64_t i = 0; i < PEOPLE; i++) {
        live(p, &options, i);
        check_person(p);
        count_person(&c, p);
    }
    free(p);
    for (int i = 0; i < SYNTH_STATE_COUNT; i++)
        assert_true(c.states[i] > 0 || i >= 51); /* territories are small */
    assert_true(c.kinds[0] > PEOPLE / 5 && c.kinds[1] > PEOPLE / 4 && c.kinds[2] > PEOPLE / 10);
    assert_in_range(c.children, PEOPLE * 17 / 100, PEOPLE * 28 / 100);
    assert_in_range(c.women, PEOPLE * 47 / 100, PEOPLE * 55 / 100);
    assert_true(c.old > 20 && c.infants > 60 && c.dead > 100 && c.moved > 300);
    assert_true(c.pregnant > 120);
    assert_true(c.visits / PEOPLE >= 12 && c.visits / PEOPLE <= 35);
    assert_true(c.visits_many > 60 && c.visits_few > 400);
    assert_true(c.coding[0] > 1000 && c.coding[1] > 1000 && c.coding[2] > 800);
    assert_in_range(c.people[SYNTH_D_HYPERTENSION], PEOPLE * 14 / 100, PEOPLE * 45 / 100);
    assert_in_range(c.people[SYNTH_D_DIABETES2], PEOPLE * 3 / 100, PEOPLE * 16 / 100);
    assert_in_range(c.people[SYNTH_D_HIV], 2, PEOPLE * 2 / 100);
    assert_true(c.people[SYNTH_D_INFLUENZA] > 100 && c.people[SYNTH_D_RSV] > 20 && c.people[SYNTH_D_ASTHMA] > 100);
}

/* What was found predicts what comes: the hazard ratios of the table are there to be learnt. */
static void diseases_lead_to_diseases(void **state)
{
    (void)state;
    const synth_options options = synth_options_default();
    synth_person *p = malloc(sizeof(*p));
    int with = 0, with_next = 0, without = 0, without_next = 0;
    for (uint64_t i = 0; i < PEOPLE; i++) {
        live(p, &options, i);
        if (synth_age(p, p->last) < 45)
            continue;
        bool before = false, after = false;
        for (size_t k = 0; k < p->condition_count; k++) {
            before |= p->conditions[k].disease == SYNTH_D_PREDIABETES;
            after |= p->conditions[k].disease == SYNTH_D_DIABETES2;
        }
        with += before;
        with_next += before && after;
        without += !before;
        without_next += !before && after;
    }
    free(p);
    assert_true(with > 200 && without > 200);
    assert_true(with_next * without > 2 * without_next * with);
}

static void rare_diseases_occur(void **state)
{
    (void)state;
    const synth_options options = synth_options_default();
    synth_person *p = malloc(sizeof(*p));
    int rare[5] = {0};
    const uint8_t which[5] = {SYNTH_D_CYSTIC_FIBROSIS, SYNTH_D_SICKLE_CELL, SYNTH_D_HEMOPHILIA, SYNTH_D_ALS,
                              SYNTH_D_PKU};
    for (uint64_t i = 0; i < 4 * PEOPLE; i++) {
        synth_person_draw(p, &options, i);
        synth_person_live(p);
        for (size_t k = 0; k < p->condition_count; k++)
            for (int r = 0; r < 5; r++)
                rare[r] += p->conditions[k].disease == which[r];
    }
    free(p);
    for (int r = 0; r < 3; r++)
        assert_in_range(rare[r], 1, 40);
    assert_true(rare[3] + rare[4] > 0);
}

static void measurements_follow_disease(void **state)
{
    (void)state;
    const synth_options options = synth_options_default();
    synth_person *p = malloc(sizeof(*p));
    int64_t sick = 0, well = 0;
    int sick_count = 0, well_count = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        live(p, &options, i);
        const int32_t value = synth_person_measure(p, SYNTH_M_HBA1C, p->last);
        assert_in_range(value, 38, 155);
        if (synth_person_has(p, SYNTH_D_DIABETES2, p->last)) {
            sick += value;
            sick_count++;
        } else {
            well += value;
            well_count++;
        }
    }
    free(p);
    assert_true(sick_count > 20 && sick / sick_count > well / well_count + 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(population_has_its_shape),
        cmocka_unit_test(diseases_lead_to_diseases),
        cmocka_unit_test(rare_diseases_occur),
        cmocka_unit_test(measurements_follow_disease),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
