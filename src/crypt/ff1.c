/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/ff1.h"

#include "crypt/secret.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define BLOCK     16
#define ROUNDS    10
#define TWEAK_MAX 256
#define HALF_MAX  ((CRYPT_FF1_DIGITS_MAX + 1) / 2)
#define BYTES_MAX (HALF_MAX * 6 / 8 + 8)              /* of a half as a number: under 6 bits a digit */
#define WIDE_MAX  ((BYTES_MAX + 4 + 2 * BLOCK) & ~15) /* of the number that is added */

struct crypt_ff1 {
    EVP_CIPHER_CTX *aes;
    unsigned radix;
};

int crypt_ff1_new(const uint8_t *key, size_t key_size, unsigned radix, crypt_ff1 **ret_ff1, lethe_error *error)
{
    const EVP_CIPHER *cipher = key_size == 16   ? EVP_aes_128_ecb()
                               : key_size == 24 ? EVP_aes_192_ecb()
                               : key_size == 32 ? EVP_aes_256_ecb()
                                                : NULL;
    if (cipher == NULL || radix < 2 || radix > CRYPT_FF1_RADIX_MAX)
        return base_fail(error, LETHE_E_CRYPT_DOMAIN);
    crypt_ff1 *ff1 = calloc(1, sizeof(*ff1));
    if (ff1 == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    ff1->radix = radix;
    ff1->aes = EVP_CIPHER_CTX_new();
    if (ff1->aes == NULL || EVP_EncryptInit_ex(ff1->aes, cipher, NULL, key, NULL) != 1 ||
        EVP_CIPHER_CTX_set_padding(ff1->aes, 0) != 1) {
        crypt_ff1_free(ff1);
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    }
    *ret_ff1 = ff1;
    return 0;
}

void crypt_ff1_free(crypt_ff1 *ff1)
{
    if (ff1 == NULL)
        return;
    EVP_CIPHER_CTX_free(ff1->aes);
    free(ff1);
}

/* One block, in place. */
static int encipher(crypt_ff1 *ff1, uint8_t block[BLOCK], lethe_error *error)
{
    uint8_t out[BLOCK];
    int size = 0;
    if (EVP_EncryptUpdate(ff1->aes, out, &size, block, BLOCK) != 1 || size != BLOCK)
        return base_fail(error, LETHE_E_CRYPT_LIBRARY);
    memcpy(block, out, BLOCK);
    return 0;
}

/* Algorithm 6, PRF: a CBC-MAC without padding, going on from `mac`. */
static int prf(crypt_ff1 *ff1, const uint8_t *bytes, size_t size, uint8_t mac[BLOCK], lethe_error *error)
{
    for (size_t at = 0; at < size; at += BLOCK) {
        for (size_t i = 0; i < BLOCK; i++)
            mac[i] ^= bytes[at + i];
        BASE_TRY(encipher(ff1, mac, error));
    }
    return 0;
}

/* NUM_radix: the digits as a number of `size` bytes, big endian. */
static void number_of(unsigned radix, const uint8_t *digits, size_t count, uint8_t *ret_bytes, size_t size)
{
    memset(ret_bytes, 0, size);
    for (size_t i = 0; i < count; i++) {
        unsigned carry = digits[i];
        for (size_t at = size; at-- > 0;) {
            carry += ret_bytes[at] * radix;
            ret_bytes[at] = (uint8_t)carry;
            carry >>= 8;
        }
    }
}

/* The last `count` digits of a number, which is used up. */
static void digits_of(unsigned radix, uint8_t *bytes, size_t size, uint8_t *ret_digits, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        unsigned rest = 0;
        for (size_t at = 0; at < size; at++) {
            rest = rest << 8 | bytes[at];
            bytes[at] = (uint8_t)(rest / radix);
            rest %= radix;
        }
        ret_digits[i] = (uint8_t)rest;
    }
}

/* digits ± other modulo radix^count, digit by digit. */
static void add(unsigned radix, uint8_t *digits, const uint8_t *other, size_t count, bool minus)
{
    int carry = 0;
    for (size_t i = count; i-- > 0;) {
        int sum = digits[i] + carry + (minus ? -other[i] : other[i]);
        carry = sum < 0 ? -1 : sum >= (int)radix ? 1 : 0;
        digits[i] = (uint8_t)(sum - carry * (int)radix);
    }
}

/* Bytes of radix^digits - 1: ⌈⌈digits · log2 radix⌉ / 8⌉, counted exactly. */
static size_t bytes_of(unsigned radix, size_t digits)
{
    uint8_t highest[HALF_MAX], number[BYTES_MAX];
    memset(highest, (int)radix - 1, digits);
    number_of(radix, highest, digits, number, sizeof(number));
    size_t zeroes = 0;
    while (number[zeroes] == 0)
        zeroes++;
    return sizeof(number) - zeroes;
}

typedef struct ff1_run {
    base_span tweak;
    size_t count, left, number_size, wide_size; /* n, u, b, d of the specification */
    uint8_t head[BLOCK];                        /* P, already enciphered: the same in every round */
} ff1_run;

static int begin(crypt_ff1 *ff1, base_span tweak, const uint8_t *digits, size_t count, ff1_run *ret_run,
                 lethe_error *error)
{
    uint64_t domain = 1;
    for (size_t i = 0; i < count && domain < CRYPT_FF1_DOMAIN_MIN; i++)
        domain *= ff1->radix;
    if (count < 2 || count > CRYPT_FF1_DIGITS_MAX || domain < CRYPT_FF1_DOMAIN_MIN || tweak.size > TWEAK_MAX)
        return base_fail(error, LETHE_E_CRYPT_DOMAIN);
    for (size_t i = 0; i < count; i++)
        if (digits[i] >= ff1->radix)
            return base_fail(error, LETHE_E_CRYPT_DOMAIN);
    ff1_run run = {.tweak = tweak, .count = count, .left = count / 2};
    run.number_size = bytes_of(ff1->radix, count - run.left);
    run.wide_size = 4 * ((run.number_size + 3) / 4) + 4;
    const uint8_t head[BLOCK] = {1,
                                 2,
                                 1,
                                 0,
                                 0,
                                 (uint8_t)ff1->radix,
                                 ROUNDS,
                                 (uint8_t)run.left,
                                 0,
                                 0,
                                 (uint8_t)(count >> 8),
                                 (uint8_t)count,
                                 0,
                                 0,
                                 (uint8_t)(tweak.size >> 8),
                                 (uint8_t)tweak.size};
    memcpy(run.head, head, BLOCK);
    BASE_TRY(encipher(ff1, run.head, error));
    *ret_run = run;
    return 0;
}

/* Steps 6.i to 6.v: the number of one round as the last `wanted` digits. */
static int round_digits(crypt_ff1 *ff1, const ff1_run *run, unsigned round, const uint8_t *half, size_t half_count,
                        uint8_t *ret_digits, size_t wanted, lethe_error *error)
{
    uint8_t q[TWEAK_MAX + 2 * BLOCK + BYTES_MAX] = {0};
    uint8_t wide[WIDE_MAX], mac[BLOCK];
    const size_t used = run->tweak.size + 1 + run->number_size, size = (used + BLOCK - 1) / BLOCK * BLOCK;
    if (run->tweak.size != 0)
        memcpy(q, run->tweak.data, run->tweak.size);
    q[size - run->number_size - 1] = (uint8_t)round;
    number_of(ff1->radix, half, half_count, q + size - run->number_size, run->number_size);
    memcpy(mac, run->head, BLOCK);
    int status = prf(ff1, q, size, mac, error);
    memcpy(wide, mac, BLOCK);
    for (size_t block = 1; status == 0 && block * BLOCK < run->wide_size; block++) {
        uint8_t *next = wide + block * BLOCK;
        memcpy(next, mac, BLOCK);
        next[BLOCK - 1] ^= (uint8_t)block; /* at most 255 blocks: see BYTES_MAX */
        status = encipher(ff1, next, error);
    }
    if (status == 0)
        digits_of(ff1->radix, wide, run->wide_size, ret_digits, wanted);
    crypt_wipe(q, sizeof(q));
    crypt_wipe(wide, sizeof(wide));
    return status;
}

/* Even rounds change the first half by the second, odd ones the second by the first: the swap of step 6.viii, undone.
 */
static int run_rounds(crypt_ff1 *ff1, base_span tweak, uint8_t *digits, size_t count, bool decrypt, lethe_error *error)
{
    ff1_run run = {0};
    uint8_t number[HALF_MAX];
    BASE_TRY(begin(ff1, tweak, digits, count, &run, error));
    uint8_t *const left = digits, *const right = digits + run.left;
    const size_t right_count = count - run.left;
    for (unsigned i = 0; i < ROUNDS; i++) {
        const unsigned round = decrypt ? ROUNDS - 1 - i : i;
        const bool even = round % 2 == 0;
        const size_t changed = even ? run.left : right_count;
        BASE_TRY(
            round_digits(ff1, &run, round, even ? right : left, even ? right_count : run.left, number, changed, error));
        add(ff1->radix, even ? left : right, number, changed, decrypt);
    }
    return 0;
}

int crypt_ff1_encrypt(crypt_ff1 *ff1, base_span tweak, uint8_t *digits, size_t count, lethe_error *error)
{
    return run_rounds(ff1, tweak, digits, count, false, error);
}

int crypt_ff1_decrypt(crypt_ff1 *ff1, base_span tweak, uint8_t *digits, size_t count, lethe_error *error)
{
    return run_rounds(ff1, tweak, digits, count, true, error);
}
