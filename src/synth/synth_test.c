/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/buf.h"
#include "base/hash.h"
#include "synth/synth.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYNTH_TEST_SUM 0x688d91902547730du

typedef struct files {
    base_buf bufs[SYNTH_TYPE_COUNT];
} files;

static int keep(void *context, synth_type type, base_span bytes, lethe_error *error)
{
    files *f = context;
    base_buf_span(&f->bufs[type], bytes);
    return base_buf_check(&f->bufs[type], error);
}

static void run(files *f, const synth_options *options)
{
    const synth_sink sink = {f, keep};
    assert_int_equal(synth_run(options, &sink, NULL), 0);
}

static void open_files(files *f)
{
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++)
        base_buf_init(&f->bufs[i], (size_t)1 << 30);
}

static void close_files(files *f)
{
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++)
        base_buf_done(&f->bufs[i]);
}

static void assert_same(const files *a, const files *b)
{
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++)
        assert_true(base_span_equal(base_buf_view(&a->bufs[i]), base_buf_view(&b->bufs[i])));
}

static synth_options small(synth_format format, synth_bytes bytes, uint64_t patients)
{
    synth_options options = synth_options_default();
    options.patients = patients;
    options.format = format;
    options.bytes = bytes;
    return options;
}

static void same_seed_same_bytes_any_partition(void **state)
{
    (void)state;
    for (int mode = 0; mode < 4; mode++) {
        synth_options options =
            small(mode & 1 ? SYNTH_BUNDLES : SYNTH_NDJSON, mode & 2 ? SYNTH_SYNTHEA_LIKE : SYNTH_COMPACT, 24);
        files whole, parts;
        open_files(&whole);
        open_files(&parts);
        run(&whole, &options);
        for (uint64_t first = 0; first < 24; first += 8) {
            options.first = first;
            options.patients = 8;
            run(&parts, &options);
        }
        assert_same(&whole, &parts);
        close_files(&whole);
        close_files(&parts);
    }
}

static void another_seed_is_another_population(void **state)
{
    (void)state;
    synth_options options = small(SYNTH_NDJSON, SYNTH_COMPACT, 3);
    files a, b;
    open_files(&a);
    open_files(&b);
    run(&a, &options);
    options.seed++;
    run(&b, &options);
    assert_false(base_span_equal(base_buf_view(&a.bufs[SYNTH_PATIENT]), base_buf_view(&b.bufs[SYNTH_PATIENT])));
    close_files(&a);
    close_files(&b);
}

/* The bytes themselves are promised: a machine or compiler that differs shows here. */
static void bytes_are_the_published_ones(void **state)
{
    (void)state;
    const synth_options options = small(SYNTH_NDJSON, SYNTH_SYNTHEA_LIKE, 50);
    files f;
    open_files(&f);
    run(&f, &options);
    const base_hash_key key = {1, 2};
    uint64_t sum = 0;
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++)
        sum = sum * 31 + base_hash(&key, base_buf_view(&f.bufs[i])).low;
    close_files(&f);
    if (sum != SYNTH_TEST_SUM)
        print_message("sum is 0x%016llx\n", (unsigned long long)sum);
    assert_true(sum == SYNTH_TEST_SUM);
}

static int run_program(char *const arguments[])
{
    extern char **environ;
    pid_t pid;
    int status = 0;
    if (posix_spawnp(&pid, arguments[0], NULL, NULL, arguments, environ) != 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool write_file(const char *folder, const char *name, base_span bytes)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s.ndjson", folder, name);
    FILE *out = fopen(path, "wb");
    if (out == NULL)
        return false;
    const bool whole = fwrite(bytes.data, 1, bytes.size, out) == bytes.size;
    return fclose(out) == 0 && whole;
}

static void check_with_python(const synth_options *options, const char *broken)
{
    char folder[] = "/tmp/lethe-synth-XXXXXX", script[512];
    assert_non_null(mkdtemp(folder));
    files f;
    open_files(&f);
    run(&f, options);
    bool written = true;
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++)
        if (f.bufs[i].size != 0)
            written &= write_file(folder, synth_type_name((synth_type)i), base_buf_view(&f.bufs[i]));
    close_files(&f);
    const char *source = getenv("LETHE_SOURCE");
    snprintf(script, sizeof(script), "%s/tools/synth/check.py", source != NULL ? source : ".");
    char *check[] = {"python3", script, folder, "--broken", (char *)(uintptr_t)broken, NULL};
    char *clean[] = {"rm", "-r", folder, NULL};
    const int status = run_program(check);
    assert_int_equal(run_program(clean), 0);
    assert_true(written);
    assert_int_equal(status, 0);
}

static void every_line_is_json_and_references_resolve(void **state)
{
    (void)state;
    char *probe[] = {"python3", "-c", "", NULL};
    if (run_program(probe) != 0) {
        print_message("no python3: not checked\n");
        skip();
    }
    synth_options options = small(SYNTH_NDJSON, SYNTH_COMPACT, 60);
    options.untidy_mille = 0;
    check_with_python(&options, "0");
    options = small(SYNTH_NDJSON, SYNTH_SYNTHEA_LIKE, 40);
    options.untidy_mille = 1000;
    check_with_python(&options, "60");
    options = small(SYNTH_BUNDLES, SYNTH_COMPACT, 30);
    check_with_python(&options, "0");
    options.bytes = SYNTH_SYNTHEA_LIKE;
    options.untidy_mille = 1000;
    check_with_python(&options, "0");
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    synth_state *made = NULL;
    synth_options options = synth_options_default();
    options.untidy_mille = 1001;
    assert_int_equal(synth_new(&options, &made, NULL), LETHE_E_SYNTH_OPTION);
    options = synth_options_default();
    options.as_of = 0;
    assert_int_equal(synth_new(&options, &made, NULL), LETHE_E_SYNTH_OPTION);
    assert_null(made);
    synth_free(NULL);
}

static int refuse(void *context, synth_type type, base_span bytes, lethe_error *error)
{
    (void)context, (void)type, (void)bytes;
    return base_fail(error, LETHE_E_BASE_IO);
}

static void a_failing_sink_stops_it(void **state)
{
    (void)state;
    const synth_options options = small(SYNTH_NDJSON, SYNTH_COMPACT, 2);
    const synth_sink sink = {NULL, refuse};
    assert_int_equal(synth_run(&options, &sink, NULL), LETHE_E_BASE_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_bytes_any_partition),
        cmocka_unit_test(another_seed_is_another_population),
        cmocka_unit_test(bytes_are_the_published_ones),
        cmocka_unit_test(every_line_is_json_and_references_resolve),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(a_failing_sink_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
