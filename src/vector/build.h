/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_BUILD_H
#define VECTOR_BUILD_H

#include "vector/row.h"

/*
 * Making an index from a stream of rows. The folder is made where it is missing; an index that is there is replaced by
 * the commit, whole or not at all: its generation is one higher, and readers see the new one when they refresh.
 */
typedef struct vector_build vector_build;

/* Copies the schema. LETHE_E_VECTOR_LOCKED while a writer has the index open. */
int vector_build_begin(const char *folder, const vector_schema *schema, vector_build **ret_build, lethe_error *error);
/* LETHE_E_VECTOR_INPUT, LETHE_E_VECTOR_EXISTS for a row id that came before. After a failure only _abandon is left. */
int vector_build_add(vector_build *build, const vector_row *row, lethe_error *error);
int vector_build_commit(vector_build **build, lethe_error *error); /* syncs; frees the build, failed or not */
void vector_build_abandon(vector_build *build);                    /* NULL-safe; what was written is removed */

#endif
