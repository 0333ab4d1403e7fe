/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TAB_LOG_H
#define PRIVACY_TAB_LOG_H

/*
 * Logarithms of finite x > 0 without libm, so that equal input gives equal bits on every machine. Within two units in
 * the last place of the true value (tab_log_test.c).
 */
double privacy_log2(double x);
double privacy_ln(double x);
double privacy_exp(double x); /* of |x| <= 700; 0 below */

#endif
