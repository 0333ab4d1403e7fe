/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_WITHHELD_H
#define ENGINE_WITHHELD_H

#include "engine/source.h"

#include <lethe/run.h>

#include <pthread.h>

/*
 * What was left out, by place: for run.json, never for the release. Entries beyond the maximum are only counted. Any
 * thread may add; reading is for after the last one.
 */
#define ENGINE_WITHHELD_ENTRIES_MAX 100000
#define ENGINE_WITHHELD_CODES_MAX   LETHE_WITHHELD_CODES_MAX

typedef struct engine_withheld_entry {
    int code;
    uint32_t file; /* index of the source */
    int64_t line, byte;
    char path[LETHE_PLACE_PATH_MAX];
} engine_withheld_entry;

typedef struct engine_withheld_code {
    int code; /* 0: none, and none after it */
    uint64_t count;
    engine_withheld_entry first; /* by place, also where entries are only counted */
} engine_withheld_code;

typedef struct engine_withheld {
    pthread_mutex_t lock;
    engine_withheld_entry *entries;
    size_t count, capacity;
    uint64_t total;
    engine_withheld_code codes[ENGINE_WITHHELD_CODES_MAX];
} engine_withheld;

void engine_withheld_init(engine_withheld *withheld);
void engine_withheld_done(engine_withheld *withheld);
void engine_withheld_add(engine_withheld *withheld, uint32_t file, const lethe_error *trouble);

/* By file, byte, line, path: the same whichever thread was faster. */
void engine_withheld_sort(engine_withheld *withheld);

/* Codes with their counts and first places, sorted; returns how many. */
size_t engine_withheld_tell(const engine_withheld *withheld, const engine_source *source,
                            lethe_withheld ret_codes[LETHE_WITHHELD_CODES_MAX]);

#endif
