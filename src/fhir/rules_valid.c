/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

/*
 * Valid in, valid out. What is empty goes, from the leaves up; where FHIR requires the element and something else of
 * its parent stays, the element says with the extension data-absent-reason that it is masked. An Extension without url,
 * a Narrative without div, a Reference and a Coding of nothing go as a whole.
 */
#define REQUIRED_MAX 32
#define MASKED_DEPTH 4

/* What invariants of R4 ask for beside what is required, so that the one who loses it says so: the invariant, and the
 * elements by their FHIRPath names. */
static const struct {
    const char *invariant, *owner, *member;
} ASKED[] = {
    {"ait-1", "AllergyIntolerance", "clinicalStatus"},
    {"app-1", "Appointment.participant", "actor"},
    {"app-3", "Appointment", "start"},
    {"app-3", "Appointment", "end"},
    {"app-1", "Appointment.participant", "type"},
    {"att-1", "Attachment", "contentType"},
    {"ces-1", "CoverageEligibilityResponse.insurance.item", "category"},
    {"ces-1", "CoverageEligibilityResponse.insurance.item", "productOrService"},
    {"con-1", "Condition.stage", "summary"},
    {"con-1", "Condition.stage", "assessment"},
    {"con-2", "Condition.evidence", "code"},
    {"con-2", "Condition.evidence", "detail"},
    {"cpb-15", "CapabilityStatement", "software"},
    {"cpb-16", "CapabilityStatement", "implementation"},
    {"cpt-2", "ContactPoint", "system"},
    {"drq-1", "DataRequirement.codeFilter", "path"},
    {"drq-1", "DataRequirement.codeFilter", "searchParam"},
    {"exp-1", "Expression", "expression"},
    {"exp-1", "Expression", "reference"},
    {"imm-1", "Immunization.education", "reference"},
    {"imm-1", "Immunization.education", "documentType"},
    {"inv-1", "Parameters.parameter", "value"},
    {"inv-1", "Parameters.parameter", "resource"},
    {"mad-1", "MedicationAdministration.dosage", "dose"},
    {"mad-1", "MedicationAdministration.dosage", "rate"},
    {"msq-5", "MolecularSequence.referenceSeq", "chromosome"},
    {"msq-6", "MolecularSequence.referenceSeq", "genomeBuild"},
    {"msq-6", "MolecularSequence.referenceSeq", "referenceSeqId"},
    {"msq-6", "MolecularSequence.referenceSeq", "referenceSeqPointer"},
    {"msq-6", "MolecularSequence.referenceSeq", "referenceSeqString"},
    {"obs-3", "Observation.referenceRange", "text"},
    {"obs-3", "Observation.referenceRange", "low"},
    {"obs-3", "Observation.referenceRange", "high"},
    {"org-1", "Organization", "identifier"},
    {"org-1", "Organization", "name"},
    {"pat-1", "Patient.contact", "name"},
    {"ppc-1", "Consent", "policy"},
    {"ppc-1", "Consent", "policyRule"},
    {"qty-3", "Quantity", "system"},
    {"rat-1", "Ratio", "numerator"},
    {"rat-1", "Ratio", "denominator"},
    {"rqg-1", "RequestGroup.action", "resource"},
    {"tim-1", "Timing.repeat", "durationUnit"},
    {"tim-2", "Timing.repeat", "periodUnit"},
    {"vsd-1", "ValueSet.compose.include", "system"},
};

int rules_masks_read(fhir_rules *rules, lethe_error *error)
{
    const size_t count = fhir_schema_elements();
    rules->masks = base_arena_take_array(&rules->arena, count, sizeof(*rules->masks));
    if (rules->masks == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count; i++) {
        const fhir_element *element = fhir_schema_element(i);
        rules->masks[i] = element->min != 0 || fhir_policy_masks(element);
    }
    for (size_t i = 0; i < sizeof(ASKED) / sizeof(*ASKED); i++) {
        size_t members = 0;
        const fhir_type owner = fhir_schema_type(ASKED[i].owner, strlen(ASKED[i].owner));
        const fhir_element *first = fhir_schema_members(owner, &members);
        for (size_t j = 0; j < members; j++)
            if (base_span_is(fhir_element_stem(&first[j]), ASKED[i].member))
                rules->masks[first[j].index] = true;
    }
    return 0;
}

static int add_text(fhir_rules_run *run, fhir_node *parent, const char *name, const char *text, lethe_error *error)
{
    const fhir_element *element = fhir_schema_find(parent->type, name, strlen(name));
    fhir_node *child = element != NULL ? fhir_node_new(&run->arena, element, element->type) : NULL;
    if (child == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    fhir_node_set(child, FHIR_VALUE_STRING, base_span_of(text));
    fhir_node_insert(parent, child);
    return 0;
}

/* A value of a type that itself requires something is made of that: {source: {observer: masked}}. */
static int add_masked(fhir_rules_run *run, fhir_node *parent, const fhir_element *element, int depth,
                      lethe_error *error)
{
    fhir_node *child = fhir_node_new(&run->arena, element, element->type);
    size_t count = 0;
    unsigned choice = 0;
    const fhir_element *members = fhir_schema_members(element->type, &count);
    for (size_t i = 0; child != NULL && i < count && depth < MASKED_DEPTH; i++) {
        if (members[i].min == 0 || (members[i].choice != 0 && members[i].choice == choice))
            continue;
        choice = members[i].choice != 0 ? members[i].choice : choice;
        BASE_TRY(add_masked(run, child, &members[i], depth + 1, error));
    }
    if (child != NULL && child->first != NULL) {
        fhir_node_insert(parent, child);
        return 0;
    }
    const fhir_element *extension = fhir_schema_find(element->type, "extension", 9);
    fhir_node *reason = extension != NULL ? fhir_node_new(&run->arena, extension, extension->type) : NULL;
    if (child == NULL || reason == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    fhir_node_insert(parent, child);
    fhir_node_append(child, reason);
    BASE_TRY(add_text(run, reason, "url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason", error));
    return add_text(run, reason, "valueCode", "masked", error);
}

static bool has_element(const fhir_node *node, const fhir_element *element)
{
    for (const fhir_node *child = node->first; child != NULL; child = child->next)
        if (child->element == element ||
            (element->choice != 0 && base_span_equal(fhir_element_stem(child->element), fhir_element_stem(element))))
            return true;
    return false;
}

static bool is_empty(const fhir_node *node)
{
    return node->first == NULL && node->value == FHIR_VALUE_NONE && !fhir_node_is_resource(node);
}

static void empty(fhir_node *node)
{
    while (node->first != NULL)
        fhir_node_remove(node->first);
    node->value = FHIR_VALUE_NONE;
}

/* What says for an element that went that something was there: mostly itself. cmp-1: a section without its text has an
 * entry; rqg-1: an action without actions has a resource. */
static const fhir_element *stand_in(const fhir_node *node, const fhir_element *element)
{
    static const char *const pairs[][3] = {{"Composition.section", "text", "entry"},
                                           {"RequestGroup.action", "action", "resource"}};
    for (size_t i = 0; i < 2; i++)
        if (strcmp(fhir_element_name(element), pairs[i][1]) == 0 &&
            strcmp(fhir_schema_type_name(node->type), pairs[i][0]) == 0)
            return fhir_schema_find(node->type, pairs[i][2], strlen(pairs[i][2]));
    return element;
}

/* Whether the node means nothing without the element. */
static bool is_nothing_without(const fhir_node *node, const fhir_element *element)
{
    const char *type = fhir_schema_type_name(node->type);
    return (strcmp(type, "Extension") == 0 && (element->flags & FHIR_ELEMENT_INHERITED) == 0) ||
           (strcmp(type, "Narrative") == 0) || (element->flags & FHIR_ELEMENT_ATTRIBUTE) != 0;
}

/* A Coding that has lost its code and says nothing in words: a system alone is no value of any value set. */
static bool is_empty_coding(const fhir_node *node, bool lost_code)
{
    return lost_code && strcmp(fhir_schema_type_name(node->type), "Coding") == 0 &&
           fhir_node_child(node, "display") == NULL;
}

/* cmp-2: a section that has an entry does not say why it is empty. */
static void drop_empty_reason(fhir_node *node)
{
    fhir_node *reason = NULL;
    if (strcmp(fhir_schema_type_name(node->type), "Composition.section") == 0 && fhir_node_child(node, "entry") != NULL)
        reason = fhir_node_child(node, "emptyReason");
    if (reason != NULL)
        fhir_node_remove(reason);
}

/* con-4: a Condition that says when it ended must say by clinicalStatus that it has; without the one the other goes. */
static void drop_unsaid_end(fhir_node *node)
{
    if (strcmp(fhir_schema_type_name(node->type), "Condition") != 0 || fhir_node_child(node, "clinicalStatus") != NULL)
        return;
    for (fhir_node *end = fhir_node_child(node, "abatement"); end != NULL; end = fhir_node_child(node, "abatement"))
        fhir_node_remove(end);
}

int rules_valid_prune(fhir_rules_run *run, fhir_node *node, lethe_error *error)
{
    const fhir_element *required[REQUIRED_MAX];
    size_t count = 0;
    bool lost_code = false;
    for (fhir_node *child = node->first, *next = NULL; child != NULL; child = next) {
        next = child->next;
        BASE_TRY(rules_valid_prune(run, child, error));
        if (!is_empty(child))
            continue;
        const fhir_element *says = stand_in(node, child->element);
        const bool asked = run->rules->masks[child->element->index] || says != child->element;
        if (asked && count < REQUIRED_MAX)
            required[count++] = says;
        lost_code = lost_code || strcmp(fhir_element_name(child->element), "code") == 0;
        fhir_node_remove(child);
    }
    if (is_empty_coding(node, lost_code))
        empty(node);
    drop_unsaid_end(node);
    if (node->first == NULL && !fhir_node_is_resource(node))
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (has_element(node, required[i]))
            continue;
        if (is_nothing_without(node, required[i])) {
            empty(node);
            return 0;
        }
        BASE_TRY(add_masked(run, node, required[i], 0, error));
    }
    drop_empty_reason(node);
    return 0;
}
