/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/calibrate.h"

/*
 * Pool adjacent violators from left to right. Block b ends before point ends[b]; y and weights of block b stand at
 * index b, which never overtakes the point that is read.
 */
void learn_isotonic(double *y, double *weights, size_t count, size_t *scratch)
{
    size_t *ends = scratch, blocks = 0;
    for (size_t i = 0; i < count; i++) {
        double mean = y[i], weight = weights[i];
        while (blocks > 0 && y[blocks - 1] >= mean) {
            const double both = weights[blocks - 1] + weight;
            mean = (y[blocks - 1] * weights[blocks - 1] + mean * weight) / both;
            weight = both;
            blocks--;
        }
        y[blocks] = mean;
        weights[blocks] = weight;
        ends[blocks++] = i + 1;
    }
    size_t end = count;
    while (blocks-- > 0) { /* from the right: a block's index is not above its points */
        const size_t start = blocks > 0 ? ends[blocks - 1] : 0;
        const double mean = y[blocks];
        while (end > start)
            y[--end] = mean;
    }
}
