/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/reader.h"

#include "fhir/internal.h"

#include <stdio.h>
#include <stdlib.h>

static size_t or_default(size_t value, size_t otherwise)
{
    return value != 0 ? value : otherwise;
}

int fhir_reader_new(const fhir_options *options, fhir_reader **ret_reader, lethe_error *error)
{
    fhir_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    reader->options = *options;
    reader->options.max_events = or_default(options->max_events, FHIR_EVENTS_MAX);
    reader->options.max_entries = or_default(options->max_entries, FHIR_ENTRIES_MAX);
    base_arena_init(&reader->arena, or_default(options->max_resource_bytes, FHIR_RESOURCE_BYTES_MAX));
    fhir_shapes_init(reader);
    *ret_reader = reader;
    return 0;
}

void fhir_reader_free(fhir_reader *reader)
{
    if (reader == NULL)
        return;
    base_arena_done(&reader->arena);
    free(reader->events);
    for (size_t i = 0; i < FHIR_BUNDLE_DEPTH_MAX; i++)
        free(reader->scopes[i].slots);
    free(reader);
}

const fhir_stats *fhir_reader_stats(const fhir_reader *reader)
{
    return &reader->stats;
}

int fhir_read(fhir_reader *reader, json_value root, const record_sink *sink, lethe_error *error)
{
    reader->sink = sink;
    reader->depth = 0;
    reader->trouble = (fhir_trouble){0};
    if (base_span_is(json_string(json_get(root, "resourceType")), "Bundle"))
        return fhir_read_bundle(reader, root, error);
    return fhir_read_resource(reader, root, (base_span){NULL, 0}, error);
}

/*
 * The FHIR path of trouble. Values were reached by the names of shape.h, so every key on the way to one is such a name;
 * no other key of the input can get into a path. Only the resource at hand is walked, once a withheld record.
 */
typedef struct path_text {
    char text[1024];
    size_t size;
} path_text;

static void path_append(path_text *path, const char *text, size_t size)
{
    if (size >= sizeof(path->text) - path->size)
        return;
    memcpy(path->text + path->size, text, size);
    path->size += size;
    path->text[path->size] = '\0';
}

static void path_member(path_text *path, base_span name)
{
    path_append(path, ".", 1);
    path_append(path, name.data, name.size);
}

static void path_index(path_text *path, uint32_t index)
{
    char text[16];
    path_append(path, text, (size_t)snprintf(text, sizeof(text), "[%u]", index));
}

/* One step down from `here` to the child that holds `target`. */
static bool path_step(path_text *path, json_value *here, json_value target)
{
    json_iterator iterator = json_iterate(*here);
    const bool list = json_is(*here, JSON_ARRAY);
    base_span name = {0}, key;
    json_value found = {0}, child;
    uint32_t index = 0;
    for (; json_next(&iterator, &key, &child) && child.at <= target.at; index++) {
        found = child;
        name = key;
    }
    if (!json_present(found))
        return false;
    if (list)
        path_index(path, index - 1);
    else
        path_member(path, name);
    *here = found;
    return true;
}

/* "Bundle.entry[3].resource", "Bundle.entry[3]" or "Patient". */
static void path_begin(const fhir_reader *reader, fhir_place kind, json_value place, path_text *path)
{
    const fhir_resource_type type = fhir_resource_type_of(json_string(json_get(place, "resourceType")));
    const char *name = reader->depth != 0 ? "Bundle" : type < FHIR_OTHER ? fhir_resource_type_name(type) : "Resource";
    path_append(path, name, strlen(name));
    for (size_t i = 0; i < reader->depth; i++) {
        path_member(path, BASE_SPAN("entry"));
        path_index(path, reader->scopes[i].entry);
        if (i + 1 < reader->depth || kind == FHIR_PLACE_RESOURCE)
            path_member(path, BASE_SPAN("resource"));
    }
}

int fhir_withhold(fhir_reader *reader, fhir_place kind, json_value place, lethe_error *error)
{
    const fhir_trouble found = reader->trouble;
    json_value here = place;
    lethe_error trouble;
    path_text path = {.size = 0};
    path_begin(reader, kind, place, &path);
    while (here.at < found.at.at && path_step(&path, &here, found.at))
        continue;
    if (found.missing != NULL)
        path_member(&path, base_span_of(found.missing));
    (void)base_fail_at(&trouble, found.code, json_offset(found.at));
    base_error_path(&trouble, path.text);
    reader->trouble = (fhir_trouble){0};
    const int status = reader->sink->withheld(reader->sink->context, &trouble);
    return status == 0 ? 0 : base_fail(error, status);
}
