/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_CODER_H
#define TABLE_CODER_H

#include "base/arena.h"
#include "base/hash.h"

#include <stdint.h>

/*
 * Strings numbered as they come, for one column. The hash is keyed, so that no file can be made to collide: a multiply
 * and fold for up to 16 bytes, SipHash beyond.
 *
 *   slots   open addressing, a power of two, at most half full: { tag, number + 1 }
 */
typedef struct coder_slot {
    uint32_t tag;    /* the high half of the hash */
    uint32_t number; /* plus 1; 0: free */
} coder_slot;

typedef struct coder_words {
    base_hash_key key;
    coder_slot *slots;
    uint32_t slot_mask; /* count of slots - 1; meaningless while slots is NULL */
    base_span *values;  /* by number; text in `arena` */
    uint32_t count, capacity;
    base_arena *arena; /* borrowed */
} coder_words;

void coder_words_init(coder_words *words, base_hash_key key, base_arena *arena);
void coder_words_done(coder_words *words);

/* The number of a string, which is copied where it is new. LETHE_E_BASE_MEMORY, _LIMIT. */
int coder_words_number(coder_words *words, base_span text, uint32_t *ret_number, lethe_error *error);
/* The same without adding: UINT32_MAX where it is not there. */
uint32_t coder_words_find(const coder_words *words, base_span text);

#endif
