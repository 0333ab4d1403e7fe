/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_EVALUATION_PARTS_H
#define REPORT_EVALUATION_PARTS_H

#include "report/evaluation.h"

/* Parts of pages that say how good predictions are. */

/* Head and body of a table that has its caption already, with its end: a method a row, under each figure its interval.
 */
void report_method_rows(base_buf *out, const report_method *methods, size_t count);

void report_temporal_section(base_buf *out, const report_evaluation *evaluation); /* evaluation_time.c */

#endif
