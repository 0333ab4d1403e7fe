/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/replay.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Late rows become an image as the base is one, in memory that has a file's descriptor: searches know one kind of part.
 */
typedef struct replay {
    vector_view *view;    /* that becomes the next */
    vector_image *image;  /* of the rows put by these commits; NULL before the first */
    int file;             /* of the image */
    uint64_t *dead;       /* rows of the image that were replaced or deleted */
    size_t dead_capacity; /* words */
    vector_op op;
} replay;

static int begin_image(const vector_view *view, bool repeats, int *ret_file, vector_image **ret_image,
                       lethe_error *error)
{
    const vector_segment *base = view->parts[0].segment;
    const int file = memfd_create("lethe-vectors", MFD_CLOEXEC);
    if (file < 0)
        return base_fail_errno(error, LETHE_E_BASE_MEMORY);
    const int status = vector_image_begin(file, &base->store.schema, base->generation, repeats, ret_image, error);
    if (status != 0)
        (void)close(file);
    else
        *ret_file = file;
    return status;
}

static int mark_dead(replay *work, uint32_t row, lethe_error *error)
{
    while (row / 64 >= work->dead_capacity) {
        const size_t capacity = work->dead_capacity == 0 ? 64 : 2 * work->dead_capacity;
        uint64_t *dead = realloc(work->dead, capacity * sizeof(*dead));
        if (dead == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        memset(dead + work->dead_capacity, 0, (capacity - work->dead_capacity) * sizeof(*dead));
        work->dead = dead;
        work->dead_capacity = capacity;
    }
    work->dead[row / 64] |= 1ULL << row % 64;
    return 0;
}

static int delete_row(replay *work, const char *id, lethe_error *error)
{
    (void)vector_view_kill_row(work->view, id);
    const uint32_t row = work->image != NULL ? vector_image_find(work->image, id) : VECTOR_NO_ROW;
    return row != VECTOR_NO_ROW ? mark_dead(work, row, error) : 0;
}

static int delete_group(replay *work, const char *id, lethe_error *error)
{
    uint32_t killed = 0;
    BASE_TRY(vector_view_kill_group(work->view, id, &killed, error));
    const uint32_t group = work->image != NULL ? vector_image_find_group(work->image, id) : VECTOR_NO_ROW;
    if (group == VECTOR_NO_ROW)
        return 0;
    for (uint32_t row = 0; row < vector_image_rows(work->image); row++)
        if (vector_image_group_of(work->image, row) == group)
            BASE_TRY(mark_dead(work, row, error));
    return 0;
}

static int put_row(replay *work, lethe_error *error)
{
    BASE_TRY(delete_row(work, work->op.row.row_id, error));
    if (work->image == NULL)
        BASE_TRY(begin_image(work->view, true, &work->file, &work->image, error));
    return vector_image_add(work->image, &work->op.row, error);
}

static int apply_op(replay *work, lethe_error *error)
{
    switch (work->op.kind) {
    case VECTOR_OP_PUT:
        return put_row(work, error);
    case VECTOR_OP_DELETE_ROW:
        return delete_row(work, work->op.id, error);
    default:
        work->view->erasing = work->view->erasing || work->op.kind == VECTOR_OP_ERASE_GROUP;
        return delete_group(work, work->op.id, error);
    }
}

static int apply_commit(replay *work, base_span payload, uint32_t dimensions, lethe_error *error)
{
    base_cursor cursor = base_cursor_of(payload);
    for (;;) {
        bool more = false;
        BASE_TRY(vector_op_read(&work->op, &cursor, dimensions, &more, error));
        if (!more)
            return 0;
        BASE_TRY(apply_op(work, error));
    }
}

/* The image becomes the view's last part. */
static int add_part(vector_view *view, vector_image **image, int *file, lethe_error *error)
{
    vector_segment *segment = NULL;
    int status = vector_image_finish(image, error);
    if (status == 0)
        status = vector_segment_open(*file, true, &segment, error);
    (void)close(*file);
    *file = -1;
    return status == 0 ? vector_view_add(view, segment, error) : status;
}

static int add_late_rows(replay *work, lethe_error *error)
{
    if (work->image == NULL)
        return 0;
    BASE_TRY(add_part(work->view, &work->image, &work->file, error));
    vector_part *part = &work->view->parts[work->view->count - 1];
    const size_t words = vector_segment_words(part->segment);
    part->live_rows = 0;
    for (size_t i = 0; i < words; i++) {
        part->live[i] &= i < work->dead_capacity ? ~work->dead[i] : ~0ULL;
        part->live_rows += (uint32_t)__builtin_popcountll(part->live[i]);
    }
    return 0;
}

int vector_image_add_view(vector_image *image, const vector_view *view, size_t from, size_t until, lethe_error *error)
{
    const char **terms = malloc(VECTOR_ROW_TERMS_MAX * sizeof(*terms));
    int status = terms != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = from; i < until; i++) {
        const vector_part *part = &view->parts[i];
        for (uint32_t row = 0; row < part->segment->rows && status == 0; row++) {
            vector_row copy;
            if (!vector_bit(part->live, row))
                continue;
            status = vector_part_row(part, row, terms, &copy, error);
            if (status == 0)
                status = vector_image_add(image, &copy, error);
        }
    }
    free(terms);
    return status;
}

/* The last two parts become one. */
static int merge_last(vector_view *view, lethe_error *error)
{
    vector_image *image = NULL;
    int file = -1;
    BASE_TRY(begin_image(view, false, &file, &image, error));
    const int status = vector_image_add_view(image, view, view->count - 2, view->count, error);
    if (status != 0) {
        vector_image_free(image);
        (void)close(file);
        return status;
    }
    vector_view_drop_last(view);
    vector_view_drop_last(view);
    return add_part(view, &image, &file, error);
}

/* Parts behind the base at least halve, so there are few however many commits there were, and a row is copied seldom.
 */
static int tidy_parts(vector_view *view, lethe_error *error)
{
    while (view->count > 1) {
        const uint32_t last = view->parts[view->count - 1].live_rows;
        if (last == 0)
            vector_view_drop_last(view);
        else if (view->count > 2 && 2ULL * last > view->parts[view->count - 2].live_rows)
            BASE_TRY(merge_last(view, error));
        else
            break;
    }
    return 0;
}

static int replay_all(replay *work, vector_log_reader *reader, base_span payload, uint64_t offset, lethe_error *error)
{
    const uint32_t dimensions = work->view->parts[0].segment->store.schema.dimensions;
    while (payload.data != NULL) {
        BASE_TRY(apply_commit(work, payload, dimensions, error));
        work->view->log_end = offset + reader->end;
        work->view->sequence = reader->sequence;
        BASE_TRY(vector_log_next(reader, &payload, error));
    }
    BASE_TRY(add_late_rows(work, error));
    BASE_TRY(tidy_parts(work->view, error));
    return vector_view_number(work->view, error);
}

int vector_replay(vector_view *view, vector_log_reader *reader, uint64_t offset, vector_view **ret_view,
                  lethe_error *error)
{
    replay work = {.file = -1};
    base_span payload = {NULL, 0};
    BASE_TRY(vector_log_next(reader, &payload, error));
    if (payload.data == NULL) {
        *ret_view = vector_view_hold(view);
        return 0;
    }
    BASE_TRY(vector_view_copy(view, &work.view, error));
    vector_op_init(&work.op);
    const int status = replay_all(&work, reader, payload, offset, error);
    vector_op_done(&work.op);
    vector_image_free(work.image);
    if (work.file >= 0)
        (void)close(work.file);
    free(work.dead);
    if (status != 0)
        vector_view_release(work.view);
    else
        *ret_view = work.view;
    return status;
}
