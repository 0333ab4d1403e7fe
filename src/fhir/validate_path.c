/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath.h"
#include "fhir/validate_internal.h"

#include <stdlib.h>

/*
 * Invariants that need a whole FHIRPath engine. When the walk over a resource has met a type that has some, the
 * resource is read as a tree and they are evaluated there. One without a result holds, as other validators have it; so
 * does one that cannot be evaluated within the limits. A resource that cannot be read as a tree has issues of structure
 * already.
 */
#define TREE_BYTES_MAX    ((size_t)1 << 30)
#define SCRATCH_BYTES_MAX ((size_t)256 << 20)

struct fhir_paths {
    base_arena arena;
    fhirpath_scratch *scratch;
    fhirpath_program **programs; /* by invariant, made when first needed */
};

static fhir_paths *paths_new(void)
{
    fhir_paths *paths = calloc(1, sizeof(*paths));
    if (paths == NULL)
        return NULL;
    base_arena_init(&paths->arena, TREE_BYTES_MAX);
    paths->programs = calloc(fhir_invariant_count, sizeof(*paths->programs));
    if (paths->programs == NULL || fhirpath_scratch_new(SCRATCH_BYTES_MAX, &paths->scratch, NULL) != 0) {
        fhir_paths_free(paths);
        return NULL;
    }
    return paths;
}

void fhir_paths_free(fhir_paths *paths)
{
    if (paths == NULL)
        return;
    for (size_t i = 0; paths->programs != NULL && i < fhir_invariant_count; i++)
        fhirpath_free(paths->programs[i]);
    free(paths->programs);
    fhirpath_scratch_free(paths->scratch);
    base_arena_done(&paths->arena);
    free(paths);
}

static int compile(size_t number, fhirpath_program **ret_program)
{
    return fhirpath_compile(base_span_of(fhir_schema_strings + fhir_invariant_rows[number].expression), ret_program,
                            NULL);
}

static void evaluate(fhir_validator *v, size_t number, fhir_node *node)
{
    fhirpath_program **program = &v->paths->programs[number];
    fhirpath_truth truth = FHIRPATH_UNKNOWN;
    int status = *program == NULL ? compile(number, program) : 0;
    if (status == 0)
        status = fhirpath_test(*program, v->paths->scratch, node, &truth, NULL);
    if (status == LETHE_E_BASE_MEMORY)
        v->status = status;
    else if (status == 0 && truth == FHIRPATH_FALSE)
        fhir_issue_node(v, node, FHIR_RULE_COUNT + number);
}

/* Those of the type itself, or, where `element` is given, those about that member of the type. */
static void evaluate_type(fhir_validator *v, fhir_type type, const fhir_element *element, fhir_node *node)
{
    for (size_t i = fhir_invariant_first[type]; v->status == 0 && i < fhir_invariant_first[type + 1]; i++) {
        const fhir_invariant_row *row = &fhir_invariant_rows[i];
        if (row->how != FHIR_CHECKED_BY_PATH || (row->element != 0) != (element != NULL))
            continue;
        const fhir_element *about =
            row->element != 0 ? &fhir_element_rows[fhir_type_rows[type].first + row->element - 1] : NULL;
        if (about == element || (element != NULL && about->choice != 0 && about->choice == element->choice))
            evaluate(v, i, node);
    }
}

static void evaluate_tree(fhir_validator *v, fhir_node *node)
{
    for (fhir_type type = node->type; type != FHIR_TYPE_NONE; type = fhir_type_rows[type].base)
        evaluate_type(v, type, NULL, node);
    if (node->element != NULL)
        evaluate_type(v, node->element->owner, node->element, node);
    for (fhir_node *child = node->first; child != NULL && v->status == 0; child = child->next) {
        const bool own =
            child->element->type == v->types.resource && strcmp(fhir_element_name(child->element), "contained") != 0;
        if (!own) /* entries of a Bundle are walked on their own */
            evaluate_tree(v, child);
    }
}

void fhir_check_paths(fhir_validator *v, const fhir_frame *frame)
{
    fhir_tree tree;
    if (v->paths == NULL)
        v->paths = paths_new();
    if (v->paths == NULL) {
        v->status = LETHE_E_BASE_MEMORY;
        return;
    }
    base_arena_reset(&v->paths->arena);
    const int status = fhir_node_read(&v->paths->arena, frame->value, NULL, &tree, NULL);
    if (status == 0)
        evaluate_tree(v, tree.root);
    else if (status == LETHE_E_BASE_MEMORY)
        v->status = status;
}

bool fhir_paths_compile(void)
{
    for (size_t i = 0; i < fhir_invariant_count; i++) {
        fhirpath_program *program = NULL;
        if (fhir_invariant_rows[i].how != FHIR_CHECKED_BY_PATH)
            continue;
        if (compile(i, &program) != 0)
            return false;
        fhirpath_free(program);
    }
    return true;
}
