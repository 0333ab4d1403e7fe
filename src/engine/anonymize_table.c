/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/location.h"
#include "engine/anonymize.h"
#include "engine/tabular.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse(lethe_error *error, int64_t line, const char *path)
{
    base_fail(error, LETHE_E_ENGINE_OPTION);
    base_error_line(error, line);
    base_error_path(error, path);
    return LETHE_E_ENGINE_OPTION;
}

/* -- hierarchies ------------------------------------------------------------------------------------------------------
 */

static int load_levels_file(const char *folder, const char *name, table_levels **ret_levels, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    const bool absolute = name[0] == '/' || folder == NULL || folder[0] == '\0';
    const int size =
        absolute ? snprintf(path, sizeof(path), "%s", name) : snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (size < 0 || (size_t)size >= sizeof(path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    return table_levels_load(path, ret_levels, error);
}

/* A column without a hierarchy: the value, or nothing. */
static int value_or_nothing(const table_coded_column *column, table_levels **ret_levels, lethe_error *error)
{
    const size_t count = column->value_count;
    base_span *names = malloc((2 * count + 1) * sizeof(*names));
    if (names == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count; i++) {
        names[2 * i] = column->values[i];
        names[2 * i + 1] = BASE_SPAN("*");
    }
    const int status = table_levels_make(names, (uint32_t)count, 2, ret_levels, error);
    free(names);
    return status;
}

static int load_levels(const anonymize_column *said, const lethe_anonymize_options *options, const table_coded *coded,
                       uint32_t column, table_levels **ret_levels, lethe_error *error)
{
    if (said->hierarchy != NULL && said->kind != NULL)
        return refuse(error, said->line, "columns.kind");
    if (said->hierarchy != NULL)
        return load_levels_file(options->spec_folder, said->hierarchy, ret_levels, error);
    if (said->kind == NULL)
        return value_or_nothing(&coded->columns[column], ret_levels, error);
    clinical_words words = {0};
    privacy_levels_spec spec = {.steps = said->steps,
                                .has_range = said->has_range,
                                .from = said->from,
                                .to = said->to,
                                .lookup = engine_region_of,
                                .lookup_context = &words};
    if (strcmp(said->kind, "region") == 0)
        spec.kind = PRIVACY_LEVELS_LOOKUP;
    else if (privacy_levels_kind_find(said->kind, &spec.kind, error) != 0)
        return refuse(error, said->line, "columns.kind");
    const int status = privacy_levels_build(&spec, coded, column, ret_levels, error);
    clinical_words_done(&words);
    return status;
}

/* -- columns ----------------------------------------------------------------------------------------------------------
 */

/* A hierarchy file may join leaves at level 0 only if it repeats them, which its reader refuses: level 0 is the value.
 */
static int add_quasi(anonymize_table *t, const anonymize_column *said, const lethe_anonymize_options *options,
                     uint32_t column, lethe_error *error)
{
    const uint32_t at = t->tab.column_count;
    if (at == PRIVACY_TAB_COLUMNS_MAX)
        return refuse(error, said->line, "columns");
    BASE_TRY(load_levels(said, options, t->coded, column, &t->levels[at], error));
    BASE_TRY(table_levels_bind(t->levels[at], t->coded, column, &t->bound[at], error));
    const table_levels *levels = t->levels[at];
    if (levels->level_count > PRIVACY_TAB_LEVELS_MAX)
        return refuse(error, said->line, "columns.hierarchy");
    privacy_tab_column *to = &t->tab.columns[at];
    *to = (privacy_tab_column){.codes = t->coded->columns[column].codes,
                               .leaf_count = t->coded->columns[column].value_count,
                               .domain = levels->leaf_count,
                               .level_count = levels->level_count};
    for (uint32_t l = 0; l < levels->level_count; l++)
        to->levels[l] =
            (privacy_tab_level){t->bound[at]->group[l], levels->level[l].leaves, levels->level[l].group_count};
    const int64_t top = (int64_t)levels->level_count - 1;
    if (said->least > top || said->most > top || (said->most >= 0 && said->least > said->most))
        return refuse(error, said->line, "columns.least");
    t->least[at] = said->least >= 0 ? (uint8_t)said->least : 0;
    t->most[at] = said->most >= 0 ? (uint8_t)said->most : (uint8_t)top;
    t->weights[at] = said->weight;
    t->quasi[at] = column;
    t->said[at] = said;
    t->tab.column_count++;
    return 0;
}

static int add_sensitive(anonymize_table *t, const anonymize_column *said, const lethe_anonymize_options *options,
                         uint32_t column, lethe_error *error)
{
    const uint32_t at = t->tab.sensitive_count, slot = PRIVACY_TAB_COLUMNS_MAX + at;
    if (at == PRIVACY_TAB_SENSITIVE_MAX)
        return refuse(error, said->line, "columns");
    privacy_tab_sensitive *to = &t->tab.sensitive[at];
    *to = (privacy_tab_sensitive){.codes = t->coded->columns[column].codes,
                                  .value_count = t->coded->columns[column].value_count};
    t->sensitive[at] = column;
    t->tab.sensitive_count++;
    if (said->hierarchy == NULL && said->kind == NULL)
        return 0;
    BASE_TRY(load_levels(said, options, t->coded, column, &t->levels[slot], error));
    BASE_TRY(table_levels_bind(t->levels[slot], t->coded, column, &t->bound[slot], error));
    to->tree_levels = t->levels[slot]->level_count;
    if (to->tree_levels > PRIVACY_TAB_LEVELS_MAX)
        return refuse(error, said->line, "columns.hierarchy");
    for (uint32_t l = 0; l < to->tree_levels; l++)
        to->tree[l] = t->bound[slot]->group[l];
    return 0;
}

static int add_subset(anonymize_table *t, const anonymize_column *said, uint32_t column, lethe_error *error)
{
    const table_coded_column *of = &t->coded->columns[column];
    if (said->value == NULL || t->chosen != NULL)
        return refuse(error, said->line, "columns.value");
    const uint32_t code = table_coded_code(of, base_span_of(said->value));
    t->chosen = malloc(t->tab.rows);
    if (t->chosen == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t row = 0; row < t->tab.rows; row++)
        t->chosen[row] = of->codes[row] == code;
    t->tab.chosen = t->chosen;
    return 0;
}

static const anonymize_column *said_of(const anonymize_spec *spec, base_span name)
{
    for (uint32_t i = 0; i < spec->column_count; i++)
        if (base_span_is(name, spec->columns[i].name))
            return &spec->columns[i];
    return NULL;
}

static int add_columns(anonymize_table *t, const anonymize_spec *spec, const lethe_anonymize_options *options,
                       lethe_error *error)
{
    for (uint32_t i = 0; i < spec->column_count; i++) {
        uint32_t column;
        BASE_TRY(table_coded_need(t->coded, base_span_of(spec->columns[i].name), &column, error));
    }
    for (uint32_t c = 0; c < t->coded->column_count; c++) {
        const anonymize_column *said = said_of(spec, t->coded->columns[c].name);
        t->roles[c] = said != NULL ? said->role : ANONYMIZE_IDENTIFYING;
        if (said == NULL)
            continue;
        if (said->role == ANONYMIZE_QUASI)
            BASE_TRY(add_quasi(t, said, options, c, error));
        else if (said->role == ANONYMIZE_SENSITIVE)
            BASE_TRY(add_sensitive(t, said, options, c, error));
        else if (said->role == ANONYMIZE_SUBSET)
            BASE_TRY(add_subset(t, said, c, error));
        else if (said->role == ANONYMIZE_PERSON && t->tab.person != NULL)
            return refuse(error, said->line, "columns.role");
        else if (said->role == ANONYMIZE_PERSON)
            t->tab.person = t->coded->columns[c].codes;
    }
    return t->tab.column_count != 0 ? 0 : refuse(error, 0, "columns");
}

/* -- models -----------------------------------------------------------------------------------------------------------
 */

typedef struct model_form {
    const char *name;
    privacy_tab_model_kind kind;
    char needs[4]; /* k, l, c, t, b(eta), d(elta), r (threshold), m (min and max), p(opulation) */
    bool sensitive;
} model_form;

static const model_form model_forms[] = {
    {"k-anonymity", PRIVACY_TAB_K, "k", false},
    {"k-map", PRIVACY_TAB_K_MAP, "k", false},
    {"distinct-l", PRIVACY_TAB_DISTINCT_L, "l", true},
    {"entropy-l", PRIVACY_TAB_ENTROPY_L, "l", true},
    {"grassberger-l", PRIVACY_TAB_GRASSBERGER_L, "l", true},
    {"recursive-cl", PRIVACY_TAB_RECURSIVE_CL, "cl", true},
    {"t-closeness", PRIVACY_TAB_T_EQUAL, "t", true},
    {"delta-presence", PRIVACY_TAB_PRESENCE, "m", false},
    {"beta-likeness", PRIVACY_TAB_BETA_BASIC, "b", true},
    {"enhanced-beta-likeness", PRIVACY_TAB_BETA_ENHANCED, "b", true},
    {"delta-disclosure", PRIVACY_TAB_DISCLOSURE, "d", true},
    {"average-risk", PRIVACY_TAB_AVERAGE_RISK, "r", false},
    {"sample-uniqueness", PRIVACY_TAB_SAMPLE_UNIQUE, "r", false},
    {"population-uniqueness", PRIVACY_TAB_POPULATION_UNIQUE, "rp", false},
};

static const model_form *form_named(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(model_forms) / sizeof(*model_forms); i++)
        if (strcmp(model_forms[i].name, name) == 0)
            return &model_forms[i];
    return NULL;
}

/* Reads one parameter; what is not asked for must not be said. */
static bool take_parameters(const anonymize_model *said, const model_form *form, privacy_tab_model *model)
{
    const struct {
        char letter;
        double value;
        bool whole;
    } given[] = {{'k', said->k, true},          {'l', said->l, true},     {'c', said->c, false},
                 {'t', said->t, false},         {'b', said->beta, false}, {'d', said->delta, false},
                 {'r', said->threshold, false}, {'m', said->min, false},  {'p', said->population, false}};
    for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
        const bool wanted = strchr(form->needs, given[i].letter) != NULL;
        if (wanted != (given[i].value >= 0))
            return false;
        if (!wanted)
            continue;
        if (given[i].whole &&
            (given[i].value < 1 || given[i].value > 1e9 || given[i].value != (double)(uint32_t)given[i].value))
            return false;
        if (given[i].whole)
            model->k = (uint32_t)given[i].value;
        else if (given[i].letter == 'p')
            model->b = given[i].value;
        else
            model->a = given[i].value;
    }
    return true;
}

static bool take_distance(const anonymize_model *said, privacy_tab_model *model)
{
    if (model->kind != PRIVACY_TAB_T_EQUAL)
        return said->distance == NULL;
    if (said->distance == NULL || strcmp(said->distance, "equal") == 0)
        return true;
    model->kind = strcmp(said->distance, "ordered") == 0 ? PRIVACY_TAB_T_ORDERED : PRIVACY_TAB_T_TREE;
    return model->kind == PRIVACY_TAB_T_ORDERED || strcmp(said->distance, "hierarchical") == 0;
}

static bool take_presence(const anonymize_model *said, privacy_tab_model *model)
{
    if (model->kind != PRIVACY_TAB_PRESENCE)
        return said->max < 0 && said->classes == NULL;
    model->b = said->max;
    model->k = said->classes != NULL && strcmp(said->classes, "released") == 0 ? PRIVACY_TAB_PRESENCE_RELEASED
                                                                               : PRIVACY_TAB_PRESENCE_ALL;
    return said->max >= 0 &&
           (said->classes == NULL || model->k == PRIVACY_TAB_PRESENCE_RELEASED || strcmp(said->classes, "all") == 0);
}

static bool find_sensitive(const anonymize_table *t, const anonymize_model *said, const model_form *form,
                           privacy_tab_model *model)
{
    if (!form->sensitive)
        return said->column == NULL;
    if (said->column == NULL) { /* where there is one, it is meant */
        model->sensitive = 0;
        return t->tab.sensitive_count == 1;
    }
    for (uint32_t s = 0; s < t->tab.sensitive_count; s++)
        if (base_span_is(t->coded->columns[t->sensitive[s]].name, said->column)) {
            model->sensitive = s;
            return true;
        }
    return false;
}

static int add_models(anonymize_table *t, const anonymize_spec *spec, lethe_error *error)
{
    for (uint32_t m = 0; m < spec->model_count; m++) {
        const anonymize_model *said = &spec->models[m];
        const model_form *form = form_named(said->name);
        privacy_tab_model model = {0};
        if (form == NULL)
            return refuse(error, said->line, "models.model");
        model.kind = form->kind;
        if (!find_sensitive(t, said, form, &model))
            return refuse(error, said->line, "models.column");
        if (!take_parameters(said, form, &model) || !take_distance(said, &model) || !take_presence(said, &model))
            return refuse(error, said->line, "models");
        const bool of_subset = model.kind == PRIVACY_TAB_K_MAP || model.kind == PRIVACY_TAB_PRESENCE;
        if (of_subset && t->chosen == NULL)
            return refuse(error, said->line, "columns.subset");
        if (model.kind == PRIVACY_TAB_T_TREE && t->tab.sensitive[model.sensitive].tree_levels < 2)
            return refuse(error, said->line, "columns.hierarchy");
        t->models[m] = model;
    }
    t->limits = (privacy_tab_limits){.models = t->models,
                                     .model_count = spec->model_count,
                                     .suppression = spec->suppression,
                                     .metric = spec->metric,
                                     .aggregate = spec->aggregate,
                                     .gs_factor = spec->gs_factor,
                                     .weights = t->weights,
                                     .least = t->least,
                                     .most = t->most};
    return 0;
}

static int fill(const anonymize_spec *spec, const lethe_anonymize_options *options, anonymize_table *t,
                lethe_error *error)
{
    table_csv_options csv = {.separator = spec->separator, .no_header = spec->no_header};
    if (spec->encoding != NULL)
        csv.encoding = strcmp(spec->encoding, "utf-8") == 0 ? TABLE_ENCODING_UTF8 : TABLE_ENCODING_LATIN1;
    const table_coded_options coded = {
        .missing = spec->missing, .missing_count = spec->missing_count, .rows_max = PRIVACY_TAB_ROWS_MAX};
    BASE_TRY(table_coded_load(options->input, &csv, &coded, &t->coded, error));
    if (t->coded->row_count == 0) {
        base_fail(error, LETHE_E_ENGINE_INPUT);
        base_error_file(error, options->input);
        return LETHE_E_ENGINE_INPUT;
    }
    t->tab.rows = (uint32_t)t->coded->row_count;
    t->roles = calloc(t->coded->column_count + 1UL, sizeof(*t->roles));
    if (t->roles == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(add_columns(t, spec, options, error));
    return add_models(t, spec, error);
}

int anonymize_table_load(const anonymize_spec *spec, const lethe_anonymize_options *options, anonymize_table *ret_table,
                         lethe_error *error)
{
    *ret_table = (anonymize_table){0};
    const int status = fill(spec, options, ret_table, error);
    if (status != 0)
        anonymize_table_done(ret_table);
    return status;
}

void anonymize_table_done(anonymize_table *table)
{
    for (uint32_t i = 0; i < PRIVACY_TAB_COLUMNS_MAX + PRIVACY_TAB_SENSITIVE_MAX; i++) {
        table_bound_free(table->bound[i]);
        table_levels_free(table->levels[i]);
    }
    table_coded_free(table->coded);
    free(table->roles);
    free(table->chosen);
    *table = (anonymize_table){0};
}
