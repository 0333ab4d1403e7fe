/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_ANONYMIZE_H
#define LETHE_ANONYMIZE_H

#include <lethe/error.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A table of people, generalized column by column until every model of the specification holds, with the least loss
 * that any such generalization has. docs/SPEC-anonymize.md has the specification, the models, the metrics and the
 * files.
 */
typedef struct lethe_anonymize_options {
    uint32_t size_bytes;
    const char *input; /* a CSV file, plain or compressed; "-" is standard input */
    const char *spec;  /* JSON or YAML */
    size_t spec_size;
    const char *spec_folder; /* files that the specification names are relative to it; NULL: the working folder */
    const char *output;      /* a folder to make; NULL: only the plan is looked for */
    double seconds;          /* for the search; 0: what the specification says, else until the best plan is proved */
    uint32_t runners;        /* next-best plans to tell of, up to 16 */
    int (*cancelled)(
        void *context); /* asked now and then; non-zero ends the search with the best so far. May be NULL */
    void *context;
} lethe_anonymize_options;

#define LETHE_ANONYMIZE_COLUMNS_MAX 32
#define LETHE_ANONYMIZE_RUNNERS_MAX 16

/* A plan: a level for each quasi-identifier, in the order of the file. */
typedef struct lethe_anonymize_plan {
    unsigned char levels[LETHE_ANONYMIZE_COLUMNS_MAX];
    double score;
    uint64_t withheld_rows, classes; /* classes that are released */
} lethe_anonymize_plan;

typedef struct lethe_anonymize_column {
    const char *name;
    uint32_t level, level_count;
    double cost;      /* of the column in the plan, by the metric, without its weight; 0 where the metric has none */
    double cost_down; /* what the score would be with the column one level finer, if that held; 0 at the finest */
} lethe_anonymize_column;

typedef struct lethe_anonymize_result {
    uint64_t input_rows, released_rows, withheld_rows;
    uint64_t smallest_class;           /* people in the smallest released class */
    double highest_risk, average_risk; /* of the released rows: 1 / smallest class, classes / people */
    bool proved;                       /* no plan that holds has a lesser score */
    double bound;                      /* no plan that holds has a score below this */
    double lattice;                    /* how many plans there are */
    uint64_t evaluated;                /* how many were looked at */
    lethe_anonymize_plan plan;
    uint32_t column_count, runner_count;
    const lethe_anonymize_column *columns;
    const lethe_anonymize_plan *runners; /* the next best of those looked at, best first */
    const char *metric;
    const char *json; /* all of this as one JSON object */
} lethe_anonymize_result;

/*
 * Errors: LETHE_E_JSON_CONFIG, LETHE_E_ENGINE_OPTION (the specification, with line and path), LETHE_E_TABLE_CSV_*,
 * LETHE_E_TABLE_COLUMN, LETHE_E_TABLE_LEVELS_* and LETHE_E_PRIVACY_VALUE (file, row and column),
 * LETHE_E_PRIVACY_OPTION, LETHE_E_PRIVACY_NO_PLAN where no plan holds, LETHE_E_BASE_*. The result is freed by
 * lethe_anonymize_free.
 */
LETHE_API int lethe_anonymize(const lethe_anonymize_options *options, lethe_anonymize_result **ret_result,
                              lethe_error *error);
LETHE_API void lethe_anonymize_free(lethe_anonymize_result *result); /* NULL-safe */

#ifdef __cplusplus
}
#endif

#endif
