/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp_people.h"

#include "base/buf.h"
#include "base/hash.h"

#include <stdlib.h>

#define NOBODY    UINT32_MAX
#define SLOTS_MIN 1024

/*
 *   slots (hash of the id) ─► person ─► first row ─► … the kept rows, the largest tag first
 *                               └─► the id's bytes in `ids`
 *
 * A row's tag is a keyed hash of the person's id and the key, or the how-manieth row of the person it is. The rows_max
 * smallest tags are kept: a random choice without memory of the order in the file.
 */
typedef struct person {
    uint64_t id, hash;
    uint32_t id_size, first, kept;
    uint64_t seen;
} person;

typedef struct kept_row {
    uint64_t tag;
    int64_t value;
    uint32_t next;
} kept_row;

struct dp_people {
    uint32_t rows_max;
    base_hash_key key;
    base_buf ids;
    uint32_t *slots;
    size_t slot_count;
    person *people;
    size_t count, capacity;
    kept_row *rows;
    size_t row_count, row_capacity;
};

int dp_people_new(uint32_t rows_max, crypt_rng *rng, dp_people **ret_people, lethe_error *error)
{
    base_hash_key key;
    if (rows_max == 0 || rows_max > DP_PERSON_ROWS_MAX)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    BASE_TRY(crypt_rng_fill(rng, &key, sizeof(key), error));
    dp_people *people = calloc(1, sizeof(*people));
    if (people == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    people->rows_max = rows_max;
    people->key = key;
    base_buf_init(&people->ids, DP_PEOPLE_BYTES_MAX);
    *ret_people = people;
    return 0;
}

void dp_people_free(dp_people *people)
{
    if (people == NULL)
        return;
    base_buf_done(&people->ids);
    free(people->slots);
    free(people->people);
    free(people->rows);
    free(people);
}

/* -- finding a person -----------------------------------------------------------------------------------------------
 */

static base_span id_of(const dp_people *people, const person *one)
{
    return (base_span){people->ids.data + one->id, one->id_size};
}

/* The slot of this id, or the free one where it belongs. */
static size_t slot_of(const dp_people *people, base_span id, uint64_t hash)
{
    size_t slot = hash & (people->slot_count - 1);
    for (;; slot = (slot + 1) & (people->slot_count - 1)) {
        if (people->slots[slot] == NOBODY)
            return slot;
        const person *one = &people->people[people->slots[slot]];
        if (one->hash == hash && base_span_equal(id_of(people, one), id))
            return slot;
    }
}

static int grow_slots(dp_people *people, lethe_error *error)
{
    const size_t count = people->slot_count != 0 ? 2 * people->slot_count : SLOTS_MIN;
    uint32_t *slots = malloc(count * sizeof(*slots));
    if (slots == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memset(slots, 0xff, count * sizeof(*slots));
    free(people->slots);
    people->slots = slots;
    people->slot_count = count;
    for (size_t i = 0; i < people->count; i++) {
        size_t slot = people->people[i].hash & (count - 1);
        while (slots[slot] != NOBODY)
            slot = (slot + 1) & (count - 1);
        slots[slot] = (uint32_t)i;
    }
    return 0;
}

/* Room for one more of `size` bytes each; the maximum is that of 32-bit numbers. */
static int grow(void **items, size_t *capacity, size_t count, size_t size, lethe_error *error)
{
    if (count < *capacity)
        return 0;
    if (count >= DP_PEOPLE_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    const size_t wanted = *capacity != 0 ? 2 * *capacity : 256;
    void *grown = realloc(*items, wanted * size);
    if (grown == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *items = grown;
    *capacity = wanted;
    return 0;
}

static int person_of(dp_people *people, base_span id, person **ret_person, lethe_error *error)
{
    if (2 * (people->count + 1) > people->slot_count)
        BASE_TRY(grow_slots(people, error));
    const uint64_t hash = base_hash(&people->key, id).low;
    const size_t slot = slot_of(people, id, hash);
    if (people->slots[slot] == NOBODY) {
        void *items = people->people;
        BASE_TRY(grow(&items, &people->capacity, people->count, sizeof(person), error));
        people->people = items;
        const uint64_t at = people->ids.size;
        base_buf_span(&people->ids, id);
        BASE_TRY(base_buf_check(&people->ids, error));
        people->people[people->count] = (person){.id = at, .hash = hash, .id_size = (uint32_t)id.size, .first = NOBODY};
        people->slots[slot] = (uint32_t)people->count++;
    }
    *ret_person = &people->people[people->slots[slot]];
    return 0;
}

/* -- keeping a row --------------------------------------------------------------------------------------------------
 */

static uint64_t tag_of(const dp_people *people, base_span id, base_span what)
{
    return base_hash_pair(&people->key, id, what).high;
}

static bool before(const kept_row *a, const kept_row *b)
{
    return a->tag < b->tag;
}

/* Whether the person keeps an equal value; equal values have equal tags. */
static bool has_value(const dp_people *people, const person *one, const kept_row *row)
{
    for (uint32_t at = one->first; at != NOBODY; at = people->rows[at].next)
        if (people->rows[at].tag == row->tag && people->rows[at].value == row->value)
            return true;
    return false;
}

/* Behind every kept row with a larger tag. */
static void insert(dp_people *people, person *one, uint32_t row)
{
    uint32_t *link = &one->first;
    while (*link != NOBODY && before(&people->rows[row], &people->rows[*link]))
        link = &people->rows[*link].next;
    people->rows[row].next = *link;
    *link = row;
}

static int keep(dp_people *people, person *one, const kept_row *row, lethe_error *error)
{
    uint32_t place = one->first;
    if (one->kept == people->rows_max) {
        if (!before(row, &people->rows[place]))
            return 0;
        one->first = people->rows[place].next; /* the largest makes room */
    } else {
        void *items = people->rows;
        BASE_TRY(grow(&items, &people->row_capacity, people->row_count, sizeof(kept_row), error));
        people->rows = items;
        place = (uint32_t)people->row_count++;
        one->kept++;
    }
    people->rows[place] = *row;
    insert(people, one, place);
    return 0;
}

int dp_people_add(dp_people *people, base_span person_id, int64_t value, lethe_error *error)
{
    person *one = NULL;
    if (person_id.size == 0 || person_id.size > DP_PERSON_ID_MAX)
        return 0;
    BASE_TRY(person_of(people, person_id, &one, error));
    const uint64_t number = one->seen++;
    const base_span what = {(const char *)&number, sizeof(number)};
    const kept_row row = {.tag = tag_of(people, person_id, what), .value = value};
    return keep(people, one, &row, error);
}

int dp_people_add_key(dp_people *people, base_span person_id, base_span key, int64_t value, lethe_error *error)
{
    person *one = NULL;
    if (person_id.size == 0 || person_id.size > DP_PERSON_ID_MAX)
        return 0;
    BASE_TRY(person_of(people, person_id, &one, error));
    const kept_row row = {.tag = tag_of(people, person_id, key), .value = value};
    return has_value(people, one, &row) ? 0 : keep(people, one, &row, error);
}

/* -- reading --------------------------------------------------------------------------------------------------------
 */

size_t dp_people_rows(const dp_people *people)
{
    return people->row_count;
}

size_t dp_people_count(const dp_people *people)
{
    return people->count;
}

void dp_people_of(const dp_people *people, size_t index, int64_t *ret_values, size_t *ret_count)
{
    size_t count = 0;
    for (uint32_t at = people->people[index].first; at != NOBODY; at = people->rows[at].next)
        ret_values[count++] = people->rows[at].value;
    *ret_count = count;
}

void dp_people_values(const dp_people *people, int64_t *ret_values)
{
    size_t at = 0;
    for (size_t i = 0; i < people->count; i++) {
        size_t count = 0;
        dp_people_of(people, i, ret_values + at, &count);
        at += count;
    }
}
