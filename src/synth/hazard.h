/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNTH_HAZARD_H
#define SYNTH_HAZARD_H

#include "synth/person.h"

/*
 * What life.c draws from and truth.c integrates: one step is SYNTH_STEP_DAYS long, counted from the first day of the
 * record; states that last are those at its start, and diseases are drawn in the order of diseases.tsv.
 */
#define SYNTH_STEP_DAYS 30

/* Percent of pregnancies; days since the last menstrual period. All INVENTED round numbers. */
enum {
    SYNTH_LOST_PERCENT = 12,
    SYNTH_PRETERM_PERCENT = 9,
    SYNTH_GDM_PERCENT = 7,
    SYNTH_GDM_OBESE_PERCENT = 15,
    SYNTH_PREECLAMPSIA_PERCENT = 4,
    SYNTH_PREECLAMPSIA_HYPERTENSIVE_PERCENT = 16,
    SYNTH_KNOWN_FROM = 35,
    SYNTH_KNOWN_TO = 60,
    SYNTH_LOST_FROM = 42,
    SYNTH_LOST_TO = 90,
    SYNTH_PRETERM_FROM = 215,
    SYNTH_PRETERM_TO = 258,
    SYNTH_TERM_FROM = 259,
    SYNTH_TERM_TO = 289,
    SYNTH_GDM_FROM = 168,
    SYNTH_GDM_TO = 200,
    SYNTH_PREECLAMPSIA_FROM = 190,
    SYNTH_PREECLAMPSIA_TO = 250,
    SYNTH_POSTPARTUM_DAYS = 84,
    SYNTH_NEXT_PREGNANCY_DAYS = 70,
    SYNTH_THIRD_TRIMESTER = 196, /* 28w0d, ACOG Committee Opinion 700 */
};

static inline int synth_age_band(int32_t age)
{
    return age < 5 ? 0 : age < 18 ? 1 : age < 40 ? 2 : age < 65 ? 3 : age < 80 ? 4 : 5;
}

uint32_t synth_death_rate(int32_t age);     /* a year of 100,000 */
uint32_t synth_pregnancy_rate(int32_t age); /* of 100,000 women */

/* How many of the days lie in January, … December; and the sum of a season's weights over them. */
void synth_months_of(int32_t from, int32_t days, uint32_t ret_months[12]);
static inline uint32_t synth_season_weight(const uint8_t weights[12], const uint32_t months[12])
{
    uint32_t sum = 0;
    for (int i = 0; i < 12; i++)
        sum += months[i] * weights[i];
    return sum;
}

/* The day at which the running sum of the weights passes `at`, below synth_season_weight. */
int32_t synth_season_day(const uint8_t weights[12], int32_t from, uint32_t at);

#endif
