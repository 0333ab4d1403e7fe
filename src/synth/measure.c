/* SPDX-License-Identifier: Apache-2.0 */
#include "synth/person.h"

#define RAMP_DAYS 1095 /* a disease shows in the numbers that long before it is found */

/* Children at ages 0, 1, … 18: height in mm, body mass index times ten; INVENTED, the shape of growth charts. */
static const uint16_t child_height[19] = {500,  750,  870,  955,  1025, 1090, 1155, 1215, 1275, 1330,
                                          1385, 1435, 1495, 1560, 1625, 1675, 1700, 1715, 1720};
static const uint8_t child_bmi[19] = {134, 172, 165, 160, 156, 154, 154, 156, 159, 164,
                                      169, 175, 181, 187, 194, 200, 206, 212, 217};

static int32_t by_age(const synth_person *person, int32_t day, int32_t at_birth, int32_t at_next)
{
    const int32_t rest = synth_age_days(person, day) % 365;
    return at_birth + (at_next - at_birth) * rest / 365;
}

/* The person's own level: a hash, so that it is the same at every visit. Sixteenths of a unit. */
static int32_t own_level(const synth_person *person, int measurement, int32_t spread_16)
{
    return (int32_t)((int64_t)synth_bell_of(synth_mix(person->key ^ (uint64_t)(measurement + 1) * 0x9e37u)) *
                     spread_16 / SYNTH_SD);
}

static int64_t effect_on(const synth_condition *c, const synth_effect *e, int32_t day, uint8_t kind)
{
    if (day >= c->abatement)
        return kind == SYNTH_EVENT ? e->now / 4 : 0;
    if (day >= c->onset)
        return e->now + (int64_t)e->year_100 * (day - c->onset) / 36525;
    if (kind == SYNTH_ACUTE || kind == SYNTH_EVENT || c->onset - day >= RAMP_DAYS)
        return 0;
    return (int64_t)e->now * 3 / 5 * (RAMP_DAYS - (c->onset - day)) / RAMP_DAYS;
}

static int64_t effects_of_diseases(const synth_person *person, int measurement, int32_t day)
{
    int64_t sum = 0;
    for (size_t i = 0; i < person->condition_count; i++) {
        const synth_condition *c = &person->conditions[i];
        if (day < c->onset - RAMP_DAYS)
            break; /* conditions are in order of onset */
        const synth_disease *d = &synth_diseases[c->disease];
        for (size_t k = 0; k < d->effect_count; k++)
            if (d->effects[k].measurement == measurement)
                sum += effect_on(c, &d->effects[k], day, d->kind);
    }
    return sum;
}

static int32_t height_mm(const synth_person *person, int32_t day)
{
    const int32_t age = synth_age(person, day);
    const int32_t own = own_level(person, SYNTH_M_HEIGHT, 70 * 16) / 16;
    if (age < 18) {
        const int32_t at = by_age(person, day, child_height[age], child_height[age + 1]);
        return at + own * at / 1900 - (person->female && age > 13 ? (age - 13) * 25 : 0);
    }
    return (person->female ? 1625 : 1760) + own - (age > 60 ? (age - 60) * 2 : 0);
}

static int32_t bmi_tenth(synth_person *person, int32_t day)
{
    const int32_t age = synth_age(person, day);
    const int64_t sick = effects_of_diseases(person, SYNTH_M_BMI, day);
    const int32_t own = own_level(person, SYNTH_M_BMI, (age < 18 ? 13 : 24) * 16) / 16;
    const int32_t base = age < 18 ? by_age(person, day, child_bmi[age], child_bmi[age + 1]) : 243 + (age - 40) / 5;
    const int32_t bmi =
        base + own + (int32_t)sick * (age < 18 ? 6 : 10) / 10 + synth_bell(&person->data) * 3 / SYNTH_SD;
    return bmi < 120 ? 120 : bmi > 700 ? 700 : bmi;
}

static int32_t clamp(int64_t value, const synth_measurement *m)
{
    return (int32_t)(value < m->low ? m->low : value > m->high ? m->high : value);
}

static int32_t weight_tenth(synth_person *person, int32_t day)
{
    const int64_t mm = height_mm(person, day);
    return (int32_t)((int64_t)bmi_tenth(person, day) * mm * mm / 1000000 +
                     effects_of_diseases(person, SYNTH_M_WEIGHT, day));
}

/* Small children breathe and beat faster at lower pressure. */
static int32_t child_shift(int measurement, int32_t age)
{
    if (age >= 16)
        return 0;
    if (measurement == SYNTH_M_SBP)
        return -(16 - age) * 2;
    if (measurement == SYNTH_M_DBP)
        return -(16 - age) * 3 / 2;
    if (measurement == SYNTH_M_HR)
        return age < 1 ? 60 : (16 - age) * 3;
    if (measurement == SYNTH_M_RR)
        return age < 1 ? 22 : (16 - age);
    if (measurement == SYNTH_M_CREATININE)
        return -(16 - age) * 4;
    if (measurement == SYNTH_M_HEMOGLOBIN)
        return age < 1 ? -20 : -18;
    return 0;
}

int32_t synth_person_measure(synth_person *person, int measurement, int32_t day)
{
    const synth_measurement *m = &synth_measurements[measurement];
    if (measurement == SYNTH_M_HEIGHT)
        return clamp(height_mm(person, day), m);
    if (measurement == SYNTH_M_BMI)
        return clamp(bmi_tenth(person, day), m);
    if (measurement == SYNTH_M_WEIGHT)
        return clamp(weight_tenth(person, day), m);
    if (measurement == SYNTH_M_CHOLESTEROL) { /* statements: they draw from one stream, in this order */
        const int32_t ldl = synth_person_measure(person, SYNTH_M_LDL, day);
        const int32_t hdl = synth_person_measure(person, SYNTH_M_HDL, day);
        return clamp(ldl + hdl + synth_person_measure(person, SYNTH_M_TRIGLYCERIDES, day) / 5, m);
    }
    const int32_t age = synth_age(person, day);
    int64_t value = m->mean + (person->female && age > 13 ? m->female : 0) + child_shift(measurement, age);
    if (age > 40)
        value += (int64_t)m->age_100 * (age - 40) / 1000;
    value += effects_of_diseases(person, measurement, day);
    const int64_t noise = (int64_t)synth_bell(&person->data) * m->spread_16 / SYNTH_SD * 2 / 3;
    const int64_t sixteenths = value * 16 + own_level(person, measurement, m->spread_16) + noise;
    return clamp((sixteenths + (sixteenths < 0 ? -8 : 8)) / 16, m);
}
