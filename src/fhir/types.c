/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/types.h"

#define TYPE_NAME_MAX 64

static const base_span TYPE_NAMES[] = {
#define X(name) {#name, sizeof(#name) - 1},
#include "fhir/types.inc"
#undef X
    {"other", 5},
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool looks_like_type(base_span name)
{
    if (name.size == 0 || name.size > TYPE_NAME_MAX || name.data[0] < 'A' || name.data[0] > 'Z')
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (!is_letter(name.data[i]))
            return false;
    return true;
}

fhir_resource_type fhir_resource_type_of(base_span name)
{
    size_t low = 0, high = FHIR_OTHER;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = base_span_compare(TYPE_NAMES[middle], name);
        if (order == 0)
            return (fhir_resource_type)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return looks_like_type(name) ? FHIR_OTHER : FHIR_RESOURCE_TYPE_COUNT;
}

const char *fhir_resource_type_name(fhir_resource_type type)
{
    return type < FHIR_RESOURCE_TYPE_COUNT ? TYPE_NAMES[type].data : "other";
}
