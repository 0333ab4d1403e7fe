/* SPDX-License-Identifier: Apache-2.0 */
#include "net/checksum.h"

#include "base/test.h"

/* The published check values: of the nine digits, and RFC 3720 B.4 for thirty-two zero bytes. */
static void test_check_values(void **state)
{
    (void)state;
    const uint8_t zero[32] = {0};
    char text[13];
    assert_true(net_crc64nvme(0, BASE_SPAN("123456789")) == 0xAE8B14860A799888ull);
    assert_int_equal(net_crc32c(0, BASE_SPAN("123456789")), 0xE3069283u);
    assert_int_equal(net_crc32c(0, (base_span){(const char *)zero, 32}), 0x8A9136AAu);
    assert_true(net_crc64nvme(0, (base_span){"", 0}) == 0);
    net_crc64_text(0xAE8B14860A799888ull, text);
    assert_string_equal(text, "rosUhgp5mIg=");
}

static uint64_t slow64(base_span bytes)
{
    uint64_t crc = ~0ull;
    for (size_t i = 0; i < bytes.size; i++)
        for (int bit = 0; bit < 8; bit++) {
            const uint64_t in = (uint64_t)((uint8_t)bytes.data[i] >> bit & 1);
            crc = ((crc ^ in) & 1) != 0 ? crc >> 1 ^ 0x9A6C9329AC4BC9B5ull : crc >> 1;
        }
    return ~crc;
}

/* Bit by bit, continued at every place, and joined from parts. */
static void test_pieces(void **state)
{
    (void)state;
    char bytes[300];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 37 + i / 7);
    const base_span whole = {bytes, sizeof(bytes)};
    const uint64_t wanted = slow64(whole);
    assert_true(net_crc64nvme(0, whole) == wanted);
    const uint32_t wanted32 = net_crc32c(0, whole);
    for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
        const base_span first = {bytes, cut}, second = {bytes + cut, sizeof(bytes) - cut};
        const uint64_t a = net_crc64nvme(0, first), b = net_crc64nvme(0, second);
        assert_true(net_crc64nvme(a, second) == wanted);
        assert_true(net_crc64nvme_join(a, b, second.size) == wanted);
        assert_int_equal(net_crc32c(net_crc32c(0, first), second), wanted32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_check_values), cmocka_unit_test(test_pieces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
