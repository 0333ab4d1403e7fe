/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_WITHIN_H
#define PRIVACY_WITHIN_H

#include "privacy/lists.h"

/*
 * The list rule inside every class of visits, for people with one released visit each: (k, k^m)-anonymity (Poulis et
 * al., ECML PKDD 2013). Whoever knows a person's class and m list items finds k people of that class, or none. A global
 * item (an outcome) is kept or removed in all classes alike: its absence must mean something everywhere.
 *
 * Besides, enhanced beta-likeness of the sensitive items (Cao and Karras, PVLDB 5(11), 2012): of the people of a class
 * at most p (1 + min(beta, -ln p)) have it, where p is the share of all released people. What a class has more of, it
 * loses whole; so it is with a sensitive global item, everywhere.
 */
#define PRIVACY_NO_CLASS UINT32_MAX

typedef struct privacy_within {
    const uint32_t *class_of; /* by patient; PRIVACY_NO_CLASS: nothing is released of them, and their list is empty */
    uint32_t class_count;
    double beta; /* > 0 */
} privacy_within;

/* As privacy_lists_decide; counts in the result are over all classes. LETHE_E_PRIVACY_OPTION also names "class" and
 * "beta". Where frozen items break the rule inside a class: "frozen". */
int privacy_lists_decide_within(const privacy_lists *lists, const privacy_within *within,
                                const privacy_list_options *options, privacy_list_result *ret_result,
                                lethe_error *error);

/* The share of a class that may have an item which the share `overall` of all people has. */
double privacy_beta_bound(double overall, double beta);

#endif
