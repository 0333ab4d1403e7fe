/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/schema.h"

#include "fhir/schema_table.h"

static const fhir_type_row *row_of(fhir_type type)
{
    return &fhir_type_rows[type < fhir_type_count ? type : FHIR_TYPE_NONE];
}

size_t fhir_schema_types(void)
{
    return fhir_type_count;
}

size_t fhir_schema_elements(void)
{
    return fhir_element_count;
}

fhir_type fhir_schema_type(const char *name, size_t length)
{
    const fhir_type_row *root = &fhir_type_rows[FHIR_TYPE_NONE];
    const uint16_t *slots = &fhir_element_slots[root->slot];
    const uint32_t mask = (1u << root->slot_bits) - 1;
    for (uint32_t at = fhir_name_slot(fhir_name_mix(name, length), root->slot_bits); slots[at] != 0;
         at = (at + 1) & mask) {
        const fhir_type_row *row = &fhir_type_rows[slots[at]];
        if (row->name_length == length && memcmp(fhir_schema_strings + row->name, name, length) == 0)
            return slots[at];
    }
    return FHIR_TYPE_NONE;
}

const char *fhir_schema_type_name(fhir_type type)
{
    return fhir_schema_strings + row_of(type)->name;
}

fhir_kind fhir_schema_kind(fhir_type type)
{
    return (fhir_kind)row_of(type)->kind;
}

bool fhir_schema_abstract(fhir_type type)
{
    return row_of(type)->abstract != 0;
}

fhir_type fhir_schema_base(fhir_type type)
{
    return row_of(type)->base;
}

bool fhir_schema_is(fhir_type type, fhir_type base)
{
    for (; type != FHIR_TYPE_NONE; type = fhir_schema_base(type))
        if (type == base)
            return true;
    return false;
}

const fhir_element *fhir_schema_find(fhir_type type, const char *name, size_t length)
{
    if (type == FHIR_TYPE_NONE || type >= fhir_type_count)
        return NULL;
    const fhir_type_row *row = &fhir_type_rows[type];
    const uint16_t *slots = &fhir_element_slots[row->slot];
    const uint32_t mask = (1u << row->slot_bits) - 1;
    for (uint32_t at = fhir_name_slot(fhir_name_mix(name, length), row->slot_bits); slots[at] != 0;
         at = (at + 1) & mask) {
        const fhir_element *element = &fhir_element_rows[row->first + slots[at] - 1];
        if (element->name_length == length && memcmp(fhir_schema_strings + element->name, name, length) == 0)
            return element;
    }
    return NULL;
}

const fhir_element *fhir_schema_members(fhir_type type, size_t *ret_count)
{
    const fhir_type_row *row = row_of(type);
    *ret_count = type != FHIR_TYPE_NONE ? row->count : 0;
    return *ret_count != 0 ? &fhir_element_rows[row->first] : NULL;
}

const fhir_element *fhir_schema_element(size_t index)
{
    return index < fhir_element_count ? &fhir_element_rows[index] : NULL;
}

const char *fhir_element_name(const fhir_element *element)
{
    return fhir_schema_strings + element->name;
}

base_span fhir_element_stem(const fhir_element *element)
{
    return (base_span){fhir_element_name(element), fhir_element_stems[element->index]};
}

const fhir_type *fhir_schema_targets(const fhir_element *element, size_t *ret_count)
{
    *ret_count = fhir_target_rows[element->targets];
    return *ret_count != 0 ? &fhir_target_rows[element->targets + 1] : NULL;
}

fhir_bound fhir_schema_bound(const fhir_element *element)
{
    const fhir_bound_row *row = &fhir_bound_rows[element->bound];
    return (fhir_bound){(fhir_strength)row->strength, fhir_schema_strings + row->value_set,
                        fhir_schema_strings + row->most};
}
