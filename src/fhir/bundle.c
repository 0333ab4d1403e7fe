/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

#include <stdlib.h>

/*
 * Bundles of every type, in two passes: entries may refer to later ones, so all fullUrls are known before the first
 * resource is read. Entries without a resource (answers of a batch, deletions of a history) say nothing. An entry that
 * is itself a Bundle is read with its own fullUrls, and sees those around it; deeper nesting is refused.
 */

/* "urn:uuid:x" and "http://h/Type/x" name x; "http://h/Type/x/_history/3" too. */
static base_span id_of_full_url(base_span url)
{
    const char *history = url.size != 0 ? memmem(url.data, url.size, "/_history/", 10) : NULL;
    if (history != NULL)
        url.size = (size_t)(history - url.data);
    return fhir_last_part(url);
}

static fhir_full_url *find_slot(const fhir_scope *scope, base_hash128 hash)
{
    const size_t mask = scope->used_capacity - 1;
    for (size_t i = (size_t)hash.low >> 1;; i++) {
        fhir_full_url *slot = &scope->slots[i & mask];
        if (slot->hash.low == 0 || (slot->hash.low == hash.low && slot->hash.high == hash.high))
            return slot;
    }
}

const fhir_full_url *fhir_find_full_url(const fhir_reader *reader, base_span url)
{
    if (reader->depth == 0)
        return NULL;
    const base_hash128 hash = fhir_url_hash(reader, url);
    for (size_t i = reader->depth; i-- > 0;) {
        const fhir_scope *scope = &reader->scopes[i];
        const fhir_full_url *slot = scope->used_capacity != 0 ? find_slot(scope, hash) : NULL;
        if (slot != NULL && slot->hash.low != 0)
            return slot;
    }
    return NULL;
}

/* An empty table at most half full with `count` entries. */
static int reserve_slots(fhir_scope *scope, size_t count, lethe_error *error)
{
    size_t capacity = 16;
    while (capacity < 2 * count)
        capacity *= 2;
    if (capacity > scope->capacity) {
        free(scope->slots);
        scope->capacity = 0;
        scope->slots = malloc(capacity * sizeof(*scope->slots));
        if (scope->slots == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        scope->capacity = capacity;
    }
    memset(scope->slots, 0, capacity * sizeof(*scope->slots));
    scope->used_capacity = capacity;
    return 0;
}

/* The first entry of a fullUrl stands: a history repeats them. Broken entries are left to the second pass. */
static void note_full_url(fhir_reader *reader, fhir_scope *scope, json_value entry)
{
    const base_span url = json_string(json_get(entry, "fullUrl"));
    const json_value resource = json_get(entry, "resource");
    if (url.size == 0 || !json_is(resource, JSON_OBJECT))
        return;
    const base_hash128 hash = fhir_url_hash(reader, url);
    fhir_full_url *slot = find_slot(scope, hash);
    if (slot->hash.low != 0)
        return;
    const base_span id = json_string(json_get(resource, "id"));
    *slot = (fhir_full_url){
        .hash = hash,
        .type = fhir_resource_type_of(json_string(json_get(resource, "resourceType"))),
        .id = id.size != 0 ? id : id_of_full_url(url),
    };
}

static int read_entry(fhir_reader *reader, json_value entry, lethe_error *error)
{
    json_value v[ENTRY_COUNT];
    reader->resource = entry;
    if (fhir_pick(reader, entry, SHAPE_ENTRY, v) != 0) {
        reader->trouble.code = LETHE_E_FHIR_BUNDLE;
        reader->stats.broken++;
        return fhir_withhold(reader, FHIR_PLACE_ENTRY, entry, error);
    }
    if (!json_present(v[ENTRY_RESOURCE]))
        return 0;
    if (base_span_is(json_string(json_get(v[ENTRY_RESOURCE], "resourceType")), "Bundle"))
        return fhir_read_bundle(reader, v[ENTRY_RESOURCE], error);
    return fhir_read_resource(reader, v[ENTRY_RESOURCE], id_of_full_url(json_string(v[ENTRY_FULL_URL])), error);
}

static int read_entries(fhir_reader *reader, fhir_scope *scope, json_value list, lethe_error *error)
{
    BASE_TRY(reserve_slots(scope, json_count(list), error));
    json_iterator iterator = json_iterate(list);
    for (json_value entry; json_next(&iterator, NULL, &entry);)
        note_full_url(reader, scope, entry);
    iterator = json_iterate(list);
    for (json_value entry; json_next(&iterator, NULL, &entry); scope->entry++)
        BASE_TRY(read_entry(reader, entry, error));
    return 0;
}

int fhir_read_bundle(fhir_reader *reader, json_value bundle, lethe_error *error)
{
    json_value v[BUNDLE_COUNT];
    reader->stats.bundles++;
    reader->resource = bundle;
    int trouble = fhir_pick(reader, bundle, SHAPE_BUNDLE, v);
    if (trouble == 0 && reader->depth == FHIR_BUNDLE_DEPTH_MAX)
        trouble = fhir_fail(reader, LETHE_E_FHIR_BUNDLE, bundle);
    if (trouble == 0 && json_count(v[BUNDLE_ENTRY]) > reader->options.max_entries)
        trouble = fhir_fail(reader, LETHE_E_BASE_LIMIT, v[BUNDLE_ENTRY]);
    if (trouble != 0) {
        if (reader->trouble.code == LETHE_E_FHIR_TYPE)
            reader->trouble.code = LETHE_E_FHIR_BUNDLE;
        reader->stats.broken++;
        return fhir_withhold(reader, FHIR_PLACE_RESOURCE, bundle, error);
    }
    fhir_scope *scope = &reader->scopes[reader->depth++];
    scope->entry = 0;
    scope->used_capacity = 0; /* the slots are of another Bundle until read_entries has cleared them */
    const int status = read_entries(reader, scope, v[BUNDLE_ENTRY], error);
    reader->depth--;
    return status;
}
