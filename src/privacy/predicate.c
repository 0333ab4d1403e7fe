/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/predicate.h"

#include <stdlib.h>

static int sort_field(privacy_sorted *sorted, uint32_t field, lethe_error *error)
{
    const uint32_t values = sorted->stage->fields[field].value_count, rows = sorted->cast.row_count;
    const uint32_t *codes = sorted->cast.codes[field];
    uint32_t *from = calloc((size_t)values + 2, sizeof(*from)), *order = malloc(((size_t)rows + 1) * sizeof(*order));
    sorted->from[field] = from;
    sorted->rows[field] = order;
    if (from == NULL || order == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t row = 0; row < rows; row++)
        from[codes[row] + 2]++;
    for (uint32_t code = 1; code <= values; code++)
        from[code + 1] += from[code];
    for (uint32_t row = 0; row < rows; row++)
        order[from[codes[row] + 1]++] = row;
    return 0;
}

int privacy_sorted_init(privacy_sorted *sorted, const privacy_stage *stage, const privacy_cast *cast,
                        lethe_error *error)
{
    *sorted = (privacy_sorted){.stage = stage, .cast = *cast};
    sorted->from = calloc((size_t)stage->field_count + 1, sizeof(*sorted->from));
    sorted->rows = calloc((size_t)stage->field_count + 1, sizeof(*sorted->rows));
    int status = sorted->from == NULL || sorted->rows == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    for (uint32_t field = 0; status == 0 && field < stage->field_count; field++)
        status = sort_field(sorted, field, error);
    if (status != 0)
        privacy_sorted_done(sorted);
    return status;
}

void privacy_sorted_done(privacy_sorted *sorted)
{
    for (uint32_t field = 0; sorted->stage != NULL && field < sorted->stage->field_count; field++) {
        if (sorted->from != NULL)
            free(sorted->from[field]);
        if (sorted->rows != NULL)
            free(sorted->rows[field]);
    }
    free(sorted->from);
    free(sorted->rows);
    *sorted = (privacy_sorted){0};
}

static bool satisfies(const privacy_sorted *sorted, const privacy_term *terms, uint32_t count, uint32_t row)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t code = sorted->cast.codes[terms[i].field][row];
        if ((code >= terms[i].low && code <= terms[i].high) == terms[i].other)
            return false;
    }
    return true;
}

/* Rows of the shortest stretch, in the order of its field; where every term is turned round, all rows. */
uint32_t privacy_predicate_count(const privacy_sorted *sorted, const privacy_term *terms, uint32_t count, uint32_t most)
{
    uint32_t best = UINT32_MAX, first = 0, length = sorted->cast.row_count, found = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *from = sorted->from[terms[i].field];
        const uint32_t size = from[terms[i].high + 1] - from[terms[i].low];
        if (!terms[i].other && size <= length) {
            best = i;
            first = from[terms[i].low];
            length = size;
        }
    }
    for (uint32_t i = 0; i < length && found < most; i++)
        found += satisfies(sorted, terms, count, best != UINT32_MAX ? sorted->rows[terms[best].field][first + i] : i);
    return found;
}
