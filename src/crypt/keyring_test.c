/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "crypt/keyring.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/lethe-keyring-XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/k", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static size_t read_file(char *text, size_t capacity)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t size = fread(text, 1, capacity, file);
    (void)fclose(file);
    return size;
}

static void test_create_and_open(void **state)
{
    (void)state;
    lethe_error error = {0};
    struct stat status;
    crypt_keyring *ring = NULL;
    assert_int_equal(crypt_keyring_create(path, &error), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(crypt_keyring_create(path, &error), LETHE_E_CRYPT_KEY_EXISTS);
    assert_int_equal(crypt_keyring_open(path, &ring, &error), 0);

    uint8_t patient[32], encounter[32], again[32], public_key[32];
    assert_int_equal(crypt_keyring_derive(ring, CRYPT_PATIENT, patient, NULL), 0);
    assert_int_equal(crypt_keyring_derive(ring, CRYPT_ENCOUNTER, encounter, NULL), 0);
    assert_memory_not_equal(patient, encounter, 32);
    assert_int_equal(crypt_keyring_public(ring, public_key, NULL), 0);
    crypt_keyring_free(ring);

    assert_int_equal(crypt_keyring_open(path, &ring, &error), 0);
    assert_int_equal(crypt_keyring_derive(ring, CRYPT_PATIENT, again, NULL), 0);
    assert_memory_equal(patient, again, 32);
    crypt_keyring_free(ring);

    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(crypt_keyring_open(path, &ring, &error), LETHE_E_CRYPT_KEY_MODE);
    assert_int_equal(chmod(path, 0600), 0);
}

/* Every truncation and every changed byte of a key file is noticed. */
static void test_damage(void **state)
{
    (void)state;
    char text[512];
    crypt_keyring *ring = NULL;
    const size_t size = read_file(text, sizeof(text));
    assert_int_equal(crypt_keyring_parse((base_span){text, size}, &ring, NULL), 0);
    char project[37];
    memcpy(project, crypt_keyring_project(ring), 37);
    crypt_keyring_free(ring);
    for (size_t cut = 0; cut < size; cut++) {
        ring = NULL;
        assert_int_equal(crypt_keyring_parse((base_span){text, cut}, &ring, NULL), LETHE_E_CRYPT_KEY_FILE);
        assert_null(ring);
    }
    for (size_t at = 0; at < size; at++) {
        const char kept = text[at];
        text[at] = kept == '1' ? '2' : '1';
        /* another digit in the project's name is another project, not damage: its keys are others */
        if (crypt_keyring_parse((base_span){text, size}, &ring, NULL) == 0) {
            assert_string_not_equal(crypt_keyring_project(ring), project);
            crypt_keyring_free(ring);
        }
        text[at] = kept;
    }
}

static void test_bad_files(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "lethe-key 2 00000000-0000-4000-8000-000000000000 1\n",
        "lethe-key 1 00000000-0000-4000-8000-000000000000 1\n",
        "lethe-key 1 00000000-0000-4000-8000-00000000000G 1\n",
        "lethe-key 1 00000000-0000-4000-8000-000000000000 1\n1 enabled AAAA 00000000\n",
        "lethe-key 1 00000000-0000-4000-8000-000000000000 01\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        crypt_keyring *ring = NULL;
        assert_int_equal(crypt_keyring_parse(base_span_of(bad[i]), &ring, NULL), LETHE_E_CRYPT_KEY_FILE);
    }
}

static void test_base64(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"}; /* RFC 4648 */
    for (size_t size = 0; size < 7; size++) {
        char text[16];
        uint8_t back[8] = {0};
        crypt_base64((const uint8_t *)"foobar", size, text);
        assert_string_equal(text, texts[size]);
        assert_true(crypt_base64_decode(base_span_of(text), back, size));
        assert_memory_equal(back, "foobar", size);
    }
    uint8_t byte[1];
    assert_false(crypt_base64_decode(BASE_SPAN("Zh=="), byte, 1));
    assert_false(crypt_base64_decode(BASE_SPAN("Zg=a"), byte, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_and_open),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_base64),
    };
    return cmocka_run_group_tests_name("crypt/keyring", tests, set_up, tear_down);
}
