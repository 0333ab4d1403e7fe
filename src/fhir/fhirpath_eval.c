/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath_internal.h"

#include <stdlib.h>

/*
 * Evaluates the tree of an expression. Every item that is looked at is a step; steps, memory and depth have a limit, so
 * that no expression and no document can make it work for long.
 */
#define EVAL_DEPTH_MAX 400

int path_step(fhirpath_scratch *scratch, lethe_error *error)
{
    return ++scratch->steps > FHIRPATH_STEPS_MAX ? base_fail(error, LETHE_E_BASE_LIMIT) : 0;
}

int path_fail(const path_expr *expr, lethe_error *error)
{
    return expr != NULL ? base_fail_at(error, LETHE_E_FHIR_EVAL, expr->at) : base_fail(error, LETHE_E_FHIR_EVAL);
}

int path_add(fhirpath_scratch *scratch, path_list *list, fhirpath_item item, lethe_error *error)
{
    BASE_TRY(path_step(scratch, error));
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity != 0 ? 2 * list->capacity : 4;
        fhirpath_item *items = base_arena_take_array(&scratch->arena, capacity, sizeof(*items));
        if (items == NULL)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        if (list->count != 0)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return 0;
}

int path_add_all(fhirpath_scratch *scratch, path_list *list, const path_list *more, lethe_error *error)
{
    for (size_t i = 0; i < more->count; i++)
        BASE_TRY(path_add(scratch, list, more->items[i], error));
    return 0;
}

int path_truth_of(const path_expr *expr, const path_list *list, fhirpath_truth *ret_truth, lethe_error *error)
{
    if (list->count > 1)
        return path_fail(expr, error);
    *ret_truth = FHIRPATH_UNKNOWN;
    if (list->count == 1) {
        const fhirpath_item value = path_value(list->items[0]);
        *ret_truth = value.kind == FHIRPATH_BOOLEAN && !value.truth ? FHIRPATH_FALSE : FHIRPATH_TRUE;
    }
    return 0;
}

int path_truth(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, fhirpath_truth *ret_truth,
               lethe_error *error)
{
    path_list list = {0};
    BASE_TRY(path_eval(scratch, expr, focus, &list, error));
    return path_truth_of(expr, &list, ret_truth, error);
}

int path_one(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, bool *ret_there,
             fhirpath_item *ret_item, lethe_error *error)
{
    path_list list = {0};
    BASE_TRY(path_eval(scratch, expr, focus, &list, error));
    if (list.count > 1)
        return path_fail(expr, error);
    *ret_there = list.count == 1;
    if (*ret_there)
        *ret_item = path_value(list.items[0]);
    return 0;
}

const path_function *path_function_of(base_span name)
{
    const path_function *const tables[] = {PATH_LIST_FUNCTIONS, PATH_TREE_FUNCTIONS, PATH_STRING_FUNCTIONS};
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        for (const path_function *function = tables[i]; function->name != NULL; function++)
            if (base_span_is(name, function->name))
                return function;
    return NULL;
}

/* Patient.name on a Patient: the leading name is the focus itself, where it is of that type. */
static bool names_itself(const path_expr *member, const fhir_node *node)
{
    return member->left == NULL && member->name.size != 0 && member->name.data[0] >= 'A' &&
           member->name.data[0] <= 'Z' && path_is_type(path_node((fhir_node *)node), member->name);
}

static int eval_member(fhirpath_scratch *scratch, const path_expr *member, const path_list *input, path_list *ret_list,
                       lethe_error *error)
{
    for (size_t i = 0; i < input->count; i++) {
        if (input->items[i].kind != FHIRPATH_NODE)
            continue;
        fhir_node *node = input->items[i].node;
        if (names_itself(member, node)) {
            BASE_TRY(path_add(scratch, ret_list, input->items[i], error));
            continue;
        }
        for (fhir_node *child = node->first; child != NULL; child = child->next) {
            BASE_TRY(path_step(scratch, error));
            const base_span name = fhir_element_stem(child->element);
            if (name.size != member->name.size || memcmp(name.data, member->name.data, name.size) != 0)
                continue;
            BASE_TRY(path_add(scratch, ret_list, path_node(child), error));
            if (!child->element->many && !scratch->shape)
                break; /* there is no other: a large Bundle has its type before its entries */
        }
    }
    return 0;
}

static int eval_indexer(fhirpath_scratch *scratch, const path_expr *expr, const path_list *input,
                        const path_focus *focus, path_list *ret_list, lethe_error *error)
{
    bool there = false;
    fhirpath_item index = {0};
    if (scratch->shape)
        return path_add_all(scratch, ret_list, input, error);
    BASE_TRY(path_one(scratch, expr->right, focus, &there, &index, error));
    if (!there)
        return 0;
    if (index.kind != FHIRPATH_INTEGER)
        return path_fail(expr, error);
    if (index.integer >= 0 && (uint64_t)index.integer < input->count)
        return path_add(scratch, ret_list, input->items[index.integer], error);
    return 0;
}

static int eval_type(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, path_list *ret_list,
                     lethe_error *error)
{
    path_list input = {0};
    BASE_TRY(path_eval(scratch, expr->left, focus, &input, error));
    if (expr->op == OP_IS) {
        if (input.count > 1)
            return path_fail(expr, error);
        return input.count == 0
                   ? 0
                   : path_add(scratch, ret_list, path_boolean(path_is_type(input.items[0], expr->name)), error);
    }
    for (size_t i = 0; i < input.count; i++)
        if (path_is_type(input.items[i], expr->name))
            BASE_TRY(path_add(scratch, ret_list, input.items[i], error));
    return 0;
}

/* %resource is what holds the context; %rootResource what holds that, where it is contained. */
static int eval_root(fhirpath_scratch *scratch, const path_expr *expr, path_list *ret_list, lethe_error *error)
{
    fhir_node *node = scratch->context;
    if (expr->root != ROOT_CONTEXT)
        node = fhir_node_resource(node);
    if (expr->root == ROOT_ROOT_RESOURCE && node->element != NULL && node->parent != NULL &&
        base_span_is(fhir_node_name(node), "contained"))
        node = node->parent;
    return path_add(scratch, ret_list, path_node(node), error);
}

/* Three-valued logic, FHIRPath 6.5. */
static fhirpath_truth combine(path_op op, fhirpath_truth a, fhirpath_truth b)
{
    switch (op) {
    case OP_AND:
        if (a == FHIRPATH_FALSE || b == FHIRPATH_FALSE)
            return FHIRPATH_FALSE;
        return a == FHIRPATH_TRUE && b == FHIRPATH_TRUE ? FHIRPATH_TRUE : FHIRPATH_UNKNOWN;
    case OP_OR:
        if (a == FHIRPATH_TRUE || b == FHIRPATH_TRUE)
            return FHIRPATH_TRUE;
        return a == FHIRPATH_FALSE && b == FHIRPATH_FALSE ? FHIRPATH_FALSE : FHIRPATH_UNKNOWN;
    case OP_XOR:
        if (a == FHIRPATH_UNKNOWN || b == FHIRPATH_UNKNOWN)
            return FHIRPATH_UNKNOWN;
        return a != b ? FHIRPATH_TRUE : FHIRPATH_FALSE;
    default: /* implies */
        if (a == FHIRPATH_FALSE || b == FHIRPATH_TRUE)
            return FHIRPATH_TRUE;
        return a == FHIRPATH_TRUE ? b : FHIRPATH_UNKNOWN;
    }
}

static int eval_logic(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, path_list *ret_list,
                      lethe_error *error)
{
    fhirpath_truth left = FHIRPATH_UNKNOWN, right = FHIRPATH_UNKNOWN;
    BASE_TRY(path_truth(scratch, expr->left, focus, &left, error));
    const bool decided = (expr->op == OP_AND && left == FHIRPATH_FALSE) ||
                         (expr->op == OP_OR && left == FHIRPATH_TRUE) ||
                         (expr->op == OP_IMPLIES && left == FHIRPATH_FALSE);
    if (!decided)
        BASE_TRY(path_truth(scratch, expr->right, focus, &right, error));
    const fhirpath_truth truth = combine(expr->op, left, right);
    return truth == FHIRPATH_UNKNOWN ? 0 : path_add(scratch, ret_list, path_boolean(truth == FHIRPATH_TRUE), error);
}

static int eval_equality(fhirpath_scratch *scratch, const path_expr *expr, const path_list *left,
                         const path_list *right, path_list *ret_list, lethe_error *error)
{
    const bool equivalent = expr->op == OP_EQUIVALENT || expr->op == OP_NOT_EQUIVALENT;
    const bool negated = expr->op == OP_NOT_EQUAL || expr->op == OP_NOT_EQUIVALENT;
    fhirpath_truth truth = FHIRPATH_UNKNOWN;
    if (!equivalent && (left->count == 0 || right->count == 0))
        return 0;
    BASE_TRY(path_equal_lists(scratch, left, right, equivalent, &truth, error));
    return truth == FHIRPATH_UNKNOWN
               ? 0
               : path_add(scratch, ret_list, path_boolean((truth == FHIRPATH_TRUE) != negated), error);
}

static int eval_membership(fhirpath_scratch *scratch, const path_expr *expr, const path_list *left,
                           const path_list *right, path_list *ret_list, lethe_error *error)
{
    const path_list *items = expr->op == OP_IN ? left : right, *among = expr->op == OP_IN ? right : left;
    bool has = false;
    if (items->count == 0)
        return 0;
    if (items->count > 1)
        return path_fail(expr, error);
    BASE_TRY(path_has(scratch, among, items->items[0], &has, error));
    return path_add(scratch, ret_list, path_boolean(has), error);
}

static int eval_order(fhirpath_scratch *scratch, const path_expr *expr, const fhirpath_item left,
                      const fhirpath_item right, path_list *ret_list, lethe_error *error)
{
    bool known = false;
    int order = 0;
    BASE_TRY(path_order(scratch, expr, left, right, &known, &order, error));
    if (!known)
        return 0;
    const bool truth = expr->op == OP_LESS            ? order < 0
                       : expr->op == OP_LESS_OR_EQUAL ? order <= 0
                       : expr->op == OP_GREATER       ? order > 0
                                                      : order >= 0;
    return path_add(scratch, ret_list, path_boolean(truth), error);
}

static int concatenate(fhirpath_scratch *scratch, const path_list *left, const path_list *right, path_list *ret_list,
                       lethe_error *error)
{
    base_span a = {NULL, 0}, b = {NULL, 0};
    if (left->count != 0)
        BASE_TRY(path_text(scratch, left->items[0], &a, error));
    if (right->count != 0)
        BASE_TRY(path_text(scratch, right->items[0], &b, error));
    char *text = base_arena_take(&scratch->arena, a.size + b.size + 1);
    if (text == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (a.size != 0)
        memcpy(text, a.data, a.size);
    if (b.size != 0)
        memcpy(text + a.size, b.data, b.size);
    return path_add(scratch, ret_list, path_string((base_span){text, a.size + b.size}), error);
}

static int eval_arithmetic(fhirpath_scratch *scratch, const path_expr *expr, const path_list *left,
                           const path_list *right, path_list *ret_list, lethe_error *error)
{
    if (left->count > 1 || right->count > 1)
        return path_fail(expr, error);
    if (expr->op == OP_CONCATENATE)
        return concatenate(scratch, left, right, ret_list, error);
    if (left->count == 0 || right->count == 0)
        return 0;
    const fhirpath_item a = path_value(left->items[0]), b = path_value(right->items[0]);
    if (expr->op >= OP_LESS && expr->op <= OP_GREATER_OR_EQUAL)
        return eval_order(scratch, expr, a, b, ret_list, error);
    if (expr->op == OP_ADD && a.kind == FHIRPATH_STRING && b.kind == FHIRPATH_STRING)
        return concatenate(scratch, left, right, ret_list, error);
    bool there = false;
    fhirpath_item result = {0};
    BASE_TRY(path_arithmetic(scratch, expr, a, b, &there, &result, error));
    return there ? path_add(scratch, ret_list, result, error) : 0;
}

static int eval_binary(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, path_list *ret_list,
                       lethe_error *error)
{
    path_list left = {0}, right = {0};
    if (expr->op <= OP_AND)
        return eval_logic(scratch, expr, focus, ret_list, error);
    BASE_TRY(path_eval(scratch, expr->left, focus, &left, error));
    BASE_TRY(path_eval(scratch, expr->right, focus, &right, error));
    switch (expr->op) {
    case OP_IN:
    case OP_CONTAINS:
        return eval_membership(scratch, expr, &left, &right, ret_list, error);
    case OP_EQUAL:
    case OP_NOT_EQUAL:
    case OP_EQUIVALENT:
    case OP_NOT_EQUIVALENT:
        return eval_equality(scratch, expr, &left, &right, ret_list, error);
    case OP_UNION:
        BASE_TRY(path_add_all(scratch, &left, &right, error));
        return path_distinct(scratch, &left, ret_list, error);
    default:
        return eval_arithmetic(scratch, expr, &left, &right, ret_list, error);
    }
}

static int eval_negate(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, path_list *ret_list,
                       lethe_error *error)
{
    bool there = false;
    fhirpath_item item = {0};
    const path_expr minus = {.op = OP_SUBTRACT, .at = expr->at};
    BASE_TRY(path_one(scratch, expr->right, focus, &there, &item, error));
    if (there)
        BASE_TRY(path_arithmetic(scratch, &minus, path_integer(0), item, &there, &item, error));
    return there ? path_add(scratch, ret_list, item, error) : 0;
}

/* The collection that a member, call or indexer works on. */
static int eval_input(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, path_list *input,
                      lethe_error *error)
{
    if (expr->left != NULL)
        return path_eval(scratch, expr->left, focus, input, error);
    *input = *focus->list;
    input->capacity = input->count; /* borrowed: whoever adds takes a copy */
    return 0;
}

static int eval(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, path_list *ret_list,
                lethe_error *error)
{
    path_list input = {0};
    switch (expr->kind) {
    case PATH_EMPTY:
        return 0;
    case PATH_LITERAL:
        return path_add(scratch, ret_list, expr->item, error);
    case PATH_THIS:
        return focus->self != NULL ? path_add(scratch, ret_list, *focus->self, error)
                                   : path_add_all(scratch, ret_list, focus->list, error);
    case PATH_INDEX:
        return path_add(scratch, ret_list, path_integer(focus->index), error);
    case PATH_ROOT:
        return eval_root(scratch, expr, ret_list, error);
    case PATH_BINARY:
        return eval_binary(scratch, expr, focus, ret_list, error);
    case PATH_NEGATE:
        return eval_negate(scratch, expr, focus, ret_list, error);
    case PATH_TYPE:
        return eval_type(scratch, expr, focus, ret_list, error);
    default:
        break;
    }
    BASE_TRY(eval_input(scratch, expr, focus, &input, error));
    if (expr->kind == PATH_MEMBER)
        return eval_member(scratch, expr, &input, ret_list, error);
    if (expr->kind == PATH_INDEXER)
        return eval_indexer(scratch, expr, &input, focus, ret_list, error);
    return expr->function->run(scratch, expr, &input, focus, ret_list, error);
}

int path_eval(fhirpath_scratch *scratch, const path_expr *expr, const path_focus *focus, path_list *ret_list,
              lethe_error *error)
{
    BASE_TRY(path_step(scratch, error));
    if (++scratch->depth > EVAL_DEPTH_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    const int status = eval(scratch, expr, focus, ret_list, error);
    scratch->depth--;
    return status;
}

int fhirpath_eval(const fhirpath_program *program, fhirpath_scratch *scratch, fhir_node *node, fhirpath_list *ret_list,
                  lethe_error *error)
{
    fhirpath_item self = path_node(node);
    const path_list list = {&self, 1, 1};
    const path_focus focus = {.list = &list, .self = &self};
    path_list result = {0};
    base_arena_reset(&scratch->arena);
    scratch->steps = 0;
    scratch->depth = 0;
    scratch->context = node;
    BASE_TRY(path_eval(scratch, program->root, &focus, &result, error));
    *ret_list = (fhirpath_list){result.items, result.count};
    return 0;
}

int fhirpath_reach(const fhirpath_program *program, fhirpath_scratch *scratch, fhir_node *shape,
                   fhirpath_list *ret_list, lethe_error *error)
{
    scratch->shape = true;
    const int status = fhirpath_eval(program, scratch, shape, ret_list, error);
    scratch->shape = false;
    return status;
}

int fhirpath_test(const fhirpath_program *program, fhirpath_scratch *scratch, fhir_node *node,
                  fhirpath_truth *ret_truth, lethe_error *error)
{
    fhirpath_list list = {0};
    BASE_TRY(fhirpath_eval(program, scratch, node, &list, error));
    const path_list items = {list.items, list.count, list.count};
    return path_truth_of(program->root, &items, ret_truth, error);
}

int fhirpath_scratch_new(size_t max_bytes, fhirpath_scratch **ret_scratch, lethe_error *error)
{
    fhirpath_scratch *scratch = calloc(1, sizeof(*scratch));
    if (scratch == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_arena_init(&scratch->arena, max_bytes);
    *ret_scratch = scratch;
    return 0;
}

void fhirpath_scratch_free(fhirpath_scratch *scratch)
{
    if (scratch == NULL)
        return;
    base_arena_done(&scratch->arena);
    free(scratch);
}
