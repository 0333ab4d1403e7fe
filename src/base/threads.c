/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"

#include <pthread.h>
#include <sched.h>

typedef struct crew {
    pthread_mutex_t lock;
    size_t next, count;
    base_work work;
    void *context;
    int status;
    size_t failed_index;
    lethe_error error;
} crew;

typedef struct crew_member {
    crew *crew;
    size_t worker;
} crew_member;

static bool take_index(crew *all, size_t *ret_index)
{
    bool taken = false;
    pthread_mutex_lock(&all->lock);
    if (all->status == 0 && all->next < all->count) {
        *ret_index = all->next++;
        taken = true;
    }
    pthread_mutex_unlock(&all->lock);
    return taken;
}

static void note_failure(crew *all, size_t index, int status, const lethe_error *error)
{
    pthread_mutex_lock(&all->lock);
    if (all->status == 0 || index < all->failed_index) {
        all->status = status;
        all->failed_index = index;
        all->error = *error;
    }
    pthread_mutex_unlock(&all->lock);
}

static void *run_member(void *argument)
{
    const crew_member *member = argument;
    size_t index = 0;
    while (take_index(member->crew, &index)) {
        lethe_error error = {0};
        const int status = member->crew->work(member->crew->context, index, member->worker, &error);
        if (status != 0)
            note_failure(member->crew, index, status, &error);
    }
    return NULL;
}

int base_parallel(size_t threads, size_t count, base_work work, void *context, lethe_error *error)
{
    crew all = {.count = count, .work = work, .context = context};
    crew_member members[BASE_THREADS_MAX];
    pthread_t handles[BASE_THREADS_MAX];
    size_t started = 0;
    if (threads > BASE_THREADS_MAX)
        threads = BASE_THREADS_MAX;
    if (threads > count)
        threads = count;
    if (pthread_mutex_init(&all.lock, NULL) != 0)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 1; i < threads; i++) {
        members[i] = (crew_member){&all, i};
        if (pthread_create(&handles[started], NULL, run_member, &members[i]) != 0)
            break; /* fewer workers do the same work */
        started++;
    }
    members[0] = (crew_member){&all, 0};
    (void)run_member(&members[0]);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(handles[i], NULL);
    pthread_mutex_destroy(&all.lock);
    if (all.status != 0 && error != NULL)
        *error = all.error;
    return all.status;
}

size_t base_threads_default(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    const int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > BASE_THREADS_MAX ? BASE_THREADS_MAX : (size_t)count;
}
