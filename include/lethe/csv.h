/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_CSV_H
#define LETHE_CSV_H

#include <lethe/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A table that comes as CSV: a header, then rows (RFC 4180; UTF-8 or Latin-1; plain, gzip or Zstandard). Zero means the
 * default named behind each member; strings are borrowed. Errors of reading name the file, the line, the row (the
 * header is row 1) and the column by their numbers: LETHE_E_TABLE_CSV_*, LETHE_E_BASE_*; LETHE_E_TABLE_COLUMN names the
 * column that was asked for.
 */
typedef struct lethe_csv {
    const char *path;           /* "-" is standard input */
    char separator;             /* default: that of , ; tab | which divides the first lines alike */
    unsigned char latin1;       /* default: UTF-8 where the first character that is not ASCII is so encoded */
    const char *const *missing; /* what means a missing value beside the empty field */
    size_t missing_count;
} lethe_csv;

#ifdef __cplusplus
}
#endif

#endif
