/* SPDX-License-Identifier: Apache-2.0 */
#include "json/parser.h"

#include <stdlib.h>

/*
 * Numbers of any size. simdjson refuses a document for an integer beyond 64 bits or a decimal beyond double; both are
 * JSON, and a record must not be lost for one of them. Such a document is parsed a second time from a copy in which
 * those numbers read as 0 and spaces (same length, so every offset holds); then their tape words become
 * TAPE_BIG_NUMBER, whose value is the original text. Documents without such numbers, that is nearly all, pay nothing.
 */
#define INTEGER_SAFE_DIGITS 18  /* any integer of so many digits fits 64 bits */
#define DECIMAL_SAFE_POWER  308 /* any number below 10^308 fits a double */
#define POWER_MAX           1000000000

static bool digit(base_span text, size_t at)
{
    return at < text.size && text.data[at] >= '0' && text.data[at] <= '9';
}

static size_t skip_digits(base_span text, size_t at)
{
    while (digit(text, at))
        at++;
    return at;
}

/* RFC 8259 section 6, taken apart. */
typedef struct number_parts {
    size_t integer, fraction, exponent; /* where each begins; fraction and exponent 0: none */
    size_t end;
    bool exponent_negative;
} number_parts;

static bool scan_parts(base_span text, number_parts *ret_parts)
{
    number_parts parts = {0};
    size_t at = text.size != 0 && text.data[0] == '-' ? 1 : 0;
    parts.integer = at;
    if (!digit(text, at))
        return false;
    at = text.data[at] == '0' ? at + 1 : skip_digits(text, at);
    if (at < text.size && text.data[at] == '.') {
        parts.fraction = ++at;
        if (!digit(text, at))
            return false;
        at = skip_digits(text, at);
    }
    if (at < text.size && (text.data[at] == 'e' || text.data[at] == 'E')) {
        at++;
        parts.exponent_negative = at < text.size && text.data[at] == '-';
        if (at < text.size && (text.data[at] == '-' || text.data[at] == '+'))
            at++;
        parts.exponent = at;
        if (!digit(text, at))
            return false;
        at = skip_digits(text, at);
    }
    parts.end = at;
    *ret_parts = parts;
    return at == text.size || strchr(" \t\r\n,]}", text.data[at]) != NULL;
}

bool json_scan_number(base_span text, size_t *ret_size)
{
    number_parts parts;
    if (!scan_parts(text, &parts))
        return false;
    *ret_size = parts.end;
    return true;
}

static int64_t exponent_of(base_span text, const number_parts *parts)
{
    int64_t exponent = 0;
    for (size_t at = parts->exponent; at != 0 && at < parts->end && exponent < POWER_MAX; at++)
        exponent = exponent * 10 + (text.data[at] - '0');
    return parts->exponent_negative ? -exponent : exponent;
}

/* The p of |number| < 10^p, smallest such for a number that is not 0. */
static int64_t power_of(base_span text, const number_parts *parts)
{
    const size_t integer_digits = skip_digits(text, parts->integer) - parts->integer;
    int64_t power = (int64_t)integer_digits;
    if (text.data[parts->integer] == '0') {
        size_t at = parts->fraction;
        while (at != 0 && at < parts->end && text.data[at] == '0')
            at++;
        if (at == 0 || !digit(text, at))
            return -POWER_MAX; /* 0 */
        power = -(int64_t)(at - parts->fraction);
    }
    return power + exponent_of(text, parts);
}

static bool is_big(base_span text, const number_parts *parts)
{
    if (parts->fraction == 0 && parts->exponent == 0)
        return parts->end - parts->integer > INTEGER_SAFE_DIGITS;
    return power_of(text, parts) > DECIMAL_SAFE_POWER;
}

static int copy_text(json_parser *parser, lethe_error *error)
{
    const size_t needed = parser->text.size + JSON_PADDING;
    if (needed > parser->patched_capacity) {
        free(parser->patched);
        parser->patched_capacity = 0;
        parser->patched = malloc(needed);
        if (parser->patched == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        parser->patched_capacity = needed;
    }
    memcpy(parser->patched, parser->text.data, parser->text.size);
    memset(parser->patched + parser->text.size, ' ', JSON_PADDING);
    return 0;
}

static base_span text_at(const json_parser *parser, uint32_t index)
{
    const size_t start = parser->view.indexes[index];
    return (base_span){parser->text.data + start, parser->text.size - start};
}

static bool begins_number(base_span text)
{
    return text.size != 0 && (text.data[0] == '-' || digit(text, 0));
}

static int patch_numbers(json_parser *parser, lethe_error *error)
{
    for (uint32_t i = 0; i < parser->view.index_count; i++) {
        const base_span text = text_at(parser, i);
        number_parts parts;
        if (!begins_number(text))
            continue;
        if (!scan_parts(text, &parts))
            return base_fail_at(error, LETHE_E_JSON_SYNTAX, parser->bom_size + parser->view.indexes[i]);
        if (!is_big(text, &parts))
            continue;
        char *copy = parser->patched + parser->view.indexes[i];
        memset(copy, ' ', parts.end);
        copy[0] = '0';
    }
    return 0;
}

/* Walks tape and indexes together, as locate.c does, and marks the numbers that were patched. */
static void mark_numbers(json_parser *parser)
{
    uint64_t *words = parser->view.words;
    const uint32_t end = (uint32_t)words[0] - 1;
    uint32_t index = 0;
    for (uint32_t at = TAPE_ROOT_VALUE; at < end; index++) {
        const base_span text = text_at(parser, index);
        if (text.data[0] == ',' || text.data[0] == ':')
            continue;
        number_parts parts;
        const char type = tape_type(words[at]);
        if (begins_number(text) && scan_parts(text, &parts) && is_big(text, &parts)) {
            words[at] = (uint64_t)TAPE_BIG_NUMBER << 56;
            words[at + 1] = parser->view.indexes[index];
        }
        at = type == '{' || type == '[' ? at + 1 : tape_after(words, at);
    }
}

int json_parse_big_numbers(json_parser *parser, lethe_error *error)
{
    BASE_TRY(copy_text(parser, error));
    BASE_TRY(patch_numbers(parser, error));
    const json_tape_status status =
        json_tape_parse(parser->tape, parser->patched, parser->text.size, parser->max_depth + 1, &parser->view);
    if (status == JSON_TAPE_NUMBER)
        return base_fail(error, LETHE_E_JSON_NUMBER);
    if (status != JSON_TAPE_OK)
        return json_diagnose(parser, status, error);
    mark_numbers(parser);
    return 0;
}

static base_span big_text(json_value value)
{
    const size_t start = (size_t)value.parser->view.words[value.at + 1];
    base_span text = {value.parser->text.data + start, value.parser->text.size - start};
    (void)json_scan_number(text, &text.size);
    return text;
}

bool json_number(json_value value, double *ret_number)
{
    if (!json_is(value, JSON_NUMBER))
        return false;
    const uint64_t bits = value.parser->view.words[value.at + 1];
    switch (tape_type(value.parser->view.words[value.at])) {
    case 'l':
        *ret_number = (double)(int64_t)bits;
        return true;
    case 'u':
        *ret_number = (double)bits;
        return true;
    case 'd':
        memcpy(ret_number, &bits, sizeof(bits));
        return true;
    default: {
        const base_span text = big_text(value);
        return json_tape_read_double(text.data, text.size, ret_number);
    }
    }
}

static bool read_int64(base_span text, int64_t *ret_number)
{
    const bool negative = text.data[0] == '-';
    int64_t number = 0; /* counts downwards: INT64_MIN has no positive */
    for (size_t at = negative ? 1 : 0; at < text.size; at++) {
        const int64_t step = text.data[at] - '0';
        if (step < 0 || step > 9 || __builtin_mul_overflow(number, (int64_t)10, &number) ||
            __builtin_sub_overflow(number, step, &number))
            return false;
    }
    if (!negative && __builtin_mul_overflow(number, (int64_t)-1, &number))
        return false;
    *ret_number = number;
    return true;
}

bool json_int64(json_value value, int64_t *ret_number)
{
    if (!json_is(value, JSON_NUMBER))
        return false;
    const uint64_t bits = value.parser->view.words[value.at + 1];
    switch (tape_type(value.parser->view.words[value.at])) {
    case 'l':
        *ret_number = (int64_t)bits;
        return true;
    case TAPE_BIG_NUMBER:
        return read_int64(big_text(value), ret_number);
    default: /* 'u' begins above INT64_MAX; a decimal is no integer, even 1.0: FHIR tells them apart */
        return false;
    }
}
