/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vector index on any bytes: u32 bytes of a base, u32 bytes of a log, the base, the log, the rest a filter with a
 * clause a line. Checksums of the base are not looked at, so that what they would catch is reached; those of the log's
 * commits are made right.
 */
#include "vector/crc32c.h"
#include "vector/filter.h"
#include "vector/out.h"
#include "vector/replay.h"
#include "vector/search.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLAUSES 8

static vector_filter *make_filter(const char *text, size_t size)
{
    static char copy[4096];
    const char *clauses[CLAUSES];
    size_t count = 0;
    vector_filter *filter = NULL;
    if (size >= sizeof(copy))
        size = sizeof(copy) - 1;
    if (size != 0)
        memcpy(copy, text, size);
    copy[size] = '\0';
    for (char *line = copy; line != NULL && *line != '\0' && count < CLAUSES;) {
        clauses[count++] = line;
        line = strchr(line, '\n');
        if (line != NULL)
            *line++ = '\0';
    }
    return vector_filter_new(clauses, count, &filter, NULL) == 0 ? filter : NULL;
}

static void search(vector_view *view, const vector_selection *selection)
{
    static float vector[VECTOR_DIMENSIONS_MAX];
    vector_result results[2];
    for (size_t i = 0; i < VECTOR_DIMENSIONS_MAX; i++)
        vector[i] = (float)((int)(i % 13) - 6) / 64;
    const vector_query query = {.vector = vector,
                                .stamp = &vector_view_schema(view)->stamp,
                                .k = 3,
                                .selection = selection,
                                .own_group = "anon_1"};
    const vector_query both[2] = {query, query};
    if (vector_search_batch(view, both, 2, 1, results, NULL) != 0)
        return;
    for (size_t i = 0; i < 2; i++) {
        for (uint32_t h = 0; h < results[i].count; h++) {
            vector_seen seen;
            const char *term = NULL;
            if (vector_view_row(view, results[i].hits[h].row, &seen, NULL) == 0)
                for (uint32_t t = 0; t < seen.term_count; t++)
                    (void)vector_view_term(view, results[i].hits[h].row, t, &term, NULL);
        }
        vector_result_done(&results[i]);
    }
}

static void use(vector_view *view, const vector_filter *filter)
{
    vector_selection *selection = NULL;
    uint32_t number = 0, rows[4];
    size_t count = 0;
    search(view, NULL);
    if (filter != NULL && vector_selection_new(view, filter, &selection, NULL) == 0)
        search(view, selection);
    vector_selection_free(selection);
    (void)vector_view_find(view, "visit_1", &number, NULL);
    (void)vector_view_group(view, "anon_1", rows, 4, &count, NULL);
    (void)vector_view_count_groups(view, &number, NULL);
}

/* Heads and payloads of commits get the sums that they should have. */
static void mend_sums(uint8_t *log, size_t size)
{
    for (size_t at = 0; at + VECTOR_COMMIT_HEAD <= size;) {
        base_cursor cursor = base_cursor_of((base_span){(const char *)log + at, size - at});
        (void)base_cursor_u32(&cursor);
        const size_t payload = base_cursor_u32(&cursor);
        if (payload > size - at - VECTOR_COMMIT_HEAD)
            return;
        const uint32_t body = vector_crc32c(0, log + at + VECTOR_COMMIT_HEAD, payload);
        memcpy(log + at + 16, &body, sizeof(body));
        const uint32_t head = vector_crc32c(0, log + at, VECTOR_COMMIT_HEAD - 4);
        memcpy(log + at + 20, &head, sizeof(head));
        at += (VECTOR_COMMIT_HEAD + payload + 7) / 8 * 8;
    }
}

static void replay_log(vector_view *view, const uint8_t *log, size_t size, const vector_filter *filter)
{
    uint8_t *copy = malloc(size + 1);
    vector_view *next = NULL;
    if (copy == NULL)
        return;
    if (size != 0)
        memcpy(copy, log, size);
    mend_sums(copy, size);
    vector_log_reader reader = vector_log_resume((base_span){(const char *)copy, size}, 0);
    if (vector_replay(view, &reader, VECTOR_LOG_HEADER, &next, NULL) == 0) {
        use(next, filter);
        vector_view_release(next);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    base_cursor cursor = base_cursor_of((base_span){(const char *)data, size});
    const uint32_t base_size = base_cursor_u32(&cursor), log_size = base_cursor_u32(&cursor);
    const base_span base = base_cursor_take(&cursor, base_size), log = base_cursor_take(&cursor, log_size);
    if (cursor.failed)
        return 0;
    vector_filter *filter = make_filter((const char *)data + cursor.at, size - cursor.at);
    vector_segment *segment = NULL;
    vector_view *view = NULL;
    const int file = memfd_create("fuzz", 0);
    if (file >= 0 && vector_write_at(file, base.data, base.size, 0, NULL) == 0 &&
        vector_segment_open(file, true, &segment, NULL) == 0 && vector_view_new(segment, &view, NULL) == 0) {
        use(view, filter);
        replay_log(view, (const uint8_t *)log.data, log.size, filter);
        vector_view_release(view);
    }
    if (file >= 0)
        (void)close(file);
    vector_filter_free(filter);
    return 0;
}
