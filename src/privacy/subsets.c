/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/subsets.h"

#include <stdlib.h>
#include <string.h>

#define SUBSETS_DEFAULT 4096
#define BITMAPS_DEFAULT ((uint64_t)1 << 28)
#define BITMAPS_MAX     ((uint64_t)4 << 30)

/*
 * Sets are walked depth first, so that each is its parent split by one more column; the rows that it singles out are
 * kept as a bitmap, of which the minimal uniques follow at the end: alone here, and in no set with one column less.
 */
typedef struct walk {
    const privacy_risk_input *input;
    uint32_t largest;
    size_t words; /* of a bitmap */
    privacy_splitter splitter;
    privacy_persons persons;
    uint32_t *of; /* [depth][row] */
    uint32_t *sizes, *last;
    uint64_t *alone; /* [subset][word] */
    uint64_t (*choose)[PRIVACY_SUBSET_COLUMNS_MAX + 1];
    privacy_subsets *result;
} walk;

/* Binomials up to 64 over `largest`, capped. */
static void fill_choose(walk *w)
{
    for (uint32_t n = 0; n <= PRIVACY_SUBSET_COLUMNS_MAX; n++)
        for (uint32_t k = 0; k <= n; k++) {
            const uint64_t sum = k == 0 || k == n ? 1 : w->choose[n - 1][k - 1] + w->choose[n - 1][k];
            w->choose[n][k] = sum < UINT32_MAX ? sum : UINT32_MAX;
        }
}

static uint64_t count_sets(const walk *w, uint32_t largest)
{
    uint64_t count = 0;
    for (uint32_t size = 1; size <= largest; size++)
        count += w->choose[w->input->column_count][size];
    return count;
}

static int choose_largest(walk *w, uint32_t largest, lethe_error *error)
{
    const uint32_t columns = w->input->column_count;
    if (largest == 0) {
        w->largest = columns != 0;
        while (w->largest < columns && count_sets(w, w->largest + 1) <= SUBSETS_DEFAULT &&
               count_sets(w, w->largest + 1) * w->words * 8 <= BITMAPS_DEFAULT)
            w->largest++;
    } else {
        w->largest = largest < columns ? largest : columns;
    }
    if (count_sets(w, w->largest) > PRIVACY_SUBSETS_MAX || count_sets(w, w->largest) * w->words * 8 > BITMAPS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    return 0;
}

/* Where a set stands: behind all smaller ones, among its size in lexicographic order. */
static uint32_t index_of(const walk *w, uint64_t columns)
{
    const uint32_t n = w->input->column_count;
    const uint32_t size = (uint32_t)__builtin_popcountll(columns);
    uint64_t index = size > 1 ? count_sets(w, size - 1) : 0;
    uint32_t left = size;
    for (uint32_t c = 0; c < n && left > 0; c++) {
        if ((columns >> c & 1) != 0)
            left--;
        else
            index += w->choose[n - c - 1][left - 1]; /* sets that go on with c come first */
    }
    return (uint32_t)index;
}

static void look(walk *w, uint64_t columns, const uint32_t *of, uint32_t classes)
{
    const uint32_t rows = w->input->row_count, index = index_of(w, columns);
    privacy_subset *subset = &w->result->subsets[index];
    uint64_t *alone = w->alone + (size_t)index * w->words;
    *subset = (privacy_subset){.columns = columns, .classes = classes};
    privacy_class_sizes(of, rows, classes, NULL, w->last, w->sizes);
    uint64_t together = 0; /* ordered pairs of rows that look alike */
    for (uint32_t k = 0; k < classes; k++)
        together += (uint64_t)w->sizes[k] * (w->sizes[k] - 1);
    if (w->input->person != NULL)
        privacy_class_sizes(of, rows, classes, &w->persons, w->last, w->sizes);
    for (uint32_t row = 0; row < rows; row++) {
        const uint64_t one = w->sizes[of[row]] == 1;
        alone[row / 64] |= one << row % 64;
        subset->alone += one;
    }
    subset->distinction = (double)classes / (double)rows;
    subset->separation = rows > 1 ? 1 - (double)together / ((double)rows * (double)(rows - 1)) : 0;
}

static void descend(walk *w, uint32_t depth, uint32_t first, uint64_t columns, const uint32_t *of, uint32_t classes)
{
    uint32_t *finer = w->of + (size_t)depth * w->input->row_count;
    for (uint32_t c = first; c < w->input->column_count; c++) {
        const uint32_t count =
            privacy_split(&w->splitter, of, classes, w->input->codes[c], w->input->value_counts[c], finer);
        look(w, columns | (uint64_t)1 << c, finer, count);
        if (depth + 1 < w->largest)
            descend(w, depth + 1, c + 1, columns | (uint64_t)1 << c, finer, count);
    }
}

/* Rows of which the set is a minimal unique. */
static uint64_t count_minimal(const walk *w, uint32_t index)
{
    const uint64_t columns = w->result->subsets[index].columns;
    const uint64_t *below[PRIVACY_SUBSET_COLUMNS_MAX];
    uint32_t count = 0;
    uint64_t minimal = 0;
    for (uint32_t c = 0; c < w->input->column_count; c++)
        if ((columns >> c & 1) != 0 && columns != (uint64_t)1 << c)
            below[count++] = w->alone + (size_t)index_of(w, columns & ~((uint64_t)1 << c)) * w->words;
    for (size_t word = 0; word < w->words; word++) {
        uint64_t rows = w->alone[(size_t)index * w->words + word];
        for (uint32_t i = 0; i < count; i++)
            rows &= ~below[i][word];
        minimal += (uint64_t)__builtin_popcountll(rows);
    }
    return minimal;
}

static double score_of(const walk *w, uint64_t columns)
{
    const uint32_t m = w->input->column_count;
    double score = 1;
    for (uint32_t s = (uint32_t)__builtin_popcountll(columns); s <= w->largest && s < m; s++)
        score *= m - s;
    return score;
}

static void contribute(walk *w)
{
    privacy_subsets *result = w->result;
    double all = 0;
    for (uint32_t i = 0; i < result->count; i++) {
        privacy_subset *subset = &result->subsets[i];
        subset->minimal = count_minimal(w, i);
        const double score = (double)subset->minimal * score_of(w, subset->columns);
        all += score;
        for (uint32_t c = 0; c < w->input->column_count; c++)
            if ((subset->columns >> c & 1) != 0) {
                result->contribution[c] += score;
                result->minimal_with[c] += subset->minimal;
            }
    }
    for (uint32_t c = 0; c < w->input->column_count; c++)
        result->contribution[c] = all > 0 ? result->contribution[c] / all : 0;
    for (size_t word = 0; word < w->words; word++) {
        uint64_t rows = 0;
        for (uint32_t i = 0; i < result->count; i++)
            rows |= w->alone[(size_t)i * w->words + word];
        result->minimal += (uint64_t)__builtin_popcountll(rows);
    }
}

static int run(walk *w, uint32_t largest, lethe_error *error)
{
    const privacy_risk_input *input = w->input;
    const size_t room = (size_t)input->row_count + 1;
    w->words = (input->row_count + 63) / 64;
    w->choose = calloc(PRIVACY_SUBSET_COLUMNS_MAX + 1, sizeof(*w->choose));
    if (w->choose == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    fill_choose(w);
    BASE_TRY(choose_largest(w, largest, error));
    privacy_subsets *result = w->result;
    result->largest = w->largest;
    result->count = (uint32_t)count_sets(w, w->largest);
    result->subsets = calloc((size_t)result->count + 1, sizeof(*result->subsets));
    result->contribution = calloc((size_t)input->column_count + 1, sizeof(*result->contribution));
    result->minimal_with = calloc((size_t)input->column_count + 1, sizeof(*result->minimal_with));
    w->of = malloc((w->largest + 1) * room * sizeof(*w->of));
    w->sizes = malloc(room * sizeof(*w->sizes));
    w->last = malloc(room * sizeof(*w->last));
    w->alone = calloc((size_t)result->count * w->words + 1, sizeof(*w->alone));
    if (result->subsets == NULL || result->contribution == NULL || result->minimal_with == NULL || w->of == NULL ||
        w->sizes == NULL || w->last == NULL || w->alone == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(privacy_splitter_init(&w->splitter, input->row_count, error));
    if (input->person != NULL)
        BASE_TRY(privacy_persons_init(&w->persons, input->person, input->person_count, input->row_count, error));
    if (input->row_count != 0)
        descend(w, 0, 0, 0, NULL, 1);
    contribute(w);
    return 0;
}

int privacy_subsets_measure(const privacy_risk_input *input, uint32_t largest, privacy_subsets *ret_subsets,
                            lethe_error *error)
{
    privacy_subsets result = {0};
    walk w = {.input = input, .result = &result};
    if (input->column_count > PRIVACY_SUBSET_COLUMNS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    const int status = run(&w, largest, error);
    privacy_splitter_done(&w.splitter);
    privacy_persons_done(&w.persons);
    free(w.choose);
    free(w.of);
    free(w.sizes);
    free(w.last);
    free(w.alone);
    if (status != 0)
        privacy_subsets_done(&result);
    else
        *ret_subsets = result;
    return status;
}

void privacy_subsets_done(privacy_subsets *subsets)
{
    free(subsets->subsets);
    free(subsets->contribution);
    free(subsets->minimal_with);
    *subsets = (privacy_subsets){0};
}
