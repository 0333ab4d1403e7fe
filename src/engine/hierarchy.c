/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/location.h"
#include "engine/tabular.h"
#include "privacy/levels.h"

#include <lethe/hierarchy.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)2 << 30)

struct lethe_hierarchy {
    table_levels *levels;
    base_buf text;
};

/* The census region of a place: `clinical` has the tables, `privacy` the levels, and neither knows the other. */
static base_span region_of(void *context, base_span value)
{
    static const char *const names[] = {"northeast", "midwest", "south", "west", "other", "unknown"};
    clinical_location location = {.region = RECORD_REGION_UNKNOWN};
    const record_place place = {.text = value};
    if (clinical_location_of(context, &place, &location, NULL) != 0)
        return BASE_SPAN("unknown");
    return base_span_of(names[location.region]);
}

static int new_hierarchy(lethe_hierarchy **ret_hierarchy, lethe_error *error)
{
    lethe_hierarchy *hierarchy = calloc(1, sizeof(*hierarchy));
    if (hierarchy == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_init(&hierarchy->text, TEXT_MAX);
    *ret_hierarchy = hierarchy;
    return 0;
}

static int read_spec(const lethe_hierarchy_options *options, clinical_words *words, privacy_levels_spec *ret_spec,
                     lethe_error *error)
{
    privacy_levels_spec spec = {.steps = options->steps,
                                .has_range = options->has_range != 0,
                                .from = options->from,
                                .to = options->to,
                                .lookup = region_of,
                                .lookup_context = words};
    if (options->kind == NULL)
        return engine_tabular_refuse("kind", error);
    if (strcmp(options->kind, "region") == 0)
        spec.kind = PRIVACY_LEVELS_LOOKUP;
    else
        BASE_TRY(privacy_levels_kind_find(options->kind, &spec.kind, error));
    if (!spec.has_range && (options->input == NULL || options->column == NULL))
        return engine_tabular_refuse(options->input == NULL ? "input" : "column", error);
    *ret_spec = spec;
    return 0;
}

static int build(const lethe_hierarchy_options *options, lethe_hierarchy *hierarchy, lethe_error *error)
{
    engine_tabular tabular = {0};
    clinical_words words = {0};
    privacy_levels_spec spec;
    BASE_TRY(read_spec(options, &words, &spec, error));
    if (!spec.has_range)
        BASE_TRY(engine_tabular_read(options->input, &options->column, 1, &tabular, error));
    const int status = privacy_levels_build(&spec, tabular.table, 0, &hierarchy->levels, error);
    engine_tabular_done(&tabular);
    clinical_words_done(&words);
    return status;
}

int lethe_hierarchy_build(const lethe_hierarchy_options *options, lethe_hierarchy **ret_hierarchy, lethe_error *error)
{
    lethe_hierarchy *hierarchy = NULL;
    BASE_TRY(new_hierarchy(&hierarchy, error));
    const int status = build(options, hierarchy, error);
    if (status != 0)
        lethe_hierarchy_free(hierarchy);
    else
        *ret_hierarchy = hierarchy;
    return status;
}

int lethe_hierarchy_load(const char *path, lethe_hierarchy **ret_hierarchy, lethe_error *error)
{
    lethe_hierarchy *hierarchy = NULL;
    BASE_TRY(new_hierarchy(&hierarchy, error));
    const int status = table_levels_load(path, &hierarchy->levels, error);
    if (status != 0)
        lethe_hierarchy_free(hierarchy);
    else
        *ret_hierarchy = hierarchy;
    return status;
}

int lethe_hierarchy_check(const lethe_hierarchy *hierarchy, const lethe_csv *input, const char *column,
                          lethe_error *error)
{
    engine_tabular tabular = {0};
    table_bound *bound = NULL;
    BASE_TRY(engine_tabular_read(input, &column, 1, &tabular, error));
    const int status = table_levels_bind(hierarchy->levels, tabular.table, 0, &bound, error);
    table_bound_free(bound);
    engine_tabular_done(&tabular);
    return status;
}

uint32_t lethe_hierarchy_leaves(const lethe_hierarchy *hierarchy)
{
    return hierarchy->levels->leaf_count;
}

uint32_t lethe_hierarchy_levels(const lethe_hierarchy *hierarchy)
{
    return hierarchy->levels->level_count;
}

uint32_t lethe_hierarchy_groups(const lethe_hierarchy *hierarchy, uint32_t level)
{
    return level < hierarchy->levels->level_count ? hierarchy->levels->level[level].group_count : 0;
}

int lethe_hierarchy_text(lethe_hierarchy *hierarchy, const char **ret_text, size_t *ret_size, lethe_error *error)
{
    base_buf_reset(&hierarchy->text);
    table_levels_write(hierarchy->levels, ';', &hierarchy->text);
    BASE_TRY(base_buf_check(&hierarchy->text, error));
    *ret_text = hierarchy->text.size != 0 ? hierarchy->text.data : "";
    *ret_size = hierarchy->text.size;
    return 0;
}

/* base_file_put replaces what is there; a hierarchy that somebody worked on is never replaced. */
static int put_new(const char *path, base_span text, lethe_error *error)
{
    char folder[BASE_PATH_MAX];
    if (access(path, F_OK) == 0 || errno != ENOENT) {
        base_fail(error, LETHE_E_BASE_EXISTS);
        base_error_file(error, path);
        return LETHE_E_BASE_EXISTS;
    }
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return base_file_put(".", path, text, error);
    (void)snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return base_file_put(folder, slash + 1, text, error);
}

int lethe_hierarchy_write(const lethe_hierarchy *hierarchy, const char *path, lethe_error *error)
{
    base_buf text;
    base_buf_init(&text, TEXT_MAX);
    table_levels_write(hierarchy->levels, ';', &text);
    int status = base_buf_check(&text, error);
    if (status == 0)
        status = put_new(path, base_buf_view(&text), error);
    base_buf_done(&text);
    return status;
}

void lethe_hierarchy_free(lethe_hierarchy *hierarchy)
{
    if (hierarchy == NULL)
        return;
    table_levels_free(hierarchy->levels);
    base_buf_done(&hierarchy->text);
    free(hierarchy);
}
