/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath_internal.h"

#include <stdio.h>

/* What a node of the tree is as a value of FHIRPath, and of which type an item is. */
static const struct {
    const char *fhir, *system; /* of primitives that are not read as strings */
    fhirpath_kind kind;
} PRIMITIVES[] = {
    {"boolean", "Boolean", FHIRPATH_BOOLEAN},
    {"integer", "Integer", FHIRPATH_INTEGER},
    {"positiveInt", "Integer", FHIRPATH_INTEGER},
    {"unsignedInt", "Integer", FHIRPATH_INTEGER},
    {"decimal", "Decimal", FHIRPATH_DECIMAL},
    {"date", "Date", FHIRPATH_DATE},
    {"dateTime", "DateTime", FHIRPATH_DATE_TIME},
    {"instant", "DateTime", FHIRPATH_DATE_TIME},
    {"time", "Time", FHIRPATH_TIME},
};

static const char *const KIND_NAMES[] = {"",     "Boolean",  "Integer", "Decimal", "String",
                                         "Date", "DateTime", "Time",    "Quantity"};

static fhirpath_kind kind_of(const char *type)
{
    for (size_t i = 0; i < sizeof(PRIMITIVES) / sizeof(*PRIMITIVES); i++)
        if (strcmp(PRIMITIVES[i].fhir, type) == 0)
            return PRIMITIVES[i].kind;
    return FHIRPATH_STRING;
}

static fhirpath_item quantity_of(fhirpath_item item)
{
    const base_span value = fhir_node_text(item.node, "value"), code = fhir_node_text(item.node, "code");
    if (value.size == 0)
        return item;
    const base_span unit = code.size != 0 ? code : fhir_node_text(item.node, "unit");
    return (fhirpath_item){.kind = FHIRPATH_QUANTITY, .text = value, .unit = unit};
}

bool path_has_value(fhirpath_item item)
{
    return item.kind != FHIRPATH_NODE || item.node->value != FHIR_VALUE_NONE;
}

fhirpath_item path_value(fhirpath_item item)
{
    if (item.kind != FHIRPATH_NODE)
        return item;
    const fhir_node *node = item.node;
    if (node->value == FHIR_VALUE_NONE)
        return !fhir_node_is_primitive(node) && path_is_type(item, BASE_SPAN("Quantity")) ? quantity_of(item) : item;
    fhirpath_item value = {.kind = kind_of(fhir_schema_type_name(node->type)), .text = node->text};
    if (node->value == FHIR_VALUE_STRING &&
        (value.kind == FHIRPATH_BOOLEAN || value.kind == FHIRPATH_INTEGER || value.kind == FHIRPATH_DECIMAL))
        value.kind = FHIRPATH_STRING; /* a rule has put a token in its place */
    value.truth = value.kind == FHIRPATH_BOOLEAN && base_span_is(node->text, "true");
    if (value.kind == FHIRPATH_INTEGER) {
        value.kind = FHIRPATH_DECIMAL;
        if (path_number_integer(value, &value.integer))
            value.kind = FHIRPATH_INTEGER;
    }
    return value;
}

bool path_is_type(fhirpath_item item, base_span type)
{
    if (item.kind != FHIRPATH_NODE) {
        const char *name = KIND_NAMES[item.kind]; /* String and string: FHIR's primitives are meant as well */
        return type.size == strlen(name) && type.size != 0 && (type.data[0] | 0x20) == (name[0] | 0x20) &&
               memcmp(type.data + 1, name + 1, type.size - 1) == 0;
    }
    for (fhir_type at = item.node->type; at != FHIR_TYPE_NONE; at = fhir_schema_base(at)) {
        const char *name = fhir_schema_type_name(at);
        if (base_span_is(type, name))
            return true;
        for (size_t i = 0; i < sizeof(PRIMITIVES) / sizeof(*PRIMITIVES); i++)
            if (strcmp(PRIMITIVES[i].fhir, name) == 0 && base_span_is(type, PRIMITIVES[i].system))
                return true;
        if (base_span_is(type, "String") && strcmp(name, "string") == 0)
            return true;
    }
    return false;
}

int path_text(fhirpath_scratch *scratch, fhirpath_item item, base_span *ret_text, lethe_error *error)
{
    char number[32];
    item = path_value(item);
    switch (item.kind) {
    case FHIRPATH_BOOLEAN:
        *ret_text = item.truth ? BASE_SPAN("true") : BASE_SPAN("false");
        return 0;
    case FHIRPATH_INTEGER:
        (void)snprintf(number, sizeof(number), "%lld", (long long)item.integer);
        *ret_text = base_arena_copy(&scratch->arena, base_span_of(number));
        return ret_text->data != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    case FHIRPATH_NODE:
        *ret_text = (base_span){NULL, 0};
        return 0;
    default:
        *ret_text = item.text;
        return 0;
    }
}
