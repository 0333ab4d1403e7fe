/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TAB_H
#define PRIVACY_TAB_H

#include "base/error.h"

#include <stdint.h>

/*
 * A table of codes, as the full-domain search sees it: a column of leaf codes for each quasi-identifier, with what each
 * leaf becomes at each level, and a column of codes for each sensitive attribute. Borrowed: the caller keeps all arrays
 * alive and unchanged.
 *
 *     column.codes[row] = leaf          level 0: leaf ─► its own group (or already joined with others)
 *     column.levels[l].group[leaf]      level l: leaf ─► group; two leaves together at l stay together above l
 *     column.levels[l].leaves[group]    how many of the `domain` rows of the hierarchy lie under the group
 */
#define PRIVACY_TAB_COLUMNS_MAX   32
#define PRIVACY_TAB_LEVELS_MAX    32
#define PRIVACY_TAB_LEAVES_MAX    (1U << 24)
#define PRIVACY_TAB_ROWS_MAX      (1U << 31)
#define PRIVACY_TAB_SENSITIVE_MAX 16
#define PRIVACY_TAB_MODELS_MAX    32

typedef struct privacy_tab_level {
    const uint32_t *group;  /* of each leaf */
    const uint32_t *leaves; /* under each group */
    uint32_t group_count;
} privacy_tab_level;

typedef struct privacy_tab_column {
    const uint32_t *codes; /* of each row */
    uint32_t leaf_count, domain, level_count;
    privacy_tab_level levels[PRIVACY_TAB_LEVELS_MAX];
} privacy_tab_column;

/* A sensitive column. `tree` is its hierarchy for the hierarchical distance, level 0 the values themselves; the order
 * of its values for the ordered distance is that of their codes. */
typedef struct privacy_tab_sensitive {
    const uint32_t *codes; /* of each row */
    uint32_t value_count, tree_levels;
    const uint32_t *tree[PRIVACY_TAB_LEVELS_MAX]; /* group of each value, from fine to coarse */
} privacy_tab_sensitive;

/*
 * `chosen`: the research subset that is released out of a larger population (k-map, δ-presence), a byte a row; NULL
 * where all rows are released. `person`: a number for each row; rows of one person in one class count once; NULL where
 * every row is a person of its own.
 */
typedef struct privacy_tab {
    uint32_t rows, column_count, sensitive_count;
    privacy_tab_column columns[PRIVACY_TAB_COLUMNS_MAX];
    privacy_tab_sensitive sensitive[PRIVACY_TAB_SENSITIVE_MAX];
    const uint8_t *chosen;
    const uint32_t *person;
} privacy_tab;

/* -- what must hold --------------------------------------------------------------------------------------------------
 */

typedef enum privacy_tab_model_kind {
    PRIVACY_TAB_K,                 /* a class has at least k people */
    PRIVACY_TAB_K_MAP,             /* a class has at least k people in the population around the subset */
    PRIVACY_TAB_DISTINCT_L,        /* at least l sensitive values */
    PRIVACY_TAB_ENTROPY_L,         /* entropy of the sensitive values at least log l */
    PRIVACY_TAB_GRASSBERGER_L,     /* the same with Grassberger's estimate of the entropy (2003) */
    PRIVACY_TAB_RECURSIVE_CL,      /* largest count < c times the sum of the counts ranked l and below */
    PRIVACY_TAB_T_EQUAL,           /* earth mover's distance to the whole table at most t; equal ground distance */
    PRIVACY_TAB_T_ORDERED,         /* … ordered ground distance */
    PRIVACY_TAB_T_TREE,            /* … hierarchical ground distance */
    PRIVACY_TAB_PRESENCE,          /* share of the population's class in the subset within [a, b] */
    PRIVACY_TAB_BETA_BASIC,        /* (q - p) / p at most β for every value of the class */
    PRIVACY_TAB_BETA_ENHANCED,     /* … at most min(β, -ln p) */
    PRIVACY_TAB_DISCLOSURE,        /* |log2(q / p)| < δ for every value that stands in the class */
    PRIVACY_TAB_AVERAGE_RISK,      /* classes / rows among what is kept, at most a */
    PRIVACY_TAB_SAMPLE_UNIQUE,     /* share of rows alone in their class, at most a */
    PRIVACY_TAB_POPULATION_UNIQUE, /* estimated share of the population alone in its class, at most a */
    PRIVACY_TAB_MODEL_KINDS
} privacy_tab_model_kind;

/* δ-presence: `k` says whether a class with nobody of the subset must hold it too. It should, because its people are
 * then known not to be in the subset; ARX leaves it out where a least size of classes is asked as well. */
#define PRIVACY_TAB_PRESENCE_ALL      0
#define PRIVACY_TAB_PRESENCE_RELEASED 1

typedef struct privacy_tab_model {
    privacy_tab_model_kind kind;
    uint32_t k;         /* k or l */
    uint32_t sensitive; /* which sensitive column */
    double a, b;        /* c, t, β, δ, the threshold, the lower and the upper end; b: the population's size */
} privacy_tab_model;

/* -- what it costs ---------------------------------------------------------------------------------------------------
 */

typedef enum privacy_tab_metric_kind {
    PRIVACY_TAB_LOSS,
    PRIVACY_TAB_ENTROPY,        /* non-uniform entropy with suppression */
    PRIVACY_TAB_ENTROPY_LEVELS, /* … of the levels alone (monotone) */
    PRIVACY_TAB_PRECISION,      /* with suppression */
    PRIVACY_TAB_PRECISION_LEVELS,
    PRIVACY_TAB_DISCERNIBILITY,        /* DM */
    PRIVACY_TAB_DISCERNIBILITY_LEVELS, /* DM* */
    PRIVACY_TAB_CLASS_SIZE,            /* AECS */
    PRIVACY_TAB_HEIGHT,
    PRIVACY_TAB_METRIC_KINDS
} privacy_tab_metric_kind;

typedef enum privacy_tab_aggregate {
    PRIVACY_TAB_DEFAULT, /* Loss: geometric; entropy, height: sum; precision: mean */
    PRIVACY_TAB_GEOMETRIC,
    PRIVACY_TAB_MEAN,
    PRIVACY_TAB_SUM,
    PRIVACY_TAB_LARGEST,
    PRIVACY_TAB_RANK, /* the columns sorted, largest first, compared in that order */
    PRIVACY_TAB_AGGREGATES
} privacy_tab_aggregate;

typedef struct privacy_tab_limits {
    const privacy_tab_model *models;
    uint32_t model_count;
    double suppression; /* share of the rows that may be withheld, 0..1 */
    privacy_tab_metric_kind metric;
    privacy_tab_aggregate aggregate;
    double gs_factor;      /* 0 favours suppression, 1 generalization; 0.5 treats both alike */
    const double *weights; /* of the columns, or NULL: all 1 */
    const uint8_t *least;  /* the finest level that each column may have, or NULL */
    const uint8_t *most;   /* the coarsest, or NULL */
} privacy_tab_limits;

/* A score to compare: smaller is better. `columns` are what `total` is made of where the metric has columns. */
typedef struct privacy_tab_score {
    double total;
    uint32_t column_count;
    double columns[PRIVACY_TAB_COLUMNS_MAX];
} privacy_tab_score;

#endif
