/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNTH_PERSON_H
#define SYNTH_PERSON_H

#include "synth/random.h"
#include "synth/synth.h"
#include "synth/tables.h"

/*
 * One synthetic person: who they are, what befalls them, and when they are seen; plain values, no memory of its own.
 *
 *   birth ──── (years without records) ──── first ══════ follow-up ══════ last ┆ as_of
 *               chronic conditions begin     visits are recorded               death, or lost to follow-up
 */
#define SYNTH_CONDITIONS_MAX  400
#define SYNTH_VISITS_MAX      320
#define SYNTH_PREGNANCIES_MAX 12
#define SYNTH_PLACES_MAX      4
#define SYNTH_NEVER           INT32_MAX

typedef struct synth_condition {
    int32_t onset, abatement; /* days; SYNTH_NEVER while it lasts */
    int32_t prescribed;       /* day of the last prescription */
    int16_t visit;            /* at which it was recorded, or -1 */
    uint8_t disease;
    uint8_t medications; /* bits: which of the disease's medications this person gets */
} synth_condition;

typedef enum synth_visit_kind {
    SYNTH_VISIT_CHECKUP,
    SYNTH_VISIT_CHILD,
    SYNTH_VISIT_BIRTH,
    SYNTH_VISIT_ACUTE,
    SYNTH_VISIT_CHRONIC,
    SYNTH_VISIT_FOLLOW_UP,
    SYNTH_VISIT_SYMPTOM,
    SYNTH_VISIT_PRENATAL,
    SYNTH_VISIT_DELIVERY,
    SYNTH_VISIT_POSTNATAL,
} synth_visit_kind;

typedef struct synth_visit {
    int32_t day, second;
    int32_t length;    /* seconds */
    int16_t condition; /* its reason, or -1 */
    int16_t pregnancy; /* or -1 */
    uint16_t order;    /* of planning: makes sorting total */
    uint8_t kind;      /* synth_visit_kind */
    uint8_t setting;   /* synth_setting */
} synth_visit;

typedef struct synth_pregnancy {
    int32_t lmp, end; /* last menstrual period; delivery or loss */
    bool lost, cesarean;
} synth_pregnancy;

typedef struct synth_residence {
    uint16_t place;
    int32_t from;
} synth_residence;

typedef enum synth_coding { SYNTH_CODES_SNOMED, SYNTH_CODES_ICD10, SYNTH_CODES_BOTH } synth_coding;

typedef struct synth_person {
    uint64_t index, key; /* key: of everything that is hashed from the person */
    synth_random life, data, noise, money;
    int32_t birth, death, first, last, as_of;
    int32_t followed; /* last day of the record but for death */
    bool female, hispanic;
    uint8_t race; /* 0 white, 1 black, 2 Asian, 3 other */
    uint8_t education, work;
    uint8_t coding;     /* synth_coding of the systems that export this person */
    uint16_t intensity; /* percent of the usual number of visits */
    synth_residence homes[SYNTH_PLACES_MAX];
    uint8_t home_count;
    synth_condition conditions[SYNTH_CONDITIONS_MAX];
    uint16_t condition_count;
    synth_visit visits[SYNTH_VISITS_MAX];
    uint16_t visit_count;
    synth_pregnancy pregnancies[SYNTH_PREGNANCIES_MAX];
    uint8_t pregnancy_count;
    int32_t smoked_until; /* INT32_MIN never, SYNTH_NEVER still */
    uint8_t vaccinated;   /* percent of due doses that are given */
} synth_person;

/* Who: sex, birth, homes, length of the record. */
void synth_person_draw(synth_person *person, const synth_options *options, uint64_t index);

/* What befalls them, by diseases.tsv: conditions in order of onset, pregnancies, death. */
void synth_person_live(synth_person *person);

/* When they are seen: visits by time, at least one; conditions learn at which visit they were recorded. */
void synth_person_visit(synth_person *person);

/* A measurement on a day, in units of its last decimal: what is normal at that age and sex, the person's own level,
 * what diseases do (and, weaker, what they do in the three years before they are found), and chance. */
int32_t synth_person_measure(synth_person *person, int measurement, int32_t day);

static inline int32_t synth_age_days(const synth_person *person, int32_t day)
{
    return day - person->birth;
}

static inline int32_t synth_age(const synth_person *person, int32_t day)
{
    return (int32_t)((int64_t)(day - person->birth) * 10000 / 3652425); /* to a day; never written out */
}

const synth_place *synth_person_home(const synth_person *person, int32_t day);
bool synth_person_has(const synth_person *person, int disease, int32_t day);

/* Whether the condition becomes a resource to which others can refer. */
bool synth_person_recorded(const synth_person *person, int condition);

/* Days since the last menstrual period, or -1 outside a pregnancy; ret_pregnancy may be NULL. */
int32_t synth_person_gestation(const synth_person *person, int32_t day, int *ret_pregnancy);

#endif
