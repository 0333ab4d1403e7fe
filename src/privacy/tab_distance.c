/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_engine.h"

/*
 * Earth mover's distances of Li, Li and Venkatasubramanian, "t-Closeness" (ICDE 2007), between a class and the whole
 * table. With P of `all` rows of the table and q of `size` rows of the class, p - q = (P size - q all) / (all size):
 * sums are of integers, and there is one division.
 */
static int64_t more_in_table(const tab_whole *whole, const uint32_t *counts, uint32_t value, uint64_t size)
{
    return (int64_t)(whole->count[value] * size) - (int64_t)(counts[value] * whole->total);
}

static double of_pairs(uint64_t sum, const tab_whole *whole, uint64_t size, double divisor)
{
    return (double)sum / ((double)(whole->total * size) * divisor);
}

double tab_distance_equal(const tab_whole *whole, const uint32_t *counts, const uint32_t *values, uint32_t value_count,
                          uint64_t size)
{
    uint64_t over = 0; /* what the class has too much of, it must give away: values that it has not need no look */
    for (uint32_t i = 0; i < value_count; i++) {
        const int64_t more = more_in_table(whole, counts, values[i], size);
        over += more < 0 ? (uint64_t)-more : 0;
    }
    return of_pairs(over, whole, size, 1);
}

double tab_distance_ordered(const tab_whole *whole, const uint32_t *counts, uint32_t all_values, uint64_t size)
{
    int64_t carried = 0;
    uint64_t sum = 0;
    if (all_values <= 1)
        return 0;
    for (uint32_t value = 0; value < all_values; value++) {
        carried += more_in_table(whole, counts, value, size);
        sum += (uint64_t)(carried < 0 ? -carried : carried);
    }
    return of_pairs(sum, whole, size, all_values - 1);
}

/*
 * What a group has too much of it gives within the group first: at a node of height h, the lesser of what its children
 * have too much and too little moves at the price h / H. Children of the lowest level are the values.
 */
double tab_distance_tree(const privacy_tab_sensitive *sensitive, const tab_whole *whole, const uint32_t *counts,
                         uint64_t size, int64_t *flow)
{
    const uint32_t values = sensitive->value_count, levels = sensitive->tree_levels;
    int64_t *extra = flow, *more = flow + values, *less = more + values;
    uint64_t cost = 0;
    for (uint32_t value = 0; value < values; value++)
        extra[value] = more_in_table(whole, counts, value, size);
    for (uint32_t level = 1; level < levels; level++) {
        for (uint32_t i = 0; i < values; i++)
            more[i] = less[i] = 0;
        for (uint32_t value = 0; value < values; value++) {
            const uint32_t child = level == 1 ? value : whole->tree[level - 1][value];
            const uint32_t group = whole->tree[level][value];
            const int64_t x = extra[child];
            extra[child] = 0; /* each child once */
            more[group] += x > 0 ? x : 0;
            less[group] += x < 0 ? -x : 0;
        }
        for (uint32_t group = 0; group < values; group++) {
            cost += (uint64_t)(more[group] < less[group] ? more[group] : less[group]) * level;
            extra[group] = more[group] - less[group];
        }
    }
    return of_pairs(cost, whole, size, levels > 1 ? levels - 1 : 1);
}
