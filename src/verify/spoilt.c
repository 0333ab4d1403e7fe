/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/spoilt.h"

#include "base/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char work[64];
static unsigned made;

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

int spoilt_set_up(void **state)
{
    (void)state;
    /* many small folders, each synced: in memory where there is such a place */
    snprintf(work, sizeof(work), "%s/lethe-verify-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(work) == NULL;
}

int spoilt_tear_down(void **state)
{
    (void)state;
    return nftw(work, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *spoilt_write(const maker *m)
{
    static char folder[128];
    lethe_error error = {0};
    snprintf(folder, sizeof(folder), "%s/%u", work, made++);
    assert_int_equal(maker_write(m, folder, &error), 0);
    return folder;
}

verify_result spoilt_verify(const maker *m, const char *folder, bool with_key)
{
    verify_result result;
    lethe_error error = {0};
    uint8_t key[32];
    maker_public_key(m, key);
    verify_options options = {.public_key = with_key ? key : NULL, .hooks = {.encode = maker_encode}, .threads = 1};
    memset(&result, 0, sizeof(result));
    assert_int_equal(verify_dataset(folder, &options, &result, &error), 0);
    verify_result by_three = {0};
    options.threads = 3;
    assert_int_equal(verify_dataset(folder, &options, &by_three, &error), 0);
    for (int i = 0; i < VERIFY_CHECK_COUNT; i++) {
        assert_int_equal(by_three.checks[i].failures, result.checks[i].failures);
        assert_int_equal(by_three.checks[i].counted, result.checks[i].counted);
        assert_int_equal(by_three.checks[i].first.line, result.checks[i].first.line);
        assert_string_equal(by_three.checks[i].first.file, result.checks[i].first.file);
    }
    return result;
}

void spoilt_expect(const verify_result *result, verify_check check, int code, const char *file, int64_t row,
                   const char *column)
{
    const verify_outcome *outcome = &result->checks[check];
    assert_false(result->passed);
    if (outcome->state != VERIFY_FAILED || outcome->first.code != code)
        print_message("%s: state %d code %d %s:%ld %s\n", verify_check_name(check), outcome->state, outcome->first.code,
                      outcome->first.file, (long)outcome->first.line, outcome->first.path);
    assert_int_equal(outcome->state, VERIFY_FAILED);
    assert_int_equal(outcome->first.code, code);
    if (file != NULL)
        assert_string_equal(outcome->first.file, file);
    if (row != 0)
        assert_int_equal(outcome->first.line, row);
    if (column != NULL)
        assert_string_equal(outcome->first.path, column);
}

void spoilt_expect_only(const verify_result *result, verify_check check)
{
    for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++)
        if (i != (size_t)check)
            assert_true(result->checks[i].state == VERIFY_PASSED || result->checks[i].state == VERIFY_OPEN);
}

maker_row *spoilt_row(maker *m, int split, size_t number)
{
    for (size_t i = 0; i < m->row_count; i++)
        if (m->rows[i].split == split && number-- == 0)
            return &m->rows[i];
    return NULL;
}

void spoilt_flip_byte(const char *folder, const char *name, long at)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    const int byte = fgetc(file);
    assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
    assert_int_equal(fputc(byte ^ 0x10, file), byte ^ 0x10);
    assert_int_equal(fclose(file), 0);
}

void spoilt_put_file(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

void spoilt_put_folder(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}
