/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gate.h"

#include <time.h>

#define MARK_NS   2000000000u /* a phase's end is worth writing down once it took so long */
#define COST_MOST 20          /* writing takes at most a twentieth of the time */

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void engine_gate_init(engine_gate *gate, uint64_t interval_ms)
{
    *gate = (engine_gate){.interval_ns = interval_ms * 1000000u};
    gate->next_ns = now_ns() + gate->interval_ns;
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->changed, NULL);
}

void engine_gate_done(engine_gate *gate)
{
    pthread_cond_destroy(&gate->changed);
    pthread_mutex_destroy(&gate->lock);
}

void engine_gate_enter(engine_gate *gate)
{
    if (gate == NULL || gate->interval_ns == 0)
        return;
    pthread_mutex_lock(&gate->lock);
    while (gate->closed)
        pthread_cond_wait(&gate->changed, &gate->lock);
    gate->inside++;
    pthread_mutex_unlock(&gate->lock);
}

static void reckon(engine_gate *gate, uint64_t began)
{
    const uint64_t ended = now_ns(), rest = COST_MOST * (ended - began);
    gate->next_ns = ended + (rest > gate->interval_ns ? rest : gate->interval_ns);
}

/* Holds the lock, which is given up while others still work. */
static int write_down(engine_gate *gate, lethe_error *error)
{
    const uint64_t began = now_ns();
    gate->writing = true;
    pthread_mutex_unlock(&gate->lock);
    int status = gate->before(gate->context, error);
    pthread_mutex_lock(&gate->lock);
    gate->closed = true;
    while (gate->inside != 0)
        pthread_cond_wait(&gate->changed, &gate->lock);
    if (status == 0)
        status = gate->write(gate->context, error);
    reckon(gate, began);
    gate->writing = gate->closed = false;
    pthread_cond_broadcast(&gate->changed);
    return status;
}

int engine_gate_leave(engine_gate *gate, bool failed, lethe_error *error)
{
    if (gate == NULL || gate->interval_ns == 0)
        return 0;
    int status = 0;
    pthread_mutex_lock(&gate->lock);
    if (--gate->inside == 0)
        pthread_cond_broadcast(&gate->changed);
    if (!failed && !gate->writing && now_ns() >= gate->next_ns)
        status = write_down(gate, error);
    pthread_mutex_unlock(&gate->lock);
    return status;
}

int engine_gate_mark(engine_gate *gate, lethe_error *error)
{
    if (gate == NULL || gate->interval_ns == 0)
        return 0;
    const uint64_t early = gate->interval_ns > MARK_NS ? gate->interval_ns - MARK_NS : 0;
    if (now_ns() + early < gate->next_ns)
        return 0;
    pthread_mutex_lock(&gate->lock);
    const int status = write_down(gate, error);
    pthread_mutex_unlock(&gate->lock);
    return status;
}
