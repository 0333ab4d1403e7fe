/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/columns.h"
#include "engine/publish.h"
#include "engine/settings.h"

#include <ctype.h>
#include <stdlib.h>

/* The table of a release in the Glue catalog: its columns are those of the Parquet files. */

static const char *const splits[] = {"test", "train", "validation"};

static bool name_is_written(const char *name)
{
    const size_t size = strlen(name);
    for (size_t i = 0; i < size; i++)
        if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) && name[i] != '_')
            return false;
    return size >= 1 && size <= PUBLISH_GLUE_NAME_MAX;
}

/* "database" or "database.table". */
static int read_names(const engine_publish *p, publish_table *table, lethe_error *error)
{
    const char *given = p->options->glue, *dot = strchr(given, '.');
    const size_t size = dot != NULL ? (size_t)(dot - given) : strlen(given);
    if (size > PUBLISH_GLUE_NAME_MAX || (dot != NULL && strlen(dot + 1) > PUBLISH_GLUE_NAME_MAX))
        return engine_bad_option(error, "glue");
    memcpy(table->database, given, size);
    table->database[size] = '\0';
    (void)snprintf(table->name, sizeof(table->name), "%s%s", dot != NULL ? "" : "anonymized_profiles_",
                   dot != NULL ? dot + 1 : p->name);
    for (char *at = table->name; dot == NULL && *at != '\0'; at++)
        *at = isalnum((unsigned char)*at) ? (char)tolower((unsigned char)*at) : '_';
    if (!name_is_written(table->database) || !name_is_written(table->name))
        return engine_bad_option(error, "glue");
    return 0;
}

/* Splits that the release has files of. */
static size_t splits_there(const engine_publish *p, const char *ret_values[3])
{
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        char prefix[64];
        const int size = snprintf(prefix, sizeof(prefix), "profiles/split=%s/", splits[i]);
        json_iterator files = json_iterate(json_get(p->dataset->root, "files"));
        json_value file;
        bool there = false;
        while (!there && json_next(&files, NULL, &file))
            there = base_span_starts(json_string(json_get(file, "path")), (base_span){prefix, (size_t)size});
        if (there)
            ret_values[count++] = splits[i];
    }
    return count;
}

static int make_table(engine_publish *p, engine_publish_table *t, const char **values, lethe_error *error)
{
    const table_schema columns = engine_columns_schema();
    int64_t k = 0;
    publish_table *table = &t->table;
    BASE_TRY(read_names(p, table, error));
    if (columns.count + 1 > sizeof(t->fields) / sizeof(t->fields[0]))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    memcpy(t->fields, columns.fields, columns.count * sizeof(t->fields[0]));
    t->fields[columns.count] = (table_field){"split", TABLE_STRING, false};
    t->schema = (table_schema){t->fields, columns.count + p->note};
    (void)json_int64(json_get(p->dataset->root, "k"), &k);
    (void)snprintf(t->rows, sizeof(t->rows), "%llu", (unsigned long long)p->dataset->rows);
    (void)snprintf(t->k, sizeof(t->k), "%d", (int)k);
    (void)snprintf(t->location, sizeof(t->location), "s3://%s/%s", p->target.url.host, p->data);
    (void)snprintf(t->description, sizeof(t->description), "De-identified profiles, level %s, k %s", p->level, t->k);
    size_t count = 0;
    t->parameters[count++] = (net_pair){"lethe.dataset", p->name};
    t->parameters[count++] = (net_pair){"lethe.release", p->release};
    t->parameters[count++] = (net_pair){"lethe.level", p->level};
    t->parameters[count++] = (net_pair){"lethe.k", t->k};
    t->parameters[count++] = (net_pair){"lethe.schema_version", p->dataset->schema};
    t->parameters[count++] = (net_pair){"recordCount", t->rows};
    table->location = t->location;
    table->description = t->description;
    table->schema = &t->schema;
    table->partition_key = p->note ? NULL : "split";
    table->values = values;
    table->value_count = p->note ? 0 : splits_there(p, values);
    table->parameters = t->parameters;
    table->parameter_count = count;
    (void)snprintf(p->result->table, sizeof(p->result->table), "%s.%s", table->database, table->name);
    return 0;
}

typedef int (*use)(engine_publish *p, publish_glue *glue, const publish_table *table, void *context,
                   lethe_error *error);

static int with_table(engine_publish *p, use use_it, void *context, lethe_error *error)
{
    const char *values[3];
    publish_glue glue = {0};
    engine_publish_table *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const char *endpoint = publish_environment("AWS_ENDPOINT_URL_GLUE");
    if (endpoint == NULL)
        endpoint = p->options->endpoint != NULL ? p->options->endpoint : publish_environment("AWS_ENDPOINT_URL");
    int status = make_table(p, t, values, error);
    if (status == 0) {
        status = publish_glue_open(&glue, p->client, endpoint, error);
        if (status == 0)
            status = use_it(p, &glue, &t->table, context, error);
        publish_glue_done(&glue);
    }
    free(t);
    return status;
}

static int put(engine_publish *p, publish_glue *glue, const publish_table *table, void *context, lethe_error *error)
{
    static const lethe_publish_change changes[] = {LETHE_PUBLISH_TABLE_SAME, LETHE_PUBLISH_TABLE_CREATED,
                                                   LETHE_PUBLISH_TABLE_UPDATED};
    publish_change change = PUBLISH_UNCHANGED;
    (void)context;
    BASE_TRY(publish_glue_put(glue, table, &change, error));
    p->result->table_change = changes[change];
    p->result->partitions = table->value_count;
    return 0;
}

int engine_publish_catalog(engine_publish *p, lethe_error *error)
{
    return with_table(p, put, NULL, error);
}

static int drop(engine_publish *p, publish_glue *glue, const publish_table *table, void *context, lethe_error *error)
{
    bool deleted = false;
    (void)p;
    (void)context;
    return publish_glue_delete(glue, table, NULL, &deleted, error);
}

int engine_unpublish_catalog(engine_publish *p, lethe_error *error)
{
    return with_table(p, drop, NULL, error);
}

static int compare(engine_publish *p, publish_glue *glue, const publish_table *table, void *context, lethe_error *error)
{
    size_t partitions = 0;
    BASE_TRY(publish_glue_compare(glue, table, context, &partitions, error));
    p->result->partitions = partitions;
    return 0;
}

int engine_publish_catalog_same(engine_publish *p, bool *ret_same, lethe_error *error)
{
    return with_table(p, compare, ret_same, error);
}
