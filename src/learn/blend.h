/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEARN_BLEND_H
#define LEARN_BLEND_H

#include "learn/judge.h"

/* Two probabilities as one: sigmoid(weight × logit(a) + (1 - weight) × logit(b)) (logarithmic opinion pool). */
double learn_blended(double weight, double a, double b);

/*
 * The weight of `a`, of 0, .05, … 1, with the least Brier score over the candidates of the rows, which must not have
 * taken part in fitting a or b; patients weigh 1; of equals the one nearest to 0 or 1, then the lower. Matrices as in
 * judge.h. threads 0: base_threads_default().
 */
#define LEARN_BLEND_STEPS 20u
int learn_blend_fit(const learn_data *data, const uint32_t *examples, size_t count, const double *a, const double *b,
                    size_t threads, double *ret_weight, lethe_error *error);

/*
 * Which method is the default: judgements of the same validation rows, simplest method first (say prevalence, Jaccard,
 * logistic, neighbours, blend). Of those whose Brier score is within LEARN_CHOICE_SLACK of the best relative to it, the
 * one with the highest hit@3; of equals the simplest. SIZE_MAX of none.
 */
#define LEARN_CHOICE_SLACK 0.005
size_t learn_choose(const learn_judgement *const *judgements, size_t count);

#endif
