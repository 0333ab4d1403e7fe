/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/internal.h"

/*
 * What a Reference means, in this order:
 *   "#id"                        the contained resource
 *   the fullUrl of an entry      that entry, of this Bundle or the one around it, wherever it stands
 *   "Type?identifier=sys|val"    Type/"?sys|val": the name under which resources are found by identifier
 *   "urn:uuid:x", "urn:oid:x"    of another Bundle: x of the expected type, for entries without an id are named so
 *   "…/Type/id", "Type/id"       Type/id, whatever the server; "/_history/2" and "#part" are cut off
 *   "id"                         id of the stated or expected type
 *   identifier {system, value}   as the conditional form
 * Nothing is followed further than one step, so cycles cannot be walked.
 */
base_span fhir_resource_type_span(fhir_resource_type type)
{
    return base_span_of(fhir_resource_type_name(type));
}

base_span fhir_last_part(base_span url)
{
    size_t at = url.size;
    while (at > 0 && url.data[at - 1] != '/' && url.data[at - 1] != ':')
        at--;
    return at == 0 ? url : (base_span){url.data + at, url.size - at};
}

base_hash128 fhir_url_hash(const fhir_reader *reader, base_span url)
{
    base_hash128 hash = base_hash(&reader->options.secret, url);
    hash.low |= 1; /* 0 means free */
    return hash;
}

record_key fhir_key(const fhir_reader *reader, const fhir_target *target)
{
    if (target->id.size == 0 || target->type >= FHIR_OTHER)
        return (record_key){0};
    return record_key_of(&reader->options.secret, fhir_resource_type_span(target->type), target->id);
}

static size_t find_text(base_span text, base_span wanted)
{
    const char *found = text.size != 0 ? memmem(text.data, text.size, wanted.data, wanted.size) : NULL;
    return found != NULL ? (size_t)(found - text.data) : SIZE_MAX;
}

static size_t find_byte(base_span text, char byte)
{
    const char *found = text.size != 0 ? memchr(text.data, byte, text.size) : NULL;
    return found != NULL ? (size_t)(found - text.data) : SIZE_MAX;
}

static base_span cut_at(base_span text, size_t at)
{
    return at == SIZE_MAX ? text : (base_span){text.data, at};
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoded into the arena (RFC 3986 section 2.1); what is no escape stays. */
static int decode_url(fhir_reader *reader, base_span text, base_span *ret_text)
{
    *ret_text = text;
    if (find_byte(text, '%') == SIZE_MAX)
        return 0;
    char *out = base_arena_take(&reader->arena, text.size);
    if (out == NULL)
        return fhir_fail(reader, LETHE_E_BASE_LIMIT, reader->resource);
    size_t size = 0;
    for (size_t at = 0; at < text.size; at++) {
        const bool room = text.data[at] == '%' && at + 2 < text.size;
        const int high = room ? hex_value(text.data[at + 1]) : -1, low = room ? hex_value(text.data[at + 2]) : -1;
        const bool escape = high >= 0 && low >= 0;
        out[size++] = escape ? (char)(high * 16 + low) : text.data[at];
        at += escape ? 2 : 0;
    }
    *ret_text = (base_span){out, size};
    return 0;
}

/* Without a system the same number means many things, so such an identifier names nothing. */
static int set_alias(fhir_reader *reader, base_span system, base_span value, fhir_target *target)
{
    if (system.size == 0 || value.size == 0)
        return 0;
    target->id = fhir_alias(reader, system, value);
    return target->id.data != NULL ? 0 : fhir_fail(reader, LETHE_E_BASE_LIMIT, reader->resource);
}

/* "Practitioner?identifier=sys|val&active=true": other parameters only narrow, so the identifier alone is taken. */
static int resolve_conditional(fhir_reader *reader, base_span url, size_t question, fhir_target *target)
{
    target->type = fhir_resource_type_of(fhir_last_part((base_span){url.data, question}));
    base_span query = {url.data + question + 1, url.size - question - 1};
    static const base_span key = {"identifier=", 11};
    while (query.size != 0 && !base_span_starts(query, key)) {
        const size_t next = find_byte(query, '&');
        if (next == SIZE_MAX)
            return 0;
        query = (base_span){query.data + next + 1, query.size - next - 1};
    }
    if (query.size == 0)
        return 0;
    query = (base_span){query.data + key.size, query.size - key.size};
    base_span token;
    BASE_TRY(decode_url(reader, cut_at(query, find_byte(query, '&')), &token));
    const size_t bar = find_byte(token, '|');
    if (bar == SIZE_MAX) /* any system: cannot be told from others, so it stays unresolved */
        return 0;
    return set_alias(reader, (base_span){token.data, bar}, (base_span){token.data + bar + 1, token.size - bar - 1},
                     target);
}

static void resolve_contained(fhir_reader *reader, base_span id, fhir_target *target)
{
    json_iterator iterator = json_iterate(reader->contained);
    for (json_value value; json_next(&iterator, NULL, &value);) {
        if (reader->contained_steps++ >= FHIR_CONTAINED_STEPS_MAX)
            return;
        if (!base_span_equal(json_string(json_get(value, "id")), id) || id.size == 0)
            continue;
        target->contained = value;
        target->type = fhir_resource_type_of(json_string(json_get(value, "resourceType")));
        return;
    }
}

static void resolve_path(base_span url, fhir_resource_type stated, fhir_target *target)
{
    url = cut_at(url, find_byte(url, '#'));
    target->id = fhir_last_part(url);
    target->type = stated;
    if (target->id.size == url.size)
        return; /* an id alone */
    const base_span before = {url.data, url.size - target->id.size - 1};
    if (url.data[before.size] == ':')
        return; /* urn:uuid:… */
    target->type = fhir_resource_type_of(fhir_last_part(before));
}

static int resolve_text(fhir_reader *reader, base_span url, fhir_resource_type stated, fhir_target *target)
{
    if (url.data[0] == '#') {
        resolve_contained(reader, (base_span){url.data + 1, url.size - 1}, target);
        return 0;
    }
    const fhir_full_url *entry = fhir_find_full_url(reader, url);
    const base_span unversioned = cut_at(url, find_text(url, BASE_SPAN("/_history/")));
    if (entry == NULL && unversioned.size != url.size)
        entry = fhir_find_full_url(reader, unversioned);
    if (entry != NULL) {
        target->type = entry->type;
        target->id = entry->id;
        target->full_url = true;
        return 0;
    }
    const size_t question = find_byte(url, '?');
    if (question != SIZE_MAX)
        return resolve_conditional(reader, url, question, target);
    resolve_path(unversioned, stated, target);
    return 0;
}

int fhir_resolve(fhir_reader *reader, json_value reference, fhir_resource_type expected, fhir_target *ret_target)
{
    *ret_target = (fhir_target){.type = FHIR_RESOURCE_TYPE_COUNT};
    if (!json_present(reference))
        return 0;
    json_value v[REFERENCE_COUNT];
    BASE_TRY(fhir_pick(reader, reference, SHAPE_REFERENCE, v));
    ret_target->display = json_string(v[REFERENCE_DISPLAY]);
    const base_span text = json_string(v[REFERENCE_REFERENCE]);
    const fhir_resource_type stated = json_present(v[REFERENCE_TYPE])
                                          ? fhir_resource_type_of(fhir_last_part(json_string(v[REFERENCE_TYPE])))
                                          : expected;
    if (text.size != 0)
        return resolve_text(reader, text, stated, ret_target);
    if (!json_present(v[REFERENCE_IDENTIFIER]))
        return 0;
    json_value i[IDENTIFIER_COUNT];
    BASE_TRY(fhir_pick(reader, v[REFERENCE_IDENTIFIER], SHAPE_IDENTIFIER, i));
    ret_target->type = stated;
    return set_alias(reader, json_string(i[IDENTIFIER_SYSTEM]), json_string(i[IDENTIFIER_VALUE]), ret_target);
}

int fhir_resolve_key(fhir_reader *reader, json_value reference, fhir_resource_type wanted, record_key *ret_key)
{
    fhir_target target;
    *ret_key = (record_key){0};
    BASE_TRY(fhir_resolve(reader, reference, wanted, &target));
    if (target.type == wanted)
        *ret_key = fhir_key(reader, &target);
    return 0;
}
