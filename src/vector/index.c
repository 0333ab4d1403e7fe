/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/index.h"

#include "vector/replay.h"
#include "vector/store.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A reader that meets a writer between two bases begins again; so often, with a millisecond between, is damage. */
#define TRIES_MAX 500

struct vector_index {
    int folder;
    int log; /* of the view's base */
    pthread_mutex_t refreshing;
    pthread_mutex_t lock; /* of `view`, for as long as it takes to hold it */
    vector_view *view;
    char path[]; /* where it was opened: another folder may be put there */
};

/* What the log has from the end of `view` on. */
static int read_log(int log, vector_view *view, vector_view **ret_view, lethe_error *error)
{
    const uint64_t from = (view->log_end + 7) / 8 * 8;
    base_buf bytes;
    int status = vector_store_read(log, from, &bytes, error);
    if (status == 0) {
        vector_log_reader reader = vector_log_resume(base_buf_view(&bytes), view->sequence);
        status = vector_replay(view, &reader, from, ret_view, error);
    }
    base_buf_done(&bytes);
    return status;
}

static int check_log_header(int log, vector_log_name name, lethe_error *error)
{
    char header[VECTOR_LOG_HEADER];
    vector_log_reader reader;
    const ssize_t size = pread(log, header, sizeof(header), 0);
    return vector_log_open((base_span){header, size > 0 ? (size_t)size : 0}, name, &reader, error);
}

/* A base with all of its log. */
static int read_whole(int folder, int *ret_log, vector_view **ret_view, lethe_error *error)
{
    vector_segment *base = NULL;
    vector_view *view = NULL;
    int log = -1;
    BASE_TRY(vector_store_base(folder, &base, error));
    const vector_log_name name = vector_segment_log(base);
    BASE_TRY(vector_view_new(base, &view, error));
    int status = vector_store_log(folder, name.generation, O_RDONLY, &log, error);
    if (status == 0)
        status = check_log_header(log, name, error);
    if (status == 0)
        status = read_log(log, view, ret_view, error);
    vector_view_release(view);
    if (status == 0)
        *ret_log = log;
    else if (log >= 0)
        (void)close(log);
    return status;
}

static bool same_base(int folder, const vector_log_name *name)
{
    vector_log_name now = {0};
    return vector_store_identity(folder, &now, NULL) == 0 && now.generation == name->generation &&
           now.header_crc == name->header_crc;
}

static void wait_a_little(void)
{
    const struct timespec time = {.tv_nsec = 1000000};
    (void)nanosleep(&time, NULL);
}

/* A failure counts when the base was the same before and after: otherwise a writer was met. Without a log, again and
 * again. */
static int read_steadily(int folder, int *ret_log, vector_view **ret_view, lethe_error *error)
{
    for (int tries = 0;; tries++) {
        vector_log_name before = {0};
        lethe_error trouble = {0};
        BASE_TRY(vector_store_identity(folder, &before, error));
        const int status = read_whole(folder, ret_log, ret_view, &trouble);
        if (status == 0)
            return 0;
        const bool settled = same_base(folder, &before) && status != LETHE_E_BASE_NOT_FOUND;
        if (settled || tries == TRIES_MAX) {
            if (error != NULL)
                *error = trouble;
            if (status != LETHE_E_BASE_NOT_FOUND)
                return status;
            base_fail(error, LETHE_E_VECTOR_DAMAGED); /* a base without its log */
            base_error_path(error, "log");
            return LETHE_E_VECTOR_DAMAGED;
        }
        wait_a_little();
    }
}

static int open_at(const char *path, int folder, vector_index **ret_index, lethe_error *error)
{
    const size_t size = strlen(path) + 1;
    vector_index *index = calloc(1, sizeof(*index) + size);
    if (index == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const int status = read_steadily(folder, &index->log, &index->view, error);
    if (status != 0) {
        free(index);
        return status;
    }
    memcpy(index->path, path, size);
    index->folder = folder;
    (void)pthread_mutex_init(&index->refreshing, NULL);
    (void)pthread_mutex_init(&index->lock, NULL);
    *ret_index = index;
    return 0;
}

int vector_index_open(const char *folder, vector_index **ret_index, lethe_error *error)
{
    int descriptor = -1;
    BASE_TRY(vector_store_open(folder, false, &descriptor, error));
    const int status = open_at(folder, descriptor, ret_index, error);
    if (status != 0)
        (void)close(descriptor);
    return status;
}

void vector_index_close(vector_index *index)
{
    if (index == NULL)
        return;
    vector_view_release(index->view);
    (void)pthread_mutex_destroy(&index->refreshing);
    (void)pthread_mutex_destroy(&index->lock);
    (void)close(index->log);
    (void)close(index->folder);
    free(index);
}

vector_view *vector_index_view(vector_index *index)
{
    (void)pthread_mutex_lock(&index->lock);
    vector_view *view = vector_view_hold(index->view);
    (void)pthread_mutex_unlock(&index->lock);
    return view;
}

static void set_view(vector_index *index, vector_view *view)
{
    (void)pthread_mutex_lock(&index->lock);
    vector_view *old = index->view;
    index->view = view;
    (void)pthread_mutex_unlock(&index->lock);
    vector_view_release(old);
}

/* The same base: what the log has got since. A log that became shorter belongs to a base that is being replaced. */
static int read_more(vector_index *index, const vector_log_name *name, vector_view **ret_view, lethe_error *error)
{
    lethe_error trouble = {0};
    const int status = read_log(index->log, index->view, ret_view, &trouble);
    if (status == 0 || !same_base(index->folder, name))
        return status;
    if (error != NULL)
        *error = trouble;
    return status;
}

static int refresh(vector_index *index, lethe_error *error)
{
    vector_view *view = NULL;
    int log = -1;
    const vector_log_name name = vector_segment_log(index->view->parts[0].segment);
    if (same_base(index->folder, &name)) {
        const int status = read_more(index, &name, &view, error);
        if (status == 0)
            set_view(index, view);
        if (status == 0 || same_base(index->folder, &name))
            return status;
    }
    BASE_TRY(read_steadily(index->folder, &log, &view, error));
    (void)close(index->log);
    index->log = log;
    set_view(index, view);
    return 0;
}

/* Where another folder has been put in the place of this one, whole, that is the index now. A folder that was moved
 * away is read on where it is. */
static int follow_path(vector_index *index, bool *ret_moved, lethe_error *error)
{
    struct stat here, there;
    vector_view *view = NULL;
    int log = -1;
    *ret_moved = false;
    const int folder = open(index->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return 0;
    *ret_moved = fstat(index->folder, &here) == 0 && fstat(folder, &there) == 0 &&
                 (here.st_ino != there.st_ino || here.st_dev != there.st_dev);
    const int status = *ret_moved ? read_steadily(folder, &log, &view, error) : 0;
    if (status != 0 || !*ret_moved) {
        (void)close(folder);
        return status;
    }
    (void)close(index->folder);
    (void)close(index->log);
    index->folder = folder;
    index->log = log;
    set_view(index, view);
    return 0;
}

int vector_index_refresh_here(vector_index *index, lethe_error *error)
{
    (void)pthread_mutex_lock(&index->refreshing);
    const int status = refresh(index, error);
    (void)pthread_mutex_unlock(&index->refreshing);
    return status;
}

int vector_index_refresh(vector_index *index, lethe_error *error)
{
    bool moved = false;
    (void)pthread_mutex_lock(&index->refreshing);
    int status = follow_path(index, &moved, error);
    if (status == 0 && !moved)
        status = refresh(index, error);
    (void)pthread_mutex_unlock(&index->refreshing);
    return status;
}
