/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/person.h"

#include "clinical/tables.h"

#include <stdlib.h>

moment moment_begin(base_time time)
{
    return base_time_known(time) ? time.day * DAY_SECONDS + time.second : MOMENT_NONE;
}

/* Last day of what a time of this precision covers. */
static int32_t last_day(base_time time)
{
    const base_civil civil = base_civil_of(time.day);
    if (time.precision == BASE_PRECISION_YEAR)
        return base_day_of(civil.year, 12, 31);
    if (time.precision == BASE_PRECISION_MONTH)
        return base_day_of(civil.year, civil.month, base_days_in_month(civil.year, civil.month));
    return time.day;
}

moment moment_end(base_time time)
{
    if (!base_time_known(time))
        return MOMENT_NONE;
    return time.precision == BASE_PRECISION_TIME ? moment_begin(time) : last_day(time) * DAY_SECONDS + DAY_SECONDS - 1;
}

/* A day without a clock is known in every visit of that day; a month or a year only on its last day: nobody must learn
 * in March what was written down "in 2020". */
moment moment_known(base_time time)
{
    return base_time_known(time) ? last_day(time) * DAY_SECONDS + time.second : MOMENT_NONE;
}

static moment earlier(moment a, moment b)
{
    return a < b ? a : b;
}

static moment later(moment a, moment b)
{
    return a > b ? a : b;
}

/* -- counting and room -----------------------------------------------------------------------------------------------
 */

typedef struct tally {
    size_t visits, coded, values, answers, places, stated, total;
} tally;

static bool make_room(person *p, const tally *counted)
{
    p->coded.items = base_arena_take_array(p->arena, counted->coded + 1, sizeof(person_fact));
    p->values.items = base_arena_take_array(p->arena, counted->values + 1, sizeof(person_fact));
    p->answers.items = base_arena_take_array(p->arena, counted->answers + 1, sizeof(person_fact));
    p->places = base_arena_take_array(p->arena, counted->places + 1, sizeof(*p->places));
    p->stated = base_arena_take_array(p->arena, counted->stated + 1, sizeof(*p->stated));
    return p->coded.items != NULL && p->values.items != NULL && p->answers.items != NULL && p->places != NULL &&
           p->stated != NULL;
}

/* Room for one more visit: twice as many, the old ones copied. */
static bool more_visits(person *p)
{
    if (p->visit_count < p->visit_capacity)
        return true;
    const size_t capacity = p->visit_capacity == 0 ? 64 : p->visit_capacity * 2;
    person_visit *visits = base_arena_take_array(p->arena, capacity, sizeof(*visits));
    if (visits == NULL)
        return false;
    if (p->visit_count != 0)
        memcpy(visits, p->visits, p->visit_count * sizeof(*visits));
    p->visits = visits;
    p->visit_capacity = capacity;
    return true;
}

/* -- visits ----------------------------------------------------------------------------------------------------------
 */

static int compare_visit_keys(const void *a, const void *b)
{
    return record_key_compare(((const person_visit *)a)->self, ((const person_visit *)b)->self);
}

/* Index of the visit with this key, or NO_VISIT. Visits must be sorted by key. */
static uint32_t find_visit(const person *p, record_key key)
{
    size_t low = 0, high = record_key_none(key) ? 0 : p->visit_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = record_key_compare(p->visits[middle].self, key);
        if (order == 0)
            return (uint32_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NO_VISIT;
}

/* A visit without an end, or with one before its beginning, lasts to the end of its day. */
static moment visit_end(base_time start, base_time end)
{
    if (base_time_known(end) && moment_end(end) >= moment_begin(start))
        return moment_end(end);
    return base_time_known(start) ? start.day * DAY_SECONDS + DAY_SECONDS - 1 : MOMENT_NONE;
}

static void add_visit(person *p, const clinical_fact *fact)
{
    p->visits[p->visit_count++] = (person_visit){
        .self = fact->self,
        .id = fact->id,
        .class_of_encounter = fact->class_of_encounter,
        .start = moment_begin(fact->start),
        .cutoff = visit_end(fact->start, fact->end),
        .place = fact->reference,
    };
}

static int compare_visits(const person_visit *a, const person_visit *b)
{
    const int by_key = record_key_compare(a->self, b->self);
    if (by_key != 0)
        return by_key;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    const int by_id = base_span_compare(a->id, b->id);
    if (by_id != 0)
        return by_id;
    /* Visits without ids may begin at one moment: what they are puts them in order, not where they stood. */
    if (a->cutoff != b->cutoff)
        return a->cutoff < b->cutoff ? -1 : 1;
    if (a->class_of_encounter != b->class_of_encounter)
        return a->class_of_encounter < b->class_of_encounter ? -1 : 1;
    return record_key_compare(a->place, b->place);
}

static int compare_visits_void(const void *a, const void *b)
{
    return compare_visits(a, b);
}

/* One visit for each key; a visit without a key stands for itself. */
static void settle_visits(person *p)
{
    if (p->visit_count != 0)
        qsort(p->visits, p->visit_count, sizeof(*p->visits), compare_visits_void);
    size_t kept = 0;
    for (size_t i = 0; i < p->visit_count; i++) {
        const bool again = kept != 0 && !record_key_none(p->visits[i].self) &&
                           compare_visit_keys(&p->visits[i], &p->visits[kept - 1]) == 0;
        if (!again)
            p->visits[kept++] = p->visits[i];
    }
    p->visit_count = kept;
}

/* Gives each visit its t. A visit of unknown date is at --as-of where its source says so. */
static void date_visits(person *p)
{
    for (size_t i = 0; i < p->visit_count; i++) {
        person_visit *visit = &p->visits[i];
        if (visit->start == MOMENT_NONE) {
            visit->cutoff = MOMENT_NONE;
            if (visit->undated) {
                visit->start = p->as_of - (DAY_SECONDS - 1);
                visit->cutoff = p->as_of;
            }
            continue;
        }
        visit->undated = false;
        visit->cutoff = earlier(visit->cutoff, visit->start + CLINICAL_VISIT_DAYS_MAX * DAY_SECONDS);
        visit->cutoff = earlier(visit->cutoff, p->as_of);
    }
}

/* -- the person ------------------------------------------------------------------------------------------------------
 */

/* Of several statements the more precise counts, then the earlier: an order of values, not of the input. */
static base_time better_time(base_time a, base_time b)
{
    const int precise_a = a.precision > BASE_PRECISION_DAY ? BASE_PRECISION_DAY : a.precision;
    const int precise_b = b.precision > BASE_PRECISION_DAY ? BASE_PRECISION_DAY : b.precision;
    if (precise_a != precise_b)
        return precise_a > precise_b ? a : b;
    return base_time_compare(a, b) <= 0 ? a : b;
}

static void add_patient(person *p, const clinical_fact *fact)
{
    if (fact->gender < p->sex)
        p->sex = fact->gender;
    p->birth = better_time(p->birth, fact->start);
    if (base_time_known(fact->end))
        p->death = earlier(p->death, moment_end(fact->end));
    if ((fact->flags & CLINICAL_FACT_DECEASED) != 0)
        p->death_undated = true;
}

/* Discharged dead: on the day it ended. */
static void add_discharge(person *p, const clinical_fact *fact)
{
    const moment end = base_time_known(fact->end) ? moment_end(fact->end) : moment_end(fact->start);
    if ((fact->flags & CLINICAL_FACT_DECEASED) != 0 && end != MOMENT_NONE)
        p->death = earlier(p->death, end);
}

static void add_stated_age(person *p, const clinical_fact *fact)
{
    const uint32_t visit = find_visit(p, fact->encounter);
    const moment at = visit != NO_VISIT ? p->visits[visit].start : p->as_of;
    if (fact->age_years < 0 || at == MOMENT_NONE)
        return;
    const int32_t day = moment_day(at);
    const bool first = p->stated_age_years < 0;
    if (first || day < p->stated_age_day || (day == p->stated_age_day && fact->age_years < p->stated_age_years)) {
        p->stated_age_years = fact->age_years;
        p->stated_age_day = day;
    }
}

#define MID_YEAR_MONTH 7
#define MID_MONTH_DAY  15

int32_t person_age_months(const person *p, int32_t day)
{
    if (base_time_known(p->birth)) {
        int32_t birth = p->birth.day;
        const base_civil civil = base_civil_of(birth);
        if (p->birth.precision == BASE_PRECISION_YEAR)
            birth = base_day_of(civil.year, MID_YEAR_MONTH, 1);
        else if (p->birth.precision == BASE_PRECISION_MONTH)
            birth = base_day_of(civil.year, civil.month, MID_MONTH_DAY);
        /* In the year or month of birth the middle may be still to come. */
        if (birth > day && p->birth.precision < BASE_PRECISION_DAY && p->birth.day <= day)
            return 0;
        return birth <= day ? base_months_between(birth, day) : -1;
    }
    if (p->stated_age_years < 0)
        return -1;
    if (day == p->stated_age_day)
        return p->stated_age_years * 12 + 6;
    const int32_t months = p->stated_age_years * 12 + 6 +
                           (day > p->stated_age_day ? base_months_between(p->stated_age_day, day)
                                                    : -base_months_between(day, p->stated_age_day));
    return months >= 0 ? months : -1;
}

static void add_place(person *p, const clinical_fact *fact)
{
    p->places[p->place_count++] = (person_place){
        .density = fact->density,
        .region = fact->region,
        .southern = (fact->flags & CLINICAL_FACT_SOUTHERN) != 0,
        .hemisphere_known = (fact->flags & CLINICAL_FACT_HEMISPHERE) != 0,
        .old = (fact->flags & CLINICAL_FACT_HISTORICAL) != 0,
        .start = moment_begin(fact->start),
        .end = moment_end(fact->end),
        .visit = find_visit(p, fact->encounter),
    };
}

/* -- facts -----------------------------------------------------------------------------------------------------------
 */

/* When it was known: as recorded, else the later of its own date and its visit, else never. */
static moment known_of(const person *p, const clinical_fact *fact, uint32_t visit)
{
    if (base_time_known(fact->known))
        return moment_known(fact->known);
    const moment at_visit = visit != NO_VISIT ? p->visits[visit].start : MOMENT_NONE;
    if (!base_time_known(fact->start))
        return at_visit;
    return at_visit != MOMENT_NONE ? later(moment_known(fact->start), at_visit) : moment_known(fact->start);
}

static bool copy_targets(person *p, const uint16_t *targets, uint32_t count, person_fact *to)
{
    uint16_t *copy = base_arena_take_array(p->arena, count + 1, sizeof(*copy));
    if (copy == NULL)
        return false;
    memcpy(copy, targets, count * sizeof(*copy));
    to->targets = copy;
    to->target_count = (uint16_t)count;
    return true;
}

/* The targets of a shared Medication. */
static int resolve_targets(person *p, record_key key, person_fact *to, lethe_error *error)
{
    uint16_t targets[CLINICAL_FACT_TARGETS_MAX * 2];
    uint32_t count = 0;
    const base_span packed =
        p->hooks->resolve != NULL ? p->hooks->resolve(p->hooks->context, key) : (base_span){NULL, 0};
    base_cursor cursor = base_cursor_of(packed);
    bool covered = false;
    for (bool more = true; more;) {
        clinical_fact fact;
        BASE_TRY(clinical_fact_read(&cursor, &more, &fact, error));
        for (uint32_t i = 0; more && fact.kind == CLINICAL_FACT_CODED && i < fact.target_count; i++) {
            const uint16_t target = fact.targets[i];
            covered = covered || (target < clinical_concepts_count && clinical_concepts[target].catch_all == 0);
            if (count < sizeof(targets) / sizeof(targets[0]))
                targets[count++] = target;
        }
    }
    if (p->hooks->coverage != NULL)
        clinical_coverage_occurrence(p->hooks->coverage, CLINICAL_MEDICATION, covered);
    return copy_targets(p, targets, count, to) ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

static int add_fact(person *p, person_facts *to, const clinical_fact *fact, lethe_error *error)
{
    const uint32_t visit = find_visit(p, fact->encounter);
    person_fact added = {
        .known = known_of(p, fact, visit),
        .start = moment_begin(fact->start),
        .start_precision = fact->start.precision,
        .end = moment_end(fact->end),
        .source = fact->source,
        .flags = fact->flags,
        .visit = visit,
        .number = fact->number,
        .result = fact->result,
        .value = fact->value,
        .has_value = fact->has_value,
    };
    if (added.known > p->as_of) /* not dated, or of a future that nobody knows */
        return 0;
    /* "pneumonia_2022" told at a visit of 2022 began before it was told. */
    if (added.start != MOMENT_NONE && added.start_precision < BASE_PRECISION_DAY && added.start > added.known)
        added.start = added.known;
    p->last_seen = later(p->last_seen, added.known);
    if (!record_key_none(fact->reference))
        BASE_TRY(resolve_targets(p, fact->reference, &added, error));
    else if (fact->target_count != 0 && !copy_targets(p, fact->targets, fact->target_count, &added))
        return base_fail(error, LETHE_E_BASE_MEMORY);
    to->items[to->count++] = added;
    return 0;
}

static int take_fact(person *p, const clinical_fact *fact, void *context, lethe_error *error)
{
    (void)context;
    switch (fact->kind) {
    case CLINICAL_FACT_PATIENT:
        add_patient(p, fact);
        add_stated_age(p, fact);
        return 0;
    case CLINICAL_FACT_ENCOUNTER:
        add_discharge(p, fact);
        return 0;
    case CLINICAL_FACT_ADDRESS:
        add_place(p, fact);
        return 0;
    case CLINICAL_FACT_CODED:
        return add_fact(p, &p->coded, fact, error);
    case CLINICAL_FACT_VALUE:
        return add_fact(p, &p->values, fact, error);
    case CLINICAL_FACT_ANSWER:
        return add_fact(p, &p->answers, fact, error);
    case CLINICAL_FACT_STATED:
        p->stated[p->stated_count++] =
            (person_stated){fact->stated, (uint8_t)fact->number, find_visit(p, fact->encounter)};
        return 0;
    default:
        return 0;
    }
}

typedef int (*fact_function)(person *, const clinical_fact *, void *, lethe_error *);

static int each_fact(person *p, const base_span *resources, size_t count, fact_function take, void *context,
                     lethe_error *error)
{
    clinical_fact fact;
    for (size_t i = 0; i < count; i++) {
        base_cursor cursor = base_cursor_of(resources[i]);
        for (bool more = true; more;) {
            BASE_TRY(clinical_fact_read(&cursor, &more, &fact, error));
            if (more)
                BASE_TRY(take(p, &fact, context, error));
        }
    }
    return 0;
}

/* First pass: visits, which facts refer to, and how much room the rest needs. */
static int take_visit(person *p, const clinical_fact *fact, void *context, lethe_error *error)
{
    tally *counted = context;
    if (++counted->total > CLINICAL_FACTS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    counted->coded += fact->kind == CLINICAL_FACT_CODED;
    counted->values += fact->kind == CLINICAL_FACT_VALUE;
    counted->answers += fact->kind == CLINICAL_FACT_ANSWER;
    counted->places += fact->kind == CLINICAL_FACT_ADDRESS;
    counted->stated += fact->kind == CLINICAL_FACT_STATED;
    if (fact->kind != CLINICAL_FACT_ENCOUNTER)
        return 0;
    if (!more_visits(p))
        return base_fail(error, LETHE_E_BASE_MEMORY);
    add_visit(p, fact);
    return 0;
}

static int take_undated(person *p, const clinical_fact *fact, void *context, lethe_error *error)
{
    (void)context;
    (void)error;
    const bool undated = fact->kind == CLINICAL_FACT_STATED && fact->stated == CLINICAL_STATED_UNDATED;
    const uint32_t visit = undated ? find_visit(p, fact->encounter) : NO_VISIT;
    if (visit != NO_VISIT)
        p->visits[visit].undated = true;
    return 0;
}

/*
 * Exports without encounters still say when somebody was seen: each day on which something happened to a patient who
 * has no encounter at all is a visit of its own, of unknown class. Its id is the day.
 */
static int take_day(person *p, const clinical_fact *fact, void *context, lethe_error *error)
{
    static const char digits[] = "0123456789abcdef";
    (void)context;
    if ((fact->kind != CLINICAL_FACT_CODED && fact->kind != CLINICAL_FACT_VALUE) ||
        fact->start.precision < BASE_PRECISION_DAY)
        return 0;
    const uint32_t day = (uint32_t)(fact->start.day - BASE_DAY_MIN);
    char *id = base_arena_take(p->arena, 8);
    if (id == NULL || !more_visits(p))
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (unsigned i = 0; i < 8; i++)
        id[i] = digits[day >> (28 - 4 * i) & 15];
    const clinical_fact visit = {.kind = CLINICAL_FACT_ENCOUNTER,
                                 .class_of_encounter = RECORD_CLASS_UNKNOWN,
                                 .self = {.high = UINT64_MAX, .low = day + 1},
                                 .id = {id, 8},
                                 .start = fact->start};
    add_visit(p, &visit);
    return 0;
}

int person_load(person *p, const base_span *resources, size_t count, lethe_error *error)
{
    tally counted = {0};
    p->as_of = p->options->as_of_day * DAY_SECONDS + DAY_SECONDS - 1;
    p->death = MOMENT_NONE;
    p->last_seen = INT64_MIN;
    p->sex = RECORD_SEX_UNKNOWN;
    p->stated_age_years = -1;
    BASE_TRY(each_fact(p, resources, count, take_visit, &counted, error));
    if (!make_room(p, &counted))
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (p->visit_count == 0)
        BASE_TRY(each_fact(p, resources, count, take_day, NULL, error));
    settle_visits(p);
    if (counted.stated != 0)
        BASE_TRY(each_fact(p, resources, count, take_undated, NULL, error));
    date_visits(p);
    return each_fact(p, resources, count, take_fact, NULL, error);
}
