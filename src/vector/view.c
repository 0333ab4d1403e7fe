/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/view.h"

#include <stdlib.h>

int vector_view_new(vector_segment *base, vector_view **ret_view, lethe_error *error)
{
    vector_view *view = calloc(1, sizeof(*view));
    if (view == NULL) {
        vector_segment_release(base);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    atomic_init(&view->references, 1);
    view->log_end = VECTOR_LOG_HEADER;
    int status = vector_view_add(view, base, error);
    if (status == 0)
        status = vector_view_number(view, error);
    if (status != 0) {
        vector_view_release(view);
        return status;
    }
    *ret_view = view;
    return 0;
}

vector_view *vector_view_hold(vector_view *view)
{
    atomic_fetch_add_explicit(&view->references, 1, memory_order_relaxed);
    return view;
}

static void part_done(vector_part *part)
{
    vector_segment_release(part->segment);
    free(part->live);
    free(part->groups);
    *part = (vector_part){0};
}

void vector_view_release(vector_view *view)
{
    if (view == NULL || atomic_fetch_sub_explicit(&view->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < view->count; i++)
        part_done(&view->parts[i]);
    free(view);
}

int vector_view_add(vector_view *view, vector_segment *segment, lethe_error *error)
{
    const size_t words = vector_segment_words(segment);
    uint64_t *live = malloc((words + 1) * sizeof(*live));
    if (live == NULL || view->count == VECTOR_PARTS_MAX || segment->rows > VECTOR_ROWS_MAX - view->rows) {
        const int code = live == NULL ? LETHE_E_BASE_MEMORY : LETHE_E_BASE_LIMIT;
        free(live);
        vector_segment_release(segment);
        return base_fail(error, code);
    }
    memset(live, 0xff, words * sizeof(*live));
    if (segment->rows % 64 != 0)
        live[words - 1] = (1ULL << segment->rows % 64) - 1;
    view->parts[view->count++] = (vector_part){.segment = segment, .live = live, .live_rows = segment->rows};
    view->rows += segment->rows;
    return 0;
}

void vector_view_drop_last(vector_view *view)
{
    vector_part *last = &view->parts[--view->count];
    view->rows -= last->segment->rows;
    part_done(last);
}

static int copy_part(const vector_part *part, vector_part *copy)
{
    const size_t size = part->segment->groups * sizeof(*part->groups);
    memcpy(copy->live, part->live, vector_segment_words(part->segment) * sizeof(*part->live));
    copy->live_rows = part->live_rows;
    copy->groups_end = part->groups_end;
    if (part->groups == NULL)
        return 0;
    copy->groups = malloc(size + 1);
    if (copy->groups == NULL)
        return -1;
    memcpy(copy->groups, part->groups, size);
    return 0;
}

int vector_view_copy(const vector_view *view, vector_view **ret_view, lethe_error *error)
{
    vector_view *copy = calloc(1, sizeof(*copy));
    if (copy == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    atomic_init(&copy->references, 1);
    copy->log_end = view->log_end;
    copy->sequence = view->sequence;
    copy->erasing = view->erasing;
    for (size_t i = 0; i < view->count; i++) {
        const vector_part *part = &view->parts[i];
        const int status = vector_view_add(copy, vector_segment_hold(part->segment), error);
        if (status != 0) {
            vector_view_release(copy);
            return status;
        }
        if (copy_part(part, &copy->parts[i]) != 0) {
            vector_view_release(copy);
            return base_fail(error, LETHE_E_BASE_MEMORY);
        }
    }
    *ret_view = copy;
    return 0;
}

/* A group of a later part has the number that an earlier part gave it, or the next: numbers depend on earlier parts
 * only, and stay when later ones are merged. */
static int number_groups(vector_view *view, size_t at, lethe_error *error)
{
    vector_part *part = &view->parts[at];
    uint32_t *numbers = malloc((part->segment->groups + 1ULL) * sizeof(*numbers));
    if (numbers == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    part->groups = numbers;
    for (uint32_t group = 0; group < part->segment->groups; group++) {
        const char *id = vector_segment_group_id(part->segment, group);
        if (id == NULL)
            return vector_segment_damaged(VECTOR_GROUP_IDS, error);
        uint32_t found = VECTOR_NO_ROW;
        for (size_t i = 0; i < at && found == VECTOR_NO_ROW; i++) {
            const uint32_t there = vector_segment_find_group(view->parts[i].segment, id);
            if (there != VECTOR_NO_ROW)
                found = vector_part_group(&view->parts[i], there);
        }
        numbers[group] = found != VECTOR_NO_ROW ? found : view->groups++;
    }
    return 0;
}

int vector_view_number(vector_view *view, lethe_error *error)
{
    uint32_t first = 0;
    view->live_rows = 0;
    view->groups = view->parts[0].segment->groups;
    for (size_t i = 0; i < view->count; i++) {
        vector_part *part = &view->parts[i];
        part->first = first;
        first += part->segment->rows;
        view->live_rows += part->live_rows;
        if (i != 0 && part->groups == NULL)
            BASE_TRY(number_groups(view, i, error));
        else if (i != 0)
            view->groups = part->groups_end;
        part->groups_end = view->groups;
    }
    return 0;
}

static uint32_t kill(vector_part *part, uint32_t row)
{
    if (!vector_bit(part->live, row))
        return 0;
    part->live[row / 64] &= ~(1ULL << row % 64);
    part->live_rows--;
    return 1;
}

uint32_t vector_view_kill_row(vector_view *view, const char *row_id)
{
    uint32_t killed = 0;
    for (size_t i = 0; i < view->count; i++) {
        const uint32_t row = vector_segment_find(view->parts[i].segment, row_id, view->parts[i].live);
        killed += row != VECTOR_NO_ROW ? kill(&view->parts[i], row) : 0;
    }
    return killed;
}

int vector_view_kill_group(vector_view *view, const char *group_id, uint32_t *ret_rows, lethe_error *error)
{
    uint32_t killed = 0;
    for (size_t i = 0; i < view->count; i++) {
        vector_part *part = &view->parts[i];
        vector_numbers rows = {NULL, 0};
        const uint32_t group = vector_segment_find_group(part->segment, group_id);
        if (group == VECTOR_NO_ROW)
            continue;
        BASE_TRY(vector_segment_group_rows(part->segment, group, &rows, error));
        for (uint64_t j = 0; j < rows.count; j++) {
            if (rows.items[j] >= part->segment->rows)
                return vector_segment_damaged(VECTOR_GROUP_ROWS, error);
            killed += kill(part, rows.items[j]);
        }
    }
    *ret_rows = killed;
    return 0;
}

const vector_part *vector_view_part(const vector_view *view, uint32_t row)
{
    size_t at = view->count - 1;
    while (at > 0 && view->parts[at].first > row)
        at--;
    return &view->parts[at];
}

int vector_part_row(const vector_part *part, uint32_t row, const char **terms, vector_row *ret_row, lethe_error *error)
{
    const vector_segment *segment = part->segment;
    vector_numbers numbers = {NULL, 0};
    const char *row_id = vector_segment_row_id(segment, row);
    const char *group_id = vector_segment_group_id(segment, segment->row_groups[row]);
    if (row_id == NULL)
        return vector_segment_damaged(VECTOR_ROW_IDS, error);
    if (group_id == NULL)
        return vector_segment_damaged(VECTOR_ROW_GROUPS, error);
    BASE_TRY(vector_segment_row_terms(segment, row, &numbers, error));
    for (uint64_t i = 0; i < numbers.count; i++) {
        terms[i] = vector_segment_term(segment, numbers.items[i]);
        if (terms[i] == NULL)
            return vector_segment_damaged(VECTOR_ROW_TERMS, error);
    }
    *ret_row = (vector_row){.row_id = row_id,
                            .group_id = group_id,
                            .snapshot = segment->snapshots[row],
                            .term_count = (uint32_t)numbers.count,
                            .vector = segment->vectors + (size_t)row * segment->store.schema.dimensions,
                            .terms = terms};
    return 0;
}
