/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_WITHHELD_H
#define ENGINE_WITHHELD_H

#include "base/buf.h"

#include <pthread.h>

/*
 * What was left out, by place: for run.json, never for the release. Entries beyond the maximum are only counted. Any
 * thread may add; reading is for after the last one.
 */
#define ENGINE_WITHHELD_ENTRIES_MAX 100000
#define ENGINE_WITHHELD_CODES_MAX   64

typedef struct engine_withheld_entry {
    int code;
    uint32_t file; /* index of the source */
    int64_t line, byte;
    char path[LETHE_PLACE_PATH_MAX];
} engine_withheld_entry;

typedef struct engine_withheld {
    pthread_mutex_t lock;
    engine_withheld_entry *entries;
    size_t count, capacity;
    uint64_t total;
    struct {
        int code;
        uint64_t count;
    } codes[ENGINE_WITHHELD_CODES_MAX];
} engine_withheld;

void engine_withheld_init(engine_withheld *withheld);
void engine_withheld_done(engine_withheld *withheld);
void engine_withheld_add(engine_withheld *withheld, uint32_t file, const lethe_error *trouble);

/* By file, byte, line, path: the same whichever thread was faster. */
void engine_withheld_sort(engine_withheld *withheld);

#endif
