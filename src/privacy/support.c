/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/support.h"

#include <stdlib.h>

static int compare_groups(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(privacy_groups));
}

static int compare_u64(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

void privacy_support_done(privacy_support *support)
{
    if (support == NULL)
        return;
    free(support->classes);
    free(support->pairs);
    *support = (privacy_support){.classes = NULL};
}

size_t privacy_support_find(const privacy_support *support, const privacy_groups *groups)
{
    const privacy_class *const found = bsearch(groups, support->classes, support->class_count,
                                               sizeof(*support->classes), compare_groups); /* groups come first */
    return found != NULL ? (size_t)(found - support->classes) : SIZE_MAX;
}

uint32_t privacy_support_pair(const privacy_support *support, uint32_t earlier, uint32_t later)
{
    size_t low = 0, high = support->pair_count;
    const uint64_t wanted = (uint64_t)earlier << 32 | later;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const privacy_class_pair *const pair = &support->pairs[middle];
        const uint64_t key = (uint64_t)pair->earlier << 32 | pair->later;
        if (key == wanted)
            return pair->people;
        if (key < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

void privacy_support_histogram(const privacy_support *support, const uint32_t *edge, size_t edge_count,
                               uint64_t *ret_classes, uint64_t *ret_rows)
{
    for (size_t i = 0; i < edge_count; i++)
        ret_classes[i] = ret_rows[i] = 0;
    for (size_t c = 0; c < support->class_count; c++) {
        size_t bucket = edge_count;
        while (bucket > 0 && support->classes[c].people < edge[bucket - 1])
            bucket--;
        if (bucket > 0) {
            ret_classes[bucket - 1]++;
            ret_rows[bucket - 1] += support->classes[c].rows;
        }
    }
}

/* Every released row of every signature, once; `ret_start` by signature, one more. */
static int release_all(const privacy_plan *plan, const privacy_signatures *set, const privacy_hierarchies *hierarchies,
                       privacy_groups **ret_groups, uint32_t **ret_start, lethe_error *error)
{
    privacy_groups *const groups = malloc((set->offset[set->count] + 1) * sizeof(*groups));
    uint32_t *const start = malloc((set->count + 1) * sizeof(*start));
    uint32_t used = 0;
    if (groups == NULL || start == NULL) {
        free(groups);
        free(start);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (size_t i = 0; i < set->count; i++) {
        uint8_t row[PRIVACY_PATIENT_ROWS_MAX];
        start[i] = used;
        used += (uint32_t)privacy_plan_apply(plan, hierarchies, i, &set->tuples[set->offset[i]],
                                             set->offset[i + 1] - set->offset[i], &groups[used], row);
    }
    start[set->count] = used;
    *ret_groups = groups;
    *ret_start = start;
    return 0;
}

static int make_classes(privacy_support *s, const privacy_groups *groups, size_t count, lethe_error *error)
{
    privacy_groups *const sorted = malloc((count + 1) * sizeof(*sorted));
    s->classes = malloc((count + 1) * sizeof(*s->classes));
    if (sorted == NULL || s->classes == NULL) {
        free(sorted);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    memcpy(sorted, groups, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), compare_groups);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || compare_groups(&sorted[i - 1], &sorted[i]) != 0)
            s->classes[s->class_count++] = (privacy_class){.groups = sorted[i]};
    free(sorted);
    return 0;
}

/* Distinct ordered pairs of one patient's classes, ascending. */
static size_t patient_pairs(const uint32_t *class_of, uint32_t rows, uint64_t *ret_keys)
{
    size_t count = 0, kept = 0;
    for (uint32_t i = 0; i < rows; i++)
        for (uint32_t j = i + 1; j < rows; j++)
            ret_keys[count++] = (uint64_t)class_of[i] << 32 | class_of[j];
    qsort(ret_keys, count, sizeof(*ret_keys), compare_u64);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || ret_keys[kept - 1] != ret_keys[i])
            ret_keys[kept++] = ret_keys[i];
    return kept;
}

/*
 * Pairs, in passes over ranges of the first class so that no pass holds more than a few million entries: what is held
 * is bounded, whatever the number of people. An entry is pair and people.
 */
typedef struct pair_entry {
    uint64_t key;
    uint32_t people;
} pair_entry;

static int compare_entries(const void *a, const void *b)
{
    return compare_u64(a, b); /* the key comes first */
}

static int append_pairs(privacy_support *s, pair_entry *entries, size_t count, size_t *capacity, lethe_error *error)
{
    qsort(entries, count, sizeof(*entries), compare_entries);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && entries[i - 1].key == entries[i].key) {
            s->pairs[s->pair_count - 1].people += entries[i].people;
            continue;
        }
        if (s->pair_count == *capacity) {
            *capacity = *capacity * 3 / 2 + 1024;
            privacy_class_pair *const pairs = realloc(s->pairs, *capacity * sizeof(*pairs));
            if (pairs == NULL)
                return base_fail(error, LETHE_E_BASE_MEMORY);
            s->pairs = pairs;
        }
        s->pairs[s->pair_count++] = (privacy_class_pair){.earlier = (uint32_t)(entries[i].key >> 32),
                                                         .later = (uint32_t)entries[i].key,
                                                         .people = entries[i].people};
    }
    return 0;
}

#define PAIRS_A_PASS (UINT32_C(1) << 21)

static int count_pairs(privacy_support *s, const privacy_signatures *set, const uint32_t *class_of,
                       const uint32_t *start, lethe_error *error)
{
    uint32_t *const followers = calloc(s->class_count + 1, sizeof(*followers)); /* pairs that a class begins, at most */
    pair_entry *entries = NULL;
    size_t capacity = 0, held = 0;
    int status = followers == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    for (size_t i = 0; i < set->count && status == 0; i++)
        for (uint32_t row = start[i]; row < start[i + 1]; row++)
            followers[class_of[row]] += start[i + 1] - row - 1;
    for (size_t from = 0, to; from < s->class_count && status == 0; from = to) {
        size_t room = followers[from];
        for (to = from + 1; to < s->class_count && room + followers[to] <= PAIRS_A_PASS; to++)
            room += followers[to];
        if (room > held) {
            free(entries);
            entries = malloc(room * sizeof(*entries));
            held = room;
            if (entries == NULL) {
                status = base_fail(error, LETHE_E_BASE_MEMORY);
                break;
            }
        }
        size_t count = 0;
        for (size_t i = 0; i < set->count; i++) {
            uint64_t keys[PRIVACY_PATIENT_ROWS_MAX * (PRIVACY_PATIENT_ROWS_MAX - 1) / 2];
            const size_t pairs = patient_pairs(&class_of[start[i]], start[i + 1] - start[i], keys);
            for (size_t j = 0; j < pairs; j++)
                if (keys[j] >> 32 >= from && keys[j] >> 32 < to)
                    entries[count++] = (pair_entry){keys[j], set->people[i]};
        }
        status = append_pairs(s, entries, count, &capacity, error);
    }
    free(followers);
    free(entries);
    return status;
}

static void count_classes(privacy_support *s, const privacy_signatures *set, const uint32_t *class_of,
                          const uint32_t *start)
{
    for (size_t i = 0; i < set->count; i++)
        for (uint32_t row = start[i]; row < start[i + 1]; row++) {
            bool before = false;
            for (uint32_t other = start[i]; other < row; other++)
                before |= class_of[other] == class_of[row];
            s->classes[class_of[row]].rows += set->people[i];
            s->classes[class_of[row]].people += before ? 0 : set->people[i];
        }
}

int privacy_support_count(const privacy_plan *plan, const privacy_signatures *set,
                          const privacy_hierarchies *hierarchies, privacy_support *ret_support, lethe_error *error)
{
    privacy_groups *groups = NULL;
    uint32_t *start = NULL;
    privacy_support s = {.classes = NULL};
    if (plan->signature_count != set->count || set->count == 0)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    BASE_TRY(release_all(plan, set, hierarchies, &groups, &start, error));
    const size_t rows = start[set->count];
    uint32_t *const class_of = malloc((rows + 1) * sizeof(*class_of));
    int status = class_of == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : make_classes(&s, groups, rows, error);
    if (status == 0) {
        for (size_t row = 0; row < rows; row++)
            class_of[row] = (uint32_t)privacy_support_find(&s, &groups[row]);
        count_classes(&s, set, class_of, start);
        if (plan->visits > 1)
            status = count_pairs(&s, set, class_of, start, error);
    }
    free(groups);
    free(start);
    free(class_of);
    if (status != 0) {
        privacy_support_done(&s);
        return status;
    }
    *ret_support = s;
    return 0;
}
