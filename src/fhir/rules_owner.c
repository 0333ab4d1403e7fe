/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

#include "fhir/deid_internal.h"

#include <stdlib.h>

/*
 * Whose dates those of a resource are: the Patient itself, the one that its subject (patient, beneficiary, …) names, or
 * the one Patient that it refers to anywhere; the key is the id, as in our own de-identification (deid_owner.c),
 * through the fullUrls of the Bundle where references are URNs. What is contained has the owner of what contains it. A
 * Bundle has none. Read before any rule has changed an id.
 */
typedef struct rules_patient {
    base_span url, id;
} rules_patient;

static int order_patients(const void *a, const void *b)
{
    return base_span_compare(((const rules_patient *)a)->url, ((const rules_patient *)b)->url);
}

static int note_patient(fhir_rules_run *run, base_span url, base_span id, lethe_error *error)
{
    if (run->patient_count == run->patient_capacity) {
        const size_t capacity = run->patient_capacity != 0 ? 2 * run->patient_capacity : 16;
        rules_patient *grown = realloc(run->patients, capacity * sizeof(*grown));
        if (grown == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        run->patients = grown;
        run->patient_capacity = capacity;
    }
    run->patients[run->patient_count++] = (rules_patient){url, id};
    return 0;
}

static int note_patients(fhir_rules_run *run, const fhir_node *bundle, lethe_error *error)
{
    run->patient_count = 0;
    for (const fhir_node *entry = bundle->first; entry != NULL; entry = entry->next) {
        const fhir_node *resource =
            base_span_is(fhir_node_name(entry), "entry") ? fhir_node_child(entry, "resource") : NULL;
        const base_span url = resource != NULL ? fhir_node_text(entry, "fullUrl") : (base_span){NULL, 0};
        const base_span id = resource != NULL ? fhir_node_text(resource, "id") : (base_span){NULL, 0};
        if (url.size != 0 && id.size != 0 && fhir_node_is(resource, "Patient"))
            BASE_TRY(note_patient(run, url, id, error));
    }
    qsort(run->patients, run->patient_count, sizeof(*run->patients), order_patients);
    return 0;
}

/* The id of the Patient that a reference means; empty where it means none. `any`: its type must be said. */
static base_span patient_of(const fhir_rules_run *run, base_span reference, bool any)
{
    const base_span none = {NULL, 0};
    if (reference.size == 0 || reference.data[0] == '#' || memchr(reference.data, '?', reference.size) != NULL)
        return none;
    const rules_patient key = {.url = reference};
    const rules_patient *known =
        run->patient_count != 0 ? bsearch(&key, run->patients, run->patient_count, sizeof(key), order_patients) : NULL;
    if (known != NULL)
        return known->id;
    const deid_target target = deid_target_of(reference);
    if (target.type.size != 0 ? !base_span_is(target.type, "Patient") : any)
        return none;
    return target.id;
}

typedef struct owner_search {
    base_span id;
    bool many;
} owner_search;

static void add_owner(owner_search *search, base_span id)
{
    if (id.size == 0)
        return;
    if (search->id.size != 0 && !base_span_equal(search->id, id))
        search->many = true;
    search->id = id;
}

static void search_below(const fhir_rules_run *run, const fhir_node *node, owner_search *search)
{
    for (const fhir_node *child = node->first; child != NULL; child = child->next) {
        if (fhir_node_is_resource(child))
            continue;
        if (child->type == run->reference)
            add_owner(search, patient_of(run, fhir_node_text(child, "reference"), true));
        search_below(run, child, search);
    }
}

static base_span owner_of(const fhir_rules_run *run, const fhir_node *resource)
{
    owner_search search = {0};
    if (fhir_node_is(resource, "Patient"))
        return fhir_node_text(resource, "id");
    const fhir_element *named = fhir_policy_owner(resource->type);
    if (named == NULL)
        search_below(run, resource, &search);
    for (const fhir_node *child = resource->first; named != NULL && child != NULL; child = child->next)
        if (base_span_equal(fhir_element_stem(child->element), fhir_element_stem(named)) &&
            child->type == run->reference)
            add_owner(&search, patient_of(run, fhir_node_text(child, "reference"), false));
    return search.many ? (base_span){NULL, 0} : search.id;
}

int rules_safe_begin(fhir_rules_run *run, fhir_node *resource, lethe_error *error)
{
    if (resource->element != NULL && base_span_is(fhir_element_stem(resource->element), "contained"))
        return 0;
    if (resource == run->root)
        run->patient_count = 0;
    run->owned = false;
    if (fhir_node_is(resource, "Bundle"))
        return note_patients(run, resource, error);
    base_span id = owner_of(run, resource);
    run->owned = id.size != 0;
    run->stats.unowned += !run->owned;
    if (!run->owned)
        return 0;
    char lower[36];
    if (deid_is_uuid(id)) {
        for (size_t i = 0; i < sizeof(lower); i++)
            lower[i] = id.data[i] >= 'A' && id.data[i] <= 'F' ? (char)(id.data[i] + 32) : id.data[i];
        id = (base_span){lower, sizeof(lower)};
    }
    return run->options.keys.shift(run->options.keys.context, id, &run->days, error);
}
