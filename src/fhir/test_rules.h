/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_TEST_RULES_H
#define FHIR_TEST_RULES_H

#include "fhir/rules.h"

/*
 * For tests: a policy and a resource, written with ' for ", and what must come out. Keys of our semantics are those of
 * a test: a token is the hash of its message, the offset of a patient 100 days more than the id has bytes.
 */
fhir_deid_keys test_rules_keys(void);

/* The output, until the next call; NULL and `*ret_code` where it fails. As of 2020-06-01. */
const char *test_rules_run(const char *policy, bool compat, const char *resource, int *ret_code);
void test_rules_expect(const char *policy, bool compat, const char *resource, const char *expected);

#endif
