/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_BASELINE_H
#define LEARN_BASELINE_H

#include "base/buf.h"
#include "learn/data.h"

/*
 * What anyone could say without looking at the patient's conditions: how often each outcome begins among training
 * patients of the same age group and sex, drawn to its share among all as if `weight` more patients had been seen there
 * (the m-estimate, Cestnik 1990). The share among all is (positives + 1) / (patients + 2).
 */
#define LEARN_BASELINE_WEIGHT 20.0

typedef struct learn_baseline {
    uint32_t stratum_count, outcome_count;
    double *shares; /* (stratum_count + 1) × outcome_count; the last line is that of everybody */
} learn_baseline;

/* weight 0: LEARN_BASELINE_WEIGHT. LETHE_E_LEARN_TOO_FEW without a training row. */
int learn_baseline_fit(const learn_data *data, double weight, learn_baseline *ret_baseline, lethe_error *error);
void learn_baseline_done(learn_baseline *baseline);

/* Of all outcomes; a stratum the model does not know is everybody. */
const double *learn_baseline_of(const learn_baseline *baseline, uint32_t stratum);

void learn_baseline_write(const learn_baseline *baseline, base_buf *out);
int learn_baseline_read(base_cursor *in, learn_baseline *ret_baseline, lethe_error *error);

#endif
