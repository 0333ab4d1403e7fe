/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/shape.h"

#include "fhir/internal.h"

#define ELEMENT_NAME(shape, element, name, kind) name,
#define ELEMENT_KIND(shape, element, name, kind) (uint8_t)(kind),
#define X(shape)                                                                                                       \
    static const char *const NAMES_##shape[] = {ELEMENTS_##shape(ELEMENT_NAME)};                                       \
    static const uint8_t KINDS_##shape[] = {ELEMENTS_##shape(ELEMENT_KIND)};
FHIR_SHAPES(X)
#undef X

static const struct {
    const char *const *names;
    const uint8_t *kinds;
    size_t count;
} SHAPES[FHIR_SHAPE_COUNT] = {
#define X(shape) {NAMES_##shape, KINDS_##shape, sizeof(KINDS_##shape)},
    FHIR_SHAPES(X)
#undef X
};

void fhir_shapes_init(fhir_reader *reader)
{
    for (size_t i = 0; i < FHIR_SHAPE_COUNT; i++)
        json_names_init(&reader->names[i], SHAPES[i].names, SHAPES[i].count);
}

static bool fits(json_type type, fhir_shape_kind kind)
{
    switch (kind) {
    case FHIR_TEXT:
        return type == JSON_STRING;
    case FHIR_BOOL:
        return type == JSON_BOOL;
    case FHIR_NUMBER:
        return type == JSON_NUMBER;
    case FHIR_OBJECT:
        return type == JSON_OBJECT;
    case FHIR_LIST:
        return type == JSON_ARRAY;
    default:
        return type == JSON_OBJECT || type == JSON_ARRAY;
    }
}

int fhir_pick(fhir_reader *reader, json_value object, fhir_shape shape, json_value *ret_values)
{
    if (!json_is(object, JSON_OBJECT))
        return fhir_fail(reader, LETHE_E_FHIR_TYPE, object);
    json_pick(object, &reader->names[shape], ret_values);
    for (size_t i = 0; i < SHAPES[shape].count; i++) {
        if (!json_present(ret_values[i]))
            continue;
        const json_type type = json_type_of(ret_values[i]);
        if (type == JSON_NULL)
            ret_values[i] = (json_value){0};
        else if (!fits(type, (fhir_shape_kind)SHAPES[shape].kinds[i]))
            return fhir_fail(reader, LETHE_E_FHIR_TYPE, ret_values[i]);
    }
    return 0;
}
