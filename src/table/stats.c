/* SPDX-License-Identifier: Apache-2.0 */
#include "table/stats.h"

void table_stats_reset(table_stats *stats, table_type type)
{
    stats->type = type;
    stats->null_count = stats->nan_count = 0;
    stats->any = stats->too_long = false;
    stats->min_size = stats->max_size = 0;
}

/* Longer text is never shortened: a bound that no row holds would say less for more rules. */
static void keep_text(table_stats *stats, base_span text, char *to, size_t *ret_size)
{
    if (text.size > TABLE_BOUND_MAX) {
        stats->too_long = true;
        return;
    }
    if (text.size != 0)
        memcpy(to, text.data, text.size);
    *ret_size = text.size;
}

void table_stats_add_text(table_stats *stats, base_span text)
{
    if (stats->too_long)
        return;
    if (!stats->any || base_span_compare(text, (base_span){stats->min_text, stats->min_size}) < 0)
        keep_text(stats, text, stats->min_text, &stats->min_size);
    if (!stats->any || base_span_compare(text, (base_span){stats->max_text, stats->max_size}) > 0)
        keep_text(stats, text, stats->max_text, &stats->max_size);
    stats->any = true;
}

static void add_integer(table_stats *stats, int64_t value)
{
    if (!stats->any || value < stats->min_integer)
        stats->min_integer = value;
    if (!stats->any || value > stats->max_integer)
        stats->max_integer = value;
    stats->any = true;
}

static void add_real(table_stats *stats, double value)
{
    if (value != value) {
        stats->nan_count++;
        return;
    }
    if (!stats->any || value < stats->min_real)
        stats->min_real = value;
    if (!stats->any || value > stats->max_real)
        stats->max_real = value;
    stats->any = true;
}

/* A plain sum over comparisons: the compiler makes vector code of it. */
static uint64_t count_nan(const float *values, size_t count)
{
    uint64_t nan = 0;
    while (count != 0) {
        const size_t step = count < 4096 ? count : 4096;
        uint32_t some = 0;
        for (size_t i = 0; i < step; i++)
            some += values[i] != values[i] ? 1u : 0u;
        nan += some;
        values += step;
        count -= step;
    }
    return nan;
}

void table_stats_add_fixed(table_stats *stats, const void *values, size_t count)
{
    const uint8_t *bools = values;
    const int32_t *int32s = values;
    const int64_t *int64s = values;
    const float *floats = values;
    const double *doubles = values;
    switch (stats->type) {
    case TABLE_BOOL:
        for (size_t i = 0; i < count; i++)
            add_integer(stats, bools[i]);
        break;
    case TABLE_INT32:
        for (size_t i = 0; i < count; i++)
            add_integer(stats, int32s[i]);
        break;
    case TABLE_INT64:
        for (size_t i = 0; i < count; i++)
            add_integer(stats, int64s[i]);
        break;
    case TABLE_FLOAT:
        for (size_t i = 0; i < count; i++)
            add_real(stats, (double)floats[i]);
        break;
    case TABLE_DOUBLE:
        for (size_t i = 0; i < count; i++)
            add_real(stats, doubles[i]);
        break;
    case TABLE_LIST_FLOAT:
        stats->nan_count += count_nan(floats, count);
        break;
    case TABLE_STRING:
    case TABLE_LIST_STRING:
    case TABLE_TYPE_COUNT:
        break;
    }
}

bool table_stats_counts_nan(table_type type)
{
    return type == TABLE_FLOAT || type == TABLE_DOUBLE || type == TABLE_LIST_FLOAT;
}

static size_t plain_integer(int64_t value, size_t width, uint8_t to[8])
{
    for (size_t i = 0; i < width; i++)
        to[i] = (uint8_t)((uint64_t)value >> (8 * i));
    return width;
}

static size_t plain_real(const table_stats *stats, bool max, uint8_t to[8])
{
    double value = max ? stats->max_real : stats->min_real;
    if (value == 0.0)
        value = max ? 0.0 : -0.0;
    if (stats->type == TABLE_DOUBLE) {
        memcpy(to, &value, sizeof(value));
        return sizeof(value);
    }
    const float narrow = (float)value; /* it came from a float */
    memcpy(to, &narrow, sizeof(narrow));
    return sizeof(narrow);
}

bool table_stats_bound(const table_stats *stats, bool max, uint8_t scratch[8], base_span *ret_bound)
{
    if (!stats->any || stats->too_long)
        return false;
    if (table_type_is_text(stats->type)) {
        *ret_bound = max ? (base_span){stats->max_text, stats->max_size}
                         : (base_span){stats->min_text, stats->min_size};
        return true;
    }
    const bool real = stats->type == TABLE_FLOAT || stats->type == TABLE_DOUBLE;
    const size_t size = real ? plain_real(stats, max, scratch)
                             : plain_integer(max ? stats->max_integer : stats->min_integer,
                                             table_type_width(stats->type), scratch);
    *ret_bound = (base_span){(const char *)scratch, size};
    return true;
}

void table_stats_put(const table_stats *stats, thrift_writer *writer, int id)
{
    uint8_t min_scratch[8], max_scratch[8];
    base_span min, max;
    thrift_put_struct(writer, id);
    thrift_put_i64(writer, 3, (int64_t)stats->null_count);
    if (table_stats_bound(stats, true, max_scratch, &max) && table_stats_bound(stats, false, min_scratch, &min)) {
        thrift_put_binary(writer, 5, max);
        thrift_put_binary(writer, 6, min);
        thrift_put_bool(writer, 7, true);
        thrift_put_bool(writer, 8, true);
    }
    if (table_stats_counts_nan(stats->type))
        thrift_put_i64(writer, 9, (int64_t)stats->nan_count);
    thrift_end(writer);
}
