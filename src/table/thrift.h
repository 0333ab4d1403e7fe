/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_THRIFT_H
#define TABLE_THRIFT_H

#include "base/buf.h"

/*
 * The compact protocol of Apache Thrift, as much of it as Parquet needs (thrift/doc/specs/thrift-compact-protocol.md).
 * A struct is fields of ascending id and a stop byte; a field header is the distance of the ids and a type in one byte.
 */
#define THRIFT_DEPTH_MAX 16

typedef enum thrift_type {
    THRIFT_STOP = 0,
    THRIFT_TRUE = 1,
    THRIFT_FALSE = 2,
    THRIFT_I8 = 3,
    THRIFT_I16 = 4,
    THRIFT_I32 = 5,
    THRIFT_I64 = 6,
    THRIFT_DOUBLE = 7,
    THRIFT_BINARY = 8,
    THRIFT_LIST = 9,
    THRIFT_SET = 10,
    THRIFT_MAP = 11,
    THRIFT_STRUCT = 12,
} thrift_type;

/* Writes into a buffer of the caller; the buffer's sticky failure is the only one. */
typedef struct thrift_writer {
    base_buf *to;
    int last[THRIFT_DEPTH_MAX]; /* id of the last field at each depth */
    unsigned depth;
} thrift_writer;

thrift_writer thrift_writer_of(base_buf *to);
void thrift_put_bool(thrift_writer *writer, int id, bool value);
void thrift_put_i16(thrift_writer *writer, int id, int16_t value);
void thrift_put_i32(thrift_writer *writer, int id, int32_t value);
void thrift_put_i64(thrift_writer *writer, int id, int64_t value);
void thrift_put_binary(thrift_writer *writer, int id, base_span value);
void thrift_put_list(thrift_writer *writer, int id, thrift_type item, size_t count);
void thrift_put_struct(thrift_writer *writer, int id); /* a field; closed by thrift_end */
void thrift_begin(thrift_writer *writer);              /* an element of a list of structs; closed by thrift_end */
void thrift_end(thrift_writer *writer);                /* the stop byte of the struct at hand, the outermost included */
/* Elements of a list. */
void thrift_item_i32(thrift_writer *writer, int32_t value);
void thrift_item_binary(thrift_writer *writer, base_span value);

/*
 * Reads borrowed bytes that may be hostile: any surprise fails the cursor for good, and reads then yield zeroes.
 *
 *     thrift_enter(&reader);
 *     while (thrift_field(&reader, &id, &type))
 *         if (id == 1) x = thrift_i32(&reader, type); else thrift_skip(&reader, type);
 *     thrift_leave(&reader);
 */
typedef struct thrift_reader {
    base_cursor in;
    int last[THRIFT_DEPTH_MAX];
    unsigned depth;
} thrift_reader;

thrift_reader thrift_reader_of(base_span bytes);
void thrift_enter(thrift_reader *reader);
bool thrift_field(thrift_reader *reader, int *ret_id, thrift_type *ret_type);
void thrift_leave(thrift_reader *reader);
bool thrift_bool(thrift_reader *reader, thrift_type type);
int16_t thrift_i16(thrift_reader *reader, thrift_type type);
int32_t thrift_i32(thrift_reader *reader, thrift_type type);
int64_t thrift_i64(thrift_reader *reader, thrift_type type);
base_span thrift_binary(thrift_reader *reader, thrift_type type);
/* The number of elements, each of type `item`; never more than there are bytes. */
size_t thrift_list(thrift_reader *reader, thrift_type type, thrift_type item);
void thrift_skip(thrift_reader *reader, thrift_type type);

#endif
