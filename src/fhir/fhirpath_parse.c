/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "fhir/fhirpath_internal.h"

#include <pcre2.h>
#include <stdlib.h>

/*
 * From tokens to the tree of an expression, by precedence climbing. Every node knows the byte where it began. What the
 * evaluator does not know (functions, constants, types of another namespace) is refused here, before any data is seen.
 */
#define PROGRAM_BYTES_MAX ((size_t)4 << 20)
#define TYPE_PRECEDENCE   8

typedef struct path_parser {
    path_lexer lexer;
    path_token token; /* the next one */
    fhirpath_program *program;
    int depth;
} path_parser;

static const struct {
    const char *text;
    path_op op;
    int precedence;
} OPERATORS[] = {
    {"implies", OP_IMPLIES, 1},
    {"or", OP_OR, 2},
    {"xor", OP_XOR, 2},
    {"and", OP_AND, 3},
    {"in", OP_IN, 4},
    {"contains", OP_CONTAINS, 4},
    {"=", OP_EQUAL, 5},
    {"!=", OP_NOT_EQUAL, 5},
    {"~", OP_EQUIVALENT, 5},
    {"!~", OP_NOT_EQUIVALENT, 5},
    {"<", OP_LESS, 6},
    {"<=", OP_LESS_OR_EQUAL, 6},
    {">", OP_GREATER, 6},
    {">=", OP_GREATER_OR_EQUAL, 6},
    {"|", OP_UNION, 7},
    {"is", OP_IS, TYPE_PRECEDENCE},
    {"as", OP_AS, TYPE_PRECEDENCE},
    {"+", OP_ADD, 9},
    {"-", OP_SUBTRACT, 9},
    {"&", OP_CONCATENATE, 9},
    {"*", OP_MULTIPLY, 10},
    {"/", OP_DIVIDE, 10},
    {"div", OP_DIV, 10},
    {"mod", OP_MOD, 10},
};

static int parse_expression(path_parser *parser, int precedence, path_expr **ret_expr, lethe_error *error);

static int refuse(size_t at, lethe_error *error)
{
    return base_fail_at(error, LETHE_E_FHIR_PATH, at);
}

static int advance(path_parser *parser, lethe_error *error)
{
    return path_lex(&parser->lexer, &parser->token, error);
}

static bool is_symbol(const path_parser *parser, const char *text)
{
    return parser->token.kind == TOKEN_SYMBOL && base_span_is(parser->token.text, text);
}

static int expect(path_parser *parser, const char *symbol, lethe_error *error)
{
    return is_symbol(parser, symbol) ? advance(parser, error) : refuse(parser->token.at, error);
}

static path_expr *expr_new(path_parser *parser, path_kind kind, size_t at)
{
    path_expr *expr = base_arena_take(&parser->program->arena, sizeof(*expr));
    if (expr != NULL) {
        expr->kind = kind;
        expr->at = at;
    }
    return expr;
}

#define NEW(name, kind, at)                                                                                            \
    path_expr *name = expr_new(parser, kind, at);                                                                      \
    if (name == NULL)                                                                                                  \
    return base_fail(error, LETHE_E_BASE_MEMORY)

/* Patient, FHIR.Patient, System.String; the namespace says nothing that the name does not. */
static int parse_type(path_parser *parser, base_span *ret_type, lethe_error *error)
{
    if (parser->token.kind != TOKEN_NAME && parser->token.kind != TOKEN_DELIMITED)
        return refuse(parser->token.at, error);
    path_token token = parser->token;
    BASE_TRY(advance(parser, error));
    if (is_symbol(parser, ".") && (base_span_is(token.text, "FHIR") || base_span_is(token.text, "System"))) {
        BASE_TRY(advance(parser, error));
        if (parser->token.kind != TOKEN_NAME && parser->token.kind != TOKEN_DELIMITED)
            return refuse(parser->token.at, error);
        token = parser->token;
        BASE_TRY(advance(parser, error));
    }
    *ret_type = token.text;
    return 0;
}

/* A pattern that stands in the expression is compiled with it, so that a wrong one is an error of loading. */
static int compile_pattern(path_parser *parser, path_expr *call, lethe_error *error)
{
    const bool matches = base_span_is(call->name, "matches") || base_span_is(call->name, "replaceMatches");
    if (!matches || call->arguments[0]->kind != PATH_LITERAL || call->arguments[0]->item.kind != FHIRPATH_STRING)
        return 0;
    fhirpath_program *program = parser->program;
    if (program->pattern_count == sizeof(program->patterns) / sizeof(*program->patterns))
        return refuse(call->at, error);
    const base_span text = call->arguments[0]->item.text;
    int number = 0;
    size_t offset = 0;
    call->pattern = pcre2_compile((PCRE2_SPTR)(text.size != 0 ? text.data : ""), text.size,
                                  PCRE2_UTF | PCRE2_DOTALL | PCRE2_NEVER_BACKSLASH_C, &number, &offset, NULL);
    if (call->pattern == NULL)
        return refuse(call->arguments[0]->at, error);
    program->patterns[program->pattern_count++] = call;
    return 0;
}

static int parse_call(path_parser *parser, const path_token *name, path_expr *input, path_expr **ret_expr,
                      lethe_error *error)
{
    NEW(call, PATH_CALL, name->at);
    call->left = input;
    call->name = name->text;
    call->function = path_function_of(name->text);
    if (call->function == NULL)
        return refuse(name->at, error);
    BASE_TRY(advance(parser, error));
    if (call->function->type) {
        BASE_TRY(parse_type(parser, &call->name, error));
        call->argument_count = 1;
        *ret_expr = call;
        return expect(parser, ")", error);
    }
    while (!is_symbol(parser, ")")) {
        if (call->argument_count == call->function->max)
            return refuse(parser->token.at, error);
        if (call->argument_count != 0)
            BASE_TRY(expect(parser, ",", error));
        BASE_TRY(parse_expression(parser, 0, &call->arguments[call->argument_count], error));
        call->argument_count++;
    }
    if (call->argument_count < call->function->min)
        return refuse(parser->token.at, error);
    BASE_TRY(compile_pattern(parser, call, error));
    *ret_expr = call;
    return advance(parser, error);
}

/* A member or a call, behind `input` or at the begin of a path. */
static int parse_invocation(path_parser *parser, path_expr *input, path_expr **ret_expr, lethe_error *error)
{
    const path_token name = parser->token;
    if (name.kind != TOKEN_NAME && name.kind != TOKEN_DELIMITED)
        return refuse(name.at, error);
    BASE_TRY(advance(parser, error));
    if (name.kind == TOKEN_NAME && is_symbol(parser, "("))
        return parse_call(parser, &name, input, ret_expr, error);
    NEW(member, PATH_MEMBER, name.at);
    member->left = input;
    member->name = name.text;
    *ret_expr = member;
    return 0;
}

static bool is_calendar_unit(const path_token *token)
{
    static const char *const units[] = {"year", "years", "month",  "months",  "week",   "weeks",   "day", "days",
                                        "hour", "hours", "minute", "minutes", "second", "seconds", NULL,  NULL};
    for (size_t i = 0; token->kind == TOKEN_NAME && units[i] != NULL; i++)
        if (base_span_is(token->text, units[i]))
            return true;
    return token->kind == TOKEN_NAME &&
           (base_span_is(token->text, "millisecond") || base_span_is(token->text, "milliseconds"));
}

static int parse_number(path_parser *parser, path_expr *literal, lethe_error *error)
{
    literal->item = (fhirpath_item){.kind = FHIRPATH_DECIMAL, .text = parser->token.text};
    const base_span text = parser->token.text;
    if (memchr(text.data, '.', text.size) == NULL && text.size <= 18) {
        literal->item.kind = FHIRPATH_INTEGER;
        for (size_t i = 0; i < text.size; i++)
            literal->item.integer = literal->item.integer * 10 + (text.data[i] - '0');
    }
    BASE_TRY(advance(parser, error));
    if (parser->token.kind == TOKEN_STRING || is_calendar_unit(&parser->token)) {
        literal->item.kind = FHIRPATH_QUANTITY;
        literal->item.unit = parser->token.text;
        return advance(parser, error);
    }
    return 0;
}

static int parse_literal(path_parser *parser, path_expr **ret_expr, lethe_error *error)
{
    const path_token *token = &parser->token;
    NEW(literal, PATH_LITERAL, token->at);
    *ret_expr = literal;
    literal->item.text = token->text;
    switch (token->kind) {
    case TOKEN_NUMBER:
        return parse_number(parser, literal, error);
    case TOKEN_STRING:
        literal->item.kind = FHIRPATH_STRING;
        break;
    case TOKEN_DATE:
        literal->item.kind = FHIRPATH_DATE;
        break;
    case TOKEN_DATETIME:
        literal->item.kind = FHIRPATH_DATE_TIME;
        break;
    case TOKEN_TIME:
        literal->item.kind = FHIRPATH_TIME;
        break;
    default:
        literal->item = path_boolean(base_span_is(token->text, "true"));
    }
    if (literal->item.kind != FHIRPATH_BOOLEAN && literal->item.kind != FHIRPATH_STRING &&
        !path_date_valid(literal->item))
        return refuse(token->at, error);
    return advance(parser, error);
}

static int parse_variable(path_parser *parser, path_expr **ret_expr, lethe_error *error)
{
    const bool index = base_span_is(parser->token.text, "index");
    if (!index && !base_span_is(parser->token.text, "this"))
        return refuse(parser->token.at, error);
    NEW(variable, index ? PATH_INDEX : PATH_THIS, parser->token.at);
    *ret_expr = variable;
    return advance(parser, error);
}

/* The constants of FHIR: http://hl7.org/fhir/R4/fhirpath.html#variables. */
static int parse_constant(path_parser *parser, path_expr **ret_expr, lethe_error *error)
{
    static const struct {
        const char *name, *url;
    } urls[] = {
        {"ucum", "http://unitsofmeasure.org"}, {"sct", "http://snomed.info/sct"}, {"loinc", "http://loinc.org"}};
    static const char *const roots[] = {"resource", "rootResource", "context"};
    const base_span name = parser->token.text;
    NEW(constant, PATH_ROOT, parser->token.at);
    *ret_expr = constant;
    for (size_t i = 0; i < 3; i++) {
        if (base_span_is(name, urls[i].name)) {
            constant->kind = PATH_LITERAL;
            constant->item = path_string(base_span_of(urls[i].url));
            return advance(parser, error);
        }
        if (base_span_is(name, roots[i])) {
            constant->root = (path_root)i;
            return advance(parser, error);
        }
    }
    return refuse(parser->token.at, error);
}

static int parse_braces(path_parser *parser, path_expr **ret_expr, lethe_error *error)
{
    NEW(empty, PATH_EMPTY, parser->token.at);
    *ret_expr = empty;
    BASE_TRY(advance(parser, error));
    return expect(parser, "}", error);
}

static int parse_term(path_parser *parser, path_expr **ret_expr, lethe_error *error)
{
    const path_token *token = &parser->token;
    switch (token->kind) {
    case TOKEN_VARIABLE:
        return parse_variable(parser, ret_expr, error);
    case TOKEN_CONSTANT:
        return parse_constant(parser, ret_expr, error);
    case TOKEN_DELIMITED:
        return parse_invocation(parser, NULL, ret_expr, error);
    case TOKEN_NAME:
        if (base_span_is(token->text, "true") || base_span_is(token->text, "false"))
            return parse_literal(parser, ret_expr, error);
        return parse_invocation(parser, NULL, ret_expr, error);
    case TOKEN_SYMBOL:
        if (base_span_is(token->text, "{"))
            return parse_braces(parser, ret_expr, error);
        if (!base_span_is(token->text, "("))
            return refuse(token->at, error);
        BASE_TRY(advance(parser, error));
        BASE_TRY(parse_expression(parser, 0, ret_expr, error));
        return expect(parser, ")", error);
    case TOKEN_END:
        return refuse(token->at, error);
    default:
        return parse_literal(parser, ret_expr, error);
    }
}

/* A term and the members, calls and indexers behind it. */
static int parse_path(path_parser *parser, path_expr **ret_expr, lethe_error *error)
{
    BASE_TRY(parse_term(parser, ret_expr, error));
    for (int length = 0;; length++) {
        if (length > FHIRPATH_DEPTH_MAX)
            return refuse(parser->token.at, error);
        if (is_symbol(parser, ".")) {
            BASE_TRY(advance(parser, error));
            BASE_TRY(parse_invocation(parser, *ret_expr, ret_expr, error));
        } else if (is_symbol(parser, "[")) {
            NEW(indexer, PATH_INDEXER, parser->token.at);
            BASE_TRY(advance(parser, error));
            indexer->left = *ret_expr;
            BASE_TRY(parse_expression(parser, 0, &indexer->right, error));
            *ret_expr = indexer;
            BASE_TRY(expect(parser, "]", error));
        } else {
            return 0;
        }
    }
}

static int parse_unary(path_parser *parser, path_expr **ret_expr, lethe_error *error)
{
    if (!is_symbol(parser, "+") && !is_symbol(parser, "-"))
        return parse_path(parser, ret_expr, error);
    const bool minus = is_symbol(parser, "-");
    NEW(negate, PATH_NEGATE, parser->token.at);
    BASE_TRY(advance(parser, error));
    BASE_TRY(parse_path(parser, &negate->right, error));
    *ret_expr = minus ? negate : negate->right;
    return 0;
}

static int operator_of(const path_parser *parser)
{
    if (parser->token.kind == TOKEN_NAME || parser->token.kind == TOKEN_SYMBOL)
        for (size_t i = 0; i < sizeof(OPERATORS) / sizeof(*OPERATORS); i++)
            if (base_span_is(parser->token.text, OPERATORS[i].text))
                return (int)i;
    return -1;
}

static int parse_operators(path_parser *parser, int precedence, path_expr **ret_expr, lethe_error *error)
{
    path_expr *left = NULL;
    BASE_TRY(parse_unary(parser, &left, error));
    for (int length = 0;; length++) {
        const int found = operator_of(parser);
        if (found < 0 || OPERATORS[found].precedence < precedence)
            break;
        if (length > FHIRPATH_DEPTH_MAX)
            return refuse(parser->token.at, error);
        const bool type = OPERATORS[found].precedence == TYPE_PRECEDENCE;
        NEW(binary, type ? PATH_TYPE : PATH_BINARY, parser->token.at);
        binary->op = OPERATORS[found].op;
        binary->left = left;
        BASE_TRY(advance(parser, error));
        if (type)
            BASE_TRY(parse_type(parser, &binary->name, error));
        else
            BASE_TRY(parse_expression(parser, OPERATORS[found].precedence + 1, &binary->right, error));
        left = binary;
    }
    *ret_expr = left;
    return 0;
}

static int parse_expression(path_parser *parser, int precedence, path_expr **ret_expr, lethe_error *error)
{
    if (++parser->depth > FHIRPATH_DEPTH_MAX)
        return refuse(parser->token.at, error);
    BASE_TRY(parse_operators(parser, precedence, ret_expr, error));
    parser->depth--;
    return 0;
}

static int compile(path_parser *parser, lethe_error *error)
{
    BASE_TRY(advance(parser, error));
    BASE_TRY(parse_expression(parser, 0, &parser->program->root, error));
    return parser->token.kind == TOKEN_END ? 0 : refuse(parser->token.at, error);
}

int fhirpath_compile(base_span text, fhirpath_program **ret_program, lethe_error *error)
{
    if (text.size > FHIRPATH_TEXT_MAX)
        return refuse(FHIRPATH_TEXT_MAX, error);
    fhirpath_program *program = calloc(1, sizeof(*program));
    if (program == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_arena_init(&program->arena, PROGRAM_BYTES_MAX);
    path_parser parser = {.program = program};
    parser.lexer = (path_lexer){base_arena_copy(&program->arena, text), 0, &program->arena};
    const int status =
        parser.lexer.source.data != NULL ? compile(&parser, error) : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status != 0) {
        fhirpath_free(program);
        return status;
    }
    *ret_program = program;
    return 0;
}

void fhirpath_free(fhirpath_program *program)
{
    if (program == NULL)
        return;
    for (size_t i = 0; i < program->pattern_count; i++)
        pcre2_code_free(program->patterns[i]->pattern);
    base_arena_done(&program->arena);
    free(program);
}

int fhirpath_plain(const fhirpath_program *program, base_span *ret_members, int max)
{
    int count = 0;
    const path_expr *expr = program->root;
    if (expr->kind == PATH_THIS)
        return 0;
    for (const path_expr *at = expr; at != NULL; at = at->left, count++)
        if (at->kind != PATH_MEMBER || count == max)
            return -1;
    for (int i = count - 1; i >= 0; i--, expr = expr->left)
        ret_members[i] = expr->name;
    return count;
}
