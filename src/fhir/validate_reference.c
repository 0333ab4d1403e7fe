/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate_internal.h"

/* Reference: what `reference` and `type` say, and whether the element allows it (references.html of R4). */

static fhir_type resource_type(base_span name)
{
    const fhir_type type = fhir_schema_type(name.data, name.size);
    return fhir_schema_kind(type) == FHIR_KIND_RESOURCE && !fhir_schema_abstract(type) ? type : FHIR_TYPE_NONE;
}

static base_span before(base_span text, char mark)
{
    const char *found = text.size != 0 ? memchr(text.data, mark, text.size) : NULL;
    return found != NULL ? (base_span){text.data, (size_t)(found - text.data)} : text;
}

/* Cuts "/part" off the end of the text. */
static base_span cut_last(base_span *text)
{
    const char *slash = text->size != 0 ? memrchr(text->data, '/', text->size) : NULL;
    const size_t from = slash != NULL ? (size_t)(slash - text->data) + 1 : 0;
    const base_span last = {text->data + from, text->size - from};
    text->size = slash != NULL ? from - 1 : 0;
    return last;
}

static bool is_absolute(base_span text)
{
    const base_span scheme = before(text, ':');
    return scheme.size != 0 && scheme.size < text.size && memchr(scheme.data, '/', scheme.size) == NULL &&
           memchr(scheme.data, '?', scheme.size) == NULL;
}

/* The type of […/]Type/id[/_history/version][#part]; NONE where it is not of this form. */
static fhir_type type_of_url(base_span text, bool relative)
{
    text = before(text, '#');
    base_span rest = text, last = cut_last(&rest), type = cut_last(&rest);
    if (base_span_is(type, "_history")) {
        last = cut_last(&rest);
        type = cut_last(&rest);
    }
    if (!fhir_primitive_fits(FHIR_PRIMITIVE_ID, last) || (relative && rest.size != 0))
        return FHIR_TYPE_NONE;
    return resource_type(type);
}

static bool allows(const fhir_element *element, fhir_type type)
{
    size_t count;
    const fhir_type *targets = fhir_schema_targets(element, &count);
    for (size_t i = 0; i < count; i++)
        if (targets[i] == type)
            return true;
    return count == 0;
}

/* The type of what a literal reference names, NONE where it cannot be known. */
static fhir_type check_literal(fhir_validator *v, const fhir_frame *frame, base_span text, json_value at)
{
    const fhir_element *element = fhir_member_element(frame, "reference");
    if (text.data[0] == '#') {
        fhir_note_fragment(v, frame, text);
        const fhir_contained *found = fhir_contained_find(v, (base_span){text.data + 1, text.size - 1});
        if (found == NULL && text.size > 1)
            fhir_issue_invariant(v, frame, element, -1, at, "ref-1");
        return found != NULL ? found->type : FHIR_TYPE_NONE;
    }
    const fhir_full *full = fhir_full_find(v, before(text, '#'));
    if (full != NULL)
        return full->type;
    if (is_absolute(text)) {
        if (v->fulls.slots != NULL && base_span_starts(text, BASE_SPAN("urn:")))
            fhir_issue_at(v, frame, element, -1, at, FHIR_RULE_UNRESOLVED);
        return base_span_starts(text, BASE_SPAN("http")) ? type_of_url(text, false) : FHIR_TYPE_NONE;
    }
    const base_span asked = before(text, '?');
    const fhir_type type = asked.size != text.size ? resource_type(asked) : type_of_url(text, true);
    if (type == FHIR_TYPE_NONE)
        fhir_issue_at(v, frame, element, -1, at, FHIR_RULE_REFERENCE);
    return type;
}

/* Reference.type: a type's name, or the URL of its definition. */
static fhir_type check_stated(fhir_validator *v, const fhir_frame *frame, base_span text, json_value at)
{
    static const base_span canonical = {"http://hl7.org/fhir/StructureDefinition/", 40};
    if (base_span_starts(text, canonical))
        text = (base_span){text.data + canonical.size, text.size - canonical.size};
    else if (is_absolute(text))
        return FHIR_TYPE_NONE; /* a logical model */
    const fhir_type type = resource_type(text);
    if (type == FHIR_TYPE_NONE)
        fhir_issue_at(v, frame, fhir_member_element(frame, "type"), -1, at, FHIR_RULE_REFERENCE_TYPE);
    return type;
}

void fhir_check_reference(fhir_validator *v, const fhir_frame *frame)
{
    const json_value literal = fhir_member(frame, "reference"), stated = fhir_member(frame, "type");
    const base_span text = json_string(literal), name = json_string(stated);
    const fhir_type target = text.size != 0 ? check_literal(v, frame, text, literal) : FHIR_TYPE_NONE;
    const fhir_type type = name.size != 0 ? check_stated(v, frame, name, stated) : FHIR_TYPE_NONE;
    if (target != FHIR_TYPE_NONE && type != FHIR_TYPE_NONE && target != type)
        fhir_issue_at(v, frame, fhir_member_element(frame, "type"), -1, stated, FHIR_RULE_REFERENCE_TYPE);
    const fhir_type known = target != FHIR_TYPE_NONE ? target : type;
    if (known != FHIR_TYPE_NONE && frame->element != NULL && !allows(frame->element, known))
        fhir_issue_at(v, frame, NULL, -1, frame->value, FHIR_RULE_REFERENCE_TARGET);
}
