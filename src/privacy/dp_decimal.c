/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp_decimal.h"

#define EXPONENT_MAX 100000
#define DIGITS_MAX   (1 << 20)

/* A number as it stands there: the digits of `text` without the point, times 10^exponent. */
typedef struct number {
    base_span whole, part; /* before and behind the point */
    int exponent;
    bool negative;
} number;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static base_span take_digits(base_span *text)
{
    base_span digits = {text->data, 0};
    while (digits.size < text->size && is_digit(text->data[digits.size]))
        digits.size++;
    text->data += digits.size;
    text->size -= digits.size;
    return digits;
}

static bool take(base_span *text, char c)
{
    if (text->size == 0 || text->data[0] != c)
        return false;
    text->data++;
    text->size--;
    return true;
}

static bool take_exponent(base_span *text, int *ret_exponent)
{
    int exponent = 0;
    const bool negative = take(text, '-');
    if (!negative)
        (void)take(text, '+');
    const base_span digits = take_digits(text);
    for (size_t i = 0; i < digits.size; i++)
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (digits.data[i] - '0');
    *ret_exponent = negative ? -exponent : exponent;
    return digits.size != 0;
}

static bool read_number(base_span text, number *ret_number)
{
    number made = {.exponent = 0};
    while (text.size != 0 && text.data[0] == ' ')
        (void)take(&text, ' ');
    while (text.size != 0 && text.data[text.size - 1] == ' ')
        text.size--;
    if (text.size == 0 || text.size > DIGITS_MAX)
        return false;
    made.negative = take(&text, '-');
    if (!made.negative)
        (void)take(&text, '+');
    made.whole = take_digits(&text);
    if (take(&text, '.'))
        made.part = take_digits(&text);
    if (made.whole.size + made.part.size == 0)
        return false;
    if ((take(&text, 'e') || take(&text, 'E')) && !take_exponent(&text, &made.exponent))
        return false;
    *ret_number = made;
    return text.size == 0;
}

/* The digit at a place of the digits of both parts; 0 outside of them. */
static uint64_t digit_at(const number *from, int64_t at)
{
    const int64_t whole = (int64_t)from->whole.size, all = whole + (int64_t)from->part.size;
    if (at < 0 || at >= all)
        return 0;
    return (uint64_t)((at < whole ? from->whole.data[at] : from->part.data[at - whole]) - '0');
}

/* |number|·10^places: its integer part, saturated; the next digit; whether anything but zero stands behind the point.
 */
static uint64_t scale(const number *from, unsigned places, uint64_t *ret_next, bool *ret_rest)
{
    const int64_t end = (int64_t)from->whole.size + from->exponent + (int64_t)places;
    const int64_t digits = (int64_t)(from->whole.size + from->part.size);
    uint64_t value = 0;
    bool some = false;
    for (int64_t i = 0; i < end && value <= INT64_MAX && (i < digits || some); i++) {
        const uint64_t digit = digit_at(from, i);
        some = some || digit != 0;
        if (value > (INT64_MAX - digit) / 10)
            value = (uint64_t)INT64_MAX + 1;
        else
            value = value * 10 + digit;
    }
    *ret_next = digit_at(from, end);
    *ret_rest = false;
    for (int64_t i = end < 0 ? 0 : end; i < digits; i++)
        *ret_rest = *ret_rest || digit_at(from, i) != 0;
    return value;
}

bool dp_decimal_value(base_span text, unsigned places, int64_t *ret_value)
{
    number from;
    uint64_t next = 0;
    bool rest = false;
    if (!read_number(text, &from))
        return false;
    uint64_t value = scale(&from, places, &next, &rest);
    value += next >= 5;
    if (value > INT64_MAX)
        value = INT64_MAX;
    *ret_value = from.negative ? -(int64_t)value : (int64_t)value;
    return true;
}

bool dp_decimal_exact(base_span text, unsigned places, int64_t *ret_value)
{
    number from;
    uint64_t next = 0;
    bool rest = false;
    if (!read_number(text, &from))
        return false;
    const uint64_t value = scale(&from, places, &next, &rest);
    if (rest || value > INT64_MAX)
        return false;
    *ret_value = from.negative ? -(int64_t)value : (int64_t)value;
    return true;
}

bool dp_decimal_fraction(base_span text, dp_fraction *ret_fraction)
{
    int64_t value = 0;
    uint64_t den = 1;
    if (text.size == 0 || (!is_digit(text.data[0]) && text.data[0] != '.'))
        return false;
    for (unsigned places = 0; places <= 18; places++) {
        if (dp_decimal_exact(text, places, &value) && value > 0 && (uint64_t)value / den < UINT64_C(1000000000000)) {
            *ret_fraction = dp_fraction_make((uint64_t)value, den);
            return true;
        }
        den *= places < 18 ? 10 : 1;
    }
    return false;
}

void dp_decimal_write(dp_i128 value, unsigned places, char ret_text[48])
{
    char digits[48];
    size_t count = 0, at = 0;
    dp_u128 size = value < 0 ? -(dp_u128)value : (dp_u128)value;
    do {
        digits[count++] = (char)('0' + (int)(size % 10));
        size /= 10;
    } while (size != 0 || count <= places);
    if (value < 0)
        ret_text[at++] = '-';
    while (count != 0) {
        if (count == places)
            ret_text[at++] = '.';
        ret_text[at++] = digits[--count];
    }
    ret_text[at] = '\0';
}
