/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_EVALUATION_H
#define REPORT_EVALUATION_H

#include "base/buf.h"

/*
 * How good predictions from a dataset are, as evaluation.json and evaluation.html say it. All of it is measured on
 * released rows of test patients (COUNT and SHARE of report.h). Plain values that the engine fills; borrowed for the
 * call.
 */
#define REPORT_METHODS 5
#define REPORT_LEVELS  2

typedef struct report_figure { /* patients 0: does not exist */
    double value, low, high;
    uint32_t patients;
} report_figure;

typedef struct report_method {
    const char *name, *title; /* "logistic", "Logistic model" */
    bool chosen;
    report_figure hit, precision, recall, ece, brier_skill, lift;
} report_method;

typedef struct report_curve_point {
    double coverage, precision, hit;
} report_curve_point;

typedef struct report_level {
    const char *name, *title; /* "concepts", "Single conditions" */
    uint32_t outcomes;        /* 0: left out */
    report_method methods[REPORT_METHODS];
    report_figure coverage, precision, hit; /* of the default, with what it does not say */
    const report_curve_point *curve;
    size_t curve_count;
    double usual_precision; /* of prevalence, naming three of every row */
    bool reach_found, out_of_reach;
    report_figure reach_coverage, reach_precision;
} report_level;

typedef struct report_told { /* people who are told about the same */
    double from, predicted, share, people;
} report_told;

typedef struct report_group_size {
    uint64_t people, visits;
} report_group_size;

/* Learnt from earlier periods, judged on later ones of other patients. */
#define REPORT_TEMPORAL_ROWS 3

typedef enum report_temporal_state {
    REPORT_TIME_JUDGED,
    REPORT_TIME_WITHHELD,
    REPORT_TIME_NO_EARLIER,
    REPORT_TIME_FEW,
} report_temporal_state;

typedef struct report_temporal {
    report_temporal_state state;
    uint32_t learnt_from, learnt_until, judged_from, judged_until; /* years, where there is a cut */
    report_group_size learnt, judged;
    uint64_t positive; /* of the judged, in whom something begins */
    const char *method, *method_title;
    /* Of a level: the default of the earlier periods, their prevalence, and on the same visits the default of all. */
    report_method rows[REPORT_LEVELS][REPORT_TEMPORAL_ROWS];
} report_temporal;

typedef struct report_evaluation {
    const char *dataset_name;
    char manifest[65]; /* SHA-256 */
    uint32_t horizon_months, k, neighbours, outcomes, modelled, rounds;
    report_group_size train, validation, test; /* followed to the horizon */
    uint64_t test_positive;
    uint32_t test_wanted; /* fewer test patients with an outcome: nothing is judged */
    bool judged, chosen;
    const char *method, *method_title;
    double blend_weight;
    double reach_wanted, reach_least;
    report_level levels[REPORT_LEVELS];
    const report_told *told;
    size_t told_count;
    double set_miss, set_held, set_size;
    uint64_t set_people;
    double agreement_begins, agreement_not;
    uint64_t agreement_people;
    double withheld, abstained;
    report_temporal temporal;
} report_evaluation;

int report_write_evaluation_json(const report_evaluation *evaluation, base_buf *out, lethe_error *error);
int report_write_evaluation_html(const report_evaluation *evaluation, base_buf *out, lethe_error *error);

#endif
