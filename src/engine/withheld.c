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

static void count_code(engine_withheld *withheld, int code)
{
    for (size_t i = 0; i < ENGINE_WITHHELD_CODES_MAX; i++) {
        if (withheld->codes[i].code == 0)
            withheld->codes[i].code = code;
        if (withheld->codes[i].code == code) {
            withheld->codes[i].count++;
            return;
        }
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
    pthread_mutex_lock(&withheld->lock);
    withheld->total++;
    count_code(withheld, trouble->code);
    engine_withheld_entry *entry = withheld->count < ENGINE_WITHHELD_ENTRIES_MAX ? new_entry(withheld) : NULL;
    if (entry != NULL) {
        *entry =
            (engine_withheld_entry){.code = trouble->code, .file = file, .line = trouble->line, .byte = trouble->byte};
        memcpy(entry->path, trouble->path, sizeof(entry->path));
    }
    pthread_mutex_unlock(&withheld->lock);
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

void engine_withheld_sort(engine_withheld *withheld)
{
    if (withheld->count != 0)
        qsort(withheld->entries, withheld->count, sizeof(*withheld->entries), by_place);
    for (size_t i = 1; i < ENGINE_WITHHELD_CODES_MAX; i++) /* few: insertion sort by code, empty ones last */
        for (size_t j = i;
             j != 0 && withheld->codes[j].code != 0 && withheld->codes[j].code < withheld->codes[j - 1].code; j--) {
            const int code = withheld->codes[j].code;
            const uint64_t count = withheld->codes[j].count;
            withheld->codes[j] = withheld->codes[j - 1];
            withheld->codes[j - 1].code = code;
            withheld->codes[j - 1].count = count;
        }
}
