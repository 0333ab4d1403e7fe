/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_SOURCE_H
#define ENGINE_SOURCE_H

#include "base/file.h"
#include "base/hash.h"

#define ENGINE_CHUNK_BYTES ((size_t)1 << 20)

/*
 * Files as chunks of whole documents: the lines of NDJSON about a megabyte at a time, any other JSON file at once.
 * Files come in the order of their names; any number of threads may ask for chunks, each with its own chunk.
 */
typedef struct engine_chunk {
    base_buf bytes; /* the documents; JSON_PADDING bytes behind them are readable */
    size_t file;    /* index for engine_source_name */
    int64_t line;   /* 1-based line of the first byte */
    uint64_t byte;  /* offset of the first byte in the (uncompressed) file */
    bool lines;     /* a document a line; else one document */
    bool oversized; /* no bytes: a document larger than the limit stood here and was passed over */
    bool unended;   /* from a pipe that ended without a line feed: what stands last may have been cut off */
} engine_chunk;

typedef struct engine_source engine_source;

typedef struct engine_source_totals {
    uint64_t file_count, ignored_count; /* files read, files of other kinds */
    uint64_t bytes_total, bytes_done;   /* of the files as they lie on disk */
    uint64_t text_bytes;                /* uncompressed */
} engine_source_totals;

/* `path`: a folder, a file, or "-" for standard input. In a folder, files named .json, .ndjson or .jsonl, with or
 * without .gz or .zst, are read. LETHE_E_ENGINE_INPUT where there is none. */
int engine_source_open(const char *path, size_t document_bytes_max, engine_source **ret_source, lethe_error *error);
void engine_source_close(engine_source *source);

/* Memory of the list of files. */
uint64_t engine_source_list_bytes(const engine_source *source);

/* Whether it can be read again: no pipe, no device. */
bool engine_source_regular(const engine_source *source);

/* Name, size and time of change of a file in 64 bits, under a key: whether it is still the one that was listed. */
uint64_t engine_source_mark(const engine_source *source, size_t file, const base_hash_key *key);

/* How far the source was read when every chunk that it gave was worked on to its end; a later process goes on there. */
typedef struct engine_position {
    uint64_t next_file; /* to open next; the open one stands before it */
    uint64_t byte;      /* of the open file: where the next chunk begins */
    int64_t line;
    uint64_t text_bytes;
    bool open, lines, skipping;
} engine_position;

engine_position engine_source_position(engine_source *source);
int engine_source_seek(engine_source *source, const engine_position *position, lethe_error *error);

/* LETHE_E_ENGINE_CHANGED where a file is not what it was when it was listed. `idle` is asked while this waits, for
 * input or for another thread that does; it must not call the source. */
int engine_source_next(engine_source *source, engine_chunk *chunk, base_idle idle, bool *ret_more, lethe_error *error);
void engine_source_name(const engine_source *source, size_t file, char ret_name[BASE_PATH_MAX]);
engine_source_totals engine_source_count(engine_source *source);

void engine_chunk_init(engine_chunk *chunk);
void engine_chunk_done(engine_chunk *chunk);

#endif
