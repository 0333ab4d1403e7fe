/* SPDX-License-Identifier: Apache-2.0 */
#include "table/ipc.h"

#include "table/batch.h"
#include "table/flatbuffer.h"

#include <stdlib.h>

/* Field numbers of Message.fbs and Schema.fbs (Apache Arrow, format/). */
enum { MESSAGE_VERSION, MESSAGE_HEADER_TYPE, MESSAGE_HEADER, MESSAGE_BODY_LENGTH };
enum { HEADER_SCHEMA = 1, HEADER_RECORD_BATCH = 3 };
enum { SCHEMA_ENDIANNESS, SCHEMA_FIELDS };
enum { FIELD_NAME, FIELD_NULLABLE, FIELD_TYPE_TYPE, FIELD_TYPE, FIELD_DICTIONARY, FIELD_CHILDREN };
enum { TYPE_INT = 2, TYPE_FLOAT = 3, TYPE_UTF8 = 5, TYPE_BOOL = 6, TYPE_LIST = 12 };
enum { BATCH_LENGTH, BATCH_NODES, BATCH_BUFFERS };

#define VERSION_V5   4
#define METADATA_MAX ((size_t)16 << 20)
#define BUFFERS_MAX  (TABLE_COLUMNS_MAX * 5)
#define NODES_MAX    (TABLE_COLUMNS_MAX * 2)

/* -- the schema ------------------------------------------------------------------------------------------------------
 */

static fbuf_at put_type(fbuf *f, table_type type, uint8_t *ret_kind)
{
    switch (type) {
    case TABLE_INT32:
    case TABLE_INT64:
        *ret_kind = TYPE_INT;
        fbuf_table(f);
        fbuf_i32(f, 0, type == TABLE_INT32 ? 32 : 64);
        fbuf_u8(f, 1, 1);
        return fbuf_table_end(f);
    case TABLE_FLOAT:
    case TABLE_DOUBLE:
        *ret_kind = TYPE_FLOAT;
        fbuf_table(f);
        fbuf_i16(f, 0, type == TABLE_FLOAT ? 1 : 2);
        return fbuf_table_end(f);
    case TABLE_BOOL:
        *ret_kind = TYPE_BOOL;
        break;
    case TABLE_LIST_STRING:
    case TABLE_LIST_FLOAT:
        *ret_kind = TYPE_LIST;
        break;
    default:
        *ret_kind = TYPE_UTF8;
        break;
    }
    fbuf_table(f);
    return fbuf_table_end(f);
}

static fbuf_at put_field(fbuf *f, const char *name, table_type type, bool nullable)
{
    uint8_t kind = 0;
    fbuf_at children = fbuf_offsets(f, NULL, 0);
    if (table_type_is_list(type)) {
        const fbuf_at element = put_field(f, "element", type == TABLE_LIST_STRING ? TABLE_STRING : TABLE_FLOAT, false);
        children = fbuf_offsets(f, &element, 1);
    }
    const fbuf_at text = fbuf_text(f, name);
    const fbuf_at type_at = put_type(f, type, &kind);
    fbuf_table(f);
    fbuf_ref(f, FIELD_NAME, text);
    fbuf_u8(f, FIELD_NULLABLE, nullable);
    fbuf_u8(f, FIELD_TYPE_TYPE, kind);
    fbuf_ref(f, FIELD_TYPE, type_at);
    fbuf_ref(f, FIELD_CHILDREN, children);
    return fbuf_table_end(f);
}

/* The envelope; `header` is the last table that was made. */
static void put_message(base_buf *out, fbuf *f, uint8_t kind, fbuf_at header, uint64_t body_bytes)
{
    fbuf_table(f);
    fbuf_i64(f, MESSAGE_BODY_LENGTH, (int64_t)body_bytes);
    fbuf_ref(f, MESSAGE_HEADER, header);
    fbuf_i16(f, MESSAGE_VERSION, VERSION_V5);
    fbuf_u8(f, MESSAGE_HEADER_TYPE, kind);
    const fbuf_at root = fbuf_table_end(f);
    const base_span bytes = fbuf_finish(f, root);
    if (bytes.data == NULL) {
        out->failed = LETHE_E_BASE_MEMORY;
        return;
    }
    base_buf_u32(out, UINT32_MAX);
    base_buf_u32(out, (uint32_t)((bytes.size + 7) / 8 * 8));
    base_buf_span(out, bytes);
    for (size_t i = bytes.size; i % 8 != 0; i++)
        base_buf_byte(out, 0);
}

void table_ipc_put_schema(base_buf *out, const table_schema *schema)
{
    fbuf_at fields[TABLE_COLUMNS_MAX];
    fbuf f;
    fbuf_init(&f, METADATA_MAX);
    for (size_t i = 0; i < schema->count; i++)
        fields[i] = put_field(&f, schema->fields[i].name, schema->fields[i].type, schema->fields[i].nullable);
    const fbuf_at list = fbuf_offsets(&f, fields, schema->count);
    fbuf_table(&f);
    fbuf_ref(&f, SCHEMA_FIELDS, list);
    const fbuf_at header = fbuf_table_end(&f);
    put_message(out, &f, HEADER_SCHEMA, header, 0);
    fbuf_done(&f);
}

/* -- a batch ---------------------------------------------------------------------------------------------------------
 */

typedef struct body {
    base_buf bytes;
    struct {
        int64_t offset, size;
    } buffers[BUFFERS_MAX];
    struct {
        int64_t length, nulls;
    } nodes[NODES_MAX];
    size_t buffer_count, node_count;
} body;

static void add_buffer(body *b, const void *data, size_t size)
{
    b->buffers[b->buffer_count].offset = (int64_t)b->bytes.size;
    b->buffers[b->buffer_count++].size = (int64_t)size;
    base_buf_append(&b->bytes, data, size);
    while (b->bytes.size % 8 != 0 && b->bytes.failed == 0)
        base_buf_byte(&b->bytes, 0);
}

static void add_node(body *b, size_t length, size_t nulls)
{
    b->nodes[b->node_count].length = (int64_t)length;
    b->nodes[b->node_count++].nulls = (int64_t)nulls;
}

static void add_bits(body *b, const table_column *column)
{
    base_buf bits;
    base_buf_init(&bits, TABLE_BATCH_BYTES_MAX);
    for (size_t row = 0; row < column->rows; row += 8) {
        uint8_t byte = 0;
        for (size_t i = 0; i < 8 && row + i < column->rows; i++)
            byte = (uint8_t)(byte | (column->values.data[row + i] != 0 ? 1u << i : 0u));
        base_buf_byte(&bits, (char)byte);
    }
    add_buffer(b, bits.data, bits.size);
    base_buf_done(&bits);
}

static void add_column(body *b, const table_column *column)
{
    add_node(b, column->rows, column->null_count);
    add_buffer(b, column->valid.data, column->null_count != 0 ? (column->rows + 7) / 8 : 0);
    if (table_type_is_list(column->type)) {
        const int32_t elements = table_column_offsets(column)[column->rows];
        add_buffer(b, column->offsets.data, (column->rows + 1) * sizeof(int32_t));
        add_node(b, (size_t)elements, 0);
        add_buffer(b, NULL, 0);
        if (column->type == TABLE_LIST_STRING)
            add_buffer(b, column->item_offsets.data, ((size_t)elements + 1) * sizeof(int32_t));
        add_buffer(b, column->values.data, column->values.size);
    } else if (column->type == TABLE_STRING) {
        add_buffer(b, column->offsets.data, (column->rows + 1) * sizeof(int32_t));
        add_buffer(b, column->values.data, column->values.size);
    } else if (column->type == TABLE_BOOL) {
        add_bits(b, column);
    } else {
        add_buffer(b, column->values.data, column->values.size);
    }
}

static void put_batch(base_buf *out, const table_batch *batch, body *b)
{
    fbuf f;
    base_buf_init(&b->bytes, TABLE_BATCH_BYTES_MAX + TABLE_BATCH_BYTES_MAX / 8);
    for (size_t i = 0; i < batch->schema.count; i++)
        add_column(b, &batch->columns[i]);
    fbuf_init(&f, METADATA_MAX);
    const fbuf_at nodes = fbuf_structs(&f, b->nodes, b->node_count, sizeof(b->nodes[0]));
    const fbuf_at buffers = fbuf_structs(&f, b->buffers, b->buffer_count, sizeof(b->buffers[0]));
    fbuf_table(&f);
    fbuf_i64(&f, BATCH_LENGTH, (int64_t)table_batch_rows(batch));
    fbuf_ref(&f, BATCH_NODES, nodes);
    fbuf_ref(&f, BATCH_BUFFERS, buffers);
    const fbuf_at header = fbuf_table_end(&f);
    put_message(out, &f, HEADER_RECORD_BATCH, header, b->bytes.size);
    base_buf_span(out, base_buf_view(&b->bytes));
    if (b->bytes.failed != 0)
        out->failed = b->bytes.failed;
    fbuf_done(&f);
    base_buf_done(&b->bytes);
}

void table_ipc_put_batch(base_buf *out, const table_batch *batch)
{
    body *b = calloc(1, sizeof(*b));
    if (b == NULL) {
        out->failed = LETHE_E_BASE_MEMORY;
        return;
    }
    put_batch(out, batch, b);
    free(b);
}

void table_ipc_put_end(base_buf *out)
{
    base_buf_u32(out, UINT32_MAX);
    base_buf_u32(out, 0);
}
