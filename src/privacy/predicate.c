/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/predicate.h"

#include <stdlib.h>
#include <string.h>

#define WALK_WORDS 4 /* looking at a row costs as much as combining that many words */

static int sort_field(privacy_sorted *sorted, uint32_t field, lethe_error *error)
{
    const uint32_t values = sorted->stage->fields[field].value_count, rows = sorted->cast.row_count;
    const uint32_t *codes = sorted->cast.codes[field];
    uint32_t *from = calloc((size_t)values + 2, sizeof(*from)), *order = malloc(((size_t)rows + 1) * sizeof(*order));
    sorted->from[field] = from;
    sorted->rows[field] = order;
    sorted->bitmap[field] = calloc(3 * (size_t)values + 1, sizeof(**sorted->bitmap));
    if (from == NULL || order == NULL || sorted->bitmap[field] == NULL)
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
    sorted->bitmap = calloc((size_t)stage->field_count + 1, sizeof(*sorted->bitmap));
    sorted->words = ((size_t)cast->row_count + 63) / 64;
    int status = sorted->from == NULL || sorted->rows == NULL || sorted->bitmap == NULL
                     ? base_fail(error, LETHE_E_BASE_MEMORY)
                     : 0;
    for (uint32_t field = 0; status == 0 && field < stage->field_count; field++)
        status = sort_field(sorted, field, error);
    if (status != 0)
        privacy_sorted_done(sorted);
    return status;
}

static void free_bitmaps(privacy_bitmap *bitmaps, uint32_t values)
{
    for (size_t i = 0; bitmaps != NULL && i < 3 * (size_t)values; i++)
        free(bitmaps[i].words);
    free(bitmaps);
}

void privacy_sorted_done(privacy_sorted *sorted)
{
    for (uint32_t field = 0; sorted->stage != NULL && field < sorted->stage->field_count; field++) {
        if (sorted->from != NULL)
            free(sorted->from[field]);
        if (sorted->rows != NULL)
            free(sorted->rows[field]);
        if (sorted->bitmap != NULL)
            free_bitmaps(sorted->bitmap[field], sorted->stage->fields[field].value_count);
    }
    free(sorted->from);
    free(sorted->rows);
    free(sorted->bitmap);
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

static uint32_t rows_of(const privacy_sorted *sorted, const privacy_term *term)
{
    const uint32_t *from = sorted->from[term->field];
    const uint32_t inside = from[term->high + 1] - from[term->low];
    return term->other ? sorted->cast.row_count - inside : inside;
}

/* The rarest first: the stretch of the first that is one is walked, and the second decides most of its rows. */
static void order_terms(const privacy_sorted *sorted, const privacy_term *terms, uint32_t count,
                        privacy_term *ret_terms)
{
    uint32_t rows[PRIVACY_TERMS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t size = rows_of(sorted, &terms[i]);
        uint32_t at = i;
        for (; at > 0 && rows[at - 1] > size; at--) {
            rows[at] = rows[at - 1];
            ret_terms[at] = ret_terms[at - 1];
        }
        rows[at] = size;
        ret_terms[at] = terms[i];
    }
}

/* The bitmap of a term, made where it is not there; NULL where it is of no kind that is kept, or memory is used up. */
static const uint64_t *bitmap_of(privacy_sorted *sorted, const privacy_term *term)
{
    const uint32_t *from = sorted->from[term->field];
    const uint32_t code = term->low == 0 ? term->high : term->low;
    const size_t kind = term->low == term->high ? 0 : term->low == 0 ? 1 : 2;
    privacy_bitmap *bitmap = &sorted->bitmap[term->field][3 * (size_t)code + kind];
    if (bitmap->words != NULL)
        return bitmap->low == term->low && bitmap->high == term->high ? bitmap->words : NULL;
    if (sorted->bitmap_bytes + sorted->words * 8 > PRIVACY_BITMAPS_BYTES_MAX)
        return NULL;
    bitmap->words = calloc(sorted->words + 1, sizeof(*bitmap->words));
    if (bitmap->words == NULL)
        return NULL;
    sorted->bitmap_bytes += sorted->words * 8;
    bitmap->low = term->low;
    bitmap->high = term->high;
    for (uint32_t i = from[term->low]; i < from[term->high + 1]; i++)
        bitmap->words[sorted->rows[term->field][i] / 64] |= (uint64_t)1 << sorted->rows[term->field][i] % 64;
    return bitmap->words;
}

/* The first term is not turned round. False where a bitmap is not to be had. */
static bool count_bits(privacy_sorted *sorted, const privacy_term *terms, uint32_t count, uint32_t most,
                       uint32_t *ret_found)
{
    const uint64_t *bits[PRIVACY_TERMS_MAX];
    uint64_t turned[PRIVACY_TERMS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        bits[i] = bitmap_of(sorted, &terms[i]);
        turned[i] = terms[i].other ? UINT64_MAX : 0;
        if (bits[i] == NULL)
            return false;
    }
    uint32_t found = 0;
    for (size_t word = 0; word < sorted->words && found < most; word++) {
        uint64_t left = bits[0][word];
        for (uint32_t i = 1; i < count; i++)
            left &= bits[i][word] ^ turned[i];
        for (; left != 0 && found < most; left &= left - 1)
            found++;
    }
    *ret_found = found;
    return true;
}

uint32_t privacy_predicate_count(privacy_sorted *sorted, const privacy_term *terms, uint32_t count, uint32_t most)
{
    privacy_term ordered[PRIVACY_TERMS_MAX];
    uint32_t found = 0, best = 0;
    order_terms(sorted, terms, count, ordered);
    while (best < count && ordered[best].other)
        best++;
    if (best == count) { /* all turned round: every row is looked at */
        for (uint32_t row = 0; row < sorted->cast.row_count && found < most; row++)
            found += satisfies(sorted, ordered, count, row);
        return found;
    }
    const privacy_term walked = ordered[best];
    const uint32_t *rows = sorted->rows[walked.field] + sorted->from[walked.field][walked.low];
    const uint32_t length = rows_of(sorted, &walked);
    memmove(ordered + 1, ordered, best * sizeof(*ordered)); /* it goes to the front */
    ordered[0] = walked;
    if (length > sorted->words / WALK_WORDS && count_bits(sorted, ordered, count, most, &found))
        return found;
    for (uint32_t i = 0; i < length && found < most; i++)
        found += satisfies(sorted, ordered + 1, count - 1, rows[i]);
    return found;
}
