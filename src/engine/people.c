/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/people.h"

#include <stdlib.h>

void engine_people_init(engine_people *people)
{
    *people = (engine_people){0};
    pthread_mutex_init(&people->lock, NULL);
}

void engine_people_done(engine_people *people)
{
    free(people->links);
    free(people->members);
    free(people->leaders);
    pthread_mutex_destroy(&people->lock);
}

static int grow(engine_people *people, lethe_error *error)
{
    const size_t capacity = people->link_capacity != 0 ? 2 * people->link_capacity : 64;
    if (capacity > ENGINE_LINKS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    engine_link *links = realloc(people->links, capacity * sizeof(*links));
    if (links == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    people->links = links;
    people->link_capacity = capacity;
    return 0;
}

int engine_people_link(engine_people *people, record_key a, record_key b, lethe_error *error)
{
    pthread_mutex_lock(&people->lock);
    const int status = people->link_count == people->link_capacity ? grow(people, error) : 0;
    if (status == 0)
        people->links[people->link_count++] = (engine_link){a, b};
    pthread_mutex_unlock(&people->lock);
    return status;
}

static int by_key(const void *a, const void *b)
{
    return record_key_compare(*(const record_key *)a, *(const record_key *)b);
}

static size_t find_member(const engine_people *people, record_key key)
{
    size_t low = 0, high = people->member_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = record_key_compare(people->members[middle], key);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return people->member_count;
}

/* Union-find over indexes of members; the smaller index leads, and members are sorted, so the smallest key does. */
static size_t root_of(size_t *parent, size_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static void list_members(engine_people *people)
{
    for (size_t i = 0; i < people->link_count; i++) {
        people->members[2 * i] = people->links[i].a;
        people->members[2 * i + 1] = people->links[i].b;
    }
    const size_t count = 2 * people->link_count;
    qsort(people->members, count, sizeof(record_key), by_key);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !record_key_equal(people->members[i], people->members[people->member_count - 1]))
            people->members[people->member_count++] = people->members[i];
}

int engine_people_settle(engine_people *people, lethe_error *error)
{
    if (people->link_count == 0)
        return 0;
    people->members = calloc(2 * people->link_count, sizeof(record_key));
    people->leaders = calloc(2 * people->link_count, sizeof(record_key));
    size_t *parent = calloc(2 * people->link_count, sizeof(*parent));
    if (people->members == NULL || people->leaders == NULL || parent == NULL) {
        free(parent);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    list_members(people);
    for (size_t i = 0; i < people->member_count; i++)
        parent[i] = i;
    for (size_t i = 0; i < people->link_count; i++) {
        const size_t a = root_of(parent, find_member(people, people->links[i].a));
        const size_t b = root_of(parent, find_member(people, people->links[i].b));
        if (a < b)
            parent[b] = a;
        else
            parent[a] = b;
    }
    for (size_t i = 0; i < people->member_count; i++)
        people->leaders[i] = people->members[root_of(parent, i)];
    free(parent);
    return 0;
}

record_key engine_people_leader(const engine_people *people, record_key patient)
{
    const size_t found = people->member_count != 0 ? find_member(people, patient) : 0;
    return found < people->member_count ? people->leaders[found] : patient;
}
