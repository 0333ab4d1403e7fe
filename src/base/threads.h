/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_THREADS_H
#define BASE_THREADS_H

#include "base/error.h"

#include <stddef.h>

#define BASE_THREADS_MAX 64

/*
 * Runs `work(context, index, worker)` for every index of 0..count-1 on `threads` workers (the calling thread is one).
 * Each index runs once; `worker` is 0..threads-1. After a failure no new index is begun; the failure of the lowest
 * index is returned, so that the outcome does not depend on who was faster.
 */
typedef int (*base_work)(void *context, size_t index, size_t worker, lethe_error *error);

int base_parallel(size_t threads, size_t count, base_work work, void *context, lethe_error *error);
size_t base_threads_default(void); /* processors that this process may use, at most BASE_THREADS_MAX */

#endif
