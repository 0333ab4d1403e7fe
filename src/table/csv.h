/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_CSV_H
#define TABLE_CSV_H

#include "base/file.h"

/*
 * Rows of a CSV file, front to back, in bounded memory (RFC 4180): quoted fields with doubled quotes and line breaks in
 * them, lines that end in LF, CRLF or CR, a byte order mark, gzip and Zstandard. A quote inside of an unquoted field is
 * text. An empty line is no row, but where the file has one column: there it is a missing value.
 *
 * A place in an error is the line on which the row begins and "row R, column C", both from 1 and the header being row 1
 * where there is one: numbers, because whoever forgot that a file has no header has people in its first row.
 */
#define TABLE_CSV_COLUMNS_MAX 16384
#define TABLE_CSV_FIELD_MAX   ((size_t)1 << 20)
#define TABLE_CSV_ROW_MAX     ((size_t)1 << 24)

typedef enum table_encoding {
    TABLE_ENCODING_DETECT, /* the first field that is not ASCII decides: UTF-8 where it is valid UTF-8, else Latin-1 */
    TABLE_ENCODING_UTF8,
    TABLE_ENCODING_LATIN1, /* ISO 8859-1: a byte is the character of its number */
} table_encoding;

typedef struct table_csv_options {
    char separator; /* 0: that of , ; tab | which divides the first lines alike */
    table_encoding encoding;
    bool no_header;                        /* the first row is data; columns are named column_1, column_2, … */
    size_t field_max_bytes, row_max_bytes; /* 0: the maxima above; LETHE_E_BASE_LIMIT where they are reached */
} table_csv_options;

typedef struct table_csv table_csv;

/*
 * Opens and reads the header. `path` "-" is standard input; `options` may be NULL. An unnamed column is column_N; a
 * name that stands twice is LETHE_E_TABLE_CSV_HEADER. The _memory form borrows `bytes` and names the file `name` in
 * errors.
 */
int table_csv_open(const char *path, const table_csv_options *options, table_csv **ret_csv, lethe_error *error);
int table_csv_open_memory(base_span bytes, const char *name, const table_csv_options *options, table_csv **ret_csv,
                          lethe_error *error);
void table_csv_close(table_csv *csv); /* NULL-safe */

uint32_t table_csv_column_count(const table_csv *csv);
base_span table_csv_column_name(const table_csv *csv, uint32_t column); /* ends in NUL (not counted) */
uint32_t table_csv_column_find(const table_csv *csv, base_span name);   /* the column, or the count of columns */
char table_csv_separator(const table_csv *csv);
const char *table_csv_encoding(const table_csv *csv); /* of what was read so far: "ascii", "utf-8", "latin-1" */
const char *table_csv_name(const table_csv *csv);     /* of the file, as in errors */

/*
 * The next row: as many fields as there are columns, UTF-8, without NUL, borrowed until the next call. *ret_fields is
 * NULL at the end. LETHE_E_TABLE_CSV_RAGGED, _QUOTE, _ENCODING, LETHE_E_BASE_*; after a failure the reader is spent.
 */
int table_csv_next(table_csv *csv, const base_span **ret_fields, lethe_error *error);

/* Of the row that table_csv_next gave last, for whoever has to complain about it. */
uint64_t table_csv_row(const table_csv *csv);
uint64_t table_csv_line(const table_csv *csv);

/* Fills `error` for `code` at a column (from 0) of that row and returns `code`. */
int table_csv_fail(const table_csv *csv, int code, uint32_t column, lethe_error *error);

/* Writes one field with its quotes where it needs them. */
void table_csv_put(base_buf *buf, base_span field, char separator);

#endif
