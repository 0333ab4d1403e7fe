/* SPDX-License-Identifier: Apache-2.0 */
/* What the truth says against what is drawn: one visit a person, so that cases are independent of each other. */
#include "base/test.h"

#include "base/date.h"
#include "synth/truth.h"

#include <math.h>
#include <stdlib.h>

#define PEOPLE 25000
#define BINS   12

typedef struct tally {
    double expected, variance, seen;
    uint64_t count;
} tally;

enum { WINTER, SUMMER, PRENATAL, THIRD_TRIMESTER, SMOKER, GROUPS };

typedef struct study {
    tally bins[2][BINS], outcomes[2][SYNTH_OUTCOME_COUNT], groups[GROUPS];
} study;

static void add(tally *t, double p, bool seen)
{
    t->expected += p;
    t->variance += p * (1 - p);
    t->seen += seen;
    t->count++;
}

static int bin_of(double p)
{
    static const double edges[BINS - 1] = {1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.2, 0.4};
    int i = 0;
    while (i < BINS - 1 && p >= edges[i])
        i++;
    return i;
}

/* The first visit from a day on that is drawn beforehand: that it is the one must say nothing of what comes after it.
 */
static const synth_visit *pick(const synth_person *p, synth_random *r)
{
    const int32_t day = synth_between(r, p->first, p->followed - SYNTH_TRUTH_DAYS);
    for (size_t i = 0; i < p->visit_count; i++)
        if (p->visits[i].day >= day)
            return &p->visits[i];
    return NULL;
}

/* Illnesses of days by season, what pregnancies bring, lungs of those who smoke. */
static void add_groups(study *s, const synth_person *p, const synth_visit *v, int outcome, double probability,
                       bool drawn)
{
    const int32_t month = base_civil_of(v->day).month, gestation = synth_person_gestation(p, v->day, NULL);
    const char *name = synth_outcomes[outcome];
    const bool flu = strcmp(name, "influenza") == 0, lungs = strcmp(name, "pneumonia") == 0;
    if (flu)
        add(&s->groups[month <= 2 || month == 12 ? WINTER : SUMMER], probability, drawn);
    if (gestation >= 0 && (strcmp(name, "gestational_diabetes") == 0 || strcmp(name, "miscarriage") == 0 ||
                           strcmp(name, "preeclampsia_or_eclampsia") == 0))
        add(&s->groups[PRENATAL], probability, drawn);
    if (gestation >= SYNTH_THIRD_TRIMESTER)
        add(&s->groups[THIRD_TRIMESTER], probability, drawn);
    if (lungs && synth_person_has(p, SYNTH_D_SMOKING, v->day))
        add(&s->groups[SMOKER], probability, drawn);
}

static void add_visit(study *s, const synth_person *p, const synth_visit *v, double bias)
{
    synth_truth truth;
    synth_truth_at(p, v->day, &truth);
    if (!truth.observed)
        return;
    for (int i = 0; i < SYNTH_OUTCOME_COUNT; i++) {
        if (truth.history[i] == SYNTH_HAD)
            continue;
        const double probability = truth.begins[i] * bias > 1 ? 1 : truth.begins[i] * bias;
        assert_true(truth.begins[i] >= 0 && truth.begins[i] <= 1);
        add(&s->bins[truth.history[i]][bin_of(probability)], probability, truth.drawn[i]);
        add(&s->outcomes[truth.history[i]][i], probability, truth.drawn[i]);
        if (truth.history[i] == SYNTH_NOT_YET)
            add_groups(s, p, v, i, probability, truth.drawn[i]);
    }
}

/* Twice at once: as stated, and a tenth too high. */
static int run(void **state)
{
    synth_options options = synth_options_default();
    options.seed = 11;
    synth_person *p = malloc(sizeof(*p));
    study *s = calloc(2, sizeof(*s));
    for (uint64_t i = 0; i < PEOPLE; i++) {
        synth_person_draw(p, &options, i);
        synth_person_live(p);
        synth_person_visit(p);
        synth_random r = synth_random_of(12, i, 1);
        const synth_visit *v = pick(p, &r);
        if (v == NULL)
            continue;
        add_visit(&s[0], p, v, 1);
        add_visit(&s[1], p, v, 1.1);
    }
    free(p);
    *state = s;
    return 0;
}

static int done(void **state)
{
    free(*state);
    return 0;
}

/* How far from what it should be, in standard deviations and beyond the share that the approximation may be off. */
static double distance(const tally *t, double share)
{
    const double gap = fabs(t->seen - t->expected) - share * t->expected;
    return gap <= 0 ? 0 : gap / sqrt(t->variance + 1);
}

static int far(const study *s, bool print)
{
    int count = 0;
    for (int h = 0; h < 2; h++) {
        for (int i = 0; i < BINS; i++) {
            const tally *t = &s->bins[h][i];
            if (print)
                print_message("history %d bin %2d: %9llu cases, %10.1f expected, %8.0f drawn, z %5.1f\n", h, i,
                              (unsigned long long)t->count, t->expected, t->seen,
                              (t->seen - t->expected) / sqrt(t->variance + 1));
            count += distance(t, 0.02) > 3.5;
        }
        for (int i = 0; i < SYNTH_OUTCOME_COUNT; i++) {
            const tally *t = &s->outcomes[h][i];
            const bool off = distance(t, 0.05) > 4;
            if (print && (off || fabs(t->seen - t->expected) > 3 * sqrt(t->variance + 1)))
                print_message("history %d %s: %.1f expected, %.0f drawn, z %.1f\n", h, synth_outcomes[i], t->expected,
                              t->seen, (t->seen - t->expected) / sqrt(t->variance + 1));
            count += off;
        }
    }
    for (int i = 0; i < GROUPS; i++) {
        const tally *t = &s->groups[i];
        if (print)
            print_message("group %d: %llu cases, %.1f expected, %.0f drawn\n", i, (unsigned long long)t->count,
                          t->expected, t->seen);
        count += distance(t, 0.03) > 3.5;
    }
    return count;
}

static void probabilities_are_what_is_drawn(void **state)
{
    const study *s = *state;
    for (int i = 0; i < GROUPS; i++)
        assert_true(s->groups[i].count > 100);
    assert_int_equal(far(&s[0], true), 0);
}

/* That the test above can fail. */
static void a_tenth_too_high_is_found(void **state)
{
    const study *s = *state;
    assert_true(far(&s[1], false) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities_are_what_is_drawn),
        cmocka_unit_test(a_tenth_too_high_is_found),
    };
    return cmocka_run_group_tests(tests, run, done);
}
