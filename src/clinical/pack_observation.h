/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_PACK_OBSERVATION_H
#define CLINICAL_PACK_OBSERVATION_H

#include "base/buf.h"
#include "clinical/coverage.h"
#include "clinical/mapping.h"

/* Observations: a number of a known analyte in a known unit, an answer to a question that tells exposure, what tells
 * pregnancy. Whether a number is a flag depends on age and sex and is decided at derive time. */
int clinical_pack_observation(clinical_mapper *mapper, const base_hash_key *secret, clinical_coverage *coverage,
                              const record_event *event, base_buf *out, lethe_error *error);

#endif
