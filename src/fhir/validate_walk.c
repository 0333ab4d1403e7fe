/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate_internal.h"

/* Down the document: which members there are, of which JSON type, how often. */

static void walk_object(fhir_validator *v, const fhir_frame *up, const fhir_element *element, int64_t index,
                        json_value value, fhir_type type);

static uint16_t number_of(const fhir_frame *frame, const fhir_element *element)
{
    return (uint16_t)(element->index - fhir_type_rows[frame->type].first);
}

static uint16_t member_count(const fhir_frame *frame)
{
    return fhir_type_rows[frame->type].count;
}

static bool is_primitive(const fhir_validator *v, fhir_type type)
{
    return v->primitives[type] != FHIR_PRIMITIVE_NONE;
}

/* A value that is no list: the member itself, or an item. */
static void check_item(fhir_validator *v, fhir_frame *frame, const fhir_element *element, int64_t index,
                       json_value value)
{
    const json_type type = json_type_of(value);
    const bool primitive = is_primitive(v, element->type);
    if (type == JSON_NULL) {
        if (index >= 0 && primitive)
            frame->siblings = true; /* its sibling may say what it means */
        else
            fhir_issue_at(v, frame, element, index, value, FHIR_RULE_NULL_VALUE);
    } else if (primitive) {
        fhir_check_primitive(v, frame, element, index, value);
    } else if (type != JSON_OBJECT) {
        fhir_issue_at(v, frame, element, index, value, FHIR_RULE_JSON_TYPE);
    } else if (element->type == v->types.resource) {
        fhir_walk_resource(v, frame, element, index, value);
    } else {
        walk_object(v, frame, element, index, value, element->type);
        if (fhir_bound_rows[element->bound].codes != 0)
            fhir_check_binding(v, frame, element, index, value);
    }
}

static void check_member(fhir_validator *v, fhir_frame *frame, const fhir_element *element, json_value value)
{
    if (!element->many || !json_is(value, JSON_ARRAY)) {
        const bool fits = !element->many && !json_is(value, JSON_ARRAY);
        if (fits)
            check_item(v, frame, element, -1, value);
        else
            fhir_issue_at(v, frame, element, -1, value, FHIR_RULE_JSON_TYPE);
        return;
    }
    json_iterator items = json_iterate(value);
    json_value item;
    int64_t index = 0;
    for (; v->status == 0 && json_next(&items, NULL, &item); index++)
        check_item(v, frame, element, index, item);
    if (index == 0)
        fhir_issue_at(v, frame, element, -1, value, FHIR_RULE_EMPTY);
}

/* `_member`: an object with id and extensions, or a list of such objects and nulls. */
static void check_sibling(fhir_validator *v, fhir_frame *frame, const fhir_element *element, json_value value)
{
    json_iterator items = json_iterate(value);
    json_value item;
    int64_t index = 0;
    frame->siblings = true;
    if (!element->many) {
        if (json_is(value, JSON_OBJECT))
            walk_object(v, frame, element, -1, value, element->type);
        else
            fhir_issue_at(v, frame, element, -1, value, FHIR_RULE_JSON_TYPE);
        return;
    }
    if (!json_is(value, JSON_ARRAY) || json_count(value) == 0)
        fhir_issue_at(v, frame, element, -1, value, json_is(value, JSON_ARRAY) ? FHIR_RULE_EMPTY : FHIR_RULE_JSON_TYPE);
    else
        for (; v->status == 0 && json_next(&items, NULL, &item); index++) {
            if (json_is(item, JSON_OBJECT))
                walk_object(v, frame, element, index, item, element->type);
            else if (!json_is(item, JSON_NULL))
                fhir_issue_at(v, frame, element, index, item, FHIR_RULE_JSON_TYPE);
        }
}

static bool has_extension(json_value sibling)
{
    return json_present(json_get(sibling, "extension"));
}

/* A primitive has a value or extensions (ele-1), item by item where there are lists. */
static void check_pair(fhir_validator *v, const fhir_frame *frame, const fhir_element *element, json_value value,
                       json_value sibling)
{
    if (!element->many) {
        if (!json_present(value) && json_is(sibling, JSON_OBJECT) && !has_extension(sibling))
            fhir_issue_invariant(v, frame, element, -1, sibling, "ele-1");
        return;
    }
    json_iterator values = json_iterate(value), siblings = json_iterate(sibling);
    bool more = true;
    for (int64_t index = 0; more; index++) {
        json_value one = {0}, other = {0};
        more = json_present(value) && json_next(&values, NULL, &one);
        more |= json_present(sibling) && json_next(&siblings, NULL, &other);
        if (more && json_type_of(one) == JSON_NULL && json_type_of(other) == JSON_NULL)
            fhir_issue_at(v, frame, element, index, json_present(one) ? one : other, FHIR_RULE_NULL_VALUE);
        else if (more && json_type_of(one) == JSON_NULL && json_is(other, JSON_OBJECT) && !has_extension(other))
            fhir_issue_invariant(v, frame, element, index, other, "ele-1");
    }
}

static json_value value_at(const fhir_frame *frame, uint32_t at)
{
    return at != 0 ? (json_value){frame->value.parser, at} : (json_value){0};
}

static void check_pairs(fhir_validator *v, const fhir_frame *frame)
{
    size_t count;
    const fhir_element *members = fhir_schema_members(frame->type, &count);
    for (size_t i = 0; i < count; i++)
        if (frame->slots[count + i] != 0 ||
            (frame->slots[i] != 0 && members[i].many && is_primitive(v, members[i].type)))
            check_pair(v, frame, &members[i], value_at(frame, frame->slots[i]),
                       value_at(frame, frame->slots[count + i]));
}

static void unknown_member(fhir_validator *v, fhir_frame *frame, base_span key, json_value value)
{
    fhir_rule_id rule = FHIR_RULE_UNKNOWN;
    frame->present++;
    (void)fhir_other_version(frame->type, key, &rule);
    fhir_issue_at(v, frame, NULL, -1, value, rule);
}

static void take_choice(fhir_validator *v, fhir_frame *frame, const fhir_element *element, json_value value)
{
    uint16_t *chosen = &frame->chosen[element->choice];
    const uint16_t number = (uint16_t)(number_of(frame, element) + 1);
    if (*chosen != 0 && *chosen != number)
        fhir_issue_at(v, frame, element, -1, value, FHIR_RULE_CHOICE);
    *chosen = number;
}

static void walk_member(fhir_validator *v, fhir_frame *frame, base_span key, json_value value)
{
    const bool sibling = key.size != 0 && key.data[0] == '_';
    const fhir_element *element = fhir_schema_find(frame->type, key.data + sibling, key.size - sibling);
    if (element == NULL) {
        if (fhir_type_rows[frame->type].kind != FHIR_KIND_RESOURCE || !base_span_is(key, "resourceType"))
            unknown_member(v, frame, key, value);
        return;
    }
    frame->present += number_of(frame, element) != 0 || (element->flags & FHIR_ELEMENT_ATTRIBUTE) == 0;
    if (sibling && (!is_primitive(v, element->type) || (element->flags & FHIR_ELEMENT_ATTRIBUTE) != 0)) {
        fhir_issue_at(v, frame, element, -1, value, FHIR_RULE_SIBLING);
        return;
    }
    uint32_t *slot = &frame->slots[number_of(frame, element) + (sibling ? member_count(frame) : 0)];
    if (*slot != 0) {
        fhir_issue_at(v, frame, element, -1, value, FHIR_RULE_DUPLICATE);
        return;
    }
    *slot = value.at;
    if (element->choice != 0)
        take_choice(v, frame, element, value);
    if (sibling)
        check_sibling(v, frame, element, value);
    else
        check_member(v, frame, element, value);
}

static void check_required(fhir_validator *v, const fhir_frame *frame)
{
    const fhir_type_row *row = &fhir_type_rows[frame->type];
    const uint8_t *required = &fhir_required_rows[row->required];
    for (uint8_t i = 1; i <= required[0]; i++) {
        const fhir_element *element = &fhir_element_rows[row->first + required[i]];
        const bool there = element->choice != 0
                               ? frame->chosen[element->choice] != 0
                               : frame->slots[required[i]] != 0 || frame->slots[row->count + required[i]] != 0;
        if (!there)
            fhir_issue_at(v, frame, element, -1, frame->value, FHIR_RULE_MIN);
    }
}

static void check_object(fhir_validator *v, fhir_frame *frame)
{
    check_required(v, frame);
    if (frame->siblings)
        check_pairs(v, frame);
    const fhir_kind kind = (fhir_kind)fhir_type_rows[frame->type].kind;
    if (frame->present == 0 && kind != FHIR_KIND_RESOURCE && kind != FHIR_KIND_PRIMITIVE)
        fhir_issue_invariant(v, frame, NULL, -1, frame->value, "ele-1");
    fhir_check_coded(v, frame);
    fhir_check_programs(v, frame);
}

/* Members of an object into its frame, whose place is already said. */
static void walk_frame(fhir_validator *v, fhir_frame *frame)
{
    const size_t slots = 2 * (size_t)member_count(frame);
    if (frame->depth >= FHIR_WALK_DEPTH_MAX) {
        fhir_issue_at(v, frame, NULL, -1, frame->value, FHIR_RULE_DEPTH);
        return;
    }
    frame->slots = v->slots + v->slots_used;
    v->slots_used += slots;
    memset(frame->slots, 0, slots * sizeof(*frame->slots));
    json_iterator members = json_iterate(frame->value);
    base_span key;
    json_value value;
    while (v->status == 0 && json_next(&members, &key, &value))
        walk_member(v, frame, key, value);
    if (v->status == 0)
        check_object(v, frame);
    v->slots_used -= slots;
}

static fhir_frame frame_of(const fhir_frame *up, const fhir_element *element, int64_t index, json_value value,
                           fhir_type type)
{
    return (fhir_frame){
        .up = up,
        .element = element,
        .value = value,
        .type = type,
        .depth = (uint16_t)(up != NULL ? up->depth + 1 : 0),
        .listed = index >= 0,
        .position = index >= 0 ? (uint32_t)index : 0,
    };
}

static void walk_object(fhir_validator *v, const fhir_frame *up, const fhir_element *element, int64_t index,
                        json_value value, fhir_type type)
{
    fhir_frame frame = frame_of(up, element, index, value, type);
    walk_frame(v, &frame);
}

/* A resource of its own: fragments are resolved within it, and a Bundle has its own fullUrls. */
static void walk_domain(fhir_validator *v, fhir_frame *frame)
{
    const fhir_fulls fulls = v->fulls;
    fhir_domain around;
    fhir_domain_open(v, frame, &around);
    if (frame->type == v->types.bundle)
        fhir_bundle_open(v, frame);
    walk_frame(v, frame);
    if (frame->type == v->types.bundle) {
        fhir_bundle_close(v);
        v->fulls = fulls;
    }
    fhir_domain_close(v, &around);
}

void fhir_walk_resource(fhir_validator *v, const fhir_frame *up, const fhir_element *element, int64_t index,
                        json_value value)
{
    const base_span name = json_string(json_get(value, "resourceType"));
    const fhir_type type = fhir_schema_type(name.data, name.size);
    const bool known = fhir_schema_kind(type) == FHIR_KIND_RESOURCE && !fhir_schema_abstract(type);
    fhir_frame frame = frame_of(up, element, index, value, known ? type : v->types.resource);
    v->resources++;
    if (name.size == 0) {
        fhir_issue_at(v, &frame, NULL, -1, value, FHIR_RULE_RESOURCE);
        return;
    }
    if (!fhir_check_version(v, &frame, name))
        return;
    if (!known) {
        fhir_issue_at(v, &frame, NULL, -1, value, FHIR_RULE_RESOURCE_TYPE);
        return;
    }
    const bool contained = element != NULL && strcmp(fhir_element_name(element), "contained") == 0;
    if (contained && v->domain.frame == up)
        walk_frame(v, &frame);
    else
        walk_domain(v, &frame);
}

const fhir_element *fhir_member_element(const fhir_frame *frame, const char *name)
{
    const size_t length = strlen(name);
    size_t count;
    const fhir_element *members = fhir_schema_members(frame->type, &count);
    const fhir_element *element = fhir_schema_find(frame->type, name, length);
    if (element != NULL)
        return frame->slots[number_of(frame, element)] != 0 || frame->slots[count + number_of(frame, element)] != 0
                   ? element
                   : NULL;
    for (size_t choice = 1; choice <= FHIR_CHOICES_MAX; choice++)
        if (frame->chosen[choice] != 0) {
            element = &members[frame->chosen[choice] - 1];
            if (base_span_is(fhir_element_stem(element), name))
                return element;
        }
    return NULL;
}

json_value fhir_member(const fhir_frame *frame, const char *name)
{
    const fhir_element *element = fhir_member_element(frame, name);
    return element != NULL ? value_at(frame, frame->slots[number_of(frame, element)]) : (json_value){0};
}
