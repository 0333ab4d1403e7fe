/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/person.h"

#include "clinical/tables.h"

/*
 * Pregnancy on the day of a visit, from what is known at its end. Trimesters end at 14w0d and 28w0d (ACOG, Committee
 * Opinion 700), the postpartum time is 12 weeks (ACOG, Committee Opinion 736). In this order:
 *
 *   stated for this visit by a flat record
 *   male: not applicable
 *   dating (weeks of gestation, due date, last menstrual period)  ─► trimester by days
 *   a code with its trimester, not older than two weeks           ─► that trimester
 *   a pregnancy that has begun and not ended                      ─► the trimester if its first entry leaves only one
 *   a delivery within 84 days                                     ─► postpartum
 *   none of these: not pregnant; outside 10 to 55 years not applicable; sex or age unknown: unknown
 */
#define TRIMESTER_2_DAYS      (14 * 7)
#define TRIMESTER_3_DAYS      (28 * 7)
#define TERM_DAYS             280 /* from the last menstrual period to the due date (Naegele) */
#define GESTATION_DAYS_MAX    (44 * 7)
#define POSTPARTUM_DAYS       84
#define TRIMESTER_CODE_DAYS   14
#define NEGATIVE_ANSWER_DAYS  28
/* A pregnancy is entered in a record between its 4th week (a test turns positive) and its 12th (the first visits). */
#define ENTERED_EARLIEST_DAYS (4 * 7)
#define ENTERED_LATEST_DAYS   (12 * 7)
#define FERTILE_MONTHS_MIN    (10 * 12)
#define FERTILE_MONTHS_MAX    (56 * 12) /* 55 years old, to the last day */
#define ENTRY                 1 /* value of a line of pregnancy.tsv: the pregnancy itself, no visit or complication */

#define NO_DAY INT32_MIN

typedef struct evidence {
    int32_t lmp_day, lmp_known_day; /* dating: day of the last menstrual period, and when it was determined */
    moment lmp_known;
    int32_t trimester_day[3]; /* latest code of each trimester */
    int32_t begun_day;        /* first evidence of a pregnancy that is not over */
    int32_t last_day;         /* last evidence of it */
    int32_t entry_day;        /* first entry of that pregnancy itself */
    int32_t delivered_day, ended_day, negative_day;
} evidence;

static int32_t later_day(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t fact_day(const person_fact *fact)
{
    return moment_day(fact->start != MOMENT_NONE ? fact->start : fact->known);
}

/* The dating that was determined last counts; of several at one moment the earliest. */
static void take_dating(evidence *e, const person_fact *fact, int32_t lmp_day, int32_t day)
{
    if (day < lmp_day || day - lmp_day > GESTATION_DAYS_MAX)
        return;
    if (e->lmp_day == NO_DAY || fact->known > e->lmp_known || (fact->known == e->lmp_known && lmp_day < e->lmp_day)) {
        e->lmp_day = lmp_day;
        e->lmp_known = fact->known;
        e->lmp_known_day = fact_day(fact);
    }
}

/* Of the evidence since the last pregnancy ended the first counts: a visit late in pregnancy does not begin it again.
 */
static void take_begun(evidence *e, const person_fact *fact, bool entry, int32_t day)
{
    const bool over = fact->end != MOMENT_NONE && moment_day(fact->end) < day;
    const int32_t begun = fact_day(fact);
    if (over || begun > day || day - begun > GESTATION_DAYS_MAX || begun <= later_day(e->delivered_day, e->ended_day))
        return;
    if (e->begun_day == NO_DAY || begun < e->begun_day)
        e->begun_day = begun;
    e->last_day = later_day(e->last_day, begun);
    if (entry && (e->entry_day == NO_DAY || begun < e->entry_day))
        e->entry_day = begun;
}

static void take_meaning(evidence *e, const person_fact *fact, const clinical_pregnancy_row *row, int32_t day)
{
    const int32_t at = fact_day(fact);
    switch (row->meaning) {
    case CLINICAL_MEANS_PREGNANT:
        take_begun(e, fact, row->value == ENTRY, day);
        break;
    case CLINICAL_MEANS_TRIMESTER_1:
    case CLINICAL_MEANS_TRIMESTER_2:
    case CLINICAL_MEANS_TRIMESTER_3:
        e->trimester_day[row->meaning - CLINICAL_MEANS_TRIMESTER_1] =
            later_day(e->trimester_day[row->meaning - CLINICAL_MEANS_TRIMESTER_1], at);
        take_begun(e, fact, false, day);
        break;
    case CLINICAL_MEANS_WEEKS:
        take_dating(e, fact, at - (fact->has_value ? (int32_t)fact->value : row->value * 7), day);
        take_begun(e, fact, false, day);
        break;
    case CLINICAL_MEANS_DUE_DATE:
        if (fact->has_value)
            take_dating(e, fact, (int32_t)fact->value - TERM_DAYS, day);
        break;
    case CLINICAL_MEANS_LMP:
        /* Asked of everyone, it dates a pregnancy only where one is known. */
        if (fact->has_value && e->begun_day != NO_DAY)
            take_dating(e, fact, (int32_t)fact->value, day);
        break;
    case CLINICAL_MEANS_DELIVERED:
        e->delivered_day = at <= day ? later_day(e->delivered_day, at) : e->delivered_day;
        break;
    case CLINICAL_MEANS_DELIVERY_DATE:
        if (fact->has_value && fact->value <= day)
            e->delivered_day = later_day(e->delivered_day, (int32_t)fact->value);
        break;
    case CLINICAL_MEANS_ENDED:
        e->ended_day = at <= day ? later_day(e->ended_day, at) : e->ended_day;
        break;
    case CLINICAL_MEANS_NOT_PREGNANT:
        e->negative_day = at <= day ? later_day(e->negative_day, at) : e->negative_day;
        break;
    default:
        break;
    }
}

/* Endings first, for what lies before them is another pregnancy; last menstrual periods last. */
static int stage_of(uint16_t meaning)
{
    switch (meaning) {
    case CLINICAL_MEANS_DELIVERED:
    case CLINICAL_MEANS_DELIVERY_DATE:
    case CLINICAL_MEANS_ENDED:
        return 0;
    case CLINICAL_MEANS_LMP:
        return 2;
    default:
        return 1;
    }
}

static void collect(const person *p, const person_visit *visit, int32_t day, int stage, evidence *e)
{
    for (size_t i = 0; i < p->coded.count; i++) {
        const person_fact *fact = &p->coded.items[i];
        if (fact->target_count == 0 || fact->targets[fact->target_count - 1] < CLINICAL_TARGET_PREGNANCY)
            continue; /* targets are sorted by kind: those of pregnancy are the last */
        if (!person_visible(fact, visit->cutoff) || (fact->flags & CLINICAL_FACT_HISTORICAL) != 0)
            continue;
        for (uint32_t t = 0; t < fact->target_count; t++)
            if (fact->targets[t] >= CLINICAL_TARGET_PREGNANCY) {
                const clinical_pregnancy_row *row =
                    &clinical_pregnancy_values[fact->targets[t] - CLINICAL_TARGET_PREGNANCY];
                if (stage_of(row->meaning) == stage)
                    take_meaning(e, fact, row, day);
            }
    }
}

static uint8_t trimester_of(int32_t days)
{
    if (days < TRIMESTER_2_DAYS)
        return RECORD_PREGNANT_TRIMESTER_1;
    return days < TRIMESTER_3_DAYS ? RECORD_PREGNANT_TRIMESTER_2 : RECORD_PREGNANT_TRIMESTER_3;
}

/* The trimester of a pregnancy of which only the entry in the record is known, where it leaves no choice. */
static uint8_t trimester_from_entry(int32_t days_since_entry)
{
    const uint8_t earliest = trimester_of(days_since_entry + ENTERED_EARLIEST_DAYS);
    const uint8_t latest = trimester_of(days_since_entry + ENTERED_LATEST_DAYS);
    return earliest == latest ? earliest : RECORD_PREGNANT;
}

/* The status that the evidence gives, or RECORD_PREGNANCY_UNKNOWN where there is none. */
static uint8_t judge(const evidence *e, int32_t day)
{
    const int32_t over_day = later_day(e->delivered_day, e->ended_day);
    const bool negative = e->negative_day != NO_DAY && day - e->negative_day <= NEGATIVE_ANSWER_DAYS;
    const bool dated = e->lmp_day != NO_DAY && e->lmp_day > over_day && e->lmp_known_day >= e->negative_day;
    if (dated)
        return trimester_of(day - e->lmp_day);
    int32_t latest = NO_DAY;
    uint8_t trimester = RECORD_PREGNANT;
    for (uint8_t i = 0; i < 3; i++)
        if (e->trimester_day[i] != NO_DAY && e->trimester_day[i] >= latest) {
            latest = e->trimester_day[i];
            trimester = (uint8_t)(RECORD_PREGNANT_TRIMESTER_1 + i);
        }
    if (latest != NO_DAY && latest > over_day && latest >= e->negative_day && day - latest <= TRIMESTER_CODE_DAYS)
        return trimester;
    if (e->begun_day != NO_DAY && e->last_day >= e->negative_day) {
        const bool entry_only = e->entry_day != NO_DAY && (latest == NO_DAY || latest <= over_day);
        return entry_only ? trimester_from_entry(day - e->entry_day) : RECORD_PREGNANT;
    }
    if (e->delivered_day != NO_DAY && e->delivered_day >= e->ended_day && day - e->delivered_day <= POSTPARTUM_DAYS)
        return RECORD_POSTPARTUM;
    return negative || over_day != NO_DAY ? RECORD_NOT_PREGNANT : RECORD_PREGNANCY_UNKNOWN;
}

static bool stated(const person *p, uint32_t visit_index, uint8_t *ret_status)
{
    uint8_t best = RECORD_PREGNANCY_COUNT;
    for (size_t i = 0; i < p->stated_count; i++)
        if (p->stated[i].stated == CLINICAL_STATED_PREGNANCY && p->stated[i].visit == visit_index &&
            p->stated[i].number < best)
            best = p->stated[i].number;
    if (best >= RECORD_PREGNANCY_COUNT)
        return false;
    *ret_status = best;
    return true;
}

static bool is_pregnant(uint8_t status)
{
    return status <= RECORD_PREGNANT;
}

uint8_t person_pregnancy(const person *p, const person_visit *visit, uint32_t visit_index)
{
    const int32_t day = moment_day(visit->start);
    uint8_t status = RECORD_PREGNANCY_UNKNOWN;
    if (p->sex == RECORD_SEX_MALE)
        return RECORD_PREGNANCY_NOT_APPLICABLE;
    if (!stated(p, visit_index, &status)) {
        evidence e = {.lmp_day = NO_DAY,
                      .begun_day = NO_DAY,
                      .last_day = NO_DAY,
                      .entry_day = NO_DAY,
                      .delivered_day = NO_DAY,
                      .ended_day = NO_DAY,
                      .negative_day = NO_DAY,
                      .trimester_day = {NO_DAY, NO_DAY, NO_DAY}};
        /* A delivery in this very visit makes it one of the postpartum time: the row is as of the visit's end. */
        const int32_t end_day = moment_day(visit->cutoff);
        for (int stage = 0; stage < 3; stage++)
            collect(p, visit, end_day, stage, &e);
        status = judge(&e, day > e.delivered_day ? day : end_day);
    }
    if (is_pregnant(status) || status == RECORD_POSTPARTUM)
        return status;
    const int32_t age_months = person_age_months(p, day);
    if (age_months >= 0 && (age_months < FERTILE_MONTHS_MIN || age_months >= FERTILE_MONTHS_MAX))
        return RECORD_PREGNANCY_NOT_APPLICABLE;
    if (status == RECORD_NOT_PREGNANT)
        return status;
    return p->sex == RECORD_SEX_FEMALE && age_months >= 0 ? RECORD_NOT_PREGNANT : RECORD_PREGNANCY_UNKNOWN;
}
