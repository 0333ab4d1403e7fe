/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_ROWS_H
#define ENGINE_ROWS_H

#include "base/arena.h"
#include "base/buf.h"
#include "identity/token.h"
#include "record/row.h"

/*
 * What MAP leaves of a person: token, split, and the leaf rows in order of time. Stored in partitions by the token's
 * first byte, so that partitions in order, each sorted, are the order of the dataset.
 *
 *   u32 size of all · token 17 · split u8 · u16 rows · row …
 *   row = tuple 9 · index day i32 · five bytes of small values · digest 32 · u16 items · item u16 … · u16 codes · code
 * u32 …
 */
#define ENGINE_ROW_PARTS     256
#define ENGINE_ROW_CODES_MAX 4096

typedef struct engine_row {
    record_row row;
    const uint32_t
        *codes; /* hashes of the raw codes behind it, sorted, unique: the measure of similarity before the vocabulary */
    size_t code_count;
} engine_row;

typedef struct engine_person {
    identity_token token;
    identity_token order; /* of the token's name: filled by engine_people_read */
    identity_split split;
    engine_row *rows;
    size_t row_count;
} engine_person;

void engine_person_write(base_buf *out, const engine_person *person);

/* All persons of a partition, sorted by name, in `arena`. LETHE_E_ENGINE_SPILL where the bytes are none of ours. */
int engine_people_read(base_span bytes, base_arena *arena, engine_person **ret_people, size_t *ret_count,
                       lethe_error *error);

#endif
