/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/levels_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define CUTS_MAX       256
#define ORDER_TEXT_MAX 120

bool levels_numbers(const char **text, int64_t *ret_numbers, uint32_t max, uint32_t *ret_count)
{
    *ret_count = 0;
    for (;;) {
        const size_t size = strcspn(*text, ",/");
        if (*ret_count == max || !privacy_number((base_span){*text, size}, &ret_numbers[*ret_count]))
            return false;
        (*ret_count)++;
        *text += size;
        if (**text != ',')
            break;
        (*text)++;
    }
    if (**text == '/')
        (*text)++;
    return true;
}

static int compare_items(const void *a, const void *b)
{
    const levels_item *x = a, *y = b;
    if ((x->text.size == 0) != (y->text.size == 0))
        return x->text.size == 0 ? 1 : -1; /* missing values last */
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return base_span_compare(x->text, y->text);
}

static int read_numbers(levels_job *job)
{
    job->whole = true;
    for (uint32_t i = 0; i < job->count; i++) {
        levels_item *item = &job->items[i];
        if (item->text.size != 0 && !privacy_number(item->text, &item->number)) {
            job->bad = item->code;
            return -1;
        }
        job->whole = job->whole && item->number % LEVELS_UNIT == 0;
    }
    qsort(job->items, job->count, sizeof(*job->items), compare_items);
    return 0;
}

static int64_t floor_to(int64_t number, int64_t width)
{
    const int64_t rest = number % width;
    return number - (rest < 0 ? rest + width : rest);
}

/* A number as people write it. */
static void write_number(int64_t number, char *ret_text, size_t size)
{
    const int64_t part = llabs(number % LEVELS_UNIT), whole = llabs(number / LEVELS_UNIT);
    int written = snprintf(ret_text, size, "%s%lld", number < 0 ? "-" : "", (long long)whole);
    if (part == 0)
        return;
    written += snprintf(ret_text + written, size - (size_t)written, ".%06lld", (long long)part);
    while (ret_text[written - 1] == '0')
        ret_text[--written] = '\0';
}

/* from <= x < to */
static int name_interval(levels_job *job, uint32_t item, uint32_t level, int64_t from, int64_t to)
{
    char low[40], high[40];
    const bool whole = job->whole && from % LEVELS_UNIT == 0 && to % LEVELS_UNIT == 0 && from >= 0;
    write_number(from, low, sizeof(low));
    write_number(whole ? to - LEVELS_UNIT : to, high, sizeof(high));
    if (!whole)
        return levels_job_name(job, item, level, "[%s, %s[", low, high);
    if (to - from == LEVELS_UNIT)
        return levels_job_name(job, item, level, "%s", low);
    return levels_job_name(job, item, level, "%s-%s", low, high);
}

int levels_fill_interval(levels_job *job, lethe_error *error)
{
    int64_t widths[LEVELS_STEPS_MAX];
    uint32_t count = 0;
    const char *steps = job->steps;
    if (!levels_numbers(&steps, widths, LEVELS_STEPS_MAX, &count) || *steps != '\0')
        return levels_bad_steps(error);
    for (uint32_t i = 0; i < count; i++)
        if (widths[i] <= 0 || (i > 0 && (widths[i] <= widths[i - 1] || widths[i] % widths[i - 1] != 0)))
            return levels_bad_steps(error);
    BASE_TRY(read_numbers(job));
    BASE_TRY(levels_job_open(job, count, error));
    for (uint32_t i = 0; i < job->count && job->items[i].text.size != 0; i++)
        for (uint32_t l = 0; l < count; l++) {
            const int64_t from = floor_to(job->items[i].number, widths[l]);
            BASE_TRY(name_interval(job, i, l + 1, from, from + widths[l]));
        }
    return 0;
}

static int name_band(levels_job *job, uint32_t item, uint32_t level, const int64_t *cuts, uint32_t count)
{
    char text[40];
    uint32_t above = 0;
    while (above < count && job->items[item].number >= cuts[above])
        above++;
    if (above > 0 && above < count)
        return name_interval(job, item, level, cuts[above - 1], cuts[above]);
    write_number(above == 0 ? cuts[0] : cuts[count - 1], text, sizeof(text));
    return above == 0 ? levels_job_name(job, item, level, "<%s", text) : levels_job_name(job, item, level, "%s+", text);
}

int levels_fill_bands(levels_job *job, lethe_error *error)
{
    int64_t cuts[CUTS_MAX];
    uint32_t counts[LEVELS_STEPS_MAX], levels = 0, used = 0;
    const char *steps = job->steps;
    while (levels == 0 || *steps != '\0') {
        if (levels == LEVELS_STEPS_MAX || !levels_numbers(&steps, cuts + used, CUTS_MAX - used, &counts[levels]))
            return levels_bad_steps(error);
        for (uint32_t i = 1; i < counts[levels]; i++)
            if (cuts[used + i] <= cuts[used + i - 1])
                return levels_bad_steps(error);
        used += counts[levels++];
    }
    BASE_TRY(read_numbers(job));
    BASE_TRY(levels_job_open(job, levels, error));
    for (uint32_t i = 0; i < job->count && job->items[i].text.size != 0; i++)
        for (uint32_t l = 0, at = 0; l < levels; at += counts[l++])
            BASE_TRY(name_band(job, i, l + 1, cuts + at, counts[l]));
    return 0;
}

/* Groups of neighbours: by number where all values are numbers, else by bytes. */
int levels_fill_order(levels_job *job, lethe_error *error)
{
    int64_t sizes[LEVELS_STEPS_MAX];
    uint32_t count = 0, present = 0;
    const char *steps = job->steps;
    if (!levels_numbers(&steps, sizes, LEVELS_STEPS_MAX, &count) || *steps != '\0')
        return levels_bad_steps(error);
    for (uint32_t i = 0; i < count; i++)
        if (sizes[i] < 2 * LEVELS_UNIT || sizes[i] % LEVELS_UNIT != 0 || sizes[i] / LEVELS_UNIT > TABLE_LEAVES_MAX)
            return levels_bad_steps(error);
    if (read_numbers(job) != 0) {
        for (uint32_t i = 0; i < job->count; i++)
            job->items[i].number = 0;
        qsort(job->items, job->count, sizeof(*job->items), compare_items);
    }
    while (present < job->count && job->items[present].text.size != 0)
        present++;
    BASE_TRY(levels_job_open(job, count, error));
    uint64_t size = 1;
    for (uint32_t l = 0; l < count; l++) {
        size *= (uint64_t)(sizes[l] / LEVELS_UNIT);
        size = size < present ? size : present;
        for (uint32_t i = 0; i < present; i++) {
            const uint64_t first = i / size * size, last = first + size < present ? first + size - 1 : present - 1u;
            const base_span a = job->items[first].text, b = job->items[last].text;
            if (a.size > ORDER_TEXT_MAX || b.size > ORDER_TEXT_MAX)
                return LETHE_E_BASE_LIMIT;
            BASE_TRY(first == last
                         ? levels_job_name(job, i, l + 1, "%.*s", (int)a.size, a.data)
                         : levels_job_name(job, i, l + 1, "%.*s .. %.*s", (int)a.size, a.data, (int)b.size, b.data));
        }
    }
    return 0;
}
