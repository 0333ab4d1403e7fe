/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "base/threads.h"
#include "crypt/random.h"
#include "crypt/test_random.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 64

static void take(crypt_rng *rng, uint64_t ret_words[WORDS])
{
    for (size_t i = 0; i < WORDS; i++)
        assert_int_equal(crypt_rng_u64(rng, &ret_words[i], NULL), 0);
}

static size_t common(const uint64_t a[WORDS], const uint64_t b[WORDS])
{
    size_t same = 0;
    for (size_t i = 0; i < WORDS; i++)
        for (size_t j = 0; j < WORDS; j++)
            same += a[i] == b[j];
    return same;
}

/* The child of a fork, in the middle of a block, gives other numbers than its parent: the same check finds a shared
 * block when the page is kept (`broken`). */
static size_t shared_after_fork(bool broken, bool by_owner)
{
    crypt_rng *rng = NULL;
    uint64_t words[WORDS];
    uint64_t *of_child = mmap(NULL, sizeof(words), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(of_child != MAP_FAILED);
    assert_int_equal(crypt_rng_new(&rng, NULL), 0);
    if (broken || by_owner)
        assert_int_equal(madvise(rng->page, sizeof(*rng->page), MADV_KEEPONFORK), 0);
    if (broken || by_owner)
        rng->ask_owner = by_owner;
    take(rng, words);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        take(rng, of_child);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    take(rng, words);
    const size_t same = common(words, of_child);
    crypt_rng_free(rng);
    (void)munmap(of_child, sizeof(words));
    return same;
}

static void test_fork(void **state)
{
    (void)state;
    assert_int_equal(shared_after_fork(false, false), 0);
    assert_int_equal(shared_after_fork(false, true), 0);
    assert_int_equal(shared_after_fork(true, false), WORDS);
}

/* Two handles have nothing in common, nor has one over many blocks (64-bit words: a repeat in 2^17 has 2^-31). */
static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void test_no_word_twice(void **state)
{
    (void)state;
    enum { COUNT = 1 << 17 };
    uint64_t *words = malloc(COUNT * sizeof(*words));
    crypt_rng *one = NULL, *other = NULL;
    assert_non_null(words);
    assert_int_equal(crypt_rng_new(&one, NULL), 0);
    assert_int_equal(crypt_rng_new(&other, NULL), 0);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(crypt_rng_u64(i % 3 == 0 ? one : other, &words[i], NULL), 0);
    qsort(words, COUNT, sizeof(*words), by_value);
    for (size_t i = 1; i < COUNT; i++)
        assert_true(words[i] != words[i - 1]);
    crypt_rng_free(one);
    crypt_rng_free(other);
    free(words);
}

/* Each of 64 bits is one half of the time: 2^18 words, |z| < 6.5 each (2^-34 a bit, 64 bits: below 1e-8). */
static void test_bits(void **state)
{
    (void)state;
    enum { COUNT = 1 << 18 };
    crypt_rng *rng = NULL;
    int64_t ones[64] = {0};
    assert_int_equal(crypt_rng_new(&rng, NULL), 0);
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t word = 0;
        assert_int_equal(crypt_rng_u64(rng, &word, NULL), 0);
        for (size_t bit = 0; bit < 64; bit++)
            ones[bit] += (int64_t)(word >> bit & 1);
    }
    for (size_t bit = 0; bit < 64; bit++) {
        const int64_t off = 2 * ones[bit] - COUNT; /* deviation 512 */
        assert_true(off < 3328 && off > -3328);
    }
    crypt_rng_free(rng);
}

/* What was given out does not stand in memory. */
static void test_wiped(void **state)
{
    (void)state;
    crypt_rng *rng = NULL;
    uint8_t bytes[100000];
    assert_int_equal(crypt_rng_new(&rng, NULL), 0);
    assert_int_equal(crypt_rng_fill(rng, bytes, sizeof(bytes), NULL), 0);
    for (size_t i = rng->page->left; i < CRYPT_RNG_BLOCK_BYTES; i++)
        assert_int_equal(rng->page->block[i], 0);
    crypt_rng_free(rng);
}

static void test_of_bytes(void **state)
{
    (void)state;
    uint64_t word = 7;
    crypt_rng *rng = crypt_test_rng_new(BASE_SPAN("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"));
    lethe_error error = {0};
    assert_non_null(rng);
    assert_int_equal(crypt_rng_u64(rng, &word, NULL), 0);
    assert_int_equal(word, 2);
    assert_int_equal(crypt_rng_u64(rng, &word, NULL), 0);
    assert_int_equal(word, 1);
    assert_int_equal(crypt_rng_u64(rng, &word, &error), LETHE_E_CRYPT_RANDOM);
    assert_int_equal(error.code, LETHE_E_CRYPT_RANDOM);
    assert_int_equal(word, 1);
    crypt_rng_free(rng);
}

static int draw_many(void *context, size_t index, size_t worker, lethe_error *error)
{
    uint64_t *sums = context;
    crypt_rng *rng = NULL;
    (void)worker;
    BASE_TRY(crypt_rng_new(&rng, error));
    int status = 0;
    for (size_t i = 0; i < 20000 && status == 0; i++) {
        uint64_t word = 0;
        status = crypt_rng_u64(rng, &word, error);
        sums[index] += word;
    }
    crypt_rng_free(rng);
    return status;
}

/* A handle a thread: nothing is shared (for the thread sanitizer). */
static void test_threads(void **state)
{
    (void)state;
    uint64_t sums[8] = {0};
    assert_int_equal(base_parallel(4, 8, draw_many, sums, NULL), 0);
    for (size_t i = 1; i < 8; i++)
        assert_true(sums[i] != sums[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fork),  cmocka_unit_test(test_no_word_twice), cmocka_unit_test(test_bits),
        cmocka_unit_test(test_wiped), cmocka_unit_test(test_of_bytes),      cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
