/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/cover.h"

#define UNIT       1000000LL
#define NUMBER_MAX 9000000000000LL /* whole part: in millionths it fits 63 bits */

bool privacy_number(base_span text, int64_t *ret_number)
{
    size_t i = 0, digits = 0;
    const bool negative = text.size > 0 && text.data[0] == '-';
    int64_t number = 0, unit = UNIT;
    bool more = false; /* digits that are cut */
    for (i = negative || (text.size > 0 && text.data[0] == '+') ? 1 : 0; i < text.size; i++, digits++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            break;
        number = number * 10 + (text.data[i] - '0');
        if (number > NUMBER_MAX)
            return false;
    }
    number *= UNIT;
    for (i += i < text.size && text.data[i] == '.'; i < text.size; i++, digits++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        unit /= 10;
        number += unit * (text.data[i] - '0');
        more = more || (unit == 0 && text.data[i] != '0');
    }
    if (digits == 0)
        return false;
    *ret_number = negative ? -number - more : number;
    return true;
}

static base_span trim(base_span text)
{
    while (text.size > 0 && text.data[0] == ' ')
        text = (base_span){text.data + 1, text.size - 1};
    while (text.size > 0 && text.data[text.size - 1] == ' ')
        text.size--;
    return text;
}

static base_span from(base_span text, size_t at)
{
    return (base_span){text.data + at, text.size - at};
}

/* The least number that is larger, in the millionths or, between whole numbers, in ones. */
static int64_t behind(int64_t number, bool whole)
{
    return number + (whole ? UNIT : 1);
}

static bool read_open(base_span text, privacy_cover *cover)
{
    const char first = text.data[0];
    const bool equal = text.size > 1 && text.data[1] == '=';
    int64_t number;
    if (first == '<' && privacy_number(trim(from(text, equal ? 2 : 1)), &number)) {
        *cover = (privacy_cover){.low = INT64_MIN, .high = equal ? behind(number, false) : number};
        return true;
    }
    if (first == '>' && privacy_number(trim(from(text, equal ? 2 : 1)), &number)) {
        *cover = (privacy_cover){.low = equal ? number : behind(number, false), .high = INT64_MAX};
        return true;
    }
    if (text.data[text.size - 1] == '+' && privacy_number((base_span){text.data, text.size - 1}, &number)) {
        *cover = (privacy_cover){.low = number, .high = INT64_MAX};
        return true;
    }
    return false;
}

static bool read_bracket(base_span text, privacy_cover *cover)
{
    const char first = text.data[0], last = text.data[text.size - 1];
    const char *comma = memchr(text.data, ',', text.size);
    int64_t low, high;
    if (first != '[' || comma == NULL || (last != '[' && last != ')' && last != ']'))
        return false;
    const size_t at = (size_t)(comma - text.data);
    if (!privacy_number(trim((base_span){text.data + 1, at - 1}), &low) ||
        !privacy_number(trim((base_span){comma + 1, text.size - at - 2}), &high))
        return false;
    *cover = (privacy_cover){.low = low, .high = last == ']' ? behind(high, false) : high};
    return low <= high;
}

/* 35-39 or 35 .. 39: whole numbers. */
static bool read_span(base_span text, privacy_cover *cover)
{
    for (size_t i = 1; i + 1 < text.size; i++) {
        const bool dots = text.data[i] == '.' && text.data[i + 1] == '.';
        int64_t low, high;
        if (text.data[i] != '-' && !dots)
            continue;
        if (privacy_number(trim((base_span){text.data, i}), &low) &&
            privacy_number(trim(from(text, i + (dots ? 2 : 1))), &high) && low <= high) {
            *cover = (privacy_cover){.low = low, .high = behind(high, true)};
            return true;
        }
    }
    return false;
}

static bool read_stars(base_span text, privacy_cover *cover)
{
    size_t kept = text.size;
    while (kept > 0 && text.data[kept - 1] == '*')
        kept--;
    if (kept == 0 || kept == text.size)
        return false;
    *cover = (privacy_cover){.text = true, .start = {text.data, kept}, .length = text.size};
    return true;
}

bool privacy_cover_read(base_span released, privacy_cover *ret_cover)
{
    if (released.size < 2)
        return false;
    return read_open(released, ret_cover) || read_bracket(released, ret_cover) || read_span(released, ret_cover) ||
           read_stars(released, ret_cover);
}

bool privacy_cover_holds(const privacy_cover *cover, base_span truth)
{
    int64_t number;
    if (cover->text)
        return truth.size <= cover->length && base_span_starts(truth, cover->start);
    return privacy_number(truth, &number) && number >= cover->low && number < cover->high;
}

bool privacy_cover_narrower(const privacy_cover *a, const privacy_cover *b)
{
    if (a->text != b->text)
        return b->text;
    if (a->text)
        return a->start.size > b->start.size;
    /* as unsigned numbers differences do not overflow */
    return (uint64_t)a->high - (uint64_t)a->low < (uint64_t)b->high - (uint64_t)b->low;
}
