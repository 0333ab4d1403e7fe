/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/publish.h"

#include <stdlib.h>

/* What run.json says was published, and what the servers have of it now. */
typedef struct asking {
    const lethe_publish_options *options;
    lethe_publication *publications;
    size_t capacity, count;
} asking;

static void copy(char *to, size_t capacity, json_value text)
{
    const base_span span = json_string(text);
    const size_t size = span.size < capacity ? span.size : 0;
    if (size != 0)
        memcpy(to, span.data, size);
    to[size] = '\0';
}

static int ask(engine_publish *p, lethe_publication *entry, lethe_error *error)
{
    bool same = true;
    if (p->target.kind == PUBLISH_S3) {
        BASE_TRY(engine_publish_s3_count(p, &entry->found, error));
        entry->expected = p->file_count;
        if (p->options->glue != NULL)
            BASE_TRY(engine_publish_catalog_same(p, &same, error));
        (void)snprintf(entry->table, sizeof(entry->table), "%s", p->result->table);
    } else {
        BASE_TRY(engine_publish_vectors_count(p, &entry->found, error));
        entry->expected = p->dataset->rows;
    }
    entry->whole = same && entry->found == entry->expected;
    return 0;
}

static int take(void *context, json_value value, lethe_error *error)
{
    asking *a = context;
    char glue[520], endpoint[512];
    lethe_publish_result result;
    engine_publish *p = NULL;
    if (a->count == a->capacity)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    lethe_publication *entry = &a->publications[a->count++];
    *entry = (lethe_publication){.whole = -1};
    copy(entry->target, sizeof(entry->target), json_get(value, "target"));
    copy(entry->layout, sizeof(entry->layout), json_get(value, "layout"));
    copy(entry->release, sizeof(entry->release), json_get(value, "release"));
    copy(glue, sizeof(glue), json_get(value, "glue"));
    copy(endpoint, sizeof(endpoint), json_get(value, "endpoint"));
    lethe_publish_options options = *a->options;
    options.target = entry->target;
    options.layout = entry->layout;
    options.glue = glue[0] != '\0' ? glue : NULL;
    options.endpoint = endpoint[0] != '\0' ? endpoint : NULL;
    if ((p = calloc(1, sizeof(*p))) == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = engine_publish_open(p, &options, false, &result, &entry->trouble);
    if (status == 0) {
        entry->current = strcmp(entry->release, p->release) == 0;
        status = ask(p, entry, &entry->trouble);
    }
    engine_publish_done(p);
    free(p);
    return status == LETHE_E_BASE_CANCELLED ? base_fail(error, status) : 0;
}

int lethe_publish_status(const lethe_publish_options *options, lethe_publication *ret_publications, size_t capacity,
                         size_t *ret_count, lethe_error *error)
{
    asking a = {.options = options, .publications = ret_publications, .capacity = capacity};
    BASE_TRY(engine_publish_entries(options->dataset, take, &a, error));
    *ret_count = a.count;
    return 0;
}
