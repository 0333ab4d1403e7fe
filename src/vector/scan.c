/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/seek.h"

#include <stdlib.h>

/*
 * Rows are taken from the bitmap in lists: long ones for one query, so that what comes is fetched ahead; for several,
 * so few that their codes stay in the first cache while every query is compared with them.
 */
#define LIST_ROWS 256
#define TILE_ROWS 32

/* Keeps what can still be among the best. */
static void drop_candidates(vector_seeker *seeker)
{
    const double threshold = vector_best_threshold(&seeker->bounds);
    size_t kept = 0;
    for (size_t i = 0; i < seeker->count; i++)
        if (seeker->candidates[i].upper >= threshold)
            seeker->candidates[kept++] = seeker->candidates[i];
    seeker->count = kept;
}

static int make_room(vector_seeker *seeker)
{
    if (seeker->count < seeker->capacity)
        return 0;
    drop_candidates(seeker);
    if (seeker->count <= seeker->capacity / 2 && seeker->capacity != 0)
        return 0;
    const size_t capacity = seeker->capacity == 0 ? 1024 : 2 * seeker->capacity;
    vector_candidate *candidates = realloc(seeker->candidates, capacity * sizeof(*candidates));
    if (candidates == NULL)
        return base_fail(&seeker->trouble, LETHE_E_BASE_MEMORY);
    seeker->candidates = candidates;
    seeker->capacity = capacity;
    return 0;
}

static int take(vector_seeker *seeker, const vector_part *part, uint32_t row, double lower, double upper)
{
    const uint32_t local = part->segment->row_groups[row];
    if (local >= part->segment->groups)
        return vector_segment_damaged(VECTOR_ROW_GROUPS, &seeker->trouble);
    const uint32_t group = vector_part_group(part, local), number = part->first + row;
    if (group == seeker->own)
        return 0;
    BASE_TRY(make_room(seeker));
    vector_best_offer(&seeker->bounds, seeker->query->rows ? number : group, lower);
    seeker->candidates[seeker->count++] = (vector_candidate){upper, number, group};
    return 0;
}

static void judge(vector_seeker *seeker, const vector_part *part, const uint32_t *rows, const int32_t *dots,
                  size_t count)
{
    const vector_measure *measures = part->segment->measures;
    const double scale = seeker->scale, by_norm = seeker->by_norm, by_error = seeker->by_error;
    double threshold = vector_best_threshold(&seeker->bounds);
    for (size_t i = 0; i < count; i++) {
        const vector_measure m = measures[rows[i]];
        const double value = scale * (double)m.scale * (double)dots[i];
        const double radius = by_norm * (double)m.norm + by_error * (double)m.error;
        if (!(value + radius >= threshold))
            continue;
        seeker->status = take(seeker, part, rows[i], value - radius, value + radius);
        if (seeker->status != 0)
            return;
        threshold = vector_best_threshold(&seeker->bounds);
    }
}

static int scan_list(const vector_part *part, vector_seeker *const *seekers, size_t seeker_count, const uint32_t *rows,
                     size_t count, lethe_error *error)
{
    int32_t dots[LIST_ROWS];
    const vector_segment *segment = part->segment;
    for (size_t i = 0; i < seeker_count; i++) {
        vector_seeker *seeker = seekers[i];
        vector_dots *dots_of = seeker_count == 1 ? seeker->kernel->dots : seeker->kernel->dots_near;
        dots_of(seeker->code, segment->codes, segment->store.schema.dimensions, rows, count, dots);
        seeker->scanned += (uint32_t)count;
        judge(seeker, part, rows, dots, count);
        if (seeker->status != 0) {
            if (error != NULL)
                *error = seeker->trouble;
            return seeker->status;
        }
    }
    return 0;
}

static int scan_part(const vector_part *part, const uint64_t *bits, vector_seeker *const *seekers, size_t seeker_count,
                     lethe_error *error)
{
    const size_t words = vector_segment_words(part->segment), most = seeker_count == 1 ? LIST_ROWS : TILE_ROWS;
    uint32_t rows[LIST_ROWS];
    size_t count = 0;
    for (size_t word = 0; word < words; word++)
        for (uint64_t left = bits[word]; left != 0; left &= left - 1) {
            rows[count++] = (uint32_t)(64 * word) + (uint32_t)__builtin_ctzll(left);
            if (count == most) {
                BASE_TRY(scan_list(part, seekers, seeker_count, rows, count, error));
                count = 0;
            }
        }
    return count != 0 ? scan_list(part, seekers, seeker_count, rows, count, error) : 0;
}

int vector_scan(const vector_view *view, const vector_selection *selection, vector_seeker *const *seekers, size_t count,
                lethe_error *error)
{
    for (size_t i = 0; i < view->count; i++) {
        const vector_part *part = &view->parts[i];
        BASE_TRY(scan_part(part, selection != NULL ? selection->bits[i] : part->live, seekers, count, error));
    }
    for (size_t i = 0; i < count; i++)
        drop_candidates(seekers[i]);
    return 0;
}
