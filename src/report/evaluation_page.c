/* SPDX-License-Identifier: Apache-2.0 */
#include "report/evaluation.h"

int report_write_evaluation_html(const report_evaluation *evaluation, base_buf *out, lethe_error *error)
{
    (void)evaluation;
    return base_buf_check(out, error);
}
