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
    uint16_t required; /* fhir_required_rows: how many members must be there, and their numbers in the type */
    uint8_t name_length;
    uint8_t kind : 4, abstract : 4;
    uint8_t slot_bits;
} fhir_type_row;

typedef struct fhir_bound_row {
    uint32_t value_set, most;
    uint8_t codes; /* fhir_code_set_rows; 0: not known, or not required */
    uint8_t strength;
} fhir_bound_row;

/* Of a value set: its codes by name, sorted by code and system; those with one code in several systems are neighbours
 * in the order of probing. */
typedef struct fhir_code_set_row {
    uint16_t first, slot;
    uint8_t slot_bits;
} fhir_code_set_row;

typedef struct fhir_code_row {
    uint32_t code, system;
    uint8_t code_length, system_length;
} fhir_code_row;

/* How an invariant is checked: not at all, in C, by a program of fhir_invariant_words (validate_program.c), or by a
 * FHIRPath engine where there is one. */
enum { FHIR_NOT_CHECKED, FHIR_CHECKED_BY_CODE, FHIR_CHECKED_BY_PROGRAM, FHIR_CHECKED_BY_PATH };

typedef struct fhir_invariant_row {
    uint32_t key, human, expression;
    fhir_type type;
    uint16_t element; /* 1 + number of the member that is the focus; 0: the value itself */
    uint16_t program;
    uint8_t how;
    uint8_t error; /* else a warning */
} fhir_invariant_row;

extern const fhir_type_row fhir_type_rows[];
extern const fhir_element fhir_element_rows[];
extern const uint8_t fhir_element_stems[]; /* length of the stem of each element's name */
extern const uint16_t fhir_element_slots[];
extern const uint16_t fhir_target_rows[]; /* count, types … */
extern const uint8_t fhir_required_rows[];
extern const fhir_bound_row fhir_bound_rows[];
extern const fhir_code_set_row fhir_code_set_rows[];
extern const fhir_code_row fhir_code_rows[];
extern const uint16_t fhir_code_slots[];
extern const fhir_invariant_row fhir_invariant_rows[];
extern const uint16_t fhir_invariant_first[]; /* by type, and one more */
extern const uint16_t fhir_invariant_words[];
extern const uint32_t fhir_invariant_count;
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
