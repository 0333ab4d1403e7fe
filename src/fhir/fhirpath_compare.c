/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath_internal.h"

#include <stdlib.h>

/* Equality, equivalence, order and membership of items (FHIRPath 6.1 to 6.4). */

static bool is_number(fhirpath_item item)
{
    return item.kind == FHIRPATH_INTEGER || item.kind == FHIRPATH_DECIMAL;
}

static bool is_when(fhirpath_item item)
{
    return item.kind == FHIRPATH_DATE || item.kind == FHIRPATH_DATE_TIME || item.kind == FHIRPATH_TIME;
}

static fhirpath_truth truth_of(bool truth)
{
    return truth ? FHIRPATH_TRUE : FHIRPATH_FALSE;
}

static int equal_trees(fhirpath_scratch *scratch, const fhir_node *a, const fhir_node *b, bool *ret_equal,
                       lethe_error *error)
{
    BASE_TRY(path_step(scratch, error));
    *ret_equal = a->type == b->type && a->value == b->value && base_span_equal(a->text, b->text);
    const fhir_node *x = a->first, *y = b->first;
    for (; *ret_equal && x != NULL && y != NULL; x = x->next, y = y->next) {
        if (x->element != y->element)
            *ret_equal = false;
        else
            BASE_TRY(equal_trees(scratch, x, y, ret_equal, error));
    }
    *ret_equal = *ret_equal && x == NULL && y == NULL;
    return 0;
}

int path_equal(fhirpath_scratch *scratch, fhirpath_item a, fhirpath_item b, fhirpath_truth *ret_truth,
               lethe_error *error)
{
    const fhirpath_item x = path_value(a), y = path_value(b);
    bool equal = false, known = true;
    int order = 0;
    BASE_TRY(path_step(scratch, error));
    if (a.kind == FHIRPATH_NODE && b.kind == FHIRPATH_NODE &&
        (x.kind == FHIRPATH_NODE || x.kind == FHIRPATH_QUANTITY)) {
        BASE_TRY(equal_trees(scratch, a.node, b.node, &equal, error));
    } else if (is_number(x) && is_number(y)) {
        equal = path_number_order(x, y, &order) && order == 0;
    } else if (is_when(x) && is_when(y)) {
        if (path_date_order(NULL, x, y, &known, &order, NULL) == 0)
            equal = order == 0;
        else
            equal = base_span_equal(x.text, y.text);
    } else if (x.kind == FHIRPATH_QUANTITY && y.kind == FHIRPATH_QUANTITY) {
        equal = base_span_equal(x.unit, y.unit) && path_number_order(x, y, &order) && order == 0;
    } else if (x.kind == FHIRPATH_BOOLEAN && y.kind == FHIRPATH_BOOLEAN) {
        equal = x.truth == y.truth;
    } else if (x.kind != FHIRPATH_NODE && y.kind != FHIRPATH_NODE && !is_number(x) && !is_number(y) &&
               x.kind != FHIRPATH_BOOLEAN && y.kind != FHIRPATH_BOOLEAN) {
        equal = base_span_equal(x.text, y.text); /* a string and a date are equal when they are written alike */
    }
    *ret_truth = known ? truth_of(equal) : FHIRPATH_UNKNOWN;
    return 0;
}

/* Equivalent strings: without case, and any white space is one blank. */
static bool equivalent_strings(base_span a, base_span b)
{
    size_t i = 0, j = 0;
    while (i < a.size && j < b.size) {
        char x = a.data[i++], y = b.data[j++];
        x = x >= 'A' && x <= 'Z' ? (char)(x | 0x20) : x == '\t' || x == '\n' || x == '\r' ? ' ' : x;
        y = y >= 'A' && y <= 'Z' ? (char)(y | 0x20) : y == '\t' || y == '\n' || y == '\r' ? ' ' : y;
        if (x != y)
            return false;
    }
    return i == a.size && j == b.size;
}

static int same(fhirpath_scratch *scratch, fhirpath_item a, fhirpath_item b, bool equivalent, fhirpath_truth *ret_truth,
                lethe_error *error)
{
    const fhirpath_item x = path_value(a), y = path_value(b);
    if (equivalent && x.kind == FHIRPATH_STRING && y.kind == FHIRPATH_STRING) {
        *ret_truth = truth_of(equivalent_strings(x.text, y.text));
        return 0;
    }
    BASE_TRY(path_equal(scratch, a, b, ret_truth, error));
    if (equivalent && *ret_truth == FHIRPATH_UNKNOWN)
        *ret_truth = FHIRPATH_FALSE;
    return 0;
}

/* Equal lists: item by item. Equivalent lists: in any order. */
int path_equal_lists(fhirpath_scratch *scratch, const path_list *a, const path_list *b, bool equivalent,
                     fhirpath_truth *ret_truth, lethe_error *error)
{
    *ret_truth = truth_of(a->count == b->count);
    for (size_t i = 0; i < a->count && *ret_truth == FHIRPATH_TRUE; i++) {
        if (!equivalent) {
            BASE_TRY(same(scratch, a->items[i], b->items[i], false, ret_truth, error));
            continue;
        }
        *ret_truth = FHIRPATH_FALSE;
        for (size_t j = 0; j < b->count && *ret_truth != FHIRPATH_TRUE; j++)
            BASE_TRY(same(scratch, a->items[i], b->items[j], true, ret_truth, error));
    }
    return 0;
}

int path_order(fhirpath_scratch *scratch, const path_expr *expr, fhirpath_item a, fhirpath_item b, bool *ret_known,
               int *ret_order, lethe_error *error)
{
    const fhirpath_item x = path_value(a), y = path_value(b);
    BASE_TRY(path_step(scratch, error));
    *ret_known = true;
    if (is_when(x) && is_when(y))
        return path_date_order(expr, x, y, ret_known, ret_order, error);
    if (x.kind == FHIRPATH_STRING && y.kind == FHIRPATH_STRING) {
        *ret_order = base_span_compare(x.text, y.text);
        return 0;
    }
    const bool quantities = x.kind == FHIRPATH_QUANTITY && y.kind == FHIRPATH_QUANTITY;
    if (!quantities && !(is_number(x) && is_number(y)))
        return path_fail(expr, error);
    if (quantities && !base_span_equal(x.unit, y.unit)) {
        *ret_known = false; /* mg and g: nobody here converts */
        return 0;
    }
    return path_number_order(x, y, ret_order) ? 0 : path_fail(expr, error);
}

int path_has(fhirpath_scratch *scratch, const path_list *list, fhirpath_item item, bool *ret_has, lethe_error *error)
{
    fhirpath_truth truth = FHIRPATH_FALSE;
    for (size_t i = 0; i < list->count && truth != FHIRPATH_TRUE; i++)
        BASE_TRY(path_equal(scratch, list->items[i], item, &truth, error));
    *ret_has = truth == FHIRPATH_TRUE;
    return 0;
}

/* By order of strings where all items are strings: n log n for the long lists of ids that invariants ask about. */
static int order_strings(const void *a, const void *b)
{
    return base_span_compare(((const fhirpath_item *)a)->text, ((const fhirpath_item *)b)->text);
}

static int distinct_strings(fhirpath_scratch *scratch, const path_list *list, size_t *ret_count, bool *ret_done,
                            lethe_error *error)
{
    *ret_done = false;
    for (size_t i = 0; i < list->count; i++)
        if (path_value(list->items[i]).kind != FHIRPATH_STRING)
            return 0;
    fhirpath_item *sorted = base_arena_take_array(&scratch->arena, list->count + 1, sizeof(*sorted));
    if (sorted == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = path_value(list->items[i]);
    qsort(sorted, list->count, sizeof(*sorted), order_strings);
    *ret_done = true;
    *ret_count = list->count != 0;
    for (size_t i = 1; i < list->count; i++)
        *ret_count += !base_span_equal(sorted[i - 1].text, sorted[i].text);
    return 0;
}

int path_distinct(fhirpath_scratch *scratch, const path_list *list, path_list *ret_list, lethe_error *error)
{
    size_t count = 0;
    bool done = false;
    if (list->count > 16) {
        BASE_TRY(distinct_strings(scratch, list, &count, &done, error));
        if (done && count == list->count)
            return path_add_all(scratch, ret_list, list, error);
    }
    for (size_t i = 0; i < list->count; i++) {
        bool has = false;
        BASE_TRY(path_has(scratch, ret_list, list->items[i], &has, error));
        if (!has)
            BASE_TRY(path_add(scratch, ret_list, list->items[i], error));
    }
    return 0;
}
