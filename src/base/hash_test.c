/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/test.h"

/* The first vectors of the reference for 128 bits: key 00..0f, message 00, 00 01, … (veorq/SipHash, CC0). */
static void test_vectors(void **state)
{
    (void)state;
    const base_hash_key key = {0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
    static const uint8_t empty[16] = {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6,
                                      0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93};
    const base_hash128 hash = base_hash(&key, (base_span){NULL, 0});
    assert_memory_equal(&hash.low, empty, 8);
    assert_memory_equal(&hash.high, empty + 8, 8);
}

/* However a message is cut into words, its hash is that of its bytes. */
static void test_pairs_keep_their_boundary(void **state)
{
    (void)state;
    const base_hash_key key = {1, 2};
    const base_hash128 a = base_hash_pair(&key, BASE_SPAN("ab"), BASE_SPAN("c"));
    const base_hash128 b = base_hash_pair(&key, BASE_SPAN("a"), BASE_SPAN("bc"));
    assert_true(a.high != b.high && a.low != b.low);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_pairs_keep_their_boundary),
    };
    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
