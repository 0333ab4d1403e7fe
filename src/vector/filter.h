/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_FILTER_H
#define VECTOR_FILTER_H

#include "vector/index.h"

/*
 * Which rows a search may find: a conjunction of clauses, evaluated to a bitmap before anything is compared.
 *
 *     column=v1|v2     the value is one of these          column~v1|v2     the list has one of these
 *     column!=v1|v2    it is none of these                column!~v1|v2    it has none of these
 *
 * A row without a value matches `!=`. LETHE_E_VECTOR_FILTER for what is no clause (the error's path says which clause),
 * LETHE_E_VECTOR_COLUMN where the index has no such column or it is of the other kind. A value that no row has matches
 * nothing, and is counted: it may be a misspelling.
 */
#define VECTOR_CLAUSES_MAX      64
#define VECTOR_CLAUSE_MAX       16384 /* bytes of one clause */
#define VECTOR_ALTERNATIVES_MAX 1024

typedef struct vector_filter vector_filter;

/* Copies what it needs. No clause at all lets every row pass. */
int vector_filter_new(const char *const *clauses, size_t count, vector_filter **ret_filter, lethe_error *error);
void vector_filter_free(vector_filter *filter); /* NULL-safe */

/* The rows of one view that pass: made once, used by any number of searches and threads. Holds the view. */
typedef struct vector_selection vector_selection;

int vector_selection_new(vector_view *view, const vector_filter *filter, vector_selection **ret_selection,
                         lethe_error *error);
void vector_selection_free(vector_selection *selection); /* NULL-safe */
uint32_t vector_selection_rows(const vector_selection *selection);
uint32_t vector_selection_unknown(const vector_selection *selection); /* values that no row has */
bool vector_selection_has(const vector_selection *selection, uint32_t row);

#endif
