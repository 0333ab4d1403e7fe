/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_RISK_H
#define PRIVACY_RISK_H

#include "privacy/split.h"
#include "privacy/uniqueness.h"

/*
 * What attackers get who know the quasi-identifiers of somebody and look for their row:
 *
 *   prosecutor  knows that the person is in the table: 1/f, f being how many people look alike there
 *   journalist  knows it of somebody in the population only: 1/F, F counted in the population or estimated
 *   marketer    wants as many as possible: the share expected right when everybody is guessed
 *
 * Elliot and Dale 1999; El Emam, "Guide to the De-Identification of Personal Health Information" 2013. A person with
 * several rows is as safe as the rarest of them. Whoever has no person column has a person a row.
 */
typedef struct privacy_rate {
    uint64_t hits, trials;
    double rate;
    double upper; /* of Wilson's two-sided 95 % interval (Wilson 1927): 0 seen is not 0 */
} privacy_rate;

privacy_rate privacy_rate_of(uint64_t hits, uint64_t trials);

/* Sizes below which a class counts as a risk, and where they come from. */
typedef struct privacy_threshold {
    uint32_t cell; /* fewer people than that look alike */
    double risk;   /* as it is usually quoted: 1 / cell, cut */
    const char *source;
} privacy_threshold;

#define PRIVACY_THRESHOLD_COUNT 4
extern const privacy_threshold PRIVACY_THRESHOLDS[PRIVACY_THRESHOLD_COUNT];

/* One attacker. */
typedef struct privacy_attacker {
    double highest, average;                       /* over people */
    privacy_rate at_risk[PRIVACY_THRESHOLD_COUNT]; /* people in classes below the cell */
} privacy_attacker;

typedef struct privacy_risk_input {
    uint32_t row_count, column_count;
    const uint32_t *const *codes; /* [column][row] */
    const uint32_t *value_counts;
    const uint32_t *person; /* of a row, below person_count; NULL: each row is a person */
    uint32_t person_count;
    const uint32_t *stars; /* of a column: the code that matches anything; UINT32_MAX: none. NULL: no column has one */

    /* At most one of the two: a table of the population in the same codes, or its size. */
    uint32_t population_rows;
    const uint32_t *const *population_codes;
    const uint32_t *population_person;
    uint32_t population_person_count;
    uint64_t population_size; /* 0: not known */
} privacy_risk_input;

typedef struct privacy_risk {
    uint64_t people, classes, smallest; /* smallest: people of the smallest class */
    uint64_t rows_with_stars;
    privacy_rate uniques; /* people alone in one of their classes */
    privacy_attacker prosecutor, journalist;
    bool journalist_known, journalist_counted; /* counted in a population, else estimated from its size */
    uint64_t classes_not_in_population;        /* of the table: then the population is none of it */
    double marketer;
    bool uniqueness_known;
    privacy_uniqueness uniqueness; /* of the population */
} privacy_risk;

/* LETHE_E_PRIVACY_OPTION (path: population) where the population is smaller than the table; LETHE_E_BASE_LIMIT where
 * stars stand in more than PRIVACY_STAR_PATTERNS_MAX patterns. */
#define PRIVACY_STAR_PATTERNS_MAX 1024
int privacy_risk_measure(const privacy_risk_input *input, privacy_risk *ret_risk, lethe_error *error);

/*
 * Sizes of classes where a suppressed cell matches anything: ret_sizes[class] is how many people have a row that fits.
 * People who fit in several ways are counted once a pattern of stars, and the largest pattern's count holds: never more
 * than there are. At most 64 columns.
 */
int privacy_wildcard_sizes(const privacy_risk_input *input, const uint32_t *of, uint32_t class_count,
                           uint32_t *ret_sizes, lethe_error *error);

#endif
