/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/names.h"

#include "base/hash.h"
#include "vector/crc32c.h"

#include <stdlib.h>

uint64_t vector_hash(base_span text)
{
    static const base_hash_key key = {0x6c657468652d6c76, 0x782d69642d303031}; /* "lethe-lvx-id-001" */
    return base_hash(&key, text).low;
}

uint64_t vector_table_size(uint64_t count)
{
    uint64_t size = 1;
    while (2 * size < 3 * count)
        size *= 2;
    return size;
}

void vector_names_init(vector_names *names, uint32_t max, bool filed)
{
    *names = (vector_names){.max = max, .filed = filed};
    base_buf_init(&names->text, (size_t)max * 256);
}

void vector_names_done(vector_names *names)
{
    base_buf_done(&names->text);
    free(names->hashes);
    free(names->starts);
    free(names->table);
    *names = (vector_names){.max = 0};
}

/* Terms are of a vocabulary, and a row has dozens of them: nobody makes them collide, and the hash is most of what they
 * cost. */
static uint64_t hash_of(const vector_names *names, base_span text)
{
    if (names->filed)
        return vector_hash(text);
    return vector_crc32c(0, text.data, text.size) * 0x9e3779b97f4a7c15ULL >> 16;
}

static void enter(uint32_t *table, uint64_t size, uint64_t hash, uint32_t number)
{
    uint64_t at = hash & (size - 1);
    while (table[at] != 0)
        at = (at + 1) & (size - 1);
    table[at] = number + 1;
}

static int grow(vector_names *names, lethe_error *error)
{
    const uint32_t capacity = names->capacity == 0 ? 64 : 2 * names->capacity;
    const uint64_t size = vector_table_size(capacity + 1ULL);
    uint64_t *hashes = realloc(names->hashes, capacity * sizeof(*hashes));
    if (hashes != NULL)
        names->hashes = hashes;
    uint64_t *starts = realloc(names->starts, capacity * sizeof(*starts));
    if (starts != NULL)
        names->starts = starts;
    uint32_t *table = calloc(size, sizeof(*table));
    if (hashes == NULL || starts == NULL || table == NULL) {
        free(table);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (uint32_t i = 0; i < names->count; i++)
        enter(table, size, hashes[i], i);
    free(names->table);
    names->table = table;
    names->table_size = size;
    names->capacity = capacity;
    return 0;
}

static uint32_t find_hashed(const vector_names *names, base_span text, uint64_t hash)
{
    if (names->table_size == 0)
        return VECTOR_NO_NAME;
    for (uint64_t at = hash & (names->table_size - 1); names->table[at] != 0; at = (at + 1) & (names->table_size - 1)) {
        const uint32_t number = names->table[at] - 1;
        const char *there = vector_names_text(names, number);
        if (names->hashes[number] == hash && strncmp(there, text.data, text.size) == 0 && there[text.size] == '\0')
            return number;
    }
    return VECTOR_NO_NAME;
}

uint32_t vector_names_find(const vector_names *names, base_span text)
{
    return find_hashed(names, text, hash_of(names, text));
}

int vector_names_add(vector_names *names, base_span text, uint32_t *ret_number, lethe_error *error)
{
    const uint64_t hash = hash_of(names, text);
    uint32_t number = find_hashed(names, text, hash);
    if (number == VECTOR_NO_NAME) {
        if (names->count >= names->max)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        if (names->count == names->capacity)
            BASE_TRY(grow(names, error));
        number = names->count;
        names->hashes[number] = hash;
        names->starts[number] = names->text.size;
        base_buf_span(&names->text, text);
        base_buf_byte(&names->text, '\0');
        BASE_TRY(base_buf_check(&names->text, error));
        enter(names->table, names->table_size, hash, number);
        names->count++;
    }
    *ret_number = number;
    return 0;
}
