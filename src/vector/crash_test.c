/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that changes an index is killed at a random moment, again and again: every acknowledged change is there,
 * and besides at most the one that was under way, whole. LETHE_CRASHES says how often (25).
 */
#include "vector/check.h"
#include "vector/test_rows.h"
#include "vector/writer.h"
#include "base/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DIMS     64
#define IDS      120
#define PATIENTS 12

typedef struct model {
    uint64_t seeds[IDS]; /* of the row of each id, 0 where it is not there */
} model;

static void make(uint32_t id, uint64_t seed, test_row *ret_row)
{
    test_make_row(seed, id, id % PATIENTS, DIMS, ret_row);
    (void)snprintf(ret_row->row_id, sizeof(ret_row->row_id), "visit_%u", id);
}

/* Change number `number` is always the same. Applied to the model, and to the index where there is a writer. */
static int change(uint64_t number, model *m, vector_writer *writer)
{
    static test_row row;
    test_random random = {number * 31 + 5};
    const uint64_t kind = test_next(&random) % 12;
    char name[32];
    const char *id = name;
    uint32_t rows = 0;
    if (kind < 6) { /* several rows, one commit */
        for (uint64_t n = 1 + test_next(&random) % 8; n > 0; n--) {
            const uint32_t at = (uint32_t)(test_next(&random) % IDS);
            m->seeds[at] = number + 1;
            make(at, number + 1, &row);
            const vector_row given = test_given(&row);
            if (writer != NULL)
                BASE_TRY(vector_writer_upsert(writer, &given, NULL));
        }
        return writer != NULL ? vector_writer_sync(writer, NULL) : 0;
    }
    if (kind < 8) {
        const uint32_t at = (uint32_t)(test_next(&random) % IDS);
        m->seeds[at] = 0;
        (void)snprintf(name, sizeof(name), "visit_%u", at);
        return writer != NULL ? vector_writer_delete_rows(writer, &id, 1, &rows, NULL) : 0;
    }
    if (kind < 10)
        return writer != NULL ? vector_writer_compact(writer, NULL) : 0;
    const uint32_t patient = (uint32_t)(test_next(&random) % PATIENTS);
    for (uint32_t at = patient; at < IDS; at += PATIENTS)
        m->seeds[at] = 0;
    (void)snprintf(name, sizeof(name), "anon_%u", patient);
    if (writer == NULL)
        return 0;
    return kind == 10 ? vector_writer_erase(writer, &id, 1, &rows, NULL)
                      : vector_writer_delete_groups(writer, &id, 1, &rows, NULL);
}

static bool holds(const model *m, const vector_view *view)
{
    static test_row row;
    uint32_t count = 0;
    for (uint32_t id = 0; id < IDS; id++) {
        uint32_t number = 0;
        vector_seen seen;
        make(id, m->seeds[id], &row);
        const int status = vector_view_find(view, row.row_id, &number, NULL);
        if ((status == 0) != (m->seeds[id] != 0))
            return false;
        if (status != 0)
            continue;
        count++;
        if (vector_view_row(view, number, &seen, NULL) != 0 ||
            memcmp(seen.vector, row.vector, DIMS * sizeof(float)) != 0)
            return false;
    }
    return vector_view_info(view).rows == count;
}

/* Changes from `number` on; a byte goes to `out` for each that is acknowledged. */
static void work(const char *folder, uint64_t number, int out)
{
    vector_writer *writer = NULL;
    static model unused;
    if (vector_writer_open(folder, &test_schema(DIMS)->stamp, &writer, NULL) != 0)
        _exit(1);
    for (;; number++)
        if (change(number, &unused, writer) != 0 || write(out, "+", 1) != 1)
            _exit(2);
}

/* Returns how many changes were acknowledged before the kill. */
static uint64_t crash(const char *folder, uint64_t number, uint64_t delay_us)
{
    int ends[2], status = 0;
    char bytes[256];
    uint64_t count = 0;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        work(folder, number, ends[1]);
    }
    (void)close(ends[1]);
    const struct timespec delay = {(time_t)(delay_us / 1000000), (long)(delay_us % 1000000) * 1000};
    (void)nanosleep(&delay, NULL);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status)); /* it did not end by itself */
    for (ssize_t size; (size = read(ends[0], bytes, sizeof(bytes))) > 0;)
        count += (uint64_t)size;
    (void)close(ends[0]);
    return count;
}

static void test_kill(void **state)
{
    (void)state;
    char folder[128];
    const char *asked = getenv("LETHE_CRASHES");
    const unsigned long crashes = asked != NULL ? strtoul(asked, NULL, 10) : 25;
    test_random random = {asked != NULL ? crashes : (uint64_t)time(NULL)};
    const uint64_t seed = random.state;
    model before = {0};
    uint64_t number = 0, under_way = 0;
    test_folder_make(folder);
    assert_int_equal(test_build(folder, 1, 0, DIMS, NULL), 0);
    for (unsigned long i = 0; i < crashes; i++) {
        const uint64_t acknowledged = crash(folder, number, test_next(&random) % 40000);
        for (uint64_t end = number + acknowledged; number < end; number++)
            (void)change(number, &before, NULL);
        model after = before;
        vector_info info;
        vector_index *index = NULL;
        (void)change(number, &after, NULL);
        assert_int_equal(vector_index_open(folder, &index, NULL), 0);
        vector_view *view = vector_index_view(index);
        if (!holds(&before, view)) {
            if (!holds(&after, view))
                fail_msg("seed %llu crash %lu change %llu", (unsigned long long)seed, i, (unsigned long long)number);
            before = after;
            number++;
            under_way++;
        }
        vector_view_release(view);
        vector_index_close(index);
        assert_int_equal(vector_check(folder, &info, NULL), 0);
    }
    print_message("%lu crashes, %llu changes, %llu there that were not acknowledged yet\n", crashes,
                  (unsigned long long)number, (unsigned long long)under_way);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kill)};
    if (access("/dev/shm", W_OK) ==
        0) /* a killed process loses no page of a file: memory shows as much as a disk, faster */
        (void)setenv("TMPDIR", "/dev/shm", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
