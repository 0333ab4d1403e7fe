/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/examples.h"

#include "engine/query.h"
#include "vector/names.h"

#include <stdlib.h>

#define NAMES_BYTES_MAX ((size_t)64 << 20)
#define LISTS_BYTES_MAX ((size_t)16 << 30)
#define HISTORY_MAX     65536

enum { FEATURES, BEGINS, PRIORS, LISTS = ENGINE_EXAMPLE_LISTS };

static const char SPLIT[] = "split=", AGE[] = "age_group=", SEX[] = "sex=", PERIOD[] = "index_period=";

/* Names get provisional numbers as they come; when all rows are read, those of their order. */
struct engine_examples_reading {
    engine_examples out;
    uint32_t row, rows; /* rows: as the manifest says */
    vector_names names[LISTS], strata;
    base_buf items[LISTS]; /* u32 each */
    char group[VECTOR_ID_MAX + 1];
};

typedef engine_examples_reading reading;

engine_term engine_term_of(const char *term)
{
    const size_t at = strcspn(term, "=~");
    engine_term seen = {.use = ENGINE_TERM_NOT};
    if (term[at] == '\0')
        return seen;
    const base_span column = {term, at};
    seen.value = base_span_of(term + at + 1);
    if (term[at] == '~' && base_span_is(column, "outcomes"))
        seen.use = ENGINE_TERM_OUTCOME;
    else if (engine_query_shares(column, term[at], seen.value))
        seen.use = ENGINE_TERM_FEATURE;
    seen.prior = term[at] == '~' && (base_span_is(column, "medical_history_categories") ||
                                     base_span_is(column, "medical_history_concepts"));
    return seen;
}

void engine_stratum_name(const char *age_group, const char *sex, char ret_name[ENGINE_STRATUM_MAX])
{
    (void)snprintf(ret_name, ENGINE_STRATUM_MAX, "%.64s\t%.64s", age_group, sex);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

uint32_t engine_name_find(const char *const *names, uint32_t count, const char *name)
{
    const char *const *found = count != 0 ? bsearch(&name, names, count, sizeof(*names), by_text) : NULL;
    return found != NULL ? (uint32_t)(found - names) : LEARN_NONE;
}

static int note(reading *r, int list, base_span name, lethe_error *error)
{
    uint32_t number = 0;
    BASE_TRY(vector_names_add(&r->names[list], name, &number, error));
    base_buf_append(&r->items[list], &number, sizeof(number));
    return base_buf_check(&r->items[list], error);
}

/* "2019", "2018-2019"; "*" says nothing. */
static void note_period(engine_examples *out, uint32_t row, const char *value)
{
    unsigned from = 0, until = 0;
    const int read = sscanf(value, "%4u-%4u", &from, &until);
    if (read < 1 || from > until + (read == 1 ? from : 0))
        return;
    out->from[row] = (uint16_t)from;
    out->until[row] = (uint16_t)(read == 1 ? from : until);
}

static int note_term(reading *r, const char *term, const char **age, const char **sex, lethe_error *error)
{
    engine_examples *out = &r->out;
    const engine_term seen = engine_term_of(term);
    if (seen.use == ENGINE_TERM_FEATURE)
        BASE_TRY(note(r, FEATURES, base_span_of(term), error));
    if (seen.use == ENGINE_TERM_OUTCOME)
        BASE_TRY(note(r, BEGINS, seen.value, error));
    if (seen.prior)
        BASE_TRY(note(r, PRIORS, seen.value, error));
    if (strncmp(term, AGE, sizeof(AGE) - 1) == 0)
        *age = term + sizeof(AGE) - 1;
    else if (strncmp(term, SEX, sizeof(SEX) - 1) == 0)
        *sex = term + sizeof(SEX) - 1;
    else if (strcmp(term, ENGINE_TERM_OBSERVED) == 0)
        out->observed[r->row] = 1;
    else if (strncmp(term, PERIOD, sizeof(PERIOD) - 1) == 0)
        note_period(out, r->row, term + sizeof(PERIOD) - 1);
    else if (strncmp(term, SPLIT, sizeof(SPLIT) - 1) == 0)
        out->splits[r->row] = strcmp(term + sizeof(SPLIT) - 1, "train") == 0        ? LEARN_TRAIN
                              : strcmp(term + sizeof(SPLIT) - 1, "validation") == 0 ? LEARN_VALIDATION
                                                                                    : LEARN_TEST;
    return 0;
}

int engine_examples_add(reading *r, const vector_row *row, lethe_error *error)
{
    engine_examples *out = &r->out;
    const char *age = "", *sex = "";
    char stratum[ENGINE_STRATUM_MAX];
    if (r->row == r->rows)
        return base_fail(error, LETHE_E_ENGINE_DATASET);
    for (uint32_t i = 0; i < row->term_count; i++)
        BASE_TRY(note_term(r, row->terms[i], &age, &sex, error));
    engine_stratum_name(age, sex, stratum);
    BASE_TRY(vector_names_add(&r->strata, base_span_of(stratum), &out->strata_of[r->row], error));
    if (r->row == 0 || strcmp(r->group, row->group_id) != 0)
        out->data.group_count++; /* rows of a patient stand together */
    (void)snprintf(r->group, sizeof(r->group), "%s", row->group_id);
    out->groups[r->row++] = out->data.group_count - 1;
    for (int list = 0; list < LISTS; list++)
        out->starts[list][r->row] = r->items[list].size / sizeof(uint32_t);
    return 0;
}

/* -- names in order -------------------------------------------------------------------------------------------------
 */

/* Copies names in byte order; `ret_ranks` says where each provisional number went. */
static int sort_names(engine_examples *out, const vector_names *names, const char ***ret_sorted, uint32_t **ret_ranks,
                      lethe_error *error)
{
    const char **sorted = base_arena_take_array(&out->names, names->count + 1UL, sizeof(*sorted));
    uint32_t *ranks = calloc(names->count + 1UL, sizeof(*ranks));
    for (uint32_t i = 0; sorted != NULL && ranks != NULL && i < names->count; i++)
        sorted[i] = base_arena_copy(&out->names, base_span_of(vector_names_text(names, i))).data;
    bool whole = sorted != NULL && ranks != NULL;
    for (uint32_t i = 0; whole && i < names->count; i++)
        whole = sorted[i] != NULL;
    if (!whole) {
        free(ranks);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    qsort(sorted, names->count, sizeof(*sorted), by_text);
    for (uint32_t i = 0; i < names->count; i++)
        ranks[i] = engine_name_find(sorted, names->count, vector_names_text(names, i));
    *ret_sorted = sorted;
    *ret_ranks = ranks;
    return 0;
}

/* Numbers by `ranks`, each row's ascending and once; those without a rank fall away. */
static void renumber(engine_examples *out, int list, const uint32_t *ranks)
{
    uint32_t *items = out->items[list];
    size_t *starts = out->starts[list], kept = 0, begin = 0;
    for (uint32_t row = 0; row < out->data.count; row++) {
        const size_t end = starts[row + 1];
        size_t used = begin;
        for (size_t i = begin; i < end; i++)
            if (ranks[items[i]] != LEARN_NONE)
                items[used++] = ranks[items[i]];
        used = learn_set_sort(items + begin, used - begin);
        if (used != 0)
            memmove(items + kept, items + begin, used * sizeof(*items));
        kept += used;
        begin = end;
        starts[row + 1] = kept;
    }
}

static int order_names(reading *r, lethe_error *error)
{
    engine_examples *out = &r->out;
    uint32_t *features = NULL, *outcomes = NULL, *strata = NULL;
    uint32_t *priors = calloc(r->names[PRIORS].count + 1UL, sizeof(*priors));
    int status = priors == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    if (status == 0)
        status = sort_names(out, &r->names[FEATURES], &out->features, &features, error);
    if (status == 0)
        status = sort_names(out, &r->names[BEGINS], &out->outcomes, &outcomes, error);
    if (status == 0)
        status = sort_names(out, &r->strata, &out->strata, &strata, error);
    if (status == 0) {
        out->data.feature_count = r->names[FEATURES].count;
        out->data.outcome_count = r->names[BEGINS].count;
        out->data.stratum_count = r->strata.count;
        for (uint32_t i = 0; i < r->names[PRIORS].count; i++)
            priors[i] =
                engine_name_find(out->outcomes, out->data.outcome_count, vector_names_text(&r->names[PRIORS], i));
        renumber(out, FEATURES, features);
        renumber(out, BEGINS, outcomes);
        renumber(out, PRIORS, priors);
        for (uint32_t row = 0; row < out->data.count; row++)
            out->strata_of[row] = strata[out->strata_of[row]];
    }
    free(features);
    free(outcomes);
    free(strata);
    free(priors);
    return status;
}

/* -- reading --------------------------------------------------------------------------------------------------------
 */

int engine_examples_borrow(engine_examples *out, lethe_error *error)
{
    out->data.features = (learn_sets){out->items[FEATURES], out->starts[FEATURES]};
    out->data.begins = (learn_sets){out->items[BEGINS], out->starts[BEGINS]};
    out->data.priors = (learn_sets){out->items[PRIORS], out->starts[PRIORS]};
    out->data.groups = out->groups;
    out->data.strata = out->strata_of;
    out->data.splits = out->splits;
    out->data.observed = out->observed;
    return learn_data_check(&out->data, error);
}

static int take_lists(reading *r, lethe_error *error)
{
    engine_examples *out = &r->out;
    out->data.count = r->row;
    for (int list = 0; list < LISTS; list++) {
        out->items[list] = (uint32_t *)(void *)r->items[list].data; /* of malloc: aligned for anything */
        r->items[list] = (base_buf){0};
    }
    BASE_TRY(order_names(r, error));
    if (out->data.outcome_count == 0)
        return base_fail(error, LETHE_E_ENGINE_NO_OUTCOME);
    return engine_examples_borrow(out, error);
}

bool engine_examples_take_arrays(engine_examples *out, uint64_t rows)
{
    out->groups = calloc(rows + 1, sizeof(uint32_t));
    out->strata_of = calloc(rows + 1, sizeof(uint32_t));
    out->splits = calloc(rows + 1, 1);
    out->observed = calloc(rows + 1, 1);
    out->from = calloc(rows + 1, sizeof(uint16_t));
    out->until = calloc(rows + 1, sizeof(uint16_t));
    bool whole = out->groups != NULL && out->strata_of != NULL && out->splits != NULL && out->observed != NULL &&
                 out->from != NULL && out->until != NULL;
    for (int list = 0; list < LISTS; list++) {
        out->starts[list] = calloc(rows + 2, sizeof(size_t));
        whole = whole && out->starts[list] != NULL;
    }
    return whole;
}

static int reading_init(reading *r, uint64_t rows, lethe_error *error)
{
    static const uint32_t most[LISTS] = {LEARN_FEATURES_MAX, LEARN_OUTCOMES_MAX, HISTORY_MAX};
    base_arena_init(&r->out.names, NAMES_BYTES_MAX);
    vector_names_init(&r->strata, LEARN_STRATA_MAX, false);
    for (int list = 0; list < LISTS; list++) {
        vector_names_init(&r->names[list], most[list], false);
        base_buf_init(&r->items[list], LISTS_BYTES_MAX);
    }
    if (rows > LEARN_EXAMPLES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    r->rows = (uint32_t)rows;
    return engine_examples_take_arrays(&r->out, rows) ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

int engine_examples_begin(uint64_t rows_max, reading **ret_reading, lethe_error *error)
{
    reading *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const int status = reading_init(r, rows_max, error);
    if (status != 0)
        engine_examples_reading_free(r);
    else
        *ret_reading = r;
    return status;
}

uint32_t engine_examples_count(const reading *r)
{
    return r->row;
}

int engine_examples_end(reading *r, engine_examples *ret_examples, lethe_error *error)
{
    BASE_TRY(take_lists(r, error));
    *ret_examples = r->out;
    r->out = (engine_examples){0};
    return 0;
}

void engine_examples_reading_free(reading *r)
{
    if (r == NULL)
        return;
    for (int list = 0; list < LISTS; list++) {
        vector_names_done(&r->names[list]);
        base_buf_done(&r->items[list]);
    }
    vector_names_done(&r->strata);
    engine_examples_done(&r->out);
    free(r);
}

static int read_row(void *context, const vector_row *row, lethe_error *error)
{
    return engine_examples_add(context, row, error);
}

int engine_examples_read(const engine_dataset *dataset, engine_examples *ret_examples, lethe_error *error)
{
    reading *r = NULL;
    BASE_TRY(engine_examples_begin(dataset->rows, &r, error));
    const engine_row_visitor visitor = {.context = r, .row = read_row};
    int status = engine_dataset_rows(dataset, &visitor, error);
    if (status == 0)
        status = engine_examples_end(r, ret_examples, error);
    engine_examples_reading_free(r);
    return status;
}

void engine_examples_done(engine_examples *examples)
{
    free(examples->groups);
    free(examples->strata_of);
    free(examples->splits);
    free(examples->observed);
    free(examples->from);
    free(examples->until);
    free(examples->rows);
    for (int list = 0; list < LISTS; list++) {
        free(examples->items[list]);
        free(examples->starts[list]);
    }
    base_arena_done(&examples->names);
    *examples = (engine_examples){0};
}
