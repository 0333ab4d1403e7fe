/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/deid_internal.h"

#include <stdlib.h>

/*
 * Whose dates these are. The key of a patient is the id, in lower case where it is a UUID:
 *   Patient/1, http://host/fhir/Patient/1, Patient/1/_history/2      1
 *   a fullUrl of this Bundle whose resource is a Patient             the id of that resource, else the part behind : or
 * / urn:uuid:x of another Bundle                                     x Patient?identifier=sys|val, a logical reference
 * of a Patient of this Bundle its id, else ?sys|val #x, a contained Patient                                          as
 * its first identifier, else the resource itself
 */
#define DIFFERENT 2

static base_hash128 hash_of(const fhir_deid *deid, base_span system, base_span value)
{
    base_hash128 hash = base_hash_pair(&deid->hash_key, system, value);
    hash.low |= 1; /* 0 means free */
    return hash;
}

static deid_patient *find_slot(const fhir_deid *deid, base_hash128 hash)
{
    for (size_t i = (size_t)hash.low >> 1;; i++) {
        deid_patient *slot = &deid->patients[i & deid->patient_mask];
        if (slot->hash.low == 0 || (slot->hash.low == hash.low && slot->hash.high == hash.high))
            return slot;
    }
}

static const deid_patient *find_patient(const fhir_deid *deid, base_span system, base_span value)
{
    if (deid->patient_mask == 0)
        return NULL;
    const deid_patient *slot = find_slot(deid, hash_of(deid, system, value));
    return slot->hash.low != 0 ? slot : NULL;
}

static void note(fhir_deid *deid, base_span system, base_span value, base_span id, uint32_t token)
{
    deid_patient *slot = find_slot(deid, hash_of(deid, system, value));
    if (slot->hash.low == 0)
        *slot = (deid_patient){.hash = hash_of(deid, system, value), .id = id, .token = token};
}

static bool is_patient(fhir_deid *deid, uint32_t object)
{
    return deid_char(deid, object) == '{' && base_span_is(deid_member_string(deid, object, "resourceType"), "Patient");
}

/* The raw text of a member: it lives as long as the document, which a decoded one does not. */
static base_span raw_member(const fhir_deid *deid, uint32_t object, const char *name)
{
    const uint32_t token = deid_find(deid, object, name);
    return token != 0 && deid_char(deid, token) == '"' ? deid_raw(deid, token) : (base_span){NULL, 0};
}

/* Calls for each element of an array, or for the value itself where it is none. */
static uint32_t first_element(const fhir_deid *deid, uint32_t token)
{
    if (token == 0 || deid_char(deid, token) != '[')
        return token;
    return deid_char(deid, token + 1) == ']' ? 0 : token + 1;
}

static uint32_t next_element(const fhir_deid *deid, uint32_t token)
{
    token = deid_skip(deid, token);
    return token < deid->tokens.count && deid_char(deid, token) == ',' && deid_char(deid, token + 1) != '"' ? token + 1
                                                                                                            : 0;
}

static void note_entry(fhir_deid *deid, uint32_t entry)
{
    if (deid_char(deid, entry) != '{')
        return;
    const uint32_t resource = deid_find(deid, entry, "resource");
    if (resource == 0 || !is_patient(deid, resource))
        return;
    const base_span url = raw_member(deid, entry, "fullUrl");
    base_span id = raw_member(deid, resource, "id");
    if (id.size == 0)
        id = deid_target_of(url).id;
    if (id.size == 0)
        return;
    if (url.size != 0)
        note(deid, (base_span){NULL, 0}, url, id, resource);
    note(deid, BASE_SPAN("Patient"), id, id, resource);
    const uint32_t list = deid_find(deid, resource, "identifier");
    if (list == 0 || deid_char(deid, list) != '[')
        return;
    unsigned count = 0;
    for (uint32_t at = first_element(deid, list); at != 0 && count < 2; at = next_element(deid, at)) {
        const base_span system = raw_member(deid, at, "system"), value = raw_member(deid, at, "value");
        if (deid_char(deid, at) != '{' || system.size == 0 || value.size == 0)
            continue;
        note(deid, system, value, id, resource);
        count++;
    }
}

static uint32_t count_elements(const fhir_deid *deid, uint32_t list)
{
    uint32_t count = 0;
    for (uint32_t at = first_element(deid, list); at != 0; at = next_element(deid, at))
        count++;
    return count;
}

int deid_note_patients(fhir_deid *deid, uint32_t bundle)
{
    const uint32_t list = deid_find(deid, bundle, "entry");
    deid->patient_mask = 0;
    if (list == 0 || deid_char(deid, list) != '[')
        return 0;
    const size_t count = count_elements(deid, list); /* a Patient is noted at most four times */
    size_t capacity = 16;
    while (capacity < 8 * count)
        capacity *= 2;
    if (capacity > deid->patient_capacity) {
        free(deid->patients);
        deid->patient_capacity = 0;
        deid->patients = malloc(capacity * sizeof(*deid->patients));
        if (deid->patients == NULL)
            return deid_fail(deid, base_fail(deid_error(deid), LETHE_E_BASE_MEMORY));
        deid->patient_capacity = capacity;
    }
    if (++deid->bundles % 0xffff == 0) /* numbers come again: what is remembered must not */
        memset(deid->memos, 0, DEID_MEMO_ENTRIES * sizeof(*deid->memos));
    deid->bundle = (uint16_t)(1 + deid->bundles % 0xffff);
    memset(deid->patients, 0, capacity * sizeof(*deid->patients));
    deid->patient_mask = capacity - 1;
    for (uint32_t at = first_element(deid, list); at != 0; at = next_element(deid, at))
        note_entry(deid, at);
    return 0;
}

/* What an owner is known by, and where its resource stands in this document. */
typedef struct owner_key {
    base_span system, id;
    uint32_t token;
} owner_key;

static bool key_of_identifier(fhir_deid *deid, base_span system, base_span value, owner_key *ret_key)
{
    if (system.size == 0 || value.size == 0)
        return false;
    const deid_patient *known = find_patient(deid, system, value);
    if (known != NULL)
        *ret_key = (owner_key){{NULL, 0}, known->id, known->token};
    else
        *ret_key = (owner_key){system, value, 0};
    return true;
}

static bool key_of_contained(fhir_deid *deid, uint32_t resource, base_span id, owner_key *ret_key)
{
    const uint32_t list = deid_find(deid, resource, "contained");
    for (uint32_t at = first_element(deid, list); at != 0; at = next_element(deid, at)) {
        if (!is_patient(deid, at) || !base_span_equal(raw_member(deid, at, "id"), id))
            continue;
        const uint32_t identifier = first_element(deid, deid_find(deid, at, "identifier"));
        if (identifier != 0 && deid_char(deid, identifier) == '{' &&
            key_of_identifier(deid, raw_member(deid, identifier, "system"), raw_member(deid, identifier, "value"),
                              ret_key))
            return true;
        *ret_key = (owner_key){BASE_SPAN("#"), raw_member(deid, resource, "id"), at};
        return ret_key->id.size != 0;
    }
    return false;
}

/* The Patient that a reference means, as a key; false where it means none. `any`: its type must be said. */
static bool key_of_text(fhir_deid *deid, uint32_t resource, base_span text, bool any, owner_key *ret_key)
{
    if (text.size == 0)
        return false;
    if (text.data[0] == '#')
        return key_of_contained(deid, resource, (base_span){text.data + 1, text.size - 1}, ret_key);
    const deid_patient *known = find_patient(deid, (base_span){NULL, 0}, text);
    if (known != NULL) {
        *ret_key = (owner_key){{NULL, 0}, known->id, known->token};
        return true;
    }
    const char *question = memchr(text.data, '?', text.size);
    if (question != NULL) {
        const base_span head = {text.data, (size_t)(question - text.data)};
        base_span system, value;
        const size_t size = sizeof("Patient") - 1;
        return head.size >= size && memcmp(head.data + head.size - size, "Patient", size) == 0 &&
               deid_find_identifier(deid, (base_span){question + 1, text.size - head.size - 1}, &system, &value) &&
               key_of_identifier(deid, system, value, ret_key);
    }
    const deid_target target = deid_target_of(text);
    if (target.id.size == 0 || (target.type.size != 0 ? !base_span_is(target.type, "Patient") : any))
        return false;
    known = find_patient(deid, BASE_SPAN("Patient"), target.id);
    *ret_key = (owner_key){{NULL, 0}, target.id, known != NULL ? known->token : 0};
    return true;
}

static bool key_of_reference(fhir_deid *deid, uint32_t resource, uint32_t reference, bool any, owner_key *ret_key)
{
    if (deid_char(deid, reference) != '{')
        return false;
    const base_span text = deid_member_string(deid, reference, "reference");
    if (text.size != 0)
        return key_of_text(deid, resource, text, any, ret_key);
    const uint32_t identifier = any ? 0 : deid_find(deid, reference, "identifier");
    return identifier != 0 && deid_char(deid, identifier) == '{' &&
           key_of_identifier(deid, deid_member_string(deid, identifier, "system"),
                             deid_member_string(deid, identifier, "value"), ret_key);
}

/* 0: none yet, 1: one, DIFFERENT. */
static unsigned join(unsigned found, owner_key *key, const owner_key *other)
{
    if (found == 0)
        *key = *other;
    return found == 0 || (base_span_equal(key->id, other->id) && base_span_equal(key->system, other->system))
               ? 1
               : DIFFERENT;
}

/* Any reference inside that says it is to a Patient. */
static unsigned find_inside(fhir_deid *deid, uint32_t resource, owner_key *ret_key)
{
    const uint32_t end = deid_skip(deid, resource);
    unsigned found = 0;
    for (uint32_t at = resource; at + 2 < end && found != DIFFERENT; at++) {
        if (deid_char(deid, at) != '"' || deid_char(deid, at + 1) != ':' || deid_char(deid, at + 2) != '"' ||
            !base_span_is(deid_raw(deid, at), "reference"))
            continue;
        owner_key key;
        if (key_of_text(deid, resource, deid_string(deid, at + 2), true, &key))
            found = join(found, ret_key, &key);
    }
    return found;
}

static unsigned find_key(fhir_deid *deid, const deid_resource *resource, uint32_t full_url, owner_key *ret_key)
{
    if (is_patient(deid, resource->open)) {
        base_span id = deid_member_string(deid, resource->open, "id");
        if (id.size == 0 && full_url != 0)
            id = deid_target_of(deid_string(deid, full_url)).id;
        *ret_key = (owner_key){{NULL, 0}, id, resource->open};
        return id.size != 0;
    }
    const fhir_element *element = fhir_policy_owner(resource->type);
    if (element == NULL)
        return find_inside(deid, resource->open, ret_key);
    const uint32_t value = deid_find(deid, resource->open, fhir_element_name(element));
    unsigned found = 0;
    for (uint32_t at = first_element(deid, value); at != 0 && found != DIFFERENT;) {
        owner_key key;
        if (key_of_reference(deid, resource->open, at, false, &key))
            found = join(found, ret_key, &key);
        at = deid_char(deid, value) == '[' ? next_element(deid, at) : 0;
    }
    return found;
}

/* The offset of the key, and where the Patient stands. */
static void own(fhir_deid *deid, deid_resource *resource, owner_key *key)
{
    char lower[36];
    if (key->system.size != 0) {
        base_buf *out = &deid->decoded[deid->decoded_next++ % DEID_DECODED];
        base_buf_reset(out);
        base_buf_byte(out, '?'); /* "?sys|val": no id has these characters */
        base_buf_span(out, key->system);
        base_buf_byte(out, '|');
        base_buf_span(out, key->id);
        key->id = base_buf_view(out);
    } else if (deid_is_uuid(key->id)) {
        for (size_t i = 0; i < sizeof(lower); i++)
            lower[i] =
                key->id.data[i] >= 'A' && key->id.data[i] <= 'F' ? (char)(key->id.data[i] + 32) : key->id.data[i];
        key->id = (base_span){lower, sizeof(lower)};
    }
    const int status = deid->options.keys.shift(deid->options.keys.context, key->id, &resource->days, deid_error(deid));
    if (status != 0)
        deid_fail(deid, status);
    resource->owned = true;
    resource->patient = key->token;
}

#define TAG_OWNER 0xfffd0000u

typedef struct owner_note {
    int32_t days;
    uint32_t patient;
} owner_note;

/* Most resources name the patient of the one before by a reference that says the same. */
static deid_memo *owner_memo(fhir_deid *deid, const deid_resource *resource, uint32_t *ret_tag, base_span *ret_raw)
{
    const fhir_element *element = fhir_policy_owner(resource->type);
    const uint32_t value = element != NULL ? deid_find(deid, resource->open, fhir_element_name(element)) : 0;
    const uint32_t text = value != 0 && deid_char(deid, value) == '{' ? deid_find(deid, value, "reference") : 0;
    if (text == 0 || deid_char(deid, text) != '"')
        return NULL;
    *ret_raw = deid_raw(deid, text);
    *ret_tag = TAG_OWNER | deid->bundle;
    return ret_raw->size != 0 && ret_raw->size <= DEID_MEMO_TEXT && ret_raw->data[0] != '#'
               ? deid_memo_at(deid->memos, *ret_tag, *ret_raw)
               : NULL;
}

void deid_find_owner(fhir_deid *deid, deid_resource *resource, uint32_t full_url)
{
    owner_key key = {{NULL, 0}, {NULL, 0}, 0};
    uint32_t tag = 0;
    base_span raw = {NULL, 0};
    deid_memo *memo = owner_memo(deid, resource, &tag, &raw);
    if (memo != NULL && deid_memo_is(memo, tag, raw)) {
        owner_note note;
        memcpy(&note, memo->out, sizeof(note));
        resource->days = note.days;
        resource->patient = note.patient;
        resource->owned = true;
        return;
    }
    if (find_key(deid, resource, full_url, &key) != 1) {
        deid->changes.unowned++;
        return;
    }
    own(deid, resource, &key);
    if (memo == NULL || deid->status != 0)
        return;
    const owner_note note = {resource->days, resource->patient};
    *memo = (deid_memo){.tag = tag, .size = (uint8_t)raw.size};
    memcpy(memo->text, raw.data, raw.size);
    memcpy(memo->out, &note, sizeof(note));
}
