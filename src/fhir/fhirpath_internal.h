/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_FHIRPATH_INTERNAL_H
#define FHIR_FHIRPATH_INTERNAL_H

#include "base/arena.h"
#include "fhir/fhirpath.h"

/* Between the files of FHIRPath: tokens, the tree of an expression, collections, one evaluation. */

typedef enum path_token_kind {
    TOKEN_END,
    TOKEN_NAME,      /* identifier, keywords too */
    TOKEN_DELIMITED, /* `identifier` */
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_DATE,     /* @2020-01 */
    TOKEN_DATETIME, /* @2020-01T... */
    TOKEN_TIME,     /* @T12:00 */
    TOKEN_VARIABLE, /* $this, $index, $total */
    TOKEN_CONSTANT, /* %resource */
    TOKEN_SYMBOL,   /* the symbol in `text` */
} path_token_kind;

typedef struct path_token {
    path_token_kind kind;
    size_t at;      /* byte where it begins */
    base_span text; /* decoded where it has escapes, without quotes and marks */
} path_token;

typedef struct path_lexer {
    base_span source;
    size_t at;
    base_arena *arena;
} path_lexer;

/* LETHE_E_FHIR_PATH with the place where no token begins. */
int path_lex(path_lexer *lexer, path_token *ret_token, lethe_error *error);

typedef enum path_op {
    OP_NONE,
    OP_IMPLIES,
    OP_OR,
    OP_XOR,
    OP_AND,
    OP_IN,
    OP_CONTAINS,
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_EQUIVALENT,
    OP_NOT_EQUIVALENT,
    OP_LESS,
    OP_LESS_OR_EQUAL,
    OP_GREATER,
    OP_GREATER_OR_EQUAL,
    OP_UNION,
    OP_IS,
    OP_AS,
    OP_ADD,
    OP_SUBTRACT,
    OP_CONCATENATE,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_DIV,
    OP_MOD,
} path_op;

typedef enum path_kind {
    PATH_EMPTY,   /* {} */
    PATH_LITERAL, /* item */
    PATH_THIS,    /* $this */
    PATH_INDEX,   /* $index */
    PATH_ROOT,    /* %resource, %rootResource, %context */
    PATH_MEMBER,  /* input . name */
    PATH_CALL,    /* input . function ( arguments ) */
    PATH_INDEXER, /* input [ right ] */
    PATH_BINARY,  /* left op right */
    PATH_NEGATE,  /* - right */
    PATH_TYPE,    /* left is name, left as name */
} path_kind;

typedef enum path_root { ROOT_RESOURCE, ROOT_ROOT_RESOURCE, ROOT_CONTEXT } path_root;

typedef struct path_function path_function;
#define PATH_ARGUMENTS_MAX 3

/* One node of an expression. `left` is the input of member, call and indexer: NULL is the focus. */
typedef struct path_expr {
    path_kind kind;
    path_op op;
    path_root root;
    size_t at;
    base_span name; /* MEMBER; the type of TYPE and of the calls is, as, ofType */
    fhirpath_item item;
    const path_function *function;
    uint8_t argument_count;
    struct path_expr *left, *right, *arguments[PATH_ARGUMENTS_MAX];
    struct pcre2_real_code_8 *pattern; /* of matches and replaceMatches with a literal, compiled once */
} path_expr;

struct fhirpath_program {
    base_arena arena;
    path_expr *root;
    struct path_expr *patterns[16]; /* calls whose pattern must be freed */
    size_t pattern_count;
};

/* A collection grows in the arena of its evaluation. */
typedef struct path_list {
    fhirpath_item *items;
    size_t count, capacity;
} path_list;

struct fhirpath_scratch {
    base_arena arena;
    uint64_t steps;
    fhir_node *context; /* the node that the program was called with */
    bool shape;         /* conditions hold and every index is there: what could be found */
    int depth;
};

typedef struct path_focus {
    const path_list *list;     /* what a leading name or function works on */
    const fhirpath_item *self; /* $this */
    int64_t index;             /* $index */
} path_focus;

struct path_function {
    const char *name;
    uint8_t min, max; /* arguments */
    bool type;        /* the argument is the name of a type */
    int (*run)(fhirpath_scratch *scratch, const path_expr *call, const path_list *input, const path_focus *focus,
               path_list *ret_list, lethe_error *error);
};

/* fhirpath_eval.c: the function of this name, or NULL. */
const path_function *path_function_of(base_span name);
extern const path_function PATH_LIST_FUNCTIONS[];   /* fhirpath_lists.c, each ended by a NULL name */
extern const path_function PATH_TREE_FUNCTIONS[];   /* fhirpath_tree.c */
extern const path_function PATH_STRING_FUNCTIONS[]; /* fhirpath_strings.c */

/* fhirpath_eval.c */
int path_eval(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, path_list *ret_list,
              lethe_error *error);
int path_add(fhirpath_scratch *scratch, path_list *list, fhirpath_item item, lethe_error *error);
int path_add_all(fhirpath_scratch *scratch, path_list *list, const path_list *more, lethe_error *error);
int path_step(fhirpath_scratch *scratch, lethe_error *error); /* one unit of work, bounded */
int path_fail(const path_expr *expr, lethe_error *error);     /* LETHE_E_FHIR_EVAL */
int path_truth_of(const path_expr *expr, const path_list *list, fhirpath_truth *ret_truth, lethe_error *error);
int path_truth(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, fhirpath_truth *ret_truth,
               lethe_error *error);

/* Evaluates an argument on the focus of the call: to at most one item; false in `ret_there` where it is empty. */
int path_one(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, bool *ret_there,
             fhirpath_item *ret_item, lethe_error *error);

static inline fhirpath_item path_boolean(bool truth)
{
    return (fhirpath_item){.kind = FHIRPATH_BOOLEAN, .truth = truth};
}

static inline fhirpath_item path_integer(int64_t integer)
{
    return (fhirpath_item){.kind = FHIRPATH_INTEGER, .integer = integer};
}

static inline fhirpath_item path_string(base_span text)
{
    return (fhirpath_item){.kind = FHIRPATH_STRING, .text = text};
}

static inline fhirpath_item path_node(fhir_node *node)
{
    return (fhirpath_item){.kind = FHIRPATH_NODE, .node = node};
}

/* fhirpath_value.c: a node with a primitive value as the System value it stands for; other items as they are. */
fhirpath_item path_value(fhirpath_item item);
bool path_has_value(fhirpath_item item);
bool path_is_type(fhirpath_item item, base_span type);
int path_text(fhirpath_scratch *scratch, fhirpath_item item, base_span *ret_text, lethe_error *error);

/* fhirpath_compare.c. Equality that may be unknown; equivalence; order: LETHE_E_FHIR_EVAL where there is none. */
int path_equal(fhirpath_scratch *scratch, fhirpath_item a, fhirpath_item b, fhirpath_truth *ret_truth,
               lethe_error *error);
int path_equal_lists(fhirpath_scratch *scratch, const path_list *a, const path_list *b, bool equivalent,
                     fhirpath_truth *ret_truth, lethe_error *error);
int path_order(fhirpath_scratch *scratch, const path_expr *expr, fhirpath_item a, fhirpath_item b, bool *ret_known,
               int *ret_order, lethe_error *error);
int path_distinct(fhirpath_scratch *scratch, const path_list *list, path_list *ret_list, lethe_error *error);
int path_has(fhirpath_scratch *scratch, const path_list *list, fhirpath_item item, bool *ret_has, lethe_error *error);

/* fhirpath_date.c: dates, dateTimes and times of any precision. Unknown: equal as far as both say it, but one says
 * more. */
bool path_date_valid(fhirpath_item item);
int path_date_order(const path_expr *expr, fhirpath_item a, fhirpath_item b, bool *ret_known, int *ret_order,
                    lethe_error *error);

/* fhirpath_number.c: + - * / div mod on integers and decimals; false in `ret_there` for a division by zero. */
int path_arithmetic(fhirpath_scratch *scratch, const path_expr *expr, fhirpath_item a, fhirpath_item b, bool *ret_there,
                    fhirpath_item *ret_item, lethe_error *error);
bool path_number_order(fhirpath_item a, fhirpath_item b, int *ret_order);
bool path_number_integer(fhirpath_item item, int64_t *ret_integer); /* an integer, or a decimal that is one */

#endif
