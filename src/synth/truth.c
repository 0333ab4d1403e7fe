/* SPDX-License-Identifier: Apache-2.0 */
#include "synth/truth.h"

#define CHANCE_OF_A_DAY (12.0 / 36525000.0) /* rates are of 100,000 a year, seasons have 12 months */

static bool may_be_superseded(int disease)
{
    return disease == SYNTH_D_PREDIABETES || disease == SYNTH_D_CKD3 || disease == SYNTH_D_CKD4;
}

static bool recurs(int disease)
{
    return synth_diseases[disease].kind != SYNTH_CHRONIC || disease == SYNTH_D_DEPRESSION ||
           disease == SYNTH_D_ANEMIA || disease == SYNTH_D_BACK_PAIN;
}

/* What a pregnancy brings lasts as a driver; that a stage will be superseded is not known. */
static int32_t known_end(const synth_condition *c, int32_t day)
{
    if (c->disease == SYNTH_D_GESTATIONAL_DIABETES || c->disease == SYNTH_D_PREECLAMPSIA)
        return SYNTH_NEVER;
    return c->abatement > day && may_be_superseded(c->disease) ? SYNTH_NEVER : c->abatement;
}

static void know(synth_future *f, const synth_person *person, int32_t day)
{
    *f = (synth_future){.person = person, .day = day, .alive = 1};
    f->from = person->first + (day - person->first) / SYNTH_STEP_DAYS * SYNTH_STEP_DAYS;
    for (int i = 0; i < SYNTH_D_COUNT; i++) {
        f->onset[i] = f->until[i] = INT32_MIN;
        f->none[i] = 1;
    }
    for (size_t i = 0; i < person->condition_count && person->conditions[i].onset <= day; i++) {
        const synth_condition *c = &person->conditions[i];
        f->onset[c->disease] = c->onset;
        f->until[c->disease] = known_end(c, day);
    }
    synth_future_pregnancy_known(f);
}

static double any_cancer(const synth_future *f)
{
    static const uint8_t cancers[] = {SYNTH_D_BREAST_CANCER,   SYNTH_D_LUNG_CANCER, SYNTH_D_COLON_CANCER,
                                      SYNTH_D_PROSTATE_CANCER, SYNTH_D_LEUKEMIA,    SYNTH_D_NHL,
                                      SYNTH_D_MYELOMA};
    double none = 1;
    for (size_t i = 0; i < sizeof(cancers); i++)
        none *= 1 - f->active[cancers[i]];
    return 1 - none;
}

static double ever(const synth_future *f, int disease)
{
    return synth_known(f, disease) ? 1 : 1 - f->none[disease];
}

static double driver_probability(const synth_future *f, int driver)
{
    switch (driver) {
    case SYNTH_DRIVER_SMOKING_EVER:
        return ever(f, SYNTH_D_SMOKING);
    case SYNTH_DRIVER_PNEUMONIA_EVER:
        return ever(f, SYNTH_D_PNEUMONIA);
    case SYNTH_DRIVER_CANCER_ANY:
        return any_cancer(f);
    case SYNTH_DRIVER_IMMUNIZED_FLU:
    case SYNTH_DRIVER_IMMUNIZED_ZOSTER:
        return f->person->vaccinated >= 70;
    case SYNTH_DRIVER_MALE:
        return !f->person->female;
    case SYNTH_DRIVER_THIRD_TRIMESTER:
        return synth_future_third_trimester(f);
    case SYNTH_DRIVER_SUBURBAN:
        return synth_person_home(f->person, f->from)->kind == 1;
    case SYNTH_DRIVER_RURAL:
        return synth_person_home(f->person, f->from)->kind == 2;
    default:
        return f->active[driver];
    }
}

static double expected_rate(const synth_future *f, const synth_disease *d)
{
    double rate = d->rate[f->person->female][synth_age_band(synth_age(f->person, f->from))];
    for (size_t i = 0; i < d->driver_count && rate > 0; i++) {
        const double holds = driver_probability(f, d->drivers[i].disease), ratio = d->drivers[i].percent / 100.0;
        rate *= d->drivers[i].mode == 1 ? holds * ratio : d->drivers[i].mode == 2 ? 1 - holds : 1 + holds * (ratio - 1);
    }
    return rate;
}

/* Stages that were passed do not come back. */
static double may_begin(const synth_future *f, int disease)
{
    if (synth_known(f, disease) && !recurs(disease))
        return 0;
    if (disease == SYNTH_D_PREDIABETES)
        return (1 - ever(f, SYNTH_D_DIABETES2)) * (1 - ever(f, SYNTH_D_DIABETES1));
    if (disease == SYNTH_D_DIABETES2)
        return 1 - ever(f, SYNTH_D_DIABETES1);
    return disease == SYNTH_D_CKD3 ? 1 - ever(f, SYNTH_D_CKD4) : 1;
}

typedef struct window {
    uint32_t all[SYNTH_SEASON_COUNT];    /* weights of the step, */
    uint32_t gone[SYNTH_SEASON_COUNT];   /* of its days up to the visit, */
    uint32_t inside[SYNTH_SEASON_COUNT]; /* and of those after it and within the horizon */
    double passed;                       /* share of the step's days up to the visit */
    double dies;                         /* in what is left of it */
} window;

static window window_of(const synth_future *f)
{
    const int32_t end = f->from + SYNTH_STEP_DAYS, horizon = f->day + SYNTH_TRUTH_DAYS + 1;
    const int32_t low = f->day + 1 > f->from ? f->day + 1 : f->from, high = end < horizon ? end : horizon;
    window w = {.passed = (double)(low - f->from) / SYNTH_STEP_DAYS};
    uint32_t all[12], gone[12], inside[12];
    synth_months_of(f->from, SYNTH_STEP_DAYS, all);
    synth_months_of(f->from, low - f->from, gone);
    synth_months_of(low, high - low, inside);
    for (int i = 0; i < SYNTH_SEASON_COUNT; i++) {
        w.all[i] = synth_season_weight(synth_seasons[i], all);
        w.gone[i] = synth_season_weight(synth_seasons[i], gone);
        w.inside[i] = synth_season_weight(synth_seasons[i], inside);
    }
    return w;
}

static double death_chance(const synth_future *f, const window *w)
{
    double factor = 1;
    for (int i = 0; i < SYNTH_D_COUNT; i++)
        factor *= 1 + f->active[i] * (synth_diseases[i].mortality / 100.0 - 1);
    factor = factor > 30 ? 30 : factor;
    const double h = synth_death_rate(synth_age(f->person, f->from)) * factor / 1.8 * SYNTH_STEP_DAYS / 36525000.0;
    return h >= 1 ? 1 : h * (1 - w->passed) / (1 - h * w->passed);
}

/* An illness of days is over in the next step or not, by its mean length. */
static double carried_over(const synth_disease *d, double before, double begun)
{
    const double length = (d->low + d->high) / 2.0;
    if (d->kind != SYNTH_ACUTE)
        return before + begun;
    const double stays = length > SYNTH_STEP_DAYS ? 1 - SYNTH_STEP_DAYS / length : 0;
    return before * stays + begun * (length > SYNTH_STEP_DAYS ? 1 : length / SYNTH_STEP_DAYS);
}

/* One disease in one step; `next` is the probability that it holds at the start of the next. */
static double step_disease(synth_future *f, const window *w, int i, double alive)
{
    const synth_disease *d = &synth_diseases[i];
    const double before = f->active[i], free = may_begin(f, i);
    const uint32_t all = w->all[d->season], gone = w->gone[d->season];
    double chance = free > 0 ? expected_rate(f, d) * all / synth_season_years[d->season] : 0;
    chance *= free * CHANCE_OF_A_DAY;
    chance = chance > 1 ? 1 : chance;
    if (chance <= 0 || all == gone)
        return before;
    const double past = (double)gone / all, left = chance * (1 - past) / (1 - chance * past);
    f->begins[i] += alive * f->none[i] * left * w->inside[d->season] / (all - gone);
    f->none[i] *= 1 - left;
    f->active[i] = before + (1 - before) * left;
    return carried_over(d, before, (1 - before) * left);
}

static void pregnancy_states(synth_future *f)
{
    f->active[SYNTH_D_PREGNANCY] = f->pregnant[f->step];
    f->active[SYNTH_D_POSTPARTUM] = f->after[f->step];
    f->active[SYNTH_D_GESTATIONAL_DIABETES] = f->begins[SYNTH_D_GESTATIONAL_DIABETES] * f->step / SYNTH_TRUTH_STEPS;
    f->active[SYNTH_D_PREECLAMPSIA] = f->begins[SYNTH_D_PREECLAMPSIA] * f->step / SYNTH_TRUTH_STEPS;
}

static void step(synth_future *f)
{
    window w = window_of(f);
    double next[SYNTH_D_COUNT];
    pregnancy_states(f);
    for (int i = 0; i < SYNTH_D_COUNT; i++) /* what holds for certain since before the step */
        if (f->onset[i] < f->from && f->until[i] > f->from)
            f->active[i] = 1;
    w.dies = death_chance(f, &w);
    for (int i = 0; i < SYNTH_D_COUNT; i++) {
        next[i] = f->active[i];
        if (synth_known(f, i) && f->until[i] > f->from) {
            f->active[i] = 1; /* no draw: it holds, or it began in this very step */
            next[i] = 0;      /* asked again in the next step */
        } else if (synth_diseases[i].kind != SYNTH_CONGENITAL) {
            next[i] = step_disease(f, &w, i, f->alive * (1 - w.dies / 2));
        }
    }
    synth_future_pregnancy_step(f);
    f->alive *= 1 - w.dies;
    for (int i = 0; i < SYNTH_D_COUNT; i++)
        f->active[i] = next[i];
}

static void note_drawn(const synth_future *f, synth_truth *truth)
{
    const synth_person *p = f->person;
    const int32_t end = f->day + SYNTH_TRUTH_DAYS;
    for (size_t i = 0; i < p->condition_count; i++) {
        const synth_condition *c = &p->conditions[i];
        const int outcome = synth_diseases[c->disease].outcome;
        if (outcome >= 0 && c->onset > f->day && c->onset <= end && c->onset <= p->death)
            truth->drawn[outcome] = true;
    }
    truth->observed = p->followed >= end;
}

void synth_truth_at(const synth_person *person, int32_t day, synth_truth *ret_truth)
{
    synth_future f;
    know(&f, person, day);
    for (; f.step < SYNTH_TRUTH_STEPS && f.from <= day + SYNTH_TRUTH_DAYS; f.step++, f.from += SYNTH_STEP_DAYS)
        step(&f);
    *ret_truth = (synth_truth){0};
    for (int i = 0; i < SYNTH_OUTCOME_COUNT; i++)
        ret_truth->begins[i] = 1; /* of not beginning, so far */
    for (int i = 0; i < SYNTH_D_COUNT; i++) {
        const int outcome = synth_diseases[i].outcome;
        if (outcome < 0)
            continue;
        ret_truth->begins[outcome] *= 1 - f.begins[i];
        const uint8_t history = !synth_known(&f, i)                     ? SYNTH_NOT_YET
                                : synth_diseases[i].kind == SYNTH_ACUTE ? SYNTH_HAD_MAY_RETURN
                                                                        : SYNTH_HAD;
        if (history > ret_truth->history[outcome])
            ret_truth->history[outcome] = history;
    }
    for (int i = 0; i < SYNTH_OUTCOME_COUNT; i++)
        ret_truth->begins[i] = 1 - ret_truth->begins[i];
    note_drawn(&f, ret_truth);
}
