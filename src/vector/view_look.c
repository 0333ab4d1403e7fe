/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/view.h"

#include <stdlib.h>

/* What is asked of a view about its rows. */

vector_info vector_view_info(const vector_view *view)
{
    const vector_segment *base = view->parts[0].segment;
    vector_info info = {.generation = base->generation,
                        .dimensions = base->store.schema.dimensions,
                        .rows = view->live_rows,
                        .dead_rows = view->rows - view->live_rows,
                        .parts = (uint32_t)view->count};
    for (size_t i = 1; i < view->count; i++)
        info.late_rows += view->parts[i].live_rows;
    return info;
}

const vector_schema *vector_view_schema(const vector_view *view)
{
    return &view->parts[0].segment->store.schema;
}

uint32_t vector_view_groups(const vector_view *view)
{
    return view->groups;
}

static int count_part(const vector_part *part, uint32_t groups, uint64_t *seen, uint32_t *count, lethe_error *error)
{
    for (uint32_t row = 0; row < part->segment->rows; row++) {
        if (!vector_bit(part->live, row))
            continue;
        const uint32_t local = part->segment->row_groups[row];
        const uint32_t group = local < part->segment->groups ? vector_part_group(part, local) : groups;
        if (group >= groups)
            return vector_segment_damaged(VECTOR_ROW_GROUPS, error);
        *count += vector_bit(seen, group) ? 0 : 1;
        seen[group / 64] |= 1ULL << group % 64;
    }
    return 0;
}

int vector_view_count_groups(const vector_view *view, uint32_t *ret_groups, lethe_error *error)
{
    uint32_t count = 0;
    int status = 0;
    uint64_t *seen = calloc(view->groups / 64 + 1UL, sizeof(*seen));
    if (seen == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < view->count && status == 0; i++)
        status = count_part(&view->parts[i], view->groups, seen, &count, error);
    free(seen);
    if (status == 0)
        *ret_groups = count;
    return status;
}

int vector_view_find(const vector_view *view, const char *row_id, uint32_t *ret_row, lethe_error *error)
{
    for (size_t i = view->count; i-- > 0;) {
        const uint32_t row = vector_segment_find(view->parts[i].segment, row_id, view->parts[i].live);
        if (row != VECTOR_NO_ROW) {
            *ret_row = view->parts[i].first + row;
            return 0;
        }
    }
    return base_fail(error, LETHE_E_VECTOR_NOT_FOUND);
}

int vector_view_group(const vector_view *view, const char *group_id, uint32_t *ret_rows, size_t capacity,
                      size_t *ret_count, lethe_error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < view->count; i++) {
        const vector_part *part = &view->parts[i];
        vector_numbers rows = {NULL, 0};
        const uint32_t group = vector_segment_find_group(part->segment, group_id);
        if (group == VECTOR_NO_ROW)
            continue;
        BASE_TRY(vector_segment_group_rows(part->segment, group, &rows, error));
        for (uint64_t j = 0; j < rows.count; j++) {
            if (rows.items[j] >= part->segment->rows)
                return vector_segment_damaged(VECTOR_GROUP_ROWS, error);
            if (!vector_bit(part->live, rows.items[j]))
                continue;
            if (count < capacity)
                ret_rows[count] = part->first + rows.items[j];
            count++;
        }
    }
    *ret_count = count;
    return 0;
}

int vector_view_row(const vector_view *view, uint32_t row, vector_seen *ret_seen, lethe_error *error)
{
    if (row >= view->rows)
        return base_fail(error, LETHE_E_VECTOR_NOT_FOUND);
    const vector_part *part = vector_view_part(view, row);
    const vector_segment *segment = part->segment;
    const uint32_t local = row - part->first;
    vector_numbers terms = {NULL, 0};
    if (!vector_bit(part->live, local))
        return base_fail(error, LETHE_E_VECTOR_NOT_FOUND);
    const char *row_id = vector_segment_row_id(segment, local);
    const char *group_id = vector_segment_group_id(segment, segment->row_groups[local]);
    if (row_id == NULL)
        return vector_segment_damaged(VECTOR_ROW_IDS, error);
    if (group_id == NULL)
        return vector_segment_damaged(VECTOR_ROW_GROUPS, error);
    BASE_TRY(vector_segment_row_terms(segment, local, &terms, error));
    *ret_seen = (vector_seen){.row_id = row_id,
                              .group_id = group_id,
                              .snapshot = segment->snapshots[local],
                              .group = vector_part_group(part, segment->row_groups[local]),
                              .vector = segment->vectors + (size_t)local * segment->store.schema.dimensions,
                              .term_count = (uint32_t)terms.count};
    return 0;
}

int vector_view_term(const vector_view *view, uint32_t row, uint32_t at, const char **ret_term, lethe_error *error)
{
    if (row >= view->rows)
        return base_fail(error, LETHE_E_VECTOR_NOT_FOUND);
    const vector_part *part = vector_view_part(view, row);
    vector_numbers terms = {NULL, 0};
    BASE_TRY(vector_segment_row_terms(part->segment, row - part->first, &terms, error));
    if (at >= terms.count)
        return base_fail(error, LETHE_E_VECTOR_NOT_FOUND);
    const char *text = vector_segment_term(part->segment, terms.items[at]);
    if (text == NULL)
        return vector_segment_damaged(VECTOR_ROW_TERMS, error);
    *ret_term = text;
    return 0;
}

static int part_support(const vector_part *part, base_span term, uint32_t *count, lethe_error *error)
{
    uint32_t number = 0;
    BASE_TRY(vector_segment_find_term(part->segment, term, &number, error));
    if (number == VECTOR_NO_ROW)
        return 0;
    const size_t words = vector_segment_words(part->segment);
    uint64_t *bits = calloc(words + 1, sizeof(*bits));
    if (bits == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const int status = vector_segment_mark(part->segment, number, bits, error);
    for (size_t i = 0; i < words && status == 0; i++)
        *count += (uint32_t)__builtin_popcountll(bits[i] & part->live[i]);
    free(bits);
    return status;
}

int vector_view_support(const vector_view *view, const char *term, uint32_t *ret_rows, lethe_error *error)
{
    uint32_t count = 0;
    for (size_t i = 0; i < view->count; i++)
        BASE_TRY(part_support(&view->parts[i], base_span_of(term), &count, error));
    *ret_rows = count;
    return 0;
}
