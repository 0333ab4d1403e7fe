/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_COURSE_H
#define ENGINE_COURSE_H

#include "engine/levels.h"
#include "engine/near.h"
#include "learn/calibrate.h"
#include "learn/conformal.h"
#include "learn/explain.h"
#include "learn/judge.h"
#include "learn/logistic.h"
#include "learn/reliability.h"

/*
 * The honest way from examples to figures (src/learn/README.md): everything is fitted on train; calibration and blend
 * take one fold of the validation patients, the choice of the method, cuts, sets and intervals the other; test is
 * judged once. It knows nothing of files: who has examples and neighbours can ask for figures, of released rows or of
 * others.
 */
typedef enum engine_method { /* simplest first */
    ENGINE_PREVALENCE,
    ENGINE_JACCARD, /* to be compared with; never the default */
    ENGINE_LOGISTIC,
    ENGINE_NEIGHBOURS,
    ENGINE_BLEND,
    ENGINE_METHODS,
} engine_method;

const char *engine_method_name(engine_method method); /* "prevalence" */

#define ENGINE_NEIGHBOURS_K 100

typedef struct engine_course_options {
    const learn_data *data;
    engine_near near;
    learn_level levels[ENGINE_LEVELS]; /* count 0: no such outcome */
    uint32_t neighbours;               /* k of the method; 0: ENGINE_NEIGHBOURS_K */
    uint32_t release_k;
    uint32_t rounds; /* of the bootstrap; 0: 1,000 */
    size_t threads;  /* 0: base_threads_default() */
    int (*progress)(void *context, uint64_t done, uint64_t total); /* rows; may be NULL; non-zero cancels */
    void *progress_context;
    bool given;           /* the default is `method`, whatever validation says */
    engine_method method;
    const uint8_t *slice; /* by example: test rows that are judged a second time, alone; NULL: none */
    /* What the default says of each test row, by outcome; may be NULL. */
    void (*told)(void *context, uint32_t example, const double *probabilities);
    void *told_context;
} engine_course_options;

/* What predicts. */
typedef struct engine_fitted {
    engine_method method;
    uint32_t neighbours, release_k;
    double blend_weight, usual_distance;
    uint32_t outcome_count;
    learn_baseline baseline;
    learn_logistic logistic;
    learn_shares shares;
    learn_conformal conformal;
    learn_calibration *calibrations; /* of the method, by outcome */
    learn_reliability *reliability;  /* likewise */
} engine_fitted;

void engine_fitted_done(engine_fitted *fitted);

#define ENGINE_EFFECTIVE_MIN  10.0 /* neighbours, Kish */
#define ENGINE_CONFIDENCE_MIN 0.5

learn_vote_options engine_vote_options(const engine_fitted *fitted);

/* Why a vote is of no use: few neighbours have the outcome, or they say too little. */
enum { ENGINE_FEW = 1, ENGINE_UNSURE = 2 };

unsigned engine_doubts_of(const engine_fitted *fitted, const learn_vote *vote);

/*
 * What may be said of an outcome. A probability rests on patients who had it: the neighbours of a vote, the training
 * patients of a model and of the prevalence; fewer than max(k, 11) are withheld. Neighbours that are few in effect, far
 * or at odds make every method abstain but the prevalence.
 */
learn_answer engine_answer_of(const engine_fitted *fitted, uint32_t outcome, unsigned doubts);
uint32_t engine_support_of(const engine_fitted *fitted, uint32_t outcome, const learn_vote *vote);

#define ENGINE_TEST_PATIENTS_MIN 30 /* fewer test patients with an outcome: nothing is said */
#define ENGINE_BINS              12

typedef struct engine_bin {
    double from, predicted, share; /* means over patients */
    double patients;               /* weight: rows of a patient count as one for each outcome */
} engine_bin;

typedef struct engine_size {
    uint32_t patients, rows; /* followed to the horizon */
} engine_size;

typedef struct engine_findings {
    engine_size sizes[LEARN_SPLITS];
    uint32_t test_positive;  /* test patients in whom something begins */
    uint32_t modelled;       /* outcomes with a fitted logistic model */
    bool chosen_by_measure;  /* else there were too few people to choose, and prevalence is the default */
    bool judged;             /* else test patients are too few: no figure below is worth anything */
    learn_judgement validation[ENGINE_METHODS];          /* what the choice was made on; without intervals */
    learn_judgement methods[ENGINE_METHODS][ENGINE_LEVELS]; /* on test; each names three of every row */
    learn_judgement released[ENGINE_LEVELS];                /* of the default, with what it does not say */
    learn_reached reached[ENGINE_LEVELS];                   /* where validation puts the cut of `released` */
    learn_judgement slice[ENGINE_LEVELS]; /* of the default on the slice, naming three of every row */
    learn_agreement agreement;
    engine_bin bins[ENGINE_BINS]; /* of the default, over all outcomes */
    double set_held, set_size;    /* share of what begins that its set holds; outcomes in a set */
    uint32_t set_patients;
    double withheld, abstained; /* shares of (row, outcome) of test */
} engine_findings;

/* LETHE_E_LEARN_TOO_FEW without a training row that is followed to the horizon, LETHE_E_BASE_CANCELLED. */
int engine_course_run(const engine_course_options *options, engine_fitted *ret_fitted, engine_findings *ret_findings,
                      lethe_error *error);

#endif
