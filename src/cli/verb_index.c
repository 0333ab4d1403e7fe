/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/search.h>

#include <string.h>

static int show_building(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "indexing", done, total);
}

static int show_checking(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "checking", done, total);
}

static int show_adding(void *context, uint64_t done, uint64_t total)
{
    return cli_bar_update(context, "comparing", done, total);
}

typedef enum index_word { BUILD, ADD, COMPACT, CHECK, WORD_COUNT } index_word;

static void print_json(const cli_settings *settings, const lethe_index_info *info, const lethe_index_changes *changes,
                       const lethe_error *error)
{
    (void)printf("{\"dataset\": ");
    cli_print_json_text(stdout, cli_text(settings, CLI_DATASET));
    if (error != NULL) {
        (void)printf(", \"error\": ");
        cli_print_json_error(stdout, CLI_INDEX, error);
    } else {
        (void)printf(", \"rows\": %llu, \"patients\": %llu, \"late_rows\": %llu, \"dead_rows\": %llu, \"generation\": "
                     "%llu, \"dimensions\": %u",
                     (unsigned long long)info->rows, (unsigned long long)info->patients,
                     (unsigned long long)info->late_rows, (unsigned long long)info->dead_rows,
                     (unsigned long long)info->generation, info->dimensions);
        if (changes != NULL)
            (void)printf(", \"rows_written\": %llu, \"rows_deleted\": %llu", (unsigned long long)changes->written,
                         (unsigned long long)changes->deleted);
    }
    (void)printf("}\n");
}

static void print_summary(index_word word, const lethe_index_info *info, const lethe_index_changes *changes)
{
    (void)printf("%llu rows of %llu people, generation %llu", (unsigned long long)info->rows,
                 (unsigned long long)info->patients, (unsigned long long)info->generation);
    if (word == CHECK)
        (void)printf(": the index holds what the Parquet files hold");
    if (word == ADD)
        (void)printf(": %llu written, %llu deleted, %llu as they were", (unsigned long long)changes->written,
                     (unsigned long long)changes->deleted, (unsigned long long)changes->same);
    (void)printf("\n");
    if (word == ADD && info->late_rows + info->dead_rows != 0)
        (void)printf("%llu rows are late and %llu deleted ones still take room until `lethe index compact`.\n",
                     (unsigned long long)info->late_rows, (unsigned long long)info->dead_rows);
}

static index_word word_of(const cli_settings *settings)
{
    static const char *const words[WORD_COUNT] = {"build", "add", "compact", "check"};
    int word = 0;
    while (word < WORD_COUNT && (settings->word_count != 1 || strcmp(settings->words[0], words[word]) != 0))
        word++;
    return (index_word)word;
}

static int change(index_word word, const char *dataset, cli_bar *bar, lethe_index_info *info,
                  lethe_index_changes *changes, lethe_error *error)
{
    lethe_index_options options = {sizeof(options), show_building, bar};
    switch (word) {
    case BUILD:
        return lethe_index_build(dataset, &options, info, error);
    case ADD:
        options.progress = show_adding;
        return lethe_index_add(dataset, &options, info, changes, error);
    case COMPACT:
        return lethe_index_compact(dataset, info, error);
    default:
        options.progress = show_checking;
        return lethe_index_check(dataset, &options, info, error);
    }
}

int cli_run_index(const cli_settings *settings)
{
    lethe_error error = {0};
    lethe_index_info info = {0};
    lethe_index_changes changes = {0};
    cli_bar bar;
    const index_word word = word_of(settings);
    if (word == WORD_COUNT)
        return cli_complain(settings, "build, add, compact or check");
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const int status = change(word, cli_text(settings, CLI_DATASET), &bar, &info, &changes, &error);
    cli_bar_clear(&bar);
    if (cli_flag(settings, CLI_JSON))
        print_json(settings, &info, word == ADD ? &changes : NULL, status != 0 ? &error : NULL);
    else if (status == 0)
        print_summary(word, &info, &changes);
    return status != 0 ? cli_fail(settings, &error) : CLI_EXIT_DONE;
}
