/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_COST_H
#define REPORT_COST_H

#include "json/json_writer.h"
#include "report/report.h"

/* What anonymization cost the predictions, in both documents; nothing where it was not asked for. */
void report_cost(base_buf *out, const report_model *model);
void report_cost_json(json_writer *w, const report_model *model);

#endif
