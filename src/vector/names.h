/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_NAMES_H
#define VECTOR_NAMES_H

#include "base/buf.h"

/* Texts numbered as they first come: ids and terms while an image is made. Init, then done. */
typedef struct vector_names {
    base_buf text;    /* each with its NUL */
    uint64_t *hashes; /* of each name */
    uint64_t *starts; /* in text */
    uint32_t *table;  /* name + 1, or 0 */
    uint32_t count, capacity, max;
    uint64_t table_size; /* a power of two */
    bool filed;          /* hashes are those of tables in files; else quicker ones */
} vector_names;

#define VECTOR_NO_NAME UINT32_MAX

void vector_names_init(vector_names *names, uint32_t max, bool filed);
void vector_names_done(vector_names *names);

/* The number of a text, new or not. LETHE_E_BASE_LIMIT, LETHE_E_BASE_MEMORY. */
int vector_names_add(vector_names *names, base_span text, uint32_t *ret_number, lethe_error *error);
uint32_t vector_names_find(const vector_names *names, base_span text);

static inline const char *vector_names_text(const vector_names *names, uint32_t number)
{
    return names->text.data + names->starts[number];
}

/* The hash of the tables in files (docs/SPEC-vectors.md). */
uint64_t vector_hash(base_span text);

/* Entries of a table for `count` names. */
uint64_t vector_table_size(uint64_t count);

#endif
