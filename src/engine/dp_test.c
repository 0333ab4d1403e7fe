/* SPDX-License-Identifier: Apache-2.0 */
/* The public call on rows in memory, and what its options may be. Files and processes: tests/cli/dp_test.sh. */
#include "base/test.h"

#include <lethe/dp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PEOPLE 200

static char ledger[] = "/tmp/lethe-dp-test-XXXXXX";
static char ids[PEOPLE][8];
static lethe_dp_row rows[2 * PEOPLE];

static int begin(void **state)
{
    (void)state;
    static const lethe_dp_budget_options options = {sizeof(options), "900", "0.001", NULL, NULL};
    const int file = mkstemp(ledger);
    if (file < 0 || close(file) != 0 || unlink(ledger) != 0)
        return -1;
    for (int p = 0; p < PEOPLE; p++) {
        const int size = snprintf(ids[p], sizeof(ids[p]), "%d", p);
        rows[2 * p] = (lethe_dp_row){ids[p], "40.5", (size_t)size, 4};
        rows[2 * p + 1] = (lethe_dp_row){ids[p], p % 2 == 0 ? "asthma" : "gout", (size_t)size, p % 2 == 0 ? 6 : 4};
    }
    return lethe_dp_budget_new(ledger, &options, NULL);
}

static int end(void **state)
{
    (void)state;
    return unlink(ledger);
}

static lethe_dp_query query_of(lethe_dp_kind kind)
{
    return (lethe_dp_query){
        .size_bytes = sizeof(lethe_dp_query),
        .kind = kind,
        .rows = rows,
        .row_count = 2 * PEOPLE,
        .epsilon = "20",
        .budget = ledger,
    };
}

static double first_value(const lethe_dp_query *query)
{
    lethe_dp_answer *answer = NULL;
    lethe_error error = {0};
    assert_int_equal(lethe_dp_ask(query, &answer, &error), 0);
    assert_int_equal(answer->count, 1);
    const double value = strtod(answer->cells[0].value, NULL);
    lethe_dp_answer_free(answer);
    return value;
}

static void near(double value, double wanted, double off)
{
    assert_true(value >= wanted - off && value <= wanted + off);
}

static void test_numbers(void **state)
{
    (void)state;
    lethe_dp_query query = query_of(LETHE_DP_COUNT);
    near(first_value(&query), PEOPLE, 2);
    query.max_rows = 2;
    near(first_value(&query), 2 * PEOPLE, 4);
    query = query_of(LETHE_DP_SUM);
    query.lower = "0";
    query.upper = "100";
    near(first_value(&query), 40.5 * PEOPLE, 100); /* the other row of each is no number */
    query.kind = LETHE_DP_MEAN;
    near(first_value(&query), 40.5, 1);
    query.kind = LETHE_DP_QUANTILE;
    query.unit = "0.1";
    near(first_value(&query), 40.5, 0.5);
}

static void test_histograms(void **state)
{
    (void)state;
    static const char *const keys[] = {"gout", "none", "asthma", "gout"};
    lethe_dp_answer *answer = NULL;
    lethe_dp_query query = query_of(LETHE_DP_HISTOGRAM);
    query.max_rows = 2;
    query.key_list = keys;
    query.key_count = 4;
    assert_int_equal(lethe_dp_ask(&query, &answer, NULL), 0);
    assert_int_equal(answer->count, 3); /* twice the same key is one */
    assert_string_equal(answer->cells[0].key, "asthma");
    assert_string_equal(answer->cells[1].key, "gout");
    assert_string_equal(answer->cells[2].key, "none");
    near(strtod(answer->cells[0].value, NULL), PEOPLE / 2, 4);
    near(strtod(answer->cells[2].value, NULL), 0, 4);
    assert_int_equal(answer->threshold, 0);
    lethe_dp_answer_free(answer);
    query.key_list = NULL;
    query.delta = "1e-6";
    assert_int_equal(lethe_dp_ask(&query, &answer, NULL), 0);
    assert_int_equal(answer->count, 3);
    assert_string_equal(answer->cells[0].key, "40.5");
    assert_true(answer->threshold > 1);
    lethe_dp_answer_free(answer);
    query.key_list = keys;
    query.key_count = 4;
    query.noise = "gaussian";
    assert_int_equal(lethe_dp_ask(&query, &answer, NULL), 0);
    assert_string_equal(answer->noise, "gaussian");
    lethe_dp_answer_free(answer);
}

static void test_vectors(void **state)
{
    (void)state;
    static int64_t vectors[PEOPLE][2];
    int64_t sum[2] = {0};
    lethe_dp_budget_info info;
    lethe_error error = {0};
    for (int p = 0; p < PEOPLE; p++) {
        vectors[p][0] = p == 0 ? 1000000 : 30; /* one is far too long, and is shortened to (50, 0) */
        vectors[p][1] = p == 0 ? 0 : -40;
    }
    lethe_dp_vectors query = {.size_bytes = sizeof(query),
                              .vectors = vectors[0],
                              .people = PEOPLE,
                              .dimensions = 2,
                              .norm = 50,
                              .epsilon = "20",
                              .delta = "1e-6",
                              .budget = ledger};
    assert_int_equal(lethe_dp_vector_sum(&query, sum, &info, &error), 0);
    near((double)sum[0], 30 * (PEOPLE - 1) + 50, 300); /* the deviation is some 17 */
    near((double)sum[1], -40 * (PEOPLE - 1), 300);
    query.delta = NULL;
    assert_int_equal(lethe_dp_vector_sum(&query, sum, NULL, &error), LETHE_E_ENGINE_OPTION);
    assert_string_equal(error.path, "delta");
    query.norm = 0;
    assert_int_equal(lethe_dp_vector_sum(&query, sum, NULL, &error), LETHE_E_ENGINE_OPTION);
}

static void refused(const lethe_dp_query *query, const char *member)
{
    lethe_dp_answer *answer = NULL;
    lethe_error error = {0};
    assert_int_equal(lethe_dp_ask(query, &answer, &error), LETHE_E_ENGINE_OPTION);
    assert_string_equal(error.path, member);
    assert_null(answer);
}

static void test_refused(void **state)
{
    (void)state;
    lethe_dp_budget_info before, after;
    assert_int_equal(lethe_dp_budget_read(ledger, NULL, &before, NULL), 0);
    lethe_dp_query query = query_of(LETHE_DP_COUNT);
    query.size_bytes--;
    refused(&query, "size_bytes");
    query = query_of(LETHE_DP_COUNT);
    query.rows = NULL;
    refused(&query, "input");
    query = query_of(LETHE_DP_COUNT);
    query.budget = NULL;
    refused(&query, "budget");
    static const char *const amounts[] = {"", "0", "-1", "1e3", "one", "1e-19", "0x1", NULL};
    for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
        query = query_of(LETHE_DP_COUNT);
        query.epsilon = amounts[i];
        refused(&query, "epsilon");
    }
    query = query_of(LETHE_DP_SUM);
    refused(&query, "lower");
    query.lower = "0";
    query.upper = "1e30";
    refused(&query, "upper");
    query.upper = "1";
    query.unit = "0.02";
    refused(&query, "unit");
    query = query_of(LETHE_DP_HISTOGRAM);
    refused(&query, "delta");
    assert_int_equal(lethe_dp_budget_read(ledger, NULL, &after, NULL), 0);
    assert_int_equal(before.answers, after.answers);
    assert_string_equal(before.head, after.head);
}

static void test_budgets_refused(void **state)
{
    (void)state;
    static const lethe_dp_budget_options bad[] = {
        {sizeof(bad[0]), NULL, NULL, NULL, NULL},    {sizeof(bad[0]), "0", NULL, NULL, NULL},
        {sizeof(bad[0]), "1000", NULL, NULL, NULL},  {sizeof(bad[0]), "1", "1", NULL, NULL},
        {sizeof(bad[0]), "1", NULL, "zcdp", NULL},   {sizeof(bad[0]), "1", NULL, "other", NULL},
        {sizeof(bad[0]) - 1, "1", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(lethe_dp_budget_new("/nonexistent/ledger", &bad[i], NULL), LETHE_E_ENGINE_OPTION);
    const lethe_dp_budget_options good = {sizeof(good), "1", NULL, NULL, NULL};
    assert_int_equal(lethe_dp_budget_new(ledger, &good, NULL), LETHE_E_BASE_EXISTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_histograms),      cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_budgets_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
