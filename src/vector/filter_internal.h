/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_FILTER_INTERNAL_H
#define VECTOR_FILTER_INTERNAL_H

#include "base/span.h"
#include "vector/filter.h"
#include "vector/view.h"

/* A clause as terms: what it asks for is that a row has one of them, or none. */
typedef struct vector_clause {
    bool list, negated;
    base_span column;
    base_span *terms; /* `column=value` or `column~value` */
    size_t count;
    char *text; /* of all of them */
} vector_clause;

struct vector_filter {
    vector_clause *clauses;
    size_t count;
};

struct vector_selection {
    vector_view *view;
    uint64_t *bits[VECTOR_PARTS_MAX]; /* of each part: lives and passes */
    uint32_t rows, unknown;
};

#endif
