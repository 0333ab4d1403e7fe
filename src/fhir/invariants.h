/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_INVARIANTS_H
#define FHIR_INVARIANTS_H

#include "fhir/validate.h"

/*
 * What the validator's own programs cannot say: the invariants of severity error that need FHIRPath, each compiled when
 * it is first asked. One with no result holds, as the official examples ask for. A tree is made only of a resource that
 * such an invariant is asked of. One thread at a time.
 */
typedef struct fhir_invariants fhir_invariants;
int fhir_invariants_new(fhir_invariants **ret_invariants, lethe_error *error);
void fhir_invariants_free(fhir_invariants *invariants);

void fhir_invariants_begin(
    fhir_invariants *invariants); /* before each document: nothing of the last is looked at again */
fhir_invariant_hook fhir_invariants_hook(fhir_invariants *invariants);

#endif
