/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "cli/verbs.h"

#include <lethe/publish.h>

#include <string.h>

static int show_progress(void *context, lethe_publish_phase phase, uint64_t done, uint64_t total)
{
    static const char *const labels[] = {"proving", "sending", "checking"};
    return cli_bar_update(context, labels[phase], done, total);
}

static const char *const changes[] = {"none", "same", "created", "updated"};

static void print_member(const char *name, uint64_t value)
{
    (void)printf(", \"%s\": %llu", name, (unsigned long long)value);
}

static void print_text_member(const char *name, const char *value)
{
    (void)printf(", \"%s\": ", name);
    cli_print_json_text(stdout, value);
}

static bool is_objects(const char *target)
{
    return strncmp(target, "s3:", 3) == 0;
}

static void print_json(const cli_settings *settings, const char *target, const lethe_vector_load *load,
                       const lethe_error *error)
{
    const lethe_publish_result *r = &load->results;
    (void)printf("{\"target\": ");
    cli_print_json_text(stdout, target);
    print_text_member("release", r->release);
    print_text_member("location", r->location);
    print_text_member("key", r->key);
    print_text_member("table", r->table);
    print_text_member("table_change", changes[r->table_change]);
    print_member("partitions", r->partitions);
    print_member("files", r->files);
    print_member("bytes", r->bytes);
    print_member("files_sent", r->files_sent);
    print_member("bytes_sent", r->bytes_sent);
    print_member("files_there", r->files_there);
    print_member("files_found", r->files_found);
    print_member("parts_taken_up", r->parts_taken_up);
    print_member("removed", r->removed);
    print_member("vectors", r->vectors);
    print_member("vectors_sent", r->vectors_sent);
    print_member("vectors_acknowledged", r->vectors_acknowledged);
    print_member("vectors_counted", r->vectors_counted);
    print_member("vectors_sampled", r->vectors_sampled);
    if (!is_objects(target)) {
        print_member("vectors_indexed", load->vectors_indexed);
        (void)printf(", \"index_ready_for_similarity_search\": %s",
                     load->index_ready_for_similarity_search ? "true" : "false");
    }
    print_member("requests", r->requests);
    print_member("repeated", r->repeated);
    (void)printf(", \"seconds\": %.2f", r->seconds);
    if (error != NULL) {
        (void)printf(", \"error\": ");
        cli_print_json_error(stdout, settings->verb, error);
    }
    (void)printf("}\n");
}

static void print_summary(const cli_settings *settings, const lethe_publish_result *r)
{
    const bool dry = cli_flag(settings, CLI_DRY_RUN);
    if (settings->verb == CLI_UNPUBLISH) {
        (void)printf("%s %llu objects or rows of this dataset at %s.\n", dry ? "Would remove" : "Removed",
                     (unsigned long long)r->removed, r->location);
        return;
    }
    (void)printf("Release %s %s %s\n", r->release, dry ? "would be at" : "is at", r->location);
    if (r->files != 0)
        (void)printf("  %llu files, %llu bytes: %llu sent (%llu bytes), %llu there already, %llu found again\n",
                     (unsigned long long)r->files, (unsigned long long)r->bytes, (unsigned long long)r->files_sent,
                     (unsigned long long)r->bytes_sent, (unsigned long long)r->files_there,
                     (unsigned long long)r->files_found);
    if (r->vectors != 0)
        (void)printf("  %llu vectors: %llu sent, %llu acknowledged, %llu counted there, %llu read back and equal\n",
                     (unsigned long long)r->vectors, (unsigned long long)r->vectors_sent,
                     (unsigned long long)r->vectors_acknowledged, (unsigned long long)r->vectors_counted,
                     (unsigned long long)r->vectors_sampled);
    if (r->table[0] != '\0' && !dry)
        (void)printf("  table %s: %s, %llu partitions\n", r->table, changes[r->table_change],
                     (unsigned long long)r->partitions);
    if (r->removed != 0)
        (void)printf("  %llu objects or rows of other releases removed\n", (unsigned long long)r->removed);
    (void)printf("  %llu requests, %llu of them repeated, %.2f s\n", (unsigned long long)r->requests,
                 (unsigned long long)r->repeated, r->seconds);
}

static void print_publications(const cli_settings *settings, const lethe_publication *list, size_t count)
{
    static const char *const wholes[] = {"not asked", "not whole", "whole"};
    const bool json = cli_flag(settings, CLI_JSON);
    if (json)
        (void)printf("{\"publications\": [");
    for (size_t i = 0; i < count; i++) {
        const lethe_publication *one = &list[i];
        if (!json) {
            (void)printf("%s: %s, release %s%s, %llu of %llu found", one->target, wholes[one->whole + 1], one->release,
                         one->current ? "" : " (the dataset is another now)", (unsigned long long)one->found,
                         (unsigned long long)one->expected);
            if (one->whole < 0)
                (void)printf("; %s", one->trouble.name != NULL ? one->trouble.name : "");
            (void)printf("\n");
            continue;
        }
        (void)printf("%s{\"target\": ", i != 0 ? ", " : "");
        cli_print_json_text(stdout, one->target);
        print_text_member("layout", one->layout);
        print_text_member("table", one->table);
        print_text_member("release", one->release);
        print_member("expected", one->expected);
        print_member("found", one->found);
        (void)printf(", \"current\": %s, \"whole\": %s", one->current ? "true" : "false",
                     one->whole < 0    ? "null"
                     : one->whole == 0 ? "false"
                                       : "true");
        if (one->whole < 0) {
            (void)printf(", \"error\": ");
            cli_print_json_error(stdout, CLI_PUBLISH, &one->trouble);
        }
        (void)printf("}");
    }
    if (json)
        (void)printf("]}\n");
    else if (count == 0)
        (void)printf("Nothing of this dataset was published, as far as its run.json knows.\n");
}

static int status_of_all(const cli_settings *settings, const lethe_publish_options *options, cli_bar *bar)
{
    static lethe_publication list[LETHE_PUBLICATIONS_MAX];
    lethe_error error = {0};
    size_t count = 0;
    const int status = lethe_publish_status(options, list, LETHE_PUBLICATIONS_MAX, &count, &error);
    cli_bar_clear(bar);
    if (status != 0)
        return cli_fail_alone(settings, &error);
    print_publications(settings, list, count);
    for (size_t i = 0; i < count; i++)
        if (list[i].whole != 1)
            return CLI_EXIT_GATE;
    return CLI_EXIT_DONE;
}

/* The first line of the file that `lethe keys public` made; "" where there is none. */
static bool read_public_key(const char *path, char ret_key[128])
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    if (fgets(ret_key, 128, file) == NULL)
        ret_key[0] = '\0';
    const bool read = ferror(file) == 0;
    (void)fclose(file);
    ret_key[strcspn(ret_key, "\r\n")] = '\0';
    return read;
}

static int run(const cli_settings *settings, const char *target, const lethe_publish_options *options, cli_bar *bar)
{
    lethe_error error = {0};
    lethe_vector_load load = {0};
    const int status = settings->verb == CLI_UNPUBLISH ? lethe_unpublish(options, &load.results, &error)
                       : is_objects(target)            ? lethe_publish(options, &load.results, &error)
                                                       : lethe_load_to_vector_database(options, &load, &error);
    cli_bar_clear(bar);
    if (cli_flag(settings, CLI_JSON))
        print_json(settings, target, &load, status != 0 ? &error : NULL);
    else if (status == 0)
        print_summary(settings, &load.results);
    return status != 0 ? cli_fail(settings, &error) : CLI_EXIT_DONE;
}

int cli_run_publish(const cli_settings *settings)
{
    cli_bar bar;
    char key[128] = "";
    const char *key_file = cli_text(settings, CLI_PUBLIC_KEY);
    const char *target = cli_text(settings, settings->verb == CLI_PUBLISH ? CLI_TO : CLI_FROM);
    const bool status = cli_flag(settings, CLI_STATUS);
    if (settings->word_count != 1)
        return cli_complain(settings, "one dataset folder");
    if (target == NULL && !status)
        return cli_complain(settings, "--to TARGET is needed");
    if (key_file != NULL && !read_public_key(key_file, key))
        return cli_fail_read(settings, key_file);
    cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
    const lethe_publish_options options = {
        .size_bytes = sizeof(options),
        .dataset = settings->words[0],
        .target = target,
        .layout = cli_text(settings, CLI_LAYOUT),
        .glue = cli_text(settings, CLI_GLUE),
        .endpoint = cli_text(settings, CLI_ENDPOINT),
        .sse = cli_text(settings, CLI_SSE),
        .require_level = cli_text(settings, CLI_REQUIRE_LEVEL),
        .public_key = key_file != NULL ? key : NULL,
        .part_bytes = cli_number(settings, CLI_PART_SIZE),
        .flight = (uint32_t)cli_number(settings, CLI_FLIGHT),
        .threads = (uint32_t)cli_number(settings, CLI_THREADS),
        .replace = cli_flag(settings, CLI_REPLACE),
        .dry_run = cli_flag(settings, CLI_DRY_RUN),
        .insecure = cli_flag(settings, CLI_INSECURE),
        .progress = show_progress,
        .progress_context = &bar,
    };
    return status ? status_of_all(settings, &options, &bar) : run(settings, target, &options, &bar);
}

int cli_publish_all(const cli_settings *settings, const char *dataset)
{
    int code = CLI_EXIT_DONE;
    for (size_t i = 0; i < settings->many_count && code == CLI_EXIT_DONE; i++) {
        lethe_error error = {0};
        lethe_vector_load load = {0};
        cli_bar bar;
        cli_bar_init(&bar, cli_flag(settings, CLI_QUIET));
        const lethe_publish_options options = {
            .size_bytes = sizeof(options),
            .dataset = dataset,
            .target = settings->many[i],
            .glue = is_objects(settings->many[i]) ? cli_text(settings, CLI_GLUE) : NULL,
            .endpoint = cli_text(settings, CLI_ENDPOINT),
            .require_level = cli_text(settings, CLI_REQUIRE_LEVEL),
            .threads = (uint32_t)cli_number(settings, CLI_THREADS),
            .insecure = cli_flag(settings, CLI_INSECURE),
            .progress = show_progress,
            .progress_context = &bar,
        };
        const int status = is_objects(options.target) ? lethe_publish(&options, &load.results, &error)
                                                      : lethe_load_to_vector_database(&options, &load, &error);
        cli_bar_clear(&bar);
        if (status != 0)
            code = cli_fail(settings, &error);
        else if (!cli_flag(settings, CLI_JSON))
            print_summary(settings, &load.results);
    }
    return code;
}

int cli_run_unpublish(const cli_settings *settings)
{
    return cli_run_publish(settings);
}
