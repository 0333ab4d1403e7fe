/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "verify/spoilt.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static maker base;

static void test_a_valid_release_passes(void **state)
{
    (void)state;
    maker_init(&base);
    const char *folder = spoilt_write(&base);
    verify_result result = spoilt_verify(&base, folder, true);
    for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++)
        if (result.checks[i].state != VERIFY_PASSED)
            print_message("%s: %s %s:%ld %s\n", verify_check_name((verify_check)i), result.checks[i].first.name,
                          result.checks[i].first.file, (long)result.checks[i].first.line, result.checks[i].first.path);
    assert_true(result.passed && result.signer_established);
    assert_int_equal(result.profiles, 72);
    assert_int_equal(result.patients, 24);
    assert_int_equal(result.k, 5);
    assert_string_equal(result.level, "standard");
    assert_int_equal(result.checks[VERIFY_CHECK_CLASSES].counted, 5);
    assert_int_equal(result.checks[VERIFY_CHECK_VECTORS].counted, 72);
    for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++)
        assert_true(result.checks[i].state == VERIFY_PASSED && result.checks[i].counted > 0);

    result = spoilt_verify(&base, folder, false);
    assert_true(result.passed && !result.signer_established);
    assert_int_equal(result.checks[VERIFY_CHECK_SIGNER].state, VERIFY_OPEN);
    assert_int_equal(verify_dataset(folder, NULL, &result, NULL), 0);
    assert_true(result.passed);
    assert_int_equal(result.checks[VERIFY_CHECK_VECTORS].state, VERIFY_OPEN);

    assert_false(result.operators_files);
    spoilt_put_file(folder, "run.json"); /* for the operator, and the index: no part of the release */
    spoilt_put_folder(folder, "vectors");
    spoilt_put_file(folder, "vectors/index.bin");
    result = spoilt_verify(&base, folder, true);
    assert_true(result.passed && result.operators_files);
}

static void test_changed_bytes(void **state)
{
    (void)state;
    maker_init(&base);
    const char *folder = spoilt_write(&base);
    spoilt_flip_byte(folder, SPOILT_TRAIN, 3000);
    verify_result result = spoilt_verify(&base, folder, true);
    spoilt_expect(&result, VERIFY_CHECK_CHECKSUMS, LETHE_E_VERIFY_CHECKSUM, SPOILT_TRAIN, 0, "sha256");
    folder = spoilt_write(&base);
    spoilt_flip_byte(folder, "manifest.json", -10);
    result = spoilt_verify(&base, folder, true);
    assert_false(result.passed);
    folder = spoilt_write(&base);
    spoilt_flip_byte(folder, "manifest.sig", 5);
    result = spoilt_verify(&base, folder, true);
    spoilt_expect(&result, VERIFY_CHECK_SIGNATURE, LETHE_E_VERIFY_SIGNATURE, "manifest.sig", 0, NULL);
    spoilt_expect_only(&result, VERIFY_CHECK_SIGNATURE);
    assert_false(result.signer_established);
}

static void test_files_come_and_go(void **state)
{
    (void)state;
    char path[256];
    static const char *const added[] = {"notes.txt", ".hidden", "profiles/split=train/part-00001.parquet",
                                        "profiles/run.json"};
    maker_init(&base);
    const char *folder = spoilt_write(&base);
    snprintf(path, sizeof(path), "%s/%s", folder, SPOILT_TEST);
    assert_int_equal(unlink(path), 0);
    verify_result result = spoilt_verify(&base, folder, true);
    spoilt_expect(&result, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, SPOILT_TEST, 0, "missing");
    spoilt_expect(&result, VERIFY_CHECK_COUNTS, LETHE_E_VERIFY_COUNT, "manifest.json", 0, "total_profiles");

    for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
        folder = spoilt_write(&base);
        spoilt_put_file(folder, added[i]);
        result = spoilt_verify(&base, folder, true);
        spoilt_expect(&result, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, NULL, 0, "added");
        spoilt_expect_only(&result, VERIFY_CHECK_FILES);
    }
    folder = spoilt_write(&base);
    spoilt_put_folder(folder, "more");
    result = spoilt_verify(&base, folder, true);
    spoilt_expect(&result, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, ".", 0, "added");

    folder = spoilt_write(&base); /* a link to what is allowed to be there is another file */
    snprintf(path, sizeof(path), "%s/run.json", folder);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    result = spoilt_verify(&base, folder, true);
    spoilt_expect(&result, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, ".", 0, "added");

    base.unlisted = "support.bin";
    result = spoilt_verify(&base, spoilt_write(&base), true);
    spoilt_expect(&result, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, NULL, 0, NULL);
}

/* A forger with a key of their own can sign what they like: only the key that the user holds tells. */
static void test_a_forged_manifest(void **state)
{
    (void)state;
    uint8_t other[32] = {9};
    maker_init(&base);
    const char *folder = spoilt_write(&base);
    assert_int_equal(maker_sign(other, folder, NULL), 0); /* the manifest still names the first key */
    verify_result result = spoilt_verify(&base, folder, false);
    spoilt_expect(&result, VERIFY_CHECK_SIGNATURE, LETHE_E_VERIFY_SIGNATURE, "manifest.sig", 0, NULL);

    maker forged = base;
    memcpy(forged.seed, other, 32);
    folder = spoilt_write(&forged);
    result = spoilt_verify(&base, folder, true);
    spoilt_expect(&result, VERIFY_CHECK_SIGNER, LETHE_E_VERIFY_SIGNATURE, "manifest.json", 0, "public_key");
    spoilt_expect_only(&result, VERIFY_CHECK_SIGNER);
    result = spoilt_verify(&base, folder, false);
    assert_true(result.passed && !result.signer_established);

    maker_init(&forged);
    forged.schema_version = "2.0.0";
    result = spoilt_verify(&forged, spoilt_write(&forged), true);
    spoilt_expect(&result, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_VERSION, "manifest.json", 0, "schema_version");
    assert_int_equal(result.checks[VERIFY_CHECK_ROWS].state, VERIFY_NOT_RUN);
    maker_init(&forged);
    forged.level = "external";
    result = spoilt_verify(&forged, spoilt_write(&forged), true);
    spoilt_expect(&result, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_MANIFEST, "manifest.json", 0, "level");
    maker_init(&forged);
    forged.visits = 1; /* standard promises two */
    result = spoilt_verify(&forged, spoilt_write(&forged), true);
    spoilt_expect(&result, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_MANIFEST, "manifest.json", 0, "level");
}

static bool holds(const void *memory, size_t size, const char *text)
{
    return memmem(memory, size, text, strlen(text)) != NULL;
}

/* Whatever is wrong, a result says where and never what. */
static void test_no_content_in_a_result(void **state)
{
    (void)state;
    static const verify_column columns[] = {
        VERIFY_AGE_GROUP,       VERIFY_SEX,      VERIFY_LOCATION,    VERIFY_COMORBIDITY,
        VERIFY_EMBEDDING_MODEL, VERIFY_FOLLOWUP, VERIFY_INDEX_PERIOD};
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        maker_init(&base);
        spoilt_row(&base, 1, 1)->text[columns[i]] = "CANARY-1954-03-12";
        spoilt_row(&base, 1, 2)->lists[RECORD_VITAL_FLAGS][0] = "CANARY-Jane-Doe";
        snprintf(spoilt_row(&base, 1, 3)->id, 40, "CANARY-4711");
        const char *folder = spoilt_write(&base);
        spoilt_put_file(folder, "CANARY-file");
        const verify_result result = spoilt_verify(&base, folder, true);
        assert_false(result.passed);
        assert_false(holds(&result, sizeof(result), "CANARY"));
    }
}

/* Any damage to any file is found, and none stops the verification from ending. */
static void test_damage(void **state)
{
    (void)state;
    static const char *const names[] = {"manifest.json",   "manifest.sig", "plan.json",
                                        "vocabulary.json", "support.bin",  SPOILT_TRAIN};
    maker_init(&base);
    const char *folder = spoilt_write(&base);
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        char path[256];
        struct stat status;
        snprintf(path, sizeof(path), "%s/%s", folder, names[n]);
        assert_int_equal(stat(path, &status), 0);
        const long step = status.st_size / 40 + 1;
        for (long at = 0; at < status.st_size; at += step) {
            spoilt_flip_byte(folder, names[n], at);
            const verify_result result = spoilt_verify(&base, folder, true);
            assert_false(result.passed);
            spoilt_flip_byte(folder, names[n], at);
        }
    }
    assert_true(spoilt_verify(&base, folder, true).passed);
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        char path[256];
        folder = spoilt_write(&base);
        snprintf(path, sizeof(path), "%s/%s", folder, names[n]);
        assert_int_equal(truncate(path, 20), 0);
        assert_false(spoilt_verify(&base, folder, true).passed);
        assert_int_equal(truncate(path, 0), 0);
        assert_false(spoilt_verify(&base, folder, true).passed);
        assert_int_equal(unlink(path), 0);
        assert_false(spoilt_verify(&base, folder, true).passed);
    }
    verify_result result;
    assert_int_equal(verify_dataset("/no/such/folder", NULL, &result, NULL), 0);
    spoilt_expect(&result, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_MANIFEST, "manifest.json", 0, NULL);
}

static int cancel(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    assert_true(done <= total);
    return 1;
}

static bool underived(void *context, const verify_row *row)
{
    (void)context;
    return row->value_counts[RECORD_RISK_FACTORS] == 0;
}

static void test_hooks(void **state)
{
    (void)state;
    verify_result result;
    verify_options options = {.hooks = {.progress = cancel}};
    maker_init(&base);
    const char *folder = spoilt_write(&base);
    assert_int_equal(verify_dataset(folder, &options, &result, NULL), LETHE_E_BASE_CANCELLED);
    options.hooks = (verify_hooks){.derived = underived};
    assert_int_equal(verify_dataset(folder, &options, &result, NULL), 0);
    spoilt_expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, SPOILT_TEST, 0, "risk_factors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_valid_release_passes),
        cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_files_come_and_go),
        cmocka_unit_test(test_a_forged_manifest),
        cmocka_unit_test(test_no_content_in_a_result),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_hooks),
    };
    return cmocka_run_group_tests_name("verify/verify", tests, spoilt_set_up, spoilt_tear_down);
}
