/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/withheld.h"

#include <stdlib.h>

void engine_withheld_init(engine_withheld *withheld)
{
    *withheld = (engine_withheld){0};
    pthread_mutex_init(&withheld->lock, NULL);
}

void engine_withheld_done(engine_withheld *withheld)
{
    free(withheld->entries);
    pthread_mutex_destroy(&withheld->lock);
}

static int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_place(const void *left, const void *right)
{
    const engine_withheld_entry *a = left, *b = right;
    int order = compare_numbers(a->file, b->file);
    if (order == 0)
        order = compare_numbers(a->line, b->line);
    if (order == 0)
        order = compare_numbers(a->byte, b->byte);
    if (order == 0)
        order = strcmp(a->path, b->path);
    return order != 0 ? order : compare_numbers(a->code, b->code);
}

static void count_code(engine_withheld *withheld, const engine_withheld_entry *entry)
{
    for (size_t i = 0; i < ENGINE_WITHHELD_CODES_MAX; i++) {
        engine_withheld_code *code = &withheld->codes[i];
        if (code->code == 0)
            *code = (engine_withheld_code){.code = entry->code, .first = *entry};
        if (code->code != entry->code)
            continue;
        code->count++;
        if (by_place(entry, &code->first) < 0)
            code->first = *entry;
        return;
    }
}

static engine_withheld_entry *new_entry(engine_withheld *withheld)
{
    if (withheld->count == withheld->capacity) {
        const size_t capacity = withheld->capacity != 0 ? 2 * withheld->capacity : 64;
        engine_withheld_entry *entries = capacity <= 2 * ENGINE_WITHHELD_ENTRIES_MAX
                                             ? realloc(withheld->entries, capacity * sizeof(*entries))
                                             : NULL;
        if (entries == NULL)
            return NULL; /* it stays counted */
        withheld->entries = entries;
        withheld->capacity = capacity;
    }
    return &withheld->entries[withheld->count++];
}

void engine_withheld_add(engine_withheld *withheld, uint32_t file, const lethe_error *trouble)
{
    engine_withheld_entry entry = {.code = trouble->code, .file = file, .line = trouble->line, .byte = trouble->byte};
    memcpy(entry.path, trouble->path, sizeof(entry.path));
    pthread_mutex_lock(&withheld->lock);
    withheld->total++;
    count_code(withheld, &entry);
    engine_withheld_entry *kept = withheld->count < ENGINE_WITHHELD_ENTRIES_MAX ? new_entry(withheld) : NULL;
    if (kept != NULL)
        *kept = entry;
    pthread_mutex_unlock(&withheld->lock);
}

/* By code; unused ones last. */
static int by_code(const void *left, const void *right)
{
    const int a = ((const engine_withheld_code *)left)->code, b = ((const engine_withheld_code *)right)->code;
    return a == 0 || b == 0 ? (a == 0) - (b == 0) : compare_numbers(a, b);
}

void engine_withheld_sort(engine_withheld *withheld)
{
    if (withheld->count != 0)
        qsort(withheld->entries, withheld->count, sizeof(*withheld->entries), by_place);
    qsort(withheld->codes, ENGINE_WITHHELD_CODES_MAX, sizeof(withheld->codes[0]), by_code);
}

size_t engine_withheld_tell(const engine_withheld *withheld, const engine_source *source,
                            lethe_withheld ret_codes[LETHE_WITHHELD_CODES_MAX])
{
    size_t count = 0;
    for (; count < ENGINE_WITHHELD_CODES_MAX && withheld->codes[count].code != 0; count++) {
        const engine_withheld_code *from = &withheld->codes[count];
        lethe_withheld *to = &ret_codes[count];
        *to = (lethe_withheld){.records = from->count};
        base_fail(&to->first, from->code);
        char name[BASE_PATH_MAX];
        engine_source_name(source, from->first.file, name);
        base_error_file(&to->first, name);
        base_error_line(&to->first, from->first.line);
        base_error_path(&to->first, from->first.path);
        to->first.byte = from->first.byte;
    }
    return count;
}
