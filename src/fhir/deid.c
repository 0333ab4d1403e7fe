/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/deid.h"

#include "base/date.h"
#include "fhir/deid_internal.h"

#include <stdlib.h>

#define VALUE_MAX (64u << 10)
#define AGE_MAX   89

const char *fhir_method_name(fhir_method method)
{
    static const char *const names[] = {"redact", "pseudonymize", "shift", "generalize", "scrub", "refused"};
    return names[method];
}

static fhir_type type_named(const char *name)
{
    return fhir_schema_type(name, strlen(name));
}

/* Free text needs a text module; without one it goes, notes as a whole. */
static fhir_judgement plan_of(const fhir_deid_options *options, const fhir_element *element)
{
    const fhir_judgement rule = fhir_policy_rule(options->profile, element);
    if (rule == FHIR_NOTE)
        return options->scrub.scrub != NULL ? FHIR_WALK : FHIR_REDACT;
    return rule == FHIR_SCRUB && options->scrub.scrub == NULL ? FHIR_REDACT : rule;
}

static deid_shape shape_of(fhir_judgement rule, const fhir_element *element)
{
    switch (rule) {
    case FHIR_RESOURCE_RULE:
        return DEID_RESOURCE;
    case FHIR_EXTENSION_RULE:
        return DEID_EXTENSION;
    case FHIR_MODIFIER_RULE:
        return DEID_MODIFIER;
    case FHIR_BLANK:
        return DEID_BLANK;
    default:
        return fhir_schema_kind(element->type) == FHIR_KIND_PRIMITIVE ? DEID_PRIMITIVE : DEID_COMPLEX;
    }
}

static void make_plan(fhir_deid *deid)
{
    const fhir_deid_options *options = &deid->options;
    const fhir_type instant = type_named("instant"), boolean = type_named("boolean");
    for (size_t i = 0; i < fhir_schema_elements(); i++) {
        const fhir_element *element = fhir_schema_element(i);
        const fhir_judgement rule = plan_of(options, element);
        deid->plan[i] = (deid_plan){
            .rule = (uint8_t)rule,
            .shape = (uint8_t)shape_of(rule, element),
            .instant = element->type == instant,
            .boolean = element->type == boolean,
            .masks = fhir_policy_masks(element),
            .end = strcmp(fhir_element_name(element), "end") == 0,
        };
    }
    base_civil born = base_civil_of(options->as_of_day); /* who was born before is over 89 */
    born.year -= AGE_MAX + 1;
    if (born.month == 2 && born.day == 29)
        born.day = 28;
    deid->oldest_day = base_day_of(born.year, born.month, born.day);
    deid->bundle_type = type_named("Bundle");
    deid->meta_type = type_named("Meta");
    deid->extension_type = type_named("Extension");
    const fhir_element *security = fhir_schema_find(deid->meta_type, "security", 8);
    deid->security_index = security->index;
}

int fhir_deid_new(const fhir_deid_options *options, fhir_deid **ret_deid, lethe_error *error)
{
    fhir_deid *deid = calloc(1, sizeof(*deid));
    if (deid == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    deid->options = *options;
    if (deid->options.max_bytes == 0)
        deid->options.max_bytes = JSON_DOCUMENT_MAX;
    deid->profile = fhir_profile_of(options->profile);
    base_buf_init(&deid->value, VALUE_MAX);
    for (size_t i = 0; i < DEID_DECODED; i++)
        base_buf_init(&deid->decoded[i], deid->options.max_bytes);
    deid->plan = calloc(fhir_schema_elements(), sizeof(*deid->plan));
    deid->first = calloc(fhir_schema_types(), sizeof(*deid->first));
    deid->memos = aligned_alloc(64, DEID_MEMO_ENTRIES * sizeof(*deid->memos));
    if (deid->memos != NULL)
        memset(deid->memos, 0, DEID_MEMO_ENTRIES * sizeof(*deid->memos));
    deid->changes.elements = calloc(fhir_schema_elements(), sizeof(*deid->changes.elements));
    uint8_t key[FHIR_TOKEN_BYTES] = {0};
    const bool whole =
        deid->plan != NULL && deid->first != NULL && deid->memos != NULL && deid->changes.elements != NULL;
    int status = whole ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = options->keys.token(options->keys.context, 'h', BASE_SPAN("table"), (base_span){NULL, 0}, key, error);
    if (status != 0) {
        fhir_deid_free(deid);
        return status;
    }
    memcpy(&deid->hash_key, key, sizeof(deid->hash_key)); /* nobody can make fullUrls that collide */
    make_plan(deid);
    *ret_deid = deid;
    return 0;
}

void fhir_deid_free(fhir_deid *deid)
{
    if (deid == NULL)
        return;
    base_buf_done(&deid->value);
    for (size_t i = 0; i < DEID_DECODED; i++)
        base_buf_done(&deid->decoded[i]);
    free(deid->plan);
    free(deid->first);
    free(deid->memos); /* of what was read: tokens and their originals, as the text itself */
    free(deid->changes.elements);
    free(deid->patients);
    free(deid);
}

const fhir_changes *fhir_deid_changes(const fhir_deid *deid)
{
    return &deid->changes;
}

int fhir_deid_document(fhir_deid *deid, json_value root, base_buf *out, lethe_error *error)
{
    const size_t before = out->size;
    if (!json_is(root, JSON_OBJECT))
        return base_fail_at(error, LETHE_E_FHIR_SHAPE, 0);
    deid->tokens = json_tokens_of(root);
    deid->out = out;
    deid->at = 0;
    deid->from = deid->tokens.at[0];
    deid->copying = true;
    deid->status = 0;
    deid->error = error;
    deid->resource = NULL;
    deid->patient_mask = 0;
    deid->bundle = 0;
    deid->missing_count = deid->sibling_count = 0;
    const bool resource = deid_walk_resource(deid, 0, false);
    if (deid->status == 0 && !resource)
        deid_fail(deid, base_fail_at(error, LETHE_E_FHIR_SHAPE, 0));
    if (deid->status == 0 && deid->value.failed != 0)
        deid_fail(deid, base_buf_check(&deid->value, error));
    if (deid->status == 0) {
        const size_t end = deid->tokens.at[deid->tokens.count - 1] + 1u;
        base_buf_append(out, deid->tokens.text.data + deid->from, end - deid->from);
    }
    if (deid->status == 0 && out->failed != 0)
        deid_fail(deid, base_buf_check(out, error));
    if (deid->status != 0)
        out->size = before;
    return deid->status;
}
