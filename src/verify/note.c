/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/run.h"

#include <stdio.h>

static const char *const names[VERIFY_CHECK_COUNT] = {
    [VERIFY_CHECK_MANIFEST] = "manifest",   [VERIFY_CHECK_SIGNATURE] = "signature",
    [VERIFY_CHECK_SIGNER] = "signer",       [VERIFY_CHECK_FILES] = "files",
    [VERIFY_CHECK_CHECKSUMS] = "checksums", [VERIFY_CHECK_DOCUMENTS] = "documents",
    [VERIFY_CHECK_SCHEMA] = "schema",       [VERIFY_CHECK_ROWS] = "rows",
    [VERIFY_CHECK_SPLITS] = "splits",       [VERIFY_CHECK_VALUES] = "values",
    [VERIFY_CHECK_OUTCOMES] = "outcomes",   [VERIFY_CHECK_CLASSES] = "classes",
    [VERIFY_CHECK_SEQUENCES] = "sequences", [VERIFY_CHECK_ITEMS] = "items",
    [VERIFY_CHECK_SUPPORT] = "support",     [VERIFY_CHECK_COUNTS] = "counts",
    [VERIFY_CHECK_VECTORS] = "vectors",
};

const char *verify_check_name(verify_check check)
{
    return names[check];
}

void verify_note(verify_run *run, verify_check check, int code, const char *file, uint64_t row, const char *column)
{
    verify_outcome *outcome = &run->result->checks[check];
    outcome->state = VERIFY_FAILED;
    if (outcome->failures++ != 0)
        return;
    base_fail(&outcome->first, code);
    if (file != NULL)
        base_error_file(&outcome->first, file);
    if (row != 0)
        base_error_line(&outcome->first, (int64_t)row);
    if (column != NULL)
        base_error_path(&outcome->first, column);
}

void verify_note_error(verify_run *run, verify_check check, int code, const char *file, const lethe_error *cause)
{
    verify_outcome *outcome = &run->result->checks[check];
    const bool first = outcome->failures == 0;
    verify_note(run, check, code, file, 0, NULL);
    if (first && cause != NULL) {
        outcome->first.byte = cause->byte;
        outcome->first.system_errno = cause->system_errno;
    }
}

void verify_add_result(verify_run *run, const verify_result *later)
{
    for (int i = 0; i < VERIFY_CHECK_COUNT; i++) {
        const verify_outcome *from = &later->checks[i];
        verify_outcome *to = &run->result->checks[i];
        if (to->failures == 0 && from->failures != 0) {
            to->state = from->state;
            to->first = from->first;
        }
        to->failures += from->failures;
        to->counted += from->counted;
    }
}

void verify_counted(verify_run *run, verify_check check, uint64_t count)
{
    run->result->checks[check].counted += count;
}

void verify_settle(verify_run *run, verify_check check)
{
    if (run->result->checks[check].failures == 0)
        run->result->checks[check].state = VERIFY_PASSED;
}

void verify_note_ordinal(verify_run *run, verify_check check, int code, uint32_t ordinal, const char *column)
{
    const verify_file *found = NULL;
    for (size_t i = 0; i < run->manifest.file_count; i++) {
        const verify_file *file = &run->manifest.files[i];
        if (file->split >= 0 && file->first_row <= ordinal && (found == NULL || file->first_row >= found->first_row))
            found = file;
    }
    if (found == NULL)
        verify_note(run, check, code, NULL, 0, column);
    else
        verify_note(run, check, code, found->path, (uint64_t)(ordinal - found->first_row) + 1, column);
}

int verify_path(const verify_run *run, const char *name, char *ret_path, size_t size, lethe_error *error)
{
    const int written = snprintf(ret_path, size, "%s/%s", run->folder, name);
    return written > 0 && (size_t)written < size ? 0 : base_fail(error, LETHE_E_BASE_LIMIT);
}
