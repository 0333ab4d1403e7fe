/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/invariants.h"

#include "fhir/fhirpath.h"

#include <stdlib.h>

#define TREE_BYTES_MAX    ((size_t)1 << 30)
#define SCRATCH_BYTES_MAX ((size_t)256 << 20)
#define NODES_MAX         ((size_t)1 << 26)

struct fhir_invariants {
    fhirpath_program **programs; /* by number of the rule */
    bool *refused;
    size_t count;
    fhirpath_scratch *scratch;
    base_arena arena;
    uint32_t resource; /* whose tree is there; 0: none */
    bool broken;       /* it could not be read */
    fhir_node **nodes; /* of the tree, by place */
    size_t node_count, node_capacity;
};

static int order_nodes(const void *a, const void *b)
{
    const uint32_t x = (*(fhir_node *const *)a)->place, y = (*(fhir_node *const *)b)->place;
    return x < y ? -1 : x > y;
}

static bool note_nodes(fhir_invariants *invariants, fhir_node *node)
{
    if (invariants->node_count == invariants->node_capacity) {
        const size_t capacity = invariants->node_capacity != 0 ? 2 * invariants->node_capacity : 256;
        fhir_node **grown = capacity <= NODES_MAX ? realloc(invariants->nodes, capacity * sizeof(*grown)) : NULL;
        if (grown == NULL)
            return false;
        invariants->nodes = grown;
        invariants->node_capacity = capacity;
    }
    invariants->nodes[invariants->node_count++] = node;
    for (fhir_node *child = node->first; child != NULL; child = child->next)
        if (!note_nodes(invariants, child))
            return false;
    return true;
}

static bool read_tree(fhir_invariants *invariants, json_value resource)
{
    const fhir_node_options options = {.drop_unknown = true, .lenient = true};
    fhir_tree tree = {0};
    if (invariants->resource == resource.at)
        return !invariants->broken;
    base_arena_reset(&invariants->arena);
    invariants->resource = resource.at;
    invariants->node_count = 0;
    invariants->broken =
        fhir_node_read(&invariants->arena, resource, &options, &tree, NULL) != 0 || !note_nodes(invariants, tree.root);
    if (!invariants->broken)
        qsort(invariants->nodes, invariants->node_count, sizeof(*invariants->nodes), order_nodes);
    return !invariants->broken;
}

static fhir_node *find(const fhir_invariants *invariants, uint32_t place)
{
    fhir_node key = {.place = place}, *wanted = &key;
    fhir_node **found =
        bsearch(&wanted, invariants->nodes, invariants->node_count, sizeof(*invariants->nodes), order_nodes);
    return found != NULL ? *found : NULL;
}

static const fhirpath_program *program_of(fhir_invariants *invariants, size_t rule, const char *expression)
{
    if (rule >= invariants->count || invariants->refused[rule])
        return NULL;
    if (invariants->programs[rule] == NULL) {
        const bool warning = fhir_rule_of(rule).severity != FHIR_SEVERITY_ERROR;
        if (warning || fhirpath_compile(base_span_of(expression), &invariants->programs[rule], NULL) != 0)
            invariants->refused[rule] = true;
    }
    return invariants->programs[rule];
}

static bool holds(void *context, size_t rule, const char *expression, fhir_type type, json_value focus,
                  json_value resource)
{
    fhir_invariants *invariants = context;
    fhirpath_truth truth = FHIRPATH_UNKNOWN;
    (void)type;
    const fhirpath_program *program = program_of(invariants, rule, expression);
    if (program == NULL || !json_present(resource) || !read_tree(invariants, resource))
        return true;
    fhir_node *node = find(invariants, focus.at);
    return node == NULL || fhirpath_test(program, invariants->scratch, node, &truth, NULL) != 0 ||
           truth != FHIRPATH_FALSE;
}

int fhir_invariants_new(fhir_invariants **ret_invariants, lethe_error *error)
{
    fhir_invariants *invariants = calloc(1, sizeof(*invariants));
    if (invariants == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    invariants->count = fhir_rule_count();
    base_arena_init(&invariants->arena, TREE_BYTES_MAX);
    invariants->programs = calloc(invariants->count, sizeof(*invariants->programs));
    invariants->refused = calloc(invariants->count, sizeof(*invariants->refused));
    int status =
        invariants->programs != NULL && invariants->refused != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = fhirpath_scratch_new(SCRATCH_BYTES_MAX, &invariants->scratch, error);
    if (status != 0) {
        fhir_invariants_free(invariants);
        return status;
    }
    *ret_invariants = invariants;
    return 0;
}

void fhir_invariants_free(fhir_invariants *invariants)
{
    if (invariants == NULL)
        return;
    for (size_t i = 0; invariants->programs != NULL && i < invariants->count; i++)
        fhirpath_free(invariants->programs[i]);
    free(invariants->programs);
    free(invariants->refused);
    free(invariants->nodes);
    fhirpath_scratch_free(invariants->scratch);
    base_arena_done(&invariants->arena);
    free(invariants);
}

void fhir_invariants_begin(fhir_invariants *invariants)
{
    invariants->resource = 0;
}

fhir_invariant_hook fhir_invariants_hook(fhir_invariants *invariants)
{
    return (fhir_invariant_hook){invariants, holds};
}
