/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/cover.h"
#include "privacy/guess.h"
#include "privacy/singling.h"
#include "privacy/subsets.h"
#include "privacy/test_stage.h"
#include "table/coded.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* Risk and attacks on one core: risk_bench [adult.csv]. Distances are measured on a random table of 32,500 rows and 19
 * columns against another, the rest on the file, or on a random table where none is given. */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static long megabytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

static void bench_closeness(void)
{
    enum { FIELDS = 19, ROWS = 32500 };
    static const uint32_t rows[] = {ROWS, ROWS, 0};
    uint32_t most[FIELDS], columns[FIELDS];
    bool numbers[FIELDS], gaps[FIELDS] = {false};
    test_stage t;
    privacy_closeness close;
    for (uint32_t i = 0; i < FIELDS; i++) {
        columns[i] = i;
        numbers[i] = i % 2 == 0; /* ten of numbers, nine of text */
        most[i] = numbers[i] ? 50 + i * 500 : 2 + i * 4;
    }
    test_stage_make(&t, 1, FIELDS, most, numbers, gaps, rows);
    double start = now();
    if (privacy_measure_closeness(&t.stage, columns, FIELDS, 1, &close, NULL) != 0)
        printf("failed\n");
    printf("distance to the closest row, 32,500 x 32,500 x 19, strangers: %.2f s, %ld MB, median %.3f\n", now() - start,
           megabytes(), close.median);
    for (uint32_t i = 0; i < FIELDS; i++) /* every row has a near twin */
        for (uint32_t row = 0; row < ROWS; row++)
            if ((row * 31 + i) % 7 != 0)
                t.codes[0][i][row] = t.codes[1][i][row];
    start = now();
    if (privacy_measure_closeness(&t.stage, columns, FIELDS, 1, &close, NULL) != 0)
        printf("failed\n");
    printf("the same, twins: %.2f s, %ld MB, median %.3f\n", now() - start, megabytes(), close.median);
    test_stage_done(&t);
}

/* Numbers of one length stand in the order of bytes, as attacks want them. */
static double *numbers_of(const table_coded_column *column)
{
    double *numbers = calloc(column->value_count + 1UL, sizeof(*numbers));
    for (uint32_t i = 0; numbers != NULL && i < column->value_count; i++) {
        int64_t number;
        if (!privacy_number(column->values[i], &number) || column->values[i].size != column->values[0].size) {
            free(numbers);
            return NULL;
        }
        numbers[i] = (double)number / 1e6;
    }
    return numbers;
}

static void bench_file(const char *path)
{
    table_coded *table = NULL;
    double start = now();
    if (table_coded_load(path, NULL, NULL, &table, NULL) != 0 || table->column_count > 32) {
        printf("%s: not read\n", path);
        return;
    }
    printf("%zu rows x %u columns read: %.1f ms\n", table->row_count, table->column_count, (now() - start) * 1e3);
    const uint32_t *codes[32];
    uint32_t values[32];
    privacy_field fields[32];
    for (uint32_t i = 0; i < table->column_count; i++) {
        codes[i] = table->columns[i].codes;
        values[i] = table->columns[i].value_count;
        fields[i] = (privacy_field){values[i], UINT32_MAX, UINT32_MAX, numbers_of(&table->columns[i])};
    }
    const uint32_t rows = (uint32_t)table->row_count;
    const privacy_risk_input input = {.row_count = rows,
                                      .column_count = table->column_count,
                                      .codes = codes,
                                      .value_counts = values,
                                      .population_size = 100 * (uint64_t)rows};
    privacy_risk risk;
    privacy_subsets subsets;
    privacy_singling singling;
    start = now();
    (void)privacy_risk_measure(&input, &risk, NULL);
    printf("risks with all estimators: %.1f ms\n", (now() - start) * 1e3);
    start = now();
    (void)privacy_subsets_measure(&input, 0, &subsets, NULL);
    printf("%u sets of columns, minimal uniques: %.1f ms\n", subsets.count, (now() - start) * 1e3);
    privacy_subsets_done(&subsets);
    const privacy_stage stage = {.fields = fields,
                                 .field_count = table->column_count,
                                 .released = {rows, codes},
                                 .original = {rows, codes},
                                 .seed = 1,
                                 .attempts = 2000};
    for (uint32_t columns = 3; columns <= table->column_count && columns <= 9; columns += 2) {
        start = now();
        (void)privacy_single_out(&stage, columns, &singling, NULL);
        printf("%llu guesses of %u columns that single out: %.1f ms\n",
               (unsigned long long)singling.contest.attack.trials, columns, (now() - start) * 1e3);
    }
    table_coded_free(table);
}

int main(int argc, char **argv)
{
    bench_closeness();
    if (argc > 1)
        bench_file(argv[1]);
    return 0;
}
