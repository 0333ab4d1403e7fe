/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_people.h"

#include <stdlib.h>
#include <string.h>

typedef struct pair {
    uint32_t tuple, person;
} pair;

static int by_tuple(const void *a, const void *b)
{
    const pair *x = a, *y = b;
    if (x->tuple != y->tuple)
        return x->tuple < y->tuple ? -1 : 1;
    return x->person < y->person ? -1 : x->person > y->person;
}

/* ids[row]: people numbered by first appearance; rows_of[person]. */
static int number_people(const privacy_tab *tab, uint32_t *ids, uint32_t **ret_rows_of, uint32_t *ret_count,
                         lethe_error *error)
{
    tab_compactor compactor = {0};
    uint64_t *keys = malloc(tab->rows * sizeof(uint64_t));
    if (keys == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t row = 0; row < tab->rows; row++)
        keys[row] = tab->person[row];
    const int status = tab_compact(&compactor, keys, tab->rows, ids, NULL, ret_count, error);
    tab_compactor_done(&compactor);
    free(keys);
    if (status != 0)
        return status;
    *ret_rows_of = calloc((size_t)*ret_count + 1, sizeof(uint32_t));
    if (*ret_rows_of == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t row = 0; row < tab->rows; row++)
        (*ret_rows_of)[ids[row]]++;
    return 0;
}

static int fill(tab_people *people, const privacy_tab *tab, const uint32_t *tuple_of_row, uint32_t tuples,
                const uint32_t *ids, const uint32_t *rows_of, pair *pairs, lethe_error *error)
{
    uint32_t count = 0, kept = 0;
    people->single = calloc((size_t)tuples + 1, sizeof(uint32_t));
    people->start = calloc((size_t)tuples + 2, sizeof(uint32_t));
    if (people->single == NULL || people->start == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t row = 0; row < tab->rows; row++)
        if (rows_of[ids[row]] == 1)
            people->single[tuple_of_row[row]]++;
        else
            pairs[count++] = (pair){tuple_of_row[row], ids[row]};
    if (count != 0)
        qsort(pairs, count, sizeof(*pairs), by_tuple);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || by_tuple(&pairs[i - 1], &pairs[i]) != 0)
            pairs[kept++] = pairs[i];
    people->others = malloc(((size_t)kept + 1) * sizeof(uint32_t));
    if (people->others == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < kept; i++) {
        people->others[i] = pairs[i].person;
        people->start[pairs[i].tuple + 1]++;
    }
    for (uint32_t t = 0; t < tuples; t++)
        people->start[t + 1] += people->start[t];
    return 0;
}

int tab_people_init(tab_people *people, const privacy_tab *tab, const uint32_t *tuple_of_row, uint32_t tuples,
                    lethe_error *error)
{
    uint32_t *ids = malloc(tab->rows * sizeof(uint32_t)), *rows_of = NULL;
    pair *pairs = malloc(tab->rows * sizeof(*pairs));
    *people = (tab_people){0};
    int status = ids == NULL || pairs == NULL ? base_fail(error, LETHE_E_BASE_MEMORY)
                                              : number_people(tab, ids, &rows_of, &people->count, error);
    if (status == 0)
        status = fill(people, tab, tuple_of_row, tuples, ids, rows_of, pairs, error);
    free(ids);
    free(rows_of);
    free(pairs);
    if (status != 0)
        tab_people_done(people);
    return status;
}

void tab_people_done(tab_people *people)
{
    free(people->single);
    free(people->start);
    free(people->others);
    *people = (tab_people){0};
}
