/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_EXPORT_H
#define LETHE_EXPORT_H

#include <lethe/error.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Strings are borrowed. Zero means the default. */
typedef struct lethe_export_options {
    uint32_t size_bytes;
    const char *dataset;                                           /* the folder */
    const char *output;                                            /* the folder to make */
    const char *format;                                            /* "meds", "jsonl", "arrow", "npy" */
    int (*progress)(void *context, uint64_t done, uint64_t total); /* rows; non-zero cancels */
    void *progress_context;
} lethe_export_options;

typedef struct lethe_export_result {
    uint64_t rows, patients, events; /* events: of MEDS */
} lethe_export_result;

/*
 * The rows of a dataset in another format, for those who train. The files are compared with the digests that were
 * signed; the output is not signed itself, and appears whole or not at all.
 *
 *   jsonl   SPLIT.jsonl: an object a row, the vector too
 *   npy     SPLIT.npy: float32, a vector a row; SPLIT.ids.npy: its row_id
 *   arrow   SPLIT.arrows: an Arrow IPC stream with every column
 *   meds    Medical Event Data Standard 0.4: data/, metadata/; an event a value, at the first day of index_period where
 *           that was released; outcomes are labels, so no events
 *
 * LETHE_E_ENGINE_OPTION, LETHE_E_ENGINE_DATASET, LETHE_E_VERIFY_SIGNATURE, _CHECKSUM, LETHE_E_BASE_EXISTS, _IO.
 */
LETHE_API int lethe_export(const lethe_export_options *options, lethe_export_result *ret_result, lethe_error *error);

#ifdef __cplusplus
}
#endif

#endif
