/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gather.h"

#include "engine/claims.h"
#include "engine/ingest.h"

#include <stdlib.h>

#define SLICES_MAX 4096

static size_t home_of(const engine_gather *gather, record_key patient)
{
    return engine_part_of(engine_people_leader(gather->people, patient), engine_parts_count(gather->records));
}

/* Which partitions hold somebody whose leader is elsewhere. */
static bool list_parts_to_move(const engine_gather *gather, bool *ret_parts)
{
    const engine_people *people = gather->people;
    const size_t count = engine_parts_count(gather->records);
    bool any = false;
    for (size_t i = 0; i < people->member_count; i++) {
        const size_t part = engine_part_of(people->members[i], count);
        if (part != engine_part_of(people->leaders[i], count))
            ret_parts[part] = any = true;
    }
    return any;
}

/* The records that lie whole in the window; *ret_used is where the first one that does not begins. */
static int visit_window(base_span window, engine_gather_visitor visit, void *context, size_t *ret_used,
                        lethe_error *error)
{
    size_t at = 0;
    while (window.size - at >= 4) {
        base_cursor head = base_cursor_of((base_span){window.data + at, 4});
        const size_t size = base_cursor_u32(&head);
        if (size < 4)
            return base_fail(error, LETHE_E_ENGINE_SPILL);
        if (size > window.size - at)
            break;
        const base_span bytes = {window.data + at, size};
        base_cursor cursor = base_cursor_of(bytes);
        engine_gathered record;
        bool more = true;
        BASE_TRY(engine_gathered_read(&cursor, &more, &record, error));
        BASE_TRY(visit(context, &record, bytes, error));
        at += size;
    }
    *ret_used = at;
    return 0;
}

int engine_gather_visit(engine_parts *parts, size_t part, engine_gather_visitor visit, void *context,
                        lethe_error *error)
{
    base_buf window;
    uint64_t at = 0;
    const uint64_t end = engine_parts_size(parts, part);
    int status = 0;
    base_buf_init(&window, (size_t)1 << 32);
    while (status == 0 && at < end) {
        size_t used = 0;
        status = engine_parts_load_some(parts, part, &at, &window, error);
        if (status == 0)
            status = visit_window(base_buf_view(&window), visit, context, &used, error);
        if (status == 0) {
            memmove(window.data, window.data + used, window.size - used);
            window.size -= used;
        }
    }
    if (status == 0 && window.size != 0)
        status = base_fail(error, LETHE_E_ENGINE_SPILL);
    base_buf_done(&window);
    return status;
}

typedef struct moving {
    engine_gather *gather;
    size_t part;
} moving;

static int move_record(void *context, const engine_gathered *record, base_span bytes, lethe_error *error)
{
    const moving *move = context;
    const size_t home = home_of(move->gather, record->patient);
    return home != move->part ? engine_parts_append(move->gather->moved, home, bytes, error) : 0;
}

int engine_gather_move(engine_gather *gather, engine_store *store, lethe_error *error)
{
    const size_t count = engine_parts_count(gather->records);
    bool *parts = calloc(count, sizeof(*parts));
    if (parts == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = 0;
    if (list_parts_to_move(gather, parts)) {
        status = engine_parts_new(count, store, &gather->moved, error);
        for (size_t part = 0; status == 0 && part < count; part++) {
            moving move = {gather, part};
            if (parts[part])
                status = engine_gather_visit(gather->records, part, move_record, &move, error);
        }
    }
    free(parts);
    return status;
}

/* A record with its leader, so that the order needs no look-ups. */
typedef struct led_record {
    record_key leader;
    engine_gathered record;
} led_record;

/* By leader, then resource, then the version that stands first. */
static int by_leader(const void *left, const void *right)
{
    const led_record *a = left, *b = right;
    int order = record_key_compare(a->leader, b->leader);
    if (order == 0)
        order = record_key_compare(a->record.version.key, b->record.version.key);
    return order != 0 ? order : engine_version_prefer(&a->record.version, &b->record.version);
}

static int count_records(base_span bytes, size_t *ret_count, lethe_error *error)
{
    base_cursor cursor = base_cursor_of(bytes);
    bool more = true;
    for (*ret_count = 0;; (*ret_count)++) {
        engine_gathered record;
        BASE_TRY(engine_gathered_read(&cursor, &more, &record, error));
        if (!more)
            return 0;
    }
}

/* Reads all records whose home is this partition; others were moved. */
static int read_records(const engine_gather *gather, size_t part, base_span bytes, led_record *records,
                        size_t *ret_count, lethe_error *error)
{
    base_cursor cursor = base_cursor_of(bytes);
    size_t count = 0;
    for (bool more = true;;) {
        engine_gathered record;
        BASE_TRY(engine_gathered_read(&cursor, &more, &record, error));
        if (!more)
            break;
        const record_key leader = engine_people_leader(gather->people, record.patient);
        if (engine_part_of(leader, engine_parts_count(gather->records)) == part)
            records[count++] = (led_record){leader, record};
    }
    *ret_count = count;
    return 0;
}

/* Leaves out what newer versions gave to others; both are in order of leader and resource. */
static size_t drop_lost(led_record *records, size_t count, base_span lost, uint64_t *ret_superseded)
{
    size_t kept = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        const engine_loss here = {records[i].leader, records[i].record.version.key};
        engine_loss loss = here;
        int order = 1;
        for (; at < lost.size; at += sizeof(loss)) {
            memcpy(&loss, lost.data + at, sizeof(loss));
            order = engine_loss_compare(&loss, &here);
            if (order >= 0)
                break;
        }
        if (order == 0 && at < lost.size)
            (*ret_superseded)++;
        else
            records[kept++] = records[i];
    }
    return kept;
}

static int leave_lost(const engine_gather *gather, size_t part, size_t slice, led_record *records, size_t *count,
                      uint64_t *ret_superseded, lethe_error *error)
{
    base_buf lost;
    base_buf_init(&lost, (size_t)1 << 32);
    const int status = engine_claims_lost(gather->lost, part, slice, engine_gather_slices(gather, part), &lost, error);
    if (status == 0)
        *count = drop_lost(records, *count, base_buf_view(&lost), ret_superseded);
    base_buf_done(&lost);
    return status;
}

static size_t keep_standing(led_record *records, size_t count, uint64_t *ret_superseded)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept != 0 && record_key_equal(records[kept - 1].leader, records[i].leader) &&
            engine_version_supersedes(&records[kept - 1].record.version, &records[i].record.version))
            (*ret_superseded)++;
        else
            records[kept++] = records[i];
    }
    return kept;
}

static int list_people(const led_record *records, size_t count, base_arena *arena, engine_gathered_person **ret_people,
                       size_t *ret_count, lethe_error *error)
{
    engine_gathered_person *people = base_arena_take_array(arena, count, sizeof(*people));
    engine_gathered *flat = base_arena_take_array(arena, count, sizeof(*flat));
    if (people == NULL || flat == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        flat[i] = records[i].record;
        if (found == 0 || !record_key_equal(people[found - 1].leader, records[i].leader))
            people[found++] = (engine_gathered_person){.leader = records[i].leader, .records = &flat[i]};
        people[found - 1].record_count++;
    }
    *ret_people = people;
    *ret_count = found;
    return 0;
}

size_t engine_gather_slices(const engine_gather *gather, size_t part)
{
    const uint64_t bytes =
        engine_parts_size(gather->records, part) + (gather->moved != NULL ? engine_parts_size(gather->moved, part) : 0);
    if (gather->slice_bytes == 0 || bytes <= gather->slice_bytes)
        return 1;
    const uint64_t slices = (bytes + gather->slice_bytes - 1) / gather->slice_bytes;
    return slices < SLICES_MAX ? (size_t)slices : SLICES_MAX;
}

typedef struct slicing {
    const engine_gather *gather;
    size_t slice, slices;
    base_buf *bytes;
} slicing;

static int keep_of_slice(void *context, const engine_gathered *record, base_span bytes, lethe_error *error)
{
    const slicing *cut = context;
    const record_key leader = engine_people_leader(cut->gather->people, record->patient);
    if (leader.low % cut->slices != cut->slice)
        return 0;
    base_buf_span(cut->bytes, bytes);
    return base_buf_check(cut->bytes, error);
}

static int load_slice(const engine_gather *gather, size_t part, size_t slice, base_buf *bytes, lethe_error *error)
{
    const size_t slices = engine_gather_slices(gather, part);
    engine_parts *const both[] = {gather->records, gather->moved};
    for (size_t i = 0; i < 2; i++) {
        slicing cut = {gather, slice, slices, bytes};
        if (both[i] != NULL)
            BASE_TRY(slices == 1 ? engine_parts_load(both[i], part, bytes, error)
                                 : engine_gather_visit(both[i], part, keep_of_slice, &cut, error));
    }
    return 0;
}

int engine_gather_part(const engine_gather *gather, size_t part, size_t slice, base_buf *bytes, base_arena *arena,
                       engine_gathered_person **ret_people, size_t *ret_count, uint64_t *ret_superseded,
                       lethe_error *error)
{
    size_t count = 0;
    base_buf_reset(bytes);
    BASE_TRY(load_slice(gather, part, slice, bytes, error));
    BASE_TRY(count_records(base_buf_view(bytes), &count, error));
    led_record *records = base_arena_take_array(arena, count, sizeof(*records));
    if (records == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(read_records(gather, part, base_buf_view(bytes), records, &count, error));
    if (count > 1)
        qsort(records, count, sizeof(*records), by_leader);
    *ret_superseded = 0;
    if (gather->lost != NULL)
        BASE_TRY(leave_lost(gather, part, slice, records, &count, ret_superseded, error));
    count = keep_standing(records, count, ret_superseded);
    return list_people(records, count, arena, ret_people, ret_count, error);
}
