/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_CEILING_H
#define ENGINE_CEILING_H

#include "engine/course.h"
#include "engine/release.h"
#include "report/report.h"

/*
 * What anonymization cost the predictions (`lethe run --raw-ceiling`): the course of `lethe evaluate` on the rows of a
 * sample of people as they were before the gate, and on those that were released of the same people: there it finds
 * what it finds in the dataset, if the sample is everybody. Neighbours are found in memory; nothing is written but the
 * figures that report.h rounds.
 *
 * The sample is the first people in the order of their pseudonyms, which are keyed and random: as many as have so many
 * rows before the gate, whatever memory or threads there are, so that the figures are a function of the input.
 */
#define ENGINE_CEILING_PEOPLE 20000
#define ENGINE_CEILING_ROWS   65536 /* 3 KB of vector each, and 800 bytes of code of those that can be found */

/* Which rows of the sample. An outcome is released for everyone who has it or for nobody, so that of the second the
 * labels are those of the third: what lies between is the cost of what was coarsened and withheld. */
typedef enum engine_ceiling_kind {
    ENGINE_CEILING_RAW,  /* before the gate */
    ENGINE_CEILING_KEPT, /* before the gate, but for outcomes that nobody has any more */
    ENGINE_CEILING_RELEASED,
} engine_ceiling_kind;

/* Rows as examples, and their vectors. */
typedef struct engine_ceiling_rows {
    engine_examples examples;
    float *vectors; /* by example */
} engine_ceiling_rows;

/* How many of the cohort's first people are the sample. */
int engine_ceiling_people(const engine_release *release, size_t *ret_people, lethe_error *error);

/* The rows of the sample in the order of the dataset. LETHE_E_ENGINE_NO_OUTCOME. */
int engine_ceiling_gather(const engine_release *release, size_t people, engine_ceiling_kind kind,
                          engine_ceiling_rows *ret_rows, lethe_error *error);
void engine_ceiling_rows_done(engine_ceiling_rows *rows);

/* Of too few patients nothing is measured; that is no error. */
int engine_ceiling_measure(const engine_release *release, report_ceiling *ret_ceiling, lethe_error *error);

#endif
