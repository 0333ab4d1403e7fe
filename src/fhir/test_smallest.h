/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_TEST_SMALLEST_H
#define FHIR_TEST_SMALLEST_H

#include "base/buf.h"
#include "fhir/schema.h"

/* For tests: the smallest JSON that can hold a value of any type, made from the schema alone. */
#define SMALLEST_BYTES_MAX   ((size_t)65536)
#define SMALLEST_MEMBERS_MAX 256

void smallest_init(void);
void smallest_done(void);
void smallest_vary(uint64_t seed); /* not 0: codes and values are no longer always the first */
uint32_t smallest_random(uint32_t below);

bool smallest_reaches(fhir_type type); /* whether values of the type stand somewhere in a resource */
void smallest_put_value(base_buf *out, const fhir_element *element, int depth);

/* ".value.ofType(Quantity)", "[0]" where it is a list. */
void smallest_put_path(char *path, size_t size, const fhir_element *element, bool listed);

/* An object of `type` with `members` (each ends in ", ") in front of what it needs beside those `given` (by number of
 * the member; NULL: none), inside of the resource that leads to it; `path` is its place. */
void smallest_put_document(base_buf *out, char *path, size_t size, fhir_type type, const uint8_t *given,
                           const char *members);
void smallest_give(const fhir_element *element, uint8_t given[SMALLEST_MEMBERS_MAX]); /* it, and what it chooses */

#endif
