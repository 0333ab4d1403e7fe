/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/test_lists.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

/* The list rule on random lists: lists_bench [people] [attacker items] [k] [categories] [concepts each] [outcomes]
 * [burden]: the last multiplies how much people have. Random lists are the hard case: real diseases come together. */
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
    static test_vocabulary vocabulary;
    test_lists lists;
    privacy_list_result result;
    lethe_error error;
    const uint32_t people = argument(argc, argv, 1, 2000);
    privacy_list_options options = {.attacker_items = argument(argc, argv, 2, 2), .k = argument(argc, argv, 3, 5)};
    test_vocabulary_init(&vocabulary, argument(argc, argv, 4, 90), argument(argc, argv, 5, 4),
                         argument(argc, argv, 6, 30));
    test_lists_make(&lists, &vocabulary, people, argument(argc, argv, 7, 1), 7);
    const privacy_lists view = {vocabulary.items, vocabulary.count, lists.list, lists.offset, lists.count};
    const double start = now();
    const int status = privacy_lists_decide(&view, &options, &result, &error);
    const double end = now();
    if (status != 0) {
        printf("failed: %s %s\n", error.name, error.path);
        return status;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%u people, %.1f items each, %u items: %.2f s, %ld MB\n", people, (double)lists.offset[people] / people,
           vocabulary.count, end - start, usage.ru_maxrss / 1024);
    const char *const names[] = {"categories", "concepts", "outcomes"};
    const int columns[] = {0, 1, RECORD_OUTCOMES};
    for (int i = 0; i < 3; i++)
        printf("%s kept %.4f of %llu\n", names[i],
               (double)result.after[columns[i]] /
                   (double)(result.before[columns[i]] != 0 ? result.before[columns[i]] : 1),
               (unsigned long long)result.before[columns[i]]);
    privacy_list_result_done(&result);
    test_lists_done(&lists);
    return 0;
}
