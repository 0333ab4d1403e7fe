/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_RUN_H
#define LETHE_RUN_H

#include <lethe/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where named bytes are: NULL is the file system. Other places come with the data-lake capability. */
typedef struct lethe_io lethe_io;

typedef enum lethe_phase {
    LETHE_PHASE_READ,   /* units: bytes of the input files */
    LETHE_PHASE_MAP,    /* units: partitions */
    LETHE_PHASE_DECIDE, /* units: nodes of the lattice looked at */
    LETHE_PHASE_APPLY,  /* units: partitions */
    LETHE_PHASE_REPORT,
} lethe_phase;

typedef struct lethe_progress {
    lethe_phase phase;
    uint64_t done, total; /* total 0: unknown */
} lethe_progress;

/*
 * One run: identifiable records in, a released dataset out. Zero means the default named behind each member. Strings
 * are borrowed for the call.
 */
typedef struct lethe_run_options {
    uint32_t size_bytes; /* sizeof(lethe_run_options): lets the struct grow */
    const char *input;   /* folder, file or "-" */
    const char *output;  /* folder to make; it must not exist */
    const char *key_file;
    const char *level;              /* "standard" (default), "internal", "external" */
    const char *snapshots;          /* "visits" (default), "yearly", "latest": no later visit, so no outcomes;
                                       "followed" (default at external): the latest that was followed to the horizon */
    const char *as_of;              /* YYYY-MM-DD: nothing later is known; default: end of the latest month in which at
                                       least k patients have events */
    const char *audience;           /* who the dataset is for; default "unnamed" */
    const char *dataset_name;       /* default: the last part of `output` */
    const char *patient_identifier; /* identifier system that names people; default: Patient.id */
    const char *temporary_folder;   /* for encrypted spill; default: the run's hidden folder beside `output` */
    uint32_t k;                     /* people; default 5 (external: 11, the least there) */
    uint32_t attacker_visits;       /* visits the attacker knows, in order; default 2 (internal: 1; external: 1, since
                                       nobody has more) */
    uint32_t attacker_items;        /* list items the attacker knows; default 2 (internal: 1) */
    uint32_t horizon_months;        /* of outcomes; default 12 */
    uint32_t plan_seconds;          /* time to look for a plan; default 600 */
    uint32_t threads;               /* default: processors of this process */
    double suppression_limit;       /* share of rows; default 0.2 */
    double beta; /* at external: how much likelier a sensitive item may be in a class than over all; default 2 */
    uint64_t memory_bytes;          /* default 1 GiB */
    uint8_t strict;                 /* a record that cannot be used stops the run */
    uint8_t resume;                 /* go on with what an interrupted run into `output` left, and leave the same when
                                       this one is interrupted; begins anew where nothing was left */
    uint8_t no_vectors;     /* leave out vectors/, the index that lethe_search needs; lethe_index_build makes it */
    uint8_t raw_ceiling;    /* also measure what anonymization cost the predictions, on a sample of some 10,000 people,
                               into the report: up to 300 MB beside memory_bytes, and minutes */
    uint8_t frontier;       /* also find what the levels keep at k of 5, 11 and 20, into the report: six more plans */
    uint32_t checkpoint_ms; /* how often a run notes how far it is; default 30000 */
    /* Non-zero cancels. Called by one thread at a time, not always the caller's. */
    int (*progress)(void *context, const lethe_progress *progress);
    void *progress_context;
} lethe_run_options;

#define LETHE_WITHHELD_CODES_MAX 32

/* Records that could not be used for one reason. */
typedef struct lethe_withheld {
    uint64_t records;
    lethe_error first; /* the reason, and the place of the first by file and line */
} lethe_withheld;

/* Different values of a kind: in the visits that were released before the list rule, and still held by somebody. */
typedef struct lethe_values {
    uint64_t read, released;
} lethe_values;

/* A value that the list rule took from everybody. */
typedef struct lethe_gone {
    const char *column, *name; /* constant text of the vocabulary */
    uint64_t people;           /* who had it: for the owner of the data, not for the release */
} lethe_gone;

#define LETHE_GONE_MAX 5

typedef struct lethe_run_result {
    uint64_t records_read, records_withheld; /* resources or flat records */
    uint64_t patients_read, patients_released;
    uint64_t patients_without_visits;      /* read, but with no visit that is dated by `as_of` */
    uint64_t visits_read, visits_released; /* snapshots before and after suppression */
    uint64_t bytes_read, bytes_spilled;
    double information_kept;                            /* 1 - Loss over the QIs */
    double items_kept;                                  /* share of list items that the list rule left */
    lethe_values categories, concepts, flags, outcomes; /* of the list columns; risk factors are derived afterwards */
    size_t gone_count; /* of `gone`: those that most people had first, none of fewer than report.json would name */
    lethe_gone gone[LETHE_GONE_MAX];
    double similarity_spearman; /* released vectors against the same encoder before the gate; NaN: too few patients */
    /* hit@3 of a sample before the gate, for outcomes that stayed, and released: of conditions where there are some,
     * else of categories; NaN: not asked for, or too few patients (report.json has the rest). */
    double raw_hit, released_hit;
    /* Share of the usable entries with a code or text that have a concept, no catch-all. */
    double condition_coverage, medication_coverage;
    uint64_t resumed; /* how often the run was interrupted and went on */
    double seconds;
    char statement[512]; /* what is guaranteed, in one sentence */
    char as_of[16];      /* YYYY-MM-DD; "" where it was not reached */
    size_t withheld_count;
    lethe_withheld withheld[LETHE_WITHHELD_CODES_MAX]; /* records_withheld by reason, in the order of codes */
} lethe_run_result;

/*
 * Returns 0 with a complete dataset at `output` (records_withheld says whether records were left out), or an error and
 * no output at all; then `ret_result` accounts for what was read: records, what was withheld and why, patients; the
 * rest is zero. Errors: LETHE_E_ENGINE_*, LETHE_E_PRIVACY_NO_PLAN, _LATE, _TOO_FEW, LETHE_E_CRYPT_KEY_*,
 * LETHE_E_BASE_*.
 */
LETHE_API int lethe_run(const lethe_run_options *options, const lethe_io *io, lethe_run_result *ret_result,
                        lethe_error *error);

#ifdef __cplusplus
}
#endif

#endif
