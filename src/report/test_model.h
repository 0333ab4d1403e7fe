/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_TEST_MODEL_H
#define REPORT_TEST_MODEL_H

#include "report/report.h"

/* A made-up release of plausible size, every field filled; static. For tests and for looking at the page. */
const report_model *report_test_model(void);

#endif
