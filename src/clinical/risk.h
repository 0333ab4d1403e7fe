/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_RISK_H
#define CLINICAL_RISK_H

#include "record/row.h"

/*
 * The machine that runs risk rules. Their language stands in tools/vocabulary/expression.py; compile.py turns each into
 * postfix code. Logic is of three values (Kleene): what the plan has generalized or withheld is unknown, and an item
 * that is absent may have been withheld, so "not" of an item is never true. A rule fires only if it is certainly true.
 */
typedef enum clinical_truth { CLINICAL_FALSE, CLINICAL_UNKNOWN, CLINICAL_TRUE } clinical_truth;

/* A released row as the rules ask about it: items by bit, for a row is asked about hundreds of them. */
typedef struct clinical_risk_row {
    const record_released *released;
    uint64_t has[RECORD_ITEM_MAX / 64];
} clinical_risk_row;

void clinical_risk_row_init(clinical_risk_row *row, const record_released *released);
clinical_truth clinical_risk_run(const uint16_t *code, uint32_t count, const clinical_risk_row *row);

/* Bounds of an age group's name in years, upper exclusive: "25-30", "90+"; false for `*` and unknown. */
bool clinical_age_bounds(const char *age_group, int32_t *ret_lower, int32_t *ret_upper);

#endif
