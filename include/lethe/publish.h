/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_PUBLISH_H
#define LETHE_PUBLISH_H

#include <lethe/error.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lethe_publish_phase {
    LETHE_PUBLISH_PROVING, /* rows */
    LETHE_PUBLISH_SENDING, /* bytes or rows */
    LETHE_PUBLISH_CHECKING,
} lethe_publish_phase;

/* Strings are borrowed. Zero means the default. Credentials are no option: they are found where the ecosystem's own
 * tools find them (README.md, Publishing). */
typedef struct lethe_publish_options {
    uint32_t size_bytes;
    const char *dataset;       /* the folder */
    const char *target;        /* s3://bucket/prefix, qdrant://, pinecone://, milvus://, pgvector:// */
    const char *layout;        /* of S3: "hive" (default) or "note" */
    const char *glue;          /* "database" or "database.table": also its table in the Glue catalog */
    const char *endpoint;      /* of S3 and Glue: another than that of AWS */
    const char *sse;           /* "s3", or "kms:KEY" */
    const char *require_level; /* the least level of the release; default "standard" */
    const char *public_key;    /* base64: whose signature it must have */
    uint64_t part_bytes;       /* of large objects; default 16 MiB, at least 5 MiB */
    uint32_t flight;           /* requests at the same time; default 8, up to 64 */
    uint32_t threads;          /* of the proof; default: processors of this process */
    uint8_t replace;           /* other releases of this dataset are removed there */
    uint8_t dry_run;           /* everything but the sending: what would be done */
    uint8_t insecure;          /* plain HTTP also to other machines */
    int (*progress)(void *context, lethe_publish_phase phase, uint64_t done, uint64_t total); /* non-zero cancels */
    void *progress_context;
} lethe_publish_options;

typedef enum lethe_publish_change {
    LETHE_PUBLISH_NO_TABLE,
    LETHE_PUBLISH_TABLE_SAME,
    LETHE_PUBLISH_TABLE_CREATED,
    LETHE_PUBLISH_TABLE_UPDATED,
} lethe_publish_change;

typedef struct lethe_publish_result {
    char release[17];    /* the first 16 hexadecimal digits of the manifest's SHA-256 */
    char location[1280]; /* s3://bucket/key of the data's folder, or the collection */
    char key[1100];      /* of the one file of the layout "note"; else "" */
    char table[520];     /* database.table, or "" */
    lethe_publish_change table_change;
    uint64_t partitions;
    uint64_t files, bytes;           /* of the release there */
    uint64_t files_sent, bytes_sent; /* acknowledged by the server, with its checksum */
    uint64_t files_there;            /* the same already */
    uint64_t files_found;            /* listed again afterwards, in their sizes */
    uint64_t parts_taken_up;         /* of large objects, that an interrupted publish had sent */
    uint64_t removed;                /* objects or rows of other releases */
    uint64_t vectors, vectors_sent, vectors_acknowledged, vectors_counted; /* rows */
    uint64_t vectors_sampled;                                              /* read back and equal, value for value */
    uint64_t requests, repeated;
    double seconds;
} lethe_publish_result;

/*
 * Brings a release where it is used: data first, then manifest, then catalog. It must verify at this moment. Called
 * twice, the second time sends nothing; killed and called again, it goes on; the server holds what was there before or
 * the whole release wherever a manifest, latest.json or a table says so.
 *
 * Errors: LETHE_E_VERIFY_*, LETHE_E_PUBLISH_LEVEL, _TARGET (path: the part), _TAKEN, _CATALOG, _COLLECTION, _LOST,
 * _CHANGED; LETHE_E_ENGINE_OPTION (path: the option), LETHE_E_ENGINE_LOCKED; LETHE_E_NET_* with the host and the status
 * of the answer.
 */
LETHE_API int lethe_publish(const lethe_publish_options *options, lethe_publish_result *ret_result, lethe_error *error);

/* Takes every release of this dataset (by its name) from the target again: catalog first, then manifests, then data.
 * `removed` says how many objects or rows; afterwards the server was asked, and has none. The dataset itself may have
 * changed since, or fail to verify. */
LETHE_API int lethe_unpublish(const lethe_publish_options *options, lethe_publish_result *ret_result,
                              lethe_error *error);

/* What run.json says was published, compared with what the servers have now. */
#define LETHE_PUBLICATIONS_MAX 64

typedef struct lethe_publication {
    char target[1100], layout[8], table[520], release[17];
    int current; /* the release is that of the dataset now */
    int whole;   /* 1: the server has all of it; 0: not; -1: it could not be asked, see trouble */
    uint64_t expected, found;
    lethe_error trouble;
} lethe_publication;

LETHE_API int lethe_publish_status(const lethe_publish_options *options, lethe_publication *ret_publications,
                                   size_t capacity, size_t *ret_count, lethe_error *error);

/* The design note's calls. export_anonymized_profiles_for_training: one Parquet file at
 * ml-training-data/{dataset}/{Y/m/d}/anonymized_profiles.parquet (the day is `created_at`) and the table
 * healthcare_ml.anonymized_profiles_{dataset}; the key is ret_result->key. */
LETHE_API int lethe_export_anonymized_profiles_for_training(const lethe_publish_options *options,
                                                            lethe_publish_result *ret_result, lethe_error *error);

typedef struct lethe_vector_load {
    uint64_t vectors_indexed;
    lethe_publish_result results;
    int index_ready_for_similarity_search; /* as many are counted there as were sent, and samples are equal */
} lethe_vector_load;

LETHE_API int lethe_load_to_vector_database(const lethe_publish_options *options, lethe_vector_load *ret_load,
                                            lethe_error *error);

#ifdef __cplusplus
}
#endif

#endif
