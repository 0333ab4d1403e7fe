/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TAB_ENGINE_H
#define PRIVACY_TAB_ENGINE_H

#include "privacy/tab_people.h"
#include "privacy/tab_view.h"

/*
 * What the search asks at every node, and what it may conclude for other nodes. Notions used throughout:
 *
 *   withheld  rows of classes that fail a model: a node holds if they are at most the limit
 *   doomed    withheld rows that are withheld at every finer node too. For a class that is too small, or has too few
 *             sensitive values, that is so: its parts have no more. (Not for distances: a part may be closer.)
 *   hopeless  no node at or below this one holds: more doomed rows than the limit; or, where nothing may be withheld
 * and every model survives the joining of classes, any class that fails
 */

/* What a sensitive column is measured against. */
typedef struct tab_whole {
    uint64_t *count; /* of each value in the whole table */
    uint64_t total;
    uint32_t *tree[PRIVACY_TAB_LEVELS_MAX]; /* the column's, groups numbered below the count of values */
    uint32_t *need;                         /* a row with the value is lost in any class of fewer people */
} tab_whole;

typedef struct tab_scratch {
    uint32_t *start, *order;          /* tuples of class i: order[start[i] .. start[i + 1]) */
    uint32_t *people, *around, *rows; /* of each class in use */
    uint8_t *verdict;
    uint32_t held;
    uint32_t *count[PRIVACY_TAB_SENSITIVE_MAX];  /* of each value in one class; zero between calls */
    uint32_t *values[PRIVACY_TAB_SENSITIVE_MAX]; /* the values of one class */
    uint32_t *lost;                              /* tuples of classes that fail */
    uint32_t lost_held, lost_count;
    uint8_t *tally; /* of each class number; zero between calls */
    uint64_t tally_held;
    uint32_t *histogram; /* of one column */
    uint64_t *stamp;     /* of each person */
    uint64_t stamps;
    uint32_t *ranked, value_room;
    int64_t *flow; /* of the hierarchical distance */
} tab_scratch;

typedef struct tab_engine {
    tab_frame frame;
    tab_view root;
    tab_people people;         /* where the table names people: then only the root is looked through */
    privacy_tab_limits limits; /* aggregate resolved; arrays borrowed */
    uint32_t rows;             /* that count: to release */
    uint32_t allowed;          /* rows that may be withheld */
    bool only_k;               /* every model is a size: the fast way */
    bool falls;                /* no finer node withholds fewer rows: sizes, distinct values and shares of the sample */
    bool closed;               /* every model survives the joining of classes */
    bool by_sample;            /* some model is of the sample as a whole */
    uint32_t k;                /* the least size of a class that any model lets pass */
    double g, s;               /* weights of generalization and suppression */
    uint32_t *group_rows[PRIVACY_TAB_COLUMNS_MAX]; /* of each group of level 0 */
    uint64_t *leaves[PRIVACY_TAB_COLUMNS_MAX];     /* of each level: leaves under the value, summed over the rows */
    double *entropy[PRIVACY_TAB_COLUMNS_MAX];      /* of each level: the bits that it loses, without gs */
    tab_whole whole[PRIVACY_TAB_SENSITIVE_MAX];
    tab_groups groups;
    tab_scratch scratch;
    uint64_t evaluated; /* nodes looked at */
} tab_engine;

int tab_engine_init(tab_engine *engine, const privacy_tab *tab, const privacy_tab_limits *limits, lethe_error *error);
void tab_engine_done(tab_engine *engine);

/* -- a node -----------------------------------------------------------------------------------------------------------
 */

/* Least costs of the columns at or above a node's levels, given what is doomed at a coarser one: for bounds. */
typedef struct tab_floor {
    double *cost[PRIVACY_TAB_COLUMNS_MAX]; /* of each level from `base` on; NULL where the metric has no columns */
    uint32_t doomed;
} tab_floor;

typedef struct tab_node {
    uint8_t levels[PRIVACY_TAB_COLUMNS_MAX];
    uint32_t withheld, doomed; /* rows */
    uint32_t classes, kept;    /* all, and those that are released */
    bool holds, hopeless;
    privacy_tab_score score;
    uint64_t squares_kept, squares_all; /* sums of squared sizes in rows */
} tab_node;

/* group_rows: the rows of the root's tuples, column by column. */
int tab_node_marginals(tab_engine *engine, lethe_error *error);

/* Looks at the node through `view`. Where `floor` is given and the node is not hopeless, its costs are filled for the
 * levels from the view's to the node's. */
int tab_node_at(tab_engine *engine, const tab_view *view, const uint8_t *levels, tab_floor *floor, tab_node *ret_node,
                lethe_error *error);

/* -- classes, for models and for whoever writes the result
 * -------------------------------------------------------------
 */

typedef enum tab_verdict {
    TAB_KEPT = 0,
    TAB_WITHHELD = 1,
    TAB_DOOMED = 2, /* withheld, and so are its parts */
} tab_verdict;

typedef struct tab_classes {
    uint32_t count;
    const uint32_t *start, *order, *people, *around, *rows;
    uint8_t *verdict;
    bool impossible; /* people outside of the subset are in a class that fails: nothing can be withheld of it */
} tab_classes;

/* Classes of the node and the verdict of every model on each. Valid until the next call. */
int tab_classes_at(tab_engine *engine, const tab_view *view, const uint8_t *levels, tab_classes *ret_classes,
                   lethe_error *error);

/* What the models say of class `i`, and of its parts. */
tab_verdict tab_models_judge(tab_engine *engine, const tab_view *view, const tab_classes *classes, uint32_t i);
int tab_models_init(tab_engine *engine, lethe_error *error);
/* Raises engine->k and the needs of the values to what the model asks of sizes. */
int tab_model_least_sizes(tab_engine *engine, const privacy_tab_model *model, lethe_error *error);
void tab_models_done(tab_engine *engine);
bool tab_model_survives_joining(const privacy_tab_model *model, bool people);

/* Withholds further classes, smallest first, until the thresholds on the whole sample hold. */
int tab_sample_withhold(tab_engine *engine, const tab_view *view, const uint8_t *levels, tab_classes *classes,
                        lethe_error *error);

double tab_distance_equal(const tab_whole *whole, const uint32_t *counts, const uint32_t *values, uint32_t value_count,
                          uint64_t size);
double tab_distance_ordered(const tab_whole *whole, const uint32_t *counts, uint32_t all_values, uint64_t size);
double tab_distance_tree(const privacy_tab_sensitive *sensitive, const tab_whole *whole, const uint32_t *counts,
                         uint64_t size, int64_t *flow);

/* -- scores -----------------------------------------------------------------------------------------------------------
 */

int tab_score_init(tab_engine *engine, lethe_error *error);
void tab_score_done(tab_engine *engine);
bool tab_score_has_columns(const tab_engine *engine);

/* What column c costs at `level` when `lost` rows are withheld; `leaves`: under their values there, summed;
 * `spread`: sum over the groups of withheld rows of n log2(N / n). */
double tab_score_column(const tab_engine *engine, uint32_t column, uint32_t level, uint32_t lost, uint64_t leaves,
                        double spread);
void tab_score_join(const tab_engine *engine, privacy_tab_score *score);
void tab_score_of_classes(const tab_engine *engine, tab_node *node);

/* Below zero where a is better. */
int tab_score_compare(const tab_engine *engine, const privacy_tab_score *a, const privacy_tab_score *b);

/* Whether a score that is bounded from below by `bound` is certainly worse than `best`: rounding is allowed for. */
bool tab_score_worse(const tab_engine *engine, const privacy_tab_score *bound, const privacy_tab_score *best);

/* The figure that is printed: the aggregate itself. */
double tab_score_figure(const tab_engine *engine, const privacy_tab_score *score);

#endif
