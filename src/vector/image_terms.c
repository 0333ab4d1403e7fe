/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/image_internal.h"

#include <stdlib.h>

/* Terms get their numbers in byte order; then each term's rows and each row's terms are written. */
typedef struct terms_work {
    vector_image *image;
    uint32_t *order;      /* names in byte order */
    uint32_t *rank;       /* of each name */
    uint64_t *row_starts; /* of each row's terms, and their end */
    uint64_t *starts;     /* of each term's rows, and their end */
    uint32_t *rows;
} terms_work;

static int by_text(const void *a, const void *b, void *context)
{
    const vector_names *names = context;
    return strcmp(vector_names_text(names, *(const uint32_t *)a), vector_names_text(names, *(const uint32_t *)b));
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_numbers(uint32_t *numbers, size_t count)
{
    if (count > 64) {
        qsort(numbers, count, sizeof(*numbers), by_number);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const uint32_t number = numbers[i];
        size_t at = i;
        for (; at > 0 && numbers[at - 1] > number; at--)
            numbers[at] = numbers[at - 1];
        numbers[at] = number;
    }
}

static void rank_terms(terms_work *work)
{
    vector_names *names = &work->image->terms;
    for (uint32_t i = 0; i < names->count; i++)
        work->order[i] = i;
    if (names->count != 0)
        qsort_r(work->order, names->count, sizeof(*work->order), by_text, names);
    for (uint32_t i = 0; i < names->count; i++)
        work->rank[work->order[i]] = i;
}

/* Each row's terms by their new numbers, ascending, each once; in place, since none becomes more. */
static void renumber(terms_work *work)
{
    const vector_image *image = work->image;
    uint32_t *terms = image->row_terms.items;
    size_t from = 0, to = 0;
    for (uint32_t row = 0; row < image->rows; row++) {
        const size_t count = image->term_counts.items[row];
        work->row_starts[row] = to;
        for (size_t i = 0; i < count; i++)
            terms[from + i] = work->rank[terms[from + i]];
        sort_numbers(terms + from, count);
        for (size_t i = 0; i < count; i++)
            if (i == 0 || terms[from + i] != terms[from + i - 1]) {
                const uint32_t term = terms[from + i];
                work->starts[term + 2]++;
                terms[to++] = term;
            }
        from += count;
    }
    work->row_starts[image->rows] = to;
}

static void invert(terms_work *work)
{
    const vector_image *image = work->image;
    const uint32_t terms = image->terms.count;
    for (uint32_t term = 1; term <= terms; term++)
        work->starts[term + 1] += work->starts[term];
    for (uint32_t row = 0; row < image->rows; row++)
        for (uint64_t i = work->row_starts[row]; i < work->row_starts[row + 1]; i++)
            work->rows[work->starts[image->row_terms.items[i] + 1]++] = row;
}

static int write_texts(const terms_work *work, lethe_error *error)
{
    vector_out *out = &work->image->out;
    const vector_names *names = &work->image->terms;
    uint32_t start = 0;
    BASE_TRY(vector_out_begin(out, VECTOR_TERM_STARTS, error));
    for (uint32_t i = 0; i <= names->count; i++) {
        BASE_TRY(vector_out_put(out, &start, sizeof(start), error));
        start += i < names->count ? (uint32_t)strlen(vector_names_text(names, work->order[i])) + 1 : 0;
    }
    vector_out_end(out, VECTOR_TERM_STARTS);
    BASE_TRY(vector_out_begin(out, VECTOR_TERM_TEXT, error));
    for (uint32_t i = 0; i < names->count; i++) {
        const char *text = vector_names_text(names, work->order[i]);
        BASE_TRY(vector_out_put(out, text, strlen(text) + 1, error));
    }
    vector_out_end(out, VECTOR_TERM_TEXT);
    return 0;
}

static uint64_t bitmap_words(const terms_work *work)
{
    return 2 * ((work->image->rows + 63ULL) / 64);
}

static int write_bitmap(const terms_work *work, const uint32_t *rows, uint64_t count, uint32_t *bitmap,
                        lethe_error *error)
{
    memset(bitmap, 0, bitmap_words(work) * sizeof(*bitmap));
    for (uint64_t i = 0; i < count; i++)
        bitmap[rows[i] / 32] |= 1U << rows[i] % 32;
    return vector_out_put(&work->image->out, bitmap, bitmap_words(work) * sizeof(*bitmap), error);
}

static int write_postings(const terms_work *work, uint32_t *bitmap, lethe_error *error)
{
    vector_out *out = &work->image->out;
    const uint32_t terms = work->image->terms.count;
    const uint64_t words = bitmap_words(work);
    uint64_t start = 0;
    BASE_TRY(vector_out_begin(out, VECTOR_POSTING_STARTS, error));
    for (uint32_t term = 0; term <= terms; term++) {
        BASE_TRY(vector_out_put(out, &start, sizeof(start), error));
        const uint64_t count = term < terms ? work->starts[term + 1] - work->starts[term] : 0;
        start += count < words ? count : words;
    }
    vector_out_end(out, VECTOR_POSTING_STARTS);
    BASE_TRY(vector_out_begin(out, VECTOR_POSTINGS, error));
    for (uint32_t term = 0; term < terms; term++) {
        const uint32_t *rows = work->rows + work->starts[term];
        const uint64_t count = work->starts[term + 1] - work->starts[term];
        if (count < words)
            BASE_TRY(vector_out_put(out, rows, count * sizeof(*rows), error));
        else
            BASE_TRY(write_bitmap(work, rows, count, bitmap, error));
    }
    vector_out_end(out, VECTOR_POSTINGS);
    return 0;
}

static int write_row_terms(const terms_work *work, lethe_error *error)
{
    const vector_image *image = work->image;
    vector_out *out = &work->image->out;
    BASE_TRY(vector_out_begin(out, VECTOR_ROW_STARTS, error));
    BASE_TRY(vector_out_put(out, work->row_starts, (image->rows + 1ULL) * sizeof(uint64_t), error));
    vector_out_end(out, VECTOR_ROW_STARTS);
    BASE_TRY(vector_out_begin(out, VECTOR_ROW_TERMS, error));
    BASE_TRY(vector_out_put(out, image->row_terms.items, work->row_starts[image->rows] * sizeof(uint32_t), error));
    vector_out_end(out, VECTOR_ROW_TERMS);
    return 0;
}

static int write_all(terms_work *work, lethe_error *error)
{
    uint32_t *bitmap = malloc((bitmap_words(work) + 1) * sizeof(*bitmap));
    if (bitmap == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    rank_terms(work);
    renumber(work);
    invert(work);
    int status = write_texts(work, error);
    if (status == 0)
        status = write_postings(work, bitmap, error);
    if (status == 0)
        status = write_row_terms(work, error);
    free(bitmap);
    return status;
}

int vector_image_write_terms(vector_image *image, lethe_error *error)
{
    const size_t terms = image->terms.count;
    terms_work work = {.image = image,
                       .order = calloc(terms + 1, sizeof(uint32_t)),
                       .rank = calloc(terms + 1, sizeof(uint32_t)),
                       .row_starts = calloc(image->rows + 1ULL, sizeof(uint64_t)),
                       .starts = calloc(terms + 2, sizeof(uint64_t)),
                       .rows = calloc(image->row_terms.count + 1, sizeof(uint32_t))};
    const bool ready =
        work.order != NULL && work.rank != NULL && work.row_starts != NULL && work.starts != NULL && work.rows != NULL;
    const int status = ready ? write_all(&work, error) : base_fail(error, LETHE_E_BASE_MEMORY);
    free(work.order);
    free(work.rank);
    free(work.row_starts);
    free(work.starts);
    free(work.rows);
    return status;
}
