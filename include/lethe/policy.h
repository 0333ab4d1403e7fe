/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_POLICY_H
#define LETHE_POLICY_H

#include <lethe/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Policies of others (the format of Microsoft's Tools for Health Data Anonymization, with miracum's methods), seen
 * without data: what `lethe_deid` with `policy` would do, and where it would surprise.
 */
typedef struct lethe_policy_finding {
    const char *kind; /* never, shadowed, overlap, open, key, unknown-key, differs */
    size_t rule;      /* 1 + its number in fhirPathRules; 0: not of a rule */
    int64_t line;     /* of the policy; 0: none */
    const char *path; /* the rule's path, "parameters.dateShiftKey", or an element: "Patient.name.family" */
    const char *text; /* one constant sentence */
} lethe_policy_finding;

/* Strings live as long as the call; non-zero ends the check, which returns it. */
typedef int lethe_policy_finding_sink(void *context, const lethe_policy_finding *finding);

/* LETHE_E_FHIR_POLICY or LETHE_E_FHIR_PATH with file, line and path where the policy is not understood. */
LETHE_API int lethe_policy_check(const char *policy_file, lethe_policy_finding_sink *sink, void *context,
                                 size_t *ret_rules, lethe_error *error);

#ifdef __cplusplus
}
#endif

#endif
