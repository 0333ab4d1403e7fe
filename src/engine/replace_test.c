/* SPDX-License-Identifier: Apache-2.0 */
/* A folder that takes the place of another, with and without a file system that exchanges names. */
#include "engine/replace.h"

#include "base/test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[64];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(home, sizeof(home), "/tmp/lethe-replace-XXXXXX");
    return mkdtemp(home) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    base_folder_remove(home);
    return 0;
}

static const char *in(const char *name, char path[256])
{
    (void)snprintf(path, 256, "%s/%s", home, name);
    return path;
}

/* A folder with one file of one letter. */
static void put(const char *name, char letter)
{
    char path[256], file[300];
    assert_int_equal(mkdir(in(name, path), 0750), 0);
    (void)snprintf(file, sizeof(file), "%s/letter", path);
    FILE *stream = fopen(file, "we");
    assert_non_null(stream);
    (void)fputc(letter, stream);
    assert_int_equal(fclose(stream), 0);
}

static int letter_of(const char *name)
{
    char path[256], file[300];
    (void)snprintf(file, sizeof(file), "%s/letter", in(name, path));
    FILE *stream = fopen(file, "re");
    const int letter = stream != NULL ? fgetc(stream) : 0;
    if (stream != NULL)
        (void)fclose(stream);
    return letter;
}

static bool is_there(const char *name)
{
    char path[256];
    return access(in(name, path), F_OK) == 0;
}

static void replace_with(char letter, bool plain)
{
    engine_replace *replace = calloc(1, sizeof(*replace));
    char path[256], leftover[BASE_PATH_MAX];
    struct stat status;
    assert_int_equal(engine_replace_begin(in("d", path), replace, leftover, NULL), 0);
    assert_string_equal(leftover, "");
    replace->plain = plain;
    assert_int_equal(engine_replace_make(replace, NULL), 0);
    assert_int_equal(base_folder_write(&replace->folder, "letter", (base_span){&letter, 1}, NULL), 0);
    assert_int_equal(engine_replace_commit(replace, NULL), 0);
    engine_replace_done(replace);
    assert_int_equal(letter_of("d"), letter);
    assert_int_equal(stat(in("d", path), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0750);
    assert_false(is_there(".d.erasing") || is_there(".d.erased"));
    free(replace);
}

static void test_replaced(void **state)
{
    (void)state;
    put("d", 'a');
    replace_with('b', false);
    replace_with('c', true);
}

/* Given up: the old one, and nothing beside it. */
static void test_given_up(void **state)
{
    (void)state;
    engine_replace *replace = calloc(1, sizeof(*replace)), *other = calloc(1, sizeof(*other));
    char path[256], link[256], leftover[BASE_PATH_MAX];
    put("d", 'a');
    assert_int_equal(symlink("d", in("link", link)), 0);
    assert_int_equal(engine_replace_begin(link, replace, leftover, NULL), 0);
    assert_int_equal(engine_replace_begin(in("d", path), other, leftover, NULL), LETHE_E_ENGINE_LOCKED);
    engine_replace_done(other);
    assert_int_equal(engine_replace_make(replace, NULL), 0);
    assert_true(is_there(".d.erasing"));
    engine_replace_done(replace);
    assert_false(is_there(".d.erasing"));
    assert_int_equal(letter_of("d"), 'a');
    assert_int_equal(engine_replace_begin(in("nothing", path), other, leftover, NULL), LETHE_E_BASE_NOT_FOUND);
    engine_replace_done(other);
    free(replace);
    free(other);
}

/* begins: which folder is then there, and what is named as left over. */
static void expect_begun(int letter, const char *wanted)
{
    engine_replace *replace = calloc(1, sizeof(*replace));
    char path[256], leftover[BASE_PATH_MAX];
    assert_int_equal(engine_replace_begin(in("d", path), replace, leftover, NULL), 0);
    assert_string_equal(leftover, wanted[0] != '\0' ? in(wanted, path) : "");
    assert_int_equal(letter_of("d"), letter);
    assert_int_equal(engine_replace_clean(replace, NULL), 0);
    assert_false(is_there(".d.erasing") || is_there(".d.erased"));
    engine_replace_done(replace);
    free(replace);
}

static void test_interrupted(void **state)
{
    (void)state;
    put("d", 'a');
    put(".d.erasing", 'b'); /* in the making, or the old one after the exchange */
    expect_begun('a', ".d.erasing");
    put(".d.erased", 'o'); /* after two renames */
    expect_begun('a', ".d.erased");
    char path[256];
    base_folder_remove(in("d", path));
    put(".d.erased", 'o'); /* between them: the new one was whole */
    put(".d.erasing", 'n');
    expect_begun('n', ".d.erased");
    base_folder_remove(in("d", path));
    put(".d.erased", 'o');
    expect_begun('o', "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_interrupted, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("engine/replace", tests, NULL, NULL);
}
