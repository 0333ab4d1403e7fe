/* SPDX-License-Identifier: Apache-2.0 */
#include "table/arrow.h"
#include "table/batch.h"

#include <stdlib.h>

#define BUFFERS_MAX 3

/* What an array owns: memory that `buffers` points to, and its children. */
typedef struct array_node {
    const void *buffers[BUFFERS_MAX];
    void *owned[BUFFERS_MAX];
    struct ArrowArray *children;
    struct ArrowArray **pointers;
} array_node;

static void release_array(struct ArrowArray *array)
{
    array_node *node = array->private_data;
    for (int64_t i = 0; i < array->n_children; i++)
        if (node->children[i].release != NULL) /* else the receiver has moved it out */
            node->children[i].release(&node->children[i]);
    for (size_t i = 0; i < BUFFERS_MAX; i++)
        free(node->owned[i]);
    free(node->children);
    free(node->pointers);
    free(node);
    array->release = NULL;
}

/* An array without content and with room for its children. */
static bool begin_array(struct ArrowArray *array, size_t buffers, size_t children)
{
    array_node *node = calloc(1, sizeof(*node));
    if (node == NULL)
        return false;
    node->children = calloc(children + 1, sizeof(*node->children));
    node->pointers = calloc(children + 1, sizeof(struct ArrowArray *));
    *array = (struct ArrowArray){
        .n_buffers = (int64_t)buffers,
        .n_children = (int64_t)children,
        .buffers = node->buffers,
        .children = node->pointers,
        .release = release_array,
        .private_data = node,
    };
    if (node->children != NULL && node->pointers != NULL) {
        for (size_t i = 0; i < children; i++)
            node->pointers[i] = &node->children[i];
        return true;
    }
    array->n_children = 0;
    release_array(array);
    return false;
}

/* Buffers are never NULL, even of nothing: some receivers insist. One byte stands in until the content is moved. */
static bool reserve_buffer(struct ArrowArray *array, size_t index, size_t size)
{
    array_node *node = array->private_data;
    node->owned[index] = calloc(size + 1, 1);
    node->buffers[index] = node->owned[index];
    return node->owned[index] != NULL;
}

/* Everything of a column that can fail. */
static bool prepare_column(const table_column *column, struct ArrowArray *array)
{
    const bool list = table_type_is_list(column->type);
    if (!begin_array(array, column->type == TABLE_STRING ? 3 : 2, list ? 1 : 0))
        return false;
    bool done = reserve_buffer(array, 1, column->type == TABLE_BOOL ? column->rows / 8 + 1 : 0);
    if (column->type == TABLE_STRING)
        done = done && reserve_buffer(array, 2, 0);
    if (list) {
        const bool text = column->type == TABLE_LIST_STRING;
        done = done && begin_array(array->children[0], text ? 3 : 2, 0) && reserve_buffer(array->children[0], 1, 0) &&
               (!text || reserve_buffer(array->children[0], 2, 0));
    }
    if (!done)
        release_array(array);
    return done;
}

/* The memory of `buf` becomes the array's; an empty buffer keeps the stand-in. */
static void move_buffer(base_buf *buf, struct ArrowArray *array, size_t index)
{
    array_node *node = array->private_data;
    if (buf->data == NULL)
        return;
    free(node->owned[index]);
    node->buffers[index] = node->owned[index] = buf->data;
    base_buf_init(buf, buf->max);
}

static void pack_bools(const table_column *column, struct ArrowArray *array)
{
    uint8_t *bits = ((array_node *)array->private_data)->owned[1];
    for (size_t i = 0; i < column->rows; i++)
        bits[i / 8] = (uint8_t)(bits[i / 8] | (column->values.data[i] != 0 ? 1u << (i % 8) : 0u));
}

static void move_list(table_column *column, struct ArrowArray *array)
{
    struct ArrowArray *elements = array->children[0];
    elements->length = table_column_offsets(column)[column->rows];
    move_buffer(&column->offsets, array, 1);
    if (column->type == TABLE_LIST_STRING)
        move_buffer(&column->item_offsets, elements, 1);
    move_buffer(&column->values, elements, column->type == TABLE_LIST_STRING ? 2 : 1);
}

static void move_column(table_column *column, struct ArrowArray *array)
{
    array->length = (int64_t)column->rows;
    array->null_count = (int64_t)column->null_count;
    if (column->null_count != 0) /* else there is no bitmap to look at */
        move_buffer(&column->valid, array, 0);
    if (table_type_is_list(column->type)) {
        move_list(column, array);
    } else if (column->type == TABLE_BOOL) {
        pack_bools(column, array);
    } else if (column->type == TABLE_STRING) {
        move_buffer(&column->offsets, array, 1);
        move_buffer(&column->values, array, 2);
    } else {
        move_buffer(&column->values, array, 1);
    }
}

int table_arrow_export_batch(table_batch *batch, struct ArrowArray *ret_array, lethe_error *error)
{
    struct ArrowArray root;
    BASE_TRY(table_batch_check(batch, error));
    if (!begin_array(&root, 1, batch->schema.count))
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < batch->schema.count; i++) {
        if (prepare_column(&batch->columns[i], root.children[i]))
            continue;
        release_array(&root);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    root.length = (int64_t)table_batch_rows(batch);
    for (size_t i = 0; i < batch->schema.count; i++)
        move_column(&batch->columns[i], root.children[i]);
    table_batch_reset(batch);
    *ret_array = root;
    return 0;
}
