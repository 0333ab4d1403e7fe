/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_ERASE_H
#define LETHE_ERASE_H

#include <lethe/error.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LETHE_ERASE_IDS_MAX 100000

typedef enum lethe_erase_phase {
    LETHE_ERASE_PROVING,  /* the dataset, before anything is touched */
    LETHE_ERASE_COUNTING, /* what the rules take besides */
    LETHE_ERASE_WRITING,
    LETHE_ERASE_INDEXING,
} lethe_erase_phase;

/* Strings are borrowed. Zero means the default. */
typedef struct lethe_erase_options {
    uint32_t size_bytes;
    const char *dataset;    /* the folder */
    const char *key_file;   /* the project's that made it */
    const char *const *ids; /* anon_… */
    size_t id_count;        /* 1 … LETHE_ERASE_IDS_MAX; the same id twice counts once */
    uint32_t threads;       /* default: processors of this process; the result is the same at any number */
    int (*progress)(void *context, lethe_erase_phase phase, uint64_t done, uint64_t total); /* non-zero cancels */
    void *progress_context;
} lethe_erase_options;

/* Exact figures for the owner: they stand in run.json too, and nowhere else in the dataset. */
typedef struct lethe_erase_result {
    uint64_t patients_erased, visits_erased;     /* of the ids */
    uint64_t patients_withheld, visits_withheld; /* besides: fewer than k people are like them now */
    uint64_t items_withheld, patients_changed;   /* list items that fell, counted a person each; who lost some */
    uint64_t values_withheld;                    /* values of the lists that nobody has any more */
    uint64_t visits_changed;
    uint64_t patients, visits; /* left */
    int finished_only;   /* nothing else was to do: an erasure that was interrupted had come so far that its last files
                            were to be removed, and this was done now */
    char leftover[1024]; /* the folder that an interrupted erasure had left, removed now; "" */
    int index_built;
    double seconds;
} lethe_erase_result;

/*
 * Makes the dataset anew without the patients: afterwards nothing of them is in any file of it. What fewer than k of
 * the remaining people are like falls with them; models/ and the evaluation, which were fitted on them, are deleted;
 * the manifest is signed anew. The folder is the old dataset or the new one at every moment, whatever interrupts this
 * call; called again, it finishes. Whoever kept a copy of the old one sees the difference.
 *
 * Errors, after which nothing has changed: LETHE_E_ENGINE_OPTION (path: the option; `line`: which id, from 1),
 * LETHE_E_ENGINE_NOBODY (`line`: which id, from 1; but where an interrupted erasure had left files, ids that are not
 * there are passed over, since it may have taken them), LETHE_E_ENGINE_KEY, LETHE_E_VERIFY_* and LETHE_E_TABLE_* where
 * the dataset does not prove itself, LETHE_E_ENGINE_DATASET where it is of another version, LETHE_E_ENGINE_LOCKED and
 * LETHE_E_VECTOR_LOCKED, LETHE_E_PRIVACY_TOO_FEW and _NO_PLAN where nobody could be released any more. LETHE_E_BASE_IO
 * with the name of a hidden folder beside the dataset: the erasure is done, but that folder, with the old files, could
 * not be removed.
 */
LETHE_API int lethe_erase(const lethe_erase_options *options, lethe_erase_result *ret_result, lethe_error *error);

#ifdef __cplusplus
}
#endif

#endif
