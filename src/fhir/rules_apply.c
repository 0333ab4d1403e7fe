/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

#include "base/date.h"

#include <stdlib.h>

/*
 *   for each resource, the outer one first:
 *     for each rule that concerns it, in order:
 *       for each node that the rule finds: the node and all below it, but not in another resource:
 *         changed by the rule's method, unless a rule has touched it before
 *     the resources inside, then meta.security says what was done, inside included
 *   then what is empty goes
 */
#define TEXT_BYTES_MAX    ((size_t)64 << 20)
#define SCRATCH_BYTES_MAX ((size_t)256 << 20)
#define TREE_FACTOR       64 /* bytes of a tree for each byte of JSON, at most */
#define NODES_MAX         ((size_t)1 << 26)

int rules_add_node(fhir_rules_run *run, rules_nodes *nodes, fhir_node *node, lethe_error *error)
{
    (void)run;
    if (nodes->count == nodes->capacity) {
        const size_t capacity = nodes->capacity != 0 ? 2 * nodes->capacity : 64;
        fhir_node **grown = capacity <= NODES_MAX ? realloc(nodes->nodes, capacity * sizeof(*grown)) : NULL;
        if (grown == NULL)
            return base_fail(error, capacity <= NODES_MAX ? LETHE_E_BASE_MEMORY : LETHE_E_BASE_LIMIT);
        nodes->nodes = grown;
        nodes->capacity = capacity;
    }
    nodes->nodes[nodes->count++] = node;
    return 0;
}

int rules_give_text(fhir_rules_run *run, fhir_node *node, base_span text, lethe_error *error)
{
    const base_span copy = base_arena_copy(&run->arena, text);
    if (copy.data == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    fhir_node_set(node, FHIR_VALUE_STRING, copy);
    return 0;
}

static int change_below(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done,
                        lethe_error *error)
{
    if ((node->marks & RULES_VISITED) != 0)
        return 0;
    const unsigned before = *done;
    *done = 0;
    const int status = rules_change(run, rule, node, done, error);
    run->stats.changed += *done != 0;
    *done |= before;
    if (status != 0) {
        base_error_line(error, rule->line);
        fhir_node_place(node, error);
        return status;
    }
    node->marks |= RULES_VISITED | (rule->method == RULES_KEEP ? RULES_KEPT : 0);
    for (fhir_node *child = node->first, *next = NULL; child != NULL; child = next) {
        next = child->next;
        if (!fhir_node_is_resource(child))
            BASE_TRY(change_below(run, rule, child, done, error));
    }
    return 0;
}

static int apply_rules(fhir_rules_run *run, fhir_node *resource, unsigned *done, lethe_error *error)
{
    const uint16_t *list = run->rules->lists[resource->type];
    for (; list != NULL && *list != 0; list++) {
        const rules_rule *rule = &run->rules->rules[*list - 1];
        BASE_TRY(rules_find(run, rule, resource, error));
        for (size_t i = 0; i < run->matched.count; i++)
            BASE_TRY(change_below(run, rule, run->matched.nodes[i], done, error));
    }
    return 0;
}

static int apply_resource(fhir_rules_run *run, fhir_node *resource, unsigned *done, int depth, lethe_error *error)
{
    unsigned own = 0;
    const size_t from = run->inner.count;
    if (depth > FHIR_NODE_DEPTH_MAX)
        return base_fail(error, LETHE_E_JSON_DEPTH);
    run->stats.resources++;
    if (!run->rules->compat)
        BASE_TRY(rules_safe_begin(run, resource, error));
    BASE_TRY(rules_index(run, resource, error));
    BASE_TRY(apply_rules(run, resource, &own, error));
    const size_t to = run->inner.count;
    for (size_t i = from; i < to; i++) {
        fhir_node *inner = run->inner.nodes[i];
        if (fhir_node_root(inner) == run->root)
            BASE_TRY(apply_resource(run, inner, &own, depth + 1, error));
    }
    run->inner.count = from;
    *done |= own;
    const bool contained = resource->element != NULL && base_span_is(fhir_element_stem(resource->element), "contained");
    return contained || own == 0 ? 0 : rules_tag(run, resource, own, error);
}

/* Nodes with neither value nor children, from the leaves up. */
static void prune(fhir_node *node)
{
    for (fhir_node *child = node->first, *next = NULL; child != NULL; child = next) {
        next = child->next;
        prune(child);
        if (child->first == NULL && child->value == FHIR_VALUE_NONE && !fhir_node_is_resource(child))
            fhir_node_remove(child);
    }
}

static int apply(fhir_rules_run *run, json_value document, fhir_node **ret_root, lethe_error *error)
{
    const fhir_rules *rules = run->rules;
    const fhir_node_options options = {.drop_unknown = !rules->compat};
    fhir_tree tree = {0};
    unsigned done = 0;
    BASE_TRY(fhir_node_read(&run->arena, document, &options, &tree, error));
    run->root = *ret_root = tree.root;
    run->stats.unknown_members += tree.dropped;
    run->inner.count = 0;
    const int status = apply_resource(run, tree.root, &done, 0, error);
    if (status == LETHE_E_FHIR_EVAL && rules->skip_errors) {
        run->stats.emptied++;
        return rules_empty(run, tree.root->type, ret_root, error);
    }
    BASE_TRY(status);
    if (!rules->compat)
        return rules_safe_end(run, tree.root, error);
    prune(tree.root);
    return 0;
}

int fhir_rules_apply(fhir_rules_run *run, json_value root, base_buf *out, lethe_error *error)
{
    fhir_node *tree = NULL;
    const size_t before = out->size;
    base_arena_reset(&run->arena);
    BASE_TRY(apply(run, root, &tree, error));
    fhir_node_write(tree, out);
    const int status = base_buf_check(out, error);
    if (status != 0)
        out->size = before;
    return status;
}

static int make_hash(fhir_rules_run *run, lethe_error *error)
{
    return crypt_mac_new_of(run->rules->crypto_hash_key, &run->hash, error);
}

static int open_run(fhir_rules_run *run, lethe_error *error)
{
    const size_t types = fhir_schema_types();
    run->first_of = calloc(types, sizeof(*run->first_of));
    run->last_of = calloc(types, sizeof(*run->last_of));
    if (run->first_of == NULL || run->last_of == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    run->date = fhir_schema_type("date", 4);
    run->date_time = fhir_schema_type("dateTime", 8);
    run->instant = fhir_schema_type("instant", 7);
    run->decimal = fhir_schema_type("decimal", 7);
    run->age = fhir_schema_type("Age", 3);
    run->reference = fhir_schema_type("Reference", 9);
    BASE_TRY(make_hash(run, error));
    if (!run->rules->compat)
        BASE_TRY(rules_safe_open(run, error));
    return fhirpath_scratch_new(SCRATCH_BYTES_MAX, &run->scratch, error);
}

int fhir_rules_run_new(const fhir_rules *rules, const fhir_rules_options *options, fhir_rules_run **ret_run,
                       lethe_error *error)
{
    fhir_rules_run *run = calloc(1, sizeof(*run));
    if (run == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    run->rules = rules;
    run->options = *options;
    if (run->options.max_bytes == 0)
        run->options.max_bytes = JSON_DOCUMENT_MAX;
    base_arena_init(&run->arena, run->options.max_bytes * TREE_FACTOR);
    base_buf_init(&run->text, TEXT_BYTES_MAX);
    base_buf_init(&run->file, TEXT_BYTES_MAX);
    const int status = open_run(run, error);
    if (status != 0) {
        fhir_rules_run_free(run);
        return status;
    }
    *ret_run = run;
    return 0;
}

void fhir_rules_run_free(fhir_rules_run *run)
{
    if (run == NULL)
        return;
    crypt_mac_free(run->hash);
    fhirpath_scratch_free(run->scratch);
    fhir_deid_free(run->deid);
    base_arena_done(&run->arena);
    base_buf_done(&run->text);
    base_buf_done(&run->file);
    free(run->first_of);
    free(run->last_of);
    free(run->all.nodes);
    free(run->inner.nodes);
    free(run->matched.nodes);
    free(run->patients);
    free(run);
}

void fhir_rules_run_file(fhir_rules_run *run, base_span file)
{
    base_buf_reset(&run->file);
    base_buf_span(&run->file, file);
    run->options.file = base_buf_view(&run->file);
}

const fhir_rules_stats *fhir_rules_run_stats(const fhir_rules_run *run)
{
    return &run->stats;
}
