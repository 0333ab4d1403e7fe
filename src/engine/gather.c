/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gather.h"

#include "engine/ingest.h"

#include <stdlib.h>

#define PART_LOAD_MAX ((size_t)1 << 32)

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

static int move_part(engine_gather *gather, size_t part, lethe_error *error)
{
    base_buf bytes;
    base_buf_init(&bytes, PART_LOAD_MAX);
    int status = engine_parts_load(gather->records, part, &bytes, error);
    base_cursor cursor = base_cursor_of(base_buf_view(&bytes));
    for (bool more = true; status == 0;) {
        engine_gathered record;
        const size_t start = cursor.at;
        status = engine_gathered_read(&cursor, &more, &record, error);
        if (status != 0 || !more)
            break;
        const size_t home = home_of(gather, record.patient);
        if (home != part)
            status =
                engine_parts_append(gather->moved, home, (base_span){bytes.data + start, cursor.at - start}, error);
    }
    base_buf_done(&bytes);
    return status;
}

int engine_gather_move(engine_gather *gather, engine_budget *budget, const char *temporary_folder, lethe_error *error)
{
    const size_t count = engine_parts_count(gather->records);
    bool *parts = calloc(count, sizeof(*parts));
    if (parts == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = 0;
    if (list_parts_to_move(gather, parts)) {
        status = engine_parts_new(count, budget, temporary_folder, &gather->moved, error);
        for (size_t part = 0; status == 0 && part < count; part++)
            if (parts[part])
                status = move_part(gather, part, error);
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

int engine_gather_part(const engine_gather *gather, size_t part, base_buf *bytes, base_arena *arena,
                       engine_gathered_person **ret_people, size_t *ret_count, uint64_t *ret_superseded,
                       lethe_error *error)
{
    size_t count = 0;
    base_buf_reset(bytes);
    BASE_TRY(engine_parts_load(gather->records, part, bytes, error));
    if (gather->moved != NULL)
        BASE_TRY(engine_parts_load(gather->moved, part, bytes, error));
    BASE_TRY(count_records(base_buf_view(bytes), &count, error));
    led_record *records = base_arena_take_array(arena, count, sizeof(*records));
    if (records == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(read_records(gather, part, base_buf_view(bytes), records, &count, error));
    if (count > 1)
        qsort(records, count, sizeof(*records), by_leader);
    *ret_superseded = 0;
    count = keep_standing(records, count, ret_superseded);
    return list_people(records, count, arena, ret_people, ret_count, error);
}
