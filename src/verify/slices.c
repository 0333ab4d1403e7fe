/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"
#include "verify/run.h"

#include <stdlib.h>

/* What each row must keep to by itself, on all threads. */
#define SLICES_A_THREAD 4
#define SLICE_BYTES_MAX ((size_t)64 << 20)

int verify_slices_init(size_t threads, verify_slices *ret_slices, lethe_error *error)
{
    verify_slices made = {.threads = threads != 0 ? threads : base_threads_default()};
    made.count = made.threads * SLICES_A_THREAD;
    made.slices = calloc(made.count, sizeof(*made.slices));
    if (made.slices == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < made.count; i++)
        base_arena_init(&made.slices[i].arena, SLICE_BYTES_MAX);
    *ret_slices = made;
    return 0;
}

void verify_slices_done(verify_slices *slices)
{
    for (size_t i = 0; i < slices->count; i++)
        base_arena_done(&slices->slices[i].arena);
    free(slices->slices);
    *slices = (verify_slices){0};
}

typedef struct slices_work {
    const verify_run *run;
    verify_slices *slices;
    const table_batch *batch;
    size_t at;
    verify_place place;
} slices_work;

static int check_slice(void *context, size_t index, size_t worker, lethe_error *error)
{
    const slices_work *work = context;
    verify_slice *slice = &work->slices->slices[index];
    verify_run run = *work->run; /* that notes into the slice */
    const size_t first = index * VERIFY_SLICE_ROWS;
    (void)worker;
    run.result = &slice->result;
    for (size_t i = 0; i < slice->count; i++) {
        verify_place place = work->place;
        place.row += first + i;
        place.ordinal += (uint32_t)(first + i);
        verify_view *view = &slice->views[i];
        BASE_TRY(verify_read_view(&run, &slice->arena, work->batch, work->at + first + i, place, view, error));
        verify_check_values(&run, view);
        verify_check_outcomes(&run, view);
        verify_check_vector(&run, view);
    }
    return 0;
}

int verify_slices_check(verify_run *run, verify_slices *slices, const table_batch *batch, size_t at, verify_place place,
                        size_t *ret_rows, lethe_error *error)
{
    const size_t left = table_batch_rows(batch) - at, room = slices->count * VERIFY_SLICE_ROWS;
    const size_t rows = left < room ? left : room, count = (rows + VERIFY_SLICE_ROWS - 1) / VERIFY_SLICE_ROWS;
    slices_work work = {run, slices, batch, at, place};
    for (size_t i = 0; i < count; i++) {
        verify_slice *slice = &slices->slices[i];
        base_arena_reset(&slice->arena);
        memset(&slice->result, 0, sizeof(slice->result));
        slice->count = i + 1 < count ? VERIFY_SLICE_ROWS : rows - i * VERIFY_SLICE_ROWS;
    }
    BASE_TRY(base_parallel(slices->threads, count, check_slice, &work, error));
    for (size_t i = 0; i < count; i++)
        verify_add_result(run, &slices->slices[i].result);
    *ret_rows = rows;
    return 0;
}
