/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pregnancies in the truth. One that has begun by the visit is known with its dates; whether it will be lost, bring
 * diabetes or preeclampsia is not. Of those to come at most one is counted: after a loss another within the horizon is
 * rare.
 */
#include "synth/truth.h"

static const synth_pregnancy *known_pregnancy(const synth_future *f)
{
    const synth_pregnancy *known = NULL;
    for (int i = 0; i < f->person->pregnancy_count && f->person->pregnancies[i].lmp <= f->day; i++)
        known = &f->person->pregnancies[i];
    return known;
}

static double share(const synth_future *f, int disease, int32_t day, int with, int without)
{
    if (day <= f->day)
        return (synth_person_has(f->person, disease, day) ? with : without) / 100.0;
    return (without + (with - without) * f->active[disease]) / 100.0;
}

/* What has a share of `q` at a day of gestation from low to high, and has not shown itself by `by`. */
static double yet_to_show(double q, int32_t by, int32_t low, int32_t high)
{
    const double shown = synth_by(by, low, high);
    return q * (1 - shown) / (1 - q * shown);
}

static void known_course(synth_future *f, const synth_pregnancy *p)
{
    const int32_t gestation = f->day - p->lmp;
    const double lost = SYNTH_LOST_PERCENT / 100.0,
                 lost_left = lost * (1 - synth_by(gestation, SYNTH_LOST_FROM, SYNTH_LOST_TO));
    double loses = 0;
    if (f->day < p->end) {
        loses = lost_left / (lost_left + 1 - lost);
        f->begins[SYNTH_D_MISCARRIAGE] = loses;
    } else if (p->lost) {
        return;
    }
    const double obese = share(f, SYNTH_D_OBESITY, p->lmp, SYNTH_GDM_OBESE_PERCENT, SYNTH_GDM_PERCENT);
    if (!synth_person_has(f->person, SYNTH_D_DIABETES2, p->lmp))
        f->begins[SYNTH_D_GESTATIONAL_DIABETES] =
            (1 - loses) * yet_to_show(obese, gestation, SYNTH_GDM_FROM, SYNTH_GDM_TO);
    f->begins[SYNTH_D_PREECLAMPSIA] =
        (1 - loses) * yet_to_show(share(f, SYNTH_D_HYPERTENSION, p->lmp, SYNTH_PREECLAMPSIA_HYPERTENSIVE_PERCENT,
                                        SYNTH_PREECLAMPSIA_PERCENT),
                                  gestation, SYNTH_PREECLAMPSIA_FROM, SYNTH_PREECLAMPSIA_TO);
}

/* In every step: what of the pregnancy holds then. Days of steps are those of life.c. */
static void known_states(synth_future *f, const synth_pregnancy *p, int32_t recognized)
{
    const int32_t start = f->from;
    for (int k = 0; k < SYNTH_TRUTH_STEPS; k++) {
        const int32_t from = start + k * SYNTH_STEP_DAYS, to = from + SYNTH_STEP_DAYS;
        f->pregnant[k] = recognized < to && p->end > from;
        f->third[k] = from >= p->lmp + SYNTH_THIRD_TRIMESTER && from < p->end;
        f->after[k] = !p->lost && p->end < to && p->end + SYNTH_POSTPARTUM_DAYS > from;
    }
}

void synth_future_pregnancy_known(synth_future *f)
{
    const synth_pregnancy *p = known_pregnancy(f);
    f->free = 1;
    if (p == NULL)
        return;
    int32_t recognized = p->lmp + SYNTH_KNOWN_FROM;
    for (size_t i = 0; i < f->person->condition_count; i++) {
        const synth_condition *c = &f->person->conditions[i];
        if (c->disease == SYNTH_D_PREGNANCY && c->onset > p->lmp && c->onset <= p->lmp + SYNTH_KNOWN_TO)
            recognized = c->onset;
    }
    known_course(f, p);
    known_states(f, p, recognized);
    if (recognized > f->day)
        f->begins[SYNTH_D_PREGNANCY] = 1;
}

/* That a pregnancy with the given first day has shown what lies from low to high days later, by the horizon. */
static double shows(const synth_future *f, int32_t from, int32_t to, int32_t low, int32_t high)
{
    double sum = 0;
    for (int32_t lmp = from; lmp < to; lmp++)
        sum += synth_by(f->day + SYNTH_TRUTH_DAYS - lmp, low, high);
    return sum / (double)(to - from);
}

/* Of a pregnancy that began in this step, what holds in later ones; its days are taken from the middle of the step. */
static void coming_states(synth_future *f, int32_t lmp, double chance)
{
    const double stays = 1 - SYNTH_LOST_PERCENT / 100.0;
    for (int k = f->step + 1; k < SYNTH_TRUTH_STEPS; k++) {
        const int32_t from = f->from + (k - f->step) * SYNTH_STEP_DAYS, days = from - lmp;
        if (days + SYNTH_STEP_DAYS <= (SYNTH_KNOWN_FROM + SYNTH_KNOWN_TO) / 2)
            continue;
        const double lost = 1 - synth_by(days, SYNTH_LOST_FROM, SYNTH_LOST_TO);
        const double early = 1 - synth_by(days, SYNTH_PRETERM_FROM, SYNTH_PRETERM_TO);
        const double term = 1 - synth_by(days, SYNTH_TERM_FROM, SYNTH_TERM_TO);
        const double carried = stays * (early * SYNTH_PRETERM_PERCENT + term * (100 - SYNTH_PRETERM_PERCENT)) / 100;
        f->pregnant[k] += chance * (carried + (1 - stays) * lost);
        if (days >= SYNTH_THIRD_TRIMESTER)
            f->third[k] += chance * carried;
        f->after[k] += chance * (stays - carried);
    }
}

void synth_future_pregnancy_step(synth_future *f)
{
    const uint32_t rate = f->person->female ? synth_pregnancy_rate(synth_age(f->person, f->from)) : 0;
    const synth_pregnancy *p = known_pregnancy(f);
    const int32_t end = f->from + SYNTH_STEP_DAYS;
    int32_t from = f->day + 1 > f->from ? f->day + 1 : f->from;
    const int32_t gone = from - f->from;
    if (p != NULL && p->end + SYNTH_NEXT_PREGNANCY_DAYS > from)
        from = p->end + SYNTH_NEXT_PREGNANCY_DAYS;
    if (rate == 0 || from >= end)
        return;
    const double day = rate / 36525000.0; /* of conception, a day */
    const double chance = f->alive * f->free * day * (end - from) / (1 - day * gone);
    const double stays = 1 - SYNTH_LOST_PERCENT / 100.0;
    f->begins[SYNTH_D_PREGNANCY] +=
        (1 - f->begins[SYNTH_D_PREGNANCY]) * chance * shows(f, from, end, SYNTH_KNOWN_FROM, SYNTH_KNOWN_TO);
    f->begins[SYNTH_D_MISCARRIAGE] += (1 - f->begins[SYNTH_D_MISCARRIAGE]) * chance * (1 - stays) *
                                      shows(f, from, end, SYNTH_LOST_FROM, SYNTH_LOST_TO);
    f->begins[SYNTH_D_GESTATIONAL_DIABETES] +=
        chance * stays * share(f, SYNTH_D_OBESITY, f->day + 1, SYNTH_GDM_OBESE_PERCENT, SYNTH_GDM_PERCENT) *
        (1 - f->active[SYNTH_D_DIABETES2]) * shows(f, from, end, SYNTH_GDM_FROM, SYNTH_GDM_TO);
    f->begins[SYNTH_D_PREECLAMPSIA] += chance * stays *
                                       share(f, SYNTH_D_HYPERTENSION, f->day + 1,
                                             SYNTH_PREECLAMPSIA_HYPERTENSIVE_PERCENT, SYNTH_PREECLAMPSIA_PERCENT) *
                                       shows(f, from, end, SYNTH_PREECLAMPSIA_FROM, SYNTH_PREECLAMPSIA_TO);
    coming_states(f, (from + end) / 2, chance);
    f->free -= f->alive > 0 ? chance / f->alive : 0;
}

double synth_future_third_trimester(const synth_future *f)
{
    return f->third[f->step];
}
