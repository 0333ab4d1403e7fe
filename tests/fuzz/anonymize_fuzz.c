/* SPDX-License-Identifier: Apache-2.0 */
/* A specification of lethe anonymize from any bytes, and the work that it asks for on a small table. */
#include "engine/anonymize.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char table[] = "name,age,zip,sex,disease,in\n"
                            "Ann,34,81667,female,flu,1\nBob,45,81675,male,flu,1\nCyd,66,81925,male,cold,0\n"
                            "Dan,70,81931,female,cold,1\nEve,34,81931,female,gout,1\nFay,,81931,male,gout,0\n";

static const char *table_path(void)
{
    static char path[] = "/tmp/anonymize-fuzz-XXXXXX";
    static bool made;
    if (!made) {
        const int file = mkstemp(path);
        assert(file >= 0 && write(file, table, sizeof(table) - 1) == (ssize_t)(sizeof(table) - 1));
        (void)close(file);
        made = true;
    }
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lethe_error error = {0};
    lethe_anonymize_result *result = NULL;
    const lethe_anonymize_options options = {
        .size_bytes = sizeof(options),
        .input = table_path(),
        .spec = (const char *)data,
        .spec_size = size,
        .spec_folder = "/nonexistent", /* a specification of a stranger names no file of ours */
        .seconds = 0.2,
        .runners = 2,
    };
    const int status = lethe_anonymize(&options, &result, &error);
    assert(status == 0 || status == error.code);
    if (status == 0) {
        assert(result->released_rows + result->withheld_rows <= result->input_rows);
        assert(!result->proved || result->bound <= result->plan.score * (1 + 1e-9) + 1e-9);
        lethe_anonymize_free(result);
    }
    return 0;
}
