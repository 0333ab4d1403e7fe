/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json.h"

#include "base/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * nst/JSONTestSuite, where the reference data lies beside the source tree: y_ files must be accepted, n_ files refused,
 * i_ files must only not crash. LETHE_SHARED names the folder of reference data; otherwise ../shared beside the source.
 */
#define FILE_BYTES_MAX ((size_t)1 << 20)

static json_parser *parser;
static char folder[4096];

static DIR *open_suite(void)
{
    const char *shared = getenv("LETHE_SHARED");
    const char *source = getenv("LETHE_SOURCE");
    if (shared != NULL)
        (void)snprintf(folder, sizeof(folder), "%s/data/json/test_parsing", shared);
    else
        (void)snprintf(folder, sizeof(folder), "%s/../shared/data/json/test_parsing", source != NULL ? source : ".");
    return opendir(folder);
}

static int status_of(const char *name)
{
    static char bytes[FILE_BYTES_MAX + JSON_PADDING];
    char path[sizeof(folder) + 256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, FILE_BYTES_MAX, file);
    (void)fclose(file);
    json_value root;
    return json_parse(parser, (base_span){bytes, size}, &root, NULL);
}

static void test_suite(void **state)
{
    (void)state;
    int accepted = 0, refused = 0;
    DIR *suite = open_suite();
    if (suite == NULL) {
        print_message("JSONTestSuite is not there: skipped\n");
        skip();
    }
    for (const struct dirent *entry; (entry = readdir(suite)) != NULL;) {
        if (strstr(entry->d_name, ".json") == NULL)
            continue;
        const int status = status_of(entry->d_name);
        const bool wrong = (entry->d_name[0] == 'y' && status != 0) || (entry->d_name[0] == 'n' && status == 0);
        if (wrong)
            print_error("%s: status %d\n", entry->d_name, status);
        assert_false(wrong);
        accepted += entry->d_name[0] == 'y';
        refused += entry->d_name[0] == 'n';
    }
    (void)closedir(suite);
    print_message("JSONTestSuite: %d accepted, %d refused\n", accepted, refused);
    assert_int_equal(accepted, 95);
    assert_int_equal(refused, 188);
}

static int set_up(void **state)
{
    (void)state;
    return json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    json_parser_free(parser);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_suite)};
    return cmocka_run_group_tests_name("json/conformance", tests, set_up, tear_down);
}
