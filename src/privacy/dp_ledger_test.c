/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "privacy/dp_ledger.h"

#include <stdlib.h>

static const dp_ledger_key PLAIN = {NULL, NULL};
static const dp_ledger_entry TENTH = {"2026-03-01T12:00:00Z", "count", "laplace", {DP_ATTO / 10, 0, DP_ATTO / 200}};

static void make(base_buf *buf, const dp_ledger_key *key, bool zcdp, size_t entries)
{
    const dp_budget budget = {zcdp, 2 * (dp_u128)DP_ATTO, DP_ATTO / 1000000};
    dp_ledger ledger;
    base_buf_init(buf, DP_LEDGER_BYTES_MAX);
    assert_int_equal(dp_ledger_begin(&budget, key, buf, NULL), 0);
    assert_int_equal(dp_ledger_read(base_buf_view(buf), key, &ledger, NULL), 0);
    for (size_t i = 0; i < entries; i++)
        assert_int_equal(dp_ledger_spend(&ledger, &TENTH, key, buf, NULL), 0);
    assert_int_equal(ledger.entries, entries);
    assert_int_equal(ledger.size_bytes, buf->size);
}

static void test_spends_what_there_is(void **state)
{
    (void)state;
    base_buf buf;
    dp_ledger ledger, again;
    make(&buf, &PLAIN, false, 20);
    assert_int_equal(dp_ledger_read(base_buf_view(&buf), &PLAIN, &ledger, NULL), 0);
    assert_int_equal(ledger.entries, 20);
    assert_true(ledger.spent.epsilon == 2 * (dp_u128)DP_ATTO);
    const size_t size = buf.size;
    again = ledger;
    assert_int_equal(dp_ledger_spend(&ledger, &TENTH, &PLAIN, &buf, NULL), LETHE_E_PRIVACY_BUDGET);
    const dp_ledger_entry least = {TENTH.time, "sum", "laplace", {1, 0, 1}};
    assert_int_equal(dp_ledger_spend(&ledger, &least, &PLAIN, &buf, NULL), LETHE_E_PRIVACY_BUDGET);
    assert_int_equal(buf.size, size);
    assert_memory_equal(&again, &ledger, sizeof(ledger));
    base_buf_done(&buf);
}

/* Every changed byte, and every line that is missing, doubled or exchanged, is found, at its line. */
static void test_damage(void **state)
{
    (void)state;
    base_buf buf;
    dp_ledger ledger;
    make(&buf, &PLAIN, false, 5);
    for (size_t i = 0; i < buf.size; i++)
        for (int bit = 0; bit < 8; bit++) {
            lethe_error error = {0};
            buf.data[i] = (char)(buf.data[i] ^ 1 << bit);
            const int status = dp_ledger_read(base_buf_view(&buf), &PLAIN, &ledger, &error);
            if (i + 1 < buf.size) {
                assert_true(status == LETHE_E_PRIVACY_LEDGER || status == LETHE_E_PRIVACY_LEDGER_KEY);
                assert_true(error.byte <= (int64_t)i && error.byte >= 0);
            } else { /* without its end the last line is unfinished */
                assert_true(status == 0 && ledger.entries == 4 && ledger.unfinished_bytes > 100);
            }
            buf.data[i] = (char)(buf.data[i] ^ 1 << bit);
        }
    assert_int_equal(dp_ledger_read(base_buf_view(&buf), &PLAIN, &ledger, NULL), 0);
    const char *first = memchr(buf.data, '\n', buf.size);
    const size_t head = (size_t)(first - buf.data) + 1;
    const size_t line = (buf.size - head) / 5;
    char *other = malloc(buf.size + line);
    memcpy(other, buf.data, head);
    memcpy(other + head, buf.data + head + line, buf.size - head - line); /* the first answer is gone */
    assert_int_equal(dp_ledger_read((base_span){other, buf.size - line}, &PLAIN, &ledger, NULL),
                     LETHE_E_PRIVACY_LEDGER);
    memcpy(other, buf.data, buf.size);
    memcpy(other + buf.size, buf.data + buf.size - line, line); /* the last one twice */
    assert_int_equal(dp_ledger_read((base_span){other, buf.size + line}, &PLAIN, &ledger, NULL),
                     LETHE_E_PRIVACY_LEDGER);
    free(other);
    base_buf_done(&buf);
}

/* Cut anywhere, it is a ledger of the lines that are whole; cut in the first line, none. */
static void test_cut(void **state)
{
    (void)state;
    base_buf buf;
    dp_ledger ledger;
    make(&buf, &PLAIN, true, 3);
    const size_t head = (size_t)((const char *)memchr(buf.data, '\n', buf.size) - buf.data) + 1;
    for (size_t size = 0; size < buf.size; size++) {
        const int status = dp_ledger_read((base_span){buf.data, size}, &PLAIN, &ledger, NULL);
        assert_int_equal(status, size < head ? LETHE_E_PRIVACY_LEDGER : 0);
        if (status == 0) {
            assert_int_equal(ledger.size_bytes + ledger.unfinished_bytes, size);
            assert_true(ledger.entries == (size - head) / ((buf.size - head) / 3));
        }
    }
    base_buf_done(&buf);
}

static void test_keys(void **state)
{
    (void)state;
    static const uint8_t mine[32] = "mine", theirs[32] = "theirs";
    crypt_mac *one = NULL, *other = NULL;
    assert_int_equal(crypt_mac_new(mine, &one, NULL), 0);
    assert_int_equal(crypt_mac_new(theirs, &other, NULL), 0);
    const dp_ledger_key key = {one, "11111111-1111-4111-8111-111111111111"};
    const dp_ledger_key wrong = {other, "11111111-1111-4111-8111-111111111111"};
    const dp_ledger_key project = {one, "21111111-1111-4111-8111-111111111111"};
    base_buf buf, plain;
    dp_ledger ledger;
    make(&buf, &key, false, 2);
    make(&plain, &PLAIN, false, 2);
    assert_int_equal(dp_ledger_read(base_buf_view(&buf), &key, &ledger, NULL), 0);
    assert_int_equal(dp_ledger_read(base_buf_view(&buf), &wrong, &ledger, NULL), LETHE_E_PRIVACY_LEDGER);
    assert_int_equal(dp_ledger_read(base_buf_view(&buf), &project, &ledger, NULL), LETHE_E_PRIVACY_LEDGER_KEY);
    assert_int_equal(dp_ledger_read(base_buf_view(&buf), &PLAIN, &ledger, NULL), LETHE_E_PRIVACY_LEDGER_KEY);
    assert_int_equal(dp_ledger_read(base_buf_view(&plain), &key, &ledger, NULL), LETHE_E_PRIVACY_LEDGER_KEY);
    base_buf_done(&buf);
    base_buf_done(&plain);
    crypt_mac_free(one);
    crypt_mac_free(other);
}

/* A ledger with fitting tags that spends more than there is was not made by us. */
static void test_overdrawn(void **state)
{
    (void)state;
    base_buf buf;
    dp_ledger ledger;
    lethe_error error = {0};
    const dp_budget budget = {false, DP_ATTO, 0};
    base_buf_init(&buf, DP_LEDGER_BYTES_MAX);
    assert_int_equal(dp_ledger_begin(&budget, &PLAIN, &buf, NULL), 0);
    assert_int_equal(dp_ledger_read(base_buf_view(&buf), &PLAIN, &ledger, NULL), 0);
    ledger.budget.epsilon = 100 * (dp_u128)DP_ATTO;
    for (int i = 0; i < 11; i++)
        assert_int_equal(dp_ledger_spend(&ledger, &TENTH, &PLAIN, &buf, NULL), 0);
    assert_int_equal(dp_ledger_read(base_buf_view(&buf), &PLAIN, &ledger, &error), LETHE_E_PRIVACY_LEDGER);
    base_buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spends_what_there_is),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_overdrawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
