/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

/*
 * generalize: the first case that holds gives the value. A case without a result holds in theirs (a date of another
 * precision); in ours it does not. What no case fits goes, or stays under otherValues: keep.
 */
static int give_item(fhir_rules_run *run, fhir_node *node, const fhirpath_item *item, lethe_error *error)
{
    base_span text = item->text;
    fhir_value kind = FHIR_VALUE_STRING;
    switch (item->kind) {
    case FHIRPATH_NODE: {
        const fhir_node source = *item->node;
        fhir_node_set(node, (fhir_value)source.value, source.text);
        return 0;
    }
    case FHIRPATH_BOOLEAN:
        fhir_node_set(node, FHIR_VALUE_BOOLEAN, item->truth ? BASE_SPAN("true") : BASE_SPAN("false"));
        return 0;
    case FHIRPATH_INTEGER:
        base_buf_reset(&run->text);
        base_buf_int(&run->text, item->integer);
        text = base_buf_view(&run->text);
        kind = FHIR_VALUE_NUMBER;
        break;
    case FHIRPATH_DECIMAL:
        kind = FHIR_VALUE_NUMBER;
        break;
    default:
        break;
    }
    const base_span copy = base_arena_copy(&run->arena, text); /* the scratch ends with the next evaluation */
    if (copy.data == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    fhir_node_set(node, kind, copy);
    return 0;
}

static int apply_case(fhir_rules_run *run, const rules_case *one, fhir_node *node, lethe_error *error)
{
    fhirpath_list list = {0};
    BASE_TRY(fhirpath_eval(one->then, run->scratch, node, &list, error));
    if (list.count > 1)
        return base_fail(error, LETHE_E_FHIR_EVAL);
    if (list.count == 0) {
        rules_clear(node);
        return 0;
    }
    return give_item(run, node, &list.items[0], error);
}

int rules_generalize(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error)
{
    if (!fhir_node_is_primitive(node))
        return base_fail(error, LETHE_E_FHIR_RULE);
    if (node->value == FHIR_VALUE_NONE)
        return 0;
    *done |= FHIR_RULES_GENERALIZED;
    for (size_t i = 0; i < rule->case_count; i++) {
        fhirpath_truth truth = FHIRPATH_UNKNOWN;
        BASE_TRY(fhirpath_test(rule->cases[i].when, run->scratch, node, &truth, error));
        if (truth == FHIRPATH_TRUE || (run->rules->compat && truth == FHIRPATH_UNKNOWN)) {
            BASE_TRY(apply_case(run, &rule->cases[i], node, error));
            if (!run->rules->compat)
                rules_safe_fit(run, node);
            return 0;
        }
    }
    if (!rule->keep_others)
        rules_clear(node);
    return 0;
}
