/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/levels_internal.h"

#include "base/date.h"
#include "base/utf8.h"

#include <stdlib.h>

/* Characters of UTF-8 text, and the bytes of the first `most` of them. */
static size_t count_characters(base_span text, size_t most, size_t *ret_bytes)
{
    size_t count = 0, i = 0;
    while (i < text.size && count < most) {
        const size_t size = base_utf8_size(text.data + i, text.size - i);
        i += size != 0 ? size : 1;
        count++;
    }
    *ret_bytes = i;
    return count;
}

static int name_redacted(levels_job *job, uint32_t item, uint32_t level, size_t keep, size_t length)
{
    const base_span text = job->items[item].text;
    size_t bytes = 0;
    const size_t kept = count_characters(text, keep, &bytes), stars = length - kept;
    char *name = base_arena_take(&job->arena, bytes + stars + 1);
    if (name == NULL)
        return LETHE_E_BASE_MEMORY;
    memcpy(name, text.data, bytes);
    memset(name + bytes, '*', stars);
    job->names[(size_t)item * job->level_count + level] = (base_span){name, bytes + stars};
    return 0;
}

/* Shorter values are filled up with stars, so that a level has one length. */
int levels_fill_redaction(levels_job *job, lethe_error *error)
{
    int64_t keep[LEVELS_STEPS_MAX];
    uint32_t count = 0;
    size_t length = 0, bytes = 0;
    const char *steps = job->steps;
    for (uint32_t i = 0; i < job->count; i++) {
        const size_t size = count_characters(job->items[i].text, SIZE_MAX, &bytes);
        length = size > length ? size : length;
    }
    if (steps[0] == '\0') {
        if (length > LEVELS_STEPS_MAX)
            return levels_bad_steps(error);
        for (count = 0; count + 1 < length; count++)
            keep[count] = (int64_t)(length - 1 - count) * LEVELS_UNIT;
    } else if (!levels_numbers(&steps, keep, LEVELS_STEPS_MAX, &count) || *steps != '\0') {
        return levels_bad_steps(error);
    }
    for (uint32_t i = 0; i < count; i++)
        if (keep[i] <= 0 || keep[i] % LEVELS_UNIT != 0 || (i > 0 && keep[i] >= keep[i - 1]))
            return levels_bad_steps(error);
    BASE_TRY(levels_job_open(job, count, error));
    for (uint32_t i = 0; i < job->count; i++)
        for (uint32_t l = 0; l < count && job->items[i].text.size != 0; l++)
            BASE_TRY(name_redacted(job, i, l + 1, (size_t)(keep[l] / LEVELS_UNIT), length));
    return 0;
}

typedef enum unit { DAY, MONTH, QUARTER, YEAR, DECADE, UNIT_COUNT } unit;

static bool read_units(const char *text, unit *ret_units, uint32_t *ret_count)
{
    static const char *const names[UNIT_COUNT] = {"day", "month", "quarter", "year", "decade"};
    *ret_count = 0;
    for (;;) {
        const base_span name = {text, strcspn(text, ",")};
        int found = 0;
        while (found < UNIT_COUNT && !base_span_is(name, names[found]))
            found++;
        if (found == UNIT_COUNT || (*ret_count > 0 && (int)ret_units[*ret_count - 1] >= found))
            return false;
        ret_units[(*ret_count)++] = (unit)found;
        text += name.size;
        if (*text == '\0')
            return true;
        text++;
    }
}

/* A date that is known less exactly than a level asks for keeps what is known. */
static int name_date(levels_job *job, uint32_t item, uint32_t level, unit to, base_precision known)
{
    const base_civil date = base_civil_of((int32_t)job->items[item].number);
    if (to == DECADE)
        return levels_job_name(job, item, level, "%04d-%04d", date.year / 10 * 10, date.year / 10 * 10 + 9);
    if (to == YEAR || known == BASE_PRECISION_YEAR)
        return levels_job_name(job, item, level, "%04d", date.year);
    if (to == QUARTER)
        return levels_job_name(job, item, level, "%04d-Q%d", date.year, (date.month + 2) / 3);
    if (to == MONTH || known == BASE_PRECISION_MONTH)
        return levels_job_name(job, item, level, "%04d-%02d", date.year, date.month);
    return levels_job_name(job, item, level, "%04d-%02d-%02d", date.year, date.month, date.day);
}

static int compare_days(const void *a, const void *b)
{
    const levels_item *x = a, *y = b;
    return x->number != y->number ? (x->number < y->number ? -1 : 1) : base_span_compare(x->text, y->text);
}

int levels_fill_date(levels_job *job, lethe_error *error)
{
    unit units[UNIT_COUNT];
    uint32_t count = 0;
    base_time time = {0};
    if (!read_units(job->steps[0] != '\0' ? job->steps : "day,month,quarter,year,decade", units, &count))
        return levels_bad_steps(error);
    for (uint32_t i = 0; i < job->count; i++) {
        levels_item *item = &job->items[i];
        job->bad = item->code;
        item->number = INT64_MAX;
        if (item->text.size != 0 && base_time_parse(item->text, &time, NULL) != 0)
            return -1;
        if (item->text.size != 0)
            item->number = time.day;
    }
    qsort(job->items, job->count, sizeof(*job->items), compare_days);
    BASE_TRY(levels_job_open(job, count, error));
    for (uint32_t i = 0; i < job->count && job->items[i].text.size != 0; i++) {
        BASE_TRY(base_time_parse(job->items[i].text, &time, error));
        for (uint32_t l = 0; l < count; l++)
            BASE_TRY(name_date(job, i, l + 1, units[l], (base_precision)time.precision));
    }
    return 0;
}

static int compare_rows(const void *a, const void *b)
{
    const levels_item *x = a, *y = b;
    if ((x->text.size == 0) != (y->text.size == 0))
        return x->text.size == 0 ? 1 : -1;
    return x->rows != y->rows ? (x->rows > y->rows ? -1 : 1) : base_span_compare(x->text, y->text);
}

int levels_fill_priority(levels_job *job, lethe_error *error)
{
    int64_t number = 0;
    uint32_t present = 0;
    if (!privacy_number(base_span_of(job->steps), &number) || number < 2 * LEVELS_UNIT || number % LEVELS_UNIT != 0 ||
        number > LEVELS_STEPS_MAX * LEVELS_UNIT)
        return levels_bad_steps(error);
    const uint64_t levels = (uint64_t)(number / LEVELS_UNIT);
    qsort(job->items, job->count, sizeof(*job->items), compare_rows);
    while (present < job->count && job->items[present].text.size != 0)
        present++;
    BASE_TRY(levels_job_open(job, (uint32_t)levels - 1, error));
    for (uint32_t i = 0; i < job->count; i++)
        for (uint32_t l = 1; l < levels; l++) {
            const bool kept = i < present && i < (present * (levels - l) + levels - 1) / levels;
            job->names[(size_t)i * job->level_count + l] = kept ? job->items[i].text : BASE_SPAN("*");
        }
    return 0;
}

int levels_fill_lookup(levels_job *job, lethe_error *error)
{
    if (job->spec->lookup == NULL)
        return levels_bad_steps(error);
    BASE_TRY(levels_job_open(job, 1, error));
    for (uint32_t i = 0; i < job->count; i++) {
        if (job->items[i].text.size == 0)
            continue;
        const base_span name = job->spec->lookup(job->spec->lookup_context, job->items[i].text);
        job->bad = job->items[i].code;
        if (name.size == 0)
            return -1;
        job->names[(size_t)i * job->level_count + 1] = name;
    }
    return 0;
}
