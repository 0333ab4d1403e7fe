/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate_internal.h"
#include "fhir/xhtml.h"

/* A primitive value: its JSON type, its syntax, its code. */

static json_type json_type_for(fhir_primitive primitive)
{
    switch (primitive) {
    case FHIR_PRIMITIVE_BOOLEAN:
        return JSON_BOOL;
    case FHIR_PRIMITIVE_DECIMAL:
    case FHIR_PRIMITIVE_INTEGER:
    case FHIR_PRIMITIVE_POSITIVE:
    case FHIR_PRIMITIVE_UNSIGNED:
        return JSON_NUMBER;
    default:
        return JSON_STRING;
    }
}

static void check_xhtml(fhir_validator *v, const fhir_frame *frame, const fhir_element *element, json_value value)
{
    switch (fhir_xhtml_check(json_string(value))) {
    case FHIR_XHTML_BROKEN:
        fhir_issue_at(v, frame, element, -1, value, FHIR_RULE_XHTML);
        break;
    case FHIR_XHTML_FOREIGN:
        fhir_issue_invariant(v, frame, element, -1, value, "txt-1");
        break;
    case FHIR_XHTML_EMPTY:
        fhir_issue_invariant(v, frame, element, -1, value, "txt-2");
        break;
    default:
        break;
    }
}

static bool integer_fits(fhir_primitive primitive, json_value value)
{
    int64_t number;
    return json_int64(value, &number) && fhir_integer_fits(primitive, number);
}

static void check_text(fhir_validator *v, const fhir_frame *frame, const fhir_element *element, int64_t index,
                       json_value value, fhir_primitive primitive)
{
    const base_span text = json_string(value);
    if (text.size == 0)
        fhir_issue_at(v, frame, element, index, value, FHIR_RULE_EMPTY);
    else if (primitive == FHIR_PRIMITIVE_XHTML)
        check_xhtml(v, frame, element, value);
    else if (!fhir_primitive_fits(primitive, text))
        fhir_issue_at(v, frame, element, index, value, FHIR_RULE_PRIMITIVE);
    else if (fhir_bound_rows[element->bound].codes != 0)
        fhir_check_binding(v, frame, element, index, value);
    if (primitive == FHIR_PRIMITIVE_URI && text.size != 0 && text.data[0] == '#')
        fhir_note_fragment(v, frame, text); /* a canonical may point at what is contained */
}

void fhir_check_primitive(fhir_validator *v, const fhir_frame *frame, const fhir_element *element, int64_t index,
                          json_value value)
{
    const fhir_primitive primitive = (fhir_primitive)v->primitives[element->type];
    const json_type wanted = json_type_for(primitive);
    if (json_type_of(value) != wanted)
        fhir_issue_at(v, frame, element, index, value, FHIR_RULE_JSON_TYPE);
    else if (wanted == JSON_STRING)
        check_text(v, frame, element, index, value, primitive);
    else if (wanted == JSON_NUMBER && primitive != FHIR_PRIMITIVE_DECIMAL && !integer_fits(primitive, value))
        fhir_issue_at(v, frame, element, index, value, FHIR_RULE_PRIMITIVE);
}
