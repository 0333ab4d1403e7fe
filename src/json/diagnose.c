/* SPDX-License-Identifier: Apache-2.0 */
#include "json/parser.h"

/*
 * Where a refused document is wrong. simdjson says what, not where; this slow second look runs only on refused
 * documents, so that the operator gets a byte to look at. It decides nothing: a document stays refused even where it
 * finds no fault.
 */
#define DIAGNOSE_DEPTH_MAX 4096

typedef enum expected {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_CLOSE,
    EXPECT_KEY,
    EXPECT_KEY_OR_CLOSE,
    EXPECT_COLON,
    EXPECT_COMMA_OR_CLOSE,
    EXPECT_END,
} expected;

typedef struct grammar {
    expected next;
    size_t depth, max_depth;
    bool in_object[DIAGNOSE_DEPTH_MAX];
} grammar;

/* RFC 3629: the length of the sequence at text[0], 0 where it is none. */
static size_t utf8_size(base_span text)
{
    const uint8_t *b = (const uint8_t *)text.data;
    if (b[0] < 0x80)
        return 1;
    const size_t size = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
    if (b[0] < 0xc2 || b[0] > 0xf4 || size > text.size)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((b[i] & 0xc0) != 0x80)
            return 0;
    const bool overlong = (b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xf0 && b[1] < 0x90);
    const bool outside = (b[0] == 0xed && b[1] > 0x9f) || (b[0] == 0xf4 && b[1] > 0x8f);
    return overlong || outside ? 0 : size;
}

static bool find_bad_utf8(base_span text, size_t *ret_at)
{
    for (size_t at = 0, size; at < text.size; at += size) {
        size = utf8_size((base_span){text.data + at, text.size - at});
        if (size == 0) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

/* A control character inside a string, or the quote that is never closed. */
static bool find_bad_string(base_span text, size_t *ret_at)
{
    bool inside = false;
    size_t quote = 0;
    for (size_t at = 0; at < text.size; at++) {
        const unsigned char c = (unsigned char)text.data[at];
        if (inside && c < 0x20) {
            *ret_at = at;
            return true;
        }
        if (inside && c == '\\')
            at++;
        else if (c == '"') {
            inside = !inside;
            quote = at;
        }
    }
    *ret_at = quote;
    return inside;
}

static bool hexadecimal(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool string_is_good(base_span text)
{
    for (size_t at = 1; at < text.size && text.data[at] != '"'; at++) {
        if (text.data[at] != '\\')
            continue;
        at++;
        if (at >= text.size || strchr("\"\\/bfnrtu", text.data[at]) == NULL || text.data[at] == '\0')
            return false;
        for (size_t i = 1; text.data[at] == 'u' && i <= 4; i++)
            if (at + i >= text.size || !hexadecimal(text.data[at + i]))
                return false;
    }
    return true; /* halves of surrogate pairs are not looked at */
}

static bool word_is(base_span text, base_span word)
{
    return base_span_starts(text, word) &&
           (text.size == word.size || strchr(" \t\r\n,:[]{}", text.data[word.size]) != NULL);
}

static bool scalar_is_good(base_span text)
{
    size_t size;
    if (text.data[0] == '"')
        return string_is_good(text);
    return json_scan_number(text, &size) || word_is(text, BASE_SPAN("true")) || word_is(text, BASE_SPAN("false")) ||
           word_is(text, BASE_SPAN("null"));
}

static void value_done(grammar *g)
{
    g->next = g->depth == 0 ? EXPECT_END : EXPECT_COMMA_OR_CLOSE;
}

static bool open_container(grammar *g, bool object)
{
    if (g->depth >= g->max_depth || g->depth >= DIAGNOSE_DEPTH_MAX)
        return false;
    g->in_object[g->depth++] = object;
    g->next = object ? EXPECT_KEY_OR_CLOSE : EXPECT_VALUE_OR_CLOSE;
    return true;
}

static bool close_container(grammar *g, bool object)
{
    const expected empty = object ? EXPECT_KEY_OR_CLOSE : EXPECT_VALUE_OR_CLOSE;
    if (g->depth == 0 || g->in_object[g->depth - 1] != object || (g->next != EXPECT_COMMA_OR_CLOSE && g->next != empty))
        return false;
    g->depth--;
    value_done(g);
    return true;
}

/* False where the token at the start of `text` cannot stand here. */
static bool accept(grammar *g, base_span text)
{
    const bool value = g->next == EXPECT_VALUE || g->next == EXPECT_VALUE_OR_CLOSE;
    const bool key = g->next == EXPECT_KEY || g->next == EXPECT_KEY_OR_CLOSE;
    switch (text.data[0]) {
    case '{':
    case '[':
        return value && open_container(g, text.data[0] == '{');
    case '}':
    case ']':
        return close_container(g, text.data[0] == '}');
    case ':':
        if (g->next != EXPECT_COLON)
            return false;
        g->next = EXPECT_VALUE;
        return true;
    case ',':
        if (g->next != EXPECT_COMMA_OR_CLOSE)
            return false;
        g->next = g->in_object[g->depth - 1] ? EXPECT_KEY : EXPECT_VALUE;
        return true;
    default:
        if (!scalar_is_good(text) || !(value || (key && text.data[0] == '"')))
            return false;
        if (key)
            g->next = EXPECT_COLON;
        else
            value_done(g);
        return true;
    }
}

static bool find_bad_token(const json_parser *parser, size_t *ret_at)
{
    grammar g = {.next = EXPECT_VALUE, .max_depth = parser->max_depth};
    for (uint32_t i = 0; i < parser->view.index_count; i++) {
        *ret_at = parser->view.indexes[i];
        if (!accept(&g, (base_span){parser->text.data + *ret_at, parser->text.size - *ret_at}))
            return true;
    }
    *ret_at = parser->text.size; /* it ends too early */
    return g.next != EXPECT_END;
}

static int code_of(json_tape_status status)
{
    switch (status) {
    case JSON_TAPE_MEMORY:
        return LETHE_E_BASE_MEMORY;
    case JSON_TAPE_SIZE:
        return LETHE_E_JSON_SIZE;
    case JSON_TAPE_DEPTH:
        return LETHE_E_JSON_DEPTH;
    case JSON_TAPE_UTF8:
        return LETHE_E_JSON_UTF8;
    default:
        return LETHE_E_JSON_SYNTAX;
    }
}

int json_diagnose(const json_parser *parser, json_tape_status status, lethe_error *error)
{
    size_t at = 0;
    bool found = false;
    if (status == JSON_TAPE_UTF8)
        found = find_bad_utf8(parser->text, &at);
    else if (status == JSON_TAPE_TEXT)
        found = find_bad_string(parser->text, &at);
    else if (status == JSON_TAPE_STRUCTURE || status == JSON_TAPE_DEPTH)
        found = find_bad_token(parser, &at);
    return found ? base_fail_at(error, code_of(status), parser->bom_size + at) : base_fail(error, code_of(status));
}
