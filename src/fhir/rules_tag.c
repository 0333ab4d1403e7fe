/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

#include <strings.h>

/* meta.security of what was done, in theirs' order and words (CRYTOHASH is the code of v3 ObservationValue). */
static const char SYSTEM[] = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

static const struct {
    unsigned done;
    const char *system, *code, *display;
} TAGS[] = {
    {FHIR_RULES_REDACTED, SYSTEM, "REDACTED", "redacted"},
    {FHIR_RULES_ABSTRACTED, SYSTEM, "ABSTRED", "abstracted"},
    {FHIR_RULES_HASHED, SYSTEM, "CRYTOHASH", "cryptographic hash function"},
    {FHIR_RULES_ENCRYPTED, SYSTEM, "MASKED", "masked"},
    {FHIR_RULES_PERTURBED, NULL, "PERTURBED", "exact value is replaced with another exact value"},
    {FHIR_RULES_SUBSTITUTED, NULL, "SUBSTITUTED", "exact value is replaced with a predefined value"},
    {FHIR_RULES_GENERALIZED, NULL, "GENERALIZED", "exact value is replaced with a general value"},
    {FHIR_RULES_PSEUDONYMIZED, SYSTEM, "PSEUDED", "pseudonymized"},
};

static int add_child(fhir_rules_run *run, fhir_node *parent, const char *name, const char *text, fhir_node **ret_child,
                     lethe_error *error)
{
    const fhir_element *element = fhir_schema_find(parent->type, name, strlen(name));
    fhir_node *child = element != NULL ? fhir_node_new(&run->arena, element, element->type) : NULL;
    if (child == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    child->marks = RULES_VISITED | RULES_KEPT;
    if (text != NULL)
        fhir_node_set(child, FHIR_VALUE_STRING, base_span_of(text));
    fhir_node_insert(parent, child);
    if (ret_child != NULL)
        *ret_child = child;
    return 0;
}

static bool has_tag(const fhir_node *meta, const char *code)
{
    for (const fhir_node *child = meta->first; child != NULL; child = child->next) {
        const base_span own =
            base_span_is(fhir_node_name(child), "security") ? fhir_node_text(child, "code") : (base_span){NULL, 0};
        if (own.size == strlen(code) && strncasecmp(own.data, code, own.size) == 0)
            return true;
    }
    return false;
}

/* Theirs reads meta.lastUpdated as a moment and writes it again: Z becomes +00:00, zeros end no fraction. */
static int rewrite_updated(fhir_rules_run *run, const fhir_node *meta, lethe_error *error)
{
    fhir_node *updated = fhir_node_child(meta, "lastUpdated");
    if (updated == NULL || updated->text.size < 20 || updated->text.data[10] != 'T')
        return 0;
    size_t end = 19; /* of the seconds; behind the fraction where there is one */
    while (end < updated->text.size && strchr(".0123456789", updated->text.data[end]) != NULL)
        end++;
    const base_span zone = {updated->text.data + end, updated->text.size - end};
    while (end > 19 && strchr("0.", updated->text.data[end - 1]) != NULL)
        end--;
    base_buf_reset(&run->text);
    base_buf_append(&run->text, updated->text.data, end);
    base_buf_span(&run->text, base_span_is(zone, "Z") ? BASE_SPAN("+00:00") : zone);
    BASE_TRY(base_buf_check(&run->text, error));
    return rules_give_text(run, updated, base_buf_view(&run->text), error);
}

int rules_tag(fhir_rules_run *run, fhir_node *resource, unsigned done, lethe_error *error)
{
    fhir_node *meta = fhir_node_child(resource, "meta");
    if (meta != NULL && run->rules->compat)
        BASE_TRY(rewrite_updated(run, meta, error));
    if (meta == NULL)
        BASE_TRY(add_child(run, resource, "meta", NULL, &meta, error));
    for (size_t i = 0; i < sizeof(TAGS) / sizeof(*TAGS); i++) {
        fhir_node *coding = NULL;
        if ((done & TAGS[i].done) == 0 || has_tag(meta, TAGS[i].code))
            continue;
        BASE_TRY(add_child(run, meta, "security", NULL, &coding, error));
        if (TAGS[i].system != NULL)
            BASE_TRY(add_child(run, coding, "system", TAGS[i].system, NULL, error));
        BASE_TRY(add_child(run, coding, "code", TAGS[i].code, NULL, error));
        BASE_TRY(add_child(run, coding, "display", TAGS[i].display, NULL, error));
    }
    return 0;
}

int rules_empty(fhir_rules_run *run, fhir_type type, fhir_node **ret_root, lethe_error *error)
{
    fhir_node *root = fhir_node_new(&run->arena, NULL, type);
    if (root == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(rules_tag(run, root, FHIR_RULES_REDACTED, error));
    *ret_root = root;
    return 0;
}
