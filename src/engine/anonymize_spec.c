/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/anonymize.h"

#include "json/config.h"

#include <stdlib.h>
#include <string.h>

#define SPEC_BYTES_MAX ((size_t)16 << 20)

typedef struct parser {
    anonymize_spec *spec;
    int status;
    int64_t line;
    char path[LETHE_PLACE_PATH_MAX];
} parser;

static const char *const metric_names[PRIVACY_TAB_METRIC_KINDS] = {
    [PRIVACY_TAB_LOSS] = "loss",
    [PRIVACY_TAB_ENTROPY] = "entropy",
    [PRIVACY_TAB_ENTROPY_LEVELS] = "entropy-monotone",
    [PRIVACY_TAB_PRECISION] = "precision",
    [PRIVACY_TAB_PRECISION_LEVELS] = "precision-monotone",
    [PRIVACY_TAB_DISCERNIBILITY] = "discernibility",
    [PRIVACY_TAB_DISCERNIBILITY_LEVELS] = "discernibility-monotone",
    [PRIVACY_TAB_CLASS_SIZE] = "class-size",
    [PRIVACY_TAB_HEIGHT] = "height",
};
static const char *const aggregate_names[PRIVACY_TAB_AGGREGATES] = {
    [PRIVACY_TAB_DEFAULT] = "default", [PRIVACY_TAB_GEOMETRIC] = "geometric", [PRIVACY_TAB_MEAN] = "mean",
    [PRIVACY_TAB_SUM] = "sum",         [PRIVACY_TAB_LARGEST] = "largest",     [PRIVACY_TAB_RANK] = "rank",
};
static const char *const role_names[] = {
    [ANONYMIZE_IDENTIFYING] = "identifying", [ANONYMIZE_QUASI] = "quasi",   [ANONYMIZE_SENSITIVE] = "sensitive",
    [ANONYMIZE_INSENSITIVE] = "insensitive", [ANONYMIZE_PERSON] = "person", [ANONYMIZE_SUBSET] = "subset",
};

const char *anonymize_metric_name(privacy_tab_metric_kind metric)
{
    return metric_names[metric];
}

const char *anonymize_aggregate_name(privacy_tab_aggregate aggregate)
{
    return aggregate_names[aggregate];
}

static bool find_name(const char *const *names, size_t count, const char *value, int *ret_index)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], value) == 0) {
            *ret_index = (int)i;
            return true;
        }
    return false;
}

static bool parse_number(const char *value, double *ret_number)
{
    char *end;
    *ret_number = strtod(value, &end);
    return end != value && *end == '\0' && *ret_number == *ret_number && *ret_number > -1e18 && *ret_number < 1e18;
}

static bool parse_share(const char *value, double *ret_number)
{
    return parse_number(value, ret_number) && *ret_number >= 0 && *ret_number <= 1;
}

static bool parse_whole(const char *value, int64_t *ret_number)
{
    double number;
    if (!parse_number(value, &number) || number != (double)(int64_t)number)
        return false;
    *ret_number = (int64_t)number;
    return true;
}

static bool copy(parser *p, const char *value, const char **ret_text)
{
    const base_span text = base_arena_copy(&p->spec->arena, base_span_of(value));
    if (text.data == NULL)
        p->status = LETHE_E_BASE_MEMORY;
    *ret_text = text.data;
    return text.data != NULL;
}

/* -- columns ----------------------------------------------------------------------------------------------------------
 */

static anonymize_column *column_named(parser *p, base_span name)
{
    anonymize_spec *spec = p->spec;
    for (uint32_t i = 0; i < spec->column_count; i++)
        if (base_span_is(name, spec->columns[i].name))
            return &spec->columns[i];
    if (spec->column_count == ANONYMIZE_SPEC_COLUMNS_MAX) {
        p->status = LETHE_E_BASE_LIMIT;
        return NULL;
    }
    const base_span own = base_arena_copy(&spec->arena, name);
    if (own.data == NULL) {
        p->status = LETHE_E_BASE_MEMORY;
        return NULL;
    }
    anonymize_column *column = &spec->columns[spec->column_count++];
    *column = (anonymize_column){.name = own.data, .weight = 1, .least = -1, .most = -1, .line = p->line};
    return column;
}

/* "columns.NAME.ATTRIBUTE": a name may have dots, an attribute has none. */
static bool take_column(parser *p, const char *rest, const char *value)
{
    const char *dot = strrchr(rest, '.');
    if (dot == NULL || dot == rest)
        return false;
    anonymize_column *column = column_named(p, (base_span){rest, (size_t)(dot - rest)});
    const char *attribute = dot + 1;
    int role;
    if (column == NULL)
        return false;
    if (strcmp(attribute, "role") == 0) {
        if (!find_name(role_names, sizeof(role_names) / sizeof(*role_names), value, &role))
            return false;
        column->role = (anonymize_role)role;
        return true;
    }
    if (strcmp(attribute, "hierarchy") == 0)
        return copy(p, value, &column->hierarchy);
    if (strcmp(attribute, "kind") == 0)
        return copy(p, value, &column->kind);
    if (strcmp(attribute, "steps") == 0)
        return copy(p, value, &column->steps);
    if (strcmp(attribute, "value") == 0)
        return copy(p, value, &column->value);
    if (strcmp(attribute, "weight") == 0)
        return parse_number(value, &column->weight) && column->weight >= 0 && column->weight <= 1e6;
    if (strcmp(attribute, "least") == 0)
        return parse_whole(value, &column->least) && column->least >= 0;
    if (strcmp(attribute, "most") == 0)
        return parse_whole(value, &column->most) && column->most >= 0;
    if (strcmp(attribute, "from") == 0 || strcmp(attribute, "to") == 0) {
        column->has_range = true;
        return parse_whole(value, attribute[0] == 'f' ? &column->from : &column->to);
    }
    return false;
}

/* -- models -----------------------------------------------------------------------------------------------------------
 */

/* "models.N.ATTRIBUTE" */
static bool take_model(parser *p, const char *rest, const char *value)
{
    char *end;
    const unsigned long index = strtoul(rest, &end, 10);
    if (end == rest || *end != '.' || index >= PRIVACY_TAB_MODELS_MAX || index > p->spec->model_count)
        return false;
    anonymize_model *model = &p->spec->models[index];
    if (index == p->spec->model_count) {
        p->spec->model_count++;
        *model = (anonymize_model){.k = -1,
                                   .l = -1,
                                   .c = -1,
                                   .t = -1,
                                   .beta = -1,
                                   .delta = -1,
                                   .threshold = -1,
                                   .min = -1,
                                   .max = -1,
                                   .population = -1,
                                   .line = p->line};
    }
    const struct {
        const char *name;
        const char **text;
        double *number;
    } attributes[] = {
        {"model", &model->name, NULL},
        {"column", &model->column, NULL},
        {"distance", &model->distance, NULL},
        {"classes", &model->classes, NULL},
        {"k", NULL, &model->k},
        {"l", NULL, &model->l},
        {"c", NULL, &model->c},
        {"t", NULL, &model->t},
        {"beta", NULL, &model->beta},
        {"delta", NULL, &model->delta},
        {"threshold", NULL, &model->threshold},
        {"min", NULL, &model->min},
        {"max", NULL, &model->max},
        {"population", NULL, &model->population},
    };
    for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
        if (strcmp(end + 1, attributes[i].name) == 0)
            return attributes[i].text != NULL ? copy(p, value, attributes[i].text)
                                              : parse_number(value, attributes[i].number) && *attributes[i].number >= 0;
    return false;
}

/* -- the rest ---------------------------------------------------------------------------------------------------------
 */

static bool take_other(parser *p, const char *key, const char *value)
{
    anonymize_spec *spec = p->spec;
    int index;
    if (strcmp(key, "suppression") == 0)
        return parse_share(value, &spec->suppression);
    if (strcmp(key, "gs-factor") == 0)
        return parse_share(value, &spec->gs_factor);
    if (strcmp(key, "seconds") == 0)
        return parse_number(value, &spec->seconds) && spec->seconds >= 0 && spec->seconds <= 1e6;
    if (strcmp(key, "metric") == 0 && find_name(metric_names, PRIVACY_TAB_METRIC_KINDS, value, &index)) {
        spec->metric = (privacy_tab_metric_kind)index;
        return true;
    }
    if (strcmp(key, "aggregate") == 0 && find_name(aggregate_names, PRIVACY_TAB_AGGREGATES, value, &index)) {
        spec->aggregate = (privacy_tab_aggregate)index;
        return true;
    }
    if (strcmp(key, "encoding") == 0)
        return copy(p, value, &spec->encoding) && (strcmp(value, "utf-8") == 0 || strcmp(value, "latin-1") == 0);
    if (strcmp(key, "separator") == 0 && strlen(value) == 1) {
        spec->separator = value[0];
        return true;
    }
    if (strcmp(key, "header") == 0) {
        spec->no_header = strcmp(value, "false") == 0;
        return spec->no_header || strcmp(value, "true") == 0;
    }
    if (strncmp(key, "missing.", 8) == 0 && spec->missing_count < ANONYMIZE_MISSING_MAX)
        return copy(p, value, &spec->missing[spec->missing_count++]);
    return false;
}

/* Where it was, without what stood there: columns are named by the operator, as every key is. */
static int take(void *context, const char *key, const char *value, int64_t line)
{
    parser *p = context;
    p->line = line;
    const bool taken = strncmp(key, "columns.", 8) == 0  ? take_column(p, key + 8, value)
                       : strncmp(key, "models.", 7) == 0 ? take_model(p, key + 7, value)
                                                         : take_other(p, key, value);
    if (!taken) {
        const size_t size = strnlen(key, sizeof(p->path) - 1);
        memcpy(p->path, key, size);
        p->path[size] = '\0';
        if (p->status == 0)
            p->status = LETHE_E_ENGINE_OPTION;
    }
    return p->status;
}

int anonymize_spec_parse(base_span text, anonymize_spec *ret_spec, lethe_error *error)
{
    anonymize_spec spec = {.gs_factor = 0.5};
    parser p = {.spec = &spec};
    base_arena_init(&spec.arena, SPEC_BYTES_MAX);
    spec.columns = base_arena_take_array(&spec.arena, ANONYMIZE_SPEC_COLUMNS_MAX, sizeof(*spec.columns));
    if (spec.columns == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = json_config_parse(text, take, &p, error);
    if (p.status != 0) {
        status = base_fail(error, p.status);
        base_error_line(error, p.line);
        base_error_path(error, p.path);
    } else if (status == 0 && spec.model_count == 0) {
        status = base_fail(error, LETHE_E_ENGINE_OPTION);
        base_error_path(error, "models");
    }
    if (status != 0)
        base_arena_done(&spec.arena);
    else
        *ret_spec = spec;
    return status;
}

void anonymize_spec_done(anonymize_spec *spec)
{
    base_arena_done(&spec->arena);
    *spec = (anonymize_spec){0};
}
