/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_XHTML_H
#define FHIR_XHTML_H

#include "base/span.h"

/*
 * The XHTML of a narrative (narrative.html of R4): one div in the namespace of XHTML, well-formed, made of the elements
 * and attributes that HTML 4 has in chapters 7 to 11 (without 9.4) and 15, of links, images and style attributes
 * (txt-1), and not empty (txt-2).
 */
typedef enum fhir_xhtml {
    FHIR_XHTML_FINE,
    FHIR_XHTML_BROKEN,  /* not well-formed, or no div of XHTML */
    FHIR_XHTML_FOREIGN, /* txt-1: an element or attribute that is not allowed */
    FHIR_XHTML_EMPTY,   /* txt-2: neither text nor an image */
} fhir_xhtml;

#define FHIR_XHTML_DEPTH_MAX 256

fhir_xhtml fhir_xhtml_check(base_span text);

#endif
