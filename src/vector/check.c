/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/check.h"

#include "vector/crc32c.h"
#include "vector/kernel.h"
#include "vector/view.h"

#include <stdlib.h>

/* Beyond what opening looks at: everything is read, and what is derived is derived again. */

static int check_sums(const vector_segment *segment, lethe_error *error)
{
    for (int section = 0; section < VECTOR_SECTION_COUNT; section++) {
        const base_span bytes = segment->sections[section];
        if (vector_crc32c(0, bytes.data, bytes.size) != segment->crcs[section])
            return vector_segment_damaged((vector_section)section, error);
    }
    return 0;
}

static int check_codes(const vector_segment *segment, uint32_t row, lethe_error *error)
{
    int8_t code[VECTOR_DIMENSIONS_MAX];
    const size_t dimensions = segment->store.schema.dimensions;
    const vector_measure measure = vector_quantize(segment->vectors + row * dimensions, dimensions, code);
    if (memcmp(code, segment->codes + row * dimensions, dimensions) != 0)
        return vector_segment_damaged(VECTOR_CODES, error);
    if (memcmp(&measure, &segment->measures[row], sizeof(measure)) != 0)
        return vector_segment_damaged(VECTOR_MEASURES, error);
    return 0;
}

static int check_row(const vector_part *whole, uint32_t row, const char **terms, lethe_error *error)
{
    const vector_segment *segment = whole->segment;
    vector_row copy;
    vector_numbers numbers;
    BASE_TRY(check_codes(segment, row, error));
    BASE_TRY(vector_part_row(whole, row, terms, &copy, error));
    if (vector_segment_find_group(segment, copy.group_id) != segment->row_groups[row])
        return vector_segment_damaged(VECTOR_GROUP_TABLE, error);
    BASE_TRY(vector_segment_row_terms(segment, row, &numbers, error));
    for (uint64_t i = 1; i < numbers.count; i++)
        if (numbers.items[i] <= numbers.items[i - 1])
            return vector_segment_damaged(VECTOR_ROW_TERMS, error);
    return 0;
}

static bool holds(vector_numbers numbers, uint32_t number)
{
    uint64_t low = 0, high = numbers.count;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (numbers.items[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < numbers.count && numbers.items[low] == number;
}

/* Each row of the term has it; that none is missing follows from the numbers of pairs. */
static int check_term(const vector_segment *segment, uint32_t term, uint64_t *bits, uint64_t *pairs, lethe_error *error)
{
    const size_t words = vector_segment_words(segment);
    const char *text = vector_segment_term(segment, term);
    const char *before = term != 0 ? vector_segment_term(segment, term - 1) : "";
    if (text == NULL || before == NULL || strcmp(before, text) >= 0 ||
        !vector_schema_has_term(&segment->store.schema, base_span_of(text)))
        return vector_segment_damaged(VECTOR_TERM_TEXT, error);
    memset(bits, 0, words * sizeof(*bits));
    BASE_TRY(vector_segment_mark(segment, term, bits, error));
    for (size_t word = 0; word < words; word++)
        for (uint64_t left = bits[word]; left != 0; left &= left - 1) {
            vector_numbers terms = {NULL, 0};
            const uint32_t row = (uint32_t)(64 * word) + (uint32_t)__builtin_ctzll(left);
            BASE_TRY(vector_segment_row_terms(segment, row, &terms, error));
            if (!holds(terms, term))
                return vector_segment_damaged(VECTOR_POSTINGS, error);
            ++*pairs;
        }
    return 0;
}

static int check_terms(const vector_segment *segment, uint64_t *bits, lethe_error *error)
{
    uint64_t pairs = 0;
    for (uint32_t term = 0; term < segment->terms; term++)
        BASE_TRY(check_term(segment, term, bits, &pairs, error));
    return pairs == segment->sections[VECTOR_ROW_TERMS].size / 4 ? 0 : vector_segment_damaged(VECTOR_POSTINGS, error);
}

static int check_group(const vector_segment *segment, uint32_t group, uint64_t *rows, lethe_error *error)
{
    vector_numbers numbers = {NULL, 0};
    BASE_TRY(vector_segment_group_rows(segment, group, &numbers, error));
    for (uint64_t i = 0; i < numbers.count; i++) {
        const bool wrong = numbers.items[i] >= segment->rows || segment->row_groups[numbers.items[i]] != group ||
                           (i != 0 && numbers.items[i] <= numbers.items[i - 1]);
        if (wrong)
            return vector_segment_damaged(VECTOR_GROUP_ROWS, error);
    }
    *rows += numbers.count;
    return 0;
}

static int check_rows(const vector_part *part, const char **terms, lethe_error *error)
{
    const vector_segment *segment = part->segment;
    uint64_t grouped = 0;
    for (uint32_t row = 0; row < segment->rows; row++)
        BASE_TRY(check_row(part, row, terms, error));
    for (uint32_t group = 0; group < segment->groups; group++)
        BASE_TRY(check_group(segment, group, &grouped, error));
    return grouped == segment->rows ? 0 : vector_segment_damaged(VECTOR_GROUP_ROWS, error);
}

/* Each row is found by its id, and no id is there twice: the first of two would be found for both. */
static int check_ids(const vector_part *part, uint64_t *bits, lethe_error *error)
{
    const vector_segment *segment = part->segment;
    memset(bits, 0xff, vector_segment_words(segment) * sizeof(*bits));
    for (uint32_t row = 0; row < segment->rows; row++)
        if (vector_segment_find(segment, vector_segment_row_id(segment, row), bits) != row)
            return vector_segment_damaged(VECTOR_ROW_TABLE, error);
    return 0;
}

static int check_base(const vector_part *part, lethe_error *error)
{
    const char **terms = malloc(VECTOR_ROW_TERMS_MAX * sizeof(*terms));
    uint64_t *bits = malloc((vector_segment_words(part->segment) + 1) * sizeof(*bits));
    int status = terms != NULL && bits != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = check_sums(part->segment, error);
    if (status == 0)
        status = check_rows(part, terms, error);
    if (status == 0)
        status = check_ids(part, bits, error);
    if (status == 0)
        status = check_terms(part->segment, bits, error);
    free(terms);
    free(bits);
    return status;
}

/* The log was read, commit by commit, when the index was opened; late rows were made from it. */
int vector_check(const char *folder, vector_info *ret_info, lethe_error *error)
{
    vector_index *index = NULL;
    BASE_TRY(vector_index_open(folder, &index, error));
    vector_view *view = vector_index_view(index);
    const int status = check_base(&view->parts[0], error);
    if (status == 0)
        *ret_info = vector_view_info(view);
    vector_view_release(view);
    vector_index_close(index);
    return status;
}
