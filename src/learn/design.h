/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_DESIGN_H
#define LEARN_DESIGN_H

#include "learn/newton.h"

/* The features that have support, and the rows of a split in terms of them. Owned: learn_design_done. */
int learn_design_support(const learn_data *data, uint32_t patients_min, uint32_t **ret_kept, uint32_t *ret_count,
                         lethe_error *error);
int learn_design_take(const learn_data *data, const uint32_t *examples, size_t count, const uint32_t *kept,
                      uint32_t kept_count, learn_design *ret_design, lethe_error *error);
void learn_design_done(learn_design *design);

/* Where `feature` stands among `kept`, from 1; 0: nowhere. */
uint32_t learn_design_place(const uint32_t *kept, uint32_t count, uint32_t feature);

#endif
