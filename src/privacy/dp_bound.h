/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_DP_BOUND_H
#define PRIVACY_DP_BOUND_H

/*
 * Real numbers that are never on the wrong side. Each function gives a double that is certainly not below (`_up`) or
 * not above (`_down`) the exact result: the four operations and the square root of IEEE 754 are exact to half a unit in
 * the last place, so one step outward suffices there; exp and log are series of them whose whole error is below 2^-46,
 * relative, and are moved outward by 2^-44 (docs/proofs/bounds.md). No libm, no rounding mode: the same on any machine.
 */
double dp_bound_up(double x); /* the next double outward: behind every single operation */
double dp_bound_down(double x);

double dp_bound_ratio_up(double a, double b); /* a / b */
double dp_bound_ratio_down(double a, double b);
double dp_bound_root_up(double x);
double dp_bound_root_down(double x);

double dp_bound_exp_up(double x); /* infinity above 709, a tiny positive number below -708 */
double dp_bound_exp_down(double x);
double dp_bound_log_up(double x); /* x > 0 and finite */
double dp_bound_log_down(double x);

#endif
