/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/buf.h"

/*
 * What a release says about itself: plain values that the engine fills, and the two documents that are written from
 * them. The caller owns the model; strings and arrays are borrowed for the call. A NULL string or an empty array is
 * "nothing to say" and its part of the page is left out; NAN is "not measured" and is written as null and as a dash.
 *
 * Where a number comes from decides how exactly it may be said (docs/SPEC-report.md):
 *
 *   COUNT   taken from the released rows: exact. Anyone can count it again.
 *   SHARE   taken from the released rows: 0..1, written to a tenth of a per cent.
 *   RATE    knows the input: 0..1, written to 1 %. The caller gives what it has; the writers round, so that no figure
 *           of the input can leave more exactly by mistake. Counts of the input have no field here. report_rate_of
 *           makes none of few: that one of three fell says who came in.
 *   BAND    knows the input and a group of it: 0..1, written to the nearest tenth.
 *
 * Both documents are functions of the model alone: no clock, no locale, no libm.
 */

typedef enum report_split {
    REPORT_TRAIN,
    REPORT_VALIDATION,
    REPORT_TEST,
    REPORT_SPLIT_COUNT,
} report_split;

typedef struct report_size {
    uint64_t people, visits; /* COUNT */
} report_size;

/* One quasi-identifier under the plan. */
typedef struct report_qi {
    const char *name;            /* of the plan: "age_group" */
    uint32_t level, level_count; /* 0 the finest; level_count - 1 withheld */
    const char *level_label;     /* "8 bands" */
    double kept;                 /* RATE: information kept */
} report_qi;

/* A bucket of a histogram: names like "10–19" are made here. */
typedef struct report_bucket {
    uint64_t low, high; /* both included; high UINT64_MAX: and more */
    uint64_t count;     /* COUNT */
} report_bucket;

/* The visits of one group of people: whether it lost more than others. */
typedef struct report_group {
    const char *qi, *group; /* "pregnancy_status", "pregnant" */
    double withheld;        /* BAND; NAN: few people or nobody */
} report_group;

/* A value of a list column that nobody has any more though more than few people had it. */
typedef struct report_gone {
    const char *column, *name;
} report_gone;

/* One list column under the list rule. */
typedef struct report_list {
    const char *name;        /* of the column: "history_concepts" */
    double kept;             /* RATE: items kept, over all people */
    uint64_t distinct;       /* COUNT: different items in the released rows */
    double distinct_dropped; /* RATE: of the different items of the input, those that nobody has any more */
} report_list;

/*
 * What an attacker who knows so much of one person of the release gets, measured on the released rows. The control is
 * the same attack on facts that belong to no one (report_model.control_meaning says which).
 */
typedef struct report_attacker {
    const char *description; /* "3 visits, in order" */
    uint32_t visits, items;  /* known; 0 none, UINT32_MAX all */
    uint64_t trials;         /* COUNT */
    double below_k;          /* SHARE: between 1 and k - 1 people fit */
    double unique;           /* SHARE: exactly one fits */
    double below_k_bound;    /* SHARE: upper end of the 95 % interval of below_k; NAN: every case was counted */
    double control;          /* SHARE: below_k of the control */
    bool guaranteed;         /* the level rules it out: below_k must be 0, and the page shouts if it is not */
} report_attacker;

/* How much of one domain's input the vocabulary understood. */
typedef struct report_coverage {
    const char *name;          /* "Condition" */
    double occurrences, codes; /* RATE: of occurrences, of distinct codes */
} report_coverage;

#define REPORT_STRATA 4 /* of raw likeness: 0, (0, .1), [.1, .3), [.3, 1] */

typedef struct report_stratum {
    uint64_t pairs;
    double spearman;
} report_stratum;

/* The fields of embed_agreement (embed/similarity.h) that are said. */
typedef struct report_agreement {
    bool measured;
    uint64_t pairs, queries;
    double spearman;                /* -1..1, written to .01, as the overlaps are */
    double overlap_10, overlap_100; /* mean share of the nearest 10 and 100 that both name */
    double control_spearman, control_overlap_10, control_overlap_100;
    report_stratum strata[REPORT_STRATA];
} report_agreement;

typedef struct report_entry {
    const char *name;
    uint64_t count; /* COUNT */
} report_entry;

/* Counts by value, in the caller's order. */
typedef struct report_distribution {
    const char *id;    /* a name for report.json, lower case: "age_group" */
    const char *title; /* "Age" */
    const char *unit;  /* what is counted: "visits" or "people" */
    uint64_t total;    /* of which each count is a share; 0: no shares */
    bool ordered;      /* values have an order of their own (ages): drawn side by side */
    const report_entry *entries;
    size_t entry_count;
} report_distribution;

/* Counts by two values: cell (row, column) is counts[row * column_count + column]. */
typedef struct report_grid {
    const char *id, *title, *unit;
    const char *const *row_names, *const *column_names;
    size_t row_count, column_count;
    const uint64_t *counts;
} report_grid;

/*
 * How well a sample's rows predict before the gate, and what was released of the same people: figures of the same
 * course, each with its 95 % interval over patients. RATE; NAN where it is of few or does not exist.
 */
typedef struct report_span {
    double value, low, high;
} report_span;

enum { REPORT_HIT, REPORT_PRECISION, REPORT_RECALL, REPORT_ECE, REPORT_SPANS };
#define REPORT_TRIAL_LEVELS 2 /* conditions, categories of them */

typedef struct report_trial {
    const char *method; /* "logistic" */
    report_span spans[REPORT_TRIAL_LEVELS][REPORT_SPANS];
} report_trial;

typedef struct report_ceiling {
    bool wanted, measured;
    uint64_t test_people; /* COUNT: released, in the sample and followed */
    report_trial raw, kept, released; /* kept: raw, but for the outcomes that nobody has any more */
} report_ceiling;

/* One guarantee and what it would keep of the same people. RATE, spearman as in report_agreement; NAN: not measured. */
typedef struct report_guarantee {
    const char *level; /* "internal" */
    uint32_t k, visits, items;
    bool chosen, found; /* it is this release's; there is a plan */
    double information_kept, visits_withheld, items_kept, spearman;
    double unique_visits, unique_history, unique_items; /* found for sure: by 3 visits, all, one and 2 items */
} report_guarantee;

#define REPORT_GUARANTEES_MAX 6

typedef struct report_frontier {
    bool wanted;
    size_t count;
    report_guarantee rows[REPORT_GUARANTEES_MAX];
} report_frontier;

typedef struct report_check {
    const char *text;
    bool passed;
} report_check;

typedef struct report_model {
    /* what it is */
    const char *dataset_name, *audience;
    const char *created_at, *created_at_from; /* "2024-05-31"; "the end of the latest month in which …" */
    const char *level, *snapshots;            /* "standard"; "visits" */
    uint32_t k, attacker_visits, attacker_items, horizon_months;
    const char *statement; /* one sentence: what is guaranteed */
    const char *schema_version, *anonymization_version, *vocabulary_version, *embedding_model;
    const char *key_id; /* short fingerprint of the public key */
    bool erased;        /* people were erased since it was first made: what compares with the input is left out */

    /* how much */
    report_size released, splits[REPORT_SPLIT_COUNT];
    double visits_withheld, people_withheld; /* RATE, of what came in with a usable visit */
    const report_group *groups;
    size_t group_count;

    /* what the plan did */
    const report_qi *qis;
    size_t qi_count;
    double information_kept;          /* RATE, over all QIs, withheld rows charged */
    const char *other_level;          /* "internal" where this is standard */
    double other_level_kept;          /* RATE: what it would have kept */
    double suppression_limit;         /* of the visits; the caller's option */
    const report_bucket *class_sizes; /* COUNT: classes by the number of their people */
    size_t class_size_count;
    uint64_t class_count, class_size_min; /* COUNT */
    double items_kept;                    /* RATE, over all list columns */
    const report_list *lists;
    size_t list_count;
    const report_gone *gone; /* in an order that tells no counts */
    size_t gone_count;
    uint32_t people_floor; /* fewer people than this are few: nothing is said of them */

    /* what attackers get */
    const report_attacker *attackers;
    size_t attacker_count;
    const char *control_meaning; /* "facts of people drawn at random …" */

    /* what it is good for */
    report_agreement before_gate; /* released vectors against the same encoder before the gate */
    report_agreement raw_codes;   /* released vectors against raw code sets */
    report_agreement raw_ceiling; /* vectors before the gate against raw code sets: no gate can do better */
    report_frontier frontier;     /* left out where it was not asked for, as the next */
    report_ceiling ceiling;       /* of predictions; left out where it was not asked for */
    const report_coverage *coverage;
    size_t coverage_count;
    double outcomes_observed; /* SHARE of released visits with full follow-up */
    double prediction_ready;  /* SHARE of released visits */
    const report_distribution *distributions;
    size_t distribution_count;
    const report_grid *grids;
    size_t grid_count;

    /* what stands behind it */
    const report_check *checks;
    size_t check_count;
    const char *const *limits; /* sentences: what was not checked, what to beware of */
    size_t limit_count;
} report_model;

#define REPORT_RATE_OF_MIN 20

/* The RATE of a part of the input; NAN where the whole is so small that it would tell of somebody. */
double report_rate_of(uint64_t part, uint64_t whole);

/* Appends report.json, report.html. Text that is not UTF-8, or has control characters, is replaced character by
 * character (U+FFFD). Fails as `out` does: LETHE_E_BASE_MEMORY, LETHE_E_BASE_LIMIT. */
int report_write_json(const report_model *model, base_buf *out, lethe_error *error);
int report_write_html(const report_model *model, base_buf *out, lethe_error *error);

#endif
