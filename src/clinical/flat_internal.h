/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_FLAT_INTERNAL_H
#define CLINICAL_FLAT_INTERNAL_H

#include "base/arena.h"
#include "clinical/flat.h"

/* One record while it is read. `trouble` is set once, by the first member that is not understood. */
struct clinical_flat {
    base_hash_key secret;
    base_arena arena; /* of the record that is being read */
    record_event *events;
    uint32_t event_count, event_capacity;
    base_time visit_time;
    record_key visit;
    uint64_t count;
    lethe_error trouble;
};

/* Not understood: LETHE_E_CLINICAL_FLAT at this member ("age", "history[2]"); always that code. */
int flat_fail(clinical_flat *flat, const char *member, int index, json_value value);

/* A new event of the visit, known at the visit. NULL: out of memory or too many, and `trouble` says so. */
record_event *flat_add(clinical_flat *flat, record_kind kind);

/* A string, or a number as written; an empty span for null and absent; anything else is false. */
bool flat_text(json_value value, base_span *ret_text);

/* Lower case, letters and digits, everything else an underscore. */
base_span flat_word(clinical_flat *flat, base_span text);

/* The first member of `names` that is present, and which it was; else absent, and the last name. */
json_value flat_first_of(json_value object, const char *const *names, const char **ret_name);

int flat_read_lists(clinical_flat *flat, json_value root);
int flat_read_pregnancy(clinical_flat *flat, json_value value);
int flat_read_vitals(clinical_flat *flat, json_value value);

#endif
