/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_DP_DECIMAL_H
#define PRIVACY_DP_DECIMAL_H

#include "base/span.h"
#include "privacy/dp_sample.h"

/*
 * Decimal text and integers: values in fixed point, budgets as exact fractions. Nothing passes through a binary float,
 * so 0.1 is one tenth.
 */
#define DP_PLACES_MAX 12

/*
 * A value in units of 10^-places, halves away from zero, saturated at ±INT64_MAX. False where the text is no decimal
 * number ([+-]digits[.digits][e[+-]digits], spaces around it allowed); "nan" and "inf" are none.
 */
bool dp_decimal_value(base_span text, unsigned places, int64_t *ret_value);

/* As above, where nothing may be rounded and nothing saturates: bounds and steps. False otherwise. */
bool dp_decimal_exact(base_span text, unsigned places, int64_t *ret_value);

/* A budget: positive, without sign, at most 12 digits before and 18 behind the point or an exponent down to e-18. */
bool dp_decimal_fraction(base_span text, dp_fraction *ret_fraction);

/* Writes value·10^-places; `ret_text` has room for 48. */
void dp_decimal_write(dp_i128 value, unsigned places, char ret_text[48]);

#endif
