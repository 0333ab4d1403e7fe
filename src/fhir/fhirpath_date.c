/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath_internal.h"

#include "base/date.h"

/*
 * Partial dates and times as FHIRPath compares them: field by field, from the year to the second, until one of both
 * says no more. Where both carry a time zone they are brought to UTC first; where one does not, the local time counts.
 */
typedef struct path_when {
    int32_t fields[6]; /* year month day hour minute, second in milliseconds */
    int count;         /* fields that are said */
    bool zoned;
    int32_t zone_minutes;
} path_when;

static bool take_digits(base_span *text, size_t size, int32_t *ret_number)
{
    int32_t number = 0;
    if (text->size < size)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text->data[i] < '0' || text->data[i] > '9')
            return false;
        number = number * 10 + (text->data[i] - '0');
    }
    *text = (base_span){text->data + size, text->size - size};
    *ret_number = number;
    return true;
}

static bool take_mark(base_span *text, char mark)
{
    if (text->size == 0 || text->data[0] != mark)
        return false;
    *text = (base_span){text->data + 1, text->size - 1};
    return true;
}

/* Digits behind the point, of which the first three count. */
static bool take_fraction(base_span *text, int32_t *milliseconds)
{
    int32_t scale = 100, digit = 0;
    if (!take_mark(text, '.'))
        return true;
    if (!take_digits(text, 1, &digit))
        return false;
    do {
        *milliseconds += digit * scale;
        scale /= 10;
    } while (take_digits(text, 1, &digit));
    return true;
}

static bool take_zone(base_span *text, path_when *when)
{
    int32_t hours = 0, minutes = 0;
    if (take_mark(text, 'Z')) {
        when->zoned = true;
        return true;
    }
    const bool minus = text->size != 0 && text->data[0] == '-';
    if (!take_mark(text, '+') && !take_mark(text, '-'))
        return true;
    if (!take_digits(text, 2, &hours) || !take_mark(text, ':') || !take_digits(text, 2, &minutes) || hours > 14 ||
        minutes > 59)
        return false;
    when->zoned = true;
    when->zone_minutes = (minus ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

/* hh[:mm[:ss[.fff]]], the fields from the hour on. */
static bool take_time(base_span *text, path_when *when)
{
    int32_t *fields = when->fields;
    if (!take_digits(text, 2, &fields[3]) || fields[3] > 23)
        return false;
    when->count = 4;
    if (!take_mark(text, ':'))
        return true;
    if (!take_digits(text, 2, &fields[4]) || fields[4] > 59)
        return false;
    when->count = 5;
    if (!take_mark(text, ':'))
        return true;
    if (!take_digits(text, 2, &fields[5]) || fields[5] > 60)
        return false;
    when->count = 6;
    fields[5] *= 1000;
    return take_fraction(text, &fields[5]);
}

static bool take_date(base_span *text, path_when *when)
{
    int32_t *fields = when->fields;
    if (!take_digits(text, 4, &fields[0]) || fields[0] == 0)
        return false;
    when->count = 1;
    if (!take_mark(text, '-'))
        return true;
    if (!take_digits(text, 2, &fields[1]) || fields[1] < 1 || fields[1] > 12)
        return false;
    when->count = 2;
    if (!take_mark(text, '-'))
        return true;
    when->count = 3;
    return take_digits(text, 2, &fields[2]) && fields[2] >= 1 && fields[2] <= base_days_in_month(fields[0], fields[1]);
}

/* To UTC, where day and hour are known. */
static void to_utc(path_when *when)
{
    if (!when->zoned || when->count < 5 || when->zone_minutes == 0)
        return;
    int32_t day = base_day_of(when->fields[0], when->fields[1], when->fields[2]);
    int32_t minute = when->fields[3] * 60 + when->fields[4] - when->zone_minutes;
    day += minute < 0 ? -1 : minute >= 1440 ? 1 : 0;
    minute = (minute + 1440) % 1440;
    if (day < BASE_DAY_MIN || day > BASE_DAY_MAX)
        return;
    const base_civil civil = base_civil_of(day);
    const int32_t fields[5] = {civil.year, civil.month, civil.day, minute / 60, minute % 60};
    memcpy(when->fields, fields, sizeof(fields));
}

static bool parse(fhirpath_item item, path_when *ret_when)
{
    base_span text = item.text;
    *ret_when = (path_when){0};
    if (item.kind == FHIRPATH_TIME)
        return take_time(&text, ret_when) && text.size == 0;
    if (!take_date(&text, ret_when))
        return false;
    if (text.size != 0 &&
        !(ret_when->count == 3 && take_mark(&text, 'T') && take_time(&text, ret_when) && take_zone(&text, ret_when)))
        return false;
    return text.size == 0;
}

bool path_date_valid(fhirpath_item item)
{
    path_when when;
    return (item.kind != FHIRPATH_DATE && item.kind != FHIRPATH_DATE_TIME && item.kind != FHIRPATH_TIME) ||
           parse(item, &when);
}

int path_date_order(const path_expr *expr, fhirpath_item a, fhirpath_item b, bool *ret_known, int *ret_order,
                    lethe_error *error)
{
    path_when left, right;
    if (!parse(a, &left) || !parse(b, &right) || (a.kind == FHIRPATH_TIME) != (b.kind == FHIRPATH_TIME))
        return path_fail(expr, error);
    if (left.zoned && right.zoned) {
        to_utc(&left);
        to_utc(&right);
    }
    *ret_known = true;
    *ret_order = 0;
    const int common = left.count < right.count ? left.count : right.count;
    for (int i = a.kind == FHIRPATH_TIME ? 3 : 0; i < common && *ret_order == 0; i++)
        *ret_order = left.fields[i] < right.fields[i] ? -1 : left.fields[i] > right.fields[i];
    if (*ret_order == 0 && left.count != right.count)
        *ret_known = false;
    return 0;
}
