/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate_internal.h"

#include <stdlib.h>

/* Invariants that compare values with each other, or are asked of so many values that they must be fast. */

#define SPANS_MAX 1000000

static void complain(fhir_validator *v, const fhir_frame *frame, const char *key)
{
    fhir_issue_invariant(v, frame, NULL, -1, frame->value, key);
}

/* ext-1: either extensions or a value. */
static void check_extension(fhir_validator *v, const fhir_frame *frame)
{
    if ((frame->chosen[1] != 0) == (fhir_member_element(frame, "extension") != NULL))
        complain(v, frame, "ext-1");
}

/* False only where `a` is certainly later. */
static bool in_order(json_value a, json_value b)
{
    fhir_moment first, second;
    return !fhir_moment_of(json_string(a), &first) || !fhir_moment_of(json_string(b), &second) ||
           !fhir_moment_after(&first, &second);
}

static void check_order(fhir_validator *v, const fhir_frame *frame, const char *earlier, const char *later,
                        const char *key)
{
    if (!in_order(fhir_member(frame, earlier), fhir_member(frame, later)))
        complain(v, frame, key);
}

static bool same_member(json_value a, json_value b, const char *name)
{
    return base_span_equal(json_string(json_get(a, name)), json_string(json_get(b, name)));
}

/* rng-2; of different units nothing is said. */
static void check_range(fhir_validator *v, const fhir_frame *frame)
{
    const json_value low = fhir_member(frame, "low"), high = fhir_member(frame, "high");
    double a, b;
    if (json_number(json_get(low, "value"), &a) && json_number(json_get(high, "value"), &b) &&
        same_member(low, high, "system") && same_member(low, high, "code") && same_member(low, high, "unit") && a > b)
        complain(v, frame, "rng-2");
}

static bool same_coding(json_value a, json_value b)
{
    return same_member(a, b, "system") && same_member(a, b, "code") && same_member(a, b, "version") &&
           same_member(a, b, "display");
}

static bool share_coding(json_value one, json_value other)
{
    json_iterator left = json_iterate(json_get(one, "coding"));
    for (json_value a; json_next(&left, NULL, &a);) {
        json_iterator right = json_iterate(json_get(other, "coding"));
        for (json_value b; json_next(&right, NULL, &b);)
            if (same_coding(a, b))
                return true;
    }
    return false;
}

/* obs-7: with a value, no component has a code of the observation itself. */
static void check_observation(fhir_validator *v, const fhir_frame *frame)
{
    const json_value components = fhir_member(frame, "component");
    if (!json_present(components) || fhir_member_element(frame, "value") == NULL)
        return;
    json_iterator items = json_iterate(components);
    for (json_value item; json_next(&items, NULL, &item);)
        if (share_coding(json_get(item, "code"), fhir_member(frame, "code"))) {
            complain(v, frame, "obs-7");
            return;
        }
}

static bool any_home(json_value list)
{
    json_iterator items = json_iterate(list);
    for (json_value item; json_next(&items, NULL, &item);)
        if (base_span_is(json_string(json_get(item, "use")), "home"))
            return true;
    return false;
}

/* Texts that must be told apart. */
typedef struct spans {
    base_span *items;
    size_t count, capacity;
} spans;

static bool add_span(spans *list, base_span text)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity != 0 ? 2 * list->capacity : 64;
        base_span *items = capacity <= SPANS_MAX ? realloc(list->items, capacity * sizeof(*items)) : NULL;
        if (items == NULL)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = text;
    return true;
}

static int by_text(const void *left, const void *right)
{
    return base_span_compare(*(const base_span *)left, *(const base_span *)right);
}

/* Values of `name` in the objects of a list, and in those that they hold under `below`, as deep as they go. */
static void gather(fhir_validator *v, spans *list, json_value items, const char *name, const char *const *below,
                   int depth)
{
    json_iterator iterator = json_iterate(items);
    for (json_value item; v->status == 0 && json_next(&iterator, NULL, &item);) {
        const base_span text = json_string(json_get(item, name));
        if (text.size != 0 && !add_span(list, text))
            v->status = LETHE_E_BASE_MEMORY;
        for (size_t i = 0; below[i] != NULL && depth < FHIR_WALK_DEPTH_MAX; i++)
            gather(v, list, json_get(item, below[i]), name, below, depth + 1);
    }
}

static void check_distinct(fhir_validator *v, const fhir_frame *frame, const char *member, const char *name,
                           const char *key)
{
    const char *const below[] = {member, NULL};
    spans list = {0};
    bool twice = false;
    gather(v, &list, fhir_member(frame, member), name, below, 0);
    if (list.count > 1)
        qsort(list.items, list.count, sizeof(*list.items), by_text);
    for (size_t i = 1; i < list.count && !twice; i++)
        twice = base_span_equal(list.items[i - 1], list.items[i]);
    free(list.items);
    if (twice)
        complain(v, frame, key);
}

/* cnt-3: a whole number of "1". */
static void check_count(fhir_validator *v, const fhir_frame *frame)
{
    const json_value value = fhir_member(frame, "value"), system = fhir_member(frame, "system");
    const json_value code = fhir_member(frame, "code");
    const base_span text = json_number_text(value);
    const bool ucum = !json_present(system) || base_span_is(json_string(system), "http://unitsofmeasure.org");
    const bool one = !json_present(code) || base_span_is(json_string(code), "1");
    const bool whole = text.size == 0 || memchr(text.data, '.', text.size) == NULL;
    if (!ucum || !one || !whole || (json_present(value) && !json_present(code)))
        complain(v, frame, "cnt-3");
}

static void check_organization(fhir_validator *v, const fhir_frame *frame)
{
    if (any_home(fhir_member(frame, "address")))
        complain(v, frame, "org-2");
    if (any_home(fhir_member(frame, "telecom")))
        complain(v, frame, "org-3");
}

static bool is_contained(const fhir_validator *v, const fhir_frame *frame)
{
    return frame->up != NULL && frame->up == v->domain.frame &&
           strcmp(fhir_element_name(frame->element), "contained") == 0;
}

static void check_resource(fhir_validator *v, const fhir_frame *frame)
{
    const fhir_known_types *t = &v->types;
    if (is_contained(v, frame))
        fhir_check_contained(v, frame);
    if (frame->type == t->observation)
        check_observation(v, frame);
    else if (frame->type == t->bundle)
        fhir_check_bundle(v, frame);
    else if (frame->type == t->questionnaire)
        check_distinct(v, frame, "item", "linkId", "que-2");
    else if (frame->type == t->code_system)
        check_distinct(v, frame, "concept", "code", "csd-1");
    else if (frame->type == t->organization)
        check_organization(v, frame);
    else if (frame->type == t->task)
        check_order(v, frame, "authoredOn", "lastModified", "inv-1");
    else if (frame->type == t->dispense)
        check_order(v, frame, "whenPrepared", "whenHandedOver", "mdd-1");
}

void fhir_check_coded(fhir_validator *v, const fhir_frame *frame)
{
    const fhir_known_types *t = &v->types;
    const fhir_type type = frame->type;
    if (type == t->extension)
        check_extension(v, frame);
    else if (type == t->reference)
        fhir_check_reference(v, frame);
    else if (type == t->period)
        check_order(v, frame, "start", "end", "per-1");
    else if (type == t->range)
        check_range(v, frame);
    else if (type == t->count)
        check_count(v, frame);
    else if (type == t->entry)
        fhir_check_entry(v, frame);
    else if (type == t->quantity && frame->element != NULL &&
             (frame->element->flags & FHIR_ELEMENT_SIMPLE_QUANTITY) != 0 &&
             fhir_member_element(frame, "comparator") != NULL)
        fhir_issue_at(v, frame, fhir_member_element(frame, "comparator"), -1, frame->value, FHIR_RULE_SIMPLE_QUANTITY);
    else if (fhir_type_rows[type].kind == FHIR_KIND_RESOURCE)
        check_resource(v, frame);
}
