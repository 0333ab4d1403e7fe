/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_CODES_H
#define CLINICAL_CODES_H

#include "base/span.h"

#include <stdint.h>

/* Looking a code up in the tables of its system. What comes back are targets (tables.h), borrowed constants. */
typedef enum clinical_system {
    CLINICAL_SYSTEM_UNKNOWN,
    CLINICAL_SYSTEM_SNOMED,
    CLINICAL_SYSTEM_ICD10CM,
    CLINICAL_SYSTEM_ICD10, /* of the WHO: looked up in the tables of ICD-10-CM, which extends it */
    CLINICAL_SYSTEM_RXNORM,
    CLINICAL_SYSTEM_ATC,
    CLINICAL_SYSTEM_CVX,
    CLINICAL_SYSTEM_LOINC,
    CLINICAL_SYSTEM_CPT,
} clinical_system;

/* Which layer of tables: the concepts, or what the code says about exposure or pregnancy. */
typedef enum clinical_layer {
    CLINICAL_LAYER_CONCEPT,
    CLINICAL_LAYER_EXPOSURE,
    CLINICAL_LAYER_PREGNANCY,
} clinical_layer;

typedef struct clinical_found {
    const uint16_t *targets; /* sorted */
    uint32_t count;
    bool prefix; /* found by the beginning of the code only */
} clinical_found;

#define CLINICAL_CODE_MAX 64 /* bytes of a code that is looked up; longer ones are unknown */

/* The system of a URI (http or https, with or without a trailing slash) or of urn:oid:… */
clinical_system clinical_system_of(base_span uri);

/* Exact lines beat prefixes, a longer prefix beats a shorter one. ICD-10 codes with or without the dot, in either case.
 */
clinical_found clinical_code_find(clinical_system system, clinical_layer layer, base_span code);

/* Small tables: "question|answer" (LOINC code, code of the answer), class codes of encounters. */
struct clinical_code_table;
clinical_found clinical_table_find(const struct clinical_code_table *table, base_span code);

#endif
