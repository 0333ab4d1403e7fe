/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_VERIFY_H
#define LETHE_VERIFY_H

#include <lethe/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LETHE_CHECKS_MAX 64

typedef struct lethe_check {
    const char *name;    /* "manifest", "signature", "checksums", … */
    int passed;          /* 1 passed, 0 failed, -1 could not be made */
    uint64_t counted;    /* what it looked at */
    lethe_error trouble; /* the first failure: file, row in `line`, column in `path` */
} lethe_check;

typedef struct lethe_verify_options {
    uint32_t size_bytes;
    const char *public_key; /* base64, from the publisher by another way; NULL: the signer is not established */
    int (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
    uint32_t threads; /* 0: processors of this process; the result is the same at any number */
} lethe_verify_options;

typedef struct lethe_verify_result {
    size_t check_count;
    lethe_check checks[LETHE_CHECKS_MAX];
    int signer_established;
    int operators_files; /* run.json, vectors/, models/ or evaluation.* lie there: not signed */
    uint64_t rows, patients;
    uint32_t k, attacker_visits, attacker_items;
    char level[32], audience[128];
} lethe_verify_result;

/* Re-proves a dataset from its files alone. 0 where every check passed; else the error of the first that failed. */
LETHE_API int lethe_verify(const char *folder, const lethe_verify_options *options, lethe_verify_result *ret_result,
                           lethe_error *error);

#ifdef __cplusplus
}
#endif

#endif
