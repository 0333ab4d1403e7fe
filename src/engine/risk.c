/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/risk.h"

#include "engine/tabular.h"
#include "privacy/subsets.h"

#include <stdio.h>
#include <stdlib.h>

#define RESULT_BYTES_MAX ((size_t)2 << 30)
#define WORK_BYTES_MAX   ((size_t)16 << 30)
#define POPULATION_MAX   ((uint64_t)1 << 40)

/* A result with what its texts are borrowed from. */
typedef struct found {
    lethe_risk_result result; /* first */
    base_arena arena;
    base_buf json;
} found;

/* What is read, while it is measured. */
typedef struct work {
    const lethe_risk_options *options;
    engine_tabular table, population;
    base_arena arena;
    const char **names; /* the quasi-identifiers, then the person */
    size_t name_count;
    privacy_risk_input input;
} work;

static int check(const lethe_risk_options *options, lethe_error *error)
{
    const int populations =
        (options->population != NULL) + (options->population_size != 0) + (options->sampling_fraction != 0);
    if (options->input == NULL)
        return engine_tabular_refuse("input", error);
    if (options->qi_count == 0 || options->qi_count > PRIVACY_SUBSET_COLUMNS_MAX)
        return engine_tabular_refuse("qi", error);
    if (populations > 1 || options->population_size > POPULATION_MAX)
        return engine_tabular_refuse("population", error);
    if (options->sampling_fraction != 0 && !(options->sampling_fraction > 0 && options->sampling_fraction <= 1))
        return engine_tabular_refuse("sampling-fraction", error);
    for (size_t i = 0; i < options->qi_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(options->qi[i], options->qi[j]) == 0)
                return engine_tabular_refuse("qi", error);
    return 0;
}

static int read_tables(work *w, lethe_error *error)
{
    const lethe_risk_options *options = w->options;
    w->name_count = options->qi_count + (options->person != NULL);
    w->names = base_arena_take_array(&w->arena, w->name_count + 1, sizeof(*w->names));
    if (w->names == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < options->qi_count; i++)
        w->names[i] = options->qi[i];
    if (options->person != NULL)
        w->names[options->qi_count] = options->person;
    BASE_TRY(engine_tabular_read(options->input, w->names, w->name_count, &w->table, error));
    if (options->population != NULL)
        BASE_TRY(engine_tabular_read(options->population, w->names, w->name_count, &w->population, error));
    const size_t rows = w->table.table->row_count + (options->population != NULL ? w->population.table->row_count : 0);
    return rows >= UINT32_MAX / 2 ? base_fail(error, LETHE_E_BASE_LIMIT) : 0;
}

static uint64_t population_of(const work *w)
{
    const privacy_risk_input *input = &w->input;
    const double people = input->person != NULL ? input->person_count : input->row_count;
    if (w->options->sampling_fraction != 0)
        return (uint64_t)(people / w->options->sampling_fraction + 0.5);
    return w->options->population_size;
}

static int fill_population(work *w, const table_coded *table, lethe_error *error)
{
    const table_coded *all = w->population.table;
    const size_t qi_count = w->options->qi_count;
    const uint32_t **codes = base_arena_take_array(&w->arena, qi_count, sizeof(*codes));
    if (codes == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < qi_count; i++) {
        codes[i] = engine_tabular_translate(&table->columns[i], &all->columns[i], all->row_count, &w->arena);
        if (codes[i] == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    w->input.population_codes = codes;
    w->input.population_rows = (uint32_t)all->row_count;
    if (w->options->person != NULL) {
        w->input.population_person = all->columns[qi_count].codes;
        w->input.population_person_count = all->columns[qi_count].value_count;
    }
    return 0;
}

static int fill_input(work *w, lethe_error *error)
{
    const table_coded *table = w->table.table;
    const size_t qi_count = w->options->qi_count;
    const char *star = w->options->star != NULL ? w->options->star : "*";
    const uint32_t **codes = base_arena_take_array(&w->arena, qi_count, sizeof(*codes));
    uint32_t *values = base_arena_take_array(&w->arena, qi_count, sizeof(*values));
    uint32_t *stars = base_arena_take_array(&w->arena, qi_count, sizeof(*stars));
    if (codes == NULL || values == NULL || stars == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < qi_count; i++) {
        const uint32_t code = table_coded_code(&table->columns[i], base_span_of(star));
        codes[i] = table->columns[i].codes;
        values[i] = table->columns[i].value_count;
        stars[i] = star[0] != '\0' && code < values[i] ? code : UINT32_MAX;
    }
    w->input = (privacy_risk_input){.row_count = (uint32_t)table->row_count,
                                    .column_count = (uint32_t)qi_count,
                                    .codes = codes,
                                    .value_counts = values,
                                    .stars = stars};
    if (w->options->person != NULL) {
        w->input.person = table->columns[qi_count].codes;
        w->input.person_count = table->columns[qi_count].value_count;
    }
    if (w->population.table != NULL)
        BASE_TRY(fill_population(w, table, error));
    w->input.population_size = population_of(w);
    return 0;
}

lethe_rate engine_rate(const privacy_rate *rate)
{
    return (lethe_rate){rate->hits, rate->trials, rate->rate, rate->upper};
}

static lethe_attacker attacker_of(const privacy_attacker *from)
{
    lethe_attacker attacker = {.highest = from->highest, .average = from->average};
    for (size_t i = 0; i < LETHE_RISK_THRESHOLDS; i++)
        attacker.at_risk[i] = engine_rate(&from->at_risk[i]);
    return attacker;
}

static void take_risk(lethe_risk_result *result, const privacy_risk *risk)
{
    static const char *const models[] = {"none", "pitman", "zayatz", "snb"};
    result->people = risk->people;
    result->classes = risk->classes;
    result->smallest = risk->smallest;
    result->rows_with_stars = risk->rows_with_stars;
    result->uniques = engine_rate(&risk->uniques);
    result->prosecutor = attacker_of(&risk->prosecutor);
    result->journalist = attacker_of(&risk->journalist);
    result->journalist_known = risk->journalist_known;
    result->journalist_counted = risk->journalist_counted;
    result->classes_not_in_population = risk->classes_not_in_population;
    result->marketer = risk->marketer;
    result->uniqueness_known = risk->uniqueness_known;
    result->pitman = risk->uniqueness.pitman;
    result->zayatz = risk->uniqueness.zayatz;
    result->snb = risk->uniqueness.snb;
    result->dankar = risk->uniqueness.dankar;
    result->dankar_model = models[risk->uniqueness.chosen];
    for (size_t i = 0; i < LETHE_RISK_THRESHOLDS; i++) {
        result->threshold_cells[i] = PRIVACY_THRESHOLDS[i].cell;
        result->threshold_risks[i] = PRIVACY_THRESHOLDS[i].risk;
        result->threshold_sources[i] = PRIVACY_THRESHOLDS[i].source;
    }
}

/* The names of a set of columns with commas between. */
static const char *name_set(found *all, const work *w, uint64_t columns)
{
    size_t size = 1;
    for (size_t i = 0; i < w->options->qi_count; i++)
        size += (columns >> i & 1) != 0 ? strlen(w->names[i]) + 1 : 0;
    char *text = base_arena_take(&all->arena, size);
    size_t at = 0;
    for (size_t i = 0; text != NULL && i < w->options->qi_count; i++)
        if ((columns >> i & 1) != 0)
            at += (size_t)snprintf(text + at, size - at, "%s%s", at != 0 ? "," : "", w->names[i]);
    return text;
}

static int take_subsets(found *all, const work *w, const privacy_subsets *from, lethe_error *error)
{
    lethe_column_set *sets = base_arena_take_array(&all->arena, from->count + 1UL, sizeof(*sets));
    lethe_column_risk *columns = base_arena_take_array(&all->arena, w->options->qi_count, sizeof(*columns));
    if (sets == NULL || columns == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < from->count; i++) {
        const privacy_subset *set = &from->subsets[i];
        sets[i] = (lethe_column_set){name_set(all, w, set->columns),
                                     (uint32_t)__builtin_popcountll(set->columns),
                                     set->classes,
                                     set->distinction,
                                     set->separation,
                                     set->alone,
                                     set->minimal};
        if (sets[i].columns == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (size_t i = 0; i < w->options->qi_count; i++) /* the sets of one come first */
        columns[i] =
            (lethe_column_risk){sets[i].columns, from->contribution[i], sets[i].distinction, sets[i].separation};
    all->result.sets = sets;
    all->result.set_count = from->count;
    all->result.columns = columns;
    all->result.column_count = w->options->qi_count;
    all->result.subset_size = from->largest;
    all->result.minimal = from->minimal;
    return 0;
}

static int measure(found *all, work *w, lethe_error *error)
{
    privacy_risk risk;
    privacy_subsets subsets = {0};
    BASE_TRY(read_tables(w, error));
    BASE_TRY(fill_input(w, error));
    BASE_TRY(privacy_risk_measure(&w->input, &risk, error));
    all->result.encoding = w->table.encoding;
    all->result.separator = w->table.separator;
    all->result.rows = w->table.table->row_count;
    take_risk(&all->result, &risk);
    if (!w->options->no_subsets) {
        int status = privacy_subsets_measure(&w->input, w->options->subset_size, &subsets, error);
        if (status == LETHE_E_BASE_LIMIT)
            status = engine_tabular_refuse("subset-size", error);
        if (status == 0)
            status = take_subsets(all, w, &subsets, error);
        privacy_subsets_done(&subsets);
        BASE_TRY(status);
    }
    json_writer json = json_writer_of(&all->json, true);
    engine_risk_write(&all->result, &json);
    base_buf_byte(&all->json, '\0');
    all->result.json = all->json.data;
    return base_buf_check(&all->json, error);
}

int lethe_risk(const lethe_risk_options *options, lethe_risk_result **ret_result, lethe_error *error)
{
    work w = {.options = options};
    BASE_TRY(check(options, error));
    found *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_arena_init(&all->arena, RESULT_BYTES_MAX);
    base_buf_init(&all->json, RESULT_BYTES_MAX);
    base_arena_init(&w.arena, WORK_BYTES_MAX);
    const int status = measure(all, &w, error);
    engine_tabular_done(&w.table);
    engine_tabular_done(&w.population);
    base_arena_done(&w.arena);
    if (status != 0)
        lethe_risk_free(&all->result);
    else
        *ret_result = &all->result;
    return status;
}

void lethe_risk_free(lethe_risk_result *result)
{
    found *all = (found *)result; /* its first member */
    if (all == NULL)
        return;
    base_arena_done(&all->arena);
    base_buf_done(&all->json);
    free(all);
}
