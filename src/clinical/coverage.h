/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_COVERAGE_H
#define CLINICAL_COVERAGE_H

#include "base/error.h"
#include "base/hash.h"
#include "clinical/vocabulary.h"

/*
 * How much of what came in the vocabulary covers, by kind of resource: occurrences, and distinct codes. A catch-all
 * category
 * ("other …") does not count as covered.
 */
typedef struct clinical_coverage_count {
    uint64_t occurrences, covered;
    uint64_t codes, codes_covered; /* distinct; a lower bound once `codes_full` */
    bool codes_full;
} clinical_coverage_count;

#define CLINICAL_COVERAGE_CODES_MAX ((uint32_t)1 << 17) /* distinct codes of one domain that are told apart */

typedef struct clinical_code_set {
    base_hash128 *slots; /* lowest bit of `low`: covered; both 0: empty */
    uint32_t size, used;
} clinical_code_set;

/* Zeroed at first; clinical_coverage_done frees. FLAG stands for observations: covered are those of a known analyte. */
typedef struct clinical_coverage {
    clinical_coverage_count domains[CLINICAL_DOMAIN_COUNT];
    clinical_code_set sets[CLINICAL_DOMAIN_COUNT];
} clinical_coverage;

void clinical_coverage_add(clinical_coverage *coverage, clinical_domain domain, base_hash128 code, bool covered);
void clinical_coverage_occurrence(clinical_coverage *coverage, clinical_domain domain,
                                  bool covered);                                      /* its code counted before */
void clinical_coverage_merge(clinical_coverage *into, const clinical_coverage *from); /* hashed under one key */
void clinical_coverage_done(clinical_coverage *coverage);

#endif
