/* SPDX-License-Identifier: Apache-2.0 */
#include "table/footer_read.h"
#include "table/format.h"
#include "table/utf8.h"

#define ABSENT (-1)

typedef struct schema_element {
    int32_t type, repetition, children, converted;
    bool string; /* LogicalType STRING */
    base_span name;
} schema_element;

static bool read_logical_string(thrift_reader *reader, thrift_type type)
{
    int id;
    thrift_type field_type;
    bool string = false;
    if (type != THRIFT_STRUCT)
        reader->in.failed = true;
    thrift_enter(reader);
    while (thrift_field(reader, &id, &field_type)) {
        string = string || id == PARQUET_LOGICAL_STRING;
        thrift_skip(reader, field_type);
    }
    thrift_leave(reader);
    return string;
}

static schema_element read_element(thrift_reader *reader)
{
    schema_element element = {ABSENT, ABSENT, ABSENT, ABSENT, false, {NULL, 0}};
    int id;
    thrift_type type;
    thrift_enter(reader);
    while (thrift_field(reader, &id, &type)) {
        if (id == 1)
            element.type = thrift_i32(reader, type);
        else if (id == 3)
            element.repetition = thrift_i32(reader, type);
        else if (id == 4)
            element.name = thrift_binary(reader, type);
        else if (id == 5)
            element.children = thrift_i32(reader, type);
        else if (id == 6)
            element.converted = thrift_i32(reader, type);
        else if (id == 10)
            element.string = read_logical_string(reader, type);
        else
            thrift_skip(reader, type);
    }
    thrift_leave(reader);
    return element;
}

/* The column type of a leaf, or TABLE_TYPE_COUNT. Other annotations (dates, decimals, …) are none of ours. */
static table_type leaf_type(const schema_element *leaf)
{
    const bool text = leaf->converted == PARQUET_UTF8 || leaf->string;
    if (leaf->children > 0 || text != (leaf->type == PARQUET_BYTE_ARRAY) || (!text && leaf->converted != ABSENT))
        return TABLE_TYPE_COUNT;
    switch (leaf->type) {
    case PARQUET_BYTE_ARRAY:
        return TABLE_STRING;
    case PARQUET_BOOLEAN:
        return TABLE_BOOL;
    case PARQUET_INT32:
        return TABLE_INT32;
    case PARQUET_INT64:
        return TABLE_INT64;
    case PARQUET_FLOAT:
        return TABLE_FLOAT;
    case PARQUET_DOUBLE:
        return TABLE_DOUBLE;
    default:
        return TABLE_TYPE_COUNT;
    }
}

/* The two elements under a LIST: repeated group "list" with one required "element". */
static table_type list_type(const schema_element *list, const schema_element *element)
{
    if (list->repetition != PARQUET_REPEATED || list->children != 1 || list->type != ABSENT ||
        !base_span_is(list->name, "list") || !base_span_is(element->name, "element") ||
        element->repetition != PARQUET_REQUIRED)
        return TABLE_TYPE_COUNT;
    const table_type leaf = leaf_type(element);
    if (leaf == TABLE_STRING)
        return TABLE_LIST_STRING;
    return leaf == TABLE_FLOAT ? TABLE_LIST_FLOAT : TABLE_TYPE_COUNT;
}

static int set_field(const schema_element *element, table_type type, base_arena *arena, table_field *ret_field,
                     lethe_error *error)
{
    const bool known = element->repetition == PARQUET_REQUIRED || element->repetition == PARQUET_OPTIONAL;
    if (type == TABLE_TYPE_COUNT || !known)
        return base_fail(error, LETHE_E_TABLE_FORMAT);
    if (element->name.size == 0 || element->name.size > TABLE_NAME_MAX || !table_utf8_valid(element->name) ||
        memchr(element->name.data, 0, element->name.size) != NULL)
        return base_fail(error, LETHE_E_TABLE_FORMAT);
    const base_span name = base_arena_copy(arena, element->name);
    if (name.data == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *ret_field = (table_field){name.data, type, element->repetition == PARQUET_OPTIONAL};
    return 0;
}

static int read_field(thrift_reader *reader, size_t *left, base_arena *arena, table_field *ret_field,
                      lethe_error *error)
{
    if (*left == 0)
        return base_fail(error, LETHE_E_TABLE_DAMAGED);
    const schema_element element = read_element(reader);
    *left -= 1;
    if (element.children <= 0)
        return set_field(&element, leaf_type(&element), arena, ret_field, error);
    if (*left < 2 || element.children != 1 || element.converted != PARQUET_LIST || element.type != ABSENT)
        return base_fail(error, LETHE_E_TABLE_FORMAT);
    const schema_element list = read_element(reader);
    const schema_element leaf = read_element(reader);
    *left -= 2;
    return set_field(&element, list_type(&list, &leaf), arena, ret_field, error);
}

int table_footer_read_schema(thrift_reader *reader, thrift_type type, base_arena *arena, table_schema *ret_schema,
                             lethe_error *error)
{
    size_t left = thrift_list(reader, type, THRIFT_STRUCT);
    if (left == 0)
        return base_fail(error, LETHE_E_TABLE_DAMAGED);
    const schema_element root = read_element(reader);
    left--;
    if (root.children <= 0 || root.children > TABLE_COLUMNS_MAX || (size_t)root.children > left)
        return base_fail(error, LETHE_E_TABLE_FORMAT);
    const size_t count = (size_t)root.children;
    table_field *fields = base_arena_take_array(arena, count, sizeof(*fields));
    if (fields == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count; i++)
        BASE_TRY(read_field(reader, &left, arena, &fields[i], error));
    if (left != 0 || reader->in.failed)
        return base_fail(error, LETHE_E_TABLE_DAMAGED);
    *ret_schema = (table_schema){fields, count};
    return table_schema_check(ret_schema, error) == 0 ? 0 : base_fail(error, LETHE_E_TABLE_FORMAT);
}
