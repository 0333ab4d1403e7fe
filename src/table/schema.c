/* SPDX-License-Identifier: Apache-2.0 */
#include "table/column.h"
#include "table/utf8.h"

#include <stdlib.h>

size_t table_type_width(table_type type)
{
    switch (type) {
    case TABLE_BOOL:
        return 1;
    case TABLE_INT32:
    case TABLE_FLOAT:
    case TABLE_LIST_FLOAT:
        return 4;
    case TABLE_INT64:
    case TABLE_DOUBLE:
        return 8;
    case TABLE_STRING:
    case TABLE_LIST_STRING:
    case TABLE_TYPE_COUNT:
        break;
    }
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_unique(const table_schema *schema, lethe_error *error)
{
    const char **names = malloc(schema->count * sizeof(*names));
    if (names == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < schema->count; i++)
        names[i] = schema->fields[i].name;
    qsort(names, schema->count, sizeof(*names), compare_names);
    bool unique = true;
    for (size_t i = 1; i < schema->count; i++)
        unique = unique && strcmp(names[i - 1], names[i]) != 0;
    free(names);
    return unique ? 0 : base_fail(error, LETHE_E_TABLE_SCHEMA);
}

int table_schema_check(const table_schema *schema, lethe_error *error)
{
    if (schema == NULL || schema->count == 0 || schema->count > TABLE_COLUMNS_MAX)
        return base_fail(error, LETHE_E_TABLE_SCHEMA);
    for (size_t i = 0; i < schema->count; i++) {
        const table_field *field = &schema->fields[i];
        const base_span name = base_span_of(field->name);
        if (name.size == 0 || name.size > TABLE_NAME_MAX || !table_utf8_valid(name) ||
            (unsigned)field->type >= TABLE_TYPE_COUNT)
            return base_fail(error, LETHE_E_TABLE_SCHEMA);
    }
    return check_unique(schema, error);
}

/* One block: the fields, then the names. */
int table_schema_copy(const table_schema *schema, table_schema *ret_copy, lethe_error *error)
{
    BASE_TRY(table_schema_check(schema, error));
    size_t size = schema->count * sizeof(table_field);
    for (size_t i = 0; i < schema->count; i++)
        size += strlen(schema->fields[i].name) + 1;
    table_field *fields = malloc(size);
    if (fields == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    char *name = (char *)(fields + schema->count);
    for (size_t i = 0; i < schema->count; i++) {
        fields[i] = schema->fields[i];
        const size_t length = strlen(schema->fields[i].name) + 1;
        fields[i].name = memcpy(name, schema->fields[i].name, length);
        name += length;
    }
    *ret_copy = (table_schema){fields, schema->count};
    return 0;
}

void table_schema_free(table_schema *schema)
{
    if (schema == NULL)
        return;
    free((void *)(uintptr_t)schema->fields);
    *schema = (table_schema){NULL, 0};
}

bool table_schema_equal(const table_schema *a, const table_schema *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const table_field *x = &a->fields[i], *y = &b->fields[i];
        if (x->type != y->type || x->nullable != y->nullable || strcmp(x->name, y->name) != 0)
            return false;
    }
    return true;
}

size_t table_schema_find(const table_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->count; i++)
        if (strcmp(schema->fields[i].name, name) == 0)
            return i;
    return schema->count;
}
