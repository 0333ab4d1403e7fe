/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "privacy/subsets.h"
#include "table/coded.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return *seed >> 33;
}

enum { ROWS = 120, COLUMNS = 4 };

/* A random table; value 0 of a column is its star. */
typedef struct small_table {
    uint32_t codes[COLUMNS][ROWS], person[ROWS], population[COLUMNS][3 * ROWS], owner[3 * ROWS];
    const uint32_t *columns[COLUMNS], *population_columns[COLUMNS];
    uint32_t values[COLUMNS], stars[COLUMNS];
    privacy_risk_input input;
} small_table;

static void make_table(small_table *t, uint64_t *seed, bool stars, bool persons)
{
    const uint32_t rows = 1 + (uint32_t)next_random(seed) % ROWS, people = 1 + (uint32_t)next_random(seed) % ROWS;
    memset(t, 0, sizeof(*t));
    for (uint32_t c = 0; c < COLUMNS; c++) {
        t->values[c] = 2 + (uint32_t)next_random(seed) % 4;
        t->stars[c] = stars ? 0 : UINT32_MAX;
        for (uint32_t row = 0; row < rows; row++) {
            t->codes[c][row] = (uint32_t)next_random(seed) % t->values[c];
            if (stars && t->codes[c][row] == 0 && next_random(seed) % 3 != 0)
                t->codes[c][row] = 1;
        }
        t->columns[c] = t->codes[c];
        t->population_columns[c] = t->population[c];
    }
    for (uint32_t row = 0; row < rows; row++)
        t->person[row] = (uint32_t)next_random(seed) % people;
    t->input = (privacy_risk_input){
        rows, COLUMNS, t->columns, t->values, persons ? t->person : NULL, people, stars ? t->stars : NULL, 0,
        NULL, NULL,    0,          0};
}

static bool fits(const small_table *t, uint32_t a, uint32_t b)
{
    for (uint32_t c = 0; c < COLUMNS; c++)
        if (t->codes[c][a] != t->codes[c][b] && t->codes[c][a] != t->stars[c] && t->codes[c][b] != t->stars[c])
            return false;
    return true;
}

static uint64_t stars_of(const small_table *t, uint32_t row)
{
    uint64_t pattern = 0;
    for (uint32_t c = 0; c < COLUMNS; c++)
        pattern |= (uint64_t)(t->codes[c][row] == t->stars[c]) << c;
    return pattern;
}

/* How many fit a row, slowly: rows, or people of the pattern of stars that has most of them. */
static uint32_t count_alike(const small_table *t, uint32_t row)
{
    uint32_t most = 0;
    for (uint64_t pattern = 0; pattern < 1 << COLUMNS; pattern++) {
        bool seen[ROWS] = {false};
        uint32_t count = 0;
        for (uint32_t other = 0; other < t->input.row_count; other++) {
            if (!fits(t, row, other) || (t->input.person != NULL && stars_of(t, other) != pattern))
                continue;
            const uint32_t who = t->input.person != NULL ? t->person[other] : other;
            count += !seen[who];
            seen[who] = true;
        }
        most = count > most ? count : most;
    }
    return most;
}

static void check_prosecutor(const small_table *t)
{
    uint32_t least[ROWS], people = 0;
    uint64_t alone = 0, below[PRIVACY_THRESHOLD_COUNT] = {0};
    double sum = 0, highest = 0;
    memset(least, 0xff, sizeof(least));
    for (uint32_t row = 0; row < t->input.row_count; row++) {
        const uint32_t who = t->input.person != NULL ? t->person[row] : row, size = count_alike(t, row);
        least[who] = size < least[who] ? size : least[who];
    }
    for (uint32_t who = 0; who < ROWS; who++) {
        if (least[who] == UINT32_MAX)
            continue;
        people++;
        alone += least[who] == 1;
        sum += 1.0 / least[who];
        highest = 1.0 / least[who] > highest ? 1.0 / least[who] : highest;
        for (size_t i = 0; i < PRIVACY_THRESHOLD_COUNT; i++)
            below[i] += least[who] < PRIVACY_THRESHOLDS[i].cell;
    }
    privacy_risk risk;
    assert_int_equal(privacy_risk_measure(&t->input, &risk, NULL), 0);
    assert_int_equal(risk.people, people);
    assert_int_equal(risk.uniques.hits, alone);
    assert_true(risk.prosecutor.highest == highest);
    assert_true(fabs(risk.prosecutor.average - sum / people) < 1e-12);
    assert_true(risk.marketer == risk.prosecutor.average);
    for (size_t i = 0; i < PRIVACY_THRESHOLD_COUNT; i++) {
        assert_int_equal(risk.prosecutor.at_risk[i].hits, below[i]);
        assert_true(risk.prosecutor.at_risk[i].upper > risk.prosecutor.at_risk[i].rate || below[i] == people);
    }
}

static void test_prosecutor(void **state)
{
    (void)state;
    small_table t;
    uint64_t seed = 11;
    for (int round = 0; round < 400; round++) {
        make_table(&t, &seed, round % 2 != 0, round % 4 >= 2);
        check_prosecutor(&t);
    }
}

static void test_journalist_counts(void **state)
{
    (void)state;
    small_table t;
    uint64_t seed = 12;
    for (int round = 0; round < 200; round++) {
        make_table(&t, &seed, false, false);
        const uint32_t rows = t.input.row_count, all = rows + (uint32_t)next_random(&seed) % ROWS;
        for (uint32_t c = 0; c < COLUMNS; c++)
            for (uint32_t row = 0; row < all; row++) /* one value more: none of the table's */
                t.population[c][row] = row < rows ? t.codes[c][row] : (uint32_t)next_random(&seed) % (t.values[c] + 1);
        t.input.population_codes = t.population_columns;
        t.input.population_rows = all;
        double sum = 0;
        for (uint32_t row = 0; row < rows; row++) {
            uint32_t count = 0;
            for (uint32_t other = 0; other < all; other++) {
                bool same = true;
                for (uint32_t c = 0; c < COLUMNS; c++)
                    same = same && t.codes[c][row] == t.population[c][other];
                count += same;
            }
            sum += 1.0 / count;
        }
        privacy_risk risk;
        assert_int_equal(privacy_risk_measure(&t.input, &risk, NULL), 0);
        assert_true(risk.journalist_counted);
        assert_int_equal(risk.classes_not_in_population, 0);
        assert_true(fabs(risk.journalist.average - sum / rows) < 1e-12);
        t.input.population_rows = 0; /* nobody there: never less than the table itself */
        assert_int_equal(privacy_risk_measure(&t.input, &risk, NULL), 0);
        assert_int_equal(risk.classes_not_in_population, risk.classes);
        assert_true(risk.journalist.average == risk.prosecutor.average);
    }
}

static void test_population_size(void **state)
{
    (void)state;
    small_table t;
    uint64_t seed = 13;
    privacy_risk risk;
    lethe_error error = {0};
    make_table(&t, &seed, false, false);
    t.input.population_size = (uint64_t)t.input.row_count * 10;
    assert_int_equal(privacy_risk_measure(&t.input, &risk, NULL), 0);
    assert_true(risk.journalist_known && !risk.journalist_counted && risk.uniqueness_known);
    assert_true(risk.journalist.highest < risk.prosecutor.highest);
    assert_true(risk.marketer == risk.journalist.average);
    t.input.population_size = t.input.row_count - 1;
    assert_int_equal(privacy_risk_measure(&t.input, &risk, &error), LETHE_E_PRIVACY_OPTION);
    assert_string_equal(error.path, "population");
}

/* --- sets of columns --- */

static bool is_alone(const small_table *t, uint64_t columns, uint32_t row)
{
    for (uint32_t other = 0; other < t->input.row_count; other++) {
        bool same = true;
        for (uint32_t c = 0; c < COLUMNS; c++)
            same = same && ((columns >> c & 1) == 0 || t->codes[c][row] == t->codes[c][other]);
        if (same && (t->input.person != NULL ? t->person[other] != t->person[row] : other != row))
            return false;
    }
    return true;
}

static void check_subset(const small_table *t, const privacy_subset *subset)
{
    const uint32_t rows = t->input.row_count;
    uint64_t alone = 0, minimal = 0, apart = 0;
    for (uint32_t row = 0; row < rows; row++) {
        bool least = is_alone(t, subset->columns, row);
        alone += least;
        for (uint64_t part = (subset->columns - 1) & subset->columns; part != 0 && least;
             part = (part - 1) & subset->columns)
            least = !is_alone(t, part, row);
        minimal += least;
        for (uint32_t other = 0; other < rows; other++)
            for (uint32_t c = 0; c < COLUMNS; c++)
                if ((subset->columns >> c & 1) != 0 && t->codes[c][row] != t->codes[c][other]) {
                    apart++;
                    break;
                }
    }
    assert_int_equal(subset->alone, alone);
    assert_int_equal(subset->minimal, minimal);
    if (rows > 1)
        assert_true(fabs(subset->separation - (double)apart / ((double)rows * (rows - 1))) < 1e-12);
}

static void test_subsets(void **state)
{
    (void)state;
    small_table t;
    uint64_t seed = 14;
    for (int round = 0; round < 60; round++) {
        privacy_subsets subsets;
        make_table(&t, &seed, false, round % 2 != 0);
        const uint32_t largest = (uint32_t)round % 5;
        assert_int_equal(privacy_subsets_measure(&t.input, largest, &subsets, NULL), 0);
        assert_int_equal(subsets.largest, largest == 0 ? COLUMNS : largest);
        for (uint32_t i = 0; i < subsets.count; i++) {
            assert_true(i == 0 || __builtin_popcountll(subsets.subsets[i].columns) >=
                                      __builtin_popcountll(subsets.subsets[i - 1].columns));
            check_subset(&t, &subsets.subsets[i]);
        }
        privacy_subsets_done(&subsets);
    }
}

/* Scores by hand: one row alone in column 0, two more by columns 1 and 2 together. */
static void test_contribution(void **state)
{
    (void)state;
    static const uint32_t a[] = {0, 1, 1, 1, 1}, b[] = {0, 0, 0, 1, 1}, c[] = {0, 0, 1, 0, 1};
    static const uint32_t *const columns[] = {a, b, c};
    static const uint32_t values[] = {2, 2, 2};
    const privacy_risk_input input = {.row_count = 5, .column_count = 3, .codes = columns, .value_counts = values};
    privacy_subsets subsets;
    assert_int_equal(privacy_subsets_measure(&input, 2, &subsets, NULL), 0);
    /* {a}: row 0, score 2 × 1. {b,c}: rows 2, 3, 4, score 1 each; {a,b} and {a,c}: none that {a} has not. */
    assert_int_equal(subsets.subsets[0].minimal, 1);
    assert_int_equal(subsets.subsets[5].minimal, 3);
    assert_int_equal(subsets.minimal, 4);
    assert_true(fabs(subsets.contribution[0] - 2.0 / 5) < 1e-15);
    assert_true(fabs(subsets.contribution[1] - 3.0 / 5) < 1e-15);
    privacy_subsets_done(&subsets);
}

/* Published figures of the Adult data, where the reference data are there. */
static void test_adult(void **state)
{
    (void)state;
    char path[4096];
    const char *shared = getenv("LETHE_SHARED"), *source = getenv("LETHE_SOURCE");
    if (shared != NULL)
        (void)snprintf(path, sizeof(path), "%s/data/tabular/adult/adult.csv", shared);
    else
        (void)snprintf(path, sizeof(path), "%s/../shared/data/tabular/adult/adult.csv", source != NULL ? source : ".");
    table_coded *table = NULL;
    if (table_coded_load(path, NULL, NULL, &table, NULL) != 0) {
        print_message("the Adult data are not there (LETHE_SHARED): not compared\n");
        return;
    }
    const uint32_t *codes[9];
    uint32_t values[9];
    assert_int_equal(table->column_count, 9);
    for (uint32_t i = 0; i < 9; i++) {
        codes[i] = table->columns[i].codes;
        values[i] = table->columns[i].value_count;
    }
    const privacy_risk_input input = {
        .row_count = (uint32_t)table->row_count, .column_count = 9, .codes = codes, .value_counts = values};
    privacy_risk risk;
    assert_int_equal(privacy_risk_measure(&input, &risk, NULL), 0);
    assert_true(risk.prosecutor.average == 0.6465751607983555);
    assert_true(risk.uniques.rate == 0.5142895033485844);
    table_coded_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prosecutor),      cmocka_unit_test(test_journalist_counts),
        cmocka_unit_test(test_population_size), cmocka_unit_test(test_subsets),
        cmocka_unit_test(test_contribution),    cmocka_unit_test(test_adult),
    };
    return cmocka_run_group_tests_name("privacy/risk", tests, NULL, NULL);
}
