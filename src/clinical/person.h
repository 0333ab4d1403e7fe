/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_PERSON_H
#define CLINICAL_PERSON_H

#include "base/arena.h"
#include "clinical/derive.h"
#include "clinical/packed.h"

/* All that derive knows of one person, unpacked and dated. Moments are seconds since 1970 of local civil time. */
typedef int64_t moment;

#define MOMENT_NONE INT64_MAX
#define DAY_SECONDS ((moment)86400)
#define NO_VISIT    UINT32_MAX

typedef struct person_visit {
    record_key self;
    base_span id;
    uint8_t class_of_encounter;
    bool undated;         /* has no date of its own: stands at --as-of */
    moment start, cutoff; /* cutoff: t */
    record_key place;     /* its Location, or none */
    uint8_t digest[32];
} person_visit;

/* Something coded, an answer or a value, with the time from which it was known. */
typedef struct person_fact {
    moment known;      /* never NONE: such facts are not kept */
    moment start, end; /* MOMENT_NONE where absent */
    uint8_t start_precision;
    uint8_t source, flags;
    uint32_t visit; /* index of its visit, or NO_VISIT */
    uint32_t number;
    uint8_t result;
    double value;
    bool has_value;
    uint16_t target_count;
    const uint16_t *targets;
} person_fact;

typedef struct person_facts {
    person_fact *items;
    size_t count, capacity;
} person_facts;

typedef struct person_place {
    uint8_t density, region;
    bool southern, hemisphere_known;
    bool old; /* not lived at any more */
    moment start, end;
    uint32_t visit; /* the place of one visit only, or NO_VISIT */
} person_place;

typedef struct person_stated {
    uint8_t stated, number;
    uint32_t visit;
} person_stated;

typedef struct person {
    const clinical_derive_options *options;
    const clinical_derive_hooks *hooks;
    base_arena *arena;
    moment as_of; /* last second of --as-of */
    moment death; /* MOMENT_NONE: alive, or the day unknown */
    bool death_undated;
    moment last_seen; /* the latest known moment: where follow-up ends if someone died on an unknown day */
    uint8_t sex;
    base_time birth;
    int32_t stated_age_years; /* at stated_age_day; -1 none */
    int32_t stated_age_day;
    person_visit *visits; /* by self key while facts are read, then by time */
    size_t visit_count, visit_capacity;
    person_facts coded, values, answers;
    person_place *places;
    size_t place_count;
    person_stated *stated;
    size_t stated_count;
} person;

int person_load(person *p, const base_span *resources, size_t count, lethe_error *error);

/* First moment of a time, the last of it, and the one from which it is surely known. */
moment moment_begin(base_time time);
moment moment_end(base_time time);
moment moment_known(base_time time);

static inline int32_t moment_day(moment m)
{
    return (int32_t)(m >= 0 ? m / DAY_SECONDS : -((-m + DAY_SECONDS - 1) / DAY_SECONDS));
}

/* Known by t, and begun by t. */
static inline bool person_visible(const person_fact *fact, moment t)
{
    return fact->known <= t && (fact->start == MOMENT_NONE || fact->start <= t);
}

/* Whole days count: what was written 365 days before t is within the year, whatever the clock says. */
static inline bool person_within_days(moment at, const person_visit *visit, int32_t days)
{
    return moment_day(at) >= moment_day(visit->cutoff) - days;
}

/* Age in whole months on a day, or -1. Years of a year-only birth date count from mid-year. */
int32_t person_age_months(const person *p, int32_t day);

uint8_t person_pregnancy(const person *p, const person_visit *visit, uint32_t visit_index);
uint8_t person_exposure(const person *p, const person_visit *visit, uint32_t visit_index);
void person_location(const person *p, const person_visit *visit, uint32_t visit_index, person_place *ret_place);

/* Sets bits of items: what of the latest values within a year is out of its bounds at t. */
void person_vital_flags(const person *p, const person_visit *visit, bool pregnant, uint64_t *bits);

static inline void bits_set(uint64_t *bits, uint32_t item)
{
    bits[item >> 6] |= (uint64_t)1 << (item & 63);
}

static inline bool bits_has(const uint64_t *bits, uint32_t item)
{
    return (bits[item >> 6] >> (item & 63) & 1) != 0;
}

#endif
