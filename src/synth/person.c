/* SPDX-License-Identifier: Apache-2.0 */
#include "synth/person.h"

#include "base/date.h"

/* Shares of five-year age groups, per mille, like the United States' (INVENTED round numbers); from 0-4 to 100-104. */
static const uint16_t age_pyramid[21] = {58, 60, 62, 63, 64, 66, 67, 65, 63, 59, 60,
                                         61, 62, 56, 48, 36, 24, 15, 8,  3,  1};

/* Years of record before as_of, in days, and their share in percent. */
static const uint16_t record_days[10] = {90, 365, 730, 1095, 1825, 2920, 3650, 5475, 7300, 10950};
static const uint8_t record_share[10] = {6, 9, 12, 13, 19, 16, 12, 8, 4, 1};

/* How often people see a doctor for the same ills, percent of the usual: the source of the heavy tail. */
static const uint16_t intensity_percent[7] = {25, 50, 85, 125, 190, 370, 900};
static const uint8_t intensity_share[7] = {12, 20, 29, 21, 12, 5, 1};

static size_t pick_share(synth_random *r, const uint8_t *shares, size_t count)
{
    uint32_t at = synth_below(r, 100);
    size_t i = 0;
    while (i + 1 < count && at >= shares[i])
        at -= shares[i++];
    return i;
}

static uint16_t pick_place(synth_random *r)
{
    const uint32_t at = synth_below(r, SYNTH_PLACE_WEIGHT);
    size_t low = 0, high = SYNTH_PLACE_COUNT - 1;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (synth_places[middle].upto > at)
            high = middle;
        else
            low = middle + 1;
    }
    return (uint16_t)low;
}

static void draw_age(synth_person *person)
{
    uint32_t total = 0;
    for (size_t i = 0; i < 21; i++)
        total += age_pyramid[i];
    uint32_t at = synth_below(&person->life, total);
    int32_t group = 0;
    while (at >= age_pyramid[group])
        at -= age_pyramid[group++];
    person->birth = person->as_of - group * 1826 - synth_between(&person->life, 5, 1825);
}

static void draw_record(synth_person *person)
{
    synth_random *r = &person->life;
    const size_t years = pick_share(r, record_share, 10);
    const int32_t days = record_days[years] / 2 + synth_between(r, 0, record_days[years]);
    person->first = person->as_of - days;
    if (person->first < person->birth)
        person->first = person->birth;
    person->last = person->as_of - synth_between(r, 0, 20);
    if (synth_percent(r, 27)) /* lost to follow-up: moved away, changed insurers */
        person->last = synth_between(r, person->first + 20, person->as_of);
    if (person->last < person->first)
        person->last = person->first;
    if (person->last > person->as_of)
        person->last = person->as_of;
    person->followed = person->last;
}

/* Movers keep their record: some stay in the state, some cross it. */
static void draw_homes(synth_person *person)
{
    synth_random *r = &person->life;
    person->homes[0] = (synth_residence){pick_place(r), person->birth};
    person->home_count = 1;
    int32_t day = person->first;
    while (person->home_count < SYNTH_PLACES_MAX && synth_percent(r, 16)) {
        day = synth_between(r, day + 60, person->last);
        if (day >= person->last - 30)
            break;
        person->homes[person->home_count++] = (synth_residence){pick_place(r), day};
    }
}

void synth_person_draw(synth_person *person, const synth_options *options, uint64_t index)
{
    *person = (synth_person){.index = index, .as_of = options->as_of, .death = SYNTH_NEVER, .smoked_until = INT32_MIN};
    person->key = synth_mix(synth_mix(options->seed) ^ synth_mix(~index));
    person->life = synth_random_of(options->seed, index, 1);
    person->data = synth_random_of(options->seed, index, 2);
    person->noise = synth_random_of(options->seed, index, 3);
    person->money = synth_random_of(options->seed, index, 4);
    synth_random *r = &person->life;
    draw_age(person);
    const int32_t age = synth_age(person, person->as_of);
    person->female = synth_percent(r, age >= 90 ? 68 : age >= 75 ? 57 : 50);
    draw_record(person);
    draw_homes(person);
    const uint32_t race = synth_below(r, 100);
    person->race = race < 72 ? 0 : race < 86 ? 1 : race < 92 ? 2 : 3;
    person->hispanic = synth_percent(r, 18);
    person->education = (uint8_t)(age < 18 ? 0 : synth_below(r, 10) < 1 ? 0 : synth_below(r, 9) < 4 ? 1 : 2);
    person->work = (uint8_t)synth_below(r, 10);
    person->intensity = intensity_percent[pick_share(r, intensity_share, 7)];
    person->coding = (uint8_t)pick_share(r, (const uint8_t[]){45, 30, 25}, 3);
    person->vaccinated = (uint8_t)(30 + synth_below(r, 66));
}

const synth_place *synth_person_home(const synth_person *person, int32_t day)
{
    size_t i = person->home_count - 1u;
    while (i > 0 && person->homes[i].from > day)
        i--;
    return &synth_places[person->homes[i].place];
}

bool synth_person_has(const synth_person *person, int disease, int32_t day)
{
    for (size_t i = 0; i < person->condition_count; i++) {
        const synth_condition *c = &person->conditions[i];
        if (c->disease == disease && c->onset <= day && c->abatement > day)
            return true;
    }
    return false;
}

int32_t synth_person_gestation(const synth_person *person, int32_t day, int *ret_pregnancy)
{
    for (int i = 0; i < person->pregnancy_count; i++) {
        const synth_pregnancy *p = &person->pregnancies[i];
        if (day >= p->lmp && day <= p->end) {
            if (ret_pregnancy != NULL)
                *ret_pregnancy = i;
            return day - p->lmp;
        }
    }
    return -1;
}

bool synth_person_recorded(const synth_person *person, int condition)
{
    const synth_condition *c = &person->conditions[condition];
    const synth_disease *d = &synth_diseases[c->disease];
    if (c->disease == SYNTH_D_SMOKING && (person->key >> 12 & 3) != 0) /* mostly an observation, not a problem */
        return false;
    return c->visit >= 0 && (d->snomed >= 0 || d->icd10 >= 0);
}
