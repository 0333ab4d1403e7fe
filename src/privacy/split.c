/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/split.h"

#include <stdlib.h>
#include <string.h>

#define DIRECT_ROWS  4 /* a table of class × value may be that many times as large as there are rows */
#define DIRECT_LEAST 4096
#define NO_CLASS     UINT32_MAX
#define NO_KEY       UINT64_MAX

int privacy_splitter_init(privacy_splitter *splitter, uint32_t row_count, lethe_error *error)
{
    uint64_t slots = 64;
    while (slots < 2 * (uint64_t)row_count)
        slots *= 2;
    if (slots > UINT32_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    *splitter = (privacy_splitter){.row_count = row_count, .mask = (uint32_t)(slots - 1)};
    splitter->direct_size = DIRECT_ROWS * (uint64_t)row_count + DIRECT_LEAST;
    splitter->keys = malloc(slots * sizeof(*splitter->keys));
    splitter->numbers = malloc(slots * sizeof(*splitter->numbers));
    splitter->direct = malloc(splitter->direct_size * sizeof(*splitter->direct));
    if (splitter->keys != NULL && splitter->numbers != NULL && splitter->direct != NULL)
        return 0;
    privacy_splitter_done(splitter);
    return base_fail(error, LETHE_E_BASE_MEMORY);
}

void privacy_splitter_done(privacy_splitter *splitter)
{
    free(splitter->keys);
    free(splitter->numbers);
    free(splitter->direct);
    *splitter = (privacy_splitter){0};
}

static uint32_t split_direct(privacy_splitter *splitter, const uint32_t *of, const uint32_t *codes, uint32_t values,
                             uint64_t cells, uint32_t *ret_of)
{
    uint32_t count = 0;
    memset(splitter->direct, 0xff, cells * sizeof(*splitter->direct));
    for (uint32_t row = 0; row < splitter->row_count; row++) {
        uint32_t *cell = &splitter->direct[(of != NULL ? (uint64_t)of[row] * values : 0) + codes[row]];
        if (*cell == NO_CLASS)
            *cell = count++;
        ret_of[row] = *cell;
    }
    return count;
}

static uint32_t split_hashed(privacy_splitter *splitter, const uint32_t *of, const uint32_t *codes, uint32_t *ret_of)
{
    uint32_t count = 0;
    memset(splitter->keys, 0xff, ((size_t)splitter->mask + 1) * sizeof(*splitter->keys));
    for (uint32_t row = 0; row < splitter->row_count; row++) {
        const uint64_t key = (of != NULL ? (uint64_t)of[row] << 32 : 0) | codes[row];
        uint32_t at = (uint32_t)(key * 0x9e3779b97f4a7c15ULL >> 32) & splitter->mask;
        while (splitter->keys[at] != key && splitter->keys[at] != NO_KEY)
            at = (at + 1) & splitter->mask;
        if (splitter->keys[at] == NO_KEY) {
            splitter->keys[at] = key;
            splitter->numbers[at] = count++;
        }
        ret_of[row] = splitter->numbers[at];
    }
    return count;
}

uint32_t privacy_split(privacy_splitter *splitter, const uint32_t *of, uint32_t class_count, const uint32_t *codes,
                       uint32_t value_count, uint32_t *ret_of)
{
    const uint64_t cells = (of != NULL ? (uint64_t)class_count : 1) * value_count;
    if (cells <= splitter->direct_size)
        return split_direct(splitter, of, codes, value_count, cells, ret_of);
    return split_hashed(splitter, of, codes, ret_of);
}

int privacy_persons_init(privacy_persons *persons, const uint32_t *of, uint32_t count, uint32_t row_count,
                         lethe_error *error)
{
    uint32_t *order = malloc(((size_t)row_count + 1) * sizeof(*order));
    uint32_t *from = calloc((size_t)count + 2, sizeof(*from));
    if (order == NULL || from == NULL) {
        free(order);
        free(from);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (uint32_t row = 0; row < row_count; row++)
        from[of[row] + 1]++;
    for (uint32_t person = 0; person < count; person++)
        from[person + 1] += from[person];
    for (uint32_t row = 0; row < row_count; row++)
        order[from[of[row]]++] = row;
    free(from);
    *persons = (privacy_persons){count, of, order};
    return 0;
}

void privacy_persons_done(privacy_persons *persons)
{
    free((void *)(uintptr_t)persons->order);
    *persons = (privacy_persons){0};
}

void privacy_class_sizes(const uint32_t *of, uint32_t row_count, uint32_t class_count, const privacy_persons *persons,
                         uint32_t *last, uint32_t *ret_sizes)
{
    memset(ret_sizes, 0, class_count * sizeof(*ret_sizes));
    if (persons == NULL) {
        for (uint32_t row = 0; row < row_count; row++)
            ret_sizes[of[row]]++;
        return;
    }
    memset(last, 0xff, class_count * sizeof(*last));
    for (uint32_t i = 0; i < row_count; i++) {
        const uint32_t row = persons->order[i], person = persons->of[row];
        ret_sizes[of[row]] += last[of[row]] != person;
        last[of[row]] = person;
    }
}
