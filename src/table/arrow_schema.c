/* SPDX-License-Identifier: Apache-2.0 */
#include "table/arrow.h"

#include <stdlib.h>

/* What a schema owns beside its strings in the program. */
typedef struct schema_node {
    char *name;
    struct ArrowSchema *children;
    struct ArrowSchema **pointers;
} schema_node;

static void release_schema(struct ArrowSchema *schema)
{
    schema_node *node = schema->private_data;
    for (int64_t i = 0; i < schema->n_children; i++)
        if (node->children[i].release != NULL) /* else the receiver has moved it out */
            node->children[i].release(&node->children[i]);
    free(node->children);
    free(node->pointers);
    free(node->name);
    free(node);
    schema->release = NULL;
}

static const char *format_of(table_type type)
{
    static const char *const formats[TABLE_TYPE_COUNT] = {
        [TABLE_STRING] = "u", [TABLE_INT32] = "i",  [TABLE_INT64] = "l",        [TABLE_BOOL] = "b",
        [TABLE_FLOAT] = "f",  [TABLE_DOUBLE] = "g", [TABLE_LIST_STRING] = "+l", [TABLE_LIST_FLOAT] = "+l",
    };
    return formats[type];
}

/* A schema with room for its children, which are still to be filled: until then their `release` is NULL. */
static bool begin_schema(struct ArrowSchema *schema, const char *format, const char *name, bool nullable,
                         size_t children)
{
    schema_node *node = calloc(1, sizeof(*node));
    if (node == NULL)
        return false;
    node->name = strdup(name);
    node->children = calloc(children + 1, sizeof(*node->children));
    node->pointers = calloc(children + 1, sizeof(struct ArrowSchema *));
    *schema = (struct ArrowSchema){
        .format = format,
        .name = node->name,
        .flags = nullable ? ARROW_FLAG_NULLABLE : 0,
        .n_children = (int64_t)children,
        .children = node->pointers,
        .release = release_schema,
        .private_data = node,
    };
    if (node->name != NULL && node->children != NULL && node->pointers != NULL) {
        for (size_t i = 0; i < children; i++)
            node->pointers[i] = &node->children[i];
        return true;
    }
    schema->n_children = 0;
    release_schema(schema);
    return false;
}

static bool export_field(const table_field *field, struct ArrowSchema *schema)
{
    const bool list = table_type_is_list(field->type);
    if (!begin_schema(schema, format_of(field->type), field->name, field->nullable, list ? 1 : 0))
        return false;
    const table_type element = field->type == TABLE_LIST_STRING ? TABLE_STRING : TABLE_FLOAT;
    if (!list || begin_schema(schema->children[0], format_of(element), "element", false, 0))
        return true;
    release_schema(schema);
    return false;
}

int table_arrow_export_schema(const table_schema *schema, struct ArrowSchema *ret_schema, lethe_error *error)
{
    struct ArrowSchema root;
    if (!begin_schema(&root, "+s", "", false, schema->count))
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < schema->count; i++) {
        if (export_field(&schema->fields[i], root.children[i]))
            continue;
        release_schema(&root);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *ret_schema = root;
    return 0;
}
