/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_PREDICT_H
#define LETHE_PREDICT_H

#include <lethe/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What similar patients and fitted models of a dataset say about what begins within its horizon, and how good that is.
 * Needs the index in vectors/ (lethe/search.h). Names are those of vocabulary.json.
 */

/* A number with its 95 % interval over patients. patients 0: it does not exist here. */
typedef struct lethe_figure {
    double value, low, high;
    uint32_t patients;
} lethe_figure;

/* What one method is worth, on test patients (docs/SPEC-prediction.md). */
typedef struct lethe_method_figures {
    const char *method; /* "prevalence", "jaccard", "logistic", "neighbours", "blend"; constant text */
    uint8_t chosen;     /* the default */
    lethe_figure hit, precision, recall, ece, brier_skill, lift;
} lethe_method_figures;

#define LETHE_METHODS 5

typedef struct lethe_level_figures {
    const char *level; /* "concepts", "categories"; constant text */
    uint32_t outcomes; /* 0: the dataset has none, and nothing below counts */
    lethe_method_figures methods[LETHE_METHODS];
    lethe_figure coverage;                    /* of the default: rows of which anything is said */
    lethe_figure said_precision, said_hit;    /* of what is said */
    uint8_t reach_found, out_of_reach;        /* whether a precision of .85 is had, and of under 30 % of the rows */
    lethe_figure reach_coverage, reach_precision; /* at the confidence that validation patients chose */
} lethe_level_figures;

typedef enum lethe_temporal_state {
    LETHE_TEMPORAL_JUDGED,
    LETHE_TEMPORAL_WITHHELD,   /* the plan of the release withholds the period of every row */
    LETHE_TEMPORAL_NO_EARLIER, /* no period ends so early that its outcomes were known when the last ones began */
    LETHE_TEMPORAL_FEW,        /* too few test patients of the last periods, or nobody to learn from before */
} lethe_temporal_state;

/* Learnt from earlier periods, judged on the last ones of other patients. Figures only where it is judged. */
typedef struct lethe_temporal {
    lethe_temporal_state state;
    uint32_t learnt_from, learnt_until, judged_from, judged_until; /* years, both included */
    uint64_t train_patients, test_patients, test_rows, test_positive;
    const char *method;                /* the default of the earlier periods; constant text */
    lethe_method_figures earlier[2];   /* concepts, categories: of that default */
    lethe_method_figures usual[2];     /* of the prevalence of the earlier periods */
    lethe_method_figures all[2];       /* the same rows, by the default learnt from all periods */
} lethe_temporal;

typedef struct lethe_evaluation {
    uint64_t train_patients, validation_patients, test_patients; /* followed to the horizon */
    uint64_t test_rows, test_positive;                           /* positive: patients in whom something begins */
    uint32_t horizon_months, outcomes, modelled;                 /* outcomes that could be predicted; with a model */
    const char *method;                                          /* the default; constant text */
    uint8_t judged; /* 0: too few test patients for any figure, and none below counts */
    uint8_t chosen; /* 0: too few validation patients to choose, the default is the prevalence */
    uint8_t fitted; /* models/prediction.bin was written */
    double blend_weight; /* of the logistic model in the blend */
    lethe_level_figures levels[2]; /* concepts, categories */
    double agreement_begins, agreement_not; /* share of neighbours with an outcome where it begins, where not */
    double withheld, abstained;                   /* of all (row, outcome) of test: not said, and why */
    lethe_temporal temporal;
} lethe_evaluation;

typedef struct lethe_evaluate_options {
    uint32_t size_bytes;
    uint8_t fit;      /* also write models/prediction.bin, which lethe_predictor_open needs */
    uint32_t threads; /* 0: all processors; the same bytes at any number */
    int (*progress)(void *context, uint64_t done, uint64_t total); /* rows; non-zero cancels */
    void *progress_context;
} lethe_evaluate_options;

/* Writes evaluation.json and evaluation.html into the dataset's folder: no part of what was signed. `options` may be
 * NULL. Errors: those of lethe_index_open, LETHE_E_ENGINE_NO_OUTCOME, LETHE_E_LEARN_TOO_FEW, LETHE_E_ENGINE_INDEX where
 * the index holds other rows, LETHE_E_BASE_*. */
LETHE_API int lethe_evaluate(const char *dataset, const lethe_evaluate_options *options, lethe_evaluation *ret_result,
                             lethe_error *error);

/* Opened once, asked by any number of threads. LETHE_E_ENGINE_NO_MODEL (lethe_evaluate with `fit` makes it), _MODEL
 * where it is damaged, _MODEL_STAMP where it is of another dataset; and what lethe_index_open says. */
typedef struct lethe_predictor lethe_predictor;

LETHE_API int lethe_predictor_open(const char *dataset, lethe_predictor **ret_predictor, lethe_error *error);
LETHE_API void lethe_predictor_close(lethe_predictor *predictor); /* NULL-safe; predictions stay until freed */

#define LETHE_PREDICT_TOP_MAX 100

/* Exactly one of id, profile and text, as in lethe_search_query. Zero means the default; strings are borrowed. */
typedef struct lethe_predict_query {
    uint32_t size_bytes;
    const char *id, *profile, *text;
    size_t profile_size, text_size;
    uint32_t top;    /* default 3 */
    uint8_t explain; /* also reasons */
} lethe_predict_query;

/* Terms are written as clauses of `where`. A reason is what numbers were made of, no cause. */
typedef struct lethe_reason {
    const char *term;
    double share; /* of the neighbours; of the model: the change of the logit */
    double usual; /* among training patients; of the model: 0 */
} lethe_reason;

typedef struct lethe_condition {
    const char *name;      /* of vocabulary.json */
    double probability;    /* that it begins within the horizon */
    double low, high;      /* what share of held-out patients who were told about as much had it, at 95 % */
    double confidence;     /* 0..1: agreement, number and nearness of the neighbours; not how likely it is */
    double usual;          /* at the patient's age and sex */
    uint32_t support;      /* patients with the condition that the probability rests on */
    uint8_t category;      /* a category, else a concept */
    size_t reason_count;   /* of the model; with `explain`, where the method has a model */
    const lethe_reason *reasons;
} lethe_condition;

typedef struct lethe_prediction {
    const char *method;
    uint32_t horizon_months, neighbours;
    size_t count, category_count;
    const lethe_condition *conditions; /* concepts, most probable first */
    const lethe_condition *categories; /* likewise */
    uint32_t candidates;               /* outcomes that the patient has not had */
    uint32_t withheld, abstained;      /* of these: too few patients; too little confidence */
    uint32_t prior;                    /* outcomes that the history has already */
    size_t set_count;
    const char *const *set; /* holds what begins with probability `set_coverage`; concepts and categories */
    double set_coverage;
    size_t shared_count;
    const lethe_reason *shared; /* with `explain`: what the neighbours have in common with the patient */
} lethe_prediction;

/* LETHE_E_ENGINE_OPTION (path: the member), LETHE_E_ENGINE_PROFILE, LETHE_E_ENGINE_TEXT, LETHE_E_VECTOR_STAMP,
 * _NOT_FOUND, _DAMAGED. Freed by lethe_prediction_free, also after lethe_predictor_close. */
LETHE_API int lethe_predict(lethe_predictor *predictor, const lethe_predict_query *query,
                            lethe_prediction **ret_prediction, lethe_error *error);
LETHE_API void lethe_prediction_free(lethe_prediction *prediction); /* NULL-safe */

#ifdef __cplusplus
}
#endif

#endif
