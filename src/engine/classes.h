/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_CLASSES_H
#define ENGINE_CLASSES_H

#include "engine/cohort.h"

/* The equivalence classes of a release: each distinct tuple of QI groups and the people who have it, by the tuple's
 * bytes. */
typedef struct engine_class {
    privacy_groups groups;
    uint32_t people;
} engine_class;

typedef struct engine_classes {
    engine_class *classes;
    size_t count;
} engine_classes;

int engine_classes_count(engine_cohort *cohort, engine_classes *ret_classes, lethe_error *error);
/* The class of each person with one released row, by number in the cohort; PRIVACY_NO_CLASS for who has none. Classes
 * are numbered by their tuples' bytes. The caller frees. */
int engine_classes_of(engine_cohort *cohort, uint32_t **ret_class_of, uint32_t *ret_count, lethe_error *error);
void engine_classes_done(engine_classes *classes);

#endif
