/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PUBLISH_H
#define ENGINE_PUBLISH_H

#include "crypt/digest.h"
#include "engine/dataset.h"
#include "publish/glue.h"
#include "publish/s3.h"
#include "publish/target.h"

#include <lethe/publish.h>

/*
 * One release on its way out.
 *
 *   proved ─► files of the manifest, by their digests ─► data ─► manifest, signature ─► latest.json ─► catalog ─►
 * listed
 */
#define ENGINE_PUBLISH_FILES_MAX 100000

typedef struct engine_publish_file {
    publish_object object; /* bytes: mapped */
    char key[PUBLISH_KEY_MAX + 1];
    bool last;  /* manifest and signature: after everything else */
    bool found; /* by a listing, in its size */
} engine_publish_file;

typedef struct engine_publish {
    const lethe_publish_options *options;
    lethe_publish_result *result;
    publish_target target;
    engine_dataset *dataset;
    int lock; /* of the folder: nobody erases from it meanwhile */
    net_client *client;
    publish_s3 s3;
    char release[17], name[128], level[32];
    char root[880];   /* of all releases of this dataset: ends with a slash */
    char folder[920]; /* of this one */
    char data[960];   /* of its Parquet files */
    bool note;
    engine_publish_file *files;
    size_t file_count, file_capacity;
    int note_file; /* the one file of the layout "note", without a name in any folder */
    uint64_t total_bytes;
    lethe_publish_phase phase; /* what was told last */
    uint64_t done, total;
} engine_publish;

/* publish.c: dataset, level, names; a client. `prove` false: the dataset may be anything. */
int engine_publish_open(engine_publish *p, const lethe_publish_options *options, bool prove,
                        lethe_publish_result *result, lethe_error *error);
void engine_publish_done(engine_publish *p);
int engine_publish_tell(engine_publish *p, lethe_publish_phase phase, uint64_t done, uint64_t total,
                        lethe_error *error);

/* publish_files.c: which bytes go where. */
int engine_publish_list_files(engine_publish *p, lethe_error *error);
int engine_publish_add_file(engine_publish *p, const char *key, const char *type, base_span bytes,
                            const uint8_t sha256[32], lethe_error *error);
const char *engine_publish_type(const char *path); /* Content-Type by the name */

/* publish_note.c: every row of the dataset, and its split, in one Parquet file. */
int engine_publish_note_file(engine_publish *p, lethe_error *error);

/* publish_s3.c */
int engine_publish_s3(engine_publish *p, lethe_error *error);
int engine_unpublish_s3(engine_publish *p, lethe_error *error);
int engine_publish_s3_count(engine_publish *p, uint64_t *ret_found, lethe_error *error);

/* publish_catalog.c: the table of the release; the caller's strings live in the struct. */
typedef struct engine_publish_table {
    publish_table table;
    char location[1280], rows[24], k[16], description[256];
    table_field fields[128];
    table_schema schema;
    net_pair parameters[16];
} engine_publish_table;

int engine_publish_catalog(engine_publish *p, lethe_error *error);
int engine_unpublish_catalog(engine_publish *p, lethe_error *error);
int engine_publish_catalog_same(engine_publish *p, bool *ret_same, lethe_error *error);

/* publish_vectors.c */
int engine_publish_vectors(engine_publish *p, lethe_error *error);
int engine_unpublish_vectors(engine_publish *p, lethe_error *error);
int engine_publish_vectors_count(engine_publish *p, uint64_t *ret_found, lethe_error *error);

/* publish_journal.c: `publications` of run.json. Each entry is of one target. */
int engine_publish_note_down(const engine_publish *p, bool published, lethe_error *error);
typedef int (*engine_publish_entry)(void *context, json_value entry, lethe_error *error);
int engine_publish_entries(const char *dataset, engine_publish_entry visit, void *context, lethe_error *error);

#endif
