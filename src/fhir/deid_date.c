/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"
#include "fhir/deid_internal.h"

/*
 * Dates keep their precision, an instant its time, fraction and zone: whole days are added. What says only a month or a
 * year moves by its first day, and by its last where it ends a Period: so a period that was in order stays in order.
 * Intervals between days are exact, between months and years as exact as they were said.
 */
#define AGE_MAX 89 /* 45 CFR 164.514(b)(2)(i)(C) */

static bool read_digits(base_span text, size_t from, size_t count, int32_t *ret_number)
{
    int32_t number = 0;
    if (from + count > text.size)
        return false;
    for (size_t i = from; i < from + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        number = number * 10 + (text.data[i] - '0');
    }
    *ret_number = number;
    return true;
}

/* "T10:20:30.125+01:00" of FHIR R4 2.24.0.1: seconds and a zone are required. Minutes alone are forgiven, since data in
 * the wild has them. */
static bool is_time_of_day(base_span text)
{
    int32_t hour, minute, second;
    if (text.size < 7 || text.data[0] != 'T' || !read_digits(text, 1, 2, &hour) || text.data[3] != ':' ||
        !read_digits(text, 4, 2, &minute) || hour > 23 || minute > 59)
        return false;
    size_t at = 6;
    if (at < text.size && text.data[at] == ':') {
        if (!read_digits(text, at + 1, 2, &second) || second > 60)
            return false;
        at += 3;
        if (at < text.size && text.data[at] == '.') {
            const size_t first = ++at;
            while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9')
                at++;
            if (at == first || at - first > 9)
                return false;
        }
    }
    if (at + 1 == text.size)
        return text.data[at] == 'Z';
    return at + 6 == text.size && (text.data[at] == '+' || text.data[at] == '-') &&
           read_digits(text, at + 1, 2, &hour) && text.data[at + 3] == ':' && read_digits(text, at + 4, 2, &minute) &&
           hour <= 14 && minute <= 59;
}

bool deid_date_read(base_span text, bool instant, deid_date *ret_date)
{
    deid_date date = {.date_size = 4};
    if (!read_digits(text, 0, 4, &date.year) || date.year == 0)
        return false;
    if (text.size > 4 && text.data[4] == '-') {
        if (!read_digits(text, 5, 2, &date.month) || date.month < 1 || date.month > 12)
            return false;
        date.date_size = 7;
    }
    if (date.month != 0 && text.size > 7 && text.data[7] == '-') {
        if (!read_digits(text, 8, 2, &date.day) || date.day < 1 || date.day > base_days_in_month(date.year, date.month))
            return false;
        date.date_size = 10;
    }
    const base_span rest = {text.data + date.date_size, text.size - date.date_size};
    if (rest.size != 0 ? date.day == 0 || !is_time_of_day(rest) : instant)
        return false;
    *ret_date = date;
    return true;
}

static char *put_digits(char *text, int32_t number, int count)
{
    for (int i = count; i-- > 0; number /= 10)
        text[i] = (char)('0' + number % 10);
    return text + count;
}

static int32_t first_day(const deid_date *date)
{
    return base_day_of(date->year, date->month != 0 ? date->month : 1, date->day != 0 ? date->day : 1);
}

static int32_t last_day(const deid_date *date)
{
    const int32_t month = date->month != 0 ? date->month : 12;
    return base_day_of(date->year, month, date->day != 0 ? date->day : base_days_in_month(date->year, month));
}

/* The date moved by some days, in its precision, and what stood behind it. */
static bool put_shifted(base_buf *out, const deid_date *date, bool end, int32_t days, base_span rest)
{
    const int32_t day = (end ? last_day(date) : first_day(date)) + days;
    if (day < BASE_DAY_MIN || day > BASE_DAY_MAX)
        return false;
    const base_civil civil = base_civil_of(day);
    char text[64] = "\"", *at = put_digits(text + 1, civil.year, 4);
    if (date->month != 0) {
        *at++ = '-';
        at = put_digits(at, civil.month, 2);
    }
    if (date->day != 0) {
        *at++ = '-';
        at = put_digits(at, civil.day, 2);
    }
    if (rest.size > sizeof(text) - 16)
        return false;
    if (rest.size != 0)
        memcpy(at, rest.data, rest.size);
    at[rest.size] = '"';
    base_buf_append(out, text, (size_t)(at - text) + rest.size + 1);
    return true;
}

static void put_year(base_buf *out, int32_t year, bool instant)
{
    char text[5] = "\"";
    (void)put_digits(text + 1, year, 4);
    base_buf_append(out, text, sizeof(text));
    base_buf_text(out, instant ? "-01-01T00:00:00Z\"" : "\"");
}

static deid_outcome refuse(fhir_deid *deid, const fhir_element *element, fhir_method method)
{
    deid_count(deid, element, method);
    return DEID_DROP;
}

deid_outcome deid_shift_date(fhir_deid *deid, const fhir_element *element, uint32_t token)
{
    const base_span text = deid_raw(deid, token); /* no date has an escape in it */
    const bool instant = deid->plan[element->index].instant;
    deid_date date;
    if (!deid_date_read(text, instant, &date))
        return refuse(deid, element, FHIR_METHOD_REFUSED);
    /* Of a patient's dates, those that only somebody over 89 can have. */
    if (deid->profile->age_cut && deid->resource->owned && last_day(&date) < deid->oldest_day)
        return refuse(deid, element, FHIR_METHOD_REDACT);
    if (deid->profile->dates == FHIR_DATES_KEEP)
        return DEID_KEEP;
    if (deid->profile->dates == FHIR_DATES_YEAR || !deid->resource->owned) {
        put_year(&deid->value, date.year, instant);
        deid_count(deid, element, FHIR_METHOD_GENERALIZE);
        return DEID_REPLACE;
    }
    const base_span rest = {text.data + date.date_size, text.size - date.date_size};
    if (!put_shifted(&deid->value, &date, deid->plan[element->index].end, deid->resource->days, rest))
        return refuse(deid, element, FHIR_METHOD_REFUSED);
    deid_count(deid, element, FHIR_METHOD_SHIFT);
    return DEID_REPLACE;
}

/*
 * The year of the moved birth date: at an event, also moved, the age in whole years is the difference of the years or
 * one less, exactly as true years would say it. Over 89 on the as-of day: one year for all, that of somebody who is 90.
 */
deid_outcome deid_birth_date(fhir_deid *deid, const fhir_element *element, uint32_t token)
{
    const base_span text = deid_string(deid, token);
    deid_date date;
    if (!deid->profile->birth_year)
        return deid_shift_date(deid, element, token);
    if (!deid_date_read(text, false, &date))
        return refuse(deid, element, FHIR_METHOD_REFUSED);
    const bool moved = deid->profile->dates == FHIR_DATES_SHIFT && deid->resource->owned;
    const base_civil as_of = base_civil_of(deid->options.as_of_day);
    int32_t year = date.year;
    if (base_years_between(first_day(&date), deid->options.as_of_day) > AGE_MAX)
        year = as_of.year - AGE_MAX - 1;
    else if (moved)
        year = base_civil_of(first_day(&date) + deid->resource->days).year;
    put_year(&deid->value, year, false);
    deid_count(deid, element, FHIR_METHOD_GENERALIZE);
    return DEID_REPLACE;
}
