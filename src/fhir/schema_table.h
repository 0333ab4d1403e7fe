/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_SCHEMA_TABLE_H
#define FHIR_SCHEMA_TABLE_H

#include "fhir/schema.h"

#include <string.h>

/*
 * The arrays that tools/fhir/compile.py makes of data/. Strings are offsets into one pool that ends each in NUL:
 * pointers would cost a relocation each at every start.
 *
 *   fhir_type_rows[type] ──► fhir_element_rows[first .. first + count)
 *                        ──► fhir_element_slots[slot .. slot + 2^slot_bits): 1 + number of a member, 0 nothing;
 *                            collisions go to the next slot. Those of type 0 hold the types' own names.
 */
typedef struct fhir_type_row {
    uint32_t name, slot;
    uint16_t first, count;
    fhir_type base;
    uint8_t name_length;
    uint8_t kind : 4, abstract : 4;
    uint8_t slot_bits;
} fhir_type_row;

typedef struct fhir_bound_row {
    uint32_t value_set, most;
    uint8_t strength;
} fhir_bound_row;

extern const fhir_type_row fhir_type_rows[];
extern const fhir_element fhir_element_rows[];
extern const uint8_t fhir_element_stems[]; /* length of the stem of each element's name */
extern const uint16_t fhir_element_slots[];
extern const uint16_t fhir_target_rows[]; /* count, types … */
extern const fhir_bound_row fhir_bound_rows[];
extern const char fhir_schema_strings[];
extern const uint32_t fhir_type_count, fhir_element_count;

/* Names differ in their ends or their length: those are what is hashed. compile.py does the same. */
static inline uint64_t fhir_name_mix(const char *name, size_t length)
{
    uint64_t head = 0, tail = 0;
    if (length >= 8) {
        memcpy(&head, name, 8);
        memcpy(&tail, name + length - 8, 8);
    } else if (length >= 4) {
        memcpy(&head, name, 4);
        memcpy(&tail, name + length - 4, 4);
    } else {
        for (size_t i = 0; i < length; i++)
            head = head << 8 | (unsigned char)name[i];
    }
    const uint64_t mixed = (head ^ (tail << 29 | tail >> 35) ^ length) * 0x9e3779b97f4a7c15u;
    return mixed ^ mixed >> 32;
}

static inline uint32_t fhir_name_slot(uint64_t mix, uint8_t bits)
{
    return (uint32_t)((mix * 0xd6e8feb86659fd93u) >> (64 - bits));
}

#endif
