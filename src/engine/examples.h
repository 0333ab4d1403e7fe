/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_EXAMPLES_H
#define ENGINE_EXAMPLES_H

#include "engine/dataset.h"
#include "learn/data.h"

/*
 * The released rows of a dataset as examples to learn from, in the order of the dataset.
 *
 *     features   terms that two rows can share: what the vector is a function of (engine/query.h), never a label
 *     outcomes   the names that stand in a row's outcomes, categories and concepts
 *     begins     those of the row; priors: those that its history has already
 *     strata     age group and sex as released, with a tab between
 *     groups     patients
 *
 * Names are numbered in byte order, so that numbers are a function of the set of names.
 */
#define ENGINE_EXAMPLE_LISTS 3 /* features, begins, priors */

typedef struct engine_examples {
    learn_data data;
    const char **features, **outcomes, **strata; /* names by number */
    uint32_t *rows;                              /* of the index, by example; NULL until they are looked for */
    uint16_t *from, *until;                      /* years of index_period, by example; 0 where it does not say them */
    /* what `data` borrows */
    uint32_t *groups, *strata_of;
    uint8_t *splits, *observed;
    uint32_t *items[ENGINE_EXAMPLE_LISTS];
    size_t *starts[ENGINE_EXAMPLE_LISTS];
    base_arena names;
} engine_examples;

/* What stands in a row's terms, for who reads them elsewhere: the same rules for rows of files and of an index. */
typedef enum engine_term_use { ENGINE_TERM_NOT, ENGINE_TERM_FEATURE, ENGINE_TERM_OUTCOME } engine_term_use;

typedef struct engine_term {
    engine_term_use use;
    bool prior;      /* a name of the history, besides what `use` says */
    base_span value; /* behind the column */
} engine_term;

engine_term engine_term_of(const char *term);

#define ENGINE_TERM_OBSERVED "outcome_observed=true"

#define ENGINE_STRATUM_MAX 160
void engine_stratum_name(const char *age_group, const char *sex, char ret_name[ENGINE_STRATUM_MAX]);

/* The number of a name among sorted ones; LEARN_NONE. */
uint32_t engine_name_find(const char *const *names, uint32_t count, const char *name);

/* Examples row by row, for who has the rows: at most so many, those of a patient together. */
typedef struct engine_examples_reading engine_examples_reading;

int engine_examples_begin(uint64_t rows_max, engine_examples_reading **ret_reading, lethe_error *error);
int engine_examples_add(engine_examples_reading *reading, const vector_row *row, lethe_error *error);
uint32_t engine_examples_count(const engine_examples_reading *reading);
/* Takes what was read; the reading is to be freed all the same. LETHE_E_ENGINE_NO_OUTCOME. */
int engine_examples_end(engine_examples_reading *reading, engine_examples *ret_examples, lethe_error *error);
void engine_examples_reading_free(engine_examples_reading *reading); /* NULL-safe */

/* Reads every row of the profile files. LETHE_E_ENGINE_NO_OUTCOME where no row has an outcome, LETHE_E_BASE_LIMIT. */
int engine_examples_read(const engine_dataset *dataset, engine_examples *ret_examples, lethe_error *error);
void engine_examples_done(engine_examples *examples);

/* The examples that are kept (1 by example), patients numbered anew, `rows` too where they are there. Names are those
 * of `all`, which must live as long. LETHE_E_LEARN_DATA where none is kept. */
int engine_examples_part(const engine_examples *all, const uint8_t *keep, engine_examples *ret_part,
                         lethe_error *error);

/* Within: arrays for so many rows but the lists' items; `data` looks at the arrays, and is checked. */
bool engine_examples_take_arrays(engine_examples *examples, uint64_t rows);
int engine_examples_borrow(engine_examples *examples, lethe_error *error);

#endif
