/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/operator.h"
#include "engine/publish.h"

#include "json/json_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * run.json's `publications`: where this dataset was sent, an entry a target; no secret stands there. It is noted before
 * anything is sent, so that what a killed publish left can be found. The file is written beside the dataset and moved
 * into it: no half a file ever lies in the folder, which verify would find.
 */
#define ACCOUNT_MAX ((size_t)256 << 20)
#define MEMBER      "publications"

static void write_entry(json_writer *w, const engine_publish *p)
{
    const lethe_publish_options *o = p->options;
    json_write_object(w);
    json_member_text(w, "target", o->target);
    json_member_text(w, "layout", p->note ? "note" : "hive");
    if (o->glue != NULL)
        json_member_text(w, "glue", o->glue);
    if (o->endpoint != NULL)
        json_member_text(w, "endpoint", o->endpoint);
    json_member_text(w, "release", p->release);
    json_member_text(w, "level", p->level);
    json_write_end(w);
}

static bool is_same_place(json_value entry, const engine_publish *p)
{
    return base_span_is(json_string(json_get(entry, "target")), p->options->target) &&
           base_span_is(json_string(json_get(entry, "layout")), p->note ? "note" : "hive");
}

/* The others stay as they are; this target's entry is the last one, or gone. */
static void write_account(json_writer *w, json_value old, const engine_publish *p, bool published)
{
    json_iterator members = json_iterate(old), before = json_iterate(json_get(old, MEMBER));
    base_span key;
    json_value value;
    json_write_object(w);
    while (json_next(&members, &key, &value)) {
        if (base_span_is(key, MEMBER))
            continue;
        json_write_key_span(w, key);
        json_write_raw(w, json_text(value));
    }
    json_write_key(w, MEMBER);
    json_write_array(w);
    while (json_next(&before, NULL, &value))
        if (!is_same_place(value, p))
            json_write_raw(w, json_text(value));
    if (published)
        write_entry(w, p);
    json_write_end(w);
    json_write_end(w);
}

static bool write_all(int file, base_span bytes)
{
    while (bytes.size != 0) {
        const ssize_t done = write(file, bytes.data, bytes.size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes = (base_span){bytes.data + done, bytes.size - (size_t)done};
    }
    return fsync(file) == 0;
}

/* "a/b" -> "a/.b.publishing": links and trailing slashes are resolved first. */
static bool beside(const char *dataset, char ret_path[BASE_PATH_MAX], char ret_final[BASE_PATH_MAX])
{
    char *whole = realpath(dataset, NULL);
    char *slash = whole != NULL ? strrchr(whole, '/') : NULL;
    const bool fits = slash != NULL && slash[1] != '\0' &&
                      (size_t)snprintf(ret_path, BASE_PATH_MAX, "%.*s/.%s.publishing", (int)(slash - whole), whole,
                                       slash + 1) < BASE_PATH_MAX &&
                      (size_t)snprintf(ret_final, BASE_PATH_MAX, "%s/run.json", whole) < BASE_PATH_MAX;
    free(whole);
    return fits;
}

/* Who may not write there may still publish what they have; only --status does not know of it. */
static int put(const char *dataset, base_span bytes, lethe_error *error)
{
    char path[BASE_PATH_MAX], final[BASE_PATH_MAX];
    if (!beside(dataset, path, final))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return errno == EACCES || errno == EROFS || errno == EPERM ? 0 : base_fail_errno(error, LETHE_E_BASE_IO);
    const bool whole = write_all(file, bytes);
    (void)close(file);
    if (whole && rename(path, final) == 0)
        return base_folder_sync(dataset, error);
    const int reason = errno;
    (void)unlink(path);
    errno = reason;
    if (reason == EACCES || reason == EROFS || reason == EPERM || reason == EXDEV)
        return 0;
    base_fail_errno(error, LETHE_E_BASE_IO);
    base_error_file(error, final);
    return LETHE_E_BASE_IO;
}

int engine_publish_note_down(const engine_publish *p, bool published, lethe_error *error)
{
    json_parser *parser = NULL;
    json_value root;
    base_buf old, out;
    base_buf_init(&old, ACCOUNT_MAX);
    base_buf_init(&out, ACCOUNT_MAX);
    json_writer w = json_writer_of(&out, true);
    int status = json_parser_new(ACCOUNT_MAX, JSON_DEPTH_MAX, &parser, error);
    if (status == 0)
        status = engine_account_load(p->options->dataset, parser, &old, &root, error);
    if (status == 0) {
        write_account(&w, root, p, published);
        base_buf_byte(&out, '\n');
        status = base_buf_check(&out, error);
    }
    if (status == 0 && !base_span_equal(base_buf_view(&old), base_buf_view(&out)))
        status = put(p->options->dataset, base_buf_view(&out), error);
    json_parser_free(parser);
    base_buf_done(&old);
    base_buf_done(&out);
    return status;
}

int engine_publish_entries(const char *dataset, engine_publish_entry visit, void *context, lethe_error *error)
{
    json_parser *parser = NULL;
    json_value root, entry;
    base_buf bytes;
    base_buf_init(&bytes, ACCOUNT_MAX);
    int status = json_parser_new(ACCOUNT_MAX, JSON_DEPTH_MAX, &parser, error);
    if (status == 0)
        status = engine_account_load(dataset, parser, &bytes, &root, error);
    if (status == 0) {
        json_iterator it = json_iterate(json_get(root, MEMBER));
        while (status == 0 && json_next(&it, NULL, &entry))
            status = visit(context, entry, error);
    }
    json_parser_free(parser);
    base_buf_done(&bytes);
    return status;
}
