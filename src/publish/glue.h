/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PUBLISH_GLUE_H
#define PUBLISH_GLUE_H

#include "json/json.h"
#include "publish/aws.h"
#include "table/column.h"

/*
 * A table of the AWS Glue Data Catalog (AWS Glue Developer Guide, API; JSON 1.1). Readers that project partitions
 * (Athena) go from one release to the next in one step, the update of the table; those that read the registered
 * partitions (Spark) find all of the old release, none, or all of the new one:
 *
 *   partitions of the old one deleted ─► table: location, columns, release ─► partitions of the new one registered
 */
#define PUBLISH_GLUE_NAME_MAX 255
#define PUBLISH_VALUES_MAX    100 /* partitions: as many as one BatchCreatePartition takes */

typedef struct publish_table {
    char database[PUBLISH_GLUE_NAME_MAX + 1], name[PUBLISH_GLUE_NAME_MAX + 1];
    const char *location; /* s3://… with a slash at its end */
    const char *description;
    const table_schema *schema; /* the columns of the files */
    const char *partition_key;  /* NULL: not partitioned */
    const char *const *values;  /* of the partitions; each lies in location/KEY=value/ */
    size_t value_count;
    const net_pair *parameters; /* "lethe.dataset" among them: whose table it is */
    size_t parameter_count;
} publish_table;

typedef enum publish_change { PUBLISH_UNCHANGED, PUBLISH_CREATED, PUBLISH_UPDATED } publish_change;

typedef struct publish_glue {
    publish_aws aws;
    json_parser *parser;
    base_buf body;   /* of the request */
    base_buf answer; /* of the last one, with padding behind it */
    json_value root;
    char code[64]; /* of the last failure, "" */
} publish_glue;

int publish_glue_open(publish_glue *glue, net_client *client, const char *endpoint, lethe_error *error);
void publish_glue_done(publish_glue *glue);

/* The table and its partitions say this release afterwards; nothing is asked of the server twice where they do already.
 * LETHE_E_PUBLISH_CATALOG where the table is another's or others change it all the time, LETHE_E_NET_*. */
int publish_glue_put(publish_glue *glue, const publish_table *table, publish_change *ret_change, lethe_error *error);

/* Whether they do: *ret_same; and how many partitions there are. */
int publish_glue_compare(publish_glue *glue, const publish_table *table, bool *ret_same, size_t *ret_partitions,
                         lethe_error *error);

/* Deletes the table where it says `lethe.release` of `release`; one that is not there is deleted already. */
int publish_glue_delete(publish_glue *glue, const publish_table *table, const char *release, bool *ret_deleted,
                        lethe_error *error);

/* The type of a column in Hive's words. */
const char *publish_hive_type(table_type type);

/* Shared by glue*.c. A call; its answer has this member (NULL: none of those that others have); where the service
 * refuses with one of the codes in `expected` (NULL at the end), 0 is returned and glue->code says which. glue->root is
 * the answer until the next call. */
int publish_glue_call(publish_glue *glue, const char *operation, const char *member, const char *const *expected,
                      lethe_error *error);
int publish_glue_partitions(publish_glue *glue, const publish_table *table, lethe_error *error);
int publish_glue_delete_partitions(publish_glue *glue, const publish_table *table, bool *ret_any, lethe_error *error);
int publish_glue_count_partitions(publish_glue *glue, const publish_table *table, size_t *ret_right, size_t *ret_count,
                                  lethe_error *error);
struct json_writer;
void publish_glue_write_storage(struct json_writer *w, const publish_table *table, const char *value);

#endif
