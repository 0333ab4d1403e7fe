/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json_writer.h"
#include "publish/glue.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS_MAX 5
#define PAGES_MAX  1000

static const char *const nothing[] = {"EntityNotFoundException", NULL};

static json_writer begin(publish_glue *glue, const publish_table *table)
{
    base_buf_reset(&glue->body);
    json_writer w = json_writer_of(&glue->body, false);
    json_write_object(&w);
    json_member_text(&w, "DatabaseName", table->database);
    json_member_text(&w, "TableName", table->name);
    return w;
}

/* Values of the partitions that are registered, and whether each is one of ours in its place. */
typedef struct found {
    char values[PUBLISH_VALUES_MAX][128];
    size_t count; /* at most PUBLISH_VALUES_MAX are kept: one batch */
    size_t total, right;
    char token[2048];
} found;

static bool is_right(const publish_table *table, json_value partition, base_span value)
{
    char location[2048];
    for (size_t i = 0; i < table->value_count; i++)
        if (base_span_is(value, table->values[i])) {
            (void)snprintf(location, sizeof(location), "%s%s=%s/", table->location, table->partition_key,
                           table->values[i]);
            return base_span_is(json_string(json_get(json_get(partition, "StorageDescriptor"), "Location")), location);
        }
    return false;
}

static int take_page(publish_glue *glue, const publish_table *table, found *f, lethe_error *error)
{
    json_iterator it = json_iterate(json_get(glue->root, "Partitions"));
    json_value partition;
    while (json_next(&it, NULL, &partition)) {
        const base_span value = json_string(json_element(json_get(partition, "Values"), 0));
        f->total++;
        f->right += is_right(table, partition, value);
        if (f->count < PUBLISH_VALUES_MAX && value.size < sizeof(f->values[0]) && value.size != 0) {
            memcpy(f->values[f->count], value.data, value.size);
            f->values[f->count++][value.size] = '\0';
        }
    }
    const base_span next = json_string(json_get(glue->root, "NextToken"));
    if (next.size >= sizeof(f->token))
        return base_fail(error, LETHE_E_NET_ANSWER);
    if (next.size != 0)
        memcpy(f->token, next.data, next.size);
    f->token[next.size] = '\0';
    return 0;
}

static int list(publish_glue *glue, const publish_table *table, found *f, lethe_error *error)
{
    *f = (found){0};
    for (int page = 0; page == 0 || f->token[0] != '\0'; page++) {
        json_writer w = begin(glue, table);
        json_member_bool(&w, "ExcludeColumnSchema", true);
        if (f->token[0] != '\0')
            json_member_text(&w, "NextToken", f->token);
        json_write_end(&w);
        BASE_TRY(publish_glue_call(glue, "GetPartitions", "Partitions", nothing, error));
        if (glue->code[0] != '\0')
            return 0;
        if (page == PAGES_MAX)
            return base_fail(error, LETHE_E_NET_ANSWER);
        BASE_TRY(take_page(glue, table, f, error));
    }
    return 0;
}

int publish_glue_count_partitions(publish_glue *glue, const publish_table *table, size_t *ret_right, size_t *ret_count,
                                  lethe_error *error)
{
    found *f = malloc(sizeof(*f));
    if (f == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const int status = list(glue, table, f, error);
    if (status == 0) {
        *ret_right = f->right;
        *ret_count = f->total;
    }
    free(f);
    return status;
}

static int delete_batch(publish_glue *glue, const publish_table *table, const found *f, lethe_error *error)
{
    json_writer w = begin(glue, table);
    json_write_key(&w, "PartitionsToDelete");
    json_write_array(&w);
    for (size_t i = 0; i < f->count && i < 25; i++) { /* the most that BatchDeletePartition takes */
        json_write_object(&w);
        json_write_key(&w, "Values");
        json_write_array(&w);
        json_write_text(&w, f->values[i]);
        json_write_end(&w);
        json_write_end(&w);
    }
    json_write_end(&w);
    json_write_end(&w);
    return publish_glue_call(glue, "BatchDeletePartition", NULL, nothing, error);
}

static int incomplete(const publish_table *table, lethe_error *error)
{
    base_fail(error, LETHE_E_PUBLISH_CATALOG);
    base_error_file(error, table->name);
    base_error_path(error, "partitions");
    return LETHE_E_PUBLISH_CATALOG;
}

/* Until the server lists none: what it says of each item of a batch matters less than what is there afterwards. */
int publish_glue_delete_partitions(publish_glue *glue, const publish_table *table, bool *ret_any, lethe_error *error)
{
    found *f = malloc(sizeof(*f));
    size_t before = SIZE_MAX;
    int status = f != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    int stuck = 0;
    *ret_any = false;
    while (status == 0) {
        status = list(glue, table, f, error);
        if (status != 0 || f->total == 0)
            break;
        *ret_any = true;
        stuck = f->total < before ? 0 : stuck + 1;
        before = f->total;
        status = stuck < ROUNDS_MAX ? delete_batch(glue, table, f, error) : incomplete(table, error);
    }
    free(f);
    return status;
}

static int create_batch(publish_glue *glue, const publish_table *table, lethe_error *error)
{
    json_writer w = begin(glue, table);
    json_write_key(&w, "PartitionInputList");
    json_write_array(&w);
    for (size_t i = 0; i < table->value_count; i++) {
        json_write_object(&w);
        json_write_key(&w, "Values");
        json_write_array(&w);
        json_write_text(&w, table->values[i]);
        json_write_end(&w);
        publish_glue_write_storage(&w, table, table->values[i]);
        json_write_end(&w);
    }
    json_write_end(&w);
    json_write_end(&w);
    return publish_glue_call(glue, "BatchCreatePartition", NULL, NULL, error);
}

/* Items of a batch fail one by one (`Errors` of the answer): the batch is sent again, what is there already is an
 * AlreadyExistsException, and the list decides. Where some cannot be made at all, none stays: not half a release. */
int publish_glue_partitions(publish_glue *glue, const publish_table *table, lethe_error *error)
{
    size_t right = 0, count = 0;
    bool any = false;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        BASE_TRY(create_batch(glue, table, error));
        BASE_TRY(publish_glue_count_partitions(glue, table, &right, &count, error));
        if (right == table->value_count && count == right)
            return 0;
    }
    (void)publish_glue_delete_partitions(glue, table, &any, NULL);
    return incomplete(table, error);
}
