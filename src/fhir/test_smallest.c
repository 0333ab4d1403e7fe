/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/test_smallest.h"

#include "base/test.h"
#include "fhir/schema_table.h"

#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX 12

static const fhir_element **parents; /* by type: an element whose value it is, on the shortest way from a resource */
static uint64_t chance;              /* 0: the smallest; else values vary */

static const char *sample(const char *type)
{
    static const char *const samples[][2] = {
        {"base64Binary", "\"AAAA\""},
        {"boolean", "true"},
        {"canonical", "\"http://e/c\""},
        {"code", "\"a\""},
        {"date", "\"2020-02-29\""},
        {"dateTime", "\"2020-02-29T10:00:00+01:00\""},
        {"decimal", "1.50"},
        {"id", "\"a-1\""},
        {"instant", "\"2020-02-29T10:00:00.1Z\""},
        {"integer", "-1"},
        {"markdown", "\"*m*\""},
        {"oid", "\"urn:oid:1.2\""},
        {"positiveInt", "1"},
        {"string", "\"s\""},
        {"time", "\"10:00:00\""},
        {"unsignedInt", "0"},
        {"uri", "\"http://e/u\""},
        {"url", "\"http://e/u\""},
        {"uuid", "\"urn:uuid:00000000-0000-4000-8000-000000000000\""},
        {"xhtml", "\"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">t</div>\""},
    };
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        if (strcmp(samples[i][0], type) == 0)
            return samples[i][1];
    return NULL;
}

/* Where values are to vary: one that invariants tell from the sample. */
static const char *other(const char *type)
{
    static const char *const others[][2] = {
        {"boolean", "false"},
        {"decimal", "-2.5"},
        {"integer", "0"},
        {"unsignedInt", "3"},
        {"uri", "\"http://unitsofmeasure.org\""},
        {"code", "\"%\""},
        {"string", "\"http://hl7.org/fhir/StructureDefinition/x\""},
        {"id", "\"Extension\""},
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(others[i][0], type) == 0)
            return others[i][1];
    return NULL;
}

static void put_name(base_buf *out, const fhir_element *element)
{
    base_buf_format(out, "\"%s\": ", fhir_element_name(element));
}

/* Members that must be there and are not `given`. */
static void put_required(base_buf *out, fhir_type type, const uint8_t *given, int depth)
{
    size_t count;
    const fhir_element *members = fhir_schema_members(type, &count);
    for (size_t i = 0; i < count; i++) {
        const fhir_element *e = &members[i];
        const bool first = e->choice == 0 || i == 0 || members[i - 1].choice != e->choice;
        if (e->min == 0 || !first || (given != NULL && given[i] != 0))
            continue;
        put_name(out, e);
        base_buf_text(out, e->many ? "[" : "");
        smallest_put_value(out, e, depth + 1);
        base_buf_text(out, e->many ? "], " : ", ");
    }
}

static void end_object(base_buf *out)
{
    if (out->size > 1 && out->data[out->size - 2] == ',')
        out->size -= 2;
    base_buf_byte(out, '}');
}

static void put_code(base_buf *out, const fhir_element *element, const char *type)
{
    const uint8_t set = fhir_bound_rows[element->bound].codes;
    const uint16_t first = fhir_code_set_rows[set].first;
    uint32_t count = 1;
    while (chance != 0 && count < 20 && fhir_code_set_rows[set + 1].first > first + count)
        count++; /* of the last set only the first */
    const fhir_code_row *code = &fhir_code_rows[first + (count > 1 ? smallest_random(count) : 0)];
    const char *text = fhir_schema_strings + code->code, *system = fhir_schema_strings + code->system;
    if (strcmp(type, "CodeableConcept") == 0)
        base_buf_format(out, "{\"coding\": [{\"system\": \"%s\", \"code\": \"%s\"}]}", system, text);
    else if (strcmp(type, "Coding") == 0)
        base_buf_format(out, "{\"system\": \"%s\", \"code\": \"%s\"}", system, text);
    else
        base_buf_format(out, "\"%s\"", text);
}

static bool is_bound(const fhir_element *element)
{
    return fhir_bound_rows[element->bound].codes != 0;
}

static void put_reference(base_buf *out, const fhir_element *element)
{
    size_t count;
    const fhir_type *targets = fhir_schema_targets(element, &count);
    base_buf_format(out, "{\"reference\": \"%s/1\"}", count != 0 ? fhir_schema_type_name(targets[0]) : "Patient");
}

/* Members whose text means more than their type says. */
static const char *special(const fhir_element *element)
{
    static const char *const specials[][3] = {
        {"Reference", "reference", "\"#\""},
        {"Reference", "type", "\"Patient\""},
        {"Bundle.entry", "fullUrl", "\"http://e/fhir/Basic/a\""},
    };
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
        if (strcmp(specials[i][0], fhir_schema_type_name(element->owner)) == 0 &&
            strcmp(specials[i][1], fhir_element_name(element)) == 0)
            return specials[i][2];
    return NULL;
}

/* Some of what a backbone may have besides. */
static void put_optional(base_buf *out, fhir_type type, int depth)
{
    size_t count;
    const fhir_element *members = fhir_schema_members(type, &count);
    for (size_t i = 0; i < count; i++) {
        const fhir_element *e = &members[i];
        if (e->min != 0 || e->choice != 0 || strcmp(fhir_element_name(e), "id") == 0 || smallest_random(4) != 0)
            continue;
        put_name(out, e);
        base_buf_text(out, e->many ? "[" : "");
        smallest_put_value(out, e, depth + 1);
        base_buf_text(out, e->many ? "], " : ", ");
    }
}

void smallest_put_value(base_buf *out, const fhir_element *element, int depth)
{
    const char *type = fhir_schema_type_name(element->type);
    assert_true(depth < DEPTH_MAX);
    if (special(element) != NULL) {
        base_buf_text(out, special(element));
    } else if (is_bound(element)) {
        put_code(out, element, type);
    } else if (sample(type) != NULL) {
        base_buf_text(out, chance != 0 && other(type) != NULL && smallest_random(2) ? other(type) : sample(type));
    } else if (strcmp(type, "Reference") == 0) {
        put_reference(out, element);
    } else if (strcmp(type, "Extension") == 0) {
        base_buf_text(out, "{\"url\": \"http://e/x\", \"valueString\": \"x\"}");
    } else if (strcmp(type, "Resource") == 0) {
        base_buf_text(out, "{\"resourceType\": \"Basic\", \"id\": \"a\", \"code\": {\"text\": \"x\"}}");
    } else {
        base_buf_text(out, "{");
        put_required(out, element->type, NULL, depth);
        if (chance != 0 && depth < 2 && fhir_schema_kind(element->type) == FHIR_KIND_BACKBONE)
            put_optional(out, element->type, depth);
        base_buf_text(out, depth == 0 ? "\"id\": \"i\", " : "");
        end_object(out);
    }
}

/* The way from a resource to each type; resources are their own. */
void smallest_init(void)
{
    const size_t types = fhir_schema_types();
    fhir_type *queue = calloc(types, sizeof(*queue));
    size_t read = 0, written = 0;
    parents = calloc(types, sizeof(*parents));
    assert_true(queue != NULL && parents != NULL);
    for (fhir_type t = 1; t < types; t++)
        if (fhir_schema_kind(t) == FHIR_KIND_RESOURCE && !fhir_schema_abstract(t))
            queue[written++] = t;
    while (read < written) {
        size_t count;
        const fhir_element *members = fhir_schema_members(queue[read++], &count);
        for (size_t i = 0; i < count; i++) {
            const fhir_type value = members[i].type;
            const fhir_kind kind = fhir_schema_kind(value);
            if (parents[value] == NULL && (kind == FHIR_KIND_COMPLEX || kind == FHIR_KIND_BACKBONE)) {
                parents[value] = &members[i];
                queue[written++] = value;
            }
        }
    }
    free(queue);
}

void smallest_put_path(char *path, size_t size, const fhir_element *element, bool listed)
{
    const base_span stem = fhir_element_stem(element);
    const size_t at = strlen(path);
    const bool choice = element->choice != 0;
    (void)snprintf(path + at, size - at, ".%.*s%s%s%s%s", (int)stem.size, stem.data, choice ? ".ofType(" : "",
                   choice ? fhir_schema_type_name(element->type) : "", choice ? ")" : "",
                   listed && element->many ? "[0]" : "");
}

void smallest_give(const fhir_element *element, uint8_t given[SMALLEST_MEMBERS_MAX])
{
    size_t count;
    const fhir_element *members = fhir_schema_members(element->owner, &count);
    for (size_t i = 0; i < count; i++)
        if (&members[i] == element || (element->choice != 0 && members[i].choice == element->choice))
            given[i] = 1;
}

void smallest_put_document(base_buf *out, char *path, size_t size, fhir_type type, const uint8_t *given,
                           const char *members)
{
    if (fhir_schema_kind(type) == FHIR_KIND_RESOURCE) {
        base_buf_format(out, "{\"resourceType\": \"%s\", ", fhir_schema_type_name(type));
        (void)snprintf(path, size, "%s", fhir_schema_type_name(type));
        base_buf_text(out, members);
        put_required(out, type, given, 0);
        end_object(out);
        return;
    }
    const fhir_element *element = parents[type];
    uint8_t around[SMALLEST_MEMBERS_MAX] = {0};
    base_buf inner;
    base_buf_init(&inner, SMALLEST_BYTES_MAX);
    base_buf_format(&inner, "\"%s\": %s{%s", fhir_element_name(element), element->many ? "[" : "", members);
    put_required(&inner, type, given, 0);
    end_object(&inner);
    base_buf_text(&inner, element->many ? "], " : ", ");
    base_buf_byte(&inner, '\0');
    smallest_give(element, around);
    smallest_put_document(out, path, size, element->owner, around, inner.data);
    smallest_put_path(path, size, element, true);
    base_buf_done(&inner);
}

void smallest_done(void)
{
    free(parents);
    parents = NULL;
}

bool smallest_reaches(fhir_type type)
{
    const fhir_kind kind = fhir_schema_kind(type);
    if (fhir_schema_abstract(type) || kind == FHIR_KIND_PRIMITIVE)
        return false;
    return kind == FHIR_KIND_RESOURCE || parents[type] != NULL;
}

void smallest_vary(uint64_t seed)
{
    chance = seed;
}

uint32_t smallest_random(uint32_t below)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(chance >> 33) % below;
}
