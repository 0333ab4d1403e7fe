/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What befalls a person, step by step: each disease's rate at this age and sex, times what multiplies it now, decides
 * by one draw whether it begins within the step. Before the record starts only what lasts is drawn, in steps of three
 * years; then everything, in steps of a month, so that one disease can lead to the next within the record and seasons
 * and trimesters tell.
 */
#include "synth/hazard.h"

#define STEP_BEFORE 1095

typedef struct course {
    bool active[SYNTH_D_COUNT];
    bool ever[SYNTH_D_COUNT];
    int32_t until[SYNTH_D_COUNT];
    int16_t at[SYNTH_D_COUNT]; /* the condition that is active */
} course;

/* Whether an event of `rate` per 100,000 a year happens within `days`: rate * days / 365.25 / 100,000 of 2^32. */
static bool happens(synth_random *r, uint64_t rate, int32_t days)
{
    const uint64_t chance = rate * (uint64_t)days * 11759 / 100;
    return (synth_next(r) >> 32) < chance;
}

/* The same for thousandths of the rate and days that the season weighs: a winter's month counts more than a summer's.
 */
static uint64_t seasonal_chance(uint64_t thousandths, uint64_t weight, uint64_t year)
{
    return thousandths * weight * 12 * 11759 / (year * 100000);
}

static bool in_third_trimester(const synth_person *person, int32_t day)
{
    if (person->pregnancy_count == 0)
        return false;
    const synth_pregnancy *p = &person->pregnancies[person->pregnancy_count - 1];
    return day >= p->lmp + SYNTH_THIRD_TRIMESTER && day < p->end;
}

/* What a pregnancy will bring is drawn with it: it counts from its onset on, or the end of the step in which that is.
 */
static bool holds(const synth_person *person, const course *c, int disease, int32_t end)
{
    return c->active[disease] && person->conditions[c->at[disease]].onset < end;
}

static bool driver_holds(const synth_person *person, const course *c, int driver, int32_t day, int32_t end)
{
    switch (driver) {
    case SYNTH_DRIVER_SMOKING_EVER:
        return c->ever[SYNTH_D_SMOKING];
    case SYNTH_DRIVER_CANCER_ANY:
        return c->active[SYNTH_D_BREAST_CANCER] || c->active[SYNTH_D_LUNG_CANCER] || c->active[SYNTH_D_COLON_CANCER] ||
               c->active[SYNTH_D_PROSTATE_CANCER] || c->active[SYNTH_D_LEUKEMIA] || c->active[SYNTH_D_NHL] ||
               c->active[SYNTH_D_MYELOMA];
    case SYNTH_DRIVER_IMMUNIZED_FLU:
    case SYNTH_DRIVER_IMMUNIZED_ZOSTER:
        return person->vaccinated >= 70;
    case SYNTH_DRIVER_MALE:
        return !person->female;
    case SYNTH_DRIVER_PNEUMONIA_EVER:
        return c->ever[SYNTH_D_PNEUMONIA];
    case SYNTH_DRIVER_THIRD_TRIMESTER:
        return in_third_trimester(person, day);
    case SYNTH_DRIVER_SUBURBAN:
        return synth_person_home(person, day)->kind == 1;
    case SYNTH_DRIVER_RURAL:
        return synth_person_home(person, day)->kind == 2;
    default:
        return holds(person, c, driver, end);
    }
}

/* Thousandths: many rates are small, and ratios of them must not be lost in rounding. */
static uint64_t rate_now(const synth_person *person, const course *c, const synth_disease *d, int32_t day, int32_t end)
{
    uint64_t rate = d->rate[person->female][synth_age_band(synth_age(person, day))] * 1000u;
    for (size_t i = 0; i < d->driver_count && rate != 0; i++) {
        const synth_driver *driver = &d->drivers[i];
        const bool holds = driver_holds(person, c, driver->disease, day, end);
        if (driver->mode == 1 ? !holds : driver->mode == 2 ? holds : false)
            return 0;
        if (holds)
            rate = rate * driver->percent / 100;
    }
    return rate;
}

static int add_condition(synth_person *person, course *c, int disease, int32_t onset)
{
    const synth_disease *d = &synth_diseases[disease];
    if (person->condition_count == SYNTH_CONDITIONS_MAX)
        return -1;
    synth_random *r = &person->life;
    int32_t until = SYNTH_NEVER;
    if (d->kind == SYNTH_ACUTE)
        until = onset + synth_between(r, d->low, d->high);
    else if (d->high != 0)
        until = onset + synth_between(r, d->low * 365, d->high * 365);
    uint8_t medications = 0;
    for (size_t i = 0; i < d->medication_count; i++)
        medications =
            (uint8_t)(medications | (unsigned)(synth_below(r, 100) < (uint32_t)d->medications[i].percent) << i);
    person->conditions[person->condition_count] = (synth_condition){.onset = onset,
                                                                    .abatement = until,
                                                                    .prescribed = INT32_MIN,
                                                                    .visit = -1,
                                                                    .disease = (uint8_t)disease,
                                                                    .medications = medications};
    c->active[disease] = c->ever[disease] = true;
    c->until[disease] = until;
    c->at[disease] = (int16_t)person->condition_count;
    return person->condition_count++;
}

static void end_condition(synth_person *person, course *c, int disease, int32_t day)
{
    if (!c->active[disease])
        return;
    c->active[disease] = false;
    person->conditions[c->at[disease]].abatement = day;
}

/* A stage replaces the one before it. */
static void supersede(synth_person *person, course *c, int disease, int32_t day)
{
    if (disease == SYNTH_D_DIABETES2)
        end_condition(person, c, SYNTH_D_PREDIABETES, day);
    if (disease == SYNTH_D_CKD4)
        end_condition(person, c, SYNTH_D_CKD3, day);
    if (disease == SYNTH_D_ESRD)
        end_condition(person, c, SYNTH_D_CKD4, day);
}

static bool may_begin(const course *c, int disease)
{
    if (c->active[disease])
        return false;
    const uint8_t kind = synth_diseases[disease].kind;
    if (kind == SYNTH_CHRONIC && c->ever[disease])
        return disease == SYNTH_D_DEPRESSION || disease == SYNTH_D_ANEMIA || disease == SYNTH_D_BACK_PAIN;
    if (disease == SYNTH_D_PREDIABETES)
        return !c->ever[SYNTH_D_DIABETES2] && !c->ever[SYNTH_D_DIABETES1];
    if (disease == SYNTH_D_DIABETES2)
        return !c->ever[SYNTH_D_DIABETES1];
    if (disease == SYNTH_D_CKD3)
        return !c->ever[SYNTH_D_CKD4];
    return true;
}

static void expire(course *c, int32_t day)
{
    for (int d = 0; d < SYNTH_D_COUNT; d++)
        if (c->active[d] && c->until[d] <= day)
            c->active[d] = false;
}

/* Who stands in the record has survived what began before it: the deadlier and the longer ago, the fewer. */
static bool survived(synth_person *person, const synth_disease *d, int32_t onset)
{
    if (d->mortality < 200)
        return true;
    const uint32_t years = (uint32_t)(person->first - onset) / 365;
    return synth_below(&person->life, 1000 + years * (d->mortality - 100u)) < 1000;
}

typedef struct step {
    int32_t from, days;
    bool recorded;
    uint32_t weight[SYNTH_SEASON_COUNT];
} step;

static step step_of(int32_t from, int32_t days, bool recorded)
{
    step s = {.from = from, .days = days, .recorded = recorded};
    uint32_t months[12];
    synth_months_of(from, days, months);
    for (int i = 0; i < SYNTH_SEASON_COUNT; i++)
        s.weight[i] = synth_season_weight(synth_seasons[i], months);
    return s;
}

static void step_diseases(synth_person *person, course *c, const step *s)
{
    const int band = synth_age_band(synth_age(person, s->from));
    synth_random *r = &person->life;
    for (int i = 0; i < SYNTH_D_COUNT; i++) {
        const synth_disease *d = &synth_diseases[i];
        if (d->kind == SYNTH_CONGENITAL || (!s->recorded && d->kind == SYNTH_ACUTE) ||
            d->rate[person->female][band] == 0 || !may_begin(c, i))
            continue;
        const uint32_t weight = s->weight[d->season], year = synth_season_years[d->season];
        const uint64_t draw = synth_next(r) >> 32,
                       most = d->rate[person->female][band] * 10 * (uint64_t)d->most_percent;
        if (draw >= seasonal_chance(most, weight, year)) /* not even if everything that drives it held */
            continue;
        if (draw >= seasonal_chance(rate_now(person, c, d, s->from, s->from + s->days), weight, year))
            continue;
        const int32_t day = synth_season_day(synth_seasons[d->season], s->from, synth_below(r, weight));
        if (day < person->birth || (!s->recorded && !survived(person, d, day)))
            continue;
        if (d->kind != SYNTH_ACUTE)
            supersede(person, c, i, day);
        add_condition(person, c, i, day);
    }
}

static bool step_death(synth_person *person, const course *c, int32_t from, int32_t days)
{
    uint64_t rate = synth_death_rate(synth_age(person, from));
    uint64_t factor = 100;
    for (int i = 0; i < SYNTH_D_COUNT && factor < 3000; i++)
        if (c->active[i])
            factor = factor * synth_diseases[i].mortality / 100;
    if (factor > 3000)
        factor = 3000;
    rate = rate * factor / 180; /* the table's rates include the sick */
    if (!happens(&person->life, rate, days))
        return false;
    person->death = from + (int32_t)synth_below(&person->life, (uint32_t)days);
    return true;
}

static void step_pregnancy(synth_person *person, course *c, int32_t from, int32_t days)
{
    synth_random *r = &person->life;
    const uint64_t rate = person->female ? synth_pregnancy_rate(synth_age(person, from)) : 0;
    if (rate == 0 || person->pregnancy_count == SYNTH_PREGNANCIES_MAX || !happens(r, rate, days))
        return;
    const int32_t lmp = from + (int32_t)synth_below(r, (uint32_t)days);
    if (person->pregnancy_count != 0 &&
        lmp < person->pregnancies[person->pregnancy_count - 1].end + SYNTH_NEXT_PREGNANCY_DAYS)
        return;
    synth_pregnancy p = {.lmp = lmp, .lost = synth_percent(r, SYNTH_LOST_PERCENT), .cesarean = synth_percent(r, 32)};
    p.end = lmp + (p.lost                                    ? synth_between(r, SYNTH_LOST_FROM, SYNTH_LOST_TO)
                   : synth_percent(r, SYNTH_PRETERM_PERCENT) ? synth_between(r, SYNTH_PRETERM_FROM, SYNTH_PRETERM_TO)
                                                             : synth_between(r, SYNTH_TERM_FROM, SYNTH_TERM_TO));
    person->pregnancies[person->pregnancy_count++] = p;
    int at = add_condition(person, c, SYNTH_D_PREGNANCY, lmp + synth_between(r, SYNTH_KNOWN_FROM, SYNTH_KNOWN_TO));
    if (at >= 0)
        person->conditions[at].abatement = c->until[SYNTH_D_PREGNANCY] = p.end;
    if (p.lost) {
        add_condition(person, c, SYNTH_D_MISCARRIAGE, p.end);
        return;
    }
    if (synth_percent(r, c->active[SYNTH_D_OBESITY] ? SYNTH_GDM_OBESE_PERCENT : SYNTH_GDM_PERCENT) &&
        !c->active[SYNTH_D_DIABETES2]) {
        at = add_condition(person, c, SYNTH_D_GESTATIONAL_DIABETES,
                           lmp + synth_between(r, SYNTH_GDM_FROM, SYNTH_GDM_TO));
        if (at >= 0) /* what it drives lasts longer than itself */
            person->conditions[at].abatement = p.end + 42;
        c->until[SYNTH_D_GESTATIONAL_DIABETES] = SYNTH_NEVER;
    }
    if (synth_percent(r, c->active[SYNTH_D_HYPERTENSION] ? SYNTH_PREECLAMPSIA_HYPERTENSIVE_PERCENT
                                                         : SYNTH_PREECLAMPSIA_PERCENT)) {
        at = add_condition(person, c, SYNTH_D_PREECLAMPSIA,
                           lmp + synth_between(r, SYNTH_PREECLAMPSIA_FROM, SYNTH_PREECLAMPSIA_TO));
        if (at >= 0)
            person->conditions[at].abatement = p.end + 30;
        c->until[SYNTH_D_PREECLAMPSIA] = SYNTH_NEVER;
    }
    add_condition(person, c, SYNTH_D_POSTPARTUM, p.end);
    person->conditions[person->condition_count - 1].abatement = c->until[SYNTH_D_POSTPARTUM] =
        p.end + SYNTH_POSTPARTUM_DAYS;
}

static void born(synth_person *person, course *c)
{
    for (int i = 0; i < SYNTH_D_COUNT; i++) {
        const synth_disease *d = &synth_diseases[i];
        if (d->kind != SYNTH_CONGENITAL)
            continue;
        uint64_t rate = d->rate[person->female][0];
        for (size_t k = 0; k < d->driver_count; k++)
            if (driver_holds(person, c, d->drivers[k].disease, person->birth, person->birth + 1))
                rate = rate * d->drivers[k].percent / 100;
        if (i == SYNTH_D_SICKLE_CELL)
            rate = person->race == 1 ? rate * 6 : rate / 20;
        if (synth_below(&person->life, 100000) < rate)
            add_condition(person, c, i, person->birth);
    }
}

static void sort_conditions(synth_person *person)
{
    for (size_t i = 1; i < person->condition_count; i++) {
        const synth_condition c = person->conditions[i];
        size_t k = i;
        for (; k > 0 && person->conditions[k - 1].onset > c.onset; k--)
            person->conditions[k] = person->conditions[k - 1];
        person->conditions[k] = c;
    }
}

static void note_smoking(synth_person *person, const course *c)
{
    if (!c->ever[SYNTH_D_SMOKING])
        return;
    person->smoked_until = c->active[SYNTH_D_SMOKING] ? c->until[SYNTH_D_SMOKING] : INT32_MIN + 1;
    for (size_t i = 0; i < person->condition_count; i++)
        if (person->conditions[i].disease == SYNTH_D_SMOKING && person->conditions[i].abatement > person->smoked_until)
            person->smoked_until = person->conditions[i].abatement;
}

void synth_person_live(synth_person *person)
{
    course c = {0};
    born(person, &c);
    int32_t day = person->birth;
    while (day < person->first) {
        const int32_t days = person->first - day < STEP_BEFORE ? person->first - day : STEP_BEFORE;
        expire(&c, day);
        const step s = step_of(day, days, false);
        step_diseases(person, &c, &s);
        day += days;
    }
    while (day <= person->last) {
        const int32_t days = person->last - day + 1 < SYNTH_STEP_DAYS ? person->last - day + 1 : SYNTH_STEP_DAYS;
        expire(&c, day);
        const step s = step_of(day, days, true);
        step_diseases(person, &c, &s);
        step_pregnancy(person, &c, day, days);
        if (step_death(person, &c, day, days))
            break;
        day += days;
    }
    if (person->death != SYNTH_NEVER)
        person->last = person->death;
    sort_conditions(person);
    note_smoking(person, &c);
}
