/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/columns.h"
#include "engine/publish.h"
#include "publish/vectors.h"

#include <stdlib.h>

/*
 * Rows of a release on their way to a vector database. Where the server counts as many rows of this release as there
 * are, and a sample of them is equal, nothing is sent; else all are, under the same ids.
 */

typedef struct loading {
    engine_publish *p;
    publish_vectors vectors;
    table_schema schema;
    bool sampling; /* read back instead of sending */
    bool differs;
    uint64_t seen, next; /* rows; the next one of the sample */
    uint64_t sampled;
} loading;

static int sample(loading *l, const publish_row *row, lethe_error *error)
{
    bool equal = false;
    const uint64_t step = l->p->dataset->rows / PUBLISH_SAMPLES;
    if (l->seen != l->next || l->differs)
        return 0;
    l->next += step != 0 ? step : 1;
    BASE_TRY(l->vectors.kind->compare(&l->vectors, row, &equal, error));
    l->differs = !equal;
    l->sampled += equal;
    return 0;
}

static int take_batch(void *context, identity_split split, const table_batch *batch, uint64_t first_row,
                      lethe_error *error)
{
    loading *l = context;
    (void)first_row;
    for (size_t at = 0; at < table_batch_rows(batch); at++) {
        const publish_row row = {batch, at, identity_split_name(split)};
        BASE_TRY(l->sampling ? sample(l, &row, error) : l->vectors.kind->write(&l->vectors, &row, error));
        if (++l->seen % 256 == 0)
            BASE_TRY(engine_publish_tell(l->p, l->sampling ? LETHE_PUBLISH_CHECKING : LETHE_PUBLISH_SENDING, l->seen,
                                         l->p->dataset->rows, error));
    }
    return 0;
}

static int pass(loading *l, bool sampling, lethe_error *error)
{
    const engine_batch_visitor visitor = {l, &l->schema, take_batch};
    l->sampling = sampling;
    l->differs = false;
    l->seen = l->next = l->sampled = 0;
    return engine_dataset_batches(l->p->dataset, &visitor, error);
}

static int fail_lost(const loading *l, lethe_error *error)
{
    base_fail(error, LETHE_E_PUBLISH_LOST);
    base_error_file(error, l->p->target.name);
    return LETHE_E_PUBLISH_LOST;
}

static int check(loading *l, lethe_error *error)
{
    lethe_publish_result *r = l->p->result;
    BASE_TRY(l->vectors.kind->count(&l->vectors, &r->vectors_counted, error));
    BASE_TRY(pass(l, true, error));
    r->vectors_sampled = l->sampled;
    return !l->differs && r->vectors_counted >= r->vectors ? 0 : fail_lost(l, error);
}

/* As many as there should be, and equal where we look. */
static int is_there(loading *l, bool *ret_there, lethe_error *error)
{
    uint64_t counted = 0;
    *ret_there = false;
    BASE_TRY(l->vectors.kind->count(&l->vectors, &counted, error));
    if (counted != l->p->dataset->rows)
        return 0;
    BASE_TRY(pass(l, true, error));
    *ret_there = !l->differs;
    return 0;
}

static int load(loading *l, lethe_error *error)
{
    lethe_publish_result *r = l->p->result;
    l->vectors.sent = l->vectors.acknowledged = 0;
    BASE_TRY(pass(l, false, error));
    BASE_TRY(l->vectors.kind->settle(&l->vectors, &r->removed, error));
    r->vectors_sent = l->vectors.sent;
    r->vectors_acknowledged = l->vectors.acknowledged;
    return r->vectors_acknowledged == r->vectors_sent ? 0 : fail_lost(l, error);
}

/* What cannot be right is asked for again over fresh connections, and sent again, once: an answer may have been that to
 * another request. Rows are upserted, so nothing is there twice. */
static int publish(loading *l, lethe_error *error)
{
    bool there = false;
    lethe_publish_result *r = l->p->result;
    r->vectors = l->p->dataset->rows;
    BASE_TRY(is_there(l, &there, error));
    if (l->p->options->dry_run != 0)
        return 0;
    if (there) /* others' rows may still be */
        BASE_TRY(l->vectors.kind->settle(&l->vectors, &r->removed, error));
    else
        BASE_TRY(load(l, error));
    const int status = check(l, error);
    if (status != LETHE_E_PUBLISH_LOST)
        return status;
    net_client_distrust(l->p->client);
    BASE_TRY(load(l, error));
    return check(l, error);
}

static int withdraw(loading *l, lethe_error *error)
{
    return l->p->options->dry_run != 0 ? 0 : l->vectors.kind->remove(&l->vectors, &l->p->result->removed, error);
}

static int count_only(loading *l, lethe_error *error)
{
    return l->vectors.kind->count(&l->vectors, &l->p->result->vectors_counted, error);
}

static int with_server(engine_publish *p, int (*use)(loading *, lethe_error *), lethe_error *error)
{
    loading *l = calloc(1, sizeof(*l));
    if (l == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    l->p = p;
    l->schema = engine_columns_schema();
    l->vectors = (publish_vectors){.target = &p->target,
                                   .client = p->client,
                                   .schema = &l->schema,
                                   .dataset = p->name,
                                   .release = p->release,
                                   .insecure = p->options->insecure != 0,
                                   .rows = p->dataset->rows};
    (void)snprintf(p->result->location, sizeof(p->result->location), "%s://%s/%s", p->target.url.scheme,
                   p->target.url.host, p->target.name);
    int status = publish_vectors_open(&l->vectors, error);
    if (status == 0)
        status = use(l, error);
    if (status != 0)
        net_client_cancel(p->client); /* no job may speak of what is closed */
    publish_vectors_close(&l->vectors);
    free(l);
    return status;
}

int engine_publish_vectors(engine_publish *p, lethe_error *error)
{
    return with_server(p, publish, error);
}

int engine_unpublish_vectors(engine_publish *p, lethe_error *error)
{
    return with_server(p, withdraw, error);
}

int engine_publish_vectors_count(engine_publish *p, uint64_t *ret_found, lethe_error *error)
{
    BASE_TRY(with_server(p, count_only, error));
    *ret_found = p->result->vectors_counted;
    return 0;
}
