/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "json/json.h"

#include <lethe/lethe.h>
#include <lethe/profile.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

/*
 * The limits and the short times that bench/run prints beside them:
 *
 *   speed-bench parse FILE…          simdjson's bare warm parse, a document a line: GB of text a second of processor
 *   speed-bench start N PROGRAM ARG… whole processes one after the other: p50 and p99 in ms, and of processor alone
 *   speed-bench profile N KEY FILE   profiles and emergency profiles in one process: p50 and p99 in ms of processor
 */
#define TURNS      3
#define TIMES_MAX  100000
#define FILE_MAX   ((size_t)4 << 30)
#define RECORD_MAX ((size_t)1 << 20)

extern char **environ;

static double seconds(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void print_times(const char *name, double *times, size_t count)
{
    qsort(times, count, sizeof(*times), by_size);
    printf("%s p50 %.3f p99 %.3f\n", name, times[count / 2] * 1e3, times[count - 1 - count / 100] * 1e3);
}

/* Lines of one file; returns how many bytes were JSON. */
static size_t parse_lines(json_parser *parser, base_span text)
{
    size_t bytes = 0;
    while (text.size != 0) {
        json_value root;
        const char *end = memchr(text.data, '\n', text.size);
        const size_t size = end != NULL ? (size_t)(end - text.data) : text.size;
        if (json_parse(parser, (base_span){text.data, size}, &root, NULL) == 0)
            bytes += size;
        text.data += end != NULL ? size + 1 : size;
        text.size -= end != NULL ? size + 1 : size;
    }
    return bytes;
}

static int bench_parse(char **files, int count)
{
    double best = 0;
    json_parser *parser = NULL;
    if (json_parser_new(FILE_MAX, JSON_DEPTH_MAX, &parser, NULL) != 0)
        return 1;
    for (int turn = 0; turn < TURNS; turn++) {
        double spent = 0;
        size_t bytes = 0;
        for (int i = 0; i < count; i++) {
            base_buf text;
            base_buf_init(&text, FILE_MAX);
            if (base_file_load(files[i], &text, NULL) != 0 || base_buf_reserve(&text, JSON_PADDING) != 0)
                return 1;
            const double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
            bytes += parse_lines(parser, base_buf_view(&text));
            spent += seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
            base_buf_done(&text);
        }
        if ((double)bytes / spent > best)
            best = (double)bytes / spent;
    }
    json_parser_free(parser);
    printf("parse %.3f\n", best / 1e9);
    return 0;
}

static int bench_start(size_t count, char **command)
{
    static double times[TIMES_MAX], spent[TIMES_MAX];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    for (size_t i = 0; i < count; i++) {
        pid_t child;
        int status = 0;
        struct rusage usage;
        const double begin = seconds(CLOCK_MONOTONIC);
        if (posix_spawnp(&child, command[0], &actions, NULL, command, environ) != 0)
            return 1;
        (void)wait4(child, &status, 0, &usage);
        times[i] = seconds(CLOCK_MONOTONIC) - begin;
        spent[i] = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
        if (status != 0)
            return 1;
    }
    posix_spawn_file_actions_destroy(&actions);
    print_times("start", times, count);
    print_times("processor", spent, count);
    return 0;
}

static int bench_profile(size_t count, const char *key, const char *file)
{
    static double times[2][TIMES_MAX];
    const lethe_engine_options options = {.size_bytes = sizeof(options), .key_file = key};
    lethe_engine *engine = NULL;
    base_buf record;
    base_buf_init(&record, RECORD_MAX);
    if (base_file_load(file, &record, NULL) != 0 || lethe_engine_open(&options, &engine, NULL) != 0)
        return 1;
    for (size_t i = 0; i < 2 * count; i++) {
        char *json = NULL;
        size_t size = 0;
        const double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
        const int status = i % 2 == 0
                               ? lethe_create_ml_profile(engine, record.data, record.size, &json, &size, NULL)
                               : lethe_create_emergency_profile(engine, record.data, record.size, &json, &size, NULL);
        times[i % 2][i / 2] = seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
        if (status != 0)
            return 1;
        lethe_free(json);
    }
    lethe_engine_close(engine);
    base_buf_done(&record);
    print_times("profile", times[0], count);
    print_times("emergency", times[1], count);
    return 0;
}

int main(int argc, char **argv)
{
    const size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    if (argc > 2 && strcmp(argv[1], "parse") == 0)
        return bench_parse(argv + 2, argc - 2);
    if (argc > 3 && strcmp(argv[1], "start") == 0 && count != 0 && count <= TIMES_MAX)
        return bench_start(count, argv + 3);
    if (argc == 5 && strcmp(argv[1], "profile") == 0 && count != 0 && count <= TIMES_MAX)
        return bench_profile(count, argv[3], argv[4]);
    (void)fprintf(stderr, "usage: speed-bench parse FILE… | start N PROGRAM ARG… | profile N KEY FILE\n");
    return 2;
}
