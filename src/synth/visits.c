/* SPDX-License-Identifier: Apache-2.0 */
/* When a person is seen: check-ups, acute illness, chronic care, pregnancy; then sorted, and at least one. */
#include "base/date.h"
#include "synth/person.h"

static void add_visit(synth_person *person, int32_t day, synth_visit_kind kind, int setting, int condition,
                      int pregnancy)
{
    if (day < person->first || day > person->last || person->visit_count == SYNTH_VISITS_MAX)
        return;
    synth_random *r = &person->life;
    synth_visit v = {.day = day,
                     .condition = (int16_t)condition,
                     .pregnancy = (int16_t)pregnancy,
                     .order = person->visit_count,
                     .kind = (uint8_t)kind,
                     .setting = (uint8_t)setting};
    /* Not later than 21:00, so that results fall on the same day. */
    const bool office = setting == SYNTH_AMB || setting == SYNTH_VR;
    v.second =
        (office ? synth_between(r, 8 * 60, 17 * 60) : synth_between(r, 0, 21 * 60)) * 60 + synth_between(r, 0, 59);
    v.length = setting == SYNTH_IMP ? 86400 * synth_between(r, 1, 9)
                                    : 60 * synth_between(r, 12, setting == SYNTH_EMER ? 400 : 45);
    const int32_t rest = (person->last - day) * 86400 + 86399 - v.second; /* a stay ends with the record */
    v.length = v.length < rest ? v.length : rest;
    person->visits[person->visit_count++] = v;
}

static void plan_checkups(synth_person *person)
{
    static const uint16_t child_days[] = {4, 32, 62, 122, 184, 274, 366, 458, 549, 731, 915};
    synth_random *r = &person->life;
    if (person->first == person->birth)
        add_visit(person, person->birth, SYNTH_VISIT_BIRTH, SYNTH_IMP, -1, -1);
    for (size_t i = 0; i < sizeof(child_days) / sizeof(child_days[0]); i++)
        if (synth_percent(r, 88))
            add_visit(person, person->birth + child_days[i] + synth_between(r, 0, 12), SYNTH_VISIT_CHILD, SYNTH_AMB, -1,
                      -1);
    int32_t day = person->first + synth_between(r, 0, 300);
    if (day < person->birth + 1000)
        day = person->birth + 1000 + synth_between(r, 0, 200);
    while (day <= person->last) {
        const int32_t age = synth_age(person, day);
        const bool child = age < 18;
        if (synth_percent(r, child || age >= 60 || person->female ? 85 : 62))
            add_visit(person, day, child ? SYNTH_VISIT_CHILD : SYNTH_VISIT_CHECKUP, SYNTH_AMB, -1, -1);
        day += (child || age >= 50 ? 365 : 545) + synth_between(r, -50, 70);
    }
}

static void plan_acute(synth_person *person, int at)
{
    const synth_condition *c = &person->conditions[at];
    const synth_disease *d = &synth_diseases[c->disease];
    synth_random *r = &person->life;
    if (c->onset < person->first || c->disease == SYNTH_D_PREGNANCY || c->disease == SYNTH_D_POSTPARTUM)
        return;
    const bool severe = d->setting == SYNTH_IMP || d->setting == SYNTH_EMER;
    const uint32_t seen = d->kind != SYNTH_ACUTE || severe ? 96 : 35u + person->intensity / 8u;
    if (d->kind == SYNTH_STATE || !synth_percent(r, seen > 96 ? 96 : seen))
        return;
    int setting = d->setting;
    if (setting == SYNTH_AMB && c->onset > 18330 && synth_percent(r, 11)) /* telemedicine spreads in March 2020 */
        setting = SYNTH_VR;
    if (setting == SYNTH_AMB && synth_percent(r, 6))
        setting = SYNTH_EMER;
    if (setting == SYNTH_IMP && d->kind == SYNTH_ACUTE && synth_percent(r, 40))
        setting = SYNTH_EMER;
    const int32_t delay = d->kind == SYNTH_ACUTE ? synth_between(r, 0, severe ? 0 : 3) : 0;
    add_visit(person, c->onset + delay, SYNTH_VISIT_ACUTE, setting, at, -1);
    if (severe && synth_percent(r, 60))
        add_visit(person, c->onset + synth_between(r, 9, 35), SYNTH_VISIT_FOLLOW_UP, SYNTH_AMB, at, -1);
}

/* At the beginning of the half-year: that a visit takes place must tell nothing of what comes later. */
static bool needs_care(const synth_condition *c, int32_t from)
{
    const synth_disease *d = &synth_diseases[c->disease];
    return d->visits_10 != 0 && d->kind != SYNTH_ACUTE && c->onset <= from && c->abatement > from;
}

/* Who has several diseases is seen for all of them at once more often than not: the most demanding one counts in full,
 * the others a third. */
static void plan_chronic(synth_person *person, int32_t from, int32_t to)
{
    synth_random *r = &person->life;
    uint32_t most = 0, sum = 0;
    for (size_t i = 0; i < person->condition_count; i++) {
        if (!needs_care(&person->conditions[i], from))
            continue;
        const uint32_t visits = synth_diseases[person->conditions[i].disease].visits_10;
        most = visits > most ? visits : most;
        sum += visits;
    }
    uint64_t thousandth = ((uint64_t)most + (sum - most) / 3) * person->intensity * (uint64_t)(to - from) / 365;
    uint32_t count = (uint32_t)(thousandth / 1000) + (synth_below(r, 1000) < thousandth % 1000);
    for (; count > 0; count--) {
        uint32_t pick = synth_below(r, sum == 0 ? 1 : sum);
        for (size_t i = 0; i < person->condition_count; i++) {
            const synth_disease *d = &synth_diseases[person->conditions[i].disease];
            if (!needs_care(&person->conditions[i], from))
                continue;
            if (pick < d->visits_10) {
                const int32_t day = synth_between(r, from, to - 1);
                if (day < person->conditions[i].abatement)
                    add_visit(person, day, SYNTH_VISIT_CHRONIC,
                              day > 18330 && synth_percent(r, 9) ? SYNTH_VR : SYNTH_AMB, (int)i, -1);
                break;
            }
            pick -= d->visits_10;
        }
    }
    if (synth_below(r, 1000) < person->intensity * 6u / 10)
        add_visit(person, synth_between(r, from, to - 1), SYNTH_VISIT_SYMPTOM, SYNTH_AMB, -1, -1);
}

static void plan_pregnancy(synth_person *person, int at)
{
    static const uint8_t weeks[] = {8, 12, 16, 20, 24, 28, 30, 32, 34, 36, 37, 38, 39, 40};
    synth_random *r = &person->life;
    const synth_pregnancy *p = &person->pregnancies[at];
    const uint32_t keen = 60 + synth_below(r, 40);
    for (size_t i = 0; i < sizeof(weeks); i++) {
        const int32_t day = p->lmp + weeks[i] * 7 + synth_between(r, -3, 3);
        if (day < p->end && synth_percent(r, keen))
            add_visit(person, day, SYNTH_VISIT_PRENATAL, SYNTH_AMB, -1, at);
    }
    if (p->lost)
        return;
    add_visit(person, p->end, SYNTH_VISIT_DELIVERY, SYNTH_IMP, -1, at);
    if (synth_percent(r, 35))
        add_visit(person, p->end + synth_between(r, 10, 18), SYNTH_VISIT_POSTNATAL, SYNTH_AMB, -1, at);
    if (synth_percent(r, 78))
        add_visit(person, p->end + synth_between(r, 38, 60), SYNTH_VISIT_POSTNATAL, SYNTH_AMB, -1, at);
}

static bool visit_before(const synth_visit *a, const synth_visit *b)
{
    if (a->day != b->day)
        return a->day < b->day;
    return a->second != b->second ? a->second < b->second : a->order < b->order;
}

static void sort_visits(synth_person *person)
{
    for (size_t i = 1; i < person->visit_count; i++) {
        const synth_visit v = person->visits[i];
        size_t k = i;
        for (; k > 0 && visit_before(&v, &person->visits[k - 1]); k--)
            person->visits[k] = person->visits[k - 1];
        person->visits[k] = v;
    }
}

/* What a doctor learns stands in the record from the visit it was the reason of, or else from the next one. */
static void record_conditions(synth_person *person)
{
    for (size_t i = 0; i < person->condition_count; i++) {
        synth_condition *c = &person->conditions[i];
        if (c->disease == SYNTH_D_POSTPARTUM)
            continue;
        const bool acute = synth_diseases[c->disease].kind == SYNTH_ACUTE;
        for (size_t v = 0; v < person->visit_count && c->visit < 0; v++) {
            const synth_visit *visit = &person->visits[v];
            if (visit->day < c->onset || (acute && visit->condition != (int16_t)i))
                continue;
            if (visit->day > c->abatement && synth_diseases[c->disease].kind != SYNTH_EVENT)
                break;
            c->visit = (int16_t)v;
        }
    }
}

void synth_person_visit(synth_person *person)
{
    for (int i = 0; i < person->pregnancy_count; i++)
        plan_pregnancy(person, i);
    plan_checkups(person);
    for (int i = 0; i < person->condition_count; i++)
        plan_acute(person, i);
    for (int32_t day = person->first; day < person->last; day += 182)
        plan_chronic(person, day, day + 182 < person->last ? day + 182 : person->last);
    if (person->visit_count == 0)
        add_visit(person, person->last, SYNTH_VISIT_SYMPTOM, SYNTH_AMB, -1, -1); /* that there was none is known then */
    sort_visits(person);
    record_conditions(person);
}
