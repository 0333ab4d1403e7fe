/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "engine/settings.h"
#include "fhir/explain.h"
#include "json/json.h"

#include <lethe/deid.h>

#include <stdio.h>

/* What the policy does with an element, told without any value. */
typedef struct policy_teller {
    fhir_profile profile;
    lethe_policy_sink *sink;
    void *context;
} policy_teller;

/* `gone`: what goes as a whole and has the element in it, or NULL. */
static int tell(const policy_teller *teller, const char *path, const fhir_element *element, const fhir_element *gone)
{
    const lethe_policy_row unknown = {path, "", "redact", "redact", "removed", "no element of FHIR R4", ""};
    if (element == NULL)
        return teller->sink(teller->context, &unknown);
    const fhir_element *judged = gone != NULL ? gone : element;
    const fhir_judgement rule = fhir_policy_rule(teller->profile, judged);
    const lethe_policy_row row = {
        .path = path,
        .type = fhir_schema_type_name(element->type),
        .action = fhir_policy_action(teller->profile, rule),
        .rule = fhir_policy_rule_name(rule),
        .how = fhir_policy_how(teller->profile, rule),
        .reason = fhir_policy_reason(judged),
        .line = fhir_policy_what(judged),
    };
    return teller->sink(teller->context, &row);
}

static int tell_explained(void *context, const char *path, const fhir_element *element, const fhir_element *gone)
{
    return tell(context, path, element, gone);
}

static int teller_of(const char *profile, lethe_policy_sink *sink, void *context, policy_teller *ret_teller,
                     lethe_error *error)
{
    policy_teller teller = {FHIR_EXPERT_ML, sink, context};
    if (profile != NULL && !fhir_profile_find(profile, &teller.profile))
        return engine_bad_option(error, "profile");
    *ret_teller = teller;
    return 0;
}

int lethe_deid_explain(const char *profile, const char *json, size_t size, lethe_policy_sink *sink, void *context,
                       lethe_error *error)
{
    policy_teller teller;
    json_parser *parser = NULL;
    base_buf text;
    json_value root;
    BASE_TRY(teller_of(profile, sink, context, &teller, error));
    base_buf_init(&text, JSON_DOCUMENT_MAX + JSON_PADDING);
    base_buf_append(&text, json, size);
    int status = base_buf_reserve(&text, JSON_PADDING) == 0 ? 0 : base_buf_check(&text, error);
    if (status == 0)
        status = json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, error);
    if (status == 0)
        status = json_parse(parser, base_buf_view(&text), &root, error);
    if (status == 0)
        status = fhir_explain(teller.profile, root, tell_explained, &teller, error);
    json_parser_free(parser);
    base_buf_done(&text);
    return status;
}

static bool goes(const policy_teller *teller, const fhir_element *element)
{
    return fhir_policy_rule(teller->profile, element) == FHIR_REDACT;
}

static int tell_type(const policy_teller *teller, fhir_type type, const fhir_element *gone)
{
    size_t count;
    const fhir_element *members = fhir_schema_members(type, &count);
    int status = 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        char path[256];
        (void)snprintf(path, sizeof(path), "%s.%s", fhir_schema_type_name(type), fhir_element_name(&members[i]));
        status = tell(teller, path, &members[i], gone);
        if (status == 0 && fhir_schema_kind(members[i].type) == FHIR_KIND_BACKBONE &&
            (members[i].flags & FHIR_ELEMENT_REFERENCED) == 0)
            status = tell_type(teller, members[i].type, gone == NULL && goes(teller, &members[i]) ? &members[i] : gone);
    }
    return status;
}

static int tell_all(const policy_teller *teller)
{
    int status = 0;
    for (size_t i = 1; status == 0 && i < fhir_schema_types(); i++)
        if (fhir_schema_kind((fhir_type)i) != FHIR_KIND_BACKBONE)
            status = tell_type(teller, (fhir_type)i, NULL);
    return status;
}

int lethe_policy_explain(const char *profile, const char *what, lethe_policy_sink *sink, void *context,
                         lethe_error *error)
{
    policy_teller teller;
    BASE_TRY(teller_of(profile, sink, context, &teller, error));
    if (what == NULL) {
        (void)tell_all(&teller);
        return 0;
    }
    const fhir_element *gone = NULL;
    const fhir_type type = fhir_schema_type(what, strlen(what));
    const fhir_element *element = type == FHIR_TYPE_NONE ? fhir_policy_path(teller.profile, what, &gone) : NULL;
    if (type == FHIR_TYPE_NONE && element == NULL)
        return engine_bad_option(error, "what");
    if (element != NULL)
        (void)tell(&teller, what, element, gone);
    const bool inside = element != NULL && fhir_schema_kind(element->type) == FHIR_KIND_BACKBONE;
    if (type != FHIR_TYPE_NONE || inside)
        (void)tell_type(&teller, type != FHIR_TYPE_NONE ? type : element->type,
                        gone == NULL && element != NULL && goes(&teller, element) ? element : gone);
    return 0;
}
