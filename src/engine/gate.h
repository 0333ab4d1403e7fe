/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_GATE_H
#define ENGINE_GATE_H

#include "base/error.h"

#include <pthread.h>
#include <stdint.h>

/*
 * When a run notes how far it is. Workers enter before a piece of work (a chunk, a partition) and leave behind it; from
 * time to time the one that leaves lets nobody in, waits until all are out, and writes: then what was begun is done.
 * `before` writes most of it while the others still work. A gate of interval 0 lets everybody through.
 */
typedef struct engine_gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t inside;
    bool writing, closed;
    uint64_t interval_ns, next_ns; /* of CLOCK_MONOTONIC */
    int (*before)(void *context, lethe_error *error);
    int (*write)(void *context, lethe_error *error);
    void *context;
} engine_gate;

void engine_gate_init(engine_gate *gate, uint64_t interval_ms);
void engine_gate_done(engine_gate *gate);

/* A gate that is NULL is open. `failed`: the work failed, and nothing is to be written. */
void engine_gate_enter(engine_gate *gate);
int engine_gate_leave(engine_gate *gate, bool failed, lethe_error *error);

/* Between phases, when nobody works: writes where a good part of the interval has passed. */
int engine_gate_mark(engine_gate *gate, lethe_error *error);

#endif
