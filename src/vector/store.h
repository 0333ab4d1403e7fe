/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_STORE_H
#define VECTOR_STORE_H

#include "base/buf.h"
#include "vector/log.h"
#include "vector/segment.h"

/* The folder's files, through its descriptor: it may be renamed while it is open. */

int vector_store_open(const char *path, bool make, int *ret_folder, lethe_error *error);

/* The descriptor that holds the writer's lock until it is closed. */
int vector_store_lock(int folder, int *ret_lock, lethe_error *error);

int vector_store_base(int folder, vector_segment **ret_segment, lethe_error *error);

/* What tells one base from another. LETHE_E_BASE_NOT_FOUND, LETHE_E_VECTOR_FORMAT. */
int vector_store_identity(int folder, vector_log_name *ret_name, lethe_error *error);

vector_log_name vector_segment_log(const vector_segment *segment);

/* LETHE_E_BASE_NOT_FOUND where there is no log of the generation. */
int vector_store_log(int folder, uint64_t generation, int flags, int *ret_file, lethe_error *error);

/* All bytes from `offset` on; `bytes` is initialised here, and the caller's also after a failure. */
int vector_store_read(int file, uint64_t offset, base_buf *bytes, lethe_error *error);

/* An empty file for the next base. */
int vector_store_begin(int folder, int *ret_file, lethe_error *error);
void vector_store_abandon(int folder);

/* Syncs the next base, makes its log, gives it its name and removes every other log. */
int vector_store_publish(int folder, int file, lethe_error *error);

/* Removes what crashes left: an unfinished base, logs that are not of `generation`. */
int vector_store_clean(int folder, uint64_t generation, lethe_error *error);

/* One more than any base or log there has. */
uint64_t vector_store_next_generation(int folder);

#endif
