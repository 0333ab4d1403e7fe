/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_IPC_H
#define TABLE_IPC_H

#include "table/column.h"

/*
 * Arrow IPC streams (Arrow columnar format 1.5, "Serialization and Interprocess Communication"): a schema, record
 * batches, an end. Columns are laid out as Arrow's already, so a batch costs a copy, and bits for the truth values.
 *
 *   ffffffff | i32 size of the metadata | metadata: a Flatbuffer, padded to 8 | body: buffers, each padded to 8
 */
void table_ipc_put_schema(base_buf *out, const table_schema *schema);
void table_ipc_put_batch(base_buf *out, const table_batch *batch);
void table_ipc_put_end(base_buf *out);

#endif
