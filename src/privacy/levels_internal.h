/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_LEVELS_INTERNAL_H
#define PRIVACY_LEVELS_INTERNAL_H

#include "base/arena.h"
#include "privacy/cover.h"
#include "privacy/levels.h"

#define LEVELS_STEPS_MAX 62        /* between the value and `*` */
#define LEVELS_UNIT      1000000LL /* numbers are whole millionths: no float decides where a boundary is */

/* A value on its way. */
typedef struct levels_item {
    base_span text;
    int64_t number; /* in millionths; a day for dates */
    uint32_t code;  /* of the column */
    uint32_t rows;
} levels_item;

typedef struct levels_job {
    const privacy_levels_spec *spec;
    const char *steps;
    levels_item *items;
    uint32_t count;
    bool whole; /* all numbers are */
    base_arena arena;
    uint32_t level_count;
    base_span *names; /* [item * level_count + level] */
    uint32_t bad;     /* the code of a value that does not fit */
} levels_job;

/* Makes room for that many levels between the value and `*`, and names both ends and missing values. */
int levels_job_open(levels_job *job, uint32_t between, lethe_error *error);

/* Names the group of an item at a level, from 1. */
int levels_job_name(levels_job *job, uint32_t item, uint32_t level, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What a kind does: open, then name every item that is not missing. -1 without an error: `bad` says which value. */
int levels_fill_interval(levels_job *job, lethe_error *error);
int levels_fill_bands(levels_job *job, lethe_error *error);
int levels_fill_order(levels_job *job, lethe_error *error);
int levels_fill_redaction(levels_job *job, lethe_error *error);
int levels_fill_date(levels_job *job, lethe_error *error);
int levels_fill_priority(levels_job *job, lethe_error *error);
int levels_fill_lookup(levels_job *job, lethe_error *error);

int levels_bad_steps(lethe_error *error);

/* Numbers with commas between, up to the end of the text or a slash; *text moves behind that. */
bool levels_numbers(const char **text, int64_t *ret_numbers, uint32_t max, uint32_t *ret_count);

#endif
