/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/periods.h"

#include <stdlib.h>

#define YEARS 10000 /* of four digits */

/* Followed rows by the year in which their period begins, and the year in which that period ends; of one level of one
 * hierarchy, so no two periods share a year. */
typedef struct calendar {
    uint64_t rows[YEARS], all;
    uint16_t until[YEARS];
} calendar;

static void count_years(const engine_examples *examples, calendar *years)
{
    for (uint32_t i = 0; i < examples->data.count; i++) {
        const uint16_t from = examples->from[i];
        if (from == 0 || from >= YEARS)
            continue;
        years->until[from] = examples->until[i];
        years->rows[from] += examples->data.observed[i];
        years->all += examples->data.observed[i];
    }
}

static uint16_t first_judged(const calendar *years, uint16_t *ret_until)
{
    uint64_t rows = 0;
    uint16_t year = YEARS - 1;
    *ret_until = 0;
    for (;; year--) {
        rows += years->rows[year];
        if (years->rows[year] != 0 && *ret_until == 0)
            *ret_until = years->until[year];
        if (year == 0 || (double)rows >= ENGINE_JUDGED_SHARE * (double)years->all)
            return year;
    }
}

static void find(const calendar *years, uint32_t horizon_months, engine_cut *cut)
{
    *cut = (engine_cut){.state = years->all != 0 ? ENGINE_CUT_NONE : ENGINE_CUT_WITHHELD};
    if (years->all == 0)
        return;
    cut->judged_from = first_judged(years, &cut->judged_until);
    for (uint16_t year = 1; year < cut->judged_from; year++) {
        const int known = 12 * (cut->judged_from - years->until[year] - 1); /* months between their ends */
        if (years->rows[year] == 0 || known < (int)horizon_months)
            continue;
        if (cut->learnt_from == 0)
            cut->learnt_from = year;
        cut->learnt_until = years->until[year];
        cut->state = ENGINE_CUT_FOUND;
    }
}

int engine_cut_find(const engine_examples *examples, uint32_t horizon_months, engine_cut *ret_cut, lethe_error *error)
{
    calendar *years = calloc(1, sizeof(*years));
    if (years == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    count_years(examples, years);
    find(years, horizon_months, ret_cut);
    free(years);
    return 0;
}

static bool is_learnt(const engine_examples *examples, const engine_cut *cut, uint32_t i)
{
    return examples->from[i] != 0 && examples->until[i] <= cut->learnt_until;
}

void engine_cut_take(const engine_examples *examples, const engine_cut *cut, uint8_t *ret_judged, uint8_t *ret_taken)
{
    for (uint32_t i = 0; i < examples->data.count; i++) {
        const bool test = examples->data.splits[i] == LEARN_TEST;
        ret_judged[i] = test && examples->from[i] >= cut->judged_from;
        ret_taken[i] = test ? ret_judged[i] : is_learnt(examples, cut, i);
    }
}

int engine_cut_clause(const engine_examples *examples, const engine_cut *cut, base_buf *out, lethe_error *error)
{
    uint8_t *seen = calloc(YEARS, 1);
    if (seen == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_text(out, "index_period");
    char mark = '=';
    for (uint32_t i = 0; i < examples->data.count; i++) {
        const uint16_t from = examples->from[i], until = examples->until[i];
        if (!is_learnt(examples, cut, i) || from >= YEARS || seen[from] != 0)
            continue;
        seen[from] = 1;
        base_buf_byte(out, mark);
        mark = '|';
        if (from == until)
            base_buf_format(out, "%u", (unsigned)from);
        else
            base_buf_format(out, "%u-%u", (unsigned)from, (unsigned)until);
    }
    free(seen);
    base_buf_byte(out, '\0');
    return base_buf_check(out, error);
}
