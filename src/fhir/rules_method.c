/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

/* keep, redact and remove, and the way to the other methods. */

void rules_clear(fhir_node *node)
{
    fhir_node_set(node, FHIR_VALUE_NONE, (base_span){NULL, 0});
}

static bool restricted(const fhir_rules *rules, base_span zip)
{
    for (size_t i = 0; i < rules->zip_count; i++)
        if (base_span_starts(zip, rules->zips[i]))
            return true;
    return false;
}

static bool is_us_zip(base_span zip)
{
    for (size_t i = 0; i < zip.size; i++)
        if (i == 5 ? zip.data[i] != '-' : zip.data[i] < '0' || zip.data[i] > '9')
            return false;
    return zip.size == 5 || zip.size == 10 || zip.size == 9;
}

/* Digits behind the first three become 0, all of them in a restricted area. Theirs leaves letters, so that a code of
 * another country stays readable; ours takes what is no ZIP code away. */
static int redact_zip(fhir_rules_run *run, fhir_node *node, unsigned *done, lethe_error *error)
{
    const fhir_rules *rules = run->rules;
    if (!rules->partial_zips || (!rules->compat && !is_us_zip(node->text))) {
        rules_clear(node);
        *done |= FHIR_RULES_REDACTED;
        return 0;
    }
    *done |= FHIR_RULES_ABSTRACTED;
    const size_t kept = restricted(rules, node->text) ? 0 : 3;
    if (node->text.size < kept)
        return 0;
    base_buf_reset(&run->text);
    for (size_t i = 0; i < node->text.size; i++) {
        const char c = node->text.data[i];
        base_buf_byte(&run->text, i >= kept && c >= '0' && c <= '9' ? '0' : c);
    }
    BASE_TRY(base_buf_check(&run->text, error));
    return rules_give_text(run, node, base_buf_view(&run->text), error);
}

/* The value of an Age: gone over 89. Theirs cannot read one with decimals. */
static int redact_age(fhir_rules_run *run, fhir_node *node, unsigned *done, lethe_error *error)
{
    int64_t years = 0;
    const bool whole = memchr(node->text.data, '.', node->text.size) == NULL && node->text.size <= 9;
    if (run->rules->partial_ages && run->rules->compat && !whole)
        return base_fail(error, LETHE_E_FHIR_RULE);
    for (size_t i = 0; i < node->text.size && node->text.data[i] >= '0' && node->text.data[i] <= '9'; i++)
        years = years < 1000000 ? years * 10 + (node->text.data[i] - '0') : years;
    const bool in_years = run->rules->compat || base_span_is(fhir_node_text(node->parent, "code"), "a");
    if (!run->rules->partial_ages || years > 89 || !in_years)
        rules_clear(node);
    *done |= FHIR_RULES_REDACTED;
    return 0;
}

/* The unit of an age that stays: without it the age is none (age-1), and it says nothing of anybody. */
static bool is_unit_of_age(const fhir_rules_run *run, const fhir_node *node)
{
    static const char *const names[] = {"unit", "system", "code"};
    if (run->rules->compat || !run->rules->partial_ages || node->parent == NULL || node->parent->type != run->age)
        return false;
    for (size_t i = 0; i < 3; i++)
        if (base_span_is(fhir_node_name(node), names[i]))
            return true;
    return false;
}

static int redact(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error)
{
    if (node->text.size == 0 || is_unit_of_age(run, node))
        return 0;
    if (!run->rules->compat && rules_names_document(node))
        return rules_safe_token(run, rule, node, done, error);
    if (!run->rules->compat && run->rules->ids_change && rules_is_address(node))
        return rules_safe_token(run, rule, node, done, error); /* references to the entry go on to find it */
    if (node->type == run->date || node->type == run->date_time || node->type == run->instant)
        return rules_redact_date(run, node, done, error);
    if (node->type == run->decimal && node->parent != NULL && node->parent->type == run->age)
        return redact_age(run, node, done, error);
    if (base_span_is(fhir_node_name(node), "postalCode"))
        return redact_zip(run, node, done, error);
    rules_clear(node);
    *done |= FHIR_RULES_REDACTED;
    return 0;
}

static int date_shift(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error)
{
    if (node->text.size == 0 || (node->type != run->date && node->type != run->date_time && node->type != run->instant))
        return 0;
    return rules_shift_date(run, rule, node, done, error);
}

static int take_out(fhir_node *node, unsigned *done)
{
    if (node->parent != NULL) {
        fhir_node_remove(node);
        *done |= FHIR_RULES_REDACTED;
    }
    return 0;
}

int rules_change(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error)
{
    switch (rule->method) {
    case RULES_REDACT:
        return redact(run, rule, node, done, error);
    case RULES_DATE_SHIFT:
        return date_shift(run, rule, node, done, error);
    case RULES_CRYPTO_HASH:
        return rules_hash(run, rule, node, done, error);
    case RULES_ENCRYPT:
        return rules_encrypt(run, rule, node, done, error);
    case RULES_PSEUDONYMIZE:
        return rules_pseudonymize(run, rule, node, done, error);
    case RULES_PERTURB:
        return rules_perturb(run, rule, node, done, error);
    case RULES_SUBSTITUTE:
        return rules_substitute(run, rule, node, done, error);
    case RULES_GENERALIZE:
        return rules_generalize(run, rule, node, done, error);
    case RULES_REMOVE:
        return take_out(node, done);
    default:
        return 0;
    }
}
