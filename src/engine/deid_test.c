/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/test.h"

#include <lethe/deid.h>
#include <lethe/keys.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[] = "/tmp/lethe-deid-XXXXXX", key[64], input[64], output[64];

static const char PATIENT[] =
    "{\"resourceType\":\"Patient\",\"id\":\"smith-1\",\"name\":[{\"family\":\"Smith\"}],\"gender\":"
    "\"male\",\"birthDate\":\"1970-02-03\"}";

static lethe_deid_options options_of(void)
{
    return (lethe_deid_options){.size_bytes = sizeof(lethe_deid_options), .key_file = key, .as_of = "2026-01-01"};
}

/* A resource in memory gives what a folder gives. */
static void test_memory(void **state)
{
    (void)state;
    lethe_deid_options options = options_of();
    lethe_deid_handle *handle = NULL;
    const char *text = NULL;
    size_t size = 0;
    lethe_error error;
    assert_int_equal(lethe_deid_open(&options, &handle, NULL), 0);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(lethe_deid_text(handle, PATIENT, sizeof(PATIENT) - 1, &text, &size, NULL), 0);
        assert_null(memmem(text, size, "mith", 4));
        assert_non_null(memmem(text, size, "\"gender\":\"male\"", 15));
        assert_int_equal(lethe_deid_text(handle, "{\"resourceType\":", 16, &text, &size, &error), LETHE_E_JSON_SYNTAX);
        assert_int_equal(lethe_deid_text(handle, "{\"a\":1}", 7, &text, &size, &error), LETHE_E_FHIR_SHAPE);
    }
    lethe_deid_close(handle);
    options.profile = "nothing";
    assert_int_equal(lethe_deid_open(&options, &handle, &error), LETHE_E_ENGINE_OPTION);
    assert_string_equal(error.path, "profile");
    lethe_deid_close(NULL);
}

static void write_input(int lines)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/Patient.ndjson", input);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    for (int i = 0; i < lines; i++)
        (void)fprintf(file,
                      "{\"resourceType\":\"Patient\",\"id\":\"p%d\",\"name\":[{\"family\":\"Smith%d\"}],"
                      "\"multipleBirthInteger\":%d}\n",
                      i, i, i);
    assert_int_equal(fclose(file), 0);
}

/* Many chunks, many threads: in the order of the input, each line once. */
static void test_order(void **state)
{
    (void)state;
    enum { LINES = 60000 };
    char path[160];
    static lethe_deid_result result;
    lethe_deid_options options = options_of();
    write_input(LINES);
    options.input = input;
    options.output = output;
    options.threads = 5;
    assert_int_equal(lethe_deid(&options, &result, NULL), 0);
    assert_int_equal(result.documents, LINES);
    assert_int_equal(result.resources, LINES);
    assert_int_equal(result.withheld, 0);
    (void)snprintf(path, sizeof(path), "%s/Patient.ndjson", output);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    static char line[4096];
    for (int i = 0; i < LINES; i++) {
        char wanted[64];
        (void)snprintf(wanted, sizeof(wanted), "\"multipleBirthInteger\":%d}", i);
        assert_non_null(fgets(line, sizeof(line), file));
        assert_non_null(strstr(line, wanted));
        assert_null(strstr(line, "Smith"));
    }
    assert_null(fgets(line, sizeof(line), file));
    (void)fclose(file);
    assert_int_equal(lethe_deid(&options, &result, NULL), LETHE_E_BASE_EXISTS);
}

static int cancel(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    (void)done;
    (void)total;
    return 1;
}

/* A run that is stopped leaves nothing. */
static void test_cancelled(void **state)
{
    (void)state;
    static lethe_deid_result result;
    char other[128];
    struct stat status;
    lethe_deid_options options = options_of();
    (void)snprintf(other, sizeof(other), "%s/other", home);
    options.input = input;
    options.output = other;
    options.threads = 3;
    options.progress = cancel;
    assert_int_equal(lethe_deid(&options, &result, NULL), LETHE_E_BASE_CANCELLED);
    assert_int_not_equal(stat(other, &status), 0);
}

static int count_row(void *context, const lethe_policy_row *row)
{
    unsigned *counts = context;
    assert_true(row->action[0] != '\0' && row->reason[0] != '\0');
    counts[0]++;
    counts[1] += strcmp(row->action, "redact") == 0;
    return 0;
}

static void test_explain(void **state)
{
    (void)state;
    unsigned counts[2] = {0};
    assert_int_equal(lethe_deid_explain(NULL, PATIENT, sizeof(PATIENT) - 1, count_row, counts, NULL), 0);
    assert_int_equal(counts[0], 5); /* id, name, name.family, gender, birthDate */
    assert_int_equal(counts[1], 2);
    assert_int_equal(lethe_policy_explain(NULL, NULL, count_row, counts, NULL), 0);
    assert_true(counts[0] > 7000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_explain),
    };
    if (mkdtemp(home) == NULL)
        return 1;
    (void)snprintf(key, sizeof(key), "%s/project.key", home);
    (void)snprintf(input, sizeof(input), "%s/in", home);
    (void)snprintf(output, sizeof(output), "%s/out", home);
    if (mkdir(input, 0700) != 0 || lethe_keys_new(key, NULL) != 0)
        return 1;
    const int failed = cmocka_run_group_tests_name("engine/deid", tests, NULL, NULL);
    base_folder_remove(home);
    return failed;
}
