/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_DEID_POLICY_H
#define ENGINE_DEID_POLICY_H

#include "fhir/rules.h"

/* A policy of others from a file, with the SHA-256 of its bytes (`ret_digest` may be NULL). */
int engine_policy_load(const char *path, bool compat, fhir_rules **ret_rules, uint8_t *ret_digest, lethe_error *error);

#endif
