/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/run.h"

#include <math.h>
#include <stdlib.h>

/*
 * At the level external each patient has one row, so a tuple is a class of patients. In every class each item and each
 * pair of items has k holders or none, and a sensitive item is held by at most p (1 + min(beta, -ln p)) of the class,
 * where p is its share of all (Cao and Karras, PVLDB 5(11), 2012). A failure is placed at the item's first row.
 */
#define ROUNDING 1e-9 /* of the bound: it is compared, not released */

typedef struct member {
    uint32_t in_class, item_count;
    const char *items; /* four bytes each */
} member;

typedef struct within {
    verify_run *run;
    member *members;
    size_t count;
    uint32_t *items, *pairs; /* holders in the class at hand */
    size_t *touched;         /* pairs that are not 0 */
    size_t touched_count, touched_max;
} within;

static uint32_t item_at(const member *m, size_t i)
{
    uint32_t item;
    memcpy(&item, m->items + i * sizeof(item), sizeof(item));
    return item;
}

static int by_class(const void *a, const void *b)
{
    const member *x = a, *y = b;
    return x->in_class < y->in_class ? -1 : x->in_class > y->in_class;
}

static int read_members(within *w, lethe_error *error)
{
    const verify_counts *counts = &w->run->counts;
    base_cursor cursor = base_cursor_of(base_buf_view(&counts->members));
    w->members = calloc((size_t)counts->patient_count + 1, sizeof(*w->members));
    if (w->members == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    while (cursor.at < cursor.size) {
        member *m = &w->members[w->count++];
        m->in_class = base_cursor_u32(&cursor);
        m->item_count = base_cursor_u32(&cursor);
        m->items = base_cursor_take(&cursor, (size_t)m->item_count * sizeof(uint32_t)).data;
    }
    qsort(w->members, w->count, sizeof(*w->members), by_class);
    return 0;
}

static void note(const within *w, int code, uint32_t item)
{
    const verify_run *run = w->run;
    const verify_column column = verify_list_columns[run->vocabulary.items[item].column];
    verify_note_ordinal(w->run, VERIFY_CHECK_ITEMS, code, run->counts.item_first[item], verify_fields[column].name);
}

static int count_member(within *w, const member *m, lethe_error *error)
{
    for (size_t j = 0; j < m->item_count; j++) {
        const uint32_t high = item_at(m, j);
        w->items[high]++;
        for (size_t i = 0; i < j && w->run->counts.items >= 2; i++) {
            const size_t pair = verify_pair_at(item_at(m, i), high);
            if (w->pairs[pair]++ != 0)
                continue;
            if (w->touched_count == w->touched_max) {
                const size_t more = 2 * w->touched_max + 4096;
                size_t *grown = realloc(w->touched, more * sizeof(*grown));
                if (grown == NULL)
                    return base_fail(error, LETHE_E_BASE_MEMORY);
                w->touched = grown;
                w->touched_max = more;
            }
            w->touched[w->touched_count++] = pair;
        }
    }
    return 0;
}

/* The greater item of a pair: where it stands in the triangle. */
static uint32_t high_of(size_t pair)
{
    size_t high = (size_t)((1 + sqrt(1 + 8 * (double)pair)) / 2);
    while (verify_pair_at(0, high) > pair)
        high--;
    while (verify_pair_at(0, high + 1) <= pair)
        high++;
    return (uint32_t)high;
}

static void judge_class(within *w, size_t people)
{
    const verify_run *run = w->run;
    for (uint32_t x = 0; x < run->counts.item_count; x++) {
        const uint32_t holders = w->items[x];
        w->items[x] = 0;
        if (holders == 0)
            continue;
        verify_counted(w->run, VERIFY_CHECK_ITEMS, 1);
        if (holders < run->counts.k)
            note(w, LETHE_E_VERIFY_LIST, x);
        if (!run->vocabulary.items[x].sensitive)
            continue;
        const double overall = (double)run->counts.item_patients[x] / (double)run->counts.patient_count;
        const double gain = (double)holders / (double)people / overall - 1;
        if (gain > fmin(run->manifest.beta, -log(overall)) + ROUNDING)
            note(w, LETHE_E_VERIFY_LIKENESS, x);
    }
    for (size_t i = 0; i < w->touched_count; i++) {
        verify_counted(w->run, VERIFY_CHECK_ITEMS, 1);
        if (w->pairs[w->touched[i]] < run->counts.k)
            note(w, LETHE_E_VERIFY_LIST, high_of(w->touched[i]));
        w->pairs[w->touched[i]] = 0;
    }
    w->touched_count = 0;
}

static int judge_all(within *w, lethe_error *error)
{
    for (size_t begin = 0, end; begin < w->count; begin = end) {
        for (end = begin; end < w->count && w->members[end].in_class == w->members[begin].in_class; end++)
            BASE_TRY(count_member(w, &w->members[end], error));
        judge_class(w, end - begin);
    }
    return 0;
}

int verify_check_within(verify_run *run, lethe_error *error)
{
    within w = {.run = run};
    const size_t n = run->counts.item_count;
    w.items = calloc(n + 1, sizeof(*w.items));
    w.pairs = calloc((n > 1 ? n * (n - 1) / 2 : 0) + 1, sizeof(*w.pairs));
    int status = w.items != NULL && w.pairs != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = read_members(&w, error);
    if (status == 0)
        status = judge_all(&w, error);
    free(w.members);
    free(w.items);
    free(w.pairs);
    free(w.touched);
    return status;
}
