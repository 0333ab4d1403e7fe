/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "privacy/levels.h"

#include <stdlib.h>

static table_coded *code(const char *text)
{
    table_csv *csv = NULL;
    table_coded *table = NULL;
    assert_int_equal(table_csv_open_memory(base_span_of(text), "t.csv", NULL, &csv, NULL), 0);
    assert_int_equal(table_coded_read(csv, NULL, &table, NULL), 0);
    table_csv_close(csv);
    return table;
}

static void expect(const privacy_levels_spec *spec, const char *values, const char *rows)
{
    base_buf out;
    table_levels *levels = NULL;
    table_coded *table = code(values);
    base_buf_init(&out, 1 << 20);
    assert_int_equal(privacy_levels_build(spec, table, 0, &levels, NULL), 0);
    table_levels_write(levels, ';', &out);
    base_buf_byte(&out, '\0');
    assert_string_equal(out.data, rows);
    base_buf_done(&out);
    table_levels_free(levels);
    table_coded_free(table);
}

static void test_interval(void **state)
{
    (void)state;
    expect(&(privacy_levels_spec){.kind = PRIVACY_LEVELS_INTERVAL, .steps = "5,10,20"}, "x\n37\n4\n\n100\n",
           "4;0-4;0-9;0-19;*\n37;35-39;30-39;20-39;*\n100;100-104;100-109;100-119;*\n;missing;missing;missing;*\n");
    expect(&(privacy_levels_spec){.kind = PRIVACY_LEVELS_INTERVAL, .steps = "0.5,1"}, "x\n1.75\n-0.2\n",
           "-0.2;[-0.5, 0[;[-1, 0[;*\n1.75;[1.5, 2[;[1, 2[;*\n");
    expect(&(privacy_levels_spec){.kind = PRIVACY_LEVELS_INTERVAL, .steps = "2", .has_range = true, .from = 1, .to = 3},
           "x\n9\n", "1;0-1;*\n2;2-3;*\n3;2-3;*\n");
}

static void test_bands(void **state)
{
    (void)state;
    expect(&(privacy_levels_spec){.kind = PRIVACY_LEVELS_BANDS, .steps = "18,30,45,65/18,65"},
           "x\n17\n18\n29\n30\n65\n90\n",
           "17;<18;<18;*\n18;18-29;18-64;*\n29;18-29;18-64;*\n30;30-44;18-64;*\n65;65+;65+;*\n90;65+;65+;*\n");
}

static void test_order(void **state)
{
    (void)state;
    expect(&(privacy_levels_spec){.kind = PRIVACY_LEVELS_ORDER, .steps = "2,2"}, "x\n10\n9\n8\n7\n6\n",
           "6;6 .. 7;6 .. 9;*\n7;6 .. 7;6 .. 9;*\n8;8 .. 9;6 .. 9;*\n9;8 .. 9;6 .. 9;*\n10;10;10;*\n");
    expect(&(privacy_levels_spec){.kind = PRIVACY_LEVELS_ORDER, .steps = "2"}, "x\nb\na\n3\n",
           "3;3 .. a;*\na;3 .. a;*\nb;b;*\n");
}

static void test_redaction(void **state)
{
    (void)state;
    expect(&(privacy_levels_spec){.kind = PRIVACY_LEVELS_REDACTION}, "x\n123\n45\n", "123;12*;1**;*\n45;45*;4**;*\n");
    expect(&(privacy_levels_spec){.kind = PRIVACY_LEVELS_REDACTION, .steps = "3"}, "x\n12345\n\xc3\xa9xyz9\n",
           "12345;123**;*\n\xc3\xa9xyz9;\xc3\xa9xy**;*\n");
}

static void test_date(void **state)
{
    (void)state;
    expect(&(privacy_levels_spec){.kind = PRIVACY_LEVELS_DATE}, "x\n2014-05-07\n2009\n2014-04-01T10:00:00Z\n",
           "2009;2009;2009;2009;2009;2000-2009;*\n"
           "2014-04-01T10:00:00Z;2014-04-01;2014-04;2014-Q2;2014;2010-2019;*\n"
           "2014-05-07;2014-05-07;2014-05;2014-Q2;2014;2010-2019;*\n");
}

static void test_priority(void **state)
{
    (void)state;
    expect(&(privacy_levels_spec){.kind = PRIVACY_LEVELS_PRIORITY, .steps = "2"}, "x\na\nb\nb\nc\nc\nc\nd\n",
           "c;c;*\nb;b;*\na;*;*\nd;*;*\n");
}

static base_span first_letter(void *context, base_span value)
{
    (void)context;
    return value.data[0] == 'x' ? (base_span){NULL, 0} : (base_span){value.data, 1};
}

static void test_lookup(void **state)
{
    (void)state;
    const privacy_levels_spec spec = {.kind = PRIVACY_LEVELS_LOOKUP, .lookup = first_letter};
    expect(&spec, "x\nab\nac\n", "ab;a;*\nac;a;*\n");
    table_levels *levels = NULL;
    lethe_error error = {0};
    table_coded *table = code("y\nab\nxy\n");
    assert_int_equal(privacy_levels_build(&spec, table, 0, &levels, &error), LETHE_E_PRIVACY_VALUE);
    assert_string_equal(error.path, "row 3, column 1");
    table_coded_free(table);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        privacy_levels_kind kind;
        const char *steps;
        int status;
    } cases[] = {
        {PRIVACY_LEVELS_INTERVAL, "5,12", LETHE_E_PRIVACY_OPTION},
        {PRIVACY_LEVELS_INTERVAL, "", LETHE_E_PRIVACY_OPTION},
        {PRIVACY_LEVELS_INTERVAL, "0", LETHE_E_PRIVACY_OPTION},
        {PRIVACY_LEVELS_INTERVAL, "5", LETHE_E_PRIVACY_VALUE},
        {PRIVACY_LEVELS_BANDS, "30,18", LETHE_E_PRIVACY_OPTION},
        {PRIVACY_LEVELS_DATE, "month,day", LETHE_E_PRIVACY_OPTION},
        {PRIVACY_LEVELS_DATE, "year", LETHE_E_PRIVACY_VALUE},
        {PRIVACY_LEVELS_ORDER, "1", LETHE_E_PRIVACY_OPTION},
        {PRIVACY_LEVELS_PRIORITY, "1", LETHE_E_PRIVACY_OPTION},
        {PRIVACY_LEVELS_REDACTION, "2,3", LETHE_E_PRIVACY_OPTION},
    };
    table_coded *table = code("y\n1\nsecret\n");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        table_levels *levels = NULL;
        lethe_error error = {0};
        const privacy_levels_spec spec = {.kind = cases[i].kind, .steps = cases[i].steps};
        assert_int_equal(privacy_levels_build(&spec, table, 0, &levels, &error), cases[i].status);
        assert_null(levels);
    }
    table_coded_free(table);
    table = code("y\n19\n31\n"); /* cuts of a coarse level that the fine one does not have */
    table_levels *levels = NULL;
    const privacy_levels_spec spec = {.kind = PRIVACY_LEVELS_BANDS, .steps = "18,50/25,50"};
    assert_int_equal(privacy_levels_build(&spec, table, 0, &levels, NULL), LETHE_E_PRIVACY_OPTION);
    table_coded_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interval),  cmocka_unit_test(test_bands),   cmocka_unit_test(test_order),
        cmocka_unit_test(test_redaction), cmocka_unit_test(test_date),    cmocka_unit_test(test_priority),
        cmocka_unit_test(test_lookup),    cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("privacy/levels", tests, NULL, NULL);
}
