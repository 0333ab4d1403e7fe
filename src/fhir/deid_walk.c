/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/deid_internal.h"
#include "fhir/policy_table.h"
#include "fhir/schema_table.h"
#include "fhir/terms.h"

/* The walk over objects, arrays and members: what stays, what goes, and commas between. */
static const char ABSENT[] = "{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\","
                             "\"valueCode\":\"masked\"}]}";

static void flush(fhir_deid *deid, size_t end)
{
    if (deid->copying && end > deid->from)
        base_buf_append(deid->out, deid->tokens.text.data + deid->from, end - deid->from);
    deid->from = end;
}

static deid_mark mark(const fhir_deid *deid)
{
    return (deid_mark){deid->out->size, deid->from, deid->copying};
}

static void take_back(fhir_deid *deid, deid_mark to)
{
    deid->out->size = to.size;
    deid->from = to.from;
    deid->copying = to.copying;
}

/* The next member or element stays: the run goes on, or a new one begins behind a comma. */
static void begin_kept(fhir_deid *deid, uint32_t kept, uint32_t token)
{
    if (deid->copying)
        return;
    if (kept != 0)
        base_buf_byte(deid->out, ',');
    deid->from = deid->tokens.at[token];
    deid->copying = true;
}

/* It goes, with the comma before it: `before` is the token in front of it, a comma or what opens the container. */
static void begin_dropped(fhir_deid *deid, uint32_t before)
{
    if (!deid->copying)
        return;
    flush(deid, deid->tokens.at[before] + (deid_char(deid, before) == ',' ? 0u : 1u));
    deid->copying = false;
}

/* At what closes the container. */
static void end_container(fhir_deid *deid, uint32_t close)
{
    if (!deid->copying) {
        deid->from = deid->tokens.at[close];
        deid->copying = true;
    }
}

static void put_value(fhir_deid *deid, uint32_t token)
{
    flush(deid, deid->tokens.at[token]);
    base_buf_span(deid->out, base_buf_view(&deid->value));
    deid->from = deid_end(deid, deid_skip(deid, token) - 1);
}

static bool walk_object(fhir_deid *deid, deid_frame *frame);
static bool walk_member(fhir_deid *deid, deid_frame *frame, uint32_t key);

/* Only what is read before it is written is cleared: there is one for each object. */
static void frame_init(const fhir_deid *deid, deid_frame *frame, fhir_type type, uint32_t open)
{
    frame->type = type;
    frame->open = open;
    frame->kept = 0;
    frame->extension = -1;
    frame->resource = false;
    frame->system_read = false;
    frame->next = &deid->first[type];
    frame->missing = deid->missing_count;
    frame->siblings = deid->sibling_count;
}

/* An element of the array or the value itself; deid->at is behind it afterwards. */
typedef bool walk_one(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule);

static bool walk_primitive(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule)
{
    const uint32_t token = deid->at;
    const deid_outcome outcome = deid_judge(deid, frame, element, rule, token);
    deid->at = deid_skip(deid, token);
    if (outcome == DEID_REPLACE)
        put_value(deid, token);
    return outcome != DEID_DROP;
}

static bool walk_complex(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule)
{
    (void)rule;
    if (deid_char(deid, deid->at) != '{') {
        deid_count(deid, element, FHIR_METHOD_REFUSED);
        deid->at = deid_skip(deid, deid->at);
        return false;
    }
    deid_frame inner;
    frame_init(deid, &inner, element->type, deid->at);
    inner.extension = frame->extension;
    return walk_object(deid, &inner);
}

static bool walk_contained(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule)
{
    (void)rule;
    const bool contained = strcmp(fhir_element_name(element), "contained") == 0;
    const uint32_t full_url = contained ? 0 : deid_find(deid, frame->open, "fullUrl");
    const uint32_t token = deid->at;
    if (deid_walk_resource(deid, full_url, contained))
        return true;
    deid_count(deid, element, FHIR_METHOD_REFUSED);
    deid->at = deid_skip(deid, token);
    return false;
}

/* An extension that is listed, with its value; `frame->extension` is the row around it. */
static bool walk_extension(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule)
{
    (void)rule;
    const uint32_t token = deid->at;
    const bool nested = frame->type == deid->extension_type;
    const base_span url = deid_member_string(deid, token, "url");
    const int row = url.size != 0 ? fhir_extension_find(nested ? frame->extension : -1, url) : -1;
    if (row >= 0 && (!fhir_extension_rows[row].race || deid->profile->race)) {
        deid_frame inner;
        frame_init(deid, &inner, deid->extension_type, token);
        inner.extension = row;
        if (walk_object(deid, &inner) && inner.kept > 1)
            return true;
    }
    deid_count(deid, element, FHIR_METHOD_REDACT);
    deid->at = deid_skip(deid, token);
    return false;
}

/* Who meets it must not trust the statement, and learns no more: a url of nobody, and no value. */
static bool walk_modifier(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule)
{
    (void)frame;
    (void)rule;
    const uint32_t token = deid->at;
    const base_span url = deid_member_string(deid, token, "url");
    deid->at = deid_skip(deid, token);
    deid_count(deid, element, FHIR_METHOD_REDACT);
    if (deid_char(deid, token) != '{')
        return false;
    base_buf_reset(&deid->value);
    base_buf_text(&deid->value, "{\"url\":");
    if (deid_put_uri(deid, url.size != 0 ? url : BASE_SPAN("none")) != DEID_REPLACE)
        return false;
    base_buf_byte(&deid->value, ',');
    base_buf_append(&deid->value, ABSENT + 1, sizeof(ABSENT) - 2);
    put_value(deid, token);
    return true;
}

/* A narrative that says nothing. */
static bool walk_blank(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule)
{
    (void)frame;
    (void)rule;
    const uint32_t token = deid->at;
    deid->at = deid_skip(deid, token);
    deid_count(deid, element, FHIR_METHOD_REDACT);
    if (deid_char(deid, token) != '{')
        return false;
    base_buf_reset(&deid->value);
    base_buf_text(&deid->value, "{\"status\":\"empty\",\"div\":\"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">"
                                "masked</div>\"}");
    put_value(deid, token);
    return true;
}

static walk_one *const WALKERS[] = {
    [DEID_PRIMITIVE] = walk_primitive, [DEID_COMPLEX] = walk_complex,   [DEID_RESOURCE] = walk_contained,
    [DEID_EXTENSION] = walk_extension, [DEID_MODIFIER] = walk_modifier, [DEID_BLANK] = walk_blank,
};

/* Elements that go leave no gap: an array of what stays, false where nothing does. */
static bool walk_array(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule)
{
    const uint32_t open = deid->at;
    walk_one *const one = WALKERS[deid->plan[element->index].shape];
    uint32_t kept = 0, before = open;
    if (element->index == deid->security_index && deid->resource->meta != 0) {
        flush(deid, deid->tokens.at[open] + 1u);
        deid->resource->security = deid->out->size;
    }
    deid->at = open + 1;
    while (deid_char(deid, before) != ']') {
        const uint32_t token = deid->at;
        if (deid_char(deid, token) == ']')
            break;
        const deid_mark here = mark(deid);
        begin_kept(deid, kept, token);
        if (one(deid, frame, element, rule)) {
            kept++;
        } else {
            take_back(deid, here);
            begin_dropped(deid, before);
        }
        before = deid->at++;
    }
    if (deid_char(deid, before) != ']')
        before = deid->at++;
    end_container(deid, before);
    if (kept == 0 && element->index == deid->security_index)
        deid->resource->security = 0;
    return kept != 0;
}

static bool walk_value(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule)
{
    const bool array = deid_char(deid, deid->at) == '[';
    if (array != (element->many != 0)) {
        deid_count(deid, element, FHIR_METHOD_REFUSED);
        deid->at = deid_skip(deid, deid->at);
        return false;
    }
    return array ? walk_array(deid, frame, element, rule)
                 : WALKERS[deid->plan[element->index].shape](deid, frame, element, rule);
}

/* The `_name` of a primitive: its extensions. Those of an array go, for they must match the array item by item. */
static bool walk_sibling(fhir_deid *deid, deid_frame *frame, uint32_t key, base_span name)
{
    const fhir_element *element = fhir_schema_find(frame->type, name.data + 1, name.size - 1);
    const uint32_t token = deid->at;
    const fhir_judgement rule = element != NULL ? (fhir_judgement)deid->plan[element->index].rule : FHIR_REDACT;
    if (element == NULL || rule == FHIR_REDACT || element->many || deid_char(deid, token) != '{' ||
        deid->sibling_count == DEID_MISSING_MAX || frame->type == deid->extension_type) {
        if (element != NULL)
            deid_count(deid, element, FHIR_METHOD_REDACT);
        else
            deid->changes.unknown_members++;
        deid->at = deid_skip(deid, token);
        return false;
    }
    deid_frame inner;
    frame_init(deid, &inner, element->type, token);
    if (!walk_object(deid, &inner))
        return false;
    deid->siblings[deid->sibling_count++] = key;
    return true;
}

static void note_missing(fhir_deid *deid, const fhir_element *element, uint32_t key)
{
    if (deid->plan[element->index].masks && deid->missing_count < DEID_MISSING_MAX)
        deid->missing[deid->missing_count++] = (deid_missing){element, key};
}

/* In an extension only its url, what is nested in it, and the member that its row names. */
static bool extension_has(const deid_frame *frame, base_span name)
{
    return base_span_is(name, "extension") ||
           base_span_is(name, fhir_policy_strings + fhir_extension_rows[frame->extension].value);
}

/* The row's own url, or the part of it behind #. */
static bool is_url_of(int extension, base_span url)
{
    const char *name = fhir_policy_strings + fhir_extension_rows[extension].url;
    const char *child = strchr(name, '#');
    return base_span_is(url, child != NULL ? child + 1 : name);
}

static bool walk_known(fhir_deid *deid, deid_frame *frame, const fhir_element *element, uint32_t key)
{
    const uint32_t token = deid->at;
    const fhir_judgement rule = (fhir_judgement)deid->plan[element->index].rule;
    bool kept = false;
    if (rule == FHIR_REDACT) {
        deid_count(deid, element, FHIR_METHOD_REDACT);
        deid->at = deid_skip(deid, token);
    } else if (element->type == deid->meta_type && frame->resource && deid->options.security_tags &&
               deid_char(deid, token) == '{' && deid->resource->meta == 0) {
        flush(deid, deid->tokens.at[token] + 1u);
        deid->resource->meta = deid->out->size;
        kept = walk_value(deid, frame, element, rule);
        if (!kept)
            deid->resource->meta = 0;
    } else if (deid->plan[element->index].shape == DEID_PRIMITIVE && !element->many && deid_char(deid, token) != '[') {
        kept = walk_primitive(deid, frame, element, rule);
    } else {
        kept = walk_value(deid, frame, element, rule);
    }
    if (!kept)
        note_missing(deid, element, key);
    return kept;
}

/* Members come in the same order most of the time: what stood behind the last one before is tried first. */
static const fhir_element *find_element(fhir_deid *deid, deid_frame *frame, base_span name)
{
    const fhir_element *guess = &fhir_element_rows[*frame->next];
    if (guess->owner != frame->type || guess->name_length != name.size ||
        !deid_same(fhir_schema_strings + guess->name, name.data, name.size)) {
        guess = fhir_schema_find(frame->type, name.data, name.size);
        if (guess == NULL)
            return NULL;
        *frame->next = guess->index;
    }
    frame->next = &deid->plan[guess->index].next;
    return guess;
}

/* deid->at is the value; behind it afterwards. */
static bool walk_member(fhir_deid *deid, deid_frame *frame, uint32_t key)
{
    const base_span name = deid_raw(deid, key);
    const uint32_t token = deid->at;
    if (name.size > 1 && name.data[0] == '_')
        return walk_sibling(deid, frame, key, name);
    if (frame->resource && base_span_is(name, "resourceType")) { /* a second one may say anything */
        deid->at = deid_skip(deid, token);
        return base_span_is(deid_string(deid, token), fhir_schema_type_name(frame->type));
    }
    if (frame->type == deid->extension_type) {
        if (base_span_is(name, "url")) {
            deid->at = deid_skip(deid, token);
            return is_url_of(frame->extension, deid_string(deid, token));
        }
        if (!extension_has(frame, name)) {
            deid->at = deid_skip(deid, token);
            return false;
        }
    }
    const fhir_element *element = find_element(deid, frame, name);
    if (element == NULL) {
        deid->changes.unknown_members++;
        deid->at = deid_skip(deid, token);
        return false;
    }
    return walk_known(deid, frame, element, key);
}

static bool has_sibling(const fhir_deid *deid, const deid_frame *frame, base_span name)
{
    for (uint32_t i = frame->siblings; i < deid->sibling_count; i++) {
        const base_span sibling = deid_raw(deid, deid->siblings[i]);
        if (sibling.size == name.size + 1 && memcmp(sibling.data + 1, name.data, name.size) == 0)
            return true;
    }
    return false;
}

/* What FHIR requires and went: its place says that it is masked. */
static void put_missing(fhir_deid *deid, deid_frame *frame, uint32_t close)
{
    flush(deid, deid->tokens.at[close]);
    for (uint32_t i = frame->missing; i < deid->missing_count; i++) {
        const fhir_element *element = deid->missing[i].element;
        const base_span name = deid_raw(deid, deid->missing[i].key);
        const bool primitive = fhir_schema_kind(element->type) == FHIR_KIND_PRIMITIVE;
        if (primitive && has_sibling(deid, frame, name))
            continue;
        if (frame->kept++ != 0)
            base_buf_byte(deid->out, ',');
        base_buf_text(deid->out, primitive ? "\"_" : "\"");
        base_buf_span(deid->out, name);
        base_buf_text(deid->out, element->many ? "\":[" : "\":");
        base_buf_append(deid->out, ABSENT, sizeof(ABSENT) - 1);
        if (element->many)
            base_buf_byte(deid->out, ']');
    }
}

/* The object at deid->at, which is behind it afterwards; false where nothing of it stays. What FHIR requires of it and
 * went keeps it: that there was something is part of what an invariant may ask. */
static bool walk_object(fhir_deid *deid, deid_frame *frame)
{
    uint32_t before = frame->open;
    deid->at = before + 1;
    if (deid_char(deid, deid->at) == '}') {
        deid->at++;
        return false;
    }
    do {
        const uint32_t key = before + 1;
        const deid_mark here = mark(deid);
        deid->at = key + 2;
        begin_kept(deid, frame->kept, key);
        if (walk_member(deid, frame, key)) {
            frame->kept++;
        } else {
            take_back(deid, here);
            begin_dropped(deid, before);
        }
        before = deid->at;
    } while (deid_char(deid, before) == ',');
    end_container(deid, before);
    deid->at = before + 1;
    if (deid->missing_count != frame->missing)
        put_missing(deid, frame, before);
    deid->missing_count = frame->missing;
    deid->sibling_count = frame->siblings;
    return frame->kept != 0;
}

/* Of a type of R4 that has instances; FHIR_TYPE_NONE otherwise. */
static fhir_type type_of(fhir_deid *deid, uint32_t token)
{
    const base_span name =
        deid_char(deid, token) == '{' ? deid_member_string(deid, token, "resourceType") : (base_span){NULL, 0};
    const fhir_type type = name.size != 0 ? fhir_schema_type(name.data, name.size) : FHIR_TYPE_NONE;
    const bool is =
        type != FHIR_TYPE_NONE && fhir_schema_kind(type) == FHIR_KIND_RESOURCE && !fhir_schema_abstract(type);
    return is ? type : FHIR_TYPE_NONE;
}

bool deid_walk_resource(fhir_deid *deid, uint32_t full_url, bool contained)
{
    deid_resource *const outer = deid->resource;
    deid_resource own = {.type = type_of(deid, deid->at), .open = deid->at};
    if (own.type == FHIR_TYPE_NONE)
        return false;
    const bool bundle = own.type == deid->bundle_type;
    own.contained = contained;
    if (contained) {
        own.owned = outer->owned;
        own.days = outer->days;
        own.patient = outer->patient;
    } else if (!bundle) {
        deid_find_owner(deid, &own, full_url);
    } else if (outer == NULL && deid_note_patients(deid, own.open) != 0) {
        return false;
    }
    deid->resource = &own;
    deid->changes.resources++;
    flush(deid, deid->tokens.at[own.open] + 1u);
    own.start = deid->out->size;
    deid_frame frame;
    frame_init(deid, &frame, own.type, own.open);
    frame.resource = true;
    (void)walk_object(deid, &frame);
    if (deid->options.security_tags && !contained) {
        flush(deid, deid->tokens.at[deid->at - 1]);
        deid_tag(deid, &own, frame.kept == 0);
    }
    deid->resource = outer;
    if (outer != NULL)
        outer->methods |= own.methods;
    return true;
}
