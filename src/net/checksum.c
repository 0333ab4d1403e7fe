/* SPDX-License-Identifier: Apache-2.0 */
#include "net/checksum.h"

#include "crypt/keyring.h"

#include <pthread.h>
#include <stddef.h>

/* Reflected: bit 63 of the polynomial is the lowest bit here. */
#define POLYNOMIAL64 0x9A6C9329AC4BC9B5ull
#define POLYNOMIAL32 0x82F63B78u
#define SLICES       8

static uint64_t table64[SLICES][256];
static uint32_t table32[SLICES][256];

/* "Slicing by eight" (Kounavis and Berry, 2005): table[k][b] is the remainder of byte b with k zero bytes behind it. */
static void make_tables(void)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint64_t r64 = b;
        uint32_t r32 = b;
        for (int bit = 0; bit < 8; bit++) {
            r64 = (r64 >> 1) ^ ((r64 & 1) != 0 ? POLYNOMIAL64 : 0);
            r32 = (r32 >> 1) ^ ((r32 & 1) != 0 ? POLYNOMIAL32 : 0);
        }
        table64[0][b] = r64;
        table32[0][b] = r32;
    }
    for (uint32_t b = 0; b < 256; b++)
        for (int k = 1; k < SLICES; k++) {
            table64[k][b] = (table64[k - 1][b] >> 8) ^ table64[0][table64[k - 1][b] & 255];
            table32[k][b] = (table32[k - 1][b] >> 8) ^ table32[0][table32[k - 1][b] & 255];
        }
}

static void tables(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make_tables);
}

static uint64_t load64(const uint8_t *data)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word |= (uint64_t)data[i] << (8 * i);
    return word;
}

uint64_t net_crc64nvme(uint64_t crc, base_span bytes)
{
    const uint8_t *data = (const uint8_t *)bytes.data;
    size_t size = bytes.size;
    tables();
    crc = ~crc;
    for (; size >= 8; data += 8, size -= 8) {
        const uint64_t word = crc ^ load64(data);
        crc = table64[7][word & 255] ^ table64[6][word >> 8 & 255] ^ table64[5][word >> 16 & 255] ^
              table64[4][word >> 24 & 255] ^ table64[3][word >> 32 & 255] ^ table64[2][word >> 40 & 255] ^
              table64[1][word >> 48 & 255] ^ table64[0][word >> 56];
    }
    for (; size != 0; data++, size--)
        crc = crc >> 8 ^ table64[0][(crc ^ *data) & 255];
    return ~crc;
}

uint32_t net_crc32c(uint32_t crc, base_span bytes)
{
    const uint8_t *data = (const uint8_t *)bytes.data;
    size_t size = bytes.size;
    tables();
    crc = ~crc;
    for (; size >= 8; data += 8, size -= 8) {
        const uint64_t word = crc ^ load64(data);
        crc = table32[7][word & 255] ^ table32[6][word >> 8 & 255] ^ table32[5][word >> 16 & 255] ^
              table32[4][word >> 24 & 255] ^ table32[3][word >> 32 & 255] ^ table32[2][word >> 40 & 255] ^
              table32[1][word >> 48 & 255] ^ table32[0][word >> 56];
    }
    for (; size != 0; data++, size--)
        crc = crc >> 8 ^ table32[0][(crc ^ *data) & 255];
    return ~crc;
}

/* a·b modulo the polynomial, both reflected: bit 63 is x^0. */
static uint64_t multiply(uint64_t a, uint64_t b)
{
    uint64_t product = 0;
    for (; a != 0; a <<= 1) {
        if ((a >> 63) != 0)
            product ^= b;
        b = (b >> 1) ^ ((b & 1) != 0 ? POLYNOMIAL64 : 0);
    }
    return product;
}

/* crc(AB) = crc(A)·x^(8|B|) + crc(B): the inversions before and behind cancel out. */
uint64_t net_crc64nvme_join(uint64_t first, uint64_t second, uint64_t second_size)
{
    uint64_t power = (uint64_t)1 << (63 - 8); /* x^8 */
    for (; second_size != 0; second_size >>= 1) {
        if ((second_size & 1) != 0)
            first = multiply(power, first);
        power = multiply(power, power);
    }
    return first ^ second;
}

void net_crc64_text(uint64_t crc, char ret_text[13])
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(crc >> (56 - 8 * i));
    crypt_base64(bytes, sizeof(bytes), ret_text);
}
