/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/derive.h"

#include "clinical/person.h"
#include "clinical/tables.h"
#include "clinical/vocabulary.h"

#include <stdlib.h>

#define YEAR_DAYS  365
#define ITEM_WORDS (RECORD_ITEM_MAX / 64)

struct onset;

typedef struct deriving {
    person p;
    const uint32_t *chosen; /* indexes of the visits that become rows, by time */
    size_t chosen_count;
    struct onset *onsets; /* of each history concept of the record, the first known one */
    size_t onset_count;
} deriving;

typedef struct onset {
    moment at;
    uint16_t concept;
} onset;

/* -- leaves ----------------------------------------------------------------------------------------------------------
 */

uint8_t clinical_age_leaf(int32_t age_years)
{
    static const uint8_t bounds[RECORD_AGE_LEAVES] = {0,  1,  5,  10, 15, 18, 20, 25, 30, 35, 40,
                                                      45, 50, 55, 60, 65, 70, 75, 80, 85, 90};
    if (age_years < 0)
        return RECORD_AGE_UNKNOWN;
    uint8_t leaf = RECORD_AGE_LEAVES - 1;
    while (age_years < bounds[leaf])
        leaf--;
    return leaf;
}

uint8_t clinical_gap_leaf(int32_t previous_day, int32_t day)
{
    const base_civil a = base_civil_of(previous_day), b = base_civil_of(day);
    const int32_t months = (b.year - a.year) * 12 + b.month - a.month;
    return (uint8_t)(months > RECORD_GAP_MONTHS_MAX ? RECORD_GAP_MONTHS_MAX : months);
}

uint8_t clinical_season_leaf(int32_t month, bool southern)
{
    const int32_t shifted = southern ? (month + 6 - 1) % 12 + 1 : month;
    if (shifted == 12 || shifted <= 2)
        return RECORD_WINTER;
    return (uint8_t)(RECORD_WINTER + shifted / 3);
}

static uint8_t period_leaf(int32_t year)
{
    const int32_t leaf = year - RECORD_PERIOD_BASE;
    return (uint8_t)(leaf < 0 ? 0 : leaf >= RECORD_PERIOD_COUNT ? RECORD_PERIOD_COUNT - 1 : leaf);
}

/* Bucket of a number: how many of the sorted bounds it reaches. */
static uint8_t bucket(int64_t value, const int32_t *bounds, size_t count)
{
    uint8_t at = 0;
    while (at < count && value >= bounds[at])
        at++;
    return at;
}

/* -- which visits ----------------------------------------------------------------------------------------------------
 */

static const person *sorting_person(const void *a)
{
    return *(const person *const *)a;
}

/* An index of a visit with what it is sorted by: qsort has no context. */
typedef struct candidate {
    const person *p;
    uint32_t visit;
} candidate;

static int by_time(const void *a, const void *b)
{
    const person *p = sorting_person(a);
    const person_visit *x = &p->visits[((const candidate *)a)->visit], *y = &p->visits[((const candidate *)b)->visit];
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->cutoff != y->cutoff)
        return x->cutoff < y->cutoff ? -1 : 1;
    const int order = memcmp(x->digest, y->digest, sizeof(x->digest));
    return order != 0 ? order : (x > y) - (x < y); /* visits stand in an order of their own */
}

static int by_digest(const void *a, const void *b)
{
    const person *p = sorting_person(a);
    const person_visit *x = &p->visits[((const candidate *)a)->visit], *y = &p->visits[((const candidate *)b)->visit];
    const int order = memcmp(x->digest, y->digest, sizeof(x->digest));
    return order != 0 ? order : by_time(a, b);
}

/* A visit that has a date, lies before --as-of and is not later than death. */
static bool eligible(const person *p, const person_visit *visit)
{
    return visit->start != MOMENT_NONE && visit->start <= p->as_of &&
           (p->death == MOMENT_NONE || visit->start <= p->death);
}

static moment add_months(moment at, uint32_t months)
{
    const base_civil civil = base_civil_of(moment_day(at));
    const int32_t index = civil.year * 12 + civil.month - 1 + (int32_t)months;
    const int32_t year = index / 12, month = index % 12 + 1;
    const int32_t last = base_days_in_month(year, month);
    const moment clock = at - moment_day(at) * DAY_SECONDS;
    return base_day_of(year, month, civil.day < last ? civil.day : last) * DAY_SECONDS + clock;
}

static moment horizon_of(const person *p, const person_visit *visit)
{
    const uint32_t months =
        p->options->horizon_months != 0 ? p->options->horizon_months : CLINICAL_HORIZON_MONTHS_DEFAULT;
    return add_months(visit->cutoff, months);
}

/* The place of the last visit that was followed to its horizon, else of the last. */
static size_t last_followed(const candidate *list, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        const person *p = list[i - 1].p;
        if (horizon_of(p, &p->visits[list[i - 1].visit]) <= p->as_of)
            return i - 1;
    }
    return count - 1;
}

static size_t keep_last_of_years(candidate *list, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const person *p = list[i].p;
        const int32_t year = base_civil_of(moment_day(p->visits[list[i].visit].start)).year;
        const bool last = i + 1 == count || base_civil_of(moment_day(p->visits[list[i + 1].visit].start)).year != year;
        if (last)
            list[kept++] = list[i];
    }
    return kept;
}

static int choose_visits(deriving *d, lethe_error *error)
{
    person *p = &d->p;
    const clinical_derive_options *options = p->options;
    candidate *list = base_arena_take_array(p->arena, p->visit_count + 1, sizeof(*list));
    uint32_t *chosen = base_arena_take_array(p->arena, p->visit_count + 1, sizeof(*chosen));
    if (list == NULL || chosen == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    size_t count = 0;
    for (uint32_t i = 0; i < p->visit_count; i++) {
        if (!eligible(p, &p->visits[i]))
            continue;
        BASE_TRY(p->hooks->digest(p->hooks->context, p->visits[i].id, p->visits[i].digest, error));
        list[count++] = (candidate){p, i};
    }
    qsort(list, count, sizeof(*list), by_time);
    size_t most = options->visits_max == 0 ? CLINICAL_VISITS_MAX_DEFAULT : options->visits_max;
    most = most > CLINICAL_VISITS_MAX ? CLINICAL_VISITS_MAX : most;
    if (options->snapshots == CLINICAL_SNAPSHOTS_YEARLY)
        count = keep_last_of_years(list, count);
    const bool followed = options->snapshots == CLINICAL_SNAPSHOTS_FOLLOWED;
    if ((followed || options->snapshots == CLINICAL_SNAPSHOTS_LATEST) && count > 1) {
        list[0] = list[followed ? last_followed(list, count) : count - 1];
        count = 1;
    }
    if (count > most) {
        /* The draw is by keyed digest: the latest visits would have the least follow-up, the first ones the youngest.
         */
        qsort(list, count, sizeof(*list), by_digest);
        count = most;
        qsort(list, count, sizeof(*list), by_time);
    }
    for (size_t i = 0; i < count; i++)
        chosen[i] = list[i].visit;
    d->chosen = chosen;
    d->chosen_count = count;
    return 0;
}

/* -- lists -----------------------------------------------------------------------------------------------------------
 */

static bool is_history(uint16_t target)
{
    return target < clinical_concepts_count && clinical_concepts[target].domain == CLINICAL_HISTORY;
}

/* Where a condition began: its day; where only a month or year is given, its last day or when it was known, if earlier.
 */
static moment onset_of(const person_fact *fact)
{
    if (fact->start == MOMENT_NONE)
        return fact->known;
    if (fact->start_precision >= BASE_PRECISION_DAY)
        return fact->start;
    const base_time start = {.day = moment_day(fact->start), .precision = fact->start_precision};
    const moment last = moment_known(start);
    return last < fact->known ? last : fact->known;
}

static int find_onsets(deriving *d, lethe_error *error)
{
    moment *first = base_arena_take_array(d->p.arena, clinical_concepts_count + 1, sizeof(*first));
    d->onsets = base_arena_take_array(d->p.arena, clinical_concepts_count + 1, sizeof(*d->onsets));
    if (first == NULL || d->onsets == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < clinical_concepts_count; i++)
        first[i] = MOMENT_NONE;
    for (size_t i = 0; i < d->p.coded.count; i++) {
        const person_fact *fact = &d->p.coded.items[i];
        for (uint32_t t = 0; t < fact->target_count; t++)
            if (is_history(fact->targets[t])) {
                const moment at = onset_of(fact);
                if (at < first[fact->targets[t]])
                    first[fact->targets[t]] = at;
            }
    }
    for (uint32_t i = 0; i < clinical_concepts_count; i++)
        if (first[i] != MOMENT_NONE)
            d->onsets[d->onset_count++] = (onset){first[i], (uint16_t)i};
    return 0;
}

/* Ordered within the year before, or being taken at the visit as a period says. */
static bool taken(const person_fact *fact, const person_visit *visit)
{
    const bool recent = person_within_days(fact->known, visit, YEAR_DAYS);
    const bool covers = fact->end != MOMENT_NONE && fact->end >= visit->start;
    return recent || covers;
}

/* A symptom of this visit: recorded with it, or, without a visit of its own, during it. */
static bool of_this_visit(const person_fact *fact, const person_visit *visit, uint32_t visit_index)
{
    if ((fact->flags & CLINICAL_FACT_HISTORICAL) != 0)
        return false;
    return fact->visit == visit_index || (fact->visit == NO_VISIT && fact->known >= visit->start);
}

static void add_concept(uint16_t target, uint64_t *bits)
{
    const clinical_concept_row *concept = &clinical_concepts[target];
    if (concept->category_item != RECORD_ITEM_NONE)
        bits_set(bits, concept->category_item);
    if (concept->item != RECORD_ITEM_NONE)
        bits_set(bits, concept->item);
}

static bool counts_for_list(const person_fact *fact, uint16_t target, const person_visit *visit, uint32_t visit_index)
{
    switch (clinical_concepts[target].domain) {
    case CLINICAL_MEDICATION:
        return taken(fact, visit);
    case CLINICAL_SYMPTOM:
        return of_this_visit(fact, visit, visit_index);
    case CLINICAL_FLAG:
        return false; /* flags come from values */
    default:
        return true;
    }
}

static void fill_lists(const deriving *d, const person_visit *visit, uint32_t visit_index, uint64_t *bits)
{
    for (size_t i = 0; i < d->p.coded.count; i++) {
        const person_fact *fact = &d->p.coded.items[i];
        if (!person_visible(fact, visit->cutoff))
            continue;
        for (uint32_t t = 0; t < fact->target_count; t++) {
            const uint16_t target = fact->targets[t];
            if (target < clinical_concepts_count && counts_for_list(fact, target, visit, visit_index))
                add_concept(target, bits);
        }
    }
}

/* -- outcomes and follow-up ------------------------------------------------------------------------------------------
 */

static void fill_outcomes(const deriving *d, const person_visit *visit, moment horizon, uint64_t *bits)
{
    /* A category begins where the first of its concepts does. */
    uint64_t before[ITEM_WORDS] = {0};
    for (size_t i = 0; i < d->onset_count; i++)
        if (d->onsets[i].at <= visit->cutoff)
            bits_set(before, clinical_concepts[d->onsets[i].concept].outcome_category_item);
    for (size_t i = 0; i < d->onset_count; i++) {
        const clinical_concept_row *concept = &clinical_concepts[d->onsets[i].concept];
        if (d->onsets[i].at <= visit->cutoff || d->onsets[i].at > horizon)
            continue;
        bits_set(bits, concept->outcome_item);
        if (!bits_has(before, concept->outcome_category_item))
            bits_set(bits, concept->outcome_category_item);
    }
}

static void fill_followup(const person *p, const person_visit *visit, moment horizon, record_row *row)
{
    static const int32_t bounds[] = {3, 6, 12, 24, 60};
    const bool died = p->death != MOMENT_NONE && p->death <= p->as_of;
    moment end = died ? p->death : p->as_of;
    const bool death_unknown = !died && p->death_undated && p->death == MOMENT_NONE;
    if (death_unknown)
        end = p->last_seen > visit->cutoff ? p->last_seen : visit->cutoff;
    const int32_t months = end > visit->cutoff ? base_months_between(moment_day(visit->cutoff), moment_day(end)) : 0;
    row->followup = bucket(months, bounds, sizeof(bounds) / sizeof(bounds[0]));
    row->qi.leaf[RECORD_QI_OBSERVED] = end >= horizon && !visit->undated;
    if (died && end <= horizon)
        row->death_in_window = RECORD_YES;
    else
        row->death_in_window = end >= horizon ? RECORD_NO : RECORD_NOT_OBSERVED;
}

/* -- rows ------------------------------------------------------------------------------------------------------------
 */

static uint8_t utilization(const person *p, const person_visit *visit)
{
    static const int32_t bounds[] = {1, 2, 4, 7, 13};
    int64_t before = 0;
    for (size_t i = 0; i < p->visit_count; i++) {
        const moment start = p->visits[i].start;
        before += start < visit->start && start >= visit->start - YEAR_DAYS * DAY_SECONDS;
    }
    return bucket(before, bounds, sizeof(bounds) / sizeof(bounds[0]));
}

static uint8_t season(const person *p, const person_visit *visit, uint32_t visit_index, const person_place *place)
{
    uint8_t stated = RECORD_SEASON_COUNT;
    for (size_t i = 0; i < p->stated_count; i++)
        if (p->stated[i].stated == CLINICAL_STATED_SEASON && p->stated[i].visit == visit_index &&
            p->stated[i].number < stated)
            stated = p->stated[i].number;
    if (stated < RECORD_SEASON_UNKNOWN)
        return stated;
    if (visit->undated) /* --as-of says nothing about when the patient was seen */
        return RECORD_SEASON_UNKNOWN;
    return clinical_season_leaf(base_civil_of(moment_day(visit->start)).month, place->southern);
}

static int keep_items(base_arena *arena, const uint64_t *bits, record_row *row, lethe_error *error)
{
    size_t count = 0;
    for (size_t w = 0; w < ITEM_WORDS; w++)
        count += (size_t)__builtin_popcountll(bits[w]);
    record_item *items = base_arena_take_array(arena, count + 1, sizeof(*items));
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (count > RECORD_ROW_ITEMS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    size_t at = 0;
    for (size_t w = 0; w < ITEM_WORDS; w++)
        for (uint64_t rest = bits[w]; rest != 0; rest &= rest - 1)
            items[at++] = (record_item)(w * 64 + (size_t)__builtin_ctzll(rest));
    row->items = items;
    row->item_count = count;
    return 0;
}

static int make_row(const deriving *d, uint32_t visit_index, const record_row *previous, record_row *row,
                    lethe_error *error)
{
    const person *p = &d->p;
    const person_visit *visit = &p->visits[visit_index];
    const int32_t day = moment_day(visit->start);
    const int32_t age_months = person_age_months(p, day);
    uint64_t bits[ITEM_WORDS] = {0};
    person_place place;
    person_location(p, visit, visit_index, &place);
    const uint8_t pregnancy = person_pregnancy(p, visit, visit_index);
    row->index_day = day;
    row->qi.leaf[RECORD_QI_PERIOD] = period_leaf(base_civil_of(day).year);
    row->qi.leaf[RECORD_QI_GAP] = previous != NULL ? clinical_gap_leaf(previous->index_day, day) : RECORD_GAP_FIRST;
    row->qi.leaf[RECORD_QI_AGE] = clinical_age_leaf(age_months >= 0 ? age_months / 12 : -1);
    row->qi.leaf[RECORD_QI_SEX] = p->sex;
    row->qi.leaf[RECORD_QI_PREGNANCY] = pregnancy;
    row->qi.leaf[RECORD_QI_DENSITY] = place.density;
    row->qi.leaf[RECORD_QI_REGION] = place.region;
    row->qi.leaf[RECORD_QI_SEASON] = season(p, visit, visit_index, &place);
    row->qi.leaf[RECORD_QI_EXPOSURE] = person_exposure(p, visit, visit_index);
    row->encounter_class = visit->class_of_encounter;
    row->utilization = utilization(p, visit);
    memcpy(row->encounter_digest, visit->digest, sizeof(row->encounter_digest));
    fill_lists(d, visit, visit_index, bits);
    person_vital_flags(p, visit, pregnancy <= RECORD_PREGNANT, bits);
    const moment horizon = horizon_of(p, visit);
    fill_outcomes(d, visit, horizon, bits);
    fill_followup(p, visit, horizon, row);
    return keep_items(p->arena, bits, row, error);
}

int clinical_derive(const clinical_derive_options *options, const base_span *resources, size_t resource_count,
                    const clinical_derive_hooks *hooks, base_arena *arena, record_row **ret_rows, size_t *ret_count,
                    lethe_error *error)
{
    deriving d = {.p = {.options = options, .hooks = hooks, .arena = arena}};
    BASE_TRY(person_load(&d.p, resources, resource_count, error));
    BASE_TRY(choose_visits(&d, error));
    BASE_TRY(find_onsets(&d, error));
    record_row *rows = base_arena_take_array(arena, d.chosen_count + 1, sizeof(*rows));
    if (rows == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < d.chosen_count; i++)
        BASE_TRY(make_row(&d, d.chosen[i], i != 0 ? &rows[i - 1] : NULL, &rows[i], error));
    *ret_rows = rows;
    *ret_count = d.chosen_count;
    return 0;
}
