/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "crypt/test_random.h"
#include "privacy/dp_people.h"
#include "privacy/test_chi.h"

#include <stdio.h>
#include <stdlib.h>

static crypt_rng *generator;

static int open_generator(void **state)
{
    (void)state;
    return crypt_rng_new(&generator, NULL);
}

static int close_generator(void **state)
{
    (void)state;
    crypt_rng_free(generator);
    return 0;
}

static dp_people *people_new(uint32_t rows_max)
{
    dp_people *people = NULL;
    assert_int_equal(dp_people_new(rows_max, generator, &people, NULL), 0);
    return people;
}

static void add(dp_people *people, const char *person, int64_t value)
{
    assert_int_equal(dp_people_add(people, base_span_of(person), value, NULL), 0);
}

static void test_bound(void **state)
{
    (void)state;
    dp_people *people = people_new(3);
    int64_t values[64];
    for (int i = 0; i < 20; i++) {
        add(people, "a", i);
        if (i < 2)
            add(people, "b", 100 + i);
    }
    add(people, "", 5); /* nobody */
    assert_int_equal(dp_people_count(people), 2);
    assert_int_equal(dp_people_rows(people), 5);
    dp_people_values(people, values);
    for (int i = 0; i < 3; i++) {
        assert_in_range(values[i], 0, 19);
        for (int j = 0; j < i; j++)
            assert_true(values[i] != values[j]);
    }
    assert_int_equal(values[3] + values[4], 201);
    dp_people_free(people);
}

static void add_key(dp_people *people, const char *person, int number)
{
    const base_span key = {"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + number, 1};
    assert_int_equal(dp_people_add_key(people, base_span_of(person), key, number, NULL), 0);
}

static void test_keys(void **state)
{
    (void)state;
    dp_people *people = people_new(4);
    int64_t values[64];
    size_t count = 0;
    for (int i = 0; i < 100; i++)
        add_key(people, "a", i % 3);
    assert_int_equal(dp_people_rows(people), 3);
    for (int i = 0; i < 100; i++)
        add_key(people, "a", i % 50);
    assert_int_equal(dp_people_rows(people), 4);
    dp_people_of(people, 0, values, &count);
    assert_int_equal(count, 4);
    dp_people_free(people);
}

static void test_options(void **state)
{
    (void)state;
    dp_people *people = NULL;
    assert_int_equal(dp_people_new(0, generator, &people, NULL), LETHE_E_PRIVACY_OPTION);
    assert_int_equal(dp_people_new(DP_PERSON_ROWS_MAX + 1, generator, &people, NULL), LETHE_E_PRIVACY_OPTION);
}

/* Each of a person's ten rows is kept as often as another. */
static void test_fair(void **state)
{
    (void)state;
    uint64_t counts[10] = {0};
    double shares[10];
    for (int i = 0; i < 10; i++)
        shares[i] = 0.1;
    dp_people *people = people_new(1);
    for (int p = 0; p < 20000; p++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "%d", p);
        for (int row = 0; row < 10; row++)
            add(people, id, row);
    }
    int64_t *values = malloc(dp_people_rows(people) * sizeof(*values));
    dp_people_values(people, values);
    for (size_t i = 0; i < dp_people_rows(people); i++)
        counts[values[i]]++;
    assert_int_equal(dp_people_rows(people), 20000);
    assert_true(chi_fits(counts, shares, 10, 20000));
    free(values);
    dp_people_free(people);
}

/* What a person keeps does not depend on others, nor on where the rows stand among theirs: two tables under one key. */
static void keep_of(const dp_people *people, size_t index, int64_t ret_values[3])
{
    size_t count = 0;
    dp_people_of(people, index, ret_values, &count);
    assert_int_equal(count, 3);
}

static dp_people *people_of_key(const char key[16])
{
    dp_people *people = NULL;
    crypt_rng *bytes = crypt_test_rng_new((base_span){key, 16});
    assert_non_null(bytes);
    assert_int_equal(dp_people_new(3, bytes, &people, NULL), 0);
    crypt_rng_free(bytes);
    return people;
}

static void test_others_change_nothing(void **state)
{
    (void)state;
    size_t by_id = 0, by_key = 0;
    for (int round = 0; round < 20; round++) {
        char key[16] = "sixteen bytes  ", other_key[16] = "some others    ";
        int64_t a[3], b[3], c[3], d[3];
        key[15] = other_key[15] = (char)round;
        dp_people *alone = people_of_key(key), *among = people_of_key(key), *other = people_of_key(other_key);
        for (int row = 0; row < 40; row++) {
            add(among, "c", -row);
            add(among, "d", -row);
            add(alone, "a", row);
            add(among, "a", row);
            add(alone, "b", row);
            add(other, "a", row);
        }
        keep_of(alone, 0, a);
        keep_of(alone, 1, b);
        keep_of(among, 2, c);
        keep_of(other, 0, d);
        assert_memory_equal(a, c, sizeof(a));
        by_id += memcmp(a, b, sizeof(a)) != 0;
        by_key += memcmp(a, d, sizeof(a)) != 0;
        dp_people_free(alone);
        dp_people_free(among);
        dp_people_free(other);
    }
    assert_in_range(by_id, 19, 20);
    assert_in_range(by_key, 19, 20);
}

/* The numbers of the keys are others' doing (who came first in the file): the kept texts are the same. */
static void test_numbers_change_nothing(void **state)
{
    (void)state;
    static const char *const keys[] = {"asthma", "gout", "flu", "cold", "burn", "cut", "acne", "fever", "cough"};
    for (int round = 0; round < 20; round++) {
        char bytes[16] = "sixteen bytes  ";
        int64_t kept[2][3];
        bytes[15] = (char)round;
        for (int side = 0; side < 2; side++) {
            dp_people *people = people_of_key(bytes);
            for (int k = 0; k < 9; k++) {
                const int64_t number = side == 0 ? k : 8 - k;
                assert_int_equal(dp_people_add_key(people, BASE_SPAN("a"), base_span_of(keys[k]), number, NULL), 0);
            }
            keep_of(people, 0, kept[side]);
            dp_people_free(people);
        }
        for (int i = 0; i < 3; i++)
            assert_int_equal(kept[0][i], 8 - kept[1][i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_fair),
        cmocka_unit_test(test_others_change_nothing),
        cmocka_unit_test(test_numbers_change_nothing),
    };
    return cmocka_run_group_tests(tests, open_generator, close_generator);
}
