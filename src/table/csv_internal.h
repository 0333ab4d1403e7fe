/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_CSV_INTERNAL_H
#define TABLE_CSV_INTERNAL_H

#include "base/arena.h"
#include "table/csv.h"

/* A field as it stands in the buffer: offsets, because the buffer moves when it grows. */
typedef struct csv_field {
    size_t at, size;
    bool doubled; /* has doubled quotes to undo */
} csv_field;

struct table_csv {
    base_reader *reader; /* NULL: all is in the buffer */
    char *buffer;
    size_t at, held, capacity; /* of buffer: what is to be read next, and where it ends */
    bool ended;                /* nothing comes behind `held` */
    table_csv_options options;
    table_encoding encoding; /* DETECT as long as all was ASCII */
    uint64_t row, line;      /* of the row given last */
    uint64_t next_line;
    uint32_t column_count; /* 0 until the first row is read */
    csv_field *raw;
    base_span *fields;
    uint32_t field_count, field_capacity;
    bool replay; /* the first row is data, read already */
    base_span *names;
    base_arena arena; /* of names */
    base_buf text;    /* of fields that are not borrowed from the buffer */
    char path[BASE_PATH_MAX];
};

/* Finds the end of the row at csv->at and its fields. *ret_size is 0 where the buffer ends first and more may come. */
int csv_scan_row(table_csv *csv, size_t *ret_size, uint64_t *ret_lines, lethe_error *error);

/* Turns the fields of a scanned row of `size` bytes into UTF-8 without quotes. */
int csv_finish_row(table_csv *csv, size_t size, lethe_error *error);

/* The separator that divides the first lines of a text alike; ',' where none does. */
char csv_sniff(base_span text);

#endif
