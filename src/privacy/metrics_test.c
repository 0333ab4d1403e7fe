/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/metrics.h"

#include "base/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool near(double a, double b, double relative)
{
    const double d = a > b ? a - b : b - a, scale = b < 0 ? -b : b;
    return d <= relative * (scale > 1e-300 ? scale : 1);
}

static void test_roots(void **state)
{
    (void)state;
    assert_true(privacy_root(1, 9) == 1);
    assert_true(near(privacy_root(512, 9), 2, 1e-15));
    assert_true(near(privacy_root(2, 2), 1.41421356237309505, 1e-15));
    assert_true(near(privacy_root(1e12, 2), 1e6, 1e-15));
    for (double x = 1; x < 600; x += 0.37) {
        const double root = privacy_root(x, 9), cube = root * root * root;
        assert_true(near(cube * cube * cube, x, 1e-14));
    }
}

static void test_columns(void **state)
{
    (void)state;
    assert_true(privacy_loss_column(100, 0, 100, 10) == 0);  /* leaves */
    assert_true(privacy_loss_column(1000, 0, 100, 10) == 1); /* all starred */
    assert_true(privacy_loss_column(0, 100, 100, 10) == 1);  /* all withheld */
    assert_true(privacy_loss_column(100, 0, 100, 1) == 0);   /* nothing to lose */
    assert_true(near(privacy_loss_column(550, 0, 100, 10), 0.5, 1e-12));
    assert_true(privacy_loss_column(95, 5, 100, 10) == 0.05);
}

/* Wilson's interval of 81 in 263, as printed by statistics packages: 0.2553 .. 0.3662. */
static void test_wilson(void **state)
{
    (void)state;
    double low, high;
    privacy_wilson(81, 263, &low, &high);
    assert_true(near(low, 0.2553, 2e-4) && near(high, 0.3662, 2e-4));
    privacy_wilson(0, 10, &low, &high);
    assert_true(low == 0 && near(high, 0.2775, 1e-3));
    privacy_wilson(10, 10, &low, &high);
    assert_true(high == 1 && near(low, 0.7225, 1e-3));
    privacy_wilson(0, 0, &low, &high);
    assert_true(low == 0 && high == 1);
}

/* --- The Adult data with its hierarchies, when the reference data is there ------------------------------------------
 */

#define COLUMNS    9
#define ROWS_MAX   31000
#define LEAVES_MAX 128
#define LEVELS_MAX 8

static const char *const column_names[COLUMNS] = {
    "sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation", "salary-class"};

typedef struct adult {
    char leaf[COLUMNS][LEAVES_MAX][LEVELS_MAX][64];
    uint32_t leaf_count[COLUMNS], levels[COLUMNS];
    uint8_t rows[ROWS_MAX][COLUMNS];
    uint32_t row_count;
} adult;

static char *next_field(char **line)
{
    char *const field = *line, *const end = field + strcspn(field, ";\r\n");
    *line = *end == ';' ? end + 1 : end;
    *end = '\0';
    return field;
}

static bool read_hierarchy(adult *a, int column, const char *folder)
{
    char path[512], line[2048];
    snprintf(path, sizeof(path), "%s/adult_hierarchy_%s.csv", folder, column_names[column]);
    FILE *const file = fopen(path, "r");
    if (file == NULL)
        return false;
    while (fgets(line, sizeof(line), file) != NULL && a->leaf_count[column] < LEAVES_MAX) {
        char *at = line;
        uint32_t level = 0;
        while (*at != '\0' && *at != '\n' && *at != '\r' && level < LEVELS_MAX)
            snprintf(a->leaf[column][a->leaf_count[column]][level++], 64, "%.63s", next_field(&at));
        if (level != 0) {
            a->levels[column] = level;
            a->leaf_count[column]++;
        }
    }
    fclose(file);
    return true;
}

static bool read_rows(adult *a, const char *folder)
{
    char path[512], line[4096];
    int column_of[32], fields = 0;
    snprintf(path, sizeof(path), "%s/adult.csv", folder);
    FILE *const file = fopen(path, "r");
    if (file == NULL)
        return false;
    for (bool head = true; fgets(line, sizeof(line), file) != NULL && a->row_count < ROWS_MAX; head = false) {
        char *at = line;
        for (int field = 0; field < 32 && *at != '\0' && *at != '\n' && *at != '\r'; field++) {
            const char *const text = next_field(&at);
            if (head) {
                column_of[fields++] = -1;
                for (int c = 0; c < COLUMNS; c++)
                    if (strcmp(text, column_names[c]) == 0)
                        column_of[field] = c;
                continue;
            }
            const int c = field < fields ? column_of[field] : -1;
            for (uint32_t leaf = 0; c >= 0 && leaf < a->leaf_count[c]; leaf++)
                if (strcmp(a->leaf[c][leaf][0], text) == 0)
                    a->rows[a->row_count][c] = (uint8_t)leaf;
        }
        a->row_count += !head;
    }
    fclose(file);
    return true;
}

typedef struct keyed {
    char group[COLUMNS]; /* number of the group at the node */
    uint32_t row;
} keyed;

static int compare_keyed(const void *a, const void *b)
{
    return memcmp(((const keyed *)a)->group, ((const keyed *)b)->group, COLUMNS);
}

/* The geometric mean of the losses of a node under k-anonymity with every small class suppressed. */
static double adult_loss(const adult *a, const uint32_t *node, uint32_t k)
{
    static keyed keys[ROWS_MAX];
    static uint32_t group[COLUMNS][LEAVES_MAX], under[COLUMNS][LEAVES_MAX];
    memset(under, 0, sizeof(under));
    for (int c = 0; c < COLUMNS; c++)
        for (uint32_t leaf = 0; leaf < a->leaf_count[c]; leaf++) {
            uint32_t first = 0;
            while (strcmp(a->leaf[c][first][node[c]], a->leaf[c][leaf][node[c]]) != 0)
                first++;
            group[c][leaf] = first;
            under[c][first]++;
        }
    for (uint32_t row = 0; row < a->row_count; row++) {
        keys[row].row = row;
        for (int c = 0; c < COLUMNS; c++)
            keys[row].group[c] = (char)group[c][a->rows[row][c]];
    }
    qsort(keys, a->row_count, sizeof(*keys), compare_keyed);
    uint64_t leaves[COLUMNS] = {0}, suppressed = 0;
    for (uint32_t i = 0, j; i < a->row_count; i = j) {
        for (j = i + 1; j < a->row_count && compare_keyed(&keys[i], &keys[j]) == 0; j++) {
        }
        if (j - i < k)
            suppressed += j - i;
        for (int c = 0; c < COLUMNS && j - i >= k; c++)
            leaves[c] += (uint64_t)(j - i) * under[c][(uint8_t)keys[i].group[c]];
    }
    double columns[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        columns[c] = privacy_loss_column(leaves[c], suppressed, a->row_count, a->leaf_count[c]);
    return privacy_loss_mean(privacy_loss_product(columns, NULL, COLUMNS), COLUMNS);
}

static void test_adult(void **state)
{
    (void)state;
    const char *const shared = getenv("LETHE_SHARED"), *const source = getenv("LETHE_SOURCE");
    char folder[400];
    snprintf(folder, sizeof(folder), "%s%s/tabular/adult",
             shared != NULL   ? shared
             : source != NULL ? source
                              : ".",
             shared != NULL ? "/data" : "/../shared/data");
    adult *const a = calloc(1, sizeof(*a));
    bool there = true;
    for (int c = 0; c < COLUMNS && there; c++)
        there = read_hierarchy(a, c, folder);
    if (!there || !read_rows(a, folder)) {
        printf("reference data is not there: the Adult conformance test did not run\n");
        free(a);
        skip();
    }
    assert_int_equal(a->row_count, 30162);
    /* The optimum of k = 5, everything may be suppressed, Loss with the geometric mean (ARX, proved by enumeration). */
    const uint32_t node[COLUMNS] = {0, 3, 0, 0, 2, 1, 1, 1, 0};
    const double loss = adult_loss(a, node, 5);
    assert_true(near(loss, 0.22041192847984292, 1e-12));
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_wilson),
        cmocka_unit_test(test_adult),
    };
    return cmocka_run_group_tests_name("privacy/metrics", tests, NULL, NULL);
}
