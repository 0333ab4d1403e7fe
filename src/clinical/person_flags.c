/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/person.h"

#include "clinical/tables.h"

#define VALUE_DAYS   365 /* how long a value speaks for a patient */
#define ANALYTES_MAX 512
#define RAISED_MAX   512 /* lines that fire at once */
#define LADDERS_MAX  256 /* ladder is 8 bits */

typedef struct raised {
    const clinical_threshold_row *rows[RAISED_MAX];
    uint32_t count;
} raised;

_Static_assert(ANALYTES_MAX <= UINT16_MAX, "analytes are numbered in 16 bits");

static moment value_moment(const person_fact *fact)
{
    return fact->start != MOMENT_NONE ? fact->start : fact->known;
}

static unsigned comparator(const person_fact *fact)
{
    return fact->flags & (CLINICAL_FACT_BELOW | CLINICAL_FACT_ABOVE);
}

/* The later value; of two at one moment a number, then the larger, then the one without a comparator: an order of
 * values, whole as far as anything here looks at them. */
static bool beats(const person_fact *a, const person_fact *b)
{
    if (value_moment(a) != value_moment(b))
        return value_moment(a) > value_moment(b);
    if (a->has_value != b->has_value)
        return a->has_value;
    if (a->has_value && (a->value < b->value || a->value > b->value))
        return a->value > b->value;
    if (a->has_value && comparator(a) != comparator(b))
        return comparator(a) < comparator(b);
    return a->result > b->result;
}

/* Whether a number with its comparator is certainly on that side of a bound: "<5" may be anything below 5. */
static bool beyond(const person_fact *fact, const clinical_threshold_row *row)
{
    const bool below = (fact->flags & CLINICAL_FACT_BELOW) != 0, above = (fact->flags & CLINICAL_FACT_ABOVE) != 0;
    switch (row->op) {
    case CLINICAL_OP_LT:
        return !above && (fact->value < row->value || (below && fact->value <= row->value));
    case CLINICAL_OP_LE:
        return !above && fact->value <= row->value;
    case CLINICAL_OP_GT:
        return !below && (fact->value > row->value || (above && fact->value >= row->value));
    case CLINICAL_OP_GE:
        return !below && fact->value >= row->value;
    default:
        return false;
    }
}

/* 0: the row does not speak of this patient; else how specifically it does. */
static unsigned fit(const clinical_threshold_row *row, int32_t age_months, uint8_t sex, bool pregnant)
{
    const bool any_age = row->age_min_months == 0 && row->age_max_months == UINT16_MAX;
    if (!any_age && (age_months < row->age_min_months ||
                     (row->age_max_months != UINT16_MAX && age_months >= row->age_max_months) || age_months < 0))
        return 0;
    switch (row->sex) {
    case CLINICAL_FOR_PREGNANT:
        return pregnant ? 3 : 0;
    case CLINICAL_FOR_FEMALE:
        return sex == RECORD_SEX_FEMALE ? 2 : 0;
    case CLINICAL_FOR_MALE:
        return sex == RECORD_SEX_MALE ? 2 : 0;
    default:
        return 1;
    }
}

static bool fires(const person_fact *fact, const clinical_threshold_row *row)
{
    if (row->op == CLINICAL_OP_TEXT)
        return fact->result == row->result;
    return fact->has_value && beyond(fact, row);
}

/* Rows of one analyte stand together, and within it those of one flag. Of a flag's rows only the most specific that fit
 * the patient count: in pregnancy the bound of pregnancy, not that of women. */
static void judge(const person *p, const person_fact *fact, bool pregnant, uint32_t first, uint32_t end, raised *r)
{
    const int32_t age_months = person_age_months(p, moment_day(value_moment(fact)));
    for (uint32_t at = first; at < end;) {
        uint32_t stop = at;
        unsigned best = 0;
        for (; stop < end && clinical_thresholds[stop].flag == clinical_thresholds[at].flag; stop++) {
            const unsigned here = fit(&clinical_thresholds[stop], age_months, p->sex, pregnant);
            best = here > best && clinical_thresholds[stop].op != CLINICAL_OP_TEXT ? here : best;
        }
        for (uint32_t i = at; i < stop; i++) {
            const clinical_threshold_row *row = &clinical_thresholds[i];
            const unsigned here = fit(row, age_months, p->sex, pregnant);
            const bool counts = row->op == CLINICAL_OP_TEXT ? here != 0 : here != 0 && here == best;
            if (counts && fires(fact, row) && r->count < RAISED_MAX)
                r->rows[r->count++] = row;
        }
        at = stop;
    }
}

/* Of one ladder ("elevated", "stage 1", "stage 2") only the highest step that some analyte reached is raised. */
static void raise_flags(const raised *r, uint64_t *bits)
{
    uint8_t highest[LADDERS_MAX] = {0};
    for (uint32_t i = 0; i < r->count; i++)
        if (r->rows[i]->step > highest[r->rows[i]->ladder])
            highest[r->rows[i]->ladder] = r->rows[i]->step;
    for (uint32_t i = 0; i < r->count; i++)
        if (r->rows[i]->ladder == 0 || r->rows[i]->step == highest[r->rows[i]->ladder])
            bits_set(bits, clinical_concepts[r->rows[i]->flag].item);
}

void person_vital_flags(const person *p, const person_visit *visit, bool pregnant, uint64_t *bits)
{
    const person_fact *latest[ANALYTES_MAX] = {NULL};
    raised r = {.count = 0};
    const moment from = (moment_day(visit->cutoff) - VALUE_DAYS) * DAY_SECONDS;
    for (size_t i = 0; i < p->values.count; i++) {
        const person_fact *fact = &p->values.items[i];
        if (fact->number >= ANALYTES_MAX || !person_visible(fact, visit->cutoff) || value_moment(fact) < from)
            continue;
        if (latest[fact->number] == NULL || beats(fact, latest[fact->number]))
            latest[fact->number] = fact;
    }
    for (uint32_t at = 0; at < clinical_thresholds_count;) {
        uint32_t end = at;
        while (end < clinical_thresholds_count && clinical_thresholds[end].analyte == clinical_thresholds[at].analyte)
            end++;
        const person_fact *fact = latest[clinical_thresholds[at].analyte];
        if (fact != NULL)
            judge(p, fact, pregnant, at, end, &r);
        at = end;
    }
    raise_flags(&r, bits);
}
