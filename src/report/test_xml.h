/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_TEST_XML_H
#define REPORT_TEST_XML_H

#include "base/span.h"

/* What a page's markup was found to be. */
typedef struct report_markup {
    const char *trouble; /* NULL: well formed */
    size_t at;           /* where, in bytes */
    size_t elements;
    bool has_script, has_address; /* a script or an event attribute; an attribute that names another resource */
    bool dangling;                /* an href="#…" or aria-labelledby without its id */
} report_markup;

report_markup report_check_markup(base_span page);

#endif
