/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_RELEASED_H
#define CLINICAL_RELEASED_H

#include "clinical/derive.h"
#include "record/row.h"

/*
 * What derives from other columns: functions of the released row and of nothing else, so that no derived value gives
 * back what the plan took. All strings are constants.
 */
#define CLINICAL_RISK_FACTORS_MAX 256

/* Items of RECORD_RISK_FACTORS whose rule is certainly true of the row, sorted; returns how many. */
size_t clinical_risk_factors(const record_released *released, record_item ret_items[CLINICAL_RISK_FACTORS_MAX]);

/* Charlson index of the history concepts among the items: "0", "1-2", "3-4", "5+" (Charlson 1987; groups that exclude
 * each other count once, with the larger weight). */
const char *clinical_comorbidity(const record_item *items, size_t item_count);
uint32_t clinical_charlson(const record_item *items, size_t item_count);

/* pediatric, young_adult, reproductive_age, middle_age, older_adult or elderly; `*` where the age group does not decide
 * it; unknown where it is unknown. */
const char *clinical_age_risk_group(const char *age_group);

/* first, second, third; NULL where the status does not say it. */
const char *clinical_trimester(const char *pregnancy_status);

/* Why a released row is not ready for prediction; CLINICAL_READY otherwise. */
clinical_not_ready clinical_not_ready_of(const record_released *released);
const char *clinical_not_ready_name(unsigned reason); /* NULL for CLINICAL_READY */

/* Names of leaves and buckets; NULL for numbers that are none. */
const char *clinical_pregnancy_name(unsigned status);
const char *clinical_encounter_class_name(unsigned encounter_class);
const char *clinical_utilization_name(unsigned bucket);
const char *clinical_followup_name(unsigned bucket);

#endif
