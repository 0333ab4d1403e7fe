/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "fhir/fhirpath_internal.h"

#include "base/utf8.h"

#include <pcre2.h>

/*
 * Functions over strings and conversions (FHIRPath 5.5, 5.6). Positions count characters, not bytes. Patterns are those
 * of PCRE2 with its limits lowered: `matches` finds a part, as the specification says.
 */
#define FUNCTION(name)                                                                                                 \
    static int name(fhirpath_scratch *scratch, const path_expr *call, const path_list *input, const path_focus *focus, \
                    path_list *ret_list, lethe_error *error)
#define GIVE(item) return path_add(scratch, ret_list, (item), error)

/* The one string of the input: none where it is empty; a failure where there are many or no string. */
#define SUBJECT(name)                                                                                                  \
    base_span name;                                                                                                    \
    bool name##_there = false;                                                                                         \
    BASE_TRY(subject(call, input, &name##_there, &name, error));                                                       \
    if (!name##_there)                                                                                                 \
    return 0

#define ARGUMENT(name, number)                                                                                         \
    fhirpath_item name = {0};                                                                                          \
    bool name##_there = false;                                                                                         \
    BASE_TRY(path_one(scratch, call->arguments[number], focus, &name##_there, &name, error));                          \
    if (!name##_there)                                                                                                 \
    return 0

#define TEXT_ARGUMENT(name, number)                                                                                    \
    ARGUMENT(name, number);                                                                                            \
    if (!is_text(name))                                                                                                \
    return path_fail(call, error)

static bool is_text(fhirpath_item item)
{
    return item.kind == FHIRPATH_STRING || item.kind == FHIRPATH_DATE || item.kind == FHIRPATH_DATE_TIME ||
           item.kind == FHIRPATH_TIME;
}

static int subject(const path_expr *call, const path_list *input, bool *ret_there, base_span *ret_text,
                   lethe_error *error)
{
    if (input->count > 1)
        return path_fail(call, error);
    *ret_there = false;
    if (input->count == 0)
        return 0;
    const fhirpath_item value = path_value(input->items[0]);
    if (value.kind == FHIRPATH_NODE && fhir_node_is_primitive(value.node))
        return 0; /* only its extensions are there */
    if (!is_text(value))
        return path_fail(call, error);
    *ret_there = true;
    *ret_text = value.text;
    return 0;
}

/* The byte where character `number` begins, or the size. */
static size_t byte_of(base_span text, int64_t number)
{
    size_t at = 0;
    for (; number > 0 && at < text.size; number--) {
        const size_t size = base_utf8_size(text.data + at, text.size - at);
        at += size != 0 ? size : 1;
    }
    return at;
}

static int64_t characters(base_span text)
{
    int64_t count = 0;
    for (size_t at = 0; at < text.size; count++) {
        const size_t size = base_utf8_size(text.data + at, text.size - at);
        at += size != 0 ? size : 1;
    }
    return count;
}

static bool find(base_span text, base_span part, size_t *ret_at)
{
    if (part.size == 0) {
        *ret_at = 0;
        return true;
    }
    const char *found = text.size != 0 ? memmem(text.data, text.size, part.data, part.size) : NULL;
    *ret_at = found != NULL ? (size_t)(found - text.data) : 0;
    return found != NULL;
}

FUNCTION(run_starts_with)
{
    SUBJECT(text);
    TEXT_ARGUMENT(part, 0);
    GIVE(path_boolean(base_span_starts(text, part.text)));
}

FUNCTION(run_ends_with)
{
    SUBJECT(text);
    TEXT_ARGUMENT(part, 0);
    const bool fits = part.text.size <= text.size;
    GIVE(path_boolean(
        fits && base_span_equal((base_span){text.data + (text.size - part.text.size), part.text.size}, part.text)));
}

FUNCTION(run_contains)
{
    size_t at = 0;
    SUBJECT(text);
    TEXT_ARGUMENT(part, 0);
    GIVE(path_boolean(find(text, part.text, &at)));
}

FUNCTION(run_index_of)
{
    size_t at = 0;
    SUBJECT(text);
    TEXT_ARGUMENT(part, 0);
    const bool found = find(text, part.text, &at);
    GIVE(path_integer(found ? characters((base_span){text.data, at}) : -1));
}

FUNCTION(run_substring)
{
    SUBJECT(text);
    ARGUMENT(start, 0);
    if (start.kind != FHIRPATH_INTEGER)
        return path_fail(call, error);
    const size_t from = byte_of(text, start.integer);
    if (start.integer < 0 || from >= text.size)
        return 0;
    base_span rest = {text.data + from, text.size - from};
    if (call->argument_count > 1) {
        ARGUMENT(length, 1);
        if (length.kind != FHIRPATH_INTEGER)
            return path_fail(call, error);
        rest.size = byte_of(rest, length.integer);
    }
    GIVE(path_string(rest));
}

FUNCTION(run_length)
{
    (void)focus;
    SUBJECT(text);
    GIVE(path_integer(characters(text)));
}

/* upper and lower: of the letters of ASCII; others stay, so that no table of a Unicode version decides a release. */
FUNCTION(run_case)
{
    (void)focus;
    SUBJECT(text);
    char *out = base_arena_take(&scratch->arena, text.size + 1);
    if (out == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    const bool up = call->name.data[0] == 'u';
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        const bool turns = up ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
        out[i] = turns ? (char)(c ^ 0x20) : c;
    }
    GIVE(path_string((base_span){out, text.size}));
}

FUNCTION(run_trim)
{
    (void)focus;
    SUBJECT(text);
    while (text.size != 0 && strchr(" \t\r\n", text.data[0]) != NULL)
        text = (base_span){text.data + 1, text.size - 1};
    while (text.size != 0 && strchr(" \t\r\n", text.data[text.size - 1]) != NULL)
        text.size--;
    GIVE(path_string(text));
}

FUNCTION(run_replace)
{
    SUBJECT(text);
    TEXT_ARGUMENT(pattern, 0);
    TEXT_ARGUMENT(with, 1);
    if (pattern.text.size == 0)
        GIVE(path_string(text));
    const size_t most = text.size / pattern.text.size;
    char *out = base_arena_take_array(&scratch->arena, text.size + most * with.text.size + 1, 1);
    if (out == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    size_t size = 0, at = 0;
    while (find(text, pattern.text, &at)) {
        memcpy(out + size, text.data, at);
        size += at;
        if (with.text.size != 0)
            memcpy(out + size, with.text.data, with.text.size);
        size += with.text.size;
        at += pattern.text.size;
        text = (base_span){text.data + at, text.size - at};
    }
    if (text.size != 0)
        memcpy(out + size, text.data, text.size);
    GIVE(path_string((base_span){out, size + text.size}));
}

/* A pattern that is computed: compiled for this once. */
static int pattern_of(const path_expr *call, base_span text, pcre2_code **ret_code, lethe_error *error)
{
    int number = 0;
    size_t offset = 0;
    *ret_code = pcre2_compile((PCRE2_SPTR)(text.size != 0 ? text.data : ""), text.size,
                              PCRE2_UTF | PCRE2_DOTALL | PCRE2_NEVER_BACKSLASH_C, &number, &offset, NULL);
    return *ret_code != NULL ? 0 : path_fail(call, error);
}

static pcre2_match_context *limits_new(void)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    if (limits != NULL) {
        (void)pcre2_set_match_limit(limits, 100000);
        (void)pcre2_set_depth_limit(limits, 10000);
        (void)pcre2_set_heap_limit(limits, 4096); /* KiB */
    }
    return limits;
}

static int match(const path_expr *call, const pcre2_code *code, base_span text, bool *ret_found, lethe_error *error)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = limits_new();
    int found = PCRE2_ERROR_NOMEMORY;
    if (data != NULL && limits != NULL)
        found = pcre2_match(code, (PCRE2_SPTR)(text.size != 0 ? text.data : ""), text.size, 0, 0, data, limits);
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    *ret_found = found >= 0;
    return found >= 0 || found == PCRE2_ERROR_NOMATCH ? 0 : path_fail(call, error);
}

FUNCTION(run_matches)
{
    SUBJECT(text);
    TEXT_ARGUMENT(pattern, 0);
    pcre2_code *own = NULL;
    bool found = false;
    if (call->pattern == NULL)
        BASE_TRY(pattern_of(call, pattern.text, &own, error));
    const int status = match(call, call->pattern != NULL ? call->pattern : own, text, &found, error);
    pcre2_code_free(own);
    return status != 0 ? status : path_add(scratch, ret_list, path_boolean(found), error);
}

static int substitute(fhirpath_scratch *scratch, const path_expr *call, const pcre2_code *code, base_span text,
                      base_span with, base_span *ret_text, lethe_error *error)
{
    pcre2_match_context *limits = limits_new();
    size_t size = 2 * text.size + with.size + 64;
    int found = PCRE2_ERROR_NOMEMORY;
    PCRE2_UCHAR *out = NULL;
    for (int attempt = 0; limits != NULL && attempt < 2 && found == PCRE2_ERROR_NOMEMORY; attempt++) {
        out = base_arena_take(&scratch->arena, size + 1);
        if (out == NULL)
            break;
        size_t written = size;
        found = pcre2_substitute(code, (PCRE2_SPTR)(text.size != 0 ? text.data : ""), text.size, 0,
                                 PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_EXTENDED | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH,
                                 NULL, limits, (PCRE2_SPTR)(with.size != 0 ? with.data : ""), with.size, out, &written);
        *ret_text = (base_span){(const char *)out, written};
        size = written;
    }
    pcre2_match_context_free(limits);
    return found >= 0 ? 0 : path_fail(call, error);
}

FUNCTION(run_replace_matches)
{
    SUBJECT(text);
    TEXT_ARGUMENT(pattern, 0);
    TEXT_ARGUMENT(with, 1);
    pcre2_code *own = NULL;
    base_span result = {NULL, 0};
    if (call->pattern == NULL)
        BASE_TRY(pattern_of(call, pattern.text, &own, error));
    const int status =
        substitute(scratch, call, call->pattern != NULL ? call->pattern : own, text, with.text, &result, error);
    pcre2_code_free(own);
    return status != 0 ? status : path_add(scratch, ret_list, path_string(result), error);
}

/* The one item as a value; nothing where there is none, or where it has only extensions. */
static int one_value(const path_expr *call, const path_list *input, bool *ret_there, fhirpath_item *ret_item,
                     lethe_error *error)
{
    if (input->count > 1)
        return path_fail(call, error);
    *ret_there = input->count == 1;
    if (*ret_there)
        *ret_item = path_value(input->items[0]);
    *ret_there = *ret_there && ret_item->kind != FHIRPATH_NODE;
    return 0;
}

FUNCTION(run_to_string)
{
    (void)focus;
    bool there = false;
    fhirpath_item item = {0};
    base_span text = {NULL, 0};
    BASE_TRY(one_value(call, input, &there, &item, error));
    if (!there)
        return 0;
    BASE_TRY(path_text(scratch, item, &text, error));
    GIVE(path_string(text));
}

static bool is_decimal_text(base_span text)
{
    size_t at = text.size != 0 && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0, digits = 0, points = 0;
    for (; at < text.size; at++) {
        if (text.data[at] == '.')
            points++;
        else if (text.data[at] >= '0' && text.data[at] <= '9')
            digits++;
        else
            return false;
    }
    return digits != 0 && points <= 1;
}

static bool to_number(fhirpath_item item, bool integer, fhirpath_item *ret_item)
{
    if (item.kind == FHIRPATH_BOOLEAN)
        item = path_integer(item.truth);
    if (item.kind == FHIRPATH_STRING && is_decimal_text(item.text))
        item.kind = FHIRPATH_DECIMAL;
    if (item.kind != FHIRPATH_INTEGER && item.kind != FHIRPATH_DECIMAL)
        return false;
    *ret_item = item;
    if (!integer)
        return true;
    int64_t number = 0;
    const bool written_whole = item.kind == FHIRPATH_INTEGER || memchr(item.text.data, '.', item.text.size) == NULL;
    if (!written_whole || !path_number_integer(item, &number))
        return false;
    *ret_item = path_integer(number);
    return true;
}

/* toInteger, toDecimal, convertsToInteger, convertsToDecimal */
FUNCTION(run_to_number)
{
    (void)focus;
    bool there = false;
    fhirpath_item item = {0}, number = {0};
    BASE_TRY(one_value(call, input, &there, &item, error));
    if (!there)
        return 0;
    const bool integer = call->name.data[call->name.size - 1] == 'r';
    const bool converts = to_number(item, integer, &number);
    if (call->name.data[0] == 'c')
        GIVE(path_boolean(converts));
    return converts ? path_add(scratch, ret_list, number, error) : 0;
}

const path_function PATH_STRING_FUNCTIONS[] = {
    {"startsWith", 1, 1, false, run_starts_with},
    {"endsWith", 1, 1, false, run_ends_with},
    {"contains", 1, 1, false, run_contains},
    {"indexOf", 1, 1, false, run_index_of},
    {"substring", 1, 2, false, run_substring},
    {"length", 0, 0, false, run_length},
    {"upper", 0, 0, false, run_case},
    {"lower", 0, 0, false, run_case},
    {"trim", 0, 0, false, run_trim},
    {"replace", 2, 2, false, run_replace},
    {"matches", 1, 1, false, run_matches},
    {"replaceMatches", 2, 2, false, run_replace_matches},
    {"toString", 0, 0, false, run_to_string},
    {"toInteger", 0, 0, false, run_to_number},
    {"toDecimal", 0, 0, false, run_to_number},
    {"convertsToInteger", 0, 0, false, run_to_number},
    {"convertsToDecimal", 0, 0, false, run_to_number},
    {NULL, 0, 0, false, NULL},
};
