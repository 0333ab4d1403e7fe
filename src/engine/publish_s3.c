/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/publish.h"

#include "json/json_writer.h"

#include <stdlib.h>

/* The order of objects, and what is there afterwards. */
#define LATEST_NAME "latest.json"
#define LATEST_MAX  ((size_t)64 << 10)

static int open_store(engine_publish *p, lethe_error *error)
{
    const lethe_publish_options *o = p->options;
    const char *endpoint = o->endpoint != NULL ? o->endpoint : publish_environment("AWS_ENDPOINT_URL_S3");
    if (endpoint == NULL)
        endpoint = publish_environment("AWS_ENDPOINT_URL");
    BASE_TRY(publish_s3_open(&p->s3, p->client, p->target.url.host, endpoint, error));
    if (o->part_bytes != 0)
        p->s3.part_bytes = o->part_bytes;
    if (o->sse != NULL)
        p->s3.sse_key = strcmp(o->sse, "s3") == 0 ? "" : o->sse + 4;
    (void)snprintf(p->result->location, sizeof(p->result->location), "s3://%s/%s", p->s3.bucket,
                   p->note ? p->data : p->folder);
    return 0;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const engine_publish_file *)a)->key, ((const engine_publish_file *)b)->key);
}

/* -- what is there ---------------------------------------------------------------------------------------------------
 */

typedef struct look {
    engine_publish *p;
    const engine_publish_file **sorted;
    bool after; /* the sending: sizes must fit */
    uint64_t found;
} look;

static int compare_key(const void *key, const void *file)
{
    const base_span *wanted = key;
    return base_span_compare(*wanted, base_span_of((*(engine_publish_file *const *)file)->key));
}

static int see(void *context, base_span key, uint64_t size_bytes, lethe_error *error)
{
    look *l = context;
    (void)error;
    engine_publish_file **at = bsearch(&key, (void *)l->sorted, l->p->file_count, sizeof(*l->sorted), compare_key);
    if (at == NULL)
        return 0;
    if (!l->after)
        (*at)->object.listed = true;
    if ((*at)->object.bytes.size == size_bytes) {
        (*at)->found = true;
        l->found++;
    }
    return 0;
}

static int by_key_pointer(const void *a, const void *b)
{
    return by_key(*(const engine_publish_file *const *)a, *(const engine_publish_file *const *)b);
}

/* One listing where all lies in one folder; the one file of the note lies in another. */
static int look_around(engine_publish *p, bool after, uint64_t *ret_found, lethe_error *error)
{
    look l = {.p = p, .after = after, .sorted = calloc(p->file_count, sizeof(*l.sorted))};
    if (l.sorted == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < p->file_count; i++) {
        p->files[i].found = false;
        l.sorted[i] = &p->files[i];
    }
    qsort((void *)l.sorted, p->file_count, sizeof(*l.sorted), by_key_pointer);
    int status = publish_s3_list(&p->s3, p->folder, see, &l, error);
    if (status == 0 && p->note)
        status = publish_s3_list(&p->s3, p->data, see, &l, error);
    free((void *)l.sorted);
    *ret_found = l.found;
    return status;
}

/* -- sending ---------------------------------------------------------------------------------------------------------
 */

static int send(engine_publish *p, bool last, lethe_error *error)
{
    for (size_t i = 0; i < p->file_count; i++)
        if (p->files[i].last == last)
            BASE_TRY(publish_s3_put(&p->s3, &p->files[i].object, error));
    return publish_s3_drain(&p->s3, error);
}

/* Which release is the latest: for readers without a catalog. Written in one piece, so it names a whole one or none. */
static int write_latest(const engine_publish *p, base_buf *out, lethe_error *error)
{
    json_writer w = json_writer_of(out, true);
    json_write_object(&w);
    json_member_text(&w, "dataset", p->name);
    json_member_text(&w, "release", p->release);
    json_member_text(&w, "level", p->level);
    json_write_key(&w, "folder");
    json_write_string(&w, (base_span){p->folder, strlen(p->folder)});
    json_write_key(&w, "data");
    json_write_string(&w, (base_span){p->data, strlen(p->data)});
    json_write_end(&w);
    base_buf_byte(out, '\n');
    return base_buf_check(out, error);
}

static int latest_key(const engine_publish *p, char ret_key[PUBLISH_KEY_MAX + 1], lethe_error *error)
{
    return (size_t)snprintf(ret_key, PUBLISH_KEY_MAX + 1, "%s" LATEST_NAME, p->root) <= PUBLISH_KEY_MAX
               ? 0
               : base_fail(error, LETHE_E_BASE_LIMIT);
}

static int put_latest(engine_publish *p, lethe_error *error)
{
    char key[PUBLISH_KEY_MAX + 1];
    base_buf out, there;
    bool found = false;
    BASE_TRY(latest_key(p, key, error));
    base_buf_init(&out, LATEST_MAX);
    base_buf_init(&there, LATEST_MAX);
    publish_object object = {.key = key, .type = "application/json", .replace = true};
    int status = write_latest(p, &out, error);
    object.bytes = base_buf_view(&out);
    if (status == 0)
        status = crypt_sha256(object.bytes, object.sha256, error);
    if (status == 0)
        status = publish_s3_get(&p->s3, key, &there, &found, error);
    const uint64_t sent = p->s3.sent, bytes = p->s3.sent_bytes; /* it is none of the release's files */
    if (status == 0 && !(found && base_span_equal(base_buf_view(&there), object.bytes)))
        status = publish_s3_put(&p->s3, &object, error);
    if (status == 0)
        status = publish_s3_drain(&p->s3, error);
    if (status != 0)
        net_client_cancel(p->client);
    p->s3.sent = sent;
    p->s3.sent_bytes = bytes;
    base_buf_done(&there);
    base_buf_done(&out);
    return status;
}

/* -- removing --------------------------------------------------------------------------------------------------------
 */

typedef struct keys {
    base_buf names; /* NUL behind each */
    size_t count;
    const char *keep, *keep_too; /* what begins so stays; NULL: nothing */
} keys;

static int note_key(void *context, base_span key, uint64_t size_bytes, lethe_error *error)
{
    keys *k = context;
    (void)size_bytes;
    if ((k->keep != NULL && base_span_starts(key, base_span_of(k->keep))) ||
        (k->keep_too != NULL && base_span_starts(key, base_span_of(k->keep_too))))
        return 0;
    base_buf_span(&k->names, key);
    base_buf_byte(&k->names, '\0');
    k->count++;
    return base_buf_check(&k->names, error);
}

/* Manifests first: what has none is no release any more. */
static int delete_keys(engine_publish *p, const keys *k, bool manifests, lethe_error *error)
{
    static const char name[] = "/manifest.json";
    for (const char *key = k->names.data; key != NULL && key < k->names.data + k->names.size; key += strlen(key) + 1) {
        const size_t size = strlen(key);
        const bool manifest = size >= sizeof(name) - 1 && strcmp(key + size - (sizeof(name) - 1), name) == 0;
        if (manifest != manifests)
            continue;
        BASE_TRY(publish_s3_delete(&p->s3, key, error));
        p->result->removed++;
    }
    return 0;
}

/* Everything of this dataset but what begins with `keep`; then the server is asked whether it is gone. */
static int remove_all_but(engine_publish *p, const char *keep, const char *keep_too, lethe_error *error)
{
    int status = 0;
    for (int round = 0; round < 2 && status == 0; round++) {
        keys k = {.keep = keep, .keep_too = keep_too};
        base_buf_init(&k.names, (size_t)1 << 30);
        status = publish_s3_list(&p->s3, p->root, note_key, &k, error);
        if (status == 0 && round == 1 && k.count != 0)
            status = base_fail(error, LETHE_E_PUBLISH_LOST);
        if (status == 0)
            status = delete_keys(p, &k, true, error);
        if (status == 0)
            status = delete_keys(p, &k, false, error);
        base_buf_done(&k.names);
    }
    return status;
}

/* -- the whole -------------------------------------------------------------------------------------------------------
 */

static int check_found(engine_publish *p, lethe_error *error)
{
    BASE_TRY(engine_publish_tell(p, LETHE_PUBLISH_CHECKING, 0, p->file_count, error));
    BASE_TRY(look_around(p, true, &p->result->files_found, error));
    for (size_t i = 0; i < p->file_count; i++)
        if (!p->files[i].found) {
            base_fail(error, LETHE_E_PUBLISH_LOST);
            base_error_file(error, p->files[i].key);
            return LETHE_E_PUBLISH_LOST;
        }
    return 0;
}

static int publish(engine_publish *p, lethe_error *error)
{
    char latest[PUBLISH_KEY_MAX + 1];
    BASE_TRY(send(p, false, error));
    BASE_TRY(send(p, true, error));
    BASE_TRY(check_found(p, error)); /* before anybody is told */
    BASE_TRY(put_latest(p, error));
    if (p->options->glue != NULL)
        BASE_TRY(engine_publish_catalog(p, error));
    if (p->options->replace == 0)
        return 0;
    BASE_TRY(latest_key(p, latest, error));
    if (!p->note)
        return remove_all_but(p, p->folder, latest, error);
    BASE_TRY(remove_all_but(p, p->folder, p->data, error));
    return put_latest(p, error); /* it went with the others */
}

int engine_publish_s3(engine_publish *p, lethe_error *error)
{
    uint64_t found = 0;
    BASE_TRY(open_store(p, error));
    BASE_TRY(engine_publish_list_files(p, error));
    BASE_TRY(look_around(p, false, &found, error));
    if (p->options->dry_run != 0) {
        p->result->files_there = found;
        return 0;
    }
    const int status = publish(p, error);
    p->result->files_sent = p->s3.sent;
    p->result->files_there = p->s3.there;
    p->result->bytes_sent = p->s3.sent_bytes;
    p->result->parts_taken_up = p->s3.taken_up;
    return status;
}

int engine_unpublish_s3(engine_publish *p, lethe_error *error)
{
    BASE_TRY(open_store(p, error));
    if (p->options->dry_run != 0)
        return 0;
    if (p->options->glue != NULL)
        BASE_TRY(engine_unpublish_catalog(p, error));
    return remove_all_but(p, NULL, NULL, error);
}

int engine_publish_s3_count(engine_publish *p, uint64_t *ret_found, lethe_error *error)
{
    BASE_TRY(open_store(p, error));
    BASE_TRY(engine_publish_list_files(p, error));
    return look_around(p, true, ret_found, error);
}
