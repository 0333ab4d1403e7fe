/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "base/error.h"
#include "record/row.h"

#include <stdint.h>

/*
 * Proves a release again from its files alone (docs/SPEC-dataset.md): what the manifest names, what each row says, and
 * that every class, sequence and set of items that the stated attacker can know is held by at least k patients. It
 * counts for itself: no line of the modules that decided is in it. Whatever stands in the files, nothing of it is in a
 * result: a failure names file, row number and column.
 */
#define VERIFY_SCHEMA_VERSION   "1.0.0"
#define VERIFY_VECTOR_SIZE      768
#define VERIFY_PATIENT_ROWS_MAX 1000 /* rows of one patient where sequences are counted */

typedef enum verify_check {
    VERIFY_CHECK_MANIFEST,  /* it is there, parses, and is of this schema version */
    VERIFY_CHECK_SIGNATURE, /* manifest.sig fits its bytes under the key that it names */
    VERIFY_CHECK_SIGNER,    /* that key is the one the caller trusts; OPEN where the caller gave none */
    VERIFY_CHECK_FILES,     /* none missing, none added */
    VERIFY_CHECK_CHECKSUMS, /* SHA-256 and size of each */
    VERIFY_CHECK_DOCUMENTS, /* plan.json and vocabulary.json are understood */
    VERIFY_CHECK_SCHEMA,    /* columns, types, order; every file can be read */
    VERIFY_CHECK_ROWS,      /* identifiers, order, snapshot numbers, unique row ids */
    VERIFY_CHECK_SPLITS,    /* a patient in one split */
    VERIFY_CHECK_VALUES,    /* the plan's level of each quasi-identifier, derived values, lists out of the vocabulary */
    VERIFY_CHECK_OUTCOMES,  /* labels are new, and observed only where follow-up reaches the horizon */
    VERIFY_CHECK_CLASSES,   /* each tuple of quasi-identifiers: k patients */
    VERIFY_CHECK_SEQUENCES, /* each ordered choice of the attacker's number of visits: k patients */
    VERIFY_CHECK_ITEMS,     /* each set of the attacker's number of list items: k patients */
    VERIFY_CHECK_SUPPORT,   /* support.bin is what the rows say */
    VERIFY_CHECK_COUNTS,    /* the manifest's and the vocabulary's counts are those of the rows */
    VERIFY_CHECK_VECTORS,   /* each vector is the function of its row; OPEN without an encoder */
    VERIFY_CHECK_COUNT,
} verify_check;

typedef enum verify_state {
    VERIFY_NOT_RUN, /* something before it failed */
    VERIFY_PASSED,
    VERIFY_FAILED,
    VERIFY_OPEN, /* what would settle it was not given */
} verify_state;

typedef struct verify_outcome {
    verify_state state;
    uint64_t counted; /* what was looked at: files, rows, tuples, sequences, sets … */
    uint64_t failures;
    lethe_error first; /* of the failures: code; file; line: row number from 1; path: column */
} verify_outcome;

typedef struct verify_result {
    bool passed; /* nothing failed, everything ran; OPEN checks do not count against it */
    bool signer_established;
    bool operators_files; /* run.json, vectors/, models/ or evaluation.* lie in the folder: not signed, not looked into
                           */
    verify_outcome checks[VERIFY_CHECK_COUNT];
    uint64_t profiles, patients;
    uint32_t k, attacker_visits, attacker_items;
    char level[32], audience[128]; /* as the manifest says */
} verify_result;

/* A row as it stands in the files. Strings end in NUL and live as long as the call. */
typedef struct verify_row {
    record_released released; /* its items are NULL: names are below */
    const char *const *values[RECORD_COLUMN_COUNT];
    const uint32_t *numbers[RECORD_COLUMN_COUNT]; /* of each value in vocabulary.json; UINT32_MAX: it is not there */
    size_t value_counts[RECORD_COLUMN_COUNT];
} verify_row;

/* encode and derived are called by several threads at once. */
typedef struct verify_hooks {
    void *context;
    /* Called for each value of vocabulary.json before the first row: its number in rows. May be NULL. */
    int (*value)(void *context, uint32_t number, record_column column, const char *name, lethe_error *error);
    /* The vector of a row. A failure counts against the row. NULL: vectors stay OPEN. */
    int (*encode)(void *context, const verify_row *row, float ret_vector[VERIFY_VECTOR_SIZE]);
    /* Whether risk_factors and comorbidity are what the released row gives. May be NULL. */
    bool (*derived)(void *context, const verify_row *row);
    /* rows so far, all rows; non-zero cancels: LETHE_E_BASE_CANCELLED. May be NULL. */
    int (*progress)(void *context, uint64_t done, uint64_t total);
} verify_hooks;

typedef struct verify_options {
    const uint8_t *public_key; /* 32 bytes that the caller trusts; NULL: the signer is not established */
    verify_hooks hooks;
    size_t threads; /* 0: base_threads_default(); the result is the same at any number */
} verify_options;

const char *verify_check_name(verify_check check); /* "manifest", "signature", … */

/* 0 when the verification could be carried out: ret_result->passed says how it went. Otherwise memory, limits, input
 * and output, or cancelled. `options` may be NULL. */
int verify_dataset(const char *folder, const verify_options *options, verify_result *ret_result, lethe_error *error);

#endif
