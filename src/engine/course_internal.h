/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_COURSE_INTERNAL_H
#define ENGINE_COURSE_INTERNAL_H

#include "base/threads.h"
#include "engine/course.h"
#include "learn/jaccard.h"

/* Rows that are predicted by every method; matrices are count × outcomes. */
typedef struct course_part {
    uint32_t *examples;
    size_t count;
    double *p[ENGINE_METHODS];
    double *confidence;  /* of the neighbours' vote */
    double *share;       /* likewise */
    uint8_t *doubts;     /* likewise */
    uint8_t *answer;     /* learn_answer of the chosen method */
    double *distances;   /* mean of each row's neighbours */
} course_part;

typedef struct course {
    const engine_course_options *options;
    const learn_data *data;
    uint32_t k;
    size_t threads;
    engine_fitted *fitted;
    learn_postings *postings;
    learn_postings_scratch *scratches[BASE_THREADS_MAX];
    learn_calibration *calibrations[ENGINE_METHODS];
    course_part tuning, choosing, test;
    uint64_t done, total; /* rows */
} course;

/* course_part.c */
int course_part_init(course *c, course_part *part, learn_split split, int fold, lethe_error *error);
void course_part_done(course_part *part);
int course_part_predict(course *c, course_part *part, lethe_error *error);
void course_part_blend(const course *c, course_part *part);
int course_calibrate(course *c, lethe_error *error);
void course_part_apply(const course *c, course_part *part);
void course_part_answer(const course *c, course_part *part);

/* course_judge.c */
int course_choose(course *c, engine_findings *findings, lethe_error *error);
int course_settle(course *c, lethe_error *error); /* sets and intervals of the chosen method */
int course_judge(course *c, engine_findings *findings, lethe_error *error);

#endif
