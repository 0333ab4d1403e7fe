/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/explain.h"

#include <stdio.h>

#define PATH_MAX_CHARS 512

typedef struct explain_walk {
    fhir_explain_sink *sink;
    void *context;
    fhir_profile profile;
    const fhir_element *gone;
    char path[PATH_MAX_CHARS];
    size_t size;
} explain_walk;

static void append(explain_walk *walk, const char *text)
{
    const int more = snprintf(walk->path + walk->size, sizeof(walk->path) - walk->size, "%s", text);
    if (more > 0 && (size_t)more < sizeof(walk->path) - walk->size)
        walk->size += (size_t)more;
    walk->path[walk->size] = '\0'; /* a path that is too long stays as it was */
}

static int walk_object(explain_walk *walk, fhir_type type, json_value object);

static fhir_type type_of_resource(json_value resource)
{
    const base_span name = json_string(json_get(resource, "resourceType"));
    const fhir_type type = name.size != 0 ? fhir_schema_type(name.data, name.size) : FHIR_TYPE_NONE;
    return type != FHIR_TYPE_NONE && fhir_schema_kind(type) == FHIR_KIND_RESOURCE ? type : FHIR_TYPE_NONE;
}

static int walk_value(explain_walk *walk, const fhir_element *element, json_value value)
{
    int status = walk->sink(walk->context, walk->path, element, walk->gone);
    if (status != 0 || !json_is(value, JSON_OBJECT))
        return status;
    fhir_type type = element->type;
    if (fhir_schema_abstract(type))
        type = type_of_resource(value);
    const fhir_element *const around = walk->gone;
    if (around == NULL && fhir_policy_rule(walk->profile, element) == FHIR_REDACT)
        walk->gone = element;
    status = type != FHIR_TYPE_NONE ? walk_object(walk, type, value) : 0;
    walk->gone = around;
    return status;
}

static int walk_element(explain_walk *walk, const fhir_element *element, json_value value)
{
    const size_t size = walk->size;
    if (!json_is(value, JSON_ARRAY))
        return walk_value(walk, element, value);
    json_iterator items = json_iterate(value);
    int status = 0;
    unsigned index = 0;
    for (json_value item; status == 0 && json_next(&items, NULL, &item); index++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "[%u]", index);
        append(walk, text);
        status = walk_value(walk, element, item);
        walk->path[walk->size = size] = '\0';
    }
    return status;
}

static int walk_object(explain_walk *walk, fhir_type type, json_value object)
{
    const size_t size = walk->size;
    json_iterator members = json_iterate(object);
    int status = 0;
    base_span name;
    for (json_value value; status == 0 && json_next(&members, &name, &value);) {
        const bool sibling = name.size > 1 && name.data[0] == '_';
        if (base_span_is(name, "resourceType"))
            continue;
        const fhir_element *element = fhir_schema_find(type, name.data + sibling, name.size - sibling);
        append(walk, sibling && element != NULL ? "._" : ".");
        append(walk, element != NULL ? fhir_element_name(element) : "?");
        status = element != NULL ? walk_element(walk, element, value)
                                 : walk->sink(walk->context, walk->path, NULL, walk->gone);
        walk->path[walk->size = size] = '\0';
    }
    return status;
}

int fhir_explain(fhir_profile profile, json_value resource, fhir_explain_sink *sink, void *context, lethe_error *error)
{
    explain_walk walk = {.sink = sink, .context = context, .profile = profile};
    const fhir_type type = type_of_resource(resource);
    if (type == FHIR_TYPE_NONE)
        return base_fail_at(error, LETHE_E_FHIR_SHAPE, 0);
    append(&walk, fhir_schema_type_name(type));
    return walk_object(&walk, type, resource);
}
