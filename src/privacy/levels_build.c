/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/levels_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define JOB_BYTES_MAX ((size_t)4 << 30)
#define RANGE_MAX     1000000

typedef struct filler {
    const char *name;
    int (*fill)(levels_job *job, lethe_error *error);
} filler;

static const filler KINDS[PRIVACY_LEVELS_KIND_COUNT] = {
    [PRIVACY_LEVELS_INTERVAL] = {"interval", levels_fill_interval},
    [PRIVACY_LEVELS_BANDS] = {"bands", levels_fill_bands},
    [PRIVACY_LEVELS_ORDER] = {"order", levels_fill_order},
    [PRIVACY_LEVELS_REDACTION] = {"redaction", levels_fill_redaction},
    [PRIVACY_LEVELS_DATE] = {"date", levels_fill_date},
    [PRIVACY_LEVELS_PRIORITY] = {"priority", levels_fill_priority},
    [PRIVACY_LEVELS_LOOKUP] = {"lookup", levels_fill_lookup},
};

const char *privacy_levels_kind_name(privacy_levels_kind kind)
{
    return KINDS[kind].name;
}

int privacy_levels_kind_find(const char *name, privacy_levels_kind *ret_kind, lethe_error *error)
{
    for (int i = 0; i < PRIVACY_LEVELS_KIND_COUNT; i++)
        if (strcmp(KINDS[i].name, name) == 0) {
            *ret_kind = (privacy_levels_kind)i;
            return 0;
        }
    base_fail(error, LETHE_E_PRIVACY_OPTION);
    base_error_path(error, "kind");
    return LETHE_E_PRIVACY_OPTION;
}

int levels_bad_steps(lethe_error *error)
{
    base_fail(error, LETHE_E_PRIVACY_OPTION);
    base_error_path(error, "steps");
    return LETHE_E_PRIVACY_OPTION;
}

int levels_job_open(levels_job *job, uint32_t between, lethe_error *error)
{
    if (between > LEVELS_STEPS_MAX)
        return levels_bad_steps(error);
    job->level_count = between + 2;
    job->names = base_arena_take_array(&job->arena, (size_t)job->count * job->level_count + 1, sizeof(*job->names));
    if (job->names == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < job->count; i++) {
        base_span *names = job->names + (size_t)i * job->level_count;
        names[0] = job->items[i].text;
        for (uint32_t l = 1; l <= between && names[0].size == 0; l++)
            names[l] = BASE_SPAN("missing");
        names[between + 1] = BASE_SPAN("*");
    }
    return 0;
}

int levels_job_name(levels_job *job, uint32_t item, uint32_t level, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof(text))
        return LETHE_E_BASE_LIMIT;
    base_span *name = &job->names[(size_t)item * job->level_count + level];
    *name = base_arena_copy(&job->arena, (base_span){text, (size_t)size});
    return name->data == NULL ? LETHE_E_BASE_MEMORY : 0;
}

static int take_column(levels_job *job, const table_coded_column *column, size_t rows, lethe_error *error)
{
    job->items = base_arena_take_array(&job->arena, (size_t)column->value_count + 1, sizeof(*job->items));
    if (job->items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t code = 0; code < column->value_count; code++)
        job->items[code] = (levels_item){.text = column->values[code], .code = code};
    for (size_t row = 0; row < rows; row++)
        job->items[column->codes[row]].rows++;
    job->count = column->value_count;
    return 0;
}

static int take_range(levels_job *job, lethe_error *error)
{
    const privacy_levels_spec *spec = job->spec;
    const bool numbers = spec->kind == PRIVACY_LEVELS_INTERVAL || spec->kind == PRIVACY_LEVELS_BANDS;
    if (!numbers || spec->from > spec->to || spec->from < -1000000000 || spec->to > 1000000000 ||
        spec->to - spec->from >= RANGE_MAX) {
        base_fail(error, LETHE_E_PRIVACY_OPTION);
        base_error_path(error, "range");
        return LETHE_E_PRIVACY_OPTION;
    }
    job->count = (uint32_t)(spec->to - spec->from) + 1;
    job->items = base_arena_take_array(&job->arena, job->count, sizeof(*job->items));
    for (uint32_t i = 0; job->items != NULL && i < job->count; i++) {
        char text[24];
        (void)snprintf(text, sizeof(text), "%lld", (long long)spec->from + i);
        job->items[i] = (levels_item){.text = base_arena_copy(&job->arena, base_span_of(text)), .code = UINT32_MAX};
        if (job->items[i].text.data == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    return job->items == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
}

/* The first row that has the value: a value came from a row, so that there is one. */
static int blame_value(const table_coded *table, uint32_t column, uint32_t code, lethe_error *error)
{
    char place[LETHE_PLACE_PATH_MAX];
    size_t row = 0;
    while (row < table->row_count && table->columns[column].codes[row] != code)
        row++;
    base_fail(error, LETHE_E_PRIVACY_VALUE);
    (void)snprintf(place, sizeof(place), "row %llu, column %u", (unsigned long long)(table->first_row + row),
                   table->columns[column].file_column + 1);
    base_error_path(error, place);
    if (table->file != NULL)
        base_error_file(error, table->file);
    return LETHE_E_PRIVACY_VALUE;
}

static int build(levels_job *job, const table_coded *table, uint32_t column, table_levels **ret_levels,
                 lethe_error *error)
{
    if (job->spec->has_range)
        BASE_TRY(take_range(job, error));
    else
        BASE_TRY(take_column(job, &table->columns[column], table->row_count, error));
    const int status = KINDS[job->spec->kind].fill(job, error);
    if (status == -1)
        return blame_value(table, column, job->bad, error);
    if (status == LETHE_E_BASE_LIMIT || status == LETHE_E_BASE_MEMORY)
        return base_fail(error, status);
    BASE_TRY(status);
    const int made = table_levels_make(job->names, job->count, job->level_count, ret_levels, error);
    return made == LETHE_E_TABLE_LEVELS_NESTING ? levels_bad_steps(error) : made; /* rows of it say nothing to anyone */
}

int privacy_levels_build(const privacy_levels_spec *spec, const table_coded *table, uint32_t column,
                         table_levels **ret_levels, lethe_error *error)
{
    levels_job job = {.spec = spec, .steps = spec->steps != NULL ? spec->steps : ""};
    base_arena_init(&job.arena, JOB_BYTES_MAX);
    const int status = build(&job, table, column, ret_levels, error);
    base_arena_done(&job.arena);
    return status;
}
