/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate_internal.h"

#include <stdlib.h>

/*
 * Bundles (bundle.html of R4). Before one is walked, its kind and the fullUrls of its entries are read: an entry may
 * refer to a later one, and `type` may stand behind the entries.
 */

static fhir_full *slot_of(const fhir_fulls *fulls, base_hash128 hash)
{
    for (size_t at = hash.high;; at++) {
        fhir_full *slot = &fulls->slots[at & (fulls->capacity - 1)];
        if (slot->hash == 0 || slot->hash == (hash.low | 1))
            return slot;
    }
}

const fhir_full *fhir_full_find(const fhir_validator *v, base_span url)
{
    if (v->fulls.slots == NULL || url.size == 0)
        return NULL;
    const fhir_full *slot = slot_of(&v->fulls, base_hash(&v->key, url));
    return slot->hash != 0 ? slot : NULL;
}

/* bdl-7: one fullUrl stands for one version. So each stands in the table twice, alone and with its version. */
static void note_entry(fhir_validator *v, const fhir_frame *frame, int64_t index, json_value entry)
{
    const base_span url = json_string(json_get(entry, "fullUrl"));
    const json_value resource = json_get(entry, "resource");
    const base_span version = json_string(json_get(json_get(resource, "meta"), "versionId"));
    const base_span name = json_string(json_get(resource, "resourceType"));
    if (url.size == 0)
        return;
    const base_hash128 alone = base_hash(&v->key, url), both = base_hash_pair(&v->key, url, version);
    fhir_full *slot = slot_of(&v->fulls, both);
    if (slot->hash != 0 && !base_span_is(v->fulls.kind, "history"))
        fhir_issue_invariant(v, frame, fhir_schema_find(frame->type, "entry", 5), index, entry, "bdl-7");
    slot->hash = both.low | 1;
    slot = slot_of(&v->fulls, alone);
    if (slot->hash == 0)
        *slot = (fhir_full){alone.low | 1, fhir_schema_type(name.data, name.size)};
}

void fhir_bundle_open(fhir_validator *v, const fhir_frame *frame)
{
    const json_value entries = json_get(frame->value, "entry");
    size_t capacity = 16;
    while (capacity < 4 * (size_t)json_count(entries))
        capacity *= 2;
    v->fulls = (fhir_fulls){
        .slots = calloc(capacity, sizeof(*v->fulls.slots)),
        .capacity = capacity,
        .kind = json_string(json_get(frame->value, "type")),
    };
    if (v->fulls.slots == NULL) {
        v->status = LETHE_E_BASE_MEMORY;
        return;
    }
    if (!json_is(entries, JSON_ARRAY))
        return;
    json_iterator items = json_iterate(entries);
    json_value entry;
    for (int64_t index = 0; json_next(&items, NULL, &entry); index++)
        note_entry(v, frame, index, entry);
}

void fhir_bundle_close(fhir_validator *v)
{
    free(v->fulls.slots);
    v->fulls = (fhir_fulls){0};
}

static bool kind_is(const fhir_validator *v, const char *a, const char *b, const char *c)
{
    const base_span kind = v->fulls.kind;
    return base_span_is(kind, a) || base_span_is(kind, b) || base_span_is(kind, c);
}

static void complain(fhir_validator *v, const fhir_frame *frame, const char *member, const char *key)
{
    const fhir_element *element = fhir_schema_find(frame->type, member, strlen(member));
    const json_value at = fhir_member(frame, member);
    fhir_issue_invariant(v, frame, element, -1, json_present(at) ? at : frame->value, key);
}

static base_span last_part(base_span url)
{
    const char *slash = url.size != 0 ? memrchr(url.data, '/', url.size) : NULL;
    return slash != NULL ? (base_span){slash + 1, (size_t)(url.data + url.size - slash - 1)} : url;
}

/* …/Type/id, where the type is that of the resource, names the resource's id; no other URL says anything about it. */
static bool names_its_resource(base_span url, json_value resource)
{
    const base_span id = json_string(json_get(resource, "id")), type = json_string(json_get(resource, "resourceType"));
    const base_span last = last_part(url);
    if (id.size == 0 || type.size == 0 || !base_span_starts(url, BASE_SPAN("http")) || last.size == url.size)
        return true;
    const base_span before = last_part((base_span){url.data, url.size - last.size - 1});
    return !base_span_equal(before, type) || base_span_equal(last, id);
}

void fhir_check_entry(fhir_validator *v, const fhir_frame *frame)
{
    if (v->fulls.slots == NULL)
        return;
    const base_span url = json_string(fhir_member(frame, "fullUrl"));
    const bool request = fhir_member_element(frame, "request") != NULL;
    const bool response = fhir_member_element(frame, "response") != NULL;
    if (fhir_member_element(frame, "search") != NULL && !kind_is(v, "searchset", "searchset", "searchset"))
        complain(v, frame, "search", "bdl-2");
    if (request != kind_is(v, "batch", "transaction", "history"))
        complain(v, frame, "request", "bdl-3");
    if (response != kind_is(v, "batch-response", "transaction-response", "history"))
        complain(v, frame, "response", "bdl-4");
    if (base_span_search(url, BASE_SPAN("/_history/")) != NULL)
        complain(v, frame, "fullUrl", "bdl-8");
    if (url.size != 0 &&
        (memchr(url.data, ':', url.size) == NULL || !names_its_resource(url, fhir_member(frame, "resource"))))
        fhir_issue_at(v, frame, fhir_schema_find(frame->type, "fullUrl", 7), -1, fhir_member(frame, "fullUrl"),
                      FHIR_RULE_FULL_URL);
}

static bool first_is(json_value entries, const char *type)
{
    const json_value resource = json_get(json_element(entries, 0), "resource");
    return base_span_is(json_string(json_get(resource, "resourceType")), type);
}

void fhir_check_bundle(fhir_validator *v, const fhir_frame *frame)
{
    const json_value entries = fhir_member(frame, "entry"), identifier = fhir_member(frame, "identifier");
    if (fhir_member_element(frame, "total") != NULL && !kind_is(v, "searchset", "history", "history"))
        complain(v, frame, "total", "bdl-1");
    if (base_span_is(v->fulls.kind, "document")) {
        if (!json_present(json_get(identifier, "system")) || !json_present(json_get(identifier, "value")))
            complain(v, frame, "identifier", "bdl-9");
        if (!json_present(fhir_member(frame, "timestamp")))
            complain(v, frame, "timestamp", "bdl-10");
        if (!first_is(entries, "Composition"))
            complain(v, frame, "entry", "bdl-11");
    }
    if (base_span_is(v->fulls.kind, "message") && !first_is(entries, "MessageHeader"))
        complain(v, frame, "entry", "bdl-12");
}
