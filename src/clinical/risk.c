/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/risk.h"

#include "clinical/released.h"
#include "clinical/tables.h"
#include "clinical/vocabulary.h"

#include <limits.h>
#include <string.h>

#define STACK_MAX 64 /* facts in one rule */

/* As OPS of expression.py. */
enum {
    OP_AND,
    OP_OR,
    OP_NOT,
    OP_AT_LEAST,
    OP_ITEM,
    OP_AGE_LEAST,
    OP_COMORBIDITY_LEAST,
    OP_UTILIZATION_LEAST,
    OP_COUNT_LEAST,
    OP_PREGNANCY,
    OP_SEX,
    OP_SEASON,
    OP_DENSITY,
    OP_REGION,
    OP_EXPOSURE,
    OP_EXPOSURE_PARENT,
    OP_CLASS,
    OP_FALSE,
};

static bool is(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

/* Digits at *at; false where there are none or too many. */
static bool take_number(const char **at, int32_t *ret_number)
{
    const char *start = *at;
    int32_t number = 0;
    while (**at >= '0' && **at <= '9' && *at - start < 6)
        number = number * 10 + (*(*at)++ - '0');
    *ret_number = number;
    return *at != start;
}

/* "2-3" is [2, 4) where both ends count, "13+" is [13, ∞), "4" is [4, 5). */
static bool bucket_bounds(const char *name, int32_t *ret_lower, int32_t *ret_upper)
{
    const char *at = name;
    int32_t lower = 0, upper = 0;
    if (name == NULL || !take_number(&at, &lower))
        return false;
    upper = lower + 1;
    if (*at == '+') {
        upper = INT32_MAX;
        at++;
    } else if (*at == '-') {
        at++;
        if (!take_number(&at, &upper))
            return false;
        upper++;
    }
    *ret_lower = lower;
    *ret_upper = upper;
    return *at == '\0';
}

bool clinical_age_bounds(const char *age_group, int32_t *ret_lower, int32_t *ret_upper)
{
    if (!bucket_bounds(age_group, ret_lower, ret_upper) || strpbrk(age_group, "-+") == NULL)
        return false;
    if (*ret_upper != INT32_MAX)
        (*ret_upper)--; /* 25-30 means 25 ≤ age < 30 */
    return true;
}

static clinical_truth at_least(bool known, int32_t lower, int32_t upper, int32_t least)
{
    if (!known || (lower < least && upper > least))
        return CLINICAL_UNKNOWN;
    return lower >= least ? CLINICAL_TRUE : CLINICAL_FALSE;
}

void clinical_risk_row_init(clinical_risk_row *row, const record_released *released)
{
    *row = (clinical_risk_row){.released = released};
    for (size_t i = 0; i < released->item_count; i++)
        if (released->items[i] < RECORD_ITEM_MAX)
            row->has[released->items[i] / 64] |= UINT64_C(1) << released->items[i] % 64;
}

static bool has_item(const clinical_risk_row *row, uint16_t item)
{
    return item < RECORD_ITEM_MAX && (row->has[item / 64] >> item % 64 & 1) != 0;
}

/* Whether the released name is the one at `index`; a generalized, withheld or unknown one decides nothing. */
static clinical_truth one_of(const char *name, const char *const *names, size_t count, uint16_t index)
{
    for (size_t i = 0; i < count; i++)
        if (is(name, names[i]))
            return i == index ? CLINICAL_TRUE : CLINICAL_FALSE;
    return CLINICAL_UNKNOWN;
}

static clinical_truth pregnancy_is(const char *status, uint16_t index)
{
    const char *wanted = clinical_pregnancy_name(index);
    if (status == NULL || is(status, "*") || is(status, "unknown"))
        return is(wanted, "unknown") && is(status, "unknown") ? CLINICAL_TRUE : CLINICAL_UNKNOWN;
    if (is(status, wanted))
        return CLINICAL_TRUE;
    const bool pregnant = strncmp(status, "pregnant", 8) == 0, wants_pregnant = strncmp(wanted, "pregnant", 8) == 0;
    if (index == RECORD_PREGNANT)
        return pregnant ? CLINICAL_TRUE : CLINICAL_FALSE; /* every pregnant_* */
    /* Generalized, `pregnant` may be any trimester, and `not_pregnant` may be postpartum or not applicable. */
    if (is(status, "pregnant") && wants_pregnant)
        return CLINICAL_UNKNOWN;
    return is(status, "not_pregnant") && !wants_pregnant ? CLINICAL_UNKNOWN : CLINICAL_FALSE;
}

static clinical_truth exposure_is(const char *exposure, uint16_t leaf)
{
    if (exposure == NULL || is(exposure, "*") || is(exposure, "unknown"))
        return CLINICAL_UNKNOWN;
    if (is(exposure, clinical_exposure_name(leaf)))
        return CLINICAL_TRUE;
    return is(exposure, clinical_exposure_parent(leaf)) ? CLINICAL_UNKNOWN : CLINICAL_FALSE;
}

static clinical_truth exposure_parent_is(const char *exposure, const char *parent)
{
    if (exposure == NULL || is(exposure, "*") || is(exposure, "unknown"))
        return CLINICAL_UNKNOWN;
    if (is(exposure, parent))
        return CLINICAL_TRUE;
    for (uint32_t leaf = 0; leaf + 1 < clinical_exposure_count(); leaf++)
        if (is(exposure, clinical_exposure_name(leaf)))
            return is(clinical_exposure_parent(leaf), parent) ? CLINICAL_TRUE : CLINICAL_FALSE;
    return CLINICAL_FALSE;
}

static clinical_truth count_least(const record_released *released, uint16_t column, uint16_t least)
{
    size_t found = 0;
    for (size_t i = 0; i < released->item_count; i++)
        found += clinical_item_column(released->items[i]) == (record_column)column;
    return found >= least ? CLINICAL_TRUE : CLINICAL_UNKNOWN; /* others may have been withheld */
}

static clinical_truth compare(uint16_t op, uint16_t least, const record_released *released)
{
    int32_t lower = 0, upper = 0;
    bool known = false;
    if (op == OP_AGE_LEAST)
        known = clinical_age_bounds(released->age_group, &lower, &upper);
    else
        known =
            bucket_bounds(op == OP_COMORBIDITY_LEAST ? released->comorbidity : released->utilization, &lower, &upper);
    if (op == OP_COMORBIDITY_LEAST)
        upper = INT32_MAX; /* of the released concepts: the true index may be higher */
    return at_least(known, lower, upper, least);
}

static clinical_truth fact(const uint16_t *code, const clinical_risk_row *row)
{
    const record_released *const released = row->released;
    static const char *const sexes[] = {"female", "male", "other", "unknown"};
    static const char *const seasons[] = {"winter", "spring", "summer", "fall"};
    static const char *const densities[] = {"urban", "suburban", "rural"};
    static const char *const regions[] = {"northeast", "midwest", "south", "west", "other"};
    static const char *const classes[] = {"ambulatory", "emergency", "inpatient", "virtual", "other"};
    switch (code[0]) {
    case OP_ITEM:
        return has_item(row, code[1]) ? CLINICAL_TRUE : CLINICAL_UNKNOWN;
    case OP_AGE_LEAST:
    case OP_COMORBIDITY_LEAST:
    case OP_UTILIZATION_LEAST:
        return compare(code[0], code[1], released);
    case OP_COUNT_LEAST:
        return count_least(released, code[1], code[2]);
    case OP_PREGNANCY:
        return pregnancy_is(released->pregnancy_status, code[1]);
    case OP_SEX:
        return one_of(released->sex, sexes, 3, code[1]);
    case OP_SEASON:
        return one_of(released->season_category, seasons, 4, code[1]);
    case OP_DENSITY:
        return one_of(released->density, densities, 3, code[1]);
    case OP_REGION:
        return one_of(released->region, regions, 5, code[1]);
    case OP_EXPOSURE:
        return exposure_is(released->exposure_risk, code[1]);
    case OP_EXPOSURE_PARENT:
        return exposure_parent_is(released->exposure_risk, code[1] != 0 ? "high" : "low");
    case OP_CLASS:
        return one_of(released->encounter_class, classes, 5, code[1]);
    default:
        return CLINICAL_FALSE;
    }
}

/* and, or, at least n of the last `count` truths: by how many are true and how many may be. */
static clinical_truth gather(const uint8_t *truths, uint32_t count, uint32_t least)
{
    uint32_t sure = 0, possible = 0;
    for (uint32_t i = 0; i < count; i++) {
        sure += truths[i] == CLINICAL_TRUE;
        possible += truths[i] != CLINICAL_FALSE;
    }
    if (sure >= least)
        return CLINICAL_TRUE;
    return possible >= least ? CLINICAL_UNKNOWN : CLINICAL_FALSE;
}

clinical_truth clinical_risk_run(const uint16_t *code, uint32_t count, const clinical_risk_row *row)
{
    uint8_t stack[STACK_MAX]; /* of clinical_truth */
    uint32_t depth = 0;
    for (uint32_t at = 0; at < count;) {
        const uint16_t op = code[at];
        if (op == OP_NOT) {
            stack[depth - 1] = (uint8_t)(CLINICAL_TRUE - stack[depth - 1]);
            at++;
        } else if (op <= OP_AT_LEAST) {
            const uint32_t parts = code[at + 1];
            const uint32_t least = op == OP_AND ? parts : op == OP_OR ? 1 : code[at + 2];
            depth -= parts;
            stack[depth] = (uint8_t)gather(stack + depth, parts, least);
            depth++;
            at += op == OP_AT_LEAST ? 3 : 2;
        } else {
            if (depth == STACK_MAX)
                return CLINICAL_UNKNOWN; /* compile.py makes no such rule */
            stack[depth++] = (uint8_t)fact(code + at, row);
            at += op == OP_COUNT_LEAST ? 3 : 2;
        }
    }
    return depth == 1 ? (clinical_truth)stack[0] : CLINICAL_UNKNOWN;
}
