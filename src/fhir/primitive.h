/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_PRIMITIVE_H
#define FHIR_PRIMITIVE_H

#include "base/span.h"

#include <stdint.h>

/*
 * The syntax of R4's primitive types (datatypes.html): what their regular expressions accept, by hand, in one pass.
 * Beyond the expressions, as the text beside them asks: days exist in their month, base64 ends as base64 does, strings
 * have at most a megabyte. Numbers and booleans have the syntax of JSON; fhir_integer_fits is what is left to ask.
 */
typedef enum fhir_primitive {
    FHIR_PRIMITIVE_NONE,
    FHIR_PRIMITIVE_BASE64,
    FHIR_PRIMITIVE_BOOLEAN,
    FHIR_PRIMITIVE_CODE,
    FHIR_PRIMITIVE_DATE,
    FHIR_PRIMITIVE_DATE_TIME,
    FHIR_PRIMITIVE_DECIMAL,
    FHIR_PRIMITIVE_ID,
    FHIR_PRIMITIVE_INSTANT,
    FHIR_PRIMITIVE_INTEGER,
    FHIR_PRIMITIVE_OID,
    FHIR_PRIMITIVE_POSITIVE,
    FHIR_PRIMITIVE_STRING, /* and markdown */
    FHIR_PRIMITIVE_TIME,
    FHIR_PRIMITIVE_UNSIGNED,
    FHIR_PRIMITIVE_URI, /* and url, canonical */
    FHIR_PRIMITIVE_UUID,
    FHIR_PRIMITIVE_XHTML, /* xhtml.h */
} fhir_primitive;

#define FHIR_STRING_BYTES_MAX ((size_t)4 << 20) /* 1,048,576 characters, each of at most four bytes */

/* NONE for what is no primitive type of R4. */
fhir_primitive fhir_primitive_of(const char *type_name);

/* Whether the text of a JSON string has the syntax of the type; false for types whose values are no strings. */
bool fhir_primitive_fits(fhir_primitive type, base_span text);
bool fhir_integer_fits(fhir_primitive type, int64_t value); /* INTEGER, POSITIVE, UNSIGNED: 32 bits */

/* The moments that a date, dateTime or instant may mean, in microseconds since 1970, UTC where it has a zone. */
typedef struct fhir_moment {
    int64_t begin_us, end_us; /* the end is no part of it */
    bool zoned;
} fhir_moment;

bool fhir_moment_of(base_span text, fhir_moment *ret_moment); /* false where it is none of the three */

/* Whether `a` is after `b` whatever both mean; one without a zone may be anywhere on earth. */
bool fhir_moment_after(const fhir_moment *a, const fhir_moment *b);

#endif
