/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/run.h"

#define RUN_BYTES_MAX ((size_t)512 << 20)

static int run_checks(verify_run *run, lethe_error *error)
{
    bool usable;
    BASE_TRY(json_parser_new(VERIFY_DOCUMENT_MAX, 32, &run->parser, error));
    BASE_TRY(verify_read_manifest(run, &usable, error));
    if (!usable)
        return 0;
    BASE_TRY(verify_check_signature(run, error));
    BASE_TRY(verify_check_files(run, error));
    BASE_TRY(verify_read_documents(run, &usable, error));
    if (!usable)
        return 0; /* without the vocabulary and the plan no row means anything */
    BASE_TRY(verify_check_rows(run, error));
    BASE_TRY(verify_check_counts(run, error));
    return verify_check_support(run, error);
}

static bool all_passed(const verify_result *result)
{
    for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++)
        if (result->checks[i].state != VERIFY_PASSED && result->checks[i].state != VERIFY_OPEN)
            return false;
    return true;
}

int verify_dataset(const char *folder, const verify_options *options, verify_result *ret_result, lethe_error *error)
{
    verify_result result = {0};
    verify_run run = {.folder = folder, .result = &result};
    if (options != NULL)
        run.options = *options;
    base_arena_init(&run.arena, RUN_BYTES_MAX);
    base_buf_init(&run.manifest_bytes, 0);
    const int status = run_checks(&run, error);
    verify_counts_done(&run.counts);
    verify_strings_done(&run.vocabulary.names);
    base_buf_done(&run.manifest_bytes);
    json_parser_free(run.parser);
    base_arena_done(&run.arena);
    BASE_TRY(status);
    result.passed = all_passed(&result);
    *ret_result = result;
    return 0;
}
