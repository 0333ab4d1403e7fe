/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate_internal.h"

/*
 * Required bindings whose value sets the core package can expand (data/codes.tsv). A code is looked for among those of
 * the set; a Coding with its system; of a CodeableConcept one coding must fit, and a text alone is not enough.
 */

bool fhir_code_known(uint8_t set, base_span system, base_span code, bool any_system)
{
    const fhir_code_set_row *row = &fhir_code_set_rows[set];
    const uint16_t *slots = &fhir_code_slots[row->slot];
    const uint32_t mask = (1u << row->slot_bits) - 1;
    uint32_t at = fhir_name_slot(fhir_name_mix(code.data, code.size), row->slot_bits);
    for (; slots[at] != 0; at = (at + 1) & mask) {
        const fhir_code_row *known = &fhir_code_rows[row->first + slots[at] - 1];
        const base_span its_code = {fhir_schema_strings + known->code, known->code_length};
        const base_span its_system = {fhir_schema_strings + known->system, known->system_length};
        if (base_span_equal(its_code, code) && (any_system || base_span_equal(its_system, system)))
            return true;
    }
    return false;
}

static bool coding_fits(uint8_t set, json_value coding)
{
    const base_span code = json_string(json_get(coding, "code"));
    return code.size != 0 && fhir_code_known(set, json_string(json_get(coding, "system")), code, false);
}

static bool concept_fits(uint8_t set, json_value concept)
{
    json_iterator codings = json_iterate(json_get(concept, "coding"));
    for (json_value coding; json_next(&codings, NULL, &coding);)
        if (coding_fits(set, coding))
            return true;
    return false;
}

/* A value that says why it is not there (data-absent-reason) has no code to check. */
static bool has_only_extensions(json_value value)
{
    return json_present(json_get(value, "extension")) && !json_present(json_get(value, "coding")) &&
           !json_present(json_get(value, "code")) && !json_present(json_get(value, "text"));
}

void fhir_check_binding(fhir_validator *v, const fhir_frame *frame, const fhir_element *element, int64_t index,
                        json_value value)
{
    const uint8_t set = fhir_bound_rows[element->bound].codes;
    bool fits = true;
    if (json_is(value, JSON_STRING))
        fits = fhir_code_known(set, (base_span){0}, json_string(value), true);
    else if (has_only_extensions(value))
        fits = true;
    else if (element->type == v->types.coding)
        fits = coding_fits(set, value);
    else if (element->type == v->types.concept)
        fits = concept_fits(set, value);
    if (!fits)
        fhir_issue_at(v, frame, element, index, value, FHIR_RULE_BINDING);
}
