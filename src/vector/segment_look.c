/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/segment.h"

#include "vector/names.h"

/* Looking things up in an image. Every number that was read is compared with what it may be. */

static const char *id_at(base_span ids, uint32_t width, uint32_t at)
{
    const char *id = ids.data + (size_t)at * width;
    return id[width - 1] == '\0' ? id : NULL;
}

const char *vector_segment_row_id(const vector_segment *segment, uint32_t row)
{
    return row < segment->rows ? id_at(segment->sections[VECTOR_ROW_IDS], segment->id_width, row) : NULL;
}

const char *vector_segment_group_id(const vector_segment *segment, uint32_t group)
{
    return group < segment->groups ? id_at(segment->sections[VECTOR_GROUP_IDS], segment->group_width, group) : NULL;
}

static const uint32_t *numbers_of(const vector_segment *segment, vector_section section)
{
    return (const uint32_t *)(const void *)segment->sections[section].data;
}

static const uint64_t *starts_of(const vector_segment *segment, vector_section section)
{
    return (const uint64_t *)(const void *)segment->sections[section].data;
}

const char *vector_segment_term(const vector_segment *segment, uint32_t term)
{
    if (term >= segment->terms)
        return NULL;
    const base_span text = segment->sections[VECTOR_TERM_TEXT];
    const uint32_t start = numbers_of(segment, VECTOR_TERM_STARTS)[term];
    return start < text.size ? text.data + start : NULL;
}

/* A table says where to look, not what is there: ids are compared. */
uint32_t vector_segment_find(const vector_segment *segment, const char *row_id, const uint64_t *live)
{
    const uint64_t size = segment->sections[VECTOR_ROW_TABLE].size / 4;
    const uint32_t *table = numbers_of(segment, VECTOR_ROW_TABLE);
    uint64_t at = vector_hash(base_span_of(row_id)) & (size - 1);
    for (uint64_t tries = 0; tries < size && table[at] != 0; tries++, at = (at + 1) & (size - 1)) {
        const uint32_t row = table[at] - 1;
        const char *id = vector_segment_row_id(segment, row);
        if (id != NULL && vector_bit(live, row) && strcmp(id, row_id) == 0)
            return row;
    }
    return VECTOR_NO_ROW;
}

uint32_t vector_segment_find_group(const vector_segment *segment, const char *group_id)
{
    const uint64_t size = segment->sections[VECTOR_GROUP_TABLE].size / 4;
    const uint32_t *table = numbers_of(segment, VECTOR_GROUP_TABLE);
    uint64_t at = vector_hash(base_span_of(group_id)) & (size - 1);
    for (uint64_t tries = 0; tries < size && table[at] != 0; tries++, at = (at + 1) & (size - 1)) {
        const char *id = vector_segment_group_id(segment, table[at] - 1);
        if (id != NULL && strcmp(id, group_id) == 0)
            return table[at] - 1;
    }
    return VECTOR_NO_ROW;
}

int vector_segment_group_rows(const vector_segment *segment, uint32_t group, vector_numbers *ret_rows,
                              lethe_error *error)
{
    const uint32_t *starts = numbers_of(segment, VECTOR_GROUP_STARTS);
    const uint32_t begin = starts[group], end = starts[group + 1];
    if (begin > end || end > segment->rows)
        return vector_segment_damaged(VECTOR_GROUP_STARTS, error);
    *ret_rows = (vector_numbers){numbers_of(segment, VECTOR_GROUP_ROWS) + begin, end - begin};
    return 0;
}

int vector_segment_row_terms(const vector_segment *segment, uint32_t row, vector_numbers *ret_terms, lethe_error *error)
{
    const uint64_t *starts = starts_of(segment, VECTOR_ROW_STARTS);
    const uint64_t begin = starts[row], end = starts[row + 1];
    if (begin > end || end > segment->sections[VECTOR_ROW_TERMS].size / 4 || end - begin > VECTOR_ROW_TERMS_MAX)
        return vector_segment_damaged(VECTOR_ROW_STARTS, error);
    *ret_terms = (vector_numbers){numbers_of(segment, VECTOR_ROW_TERMS) + begin, end - begin};
    return 0;
}

static void mark_bitmap(const vector_segment *segment, const uint32_t *words, uint64_t *bits)
{
    const size_t count = vector_segment_words(segment);
    for (size_t i = 0; i < count; i++)
        bits[i] |= words[2 * i] | (uint64_t)words[2 * i + 1] << 32;
    if (segment->rows % 64 != 0)
        bits[count - 1] &= (1ULL << segment->rows % 64) - 1;
}

int vector_segment_mark(const vector_segment *segment, uint32_t term, uint64_t *bits, lethe_error *error)
{
    const uint64_t *starts = starts_of(segment, VECTOR_POSTING_STARTS);
    const uint64_t begin = starts[term], end = starts[term + 1], most = 2 * (uint64_t)vector_segment_words(segment);
    if (begin > end || end > segment->sections[VECTOR_POSTINGS].size / 4 || end - begin > most)
        return vector_segment_damaged(VECTOR_POSTING_STARTS, error);
    const uint32_t *words = numbers_of(segment, VECTOR_POSTINGS) + begin;
    if (end - begin == most) {
        mark_bitmap(segment, words, bits);
        return 0;
    }
    for (uint64_t i = 0; i < end - begin; i++) {
        const uint32_t row = words[i];
        if (row >= segment->rows)
            return vector_segment_damaged(VECTOR_POSTINGS, error);
        bits[row / 64] |= 1ULL << row % 64;
    }
    return 0;
}

int vector_segment_find_term(const vector_segment *segment, base_span text, uint32_t *ret_term, lethe_error *error)
{
    uint32_t low = 0, high = segment->terms;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const char *there = vector_segment_term(segment, middle);
        if (there == NULL)
            return vector_segment_damaged(VECTOR_TERM_STARTS, error);
        const int order = base_span_compare(base_span_of(there), text);
        if (order == 0) {
            *ret_term = middle;
            return 0;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_term = VECTOR_NO_ROW;
    return 0;
}
