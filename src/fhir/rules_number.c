/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

#include "crypt/aead.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * perturb: noise with equal chance in [-span/2, span/2], or in that part of the value, rounded half to even. Theirs
 * draws it anew each time; ours draws it from the key, the patient, the element and the value, so that a second run
 * says nothing more. The value of a Quantity is perturbed; what else the Quantity has stays.
 */
static bool is_one_of(const char *type, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(type, *names) == 0)
            return true;
    return false;
}

/* In [0, 1): 53 bits. */
static int draw(fhir_rules_run *run, const fhir_node *node, double *ret_draw, lethe_error *error)
{
    uint8_t bytes[FHIR_TOKEN_BYTES] = {0};
    if (run->rules->compat)
        BASE_TRY(crypt_random(bytes, 8, error));
    else
        BASE_TRY(rules_safe_bits(run, node, bytes, error));
    uint64_t bits = 0;
    memcpy(&bits, bytes, sizeof(bits));
    *ret_draw = (double)(bits >> 11) / 9007199254740992.0;
    return 0;
}

static int add_noise(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, bool integer, lethe_error *error)
{
    char text[64], *end = NULL;
    double noise = 0;
    if (node->text.size >= sizeof(text) || node->value == FHIR_VALUE_BOOLEAN)
        return base_fail(error, LETHE_E_FHIR_RULE);
    memcpy(text, node->text.data, node->text.size);
    text[node->text.size] = '\0';
    const double value = strtod(text, &end);
    if (*end != '\0' || value > 1e15 || value < -1e15)
        return base_fail(error, LETHE_E_FHIR_RULE);
    BASE_TRY(draw(run, node, &noise, error));
    const double span = rule->proportional ? value * rule->span : rule->span;
    double changed = value + (noise - 0.5) * span;
    const char *type = fhir_schema_type_name(node->type);
    if (changed < 0.5 && strcmp(type, "positiveInt") == 0)
        changed = 1;
    if (changed < 0 && strcmp(type, "unsignedInt") == 0)
        changed = 0;
    (void)snprintf(text, sizeof(text), "%.*f", integer ? 0 : rule->round_to > 20 ? 20 : rule->round_to, changed);
    if (strspn(text, "-0.") == strlen(text) && text[0] == '-')
        memmove(text, text + 1, strlen(text)); /* no -0 */
    const base_span copy = base_arena_copy(&run->arena, base_span_of(text));
    if (copy.data == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    fhir_node_set(node, FHIR_VALUE_NUMBER, copy);
    return 0;
}

static void visit_below(fhir_node *node)
{
    for (fhir_node *child = node->first; child != NULL; child = child->next) {
        child->marks |= RULES_VISITED;
        visit_below(child);
    }
}

int rules_perturb(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error)
{
    static const char *const integers[] = {"integer", "positiveInt", "unsignedInt", NULL};
    static const char *const quantities[] = {"Age",           "Count",    "Duration",       "Distance", "Money",
                                             "MoneyQuantity", "Quantity", "SimpleQuantity", NULL};
    const char *type = fhir_schema_type_name(node->type);
    fhir_node *value = NULL;
    if (node->type == run->decimal || is_one_of(type, integers))
        value = node;
    else if (is_one_of(type, quantities))
        value = fhir_node_child(node, "value");
    if (value == NULL || value->value == FHIR_VALUE_NONE || (value->marks & RULES_VISITED) != 0)
        return 0;
    BASE_TRY(add_noise(run, rule, value, is_one_of(fhir_schema_type_name(value->type), integers), error));
    visit_below(node);
    *done |= FHIR_RULES_PERTURBED;
    return 0;
}
