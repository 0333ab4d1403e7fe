/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_WRITER_H
#define VECTOR_WRITER_H

#include "vector/row.h"

/*
 * Changing an index: one writer at a time, whatever the process, beside any number of readers. Rows are gathered until
 * vector_writer_sync, which makes them one commit: after it returns 0 all of them survive every crash; before, all of
 * them or none. Deletes are commits of their own, after the rows gathered before them. Not for several threads at once.
 *
 * A deleted row cannot be found from the next refresh on, but its bytes stay in the files until compaction. After
 * vector_writer_erase no file of the folder holds them; an erasure that a crash interrupts is completed when the index
 * is next opened for writing. Bytes that a file system or a device keeps of removed files are not the index's to
 * remove.
 */
#define VECTOR_COMMIT_MAX ((size_t)256 << 20) /* bytes of the rows between two syncs */
#define VECTOR_LOG_MAX    ((uint64_t)4 << 30) /* bytes of rows until a compaction: readers hold late rows in memory */

typedef struct vector_writer vector_writer;

/* LETHE_E_VECTOR_LOCKED while another writer has it; LETHE_E_VECTOR_STAMP where rows made under `stamp` do not belong.
 * Cuts what a crash left behind the last commit, and completes an erasure. */
int vector_writer_open(const char *folder, const vector_stamp *stamp, vector_writer **ret_writer, lethe_error *error);
void vector_writer_close(vector_writer *writer); /* NULL-safe; what was not synced is forgotten */

/* LETHE_E_VECTOR_EXISTS, LETHE_E_VECTOR_INPUT; LETHE_E_BASE_LIMIT where a sync or a compaction is due first. The row is
 * copied. */
int vector_writer_insert(vector_writer *writer, const vector_row *row, lethe_error *error);
int vector_writer_upsert(vector_writer *writer, const vector_row *row,
                         lethe_error *error); /* replaces a row of its id */
int vector_writer_sync(vector_writer *writer, lethe_error *error);

/* Ids that the index does not have are passed over. */
int vector_writer_delete_rows(vector_writer *writer, const char *const *row_ids, size_t count, uint32_t *ret_rows,
                              lethe_error *error);
int vector_writer_delete_groups(vector_writer *writer, const char *const *group_ids, size_t count, uint32_t *ret_rows,
                                lethe_error *error);

/* Writes the base anew from what can be found; the log is empty then. Syncs first. */
int vector_writer_compact(vector_writer *writer, lethe_error *error);

/* Deletes the groups and compacts. */
int vector_writer_erase(vector_writer *writer, const char *const *group_ids, size_t count, uint32_t *ret_rows,
                        lethe_error *error);

#endif
