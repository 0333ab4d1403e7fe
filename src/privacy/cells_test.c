/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "privacy/cells.h"

#include <string.h>

enum { SIDE = 3, EDGES = (SIDE + 1) * (SIDE + 1), LIMIT = 14 };

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return *seed >> 33;
}

/* Every table of numbers up to LIMIT that keeps the sums and what is shown: the slow way to what can be derived. */
typedef struct search {
    const privacy_cells *cells;
    const uint8_t *marks;
    const uint64_t *truth;
    uint64_t now[EDGES], low[EDGES], high[EDGES];
    uint32_t hidden[EDGES], hidden_count;
} search;

static bool sums_hold(const search *s)
{
    const uint32_t rows = s->cells->rows, columns = s->cells->columns;
    if (columns == 0) {
        uint64_t sum = 0;
        for (uint32_t row = 0; row < rows; row++)
            sum += s->now[row];
        return sum == s->now[rows];
    }
    for (uint32_t row = 0; row <= rows; row++) {
        uint64_t sum = 0;
        for (uint32_t column = 0; column < columns; column++)
            sum += s->now[row * (columns + 1) + column];
        if (sum != s->now[row * (columns + 1) + columns])
            return false;
    }
    for (uint32_t column = 0; column <= columns; column++) {
        uint64_t sum = 0;
        for (uint32_t row = 0; row < rows; row++)
            sum += s->now[row * (columns + 1) + column];
        if (sum != s->now[rows * (columns + 1) + column])
            return false;
    }
    return true;
}

static void enumerate(search *s, uint32_t at)
{
    if (at == s->hidden_count) {
        for (uint32_t i = 0; i < s->hidden_count && (i != 0 || sums_hold(s)); i++) {
            const uint32_t e = s->hidden[i];
            s->low[e] = s->now[e] < s->low[e] ? s->now[e] : s->low[e];
            s->high[e] = s->now[e] > s->high[e] ? s->now[e] : s->high[e];
        }
        return;
    }
    for (uint64_t value = 0; value <= LIMIT; value++) {
        s->now[s->hidden[at]] = value;
        enumerate(s, at + 1);
    }
}

static void true_edges(const privacy_cells *cells, uint64_t *edges)
{
    const uint32_t rows = cells->rows, columns = cells->columns, width = columns + 1;
    memset(edges, 0, EDGES * sizeof(*edges));
    for (uint32_t row = 0; row < rows && columns == 0; row++) {
        edges[row] = cells->counts[row];
        edges[rows] += cells->counts[row];
    }
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t column = 0; column < columns; column++) {
            const uint64_t count = cells->counts[row * columns + column];
            edges[row * width + column] = count;
            edges[row * width + columns] += count;
            edges[rows * width + column] += count;
            edges[rows * width + columns] += count;
        }
}

/* The audit against all tables there are, with random cells hidden. */
static void test_audit_is_exact(void **state)
{
    (void)state;
    uint64_t seed = 4, exposed;
    for (int round = 0; round < 400; round++) {
        uint64_t counts[SIDE * SIDE], truth[EDGES];
        uint8_t marks[EDGES] = {0};
        privacy_cell_range ranges[EDGES];
        const privacy_cells cells = {1 + (uint32_t)next_random(&seed) % SIDE, (uint32_t)next_random(&seed) % (SIDE + 1),
                                     counts};
        for (size_t i = 0; i < SIDE * SIDE; i++)
            counts[i] = next_random(&seed) % 3;
        true_edges(&cells, truth);
        search s = {.cells = &cells, .marks = marks, .truth = truth};
        const uint32_t size = (uint32_t)privacy_cells_size(&cells);
        for (uint32_t e = 0; e < size; e++) {
            marks[e] = next_random(&seed) % 3 == 0 && s.hidden_count < 5 ? PRIVACY_CELL_COMPLEMENTARY : 0;
            s.now[e] = truth[e];
            s.low[e] = UINT64_MAX;
            if (marks[e] != 0)
                s.hidden[s.hidden_count++] = e;
        }
        enumerate(&s, 0);
        assert_int_equal(privacy_cells_audit(&cells, 3, marks, ranges, &exposed, NULL), 0);
        for (uint32_t i = 0; i < s.hidden_count; i++) {
            const uint32_t e = s.hidden[i];
            assert_true(ranges[e].low == s.low[e]);
            if (ranges[e].high == UINT64_MAX)
                assert_true(s.high[e] > 9); /* as far as the slow way looks */
            else
                assert_true(ranges[e].high == s.high[e]);
        }
    }
}

static void test_protected(void **state)
{
    (void)state;
    static uint64_t counts[12 * 9];
    static uint8_t marks[13 * 10];
    static privacy_cell_range ranges[13 * 10];
    uint64_t seed = 6, exposed, complementary = 0, unprotected = 0;
    for (int round = 0; round < 200; round++) {
        const privacy_cells cells = {1 + (uint32_t)next_random(&seed) % 12, (uint32_t)next_random(&seed) % 10, counts};
        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
            counts[i] = next_random(&seed) % 4 == 0 ? next_random(&seed) % 15 : next_random(&seed) % 200;
        assert_int_equal(privacy_cells_protect(&cells, 11, marks, NULL), 0);
        assert_int_equal(privacy_cells_audit(&cells, 11, marks, ranges, &exposed, NULL), 0);
        assert_int_equal(exposed, 0);
        for (uint32_t e = 0; e < privacy_cells_size(&cells); e++) {
            complementary += marks[e] == PRIVACY_CELL_COMPLEMENTARY;
            if (marks[e] == PRIVACY_CELL_COMPLEMENTARY)
                marks[e] = PRIVACY_CELL_SHOWN;
        }
        assert_int_equal(privacy_cells_audit(&cells, 11, marks, ranges, &exposed, NULL), 0);
        unprotected += exposed;
    }
    assert_true(complementary > 100 && unprotected > 100); /* hiding the small ones alone would not do */
}

static void test_by_hand(void **state)
{
    (void)state;
    static const uint64_t line[] = {7, 30, 100}, plane[] = {7, 30, 12, 44};
    uint8_t marks[9];
    privacy_cell_range ranges[9];
    uint64_t exposed;
    const privacy_cells one = {3, 0, line}, two = {2, 2, plane};
    assert_int_equal(privacy_cells_protect(&one, 11, marks, NULL), 0);
    static const uint8_t expected[] = {PRIVACY_CELL_SMALL, PRIVACY_CELL_COMPLEMENTARY, 0, 0};
    assert_memory_equal(marks, expected, sizeof(expected));
    assert_int_equal(privacy_cells_audit(&one, 11, marks, ranges, &exposed, NULL), 0);
    assert_true(ranges[0].low == 0 && ranges[0].high == 37 && ranges[2].low == 100);
    assert_int_equal(privacy_cells_protect(&two, 11, marks, NULL), 0);
    assert_int_equal(marks[0], PRIVACY_CELL_SMALL);
    assert_int_equal(marks[8], PRIVACY_CELL_SHOWN);
    assert_int_equal(privacy_cells_audit(&two, 11, marks, ranges, &exposed, NULL), 0);
    assert_int_equal(exposed, 0);
    memset(marks, 0, sizeof(marks));
    assert_int_equal(privacy_cells_audit(&two, 11, marks, ranges, &exposed, NULL), 0);
    assert_int_equal(exposed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit_is_exact),
        cmocka_unit_test(test_protected),
        cmocka_unit_test(test_by_hand),
    };
    return cmocka_run_group_tests_name("privacy/cells", tests, NULL, NULL);
}
