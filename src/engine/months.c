/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/map.h"

#include "base/threads.h"
#include "clinical/packed.h"

#include <stdlib.h>

/*
 * Until when the input tells: the latest month in which at least k people have events. One person's last visit does not
 * set the date that the whole release shows.
 */
#define MONTH_COUNT (12 * 300) /* from January 1900 */

typedef struct month_worker {
    const engine_gather *gather;
    base_buf bytes;
    base_arena arena;
    uint32_t people[MONTH_COUNT];
    uint32_t seen_by[MONTH_COUNT]; /* number of the person last counted in the month */
    uint32_t person;
} month_worker;

static void note_month(month_worker *worker, base_time time)
{
    if (!base_time_known(time))
        return;
    const base_civil civil = base_civil_of(time.day);
    const int month = (civil.year - 1900) * 12 + civil.month - 1;
    if (month < 0 || month >= MONTH_COUNT || worker->seen_by[month] == worker->person)
        return;
    worker->seen_by[month] = worker->person;
    worker->people[month]++;
}

static int note_events(month_worker *worker, base_span packed, lethe_error *error)
{
    base_cursor cursor = base_cursor_of(packed);
    bool more = true;
    for (;;) {
        clinical_fact fact;
        BASE_TRY(clinical_fact_read(&cursor, &more, &fact, error));
        if (!more)
            return 0;
        if (fact.kind == CLINICAL_FACT_ENCOUNTER || fact.kind == CLINICAL_FACT_CODED ||
            fact.kind == CLINICAL_FACT_VALUE)
            note_month(worker, fact.start);
    }
}

static int count_slice(month_worker *worker, size_t part, size_t slice, lethe_error *error)
{
    engine_gathered_person *people = NULL;
    size_t count = 0;
    uint64_t superseded = 0;
    base_arena_reset(&worker->arena);
    BASE_TRY(engine_gather_part(worker->gather, part, slice, &worker->bytes, &worker->arena, &people, &count,
                                &superseded, error));
    for (size_t i = 0; i < count; i++) {
        worker->person++;
        for (size_t j = 0; j < people[i].record_count; j++)
            BASE_TRY(note_events(worker, people[i].records[j].packed, error));
    }
    return 0;
}

static int count_part(void *context, size_t part, size_t number, lethe_error *error)
{
    month_worker *worker = &((month_worker *)context)[number];
    const size_t slices = engine_gather_slices(worker->gather, part);
    for (size_t slice = 0; slice < slices; slice++)
        BASE_TRY(count_slice(worker, part, slice, error));
    return 0;
}

static int32_t last_day_of(int month)
{
    const int32_t year = 1900 + month / 12, of_year = month % 12 + 1;
    return base_day_of(year, of_year, base_days_in_month(year, of_year));
}

static int latest(const month_worker *workers, size_t threads, uint32_t k, int32_t *ret_day, lethe_error *error)
{
    uint64_t everybody = 0;
    for (size_t i = 0; i < threads; i++)
        everybody += workers[i].person;
    if (everybody == 0)
        return base_fail(error, LETHE_E_ENGINE_NO_PEOPLE);
    for (int month = MONTH_COUNT - 1; month >= 0; month--) {
        uint64_t people = 0;
        for (size_t i = 0; i < threads; i++)
            people += workers[i].people[month];
        if (people >= k) {
            *ret_day = last_day_of(month);
            return 0;
        }
    }
    return base_fail(error, LETHE_E_ENGINE_AS_OF);
}

int engine_map_latest_month(const engine_gather *gather, uint32_t k, size_t threads, int32_t *ret_day,
                            lethe_error *error)
{
    month_worker *workers = calloc(threads, sizeof(*workers));
    if (workers == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < threads; i++) {
        workers[i].gather = gather;
        base_buf_init(&workers[i].bytes, (size_t)1 << 32);
        base_arena_init(&workers[i].arena, (size_t)1 << 33);
    }
    int status = base_parallel(threads, engine_parts_count(gather->records), count_part, workers, error);
    if (status == 0)
        status = latest(workers, threads, k, ret_day, error);
    for (size_t i = 0; i < threads; i++) {
        base_buf_done(&workers[i].bytes);
        base_arena_done(&workers[i].arena);
    }
    free(workers);
    return status;
}
