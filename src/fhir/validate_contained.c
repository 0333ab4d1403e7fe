/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate_internal.h"

#include <stdlib.h>

/*
 * Contained resources. Their ids are gathered before the resource around them is walked, so that a fragment can be
 * resolved where it stands; what nobody referred to is found when the walk is over (dom-3).
 */
#define CONTAINED_MAX 1000000

static int by_id(const void *left, const void *right)
{
    return base_span_compare(((const fhir_contained *)left)->id, ((const fhir_contained *)right)->id);
}

static bool reserve(fhir_validator *v, size_t count)
{
    if (v->contained_count + count <= v->contained_capacity)
        return true;
    const size_t capacity = 2 * (v->contained_count + count);
    fhir_contained *list = count <= CONTAINED_MAX ? realloc(v->contained, capacity * sizeof(*list)) : NULL;
    if (list == NULL) {
        v->status = LETHE_E_BASE_MEMORY;
        return false;
    }
    v->contained = list;
    v->contained_capacity = capacity;
    return true;
}

void fhir_domain_open(fhir_validator *v, const fhir_frame *frame, fhir_domain *ret_around)
{
    const json_value list = json_get(frame->value, "contained");
    *ret_around = v->domain;
    v->domain = (fhir_domain){frame, v->contained_count};
    if (!json_is(list, JSON_ARRAY) || json_count(list) == 0 || !reserve(v, json_count(list)))
        return;
    json_iterator items = json_iterate(list);
    for (json_value item; json_next(&items, NULL, &item);) {
        const base_span name = json_string(json_get(item, "resourceType"));
        v->contained[v->contained_count++] = (fhir_contained){
            .id = json_string(json_get(item, "id")),
            .at = item,
            .type = fhir_schema_type(name.data, name.size),
        };
    }
    qsort(v->contained + v->domain.from, v->contained_count - v->domain.from, sizeof(*v->contained), by_id);
}

void fhir_domain_close(fhir_validator *v, const fhir_domain *around)
{
    const fhir_frame *frame = v->domain.frame;
    const fhir_element *element = fhir_schema_find(frame->type, "contained", 9);
    for (size_t i = v->domain.from; i < v->contained_count; i++) {
        const fhir_contained *one = &v->contained[i];
        if (!one->used && one->id.size != 0 && json_is(one->at, JSON_OBJECT))
            fhir_issue_invariant(v, frame, element, -1, one->at, "dom-3");
        if (i > v->domain.from && one->id.size != 0 && base_span_equal(one->id, v->contained[i - 1].id))
            fhir_issue_at(v, frame, element, -1, one->at, FHIR_RULE_CONTAINED_TWICE);
    }
    v->contained_count = v->domain.from;
    v->domain = *around;
}

fhir_contained *fhir_contained_find(const fhir_validator *v, base_span id)
{
    const fhir_contained wanted = {.id = id};
    const size_t count = v->contained_count - v->domain.from;
    return count != 0 ? bsearch(&wanted, v->contained + v->domain.from, count, sizeof(wanted), by_id) : NULL;
}

/* The contained resource in which the frame stands refers to its container. */
static void use_around(fhir_validator *v, const fhir_frame *frame)
{
    while (frame->up != NULL && frame->up != v->domain.frame)
        frame = frame->up;
    for (size_t i = v->domain.from; i < v->contained_count; i++)
        if (v->contained[i].at.at == frame->value.at)
            v->contained[i].used = true;
}

void fhir_note_fragment(fhir_validator *v, const fhir_frame *frame, base_span text)
{
    if (text.size == 1) {
        use_around(v, frame);
        return;
    }
    fhir_contained *found = fhir_contained_find(v, (base_span){text.data + 1, text.size - 1});
    if (found != NULL)
        found->used = true;
}

void fhir_check_contained(fhir_validator *v, const fhir_frame *frame)
{
    const json_value meta = fhir_member(frame, "meta");
    if (fhir_member(frame, "id").parser == NULL)
        fhir_issue_at(v, frame, fhir_schema_find(frame->type, "id", 2), -1, frame->value, FHIR_RULE_CONTAINED_ID);
    if (fhir_member_element(frame, "contained") != NULL)
        fhir_issue_invariant(v, frame, fhir_member_element(frame, "contained"), -1, frame->value, "dom-2");
    if (json_present(json_get(meta, "versionId")) || json_present(json_get(meta, "lastUpdated")))
        fhir_issue_invariant(v, frame, fhir_member_element(frame, "meta"), -1, meta, "dom-4");
    if (json_present(json_get(meta, "security")))
        fhir_issue_invariant(v, frame, fhir_member_element(frame, "meta"), -1, meta, "dom-5");
}
