/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNTH_TRUTH_H
#define SYNTH_TRUTH_H

#include "synth/hazard.h"

/*
 * How likely each outcome is to begin within SYNTH_TRUTH_DAYS after a day, for whoever knows the generator and what it
 * has drawn of the person by then: what began, what of it has ended or when it will, places to come, the dates of a
 * pregnancy. What was drawn and has not shown itself (onsets of the step at hand, the loss of a pregnancy) is not
 * known.
 *
 * Diseases step through time as in life.c, with the probability that a driver holds in place of the driver, as if
 * drivers were independent of each other: exact but for what several unknown onsets do together. truth_test.c
 * compares with what is drawn. Sums of products in a fixed order, without libm: the same bits everywhere.
 */
#define SYNTH_TRUTH_DAYS  365
#define SYNTH_TRUTH_STEPS (SYNTH_TRUTH_DAYS / SYNTH_STEP_DAYS + 3)

typedef enum synth_history {
    SYNTH_NOT_YET,
    SYNTH_HAD_MAY_RETURN, /* an illness of days that is over, or nearly */
    SYNTH_HAD,
} synth_history;

typedef struct synth_truth {
    double begins[SYNTH_OUTCOME_COUNT]; /* at least once; meaningless where it was had and does not return */
    uint8_t history[SYNTH_OUTCOME_COUNT];
    bool drawn[SYNTH_OUTCOME_COUNT]; /* what came of it, before death */
    bool observed;                   /* the record would go on long enough to tell, but for death */
} synth_truth;

void synth_truth_at(const synth_person *person, int32_t day, synth_truth *ret_truth);

/* -- between truth.c and truth_pregnancy.c -- */
typedef struct synth_future {
    const synth_person *person;
    int32_t day;                  /* of the visit */
    int32_t from;                 /* the step at hand */
    int32_t onset[SYNTH_D_COUNT]; /* of the latest time by the visit; INT32_MIN never */
    int32_t until[SYNTH_D_COUNT]; /* its end as far as it is known */
    double active[SYNTH_D_COUNT]; /* that it holds in the step, as of the diseases drawn so far */
    double none[SYNTH_D_COUNT];   /* that it has not begun since the visit */
    double begins[SYNTH_D_COUNT]; /* that it has, before death and the end of the horizon */
    double alive;                 /* at the start of the step */
    double free;                  /* that no pregnancy has begun since the visit */
    double third[SYNTH_TRUTH_STEPS], pregnant[SYNTH_TRUTH_STEPS], after[SYNTH_TRUTH_STEPS]; /* of those that did */
    int step;
} synth_future;

static inline bool synth_known(const synth_future *f, int disease)
{
    return f->onset[disease] != INT32_MIN;
}

/* That a uniform whole number from low to high is at most x. */
static inline double synth_by(int32_t x, int32_t low, int32_t high)
{
    return x < low ? 0 : x >= high ? 1 : (double)(x - low + 1) / (double)(high - low + 1);
}

void synth_future_pregnancy_known(synth_future *f); /* once */
void synth_future_pregnancy_step(synth_future *f);  /* pregnancies that begin in the step; after its diseases */
double synth_future_third_trimester(const synth_future *f);

#endif
