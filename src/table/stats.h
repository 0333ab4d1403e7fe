/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_STATS_H
#define TABLE_STATS_H

#include "table/column.h"
#include "table/thrift.h"

/*
 * What a column chunk declares of its values, under column order TYPE_ORDER (parquet.thrift, ColumnOrder): text by
 * bytes, false < true, numbers by value; NaN only counted, a zero as minimum written -0.0 and as maximum +0.0. Elements
 * of float lists have no bounds, since nobody selects vectors by them; nor has text of more than TABLE_BOUND_MAX bytes.
 */
#define TABLE_BOUND_MAX 256

typedef struct table_stats {
    table_type type;
    uint64_t null_count; /* entries without a value: null rows, and null or empty lists */
    uint64_t nan_count;
    bool any;            /* bounds hold something */
    bool too_long;
    int64_t min_integer, max_integer;
    double min_real, max_real;
    size_t min_size, max_size;
    char min_text[TABLE_BOUND_MAX], max_text[TABLE_BOUND_MAX];
} table_stats;

void table_stats_reset(table_stats *stats, table_type type);
void table_stats_add_text(table_stats *stats, base_span text);
void table_stats_add_fixed(table_stats *stats, const void *values, size_t count);

/* The bound in its PLAIN form without a length; false where there is none. Lives in `scratch` or in `stats`. */
bool table_stats_bound(const table_stats *stats, bool max, uint8_t scratch[8], base_span *ret_bound);
bool table_stats_counts_nan(table_type type);
/* The struct Statistics as field `id`. */
void table_stats_put(const table_stats *stats, thrift_writer *writer, int id);

#endif
