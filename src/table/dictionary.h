/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_DICTIONARY_H
#define TABLE_DICTIONARY_H

#include "base/buf.h"

/*
 * The distinct strings of one column chunk, numbered by first occurrence, whatever their hashes. It
 * is bounded three ways (bytes, entries, length of a probe); a column that exceeds one is written plainly.
 */
#define DICTIONARY_BYTES_MAX ((size_t)1 << 20)
#define DICTIONARY_ENTRIES_MAX ((size_t)1 << 16)
#define DICTIONARY_PROBE_MAX 128 /* no input can make the table slow */

typedef struct table_dictionary_slot {
    uint32_t tag;      /* more bits of the hash, so that most strangers are told apart without their bytes */
    uint32_t position; /* entry + 1; 0: free */
} table_dictionary_slot;

typedef struct table_dictionary {
    base_buf plain;   /* the dictionary page: u32 length and bytes of each entry */
    uint32_t *starts; /* of each entry in `plain` */
    table_dictionary_slot *slots;
    size_t count, starts_capacity, slot_count;
    bool failed; /* out of memory: sticky */
} table_dictionary;

void table_dictionary_init(table_dictionary *dict);
void table_dictionary_done(table_dictionary *dict);
void table_dictionary_reset(table_dictionary *dict);
/* The number of `text`, added where it is new. False where it does not fit, or memory ran out (`failed`). */
bool table_dictionary_put(table_dictionary *dict, base_span text, uint32_t *ret_id, bool *ret_new);
base_span table_dictionary_at(const table_dictionary *dict, uint32_t id);

#endif
