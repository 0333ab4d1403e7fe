/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PUBLISH_REST_H
#define PUBLISH_REST_H

#include "json/json_writer.h"
#include "publish/vectors.h"

/* What Qdrant, Pinecone and Milvus have in common: JSON over HTTP, batches of rows, several in flight. */
/* One call with v->body (none where it is empty). v->root and v->status are the answer's until the next call. An answer
 * of the status `also` (0: none) is one too. */
int publish_rest_call(publish_vectors *v, const char *method, const char *path, int also, lethe_error *error);

/* Makes room for a row of a batch: v->batch ends where it is to be written; `head` begins the body. */
int publish_rest_room(publish_vectors *v, const publish_rest_batch *batch, const char *head, lethe_error *error);
/* The row is written: it goes with the others, at once where the batch is full. */
int publish_rest_added(publish_vectors *v, const publish_rest_batch *batch, lethe_error *error);
int publish_rest_flush(publish_vectors *v, const publish_rest_batch *batch, lethe_error *error); /* and waits */

/* Members of metadata into an open object: one a column, flat; and dataset, release, split. */
void publish_rest_metadata(const publish_vectors *v, const publish_row *row, json_writer *w);
/* The vector as an array: nine digits, which read back as the same float. */
void publish_rest_values(const publish_vectors *v, const publish_row *row, base_buf *out);
/* Whether an object has exactly those members (besides `others`), and an array exactly those floats. */
bool publish_rest_same_metadata(publish_vectors *v, const publish_row *row, json_value object, size_t others);
bool publish_rest_same_values(const publish_vectors *v, const publish_row *row, json_value array);

int publish_collection_differs(const publish_vectors *v, const char *what, lethe_error *error);

#endif
