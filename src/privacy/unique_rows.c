/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/unique_rows.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY  UINT32_MAX       /* no row of the group so far */
#define SEVERAL (UINT32_MAX - 1) /* more than one row shares the extreme value */

int privacy_unique_rows_init(privacy_unique_rows *unique, const privacy_stage *stage, const uint32_t *medians,
                             lethe_error *error)
{
    const size_t room = ((size_t)stage->released.row_count + 1) * sizeof(uint32_t);
    *unique = (privacy_unique_rows){.stage = stage, .medians = medians};
    BASE_TRY(privacy_splitter_init(&unique->splitter, stage->released.row_count, error));
    unique->of = malloc(room);
    unique->small = malloc(room);
    unique->large = malloc(room);
    unique->gaps = malloc(room);
    if (unique->of != NULL && unique->small != NULL && unique->large != NULL && unique->gaps != NULL)
        return 0;
    privacy_unique_rows_done(unique);
    return base_fail(error, LETHE_E_BASE_MEMORY);
}

void privacy_unique_rows_done(privacy_unique_rows *unique)
{
    privacy_splitter_done(&unique->splitter);
    free(unique->of);
    free(unique->small);
    free(unique->large);
    free(unique->gaps);
    *unique = (privacy_unique_rows){0};
}

/* Keeps in *best the only row with the smallest of its signed codes. */
static void keep_least(const uint32_t *codes, int sign, uint32_t row, uint32_t *best, uint32_t *value)
{
    const int64_t code = sign * (int64_t)codes[row], held = sign * (int64_t)*value;
    if (*best == NOBODY || code < held) {
        *best = row;
        *value = codes[row];
    } else if (code == held) {
        *best = SEVERAL;
    }
}

static void set_bit(uint64_t *bits, uint32_t row)
{
    if (row < SEVERAL)
        bits[row / 64] |= (uint64_t)1 << row % 64;
}

/* The value of a group's extreme row stays known when the row itself is one of several. */
static void find_extremes(privacy_unique_rows *unique, uint32_t groups, uint32_t field, uint64_t *bits,
                          uint32_t *values)
{
    const uint32_t rows = unique->stage->released.row_count, *codes = unique->stage->released.codes[field];
    const uint32_t missing = unique->stage->fields[field].missing, median = unique->medians[field];
    memset(unique->small, 0xff, groups * sizeof(uint32_t));
    memset(unique->large, 0xff, groups * sizeof(uint32_t));
    memset(unique->gaps, 0xff, groups * sizeof(uint32_t));
    for (uint32_t row = 0; row < rows; row++) {
        const uint32_t group = unique->of[row];
        if (codes[row] == missing) {
            unique->gaps[group] = unique->gaps[group] == NOBODY ? row : SEVERAL;
            continue;
        }
        keep_least(codes, 1, row, &unique->small[group], &values[2 * (size_t)group]);
        keep_least(codes, -1, row, &unique->large[group], &values[2 * (size_t)group + 1]);
    }
    for (uint32_t group = 0; group < groups; group++) {
        const uint32_t small = unique->small[group], large = unique->large[group];
        set_bit(bits, unique->gaps[group]);
        if (small < SEVERAL && codes[small] <= median)
            set_bit(bits, small);
        if (large < SEVERAL && codes[large] > median)
            set_bit(bits, large);
    }
}

static void find_alone(privacy_unique_rows *unique, uint32_t groups, uint64_t *bits)
{
    memset(unique->small, 0xff, groups * sizeof(uint32_t));
    for (uint32_t row = 0; row < unique->stage->released.row_count; row++) {
        uint32_t *only = &unique->small[unique->of[row]];
        *only = *only == NOBODY ? row : SEVERAL;
    }
    for (uint32_t group = 0; group < groups; group++)
        set_bit(bits, unique->small[group]);
}

bool privacy_unique_rows_find(privacy_unique_rows *unique, const uint32_t *fields, uint32_t count, uint64_t *bits)
{
    const privacy_stage *stage = unique->stage;
    uint32_t numbers = 0, number = 0, groups = 1;
    for (uint32_t i = 0; i < count; i++) {
        const privacy_field *field = &stage->fields[fields[i]];
        if (field->number != NULL) {
            numbers++;
            number = fields[i];
        }
        if (field->star < field->value_count || numbers > 1 || (field->number != NULL && field->missing == 0))
            return false;
    }
    memset(unique->of, 0, stage->released.row_count * sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++)
        if (stage->fields[fields[i]].number == NULL)
            groups = privacy_split(&unique->splitter, unique->of, groups, stage->released.codes[fields[i]],
                                   stage->fields[fields[i]].value_count, unique->of);
    if (numbers == 0) {
        find_alone(unique, groups, bits);
        return true;
    }
    uint32_t *values = calloc(2 * (size_t)groups + 2, sizeof(*values));
    if (values == NULL)
        return false;
    find_extremes(unique, groups, number, bits, values);
    free(values);
    return true;
}
