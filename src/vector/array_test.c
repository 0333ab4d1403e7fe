/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest groups of vectors in memory are those of a plain scan that knows no codes, at any number of threads. */
#include "base/test.h"
#include "vector/array.h"
#include "vector/kernel.h"

#include <stdlib.h>
#include <string.h>

#define ROWS       700u
#define DIMENSIONS 128u
#define K          20u

static float vectors[ROWS * DIMENSIONS];
static uint32_t groups[ROWS], found[ROWS], queries[ROWS];

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Few directions, so that many rows are nearly equal and some are equal. */
static uint32_t make_rows(uint64_t seed)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        const uint64_t like = next(&seed) % 9;
        for (uint32_t d = 0; d < DIMENSIONS; d++) {
            const float noise = (float)(next(&seed) % 1000) / 50000.0F * (float)(like % 3);
            vectors[i * DIMENSIONS + d] = ((d + like) % 5 == 0 ? 0.2F : 0.0F) + noise;
        }
        groups[i] = (uint32_t)(next(&seed) % 150);
        queries[i] = i;
        if (next(&seed) % 4 != 0)
            found[count++] = i;
    }
    return count;
}

static double inner(uint32_t a, uint32_t b)
{
    return vector_kernel_scalar.inner(vectors + (size_t)a * DIMENSIONS, vectors + (size_t)b * DIMENSIONS, DIMENSIONS);
}

/* The best row of each group by selection, again and again: slow, and without a thought. */
static uint32_t scan(uint32_t query, uint32_t count, vector_hit hits[K])
{
    bool taken[ROWS] = {false};
    uint32_t used = 0;
    while (used < K) {
        vector_hit best = {UINT32_MAX, 0, -2};
        for (uint32_t i = 0; i < count; i++) {
            const double s = inner(query, found[i]);
            if (groups[found[i]] != groups[query] && !taken[groups[found[i]]] && s > best.similarity)
                best = (vector_hit){found[i], groups[found[i]], s};
        }
        if (best.row == UINT32_MAX)
            break;
        taken[best.group] = true;
        hits[used++] = best;
    }
    return used;
}

static void test_the_nearest_are_those_of_a_scan(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        const uint32_t count = make_rows(seed);
        vector_array *array = NULL;
        vector_hit *hits[2];
        uint32_t *counts[2];
        assert_int_equal(vector_array_new(vectors, groups, DIMENSIONS, found, count, &array, NULL), 0);
        for (size_t t = 0; t < 2; t++) {
            hits[t] = calloc((size_t)ROWS * K, sizeof(vector_hit));
            counts[t] = calloc(ROWS, sizeof(uint32_t));
            assert_int_equal(vector_array_nearest(array, queries, ROWS, K, 1 + 2 * t, hits[t], counts[t], NULL), 0);
        }
        assert_memory_equal(counts[0], counts[1], ROWS * sizeof(uint32_t));
        for (uint32_t q = 0; q < ROWS; q += 5) {
            vector_hit wanted[K];
            const uint32_t some = scan(q, count, wanted);
            assert_int_equal(counts[0][q], some);
            for (uint32_t i = 0; i < some; i++)
                for (size_t t = 0; t < 2; t++) {
                    const vector_hit *hit = &hits[t][q * K + i];
                    assert_int_equal(hit->row, wanted[i].row);
                    assert_int_equal(hit->group, wanted[i].group);
                    assert_true(hit->similarity == wanted[i].similarity);
                }
        }
        for (size_t t = 0; t < 2; t++) {
            free(hits[t]);
            free(counts[t]);
        }
        vector_array_free(array);
    }
}

static void test_edges(void **state)
{
    (void)state;
    vector_array *array = NULL;
    vector_hit hits[4];
    uint32_t counts[1] = {9};
    const uint32_t count = make_rows(3), one = 0;
    assert_int_equal(vector_array_new(vectors, groups, 63, found, count, &array, NULL), LETHE_E_VECTOR_INPUT);
    assert_int_equal(vector_array_new(vectors, groups, DIMENSIONS, found, 0, &array, NULL), 0);
    assert_int_equal(vector_array_nearest(array, &one, 1, 4, 2, hits, counts, NULL), 0);
    assert_int_equal(counts[0], 0); /* nobody can be found */
    assert_int_equal(vector_array_nearest(array, &one, 0, 4, 2, hits, counts, NULL), 0);
    assert_int_equal(vector_array_nearest(array, &one, 1, 0, 2, hits, counts, NULL), LETHE_E_VECTOR_INPUT);
    vector_array_free(array);
    vector_array_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_nearest_are_those_of_a_scan),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
