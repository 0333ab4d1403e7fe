/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/counts.h"

#include <stdlib.h>

#define SLOTS_FIRST 4096
#define NAMES_MAX   ((size_t)1 << 30)

static size_t slot_of(const verify_seen *seen, base_hash128 name)
{
    size_t at = (size_t)name.low & (seen->slot_count - 1);
    while (seen->values[at] != VERIFY_NONE && (seen->slots[at].high != name.high || seen->slots[at].low != name.low))
        at = (at + 1) & (seen->slot_count - 1);
    return at;
}

static int grow(verify_seen *seen, lethe_error *error)
{
    verify_seen grown = {.count = seen->count,
                         .slot_count = seen->slot_count != 0 ? 2 * seen->slot_count : SLOTS_FIRST};
    if (seen->count >= NAMES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    grown.slots = malloc(grown.slot_count * sizeof(*grown.slots));
    grown.values = malloc(grown.slot_count * sizeof(*grown.values));
    if (grown.slots == NULL || grown.values == NULL) {
        free(grown.slots);
        free(grown.values);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    memset(grown.values, 0xff, grown.slot_count * sizeof(*grown.values));
    for (size_t i = 0; i < seen->slot_count; i++) {
        if (seen->values[i] == VERIFY_NONE)
            continue;
        const size_t at = slot_of(&grown, seen->slots[i]);
        grown.slots[at] = seen->slots[i];
        grown.values[at] = seen->values[i];
    }
    verify_seen_done(seen);
    *seen = grown;
    return 0;
}

int verify_seen_add(verify_seen *seen, base_hash128 name, uint32_t value, uint32_t *ret_found, lethe_error *error)
{
    if (2 * seen->count >= seen->slot_count)
        BASE_TRY(grow(seen, error));
    const size_t at = slot_of(seen, name);
    *ret_found = seen->values[at];
    if (seen->values[at] == VERIFY_NONE) {
        seen->slots[at] = name;
        seen->values[at] = value;
        seen->count++;
    }
    return 0;
}

void verify_seen_done(verify_seen *seen)
{
    free(seen->slots);
    free(seen->values);
    *seen = (verify_seen){0};
}
