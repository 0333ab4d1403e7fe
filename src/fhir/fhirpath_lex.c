/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath_internal.h"

/* The tokens of FHIRPath (N1, grammar fhirpath.g4). Literals are only cut out here; what they mean, others say. */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char peek(const path_lexer *lexer, size_t ahead)
{
    return lexer->at + ahead < lexer->source.size ? lexer->source.data[lexer->at + ahead] : '\0';
}

static int refuse(size_t at, lethe_error *error)
{
    return base_fail_at(error, LETHE_E_FHIR_PATH, at);
}

/* White space and comments. */
static int skip_space(path_lexer *lexer, lethe_error *error)
{
    for (;;) {
        const char c = peek(lexer, 0);
        if (lexer->at == lexer->source.size)
            return 0;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            lexer->at++;
        } else if (c == '/' && peek(lexer, 1) == '/') {
            while (lexer->at < lexer->source.size && peek(lexer, 0) != '\n')
                lexer->at++;
        } else if (c == '/' && peek(lexer, 1) == '*') {
            const size_t start = lexer->at;
            lexer->at += 2;
            while (!(peek(lexer, 0) == '*' && peek(lexer, 1) == '/')) {
                if (lexer->at >= lexer->source.size)
                    return refuse(start, error);
                lexer->at++;
            }
            lexer->at += 2;
        } else {
            return 0;
        }
    }
}

static void put_utf8(char *out, size_t *size, uint32_t c)
{
    if (c < 0x80) {
        out[(*size)++] = (char)c;
        return;
    }
    if (c < 0x800) {
        out[(*size)++] = (char)(0xc0 | c >> 6);
    } else {
        out[(*size)++] = (char)(0xe0 | c >> 12);
        out[(*size)++] = (char)(0x80 | (c >> 6 & 0x3f));
    }
    out[(*size)++] = (char)(0x80 | (c & 0x3f));
}

static int hex_of(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The character behind a backslash; a \u that is half of a pair is refused. */
static int unescape(path_lexer *lexer, char *out, size_t *size, lethe_error *error)
{
    static const char marks[] = "'\"`\\/fnrt", values[] = "'\"`\\/\f\n\r\t";
    const char c = peek(lexer, 0);
    const char *found = c != '\0' ? strchr(marks, c) : NULL;
    if (found != NULL) {
        out[(*size)++] = values[found - marks];
        lexer->at++;
        return 0;
    }
    if (c != 'u')
        return refuse(lexer->at, error);
    uint32_t code = 0;
    for (size_t i = 1; i <= 4; i++) {
        const int digit = hex_of(peek(lexer, i));
        if (digit < 0)
            return refuse(lexer->at, error);
        code = code << 4 | (uint32_t)digit;
    }
    if (code == 0 || (code >= 0xd800 && code < 0xe000))
        return refuse(lexer->at, error);
    lexer->at += 5;
    put_utf8(out, size, code);
    return 0;
}

static int lex_quoted(path_lexer *lexer, char quote, path_token *token, lethe_error *error)
{
    char *out = base_arena_take(lexer->arena, lexer->source.size - lexer->at + 1);
    size_t size = 0;
    if (out == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    lexer->at++;
    while (peek(lexer, 0) != quote) {
        if (lexer->at >= lexer->source.size)
            return refuse(token->at, error);
        if (peek(lexer, 0) == '\\') {
            lexer->at++;
            BASE_TRY(unescape(lexer, out, &size, error));
        } else {
            out[size++] = lexer->source.data[lexer->at++];
        }
    }
    lexer->at++;
    token->text = (base_span){out, size};
    return 0;
}

static base_span since(const path_lexer *lexer, size_t start)
{
    return (base_span){lexer->source.data + start, lexer->at - start};
}

static void lex_number(path_lexer *lexer, path_token *token)
{
    while (is_digit(peek(lexer, 0)))
        lexer->at++;
    if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
        lexer->at++;
        while (is_digit(peek(lexer, 0)))
            lexer->at++;
    }
    token->text = since(lexer, token->at);
}

/* @2020-01-01T12:00:00.000+01:00, @2020-01T, @T12:00: the characters a date may have; what it says is checked later. */
static void lex_date(path_lexer *lexer, path_token *token)
{
    lexer->at++;
    size_t start = lexer->at;
    token->kind = TOKEN_DATE;
    if (peek(lexer, 0) == 'T') {
        token->kind = TOKEN_TIME;
        start = ++lexer->at;
    }
    for (;;) {
        const char c = peek(lexer, 0);
        if (c == 'T')
            token->kind = TOKEN_DATETIME;
        const bool zone = token->kind == TOKEN_DATETIME && (c == '+' || c == 'Z');
        if (!is_digit(c) && c != '-' && c != ':' && c != 'T' && !zone && !(c == '.' && is_digit(peek(lexer, 1))))
            break;
        lexer->at++;
    }
    token->text = since(lexer, start);
    if (token->kind == TOKEN_DATETIME && token->text.size != 0 && token->text.data[token->text.size - 1] == 'T')
        token->text.size--; /* @2020T: a dateTime of which only the year is known */
}

static int lex_symbol(path_lexer *lexer, path_token *token, lethe_error *error)
{
    static const char *const symbols[] = {"<=", ">=", "!=", "!~", "(", ")", "[", "]", "{", "}", ".", ",",
                                          "=",  "~",  "<",  ">",  "+", "-", "*", "/", "|", "&", NULL};
    for (size_t i = 0; symbols[i] != NULL; i++) {
        const base_span rest = {lexer->source.data + lexer->at, lexer->source.size - lexer->at};
        if (base_span_starts(rest, base_span_of(symbols[i]))) {
            token->kind = TOKEN_SYMBOL;
            token->text = base_span_of(symbols[i]);
            lexer->at += token->text.size;
            return 0;
        }
    }
    return refuse(lexer->at, error);
}

static void lex_name(path_lexer *lexer, path_token *token)
{
    const size_t start = lexer->at;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
        lexer->at++;
    token->text = since(lexer, start);
}

/* %resource, %`vs-name`, %'vs-name'. */
static int lex_constant(path_lexer *lexer, path_token *token, lethe_error *error)
{
    token->kind = TOKEN_CONSTANT;
    lexer->at++;
    const char c = peek(lexer, 0);
    if (c == '`' || c == '\'')
        return lex_quoted(lexer, c, token, error);
    if (!is_letter(c))
        return refuse(token->at, error);
    lex_name(lexer, token);
    return 0;
}

int path_lex(path_lexer *lexer, path_token *ret_token, lethe_error *error)
{
    BASE_TRY(skip_space(lexer, error));
    path_token token = {.kind = TOKEN_END, .at = lexer->at};
    const char c = peek(lexer, 0);
    int status = 0;
    if (lexer->at == lexer->source.size) {
        token.text = BASE_SPAN("");
    } else if (is_letter(c)) {
        token.kind = TOKEN_NAME;
        lex_name(lexer, &token);
    } else if (c == '`' || c == '"') {
        token.kind = TOKEN_DELIMITED; /* "name" is how drafts of FHIRPath wrote it; policies still do */
        status = lex_quoted(lexer, c, &token, error);
    } else if (c == '\'') {
        token.kind = TOKEN_STRING;
        status = lex_quoted(lexer, c, &token, error);
    } else if (is_digit(c)) {
        token.kind = TOKEN_NUMBER;
        lex_number(lexer, &token);
    } else if (c == '@') {
        lex_date(lexer, &token);
    } else if (c == '$' && is_letter(peek(lexer, 1))) {
        token.kind = TOKEN_VARIABLE;
        lexer->at++;
        lex_name(lexer, &token);
    } else if (c == '%') {
        status = lex_constant(lexer, &token, error);
    } else {
        status = lex_symbol(lexer, &token, error);
    }
    if (status == 0)
        *ret_token = token;
    return status;
}
