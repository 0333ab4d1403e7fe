/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_SIGNATURE_H
#define PRIVACY_SIGNATURE_H

#include "base/buf.h"
#include "base/error.h"
#include "record/qi.h"

/*
 * What MAP tells DECIDE: how many people have which patient signature, the time-ordered sequence of a patient's leaf
 * tuples, repeats kept. Partitions are disjoint by patient, so sets merge by adding, in any order, and the sealed set,
 * its numbering and its bytes depend on the people alone.
 *
 *   sealed:  tuples    | A0 A1 A2 | B0 | C0 C1 | …    ascending, a prefix before what it begins
 *            offset      0          3    4       6
 *            people      2          17   5
 *
 * Tuples are compared by the QIs that tell patients apart before those that tell visits apart (privacy_qi_order):
 * people who resemble each other stand together, and so do the counts that DECIDE touches for them.
 *
 * In every signature the first tuple's gap is RECORD_GAP_FIRST and no other is.
 */
#define PRIVACY_PATIENT_ROWS_MAX   64
#define PRIVACY_SIGNATURE_ROWS_MAX (UINT32_C(1) << 28) /* of one set */

typedef struct privacy_signatures {
    record_tuple *tuples;
    uint32_t *offset; /* count + 1 */
    uint32_t *people;
    size_t count;
    size_t sealed_at; /* signatures at the last sealing: when to tidy up again */
    size_t tuple_capacity, count_capacity;
    bool sealed;
} privacy_signatures;

extern const uint8_t privacy_qi_order[RECORD_QI_COUNT];

void privacy_signatures_init(privacy_signatures *set);
void privacy_signatures_done(privacy_signatures *set); /* NULL-safe */

/* Adds `people` people of this signature. LETHE_E_PRIVACY_OPTION where it is not a signature. */
int privacy_signatures_add(privacy_signatures *set, const record_tuple *tuples, size_t row_count, uint32_t people,
                           lethe_error *error);
int privacy_signatures_merge(privacy_signatures *into, const privacy_signatures *from, lethe_error *error);

/* Sorts and joins equal signatures. Everything below needs a sealed set; adding opens it again. */
int privacy_signatures_seal(privacy_signatures *set, lethe_error *error);

/* Index of a signature, or SIZE_MAX. */
size_t privacy_signatures_find(const privacy_signatures *set, const record_tuple *tuples, size_t row_count);

uint64_t privacy_signatures_people(const privacy_signatures *set);
uint64_t privacy_signatures_rows(const privacy_signatures *set); /* of all people */

/* The seam's bytes (docs/SPEC-plan.md): equal people, equal bytes. Decoding demands order and valid leaves, and seals.
 */
void privacy_signatures_encode(const privacy_signatures *set, base_buf *ret_bytes);
int privacy_signatures_decode(base_span bytes, privacy_signatures *ret_set, lethe_error *error);

/* Months between two released rows when rows between them were withheld: gaps add up and saturate. */
static inline uint8_t privacy_gap_add(uint8_t a, uint8_t b)
{
    const unsigned sum = (unsigned)a + b;
    return (uint8_t)(sum < RECORD_GAP_MONTHS_MAX ? sum : RECORD_GAP_MONTHS_MAX);
}

#endif
