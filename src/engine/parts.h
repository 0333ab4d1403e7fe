/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PARTS_H
#define ENGINE_PARTS_H

#include "engine/sealed.h"
#include "engine/store.h"

/*
 * Records by partition, more of them than memory holds. Each partition is a stream of bytes in pages of the store;
 * where the store is over its budget, partitions in turn write their full pages and give them up: whoever finds the
 * budget used writes some, so that no thread writes for all. Records are appended whole; their order is not kept:
 * whoever loads a partition sorts.
 *
 *   part 0: [slot 3][slot 4][page 9 = slot 17][page 12]…[page 40, not full]
 */
typedef struct engine_parts engine_parts;

int engine_parts_new(size_t count, engine_store *store, engine_parts **ret_parts, lethe_error *error);
void engine_parts_free(engine_parts *parts); /* before its store */
size_t engine_parts_count(const engine_parts *parts);

/* Any thread. */
int engine_parts_append(engine_parts *parts, size_t part, base_span record, lethe_error *error);

/* The rest is for after the last append. How many bytes a partition has. */
uint64_t engine_parts_size(const engine_parts *parts, size_t part);

/* Appends everything of a partition to `buf`. Any thread, each with its own `buf`. */
int engine_parts_load(engine_parts *parts, size_t part, base_buf *buf, lethe_error *error);

/* The same a piece at a time: appends some of the bytes from *at on to `buf` and moves *at; nothing at the end. */
int engine_parts_load_some(engine_parts *parts, size_t part, uint64_t *at, base_buf *buf, lethe_error *error);

/* One page of ENGINE_PAGE_BYTES, the last one perhaps less. */
int engine_parts_load_page(engine_parts *parts, size_t part, size_t page, base_buf *buf, lethe_error *error);

/* Forgets a partition's bytes and gives its memory back. */
void engine_parts_drop(engine_parts *parts, size_t part);

/* Writes every full page that is in memory only, which stays there; any thread, also while others append. */
int engine_parts_save(engine_parts *parts, lethe_error *error);

/* All that a later process needs to go on: slots of full pages, which must have been saved, and the bytes of others.
 * One thread. */
void engine_parts_note(const engine_parts *parts, engine_sealed_writer *writer);
int engine_parts_recall(engine_parts *parts, engine_sealed_reader *reader, lethe_error *error);

#endif
