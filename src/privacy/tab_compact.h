/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TAB_COMPACT_H
#define PRIVACY_TAB_COMPACT_H

#include "base/error.h"

#include <stdint.h>

/*
 * Equal keys get equal numbers, 0, 1, … in the order in which they first appear: the answer does not depend on how it
 * is found. `ret_ids` and `ret_first` (the place of each number's first key; may be NULL) hold `count` entries.
 */
typedef struct tab_compact_slot {
    uint32_t tag; /* of the key's hash */
    uint32_t id;  /* + 1; 0 is empty */
} tab_compact_slot;

/* Memory that is kept from call to call. Zeroed at first, then tab_compactor_done. */
typedef struct tab_compactor {
    tab_compact_slot *slots;
    uint32_t bits; /* log2 of the slots in use */
    uint32_t bits_held;
} tab_compactor;

int tab_compact(tab_compactor *compactor, const uint64_t *keys, uint32_t count, uint32_t *ret_ids, uint32_t *ret_first,
                uint32_t *ret_count, lethe_error *error);
void tab_compactor_done(tab_compactor *compactor);

#endif
