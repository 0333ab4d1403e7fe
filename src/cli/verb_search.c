/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <lethe/search.h>

#include <string.h>

#define SHARED_SHOWN 6

/* The value of a row's column, or "". */
static const char *value_of(const lethe_search_hit *hit, const char *column)
{
    const size_t size = strlen(column);
    for (size_t i = 0; i < hit->term_count; i++)
        if (strncmp(hit->terms[i], column, size) == 0 && hit->terms[i][size] == '=')
            return hit->terms[i] + size + 1;
    return "";
}

static void print_list(const char *name, const char *const *texts, size_t count)
{
    (void)printf(", \"%s\": [", name);
    for (size_t i = 0; i < count; i++) {
        if (i != 0)
            (void)printf(", ");
        cli_print_json_text(stdout, texts[i]);
    }
    (void)printf("]");
}

static void print_json_hit(const lethe_search_hit *hit, size_t rank)
{
    (void)printf("{\"rank\": %zu, \"anonymous_id\": ", rank);
    cli_print_json_text(stdout, hit->anonymous_id);
    (void)printf(", \"row_id\": ");
    cli_print_json_text(stdout, hit->row_id);
    (void)printf(", \"snapshot\": %u, \"similarity\": %.17g, \"age_group\": ", hit->snapshot, hit->similarity);
    cli_print_json_text(stdout, value_of(hit, "age_group"));
    (void)printf(", \"sex\": ");
    cli_print_json_text(stdout, value_of(hit, "sex"));
    print_list("shared", hit->shared, hit->shared_count);
    print_list("terms", hit->terms, hit->term_count);
    (void)printf("}");
}

static void print_json(const lethe_search_result *result)
{
    (void)printf("{\"weights\": {\"medical\": %g, \"demographic\": %g, \"temporal\": %g}", result->weights[0],
                 result->weights[1], result->weights[2]);
    (void)printf(", \"query\": [");
    for (size_t i = 0; i < result->term_count; i++) {
        (void)printf("%s{\"term\": ", i != 0 ? ", " : "");
        cli_print_json_text(stdout, result->terms[i]);
        (void)printf(", \"rows\": %llu}", (unsigned long long)result->term_rows[i]);
    }
    (void)printf("]");
    print_list("unknown_values", result->unknown, result->unknown_count);
    (void)printf(", \"rows\": %llu, \"scanned\": %llu, \"compared\": %llu, \"exact\": %s, \"hits\": [",
                 (unsigned long long)result->rows, (unsigned long long)result->scanned,
                 (unsigned long long)result->compared, result->proved ? "true" : "false");
    for (size_t i = 0; i < result->count; i++) {
        if (i != 0)
            (void)printf(", ");
        print_json_hit(&result->hits[i], i + 1);
    }
    (void)printf("]}\n");
}

/* A term without its column, where that says nothing more: what a person reads. */
static const char *short_of(const char *term)
{
    const char *mark = term + strcspn(term, "=~");
    return mark[0] == '\0' || (mark[1] >= '0' && mark[1] <= '9') ? term : mark + 1;
}

static void print_terms(const char *const *terms, size_t count, size_t most)
{
    for (size_t i = 0; i < count && i < most; i++)
        (void)printf("%s%s", i != 0 ? ", " : "", short_of(terms[i]));
    if (count > most)
        (void)printf(" and %zu more", count - most);
}

static void print_table(const lethe_search_result *result)
{
    size_t absent = 0; /* the rarest stand first */
    while (absent < result->term_count && result->term_rows[absent] == 0)
        absent++;
    (void)printf("Looked for: ");
    print_terms(result->terms + absent, result->term_count - absent, SIZE_MAX);
    (void)printf("%s\n", absent == result->term_count ? "nothing that a row here has" : "");
    if (absent != 0) {
        (void)printf("No row has, or the plan withholds: ");
        print_terms(result->terms, absent, SIZE_MAX);
        (void)printf("\n");
    }
    (void)printf("Among %llu rows; medical, demographic and temporal likeness count %g, %g, %g.\n\n",
                 (unsigned long long)result->rows, result->weights[0], result->weights[1], result->weights[2]);
    if (result->count == 0) {
        (void)printf("Nobody fits.\n");
        return;
    }
    (void)printf("%5s  %-31s  %-32s  %10s  %-7s  %-7s  %s\n", "rank", "patient", "visit", "similarity", "age", "sex",
                 "shares, rarest first");
    for (size_t i = 0; i < result->count; i++) {
        const lethe_search_hit *hit = &result->hits[i];
        (void)printf("%5zu  %-31s  %-32s  %10.4f  %-7s  %-7s  ", i + 1, hit->anonymous_id, hit->row_id, hit->similarity,
                     value_of(hit, "age_group"), value_of(hit, "sex"));
        print_terms(hit->shared, hit->shared_count, SHARED_SHOWN);
        (void)printf("\n");
    }
}

/* Beside the answer, also where that is JSON: nobody should take a misspelling for an empty group. */
static void warn_of(const lethe_search_result *result)
{
    for (size_t i = 0; i < result->unknown_count; i++)
        (void)fprintf(stderr, "lethe search: no row has %s: misspelt, or withheld here (vocabulary.json, plan.json)\n",
                      result->unknown[i]);
}

static int search(const cli_settings *settings, const cli_question *question, const lethe_search_query *query)
{
    lethe_error error = {0};
    lethe_index *index = NULL;
    lethe_search_result *result = NULL;
    int status = lethe_index_open(cli_text(settings, CLI_DATASET), &index, &error);
    if (status == 0)
        status = lethe_search(index, query, &result, &error);
    if (status != 0) {
        if (index != NULL)
            cli_question_blame(settings, question, &error);
        lethe_index_close(index);
        return cli_fail_alone(settings, &error);
    }
    if (cli_flag(settings, CLI_JSON))
        print_json(result);
    else
        print_table(result);
    (void)fflush(stdout);
    warn_of(result);
    lethe_search_free(result);
    lethe_index_close(index);
    return CLI_EXIT_DONE;
}

int cli_run_search(const cli_settings *settings)
{
    double weights[3];
    cli_question question = {0};
    const int refused = cli_question_read(settings, &question);
    if (refused != CLI_EXIT_DONE)
        return refused;
    const lethe_search_query query = {
        .size_bytes = sizeof(query),
        .id = cli_text(settings, CLI_ID),
        .profile = question.profile ? question.input : NULL,
        .profile_size = question.profile ? question.size : 0,
        .text = question.text ? question.input : NULL,
        .text_size = question.text ? question.size : 0,
        .where = settings->many,
        .where_count = settings->many_count,
        .weights = cli_three(settings, CLI_WEIGHTS, weights) ? weights : NULL,
        .top_k = (uint32_t)cli_number(settings, CLI_TOP_K),
        .rows = cli_flag(settings, CLI_ROWS),
        .include_own = cli_flag(settings, CLI_INCLUDE_OWN),
    };
    const int code = search(settings, &question, &query);
    cli_question_done(&question);
    return code;
}
