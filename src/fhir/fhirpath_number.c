/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath_internal.h"

/*
 * Decimals as digits and a scale, so that 0.1 + 0.2 is 0.3 and 1.00 stays 1.00. Up to 34 digits; beyond, an operation
 * is refused. A quotient has at most 28 digits, as the platform of the policies' first implementation gives.
 */
typedef __int128 wide;
#define DIGITS_MAX   34
#define QUOTIENT_MAX 28
#define SCALE_MAX    34

typedef struct path_number {
    wide digits;
    int scale; /* value = digits / 10^scale */
} path_number;

static bool grow(wide *digits)
{
    wide limit = 1;
    for (int i = 0; i < DIGITS_MAX; i++)
        limit *= 10;
    if (*digits >= limit || *digits <= -limit)
        return false;
    *digits *= 10;
    return true;
}

static bool parse_exponent(base_span text, int *ret_exponent)
{
    int value = 0;
    size_t at = 0;
    const bool minus = text.size != 0 && text.data[0] == '-';
    if (text.size != 0 && (text.data[0] == '-' || text.data[0] == '+'))
        at = 1;
    for (; at < text.size; at++) {
        value = value * 10 + (text.data[at] - '0');
        if (value > 1000)
            return false;
    }
    *ret_exponent = minus ? -value : value;
    return true;
}

static bool parse_decimal(base_span text, path_number *ret_number)
{
    path_number number = {0};
    int exponent = 0;
    bool point = false;
    size_t at = text.size != 0 && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
    for (; at < text.size; at++) {
        const char c = text.data[at];
        if (c == '.') {
            point = true;
        } else if (c == 'e' || c == 'E') {
            if (!parse_exponent((base_span){text.data + at + 1, text.size - at - 1}, &exponent))
                return false;
            break;
        } else if (c < '0' || c > '9' || !grow(&number.digits)) {
            return false;
        } else {
            number.digits += c - '0';
            number.scale += point;
        }
    }
    number.scale -= exponent;
    for (; number.scale < 0; number.scale++)
        if (!grow(&number.digits))
            return false;
    if (number.scale > SCALE_MAX)
        return false;
    if (text.size != 0 && text.data[0] == '-')
        number.digits = -number.digits;
    *ret_number = number;
    return text.size != 0;
}

static bool number_of(fhirpath_item item, path_number *ret_number)
{
    if (item.kind == FHIRPATH_INTEGER) {
        *ret_number = (path_number){item.integer, 0};
        return true;
    }
    return (item.kind == FHIRPATH_DECIMAL || item.kind == FHIRPATH_QUANTITY) && parse_decimal(item.text, ret_number);
}

/* Both to the larger scale. */
static bool align(path_number *a, path_number *b)
{
    for (; a->scale < b->scale; a->scale++)
        if (!grow(&a->digits))
            return false;
    for (; b->scale < a->scale; b->scale++)
        if (!grow(&b->digits))
            return false;
    return true;
}

bool path_number_order(fhirpath_item a, fhirpath_item b, int *ret_order)
{
    path_number left, right;
    if (!number_of(a, &left) || !number_of(b, &right))
        return false;
    if (!align(&left, &right)) { /* one is too large to be brought to the other's scale: its sign decides */
        const bool coarse = left.scale < right.scale;
        *ret_order = (coarse ? left.digits > 0 : right.digits < 0) ? 1 : -1;
        return true;
    }
    *ret_order = left.digits < right.digits ? -1 : left.digits > right.digits;
    return true;
}

bool path_number_integer(fhirpath_item item, int64_t *ret_integer)
{
    path_number number;
    if (!number_of(item, &number))
        return false;
    for (; number.scale > 0; number.scale--) {
        if (number.digits % 10 != 0)
            return false;
        number.digits /= 10;
    }
    if (number.digits > INT64_MAX || number.digits < INT64_MIN)
        return false;
    *ret_integer = (int64_t)number.digits;
    return true;
}

static int give_decimal(fhirpath_scratch *scratch, path_number number, fhirpath_item *ret_item, lethe_error *error)
{
    char text[SCALE_MAX + DIGITS_MAX + 8], *at = text + sizeof(text);
    const bool minus = number.digits < 0;
    wide digits = minus ? -number.digits : number.digits;
    int written = 0;
    do {
        if (written == number.scale && written != 0)
            *--at = '.';
        *--at = (char)('0' + (int)(digits % 10));
        digits /= 10;
        written++;
    } while (digits != 0 || written <= number.scale);
    if (minus)
        *--at = '-';
    const base_span copy = base_arena_copy(&scratch->arena, (base_span){at, (size_t)(text + sizeof(text) - at)});
    if (copy.data == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *ret_item = (fhirpath_item){.kind = FHIRPATH_DECIMAL, .text = copy};
    return 0;
}

/* a / b to at most 28 digits, half to even, without zeros at the end. */
static bool divide(path_number a, path_number b, path_number *ret_number)
{
    wide limit = 1;
    for (int i = 0; i < QUOTIENT_MAX; i++)
        limit *= 10;
    const bool minus = (a.digits < 0) != (b.digits < 0);
    const wide divisor = b.digits < 0 ? -b.digits : b.digits;
    wide rest = a.digits < 0 ? -a.digits : a.digits;
    if (divisor > limit)
        return false;
    path_number quotient = {rest / divisor, a.scale - b.scale};
    rest %= divisor;
    while ((rest != 0 || quotient.scale < 0) && (quotient.digits < limit / 10 || quotient.scale < 0)) {
        if (quotient.scale == SCALE_MAX || !grow(&quotient.digits))
            break;
        rest *= 10;
        quotient.digits += rest / divisor;
        rest %= divisor;
        quotient.scale++;
    }
    if (quotient.scale < 0)
        return false;
    if (rest * 2 > divisor || (rest * 2 == divisor && quotient.digits % 2 != 0))
        quotient.digits++;
    while (quotient.scale > 0 && quotient.digits % 10 == 0) {
        quotient.digits /= 10;
        quotient.scale--;
    }
    if (minus)
        quotient.digits = -quotient.digits;
    *ret_number = quotient;
    return true;
}

static bool compute(path_op op, path_number a, path_number b, path_number *ret_number)
{
    switch (op) {
    case OP_ADD:
    case OP_SUBTRACT:
        if (!align(&a, &b))
            return false;
        *ret_number = (path_number){op == OP_ADD ? a.digits + b.digits : a.digits - b.digits, a.scale};
        return true;
    case OP_MULTIPLY:
        *ret_number = (path_number){0, a.scale + b.scale};
        return ret_number->scale <= SCALE_MAX && !__builtin_mul_overflow(a.digits, b.digits, &ret_number->digits);
    case OP_DIVIDE:
        return divide(a, b, ret_number);
    default: /* div and mod cut toward zero */
        if (!align(&a, &b))
            return false;
        *ret_number =
            op == OP_DIV ? (path_number){a.digits / b.digits, 0} : (path_number){a.digits % b.digits, a.scale};
        return true;
    }
}

int path_arithmetic(fhirpath_scratch *scratch, const path_expr *expr, fhirpath_item a, fhirpath_item b, bool *ret_there,
                    fhirpath_item *ret_item, lethe_error *error)
{
    path_number left, right, result = {0};
    if (a.kind == FHIRPATH_QUANTITY || b.kind == FHIRPATH_QUANTITY || !number_of(a, &left) || !number_of(b, &right))
        return path_fail(expr, error);
    const bool divides = expr->op == OP_DIVIDE || expr->op == OP_DIV || expr->op == OP_MOD;
    *ret_there = !(divides && right.digits == 0);
    if (!*ret_there)
        return 0;
    if (!compute(expr->op, left, right, &result))
        return path_fail(expr, error);
    const bool integers = a.kind == FHIRPATH_INTEGER && b.kind == FHIRPATH_INTEGER;
    if (expr->op == OP_DIV || (integers && expr->op != OP_DIVIDE)) {
        if (result.digits > INT64_MAX || result.digits < INT64_MIN)
            return path_fail(expr, error);
        *ret_item = path_integer((int64_t)result.digits);
        return 0;
    }
    return give_decimal(scratch, result, ret_item, error);
}
