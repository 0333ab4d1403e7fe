/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/glue.h"

#include "json/json_writer.h"

#include <stdio.h>

#define UPDATES_MAX 8 /* others who change the table at the same time */

static const char *const nothing[] = {"EntityNotFoundException", NULL};

const char *publish_hive_type(table_type type)
{
    switch (type) {
    case TABLE_INT32:
        return "int";
    case TABLE_INT64:
        return "bigint";
    case TABLE_BOOL:
        return "boolean";
    case TABLE_FLOAT:
        return "float";
    case TABLE_DOUBLE:
        return "double";
    case TABLE_LIST_STRING:
        return "array<string>";
    case TABLE_LIST_FLOAT:
        return "array<float>";
    case TABLE_STRING:
    default:
        return "string";
    }
}

/* -- what is written -------------------------------------------------------------------------------------------------
 */

static json_writer begin(publish_glue *glue, const publish_table *table)
{
    base_buf_reset(&glue->body);
    json_writer w = json_writer_of(&glue->body, false);
    json_write_object(&w);
    json_member_text(&w, "DatabaseName", table->database);
    return w;
}

/* The columns and the way to read them; with a value, the partition's place. */
void publish_glue_write_storage(json_writer *w, const publish_table *table, const char *value)
{
    static const char hive[] = "org.apache.hadoop.hive.ql.io.parquet.";
    char text[2048];
    json_write_key(w, "StorageDescriptor");
    json_write_object(w);
    json_write_key(w, "Columns");
    json_write_array(w);
    for (size_t i = 0; i < table->schema->count; i++) {
        json_write_object(w);
        json_member_text(w, "Name", table->schema->fields[i].name);
        json_member_text(w, "Type", publish_hive_type(table->schema->fields[i].type));
        json_write_end(w);
    }
    json_write_end(w);
    (void)snprintf(text, sizeof(text), "%s%s%s%s%s", table->location, value != NULL ? table->partition_key : "",
                   value != NULL ? "=" : "", value != NULL ? value : "", value != NULL ? "/" : "");
    json_member_text(w, "Location", text);
    (void)snprintf(text, sizeof(text), "%sMapredParquetInputFormat", hive);
    json_member_text(w, "InputFormat", text);
    (void)snprintf(text, sizeof(text), "%sMapredParquetOutputFormat", hive);
    json_member_text(w, "OutputFormat", text);
    json_member_bool(w, "Compressed", false);
    json_write_key(w, "SerdeInfo");
    json_write_object(w);
    (void)snprintf(text, sizeof(text), "%sserde.ParquetHiveSerDe", hive);
    json_member_text(w, "SerializationLibrary", text);
    json_write_key(w, "Parameters");
    json_write_object(w);
    json_member_text(w, "serialization.format", "1");
    json_write_end(w);
    json_write_end(w);
    json_write_end(w);
}

/* Athena takes the partitions from these words, so that one update of the table changes all of them. */
static void write_projection(json_writer *w, const publish_table *table)
{
    char name[128], text[4096] = "";
    size_t used = 0;
    json_member_text(w, "projection.enabled", "true");
    (void)snprintf(name, sizeof(name), "projection.%s.type", table->partition_key);
    json_member_text(w, name, "enum");
    for (size_t i = 0; i < table->value_count && used < sizeof(text); i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i != 0 ? "," : "", table->values[i]);
    (void)snprintf(name, sizeof(name), "projection.%s.values", table->partition_key);
    json_member_text(w, name, text);
    (void)snprintf(text, sizeof(text), "%s%s=${%s}/", table->location, table->partition_key, table->partition_key);
    json_member_text(w, "storage.location.template", text);
}

static void write_table(json_writer *w, const publish_table *table)
{
    json_write_key(w, "TableInput");
    json_write_object(w);
    json_member_text(w, "Name", table->name);
    json_member_text(w, "Description", table->description);
    json_member_text(w, "TableType", "EXTERNAL_TABLE");
    publish_glue_write_storage(w, table, NULL);
    json_write_key(w, "PartitionKeys");
    json_write_array(w);
    if (table->partition_key != NULL) {
        json_write_object(w);
        json_member_text(w, "Name", table->partition_key);
        json_member_text(w, "Type", "string");
        json_write_end(w);
    }
    json_write_end(w);
    json_write_key(w, "Parameters");
    json_write_object(w);
    json_member_text(w, "classification", "parquet");
    json_member_text(w, "EXTERNAL", "TRUE");
    if (table->partition_key != NULL)
        write_projection(w, table);
    for (size_t i = 0; i < table->parameter_count; i++)
        json_member_text(w, table->parameters[i].name, table->parameters[i].value);
    json_write_end(w);
    json_write_end(w);
}

/* -- what is there ---------------------------------------------------------------------------------------------------
 */

static bool is_text(json_value object, const char *key, const char *wanted)
{
    return base_span_is(json_string(json_get(object, key)), wanted);
}

static bool has_columns(json_value storage, const table_schema *schema)
{
    const json_value columns = json_get(storage, "Columns");
    if (json_count(columns) != schema->count)
        return false;
    json_iterator it = json_iterate(columns);
    json_value column;
    for (size_t i = 0; json_next(&it, NULL, &column); i++)
        if (!is_text(column, "Name", schema->fields[i].name) ||
            !is_text(column, "Type", publish_hive_type(schema->fields[i].type)))
            return false;
    return true;
}

static bool table_is(json_value there, const publish_table *table)
{
    const json_value storage = json_get(there, "StorageDescriptor"), parameters = json_get(there, "Parameters");
    const json_value keys = json_get(there, "PartitionKeys");
    if (!is_text(storage, "Location", table->location) || !has_columns(storage, table->schema) ||
        json_count(keys) != (table->partition_key != NULL))
        return false;
    if (table->partition_key != NULL && !is_text(json_element(keys, 0), "Name", table->partition_key))
        return false;
    for (size_t i = 0; i < table->parameter_count; i++)
        if (!is_text(parameters, table->parameters[i].name, table->parameters[i].value))
            return false;
    return true;
}

static int not_ours(const publish_table *table, lethe_error *error)
{
    base_fail(error, LETHE_E_PUBLISH_CATALOG);
    base_error_file(error, table->name);
    return LETHE_E_PUBLISH_CATALOG;
}

/* A table of another dataset, or one that somebody else made, is left alone. */
static bool is_ours(json_value there, const publish_table *table)
{
    const json_value parameters = json_get(there, "Parameters");
    for (size_t i = 0; i < table->parameter_count; i++)
        if (strcmp(table->parameters[i].name, "lethe.dataset") == 0)
            return is_text(parameters, "lethe.dataset", table->parameters[i].value);
    return false;
}

static int get_table(publish_glue *glue, const publish_table *table, json_value *ret_table, lethe_error *error)
{
    json_writer w = begin(glue, table);
    json_member_text(&w, "Name", table->name);
    json_write_end(&w);
    BASE_TRY(publish_glue_call(glue, "GetTable", "Table", nothing, error));
    *ret_table = glue->code[0] != '\0' ? (json_value){0} : json_get(glue->root, "Table");
    if (glue->code[0] == '\0' && !json_is(*ret_table, JSON_OBJECT))
        return base_fail(error, LETHE_E_NET_ANSWER);
    return 0;
}

/* -- database and table ----------------------------------------------------------------------------------------------
 */

static int ensure_database(publish_glue *glue, const publish_table *table, lethe_error *error)
{
    static const char *const exists[] = {"AlreadyExistsException", NULL};
    base_buf_reset(&glue->body);
    json_writer w = json_writer_of(&glue->body, false);
    json_write_object(&w);
    json_member_text(&w, "Name", table->database);
    json_write_end(&w);
    BASE_TRY(publish_glue_call(glue, "GetDatabase", "Database", nothing, error));
    if (glue->code[0] == '\0')
        return 0;
    base_buf_reset(&glue->body);
    w = json_writer_of(&glue->body, false);
    json_write_object(&w);
    json_write_key(&w, "DatabaseInput");
    json_write_object(&w);
    json_member_text(&w, "Name", table->database);
    json_write_end(&w);
    json_write_end(&w);
    return publish_glue_call(glue, "CreateDatabase", NULL, exists, error);
}

/* Where somebody was faster the next look says so. */
static int create(publish_glue *glue, const publish_table *table, lethe_error *error)
{
    static const char *const exists[] = {"AlreadyExistsException", "ConcurrentModificationException", NULL};
    json_writer w = begin(glue, table);
    write_table(&w, table);
    json_write_end(&w);
    return publish_glue_call(glue, "CreateTable", NULL, exists, error);
}

/* Under the version that was read, so that a change of others in between is not lost. */
static int update(publish_glue *glue, const publish_table *table, json_value there, lethe_error *error)
{
    static const char *const faster[] = {"ConcurrentModificationException", "VersionMismatchException",
                                         "EntityNotFoundException", NULL};
    char version[64] = "";
    const base_span text = json_string(json_get(there, "VersionId"));
    if (text.size != 0 && text.size < sizeof(version))
        memcpy(version, text.data, text.size);
    json_writer w = begin(glue, table);
    write_table(&w, table);
    json_member_bool(&w, "SkipArchive", true);
    if (version[0] != '\0')
        json_member_text(&w, "VersionId", version);
    json_write_end(&w);
    return publish_glue_call(glue, "UpdateTable", NULL, faster, error);
}

/* Done when a look finds the table right: an answer to a change proves less. Where anything differs the partitions of
 * the old release go first: readers of them must not find half of each. */
static int put_once(publish_glue *glue, const publish_table *table, publish_change *ret_change, bool *ret_done,
                    lethe_error *error)
{
    json_value there;
    bool any = false;
    BASE_TRY(get_table(glue, table, &there, error));
    if (!json_present(there)) {
        *ret_change = PUBLISH_CREATED;
        return create(glue, table, error);
    }
    if (!is_ours(there, table))
        return not_ours(table, error);
    if (table_is(there, table)) {
        *ret_done = true;
        return 0;
    }
    BASE_TRY(publish_glue_delete_partitions(glue, table, &any, error));
    if (*ret_change == PUBLISH_UNCHANGED)
        *ret_change = PUBLISH_UPDATED;
    BASE_TRY(get_table(glue, table, &there, error)); /* the answer before is gone, and time went by */
    if (!json_present(there))
        return 0;
    return is_ours(there, table) ? update(glue, table, there, error) : not_ours(table, error);
}

int publish_glue_put(publish_glue *glue, const publish_table *table, publish_change *ret_change, lethe_error *error)
{
    publish_change change = PUBLISH_UNCHANGED;
    size_t right = 0, count = 0;
    bool done = false, any = false;
    if (table->value_count > PUBLISH_VALUES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(ensure_database(glue, table, error));
    for (int i = 0; i < UPDATES_MAX && !done; i++)
        BASE_TRY(put_once(glue, table, &change, &done, error));
    if (!done)
        return not_ours(table, error);
    if (table->partition_key != NULL) {
        BASE_TRY(publish_glue_count_partitions(glue, table, &right, &count, error));
        if (right != table->value_count || count != right) {
            if (count != 0)
                BASE_TRY(publish_glue_delete_partitions(glue, table, &any, error));
            BASE_TRY(publish_glue_partitions(glue, table, error));
            change = change == PUBLISH_UNCHANGED ? PUBLISH_UPDATED : change;
        }
    }
    *ret_change = change;
    return 0;
}

int publish_glue_compare(publish_glue *glue, const publish_table *table, bool *ret_same, size_t *ret_partitions,
                         lethe_error *error)
{
    json_value there;
    size_t right = 0;
    *ret_same = false;
    *ret_partitions = 0;
    BASE_TRY(get_table(glue, table, &there, error));
    if (!json_present(there) || !is_ours(there, table) || !table_is(there, table))
        return 0;
    *ret_same = true;
    if (table->partition_key == NULL)
        return 0;
    BASE_TRY(publish_glue_count_partitions(glue, table, &right, ret_partitions, error));
    *ret_same = right == table->value_count && *ret_partitions == right;
    return 0;
}

int publish_glue_delete(publish_glue *glue, const publish_table *table, const char *release, bool *ret_deleted,
                        lethe_error *error)
{
    json_value there;
    *ret_deleted = false;
    BASE_TRY(get_table(glue, table, &there, error));
    if (!json_present(there))
        return 0;
    if (!is_ours(there, table))
        return not_ours(table, error);
    if (release != NULL && !is_text(json_get(there, "Parameters"), "lethe.release", release))
        return 0; /* it speaks of another release by now */
    json_writer w = begin(glue, table);
    json_member_text(&w, "Name", table->name);
    json_write_end(&w);
    BASE_TRY(publish_glue_call(glue, "DeleteTable", NULL, nothing, error));
    *ret_deleted = true;
    return 0;
}
