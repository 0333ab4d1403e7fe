/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"

/* Days and calendar dates by counting 400-year eras from 1 March of the year 0, so that leap days end a year. */
#define DAYS_PER_ERA 146097
#define EPOCH_SHIFT  719468 /* days from 0000-03-01 to 1970-01-01 */

int32_t base_day_of(int32_t year, int32_t month, int32_t day)
{
    const int32_t shifted_year = month <= 2 ? year - 1 : year;
    const int32_t era = (shifted_year >= 0 ? shifted_year : shifted_year - 399) / 400;
    const int32_t year_of_era = shifted_year - era * 400;
    const int32_t month_from_march = (month + 9) % 12;
    const int32_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    const int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - EPOCH_SHIFT;
}

base_civil base_civil_of(int32_t day)
{
    const int32_t shifted = day + EPOCH_SHIFT;
    const int32_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    const int32_t day_of_era = shifted - era * DAYS_PER_ERA;
    const int32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int32_t month_from_march = (5 * day_of_year + 2) / 153;
    const int32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (base_civil){
        .year = year_of_era + era * 400 + (month <= 2 ? 1 : 0),
        .month = month,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
    };
}

int32_t base_days_in_month(int32_t year, int32_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Reads exactly `digits` digits at *at. */
static bool take_number(base_span text, size_t *at, size_t digits, int32_t *ret_value)
{
    if (digits > text.size - *at)
        return false;
    int32_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        const char c = text.data[*at + i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *at += digits;
    *ret_value = value;
    return true;
}

static bool take_byte(base_span text, size_t *at, char byte)
{
    if (*at >= text.size || text.data[*at] != byte)
        return false;
    (*at)++;
    return true;
}

static bool take_zone(base_span text, size_t *at)
{
    if (take_byte(text, at, 'Z'))
        return true;
    int32_t hour = 0, minute = 0;
    if (!take_byte(text, at, '+') && !take_byte(text, at, '-'))
        return false;
    return take_number(text, at, 2, &hour) && hour <= 14 && take_byte(text, at, ':') &&
           take_number(text, at, 2, &minute) && minute <= 59;
}

/* hh:mm:ss[.fraction]zone; seconds may be missing and so may the zone, as exports in the wild have them. */
static bool take_clock(base_span text, size_t *at, int32_t *ret_second)
{
    int32_t hour = 0, minute = 0, second = 0;
    if (!take_number(text, at, 2, &hour) || hour > 23 || !take_byte(text, at, ':') ||
        !take_number(text, at, 2, &minute) || minute > 59)
        return false;
    if (take_byte(text, at, ':')) {
        if (!take_number(text, at, 2, &second) || second > 60)
            return false;
        if (take_byte(text, at, '.')) {
            const size_t start = *at;
            while (*at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9')
                (*at)++;
            if (*at == start)
                return false;
        }
    }
    *ret_second = hour * 3600 + minute * 60 + (second == 60 ? 59 : second);
    return *at == text.size || take_zone(text, at);
}

static bool parse_time(base_span text, base_time *ret_time)
{
    int32_t year = 0, month = 1, day = 1, second = 0;
    size_t at = 0;
    base_precision precision = BASE_PRECISION_YEAR;
    if (!take_number(text, &at, 4, &year) || year < 1)
        return false;
    if (at < text.size) {
        if (!take_byte(text, &at, '-') || !take_number(text, &at, 2, &month) || month < 1 || month > 12)
            return false;
        precision = BASE_PRECISION_MONTH;
    }
    if (at < text.size) {
        if (!take_byte(text, &at, '-') || !take_number(text, &at, 2, &day) || day < 1 ||
            day > base_days_in_month(year, month))
            return false;
        precision = BASE_PRECISION_DAY;
    }
    if (at < text.size) {
        if ((!take_byte(text, &at, 'T') && !take_byte(text, &at, ' ')) || !take_clock(text, &at, &second))
            return false;
        precision = BASE_PRECISION_TIME;
    }
    if (at != text.size)
        return false;
    *ret_time = (base_time){.day = base_day_of(year, month, day), .second = second, .precision = (uint8_t)precision};
    return true;
}

int base_time_parse(base_span text, base_time *ret_time, lethe_error *error)
{
    return parse_time(text, ret_time) ? 0 : base_fail(error, LETHE_E_BASE_DATE);
}

int base_time_compare(base_time a, base_time b)
{
    if (!base_time_known(a) || !base_time_known(b))
        return base_time_known(a) ? -1 : base_time_known(b);
    if (a.day != b.day)
        return a.day < b.day ? -1 : 1;
    return a.second < b.second ? -1 : a.second > b.second;
}

int32_t base_months_between(int32_t from_day, int32_t to_day)
{
    if (to_day < from_day)
        return -base_months_between(to_day, from_day);
    const base_civil from = base_civil_of(from_day), to = base_civil_of(to_day);
    const int32_t months = (to.year - from.year) * 12 + to.month - from.month;
    return to.day < from.day ? months - 1 : months;
}

int32_t base_years_between(int32_t from_day, int32_t to_day)
{
    return base_months_between(from_day, to_day) / 12;
}
