/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/counts.h"
#include "verify/verify.h"

#include <stdlib.h>
#include <sys/random.h>

#define MEMBERS_BYTES_MAX ((size_t)1 << 34)

static bool make_items(verify_counts *counts)
{
    const size_t n = counts->item_count, pairs = n > 1 ? n * (n - 1) / 2 : 0;
    counts->item_patients = calloc(n + 1, sizeof(uint32_t));
    counts->item_last = malloc((n + 1) * sizeof(uint32_t));
    counts->item_first = calloc(n + 1, sizeof(uint32_t));
    counts->pooled = calloc(n + 1, sizeof(uint32_t));
    counts->pair_patients = calloc(pairs + 1, sizeof(uint32_t)); /* 34 MB each for 4,096 items */
    counts->pair_first = calloc(pairs + 1, sizeof(uint32_t));
    counts->row_tuples = calloc(VERIFY_PATIENT_ROWS_MAX, sizeof(uint32_t));
    counts->row_ordinals = calloc(VERIFY_PATIENT_ROWS_MAX, sizeof(uint32_t));
    if (counts->item_patients == NULL || counts->item_last == NULL || counts->item_first == NULL ||
        counts->pooled == NULL || counts->pair_patients == NULL || counts->pair_first == NULL ||
        counts->row_tuples == NULL || counts->row_ordinals == NULL)
        return false;
    memset(counts->item_last, 0xff, (n + 1) * sizeof(uint32_t));
    return true;
}

int verify_counts_init(verify_counts *counts, size_t item_count, uint32_t k, uint32_t visits, uint32_t items,
                       lethe_error *error)
{
    *counts = (verify_counts){.item_count = item_count, .k = k, .visits = visits, .items = items};
    if (getrandom(&counts->key, sizeof(counts->key), 0) != (ssize_t)sizeof(counts->key))
        return base_fail(error, LETHE_E_CRYPT_RANDOM);
    BASE_TRY(verify_strings_init(&counts->tuples, error));
    BASE_TRY(verify_trie_init(&counts->sequences, error));
    BASE_TRY(verify_trie_init(&counts->sets, error));
    base_buf_init(&counts->members, MEMBERS_BYTES_MAX);
    return make_items(counts) ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

void verify_counts_done(verify_counts *counts)
{
    verify_strings_done(&counts->tuples);
    verify_trie_done(&counts->sequences);
    verify_trie_done(&counts->sets);
    verify_seen_done(&counts->patients);
    verify_seen_done(&counts->rows);
    base_buf_done(&counts->members);
    free(counts->item_patients);
    free(counts->item_last);
    free(counts->item_first);
    free(counts->pooled);
    free(counts->pair_patients);
    free(counts->pair_first);
    free(counts->row_tuples);
    free(counts->row_ordinals);
    *counts = (verify_counts){0};
}

int verify_counts_row(verify_counts *counts, base_span tuple, uint32_t ordinal, lethe_error *error)
{
    if (counts->row_count >= VERIFY_PATIENT_ROWS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(verify_strings_add(&counts->tuples, tuple, &counts->row_tuples[counts->row_count], error));
    counts->row_ordinals[counts->row_count++] = ordinal;
    return 0;
}

void verify_counts_item(verify_counts *counts, uint32_t item, uint32_t ordinal)
{
    if (counts->item_last[item] == counts->patient_count)
        return;
    counts->item_last[item] = counts->patient_count;
    if (counts->item_patients[item]++ == 0)
        counts->item_first[item] = ordinal;
    counts->pooled[counts->pooled_count++] = item;
}

static int compare_numbers(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static void count_pairs(verify_counts *counts)
{
    for (size_t j = 1; j < counts->pooled_count; j++)
        for (size_t i = 0; i < j; i++) {
            const size_t pair = verify_pair_at(counts->pooled[i], counts->pooled[j]);
            if (counts->pair_patients[pair]++ == 0)
                counts->pair_first[pair] = counts->row_ordinals[0];
        }
}

/* Larger sets than pairs: the ordered choices of a sorted list are its subsets. */
static int count_sets(verify_counts *counts, lethe_error *error)
{
    uint32_t *rows = malloc((counts->pooled_count + 1) * sizeof(*rows));
    if (rows == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < counts->pooled_count; i++)
        rows[i] = counts->row_ordinals[0];
    const int status = verify_trie_add(&counts->sets, counts->pooled, rows, counts->pooled_count, counts->items,
                                       counts->patient_count, error);
    free(rows);
    return status;
}

static void remember(verify_counts *counts)
{
    base_buf_u32(&counts->members, counts->row_tuples[0]);
    base_buf_u32(&counts->members, (uint32_t)counts->pooled_count);
    for (size_t i = 0; i < counts->pooled_count; i++)
        base_buf_u32(&counts->members, counts->pooled[i]);
}

int verify_counts_patient(verify_counts *counts, lethe_error *error)
{
    if (counts->row_count == 0)
        return 0;
    BASE_TRY(verify_trie_add(&counts->sequences, counts->row_tuples, counts->row_ordinals, counts->row_count,
                             counts->visits, counts->patient_count, error));
    qsort(counts->pooled, counts->pooled_count, sizeof(uint32_t), compare_numbers);
    count_pairs(counts);
    if (counts->items > 2)
        BASE_TRY(count_sets(counts, error));
    if (counts->within)
        remember(counts);
    counts->row_count = counts->pooled_count = 0;
    counts->patient_count++;
    return base_buf_check(&counts->members, error);
}
