/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath_internal.h"

/* Functions over collections: existence, filtering, subsets, combining (FHIRPath 5.1 to 5.4), iif, not, is, as. */
#define FUNCTION(name)                                                                                                 \
    static int name(fhirpath_scratch *scratch, const path_expr *call, const path_list *input, const path_focus *focus, \
                    path_list *ret_list, lethe_error *error)
#define GIVE(item) return path_add(scratch, ret_list, (item), error)

/* One item as the focus of a criterion. */
#define EACH(item_index)                                                                                               \
    const path_list one = {&input->items[item_index], 1, 1};                                                           \
    const path_focus inner = {.list = &one, .self = one.items, .index = (int64_t)(item_index)}

static int criterion(fhirpath_scratch *scratch, const path_expr *call, const path_list *input, size_t i,
                     bool *ret_holds, lethe_error *error)
{
    EACH(i);
    fhirpath_truth truth = FHIRPATH_UNKNOWN;
    *ret_holds = true;
    if (scratch->shape)
        return 0;
    BASE_TRY(path_truth(scratch, call->arguments[0], &inner, &truth, error));
    *ret_holds = truth == FHIRPATH_TRUE;
    return 0;
}

FUNCTION(run_empty)
{
    (void)call, (void)focus;
    GIVE(path_boolean(input->count == 0));
}

FUNCTION(run_exists)
{
    (void)focus;
    bool holds = input->count != 0;
    if (call->argument_count != 0) {
        holds = false;
        for (size_t i = 0; i < input->count && !holds; i++)
            BASE_TRY(criterion(scratch, call, input, i, &holds, error));
    }
    GIVE(path_boolean(holds));
}

FUNCTION(run_all)
{
    (void)focus;
    bool holds = true;
    for (size_t i = 0; i < input->count && holds; i++)
        BASE_TRY(criterion(scratch, call, input, i, &holds, error));
    GIVE(path_boolean(holds));
}

/* allTrue, anyTrue, allFalse, anyFalse. */
FUNCTION(run_truths)
{
    (void)focus;
    const bool any = call->name.data[1] == 'n';
    const bool wanted = call->name.data[3] == 'T';
    bool result = !any;
    for (size_t i = 0; i < input->count; i++) {
        const fhirpath_item value = path_value(input->items[i]);
        if (value.kind != FHIRPATH_BOOLEAN)
            return path_fail(call, error);
        result = any ? result || value.truth == wanted : result && value.truth == wanted;
    }
    GIVE(path_boolean(result));
}

FUNCTION(run_count)
{
    (void)call, (void)focus;
    GIVE(path_integer((int64_t)input->count));
}

FUNCTION(run_distinct)
{
    (void)call, (void)focus;
    return path_distinct(scratch, input, ret_list, error);
}

FUNCTION(run_is_distinct)
{
    (void)call, (void)focus;
    path_list distinct = {0};
    BASE_TRY(path_distinct(scratch, input, &distinct, error));
    GIVE(path_boolean(distinct.count == input->count));
}

FUNCTION(run_where)
{
    (void)focus;
    for (size_t i = 0; i < input->count; i++) {
        bool holds = false;
        BASE_TRY(criterion(scratch, call, input, i, &holds, error));
        if (holds)
            BASE_TRY(path_add(scratch, ret_list, input->items[i], error));
    }
    return 0;
}

FUNCTION(run_select)
{
    (void)focus;
    for (size_t i = 0; i < input->count; i++) {
        EACH(i);
        BASE_TRY(path_eval(scratch, call->arguments[0], &inner, ret_list, error));
    }
    return 0;
}

/* What the projection gives, and what it gives on that, until nothing new comes. Nodes are new by identity. */
FUNCTION(run_repeat)
{
    (void)focus;
    path_list all = {0};
    BASE_TRY(path_add_all(scratch, &all, input, error));
    for (size_t i = 0; i < all.count; i++) {
        const path_list one = {&all.items[i], 1, 1};
        const fhirpath_item self = all.items[i];
        const path_focus inner = {.list = &one, .self = &self, .index = (int64_t)i};
        path_list more = {0};
        BASE_TRY(path_eval(scratch, call->arguments[0], &inner, &more, error));
        for (size_t j = 0; j < more.count; j++) {
            bool known = false;
            for (size_t k = input->count; k < all.count && !known; k++) {
                BASE_TRY(path_step(scratch, error));
                known = more.items[j].kind == FHIRPATH_NODE && all.items[k].node == more.items[j].node;
            }
            if (!known && more.items[j].kind != FHIRPATH_NODE)
                BASE_TRY(path_has(scratch, &all, more.items[j], &known, error));
            if (!known)
                BASE_TRY(path_add(scratch, &all, more.items[j], error));
        }
    }
    for (size_t i = input->count; i < all.count; i++)
        BASE_TRY(path_add(scratch, ret_list, all.items[i], error));
    return 0;
}

/* ofType and as keep what is of the type. */
FUNCTION(run_of_type)
{
    (void)focus;
    for (size_t i = 0; i < input->count; i++)
        if (path_is_type(input->items[i], call->name))
            BASE_TRY(path_add(scratch, ret_list, input->items[i], error));
    return 0;
}

FUNCTION(run_is)
{
    (void)focus;
    if (input->count > 1)
        return path_fail(call, error);
    if (input->count == 0)
        return 0;
    GIVE(path_boolean(path_is_type(input->items[0], call->name)));
}

FUNCTION(run_single)
{
    (void)focus;
    return input->count > 1 ? path_fail(call, error) : path_add_all(scratch, ret_list, input, error);
}

static int part(fhirpath_scratch *scratch, const path_list *input, size_t from, size_t to, path_list *ret_list,
                lethe_error *error)
{
    for (size_t i = from; i < to && i < input->count; i++)
        BASE_TRY(path_add(scratch, ret_list, input->items[i], error));
    return 0;
}

FUNCTION(run_first)
{
    (void)call, (void)focus;
    return part(scratch, input, 0, scratch->shape ? input->count : 1, ret_list, error);
}

FUNCTION(run_last)
{
    (void)call, (void)focus;
    const size_t from = input->count != 0 && !scratch->shape ? input->count - 1 : 0;
    return part(scratch, input, from, input->count, ret_list, error);
}

FUNCTION(run_tail)
{
    (void)call, (void)focus;
    return part(scratch, input, scratch->shape ? 0 : 1, input->count, ret_list, error);
}

/* skip and take */
FUNCTION(run_skip)
{
    bool there = false;
    fhirpath_item number = {0};
    if (scratch->shape)
        return path_add_all(scratch, ret_list, input, error);
    BASE_TRY(path_one(scratch, call->arguments[0], focus, &there, &number, error));
    if (!there || number.kind != FHIRPATH_INTEGER)
        return path_fail(call, error);
    const size_t size = number.integer < 0                                  ? 0
                        : (uint64_t)number.integer > (uint64_t)input->count ? input->count
                                                                            : (size_t)number.integer;
    if (call->name.data[0] == 's')
        return part(scratch, input, size, input->count, ret_list, error);
    return part(scratch, input, 0, size, ret_list, error);
}

static int argument_list(fhirpath_scratch *scratch, const path_expr *call, const path_focus *focus, path_list *ret_list,
                         lethe_error *error)
{
    return path_eval(scratch, call->arguments[0], focus, ret_list, error);
}

/* intersect keeps what the other has, exclude what it has not. */
FUNCTION(run_intersect)
{
    const bool wanted = call->name.data[0] == 'i';
    path_list other = {0}, kept = {0};
    BASE_TRY(argument_list(scratch, call, focus, &other, error));
    for (size_t i = 0; i < input->count; i++) {
        bool has = false;
        BASE_TRY(path_has(scratch, &other, input->items[i], &has, error));
        if (has == wanted)
            BASE_TRY(path_add(scratch, &kept, input->items[i], error));
    }
    return wanted ? path_distinct(scratch, &kept, ret_list, error) : path_add_all(scratch, ret_list, &kept, error);
}

FUNCTION(run_subset_of)
{
    const bool subset = call->name.data[2] == 'b';
    path_list other = {0};
    BASE_TRY(argument_list(scratch, call, focus, &other, error));
    const path_list *part_list = subset ? input : &other, *whole = subset ? &other : input;
    bool has = true;
    for (size_t i = 0; i < part_list->count && has; i++)
        BASE_TRY(path_has(scratch, whole, part_list->items[i], &has, error));
    GIVE(path_boolean(has));
}

/* union without, combine with what is there twice. */
FUNCTION(run_union)
{
    path_list both = {0};
    BASE_TRY(path_add_all(scratch, &both, input, error));
    BASE_TRY(argument_list(scratch, call, focus, &both, error));
    if (call->name.data[0] == 'c')
        return path_add_all(scratch, ret_list, &both, error);
    return path_distinct(scratch, &both, ret_list, error);
}

/* The condition and its outcomes speak of the input, also where that is empty: R4's own ctm-1 needs it. */
FUNCTION(run_iif)
{
    fhirpath_truth truth = FHIRPATH_UNKNOWN;
    const path_focus inner = {.list = input,
                              .self = call->left == NULL  ? focus->self
                                      : input->count == 1 ? input->items
                                                          : NULL,
                              .index = focus->index};
    BASE_TRY(path_truth(scratch, call->arguments[0], &inner, &truth, error));
    if (truth == FHIRPATH_TRUE)
        return path_eval(scratch, call->arguments[1], &inner, ret_list, error);
    return call->argument_count > 2 ? path_eval(scratch, call->arguments[2], &inner, ret_list, error) : 0;
}

FUNCTION(run_not)
{
    (void)focus;
    fhirpath_truth truth = FHIRPATH_UNKNOWN;
    BASE_TRY(path_truth_of(call, input, &truth, error));
    if (truth == FHIRPATH_UNKNOWN)
        return 0;
    GIVE(path_boolean(truth == FHIRPATH_FALSE));
}

/* Traces say nothing: they would carry the content of the input. */
FUNCTION(run_trace)
{
    (void)call, (void)focus;
    return path_add_all(scratch, ret_list, input, error);
}

const path_function PATH_LIST_FUNCTIONS[] = {
    {"empty", 0, 0, false, run_empty},
    {"exists", 0, 1, false, run_exists},
    {"all", 1, 1, false, run_all},
    {"allTrue", 0, 0, false, run_truths},
    {"anyTrue", 0, 0, false, run_truths},
    {"allFalse", 0, 0, false, run_truths},
    {"anyFalse", 0, 0, false, run_truths},
    {"count", 0, 0, false, run_count},
    {"distinct", 0, 0, false, run_distinct},
    {"isDistinct", 0, 0, false, run_is_distinct},
    {"where", 1, 1, false, run_where},
    {"select", 1, 1, false, run_select},
    {"repeat", 1, 1, false, run_repeat},
    {"ofType", 1, 1, true, run_of_type},
    {"as", 1, 1, true, run_of_type},
    {"is", 1, 1, true, run_is},
    {"single", 0, 0, false, run_single},
    {"first", 0, 0, false, run_first},
    {"last", 0, 0, false, run_last},
    {"tail", 0, 0, false, run_tail},
    {"skip", 1, 1, false, run_skip},
    {"take", 1, 1, false, run_skip},
    {"intersect", 1, 1, false, run_intersect},
    {"exclude", 1, 1, false, run_intersect},
    {"subsetOf", 1, 1, false, run_subset_of},
    {"supersetOf", 1, 1, false, run_subset_of},
    {"union", 1, 1, false, run_union},
    {"combine", 1, 1, false, run_union},
    {"iif", 2, 3, false, run_iif},
    {"not", 0, 0, false, run_not},
    {"trace", 1, 2, false, run_trace},
    {NULL, 0, 0, false, NULL},
};
