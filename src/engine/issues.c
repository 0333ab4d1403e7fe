/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/issues.h"

#include <stdlib.h>

int engine_issues_init(engine_issues *list, size_t max, lethe_error *error)
{
    *list = (engine_issues){.max = max, .counts = calloc(fhir_rule_count(), sizeof(*list->counts))};
    return list->counts != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

void engine_issues_done(engine_issues *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->issues[i].path);
    free(list->issues);
    free(list->counts);
    *list = (engine_issues){0};
}

static int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare(const engine_issue *a, const engine_issue *b)
{
    int order = compare_numbers(a->file, b->file);
    if (order == 0)
        order = compare_numbers(a->line, b->line);
    if (order == 0)
        order = compare_numbers(a->byte, b->byte);
    if (order == 0)
        order = strcmp(a->path, b->path);
    return order != 0 ? order : compare_numbers(a->rule, b->rule);
}

static int by_place(const void *left, const void *right)
{
    return compare(left, right);
}

void engine_issues_sort(engine_issues *list)
{
    if (list->count > 1)
        qsort(list->issues, list->count, sizeof(*list->issues), by_place);
    while (list->count > list->max)
        free(list->issues[--list->count].path);
}

/* Room for one more: twice the maximum is gathered before what is too much is dropped. */
static int reserve(engine_issues *list)
{
    if (list->count < list->capacity)
        return 0;
    if (list->count >= 2 * list->max + 64) {
        engine_issues_sort(list);
        list->full = list->count == list->max && list->max != 0;
        if (list->full)
            list->last = list->issues[list->count - 1];
        return 0;
    }
    const size_t wanted = list->capacity != 0 ? 2 * list->capacity : 64, most = 2 * list->max + 64;
    const size_t capacity = wanted < most ? wanted : most;
    engine_issue *issues = realloc(list->issues, capacity * sizeof(*issues));
    if (issues == NULL)
        return LETHE_E_BASE_MEMORY;
    list->issues = issues;
    list->capacity = capacity;
    return 0;
}

/* Takes the path of `issue`. */
static int keep(engine_issues *list, const engine_issue *issue)
{
    const int status = reserve(list);
    if (status != 0 || list->max == 0) {
        free(issue->path);
        return status;
    }
    list->issues[list->count++] = *issue;
    return 0;
}

int engine_issues_add(engine_issues *list, uint32_t file, int64_t line, int64_t byte, const fhir_issue *issue)
{
    engine_issue kept = {.file = file, .rule = issue->number, .line = line, .byte = byte};
    list->counts[issue->number]++;
    if (list->full && (file > list->last.file || (file == list->last.file && line > list->last.line)))
        return 0;
    kept.path = strdup(issue->path);
    return kept.path != NULL ? keep(list, &kept) : LETHE_E_BASE_MEMORY;
}

int engine_issues_merge(engine_issues *list, engine_issues *from)
{
    int status = 0;
    for (size_t i = 0; i < fhir_rule_count(); i++)
        list->counts[i] += from->counts[i];
    engine_issues_sort(from);
    while (from->count > 0 && status == 0)
        status = keep(list, &from->issues[--from->count]);
    return status;
}
