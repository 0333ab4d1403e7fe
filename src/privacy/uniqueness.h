/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_UNIQUENESS_H
#define PRIVACY_UNIQUENESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many people of a population are alone in their class, estimated from a simple random sample of it. All of it is
 * a function of the sample's classes counted by size, and of the population's size.
 *
 *   Zayatz   (1991), "Estimation of the number of unique population elements using a sample": of the classes that have
 *            one member in the sample, the share that has one in the population, from hypergeometric weights
 *   Pitman   the Ewens-Pitman sampling formula fitted by maximum likelihood (Hoshino 2001, "Applying Pitman's sampling
 *            formula to microdata disclosure risk assessment")
 *   SNB      class sizes are 1 + a negative binomial variable (Chen and McNulty 1998, "Estimation of identification
 *            disclosure risk in microdata"), fitted to the sample's classes and uniques
 *   Dankar   which of them to believe (Dankar, El Emam, Neisa, Roffey 2012, BMC Medical Informatics and Decision Making
 *            12:66): Pitman up to a sampling fraction of 0.1, else the smaller one of SNB and Zayatz; Zayatz where the
 *            other does not converge
 */
typedef struct privacy_size_count {
    uint32_t size;
    uint64_t classes;
} privacy_size_count;

typedef enum privacy_estimator {
    PRIVACY_ESTIMATOR_NONE,
    PRIVACY_PITMAN,
    PRIVACY_ZAYATZ,
    PRIVACY_SNB,
} privacy_estimator;

/* Shares of the population; negative where the model does not converge on these data. */
typedef struct privacy_uniqueness {
    double pitman, zayatz, snb;
    double dankar;
    privacy_estimator chosen; /* by Dankar's rule */
    double pitman_theta, pitman_alpha;
} privacy_uniqueness;

/* `sizes`: ascending, each once; population ≥ the sample's people. */
void privacy_estimate_uniqueness(const privacy_size_count *sizes, size_t count, uint64_t population,
                                 privacy_uniqueness *ret_uniqueness);

/*
 * The mean of 1/F over what a class of f people in the sample may be in the population, where one person in 1/fraction
 * was drawn: F given f is negative binomial (Benedetti and Franconi 1998, "Statistical and technological solutions for
 * controlled data dissemination"). 0 < fraction ≤ 1.
 */
double privacy_journalist_risk(uint32_t f, double fraction);

double privacy_log_gamma(double x); /* of x > 0, to about 1e-13 of max(1, result) */

#endif
