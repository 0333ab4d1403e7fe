/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_RISK_H
#define LETHE_RISK_H

#include <lethe/csv.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How well attackers who know the quasi-identifiers find people in a table, under three models, and which columns help
 * them. Formulas and their sources: docs/SPEC-risk.md. Zero means the default named behind each member.
 */
typedef struct lethe_risk_options {
    uint32_t size_bytes;
    const lethe_csv *input;
    const char *const *qi; /* names of the columns that an attacker knows */
    size_t qi_count;
    const char *person; /* column that says whose a row is; default: each row is a person */
    const lethe_csv
        *population; /* the people among whom a journalist looks: the same columns; or one of the next two */
    uint64_t population_size;
    double sampling_fraction;
    const char *star;     /* what a suppressed cell holds, which then matches anything; default "*", "" for none */
    uint32_t subset_size; /* sets of columns up to that size; default: as many as 4,096 sets allow */
    uint8_t no_subsets;
} lethe_risk_options;

typedef struct lethe_rate {
    uint64_t hits, trials;
    double rate;
    double upper; /* 95 % (Wilson): 0 seen is not 0 */
} lethe_rate;

#define LETHE_RISK_THRESHOLDS 4 /* cells of 3, 5, 11 and 20 */

typedef struct lethe_attacker {
    double highest, average;
    lethe_rate at_risk[LETHE_RISK_THRESHOLDS]; /* people in classes smaller than the cell */
} lethe_attacker;

typedef struct lethe_column_set {
    const char *columns; /* with commas between */
    uint32_t size;
    uint64_t classes;
    double distinction, separation;
    uint64_t alone, minimal; /* rows that it singles out; rows of which it is a minimal unique */
} lethe_column_set;

typedef struct lethe_column_risk {
    const char *column;
    double contribution; /* share of the score of minimal uniques that has this column in it */
    double distinction, separation;
} lethe_column_risk;

typedef struct lethe_risk_result {
    const char *encoding; /* of the input: "ascii", "utf-8" or "latin-1" */
    char separator;
    uint64_t rows, people, classes, smallest, rows_with_stars;
    lethe_rate uniques;
    lethe_attacker prosecutor, journalist;
    uint8_t journalist_known, journalist_counted;
    uint64_t classes_not_in_population;
    double marketer;
    uint8_t uniqueness_known;
    double pitman, zayatz, snb, dankar; /* shares of the population; negative: does not converge */
    const char *dankar_model;           /* "pitman", "zayatz", "snb" or "none" */
    uint32_t threshold_cells[LETHE_RISK_THRESHOLDS];
    double threshold_risks[LETHE_RISK_THRESHOLDS];
    const char *threshold_sources[LETHE_RISK_THRESHOLDS];
    uint32_t subset_size; /* largest set that was looked at; 0: none */
    size_t set_count, column_count;
    const lethe_column_set *sets; /* by size, then in the order of columns */
    const lethe_column_risk *columns;
    uint64_t minimal; /* rows that some set of at most subset_size columns singles out */
    const char *json; /* all of it */
} lethe_risk_result;

/*
 * LETHE_E_PRIVACY_OPTION (path: qi, population, sampling-fraction, subset-size), LETHE_E_TABLE_*, LETHE_E_BASE_*.
 * The result is freed by lethe_risk_free.
 */
LETHE_API int lethe_risk(const lethe_risk_options *options, lethe_risk_result **ret_result, lethe_error *error);
LETHE_API void lethe_risk_free(lethe_risk_result *result); /* NULL-safe */

#ifdef __cplusplus
}
#endif

#endif
