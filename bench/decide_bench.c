/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/decide.h"
#include "privacy/test_people.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

/*
 * DECIDE on a random population: decide_bench [people] [rows at most] [threads] [visits] [k].
 * The limit: 10^5 people with 10 visits on two cores within 60 s.
 */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint32_t argument(int argc, char **argv, int at, uint32_t otherwise)
{
    return argc > at ? (uint32_t)strtoul(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    const uint32_t people = argument(argc, argv, 1, 100000), rows_max = argument(argc, argv, 2, 10);
    privacy_decide_options options;
    privacy_decide_options_init(&options);
    options.threads = argument(argc, argv, 3, 2);
    options.visits = argument(argc, argv, 4, 2);
    options.k = argument(argc, argv, 5, 5);

    static privacy_hierarchies hierarchies;
    privacy_signatures set;
    lethe_error error;
    test_random random = {7};
    int status = privacy_hierarchies_init(&hierarchies, test_exposures, TEST_EXPOSURES, &error);
    privacy_signatures_init(&set);
    for (uint32_t i = 0; i < people && status == 0; i++) {
        record_tuple tuples[PRIVACY_PATIENT_ROWS_MAX];
        size_t rows = 0;
        while (rows < rows_max) /* everyone has all the rows: the hard case */
            rows = test_patient(&random, 22, rows_max, tuples);
        status = privacy_signatures_add(&set, tuples, rows, 1, &error);
    }
    const double start = now();
    if (status == 0)
        status = privacy_signatures_seal(&set, &error);
    privacy_plan plan = {.gone = NULL};
    privacy_decide_effort effort = {0};
    if (status == 0)
        status = privacy_decide(&set, &hierarchies, &options, &plan, &effort, &error);
    const double end = now();
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (status != 0)
        printf("failed: %s %s\n", error.name, error.path);
    const double processor = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
    printf("%u people, %llu rows, %zu signatures: decide %.2f s, %.2f s of processor on %u threads: %.2f s each (limit "
           "60 s: %.2f), %ld MB\n",
           people, (unsigned long long)plan.rows, set.count, end - start, processor, options.threads,
           processor / options.threads, processor / options.threads / 60, usage.ru_maxrss / 1024);
    printf("nodes %u, tried %u, finished %u; rows kept %.4f, information kept %.4f, levels", effort.nodes, effort.tried,
           effort.finished, 1 - (double)plan.rows_gone / (double)(plan.rows != 0 ? plan.rows : 1), 1 - plan.loss);
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        printf(" %u", plan.node.level[qi]);
    printf("\n");
    privacy_plan_done(&plan);
    privacy_signatures_done(&set);
    return status;
}
