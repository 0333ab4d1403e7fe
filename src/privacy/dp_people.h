/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_DP_PEOPLE_H
#define PRIVACY_DP_PEOPLE_H

#include "base/error.h"
#include "base/span.h"
#include "crypt/random.h"

/*
 * Rows by person, of which each keeps a bounded number: that bound is what every sensitivity rests on. Which rows a
 * person keeps depends on that person's rows and a random key and on nothing else: not on where they stand in the file,
 * nor on who else is there (docs/proofs/people.md). Otherwise one more person could change what others contribute.
 * Owned by the caller: dp_people_new, dp_people_free.
 */
#define DP_PERSON_ROWS_MAX  4096 /* kept in a list: more would cost a square */
#define DP_PEOPLE_MAX       ((size_t)1 << 31)
#define DP_PERSON_ID_MAX    4096
#define DP_PEOPLE_BYTES_MAX ((size_t)64 << 30)

typedef struct dp_people dp_people;

/* `rows_max` of a person: 1..DP_PERSON_ROWS_MAX, else LETHE_E_PRIVACY_OPTION. */
int dp_people_new(uint32_t rows_max, crypt_rng *rng, dp_people **ret_people, lethe_error *error);
void dp_people_free(dp_people *people); /* NULL-safe */

/* A row; one without a person (an empty id, or one of more than DP_PERSON_ID_MAX bytes) is nobody's and is left out. */
int dp_people_add(dp_people *people, base_span person, int64_t value, lethe_error *error);

/* A row that is a key, equal ones of a person are one: `value` is the number of the key in some table. Which keys a
 * person keeps hangs on their texts, since the numbers hang on who stood before in the file. */
int dp_people_add_key(dp_people *people, base_span person, base_span key, int64_t value, lethe_error *error);

/* The kept values, person by person in the order of their first rows; valid until the next add. */
size_t dp_people_rows(const dp_people *people);
void dp_people_values(const dp_people *people, int64_t *ret_values); /* room for dp_people_rows */

/* The rows of person `index` of dp_people_count: at most rows_max values are written, *ret_count of them. */
size_t dp_people_count(const dp_people *people);
void dp_people_of(const dp_people *people, size_t index, int64_t *ret_values, size_t *ret_count);

#endif
