/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/primitive.h"

#include "base/date.h"

/* A cursor over text that gives '\0' behind its end. NUL itself is in no syntax here. */
typedef struct scan {
    const char *at, *end;
} scan;

static char peek(const scan *s)
{
    return s->at < s->end ? *s->at : '\0';
}

static bool take(scan *s, char c)
{
    const bool is = s->at < s->end && *s->at == c;
    s->at += is;
    return is;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool hex_digit(char c)
{
    return digit(c) || (c >= 'a' && c <= 'f');
}

/* What \s of the specification's expressions matches. */
static bool space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Exactly `count` digits. */
static bool take_digits(scan *s, int count, int32_t *ret_number)
{
    int32_t number = 0;
    for (int i = 0; i < count; i++) {
        if (!digit(peek(s)))
            return false;
        number = number * 10 + (*s->at++ - '0');
    }
    *ret_number = number;
    return true;
}

/* -- dates and times ------------------------------------------------------------------------------------------------
 */

typedef struct moment_parts {
    int32_t year, month, day, hour, minute, second, micro;
    int32_t zone_minutes;
    int precision; /* base_precision */
    bool zoned;
} moment_parts;

/* YYYY, YYYY-MM or YYYY-MM-DD. */
static bool take_date(scan *s, moment_parts *p)
{
    p->month = p->day = 1;
    if (!take_digits(s, 4, &p->year) || p->year == 0)
        return false;
    p->precision = BASE_PRECISION_YEAR;
    if (!take(s, '-'))
        return true;
    if (!take_digits(s, 2, &p->month) || p->month < 1 || p->month > 12)
        return false;
    p->precision = BASE_PRECISION_MONTH;
    if (!take(s, '-'))
        return true;
    p->precision = BASE_PRECISION_DAY;
    return take_digits(s, 2, &p->day) && p->day >= 1 && p->day <= base_days_in_month(p->year, p->month);
}

/* hh:mm:ss with any fraction; a leap second may be. */
static bool take_time(scan *s, moment_parts *p)
{
    if (!take_digits(s, 2, &p->hour) || p->hour > 23 || !take(s, ':') || !take_digits(s, 2, &p->minute) ||
        p->minute > 59 || !take(s, ':') || !take_digits(s, 2, &p->second) || p->second > 60)
        return false;
    if (!take(s, '.'))
        return true;
    int digits = 0;
    for (; digit(peek(s)); digits++, s->at++)
        if (digits < 6)
            p->micro = p->micro * 10 + (*s->at - '0');
    for (int i = digits; i < 6; i++)
        p->micro *= 10;
    return digits != 0;
}

static bool take_zone(scan *s, moment_parts *p)
{
    p->zoned = true;
    if (take(s, 'Z'))
        return true;
    const char sign = peek(s);
    int32_t hours, minutes;
    if (sign != '+' && sign != '-')
        return false;
    s->at++;
    if (!take_digits(s, 2, &hours) || !take(s, ':') || !take_digits(s, 2, &minutes))
        return false;
    p->zone_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
    return (hours <= 13 && minutes <= 59) || (hours == 14 && minutes == 0);
}

static bool parse_moment(base_span text, moment_parts *ret_parts)
{
    scan s = {text.data, text.data + text.size};
    moment_parts p = {0};
    if (!take_date(&s, &p))
        return false;
    if (p.precision == BASE_PRECISION_DAY && take(&s, 'T')) {
        if (!take_time(&s, &p) || !take_zone(&s, &p))
            return false;
        p.precision = BASE_PRECISION_TIME;
    }
    *ret_parts = p;
    return s.at == s.end;
}

static bool fits_moment(base_span text, fhir_primitive type)
{
    moment_parts p;
    if (!parse_moment(text, &p))
        return false;
    return type == FHIR_PRIMITIVE_DATE_TIME || (type == FHIR_PRIMITIVE_INSTANT) == (p.precision == BASE_PRECISION_TIME);
}

static bool fits_time(base_span text)
{
    scan s = {text.data, text.data + text.size};
    moment_parts p = {0};
    return take_time(&s, &p) && s.at == s.end;
}

#define DAY_US ((int64_t)86400 * 1000000)

bool fhir_moment_of(base_span text, fhir_moment *ret_moment)
{
    moment_parts p;
    if (!parse_moment(text, &p))
        return false;
    const int64_t day = base_day_of(p.year, p.month, p.day);
    const int64_t seconds = p.hour * 3600 + (p.minute - p.zone_minutes) * 60 + p.second;
    int64_t length_us = 1; /* fractions below a microsecond are cut off alike on both sides */
    if (p.precision == BASE_PRECISION_YEAR)
        length_us = (base_days_in_month(p.year, 2) + 337) * DAY_US;
    else if (p.precision == BASE_PRECISION_MONTH)
        length_us = base_days_in_month(p.year, p.month) * DAY_US;
    else if (p.precision == BASE_PRECISION_DAY)
        length_us = DAY_US;
    const int64_t begin_us = day * DAY_US + seconds * 1000000 + p.micro;
    *ret_moment = (fhir_moment){begin_us, begin_us + length_us, p.zoned};
    return true;
}

bool fhir_moment_after(const fhir_moment *a, const fhir_moment *b)
{
    const int64_t doubt_us = a->zoned != b->zoned ? (int64_t)14 * 3600 * 1000000 : 0;
    return a->begin_us - doubt_us >= b->end_us;
}

/* -- the rest -------------------------------------------------------------------------------------------------------
 */

static bool fits_string(base_span text)
{
    if (text.size > FHIR_STRING_BYTES_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\v' || text.data[i] == '\f')
            return false; /* white space that [ \r\n\t\S] leaves out */
    return true;
}

static bool fits_uri(base_span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (space(text.data[i]))
            return false;
    return true;
}

/* No white space at the ends, and never two of it. */
static bool fits_code(base_span text)
{
    bool before = true;
    for (size_t i = 0; i < text.size; i++) {
        const bool is = space(text.data[i]);
        if (is && before)
            return false;
        before = is;
    }
    return !before;
}

static bool fits_id(base_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i], lower = (char)(c | 0x20);
        if (!digit(c) && !(lower >= 'a' && lower <= 'z') && c != '-' && c != '.')
            return false;
    }
    return text.size <= 64;
}

/* urn:oid:[0-2](\.(0|[1-9][0-9]*))+ */
static bool fits_oid(base_span text)
{
    if (!base_span_starts(text, BASE_SPAN("urn:oid:")))
        return false;
    scan s = {text.data + 8, text.data + text.size};
    if (peek(&s) < '0' || peek(&s) > '2')
        return false;
    s.at++;
    if (s.at == s.end)
        return false;
    while (s.at < s.end) {
        if (!take(&s, '.') || !digit(peek(&s)))
            return false;
        if (take(&s, '0'))
            continue;
        while (digit(peek(&s)))
            s.at++;
    }
    return true;
}

static bool fits_uuid(base_span text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (!base_span_starts(text, BASE_SPAN("urn:uuid:")) || text.size != 9 + sizeof(shape) - 1)
        return false;
    for (size_t i = 0; i < sizeof(shape) - 1; i++)
        if (shape[i] == 'x' ? !hex_digit(text.data[9 + i]) : text.data[9 + i] != '-')
            return false;
    return true;
}

static bool base64_digit(char c)
{
    const char lower = (char)(c | 0x20);
    return digit(c) || (lower >= 'a' && lower <= 'z') || c == '+' || c == '/';
}

/* Groups of four, white space between characters as mail breaks its lines, the padding last. */
static bool fits_base64(base_span text)
{
    size_t digits = 0, padding = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (padding == 0 && base64_digit(text.data[i]))
            digits++;
        else if (text.data[i] == '=')
            padding++;
        else if (!space(text.data[i]))
            return false;
    }
    return padding <= 2 && digits != 0 && (digits + padding) % 4 == 0;
}

bool fhir_primitive_fits(fhir_primitive type, base_span text)
{
    if (text.size == 0)
        return false;
    switch (type) {
    case FHIR_PRIMITIVE_BASE64:
        return fits_base64(text);
    case FHIR_PRIMITIVE_CODE:
        return fits_code(text);
    case FHIR_PRIMITIVE_DATE:
    case FHIR_PRIMITIVE_DATE_TIME:
    case FHIR_PRIMITIVE_INSTANT:
        return fits_moment(text, type);
    case FHIR_PRIMITIVE_ID:
        return fits_id(text);
    case FHIR_PRIMITIVE_OID:
        return fits_oid(text);
    case FHIR_PRIMITIVE_STRING:
        return fits_string(text);
    case FHIR_PRIMITIVE_TIME:
        return fits_time(text);
    case FHIR_PRIMITIVE_URI:
        return fits_uri(text);
    case FHIR_PRIMITIVE_UUID:
        return fits_uuid(text);
    default:
        return false;
    }
}

bool fhir_integer_fits(fhir_primitive type, int64_t value)
{
    const int64_t least = type == FHIR_PRIMITIVE_POSITIVE ? 1 : type == FHIR_PRIMITIVE_UNSIGNED ? 0 : INT32_MIN;
    return value >= least && value <= INT32_MAX;
}

fhir_primitive fhir_primitive_of(const char *type_name)
{
    static const struct {
        const char *name;
        fhir_primitive primitive;
    } names[] = {
        {"base64Binary", FHIR_PRIMITIVE_BASE64},
        {"boolean", FHIR_PRIMITIVE_BOOLEAN},
        {"canonical", FHIR_PRIMITIVE_URI},
        {"code", FHIR_PRIMITIVE_CODE},
        {"date", FHIR_PRIMITIVE_DATE},
        {"dateTime", FHIR_PRIMITIVE_DATE_TIME},
        {"decimal", FHIR_PRIMITIVE_DECIMAL},
        {"id", FHIR_PRIMITIVE_ID},
        {"instant", FHIR_PRIMITIVE_INSTANT},
        {"integer", FHIR_PRIMITIVE_INTEGER},
        {"markdown", FHIR_PRIMITIVE_STRING},
        {"oid", FHIR_PRIMITIVE_OID},
        {"positiveInt", FHIR_PRIMITIVE_POSITIVE},
        {"string", FHIR_PRIMITIVE_STRING},
        {"time", FHIR_PRIMITIVE_TIME},
        {"unsignedInt", FHIR_PRIMITIVE_UNSIGNED},
        {"uri", FHIR_PRIMITIVE_URI},
        {"url", FHIR_PRIMITIVE_URI},
        {"uuid", FHIR_PRIMITIVE_UUID},
        {"xhtml", FHIR_PRIMITIVE_XHTML},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].name, type_name) == 0)
            return names[i].primitive;
    return FHIR_PRIMITIVE_NONE;
}
