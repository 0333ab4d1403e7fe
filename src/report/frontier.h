/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_FRONTIER_H
#define REPORT_FRONTIER_H

#include "json/json_writer.h"
#include "report/report.h"

/* What other guarantees would have kept, in both documents; nothing where it was not asked for. */
void report_frontier_page(base_buf *out, const report_model *model);
void report_frontier_json(json_writer *w, const report_model *model);

#endif
