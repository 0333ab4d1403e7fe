/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_MEASURE_INTERNAL_H
#define ENGINE_MEASURE_INTERNAL_H

#include "engine/losses.h"
#include "engine/measure.h"

/* The report's model and what it borrows. What is filled below is taken from the released rows alone. */
#define MEASURED_CLASS_BUCKETS 6
#define MEASURED_COVERAGE      6
#define MEASURED_GONE_MAX      20

typedef struct engine_measured {
    const engine_release *release;
    report_model model;
    engine_attackers attackers;
    engine_charts charts;
    report_qi qis[RECORD_QI_COUNT];
    char labels[RECORD_QI_COUNT][32];
    report_bucket buckets[MEASURED_CLASS_BUCKETS];
    report_list lists[RECORD_COLUMN_COUNT];
    report_gone gone[MEASURED_GONE_MAX];
    report_group groups[ENGINE_GROUP_LOSSES_MAX];
    report_coverage coverage[MEASURED_COVERAGE];
    char key_id[17];
} engine_measured;

int engine_measured_identity(engine_measured *all, lethe_error *error);
void engine_measured_sizes(engine_measured *all);
void engine_measured_classes(engine_measured *all);
void engine_measured_words(engine_measured *all);
void engine_measured_found(engine_measured *all); /* attackers and charts, once they are there */

/* How finely a quasi-identifier is released, in words. */
const char *engine_measured_level(engine_measured *all, record_qi qi, const privacy_hierarchy *hierarchy,
                                  uint32_t level);

int engine_measured_write(const engine_measured *all, lethe_error *error); /* report.json, report.html */

#endif
