/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_FORMAT_H
#define TABLE_FORMAT_H

#include "table/column.h"

/* Numbers of the Parquet format that we write or recognise (parquet-format, src/main/thrift/parquet.thrift), and what
 * of them a column of ours has. docs/SPEC-parquet.md says which field is written when. */
#define PARQUET_MAGIC "PAR1"
#define PARQUET_MAGIC_SIZE 4
#define PARQUET_CREATED_BY "lethe version 0.1.0 (build 0)"
#define PARQUET_CHECKSUM_KEY "lethe.footer_crc32" /* 8 hexadecimal digits; 00000000 while they are computed */
#define PARQUET_CHECKSUM_DIGITS 8

enum { /* Type */
    PARQUET_BOOLEAN = 0,
    PARQUET_INT32 = 1,
    PARQUET_INT64 = 2,
    PARQUET_FLOAT = 4,
    PARQUET_DOUBLE = 5,
    PARQUET_BYTE_ARRAY = 6,
};
enum { PARQUET_REQUIRED = 0, PARQUET_OPTIONAL = 1, PARQUET_REPEATED = 2 }; /* FieldRepetitionType */
enum { PARQUET_UTF8 = 0, PARQUET_LIST = 3 };                               /* ConvertedType */
enum { PARQUET_LOGICAL_STRING = 1, PARQUET_LOGICAL_LIST = 3, PARQUET_LOGICAL_TIMESTAMP = 8 }; /* LogicalType: ids */
enum { PARQUET_UNIT_MICROS = 2 };                                        /* TimeUnit: ids of the union */
enum { PARQUET_PLAIN = 0, PARQUET_RLE = 3, PARQUET_RLE_DICTIONARY = 8 };   /* Encoding */
enum { PARQUET_ZSTD = 6 };                                                 /* CompressionCodec */
enum { PARQUET_DATA_PAGE = 0, PARQUET_DICTIONARY_PAGE = 2 };               /* PageType */

static inline int32_t parquet_physical_type(table_type type)
{
    static const int32_t types[TABLE_TYPE_COUNT] = {
        [TABLE_STRING] = PARQUET_BYTE_ARRAY, [TABLE_INT32] = PARQUET_INT32,   [TABLE_INT64] = PARQUET_INT64,
        [TABLE_BOOL] = PARQUET_BOOLEAN,      [TABLE_FLOAT] = PARQUET_FLOAT,   [TABLE_DOUBLE] = PARQUET_DOUBLE,
        [TABLE_LIST_STRING] = PARQUET_BYTE_ARRAY, [TABLE_LIST_FLOAT] = PARQUET_FLOAT,
    };
    return types[type];
}

/* The definition level of a value that is there: one for an optional field, one for the repeated level of a list. */
static inline uint32_t parquet_definition_max(table_type type, bool nullable)
{
    return (nullable ? 1u : 0u) + (table_type_is_list(type) ? 1u : 0u);
}

#endif
