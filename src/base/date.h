/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/*
 * Civil time without the machine's clock or time zone. A point is what a FHIR date, dateTime or instant says: local
 * calendar day and its precision; offsets shift the instant but a visit's season and day are those of the place, so the
 * local day is kept and the offset dropped.
 */
typedef enum base_precision {
    BASE_PRECISION_NONE = 0, /* absent */
    BASE_PRECISION_YEAR,
    BASE_PRECISION_MONTH,
    BASE_PRECISION_DAY,
    BASE_PRECISION_TIME,
} base_precision;

typedef struct base_time {
    int32_t day;       /* days since 1970-01-01, of the first day of the year or month where only that is known */
    int32_t second;    /* of the local day, 0 unless precision is TIME */
    uint8_t precision; /* base_precision */
} base_time;

typedef struct base_civil {
    int32_t year; /* 1..9999 */
    int32_t month, day;
} base_civil;

#define BASE_DAY_MIN (-719162) /* 0001-01-01 */
#define BASE_DAY_MAX 2932896   /* 9999-12-31 */

int32_t base_day_of(int32_t year, int32_t month, int32_t day); /* proleptic Gregorian; the arguments must be valid */
base_civil base_civil_of(int32_t day);
int32_t base_days_in_month(int32_t year, int32_t month);

/* Parses date (YYYY, YYYY-MM, YYYY-MM-DD), dateTime and instant of FHIR R4 2.24.0.1; LETHE_E_BASE_DATE otherwise. */
int base_time_parse(base_span text, base_time *ret_time, lethe_error *error);

/* Order of two points by day, then second; absent points come last. */
int base_time_compare(base_time a, base_time b);

/* Whole years from one day to another, as birthdays count them; 29 February counts on 1 March in common years. */
int32_t base_years_between(int32_t from_day, int32_t to_day);
int32_t base_months_between(int32_t from_day, int32_t to_day); /* whole months, the same way */

static inline bool base_time_known(base_time time)
{
    return time.precision != BASE_PRECISION_NONE;
}

#endif
