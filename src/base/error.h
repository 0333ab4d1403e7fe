/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <lethe/error.h>

#include <stdbool.h>
#include <stddef.h>

/* Fills `error` (may be NULL) for `code`, clears its place, and returns `code`: `return base_fail(error, LETHE_E_…)`.
 */
int base_fail(lethe_error *error, int code);

/* As base_fail, keeping errno of the system call that just failed. */
int base_fail_errno(lethe_error *error, int code);

/* As base_fail, with the byte offset of the trouble. */
int base_fail_at(lethe_error *error, int code, size_t byte);

/* Adds what an outer layer knows of the place; a place that an inner layer has set is kept. Names of files and schema
 * paths only, never input text. Longer names lose their beginning. */
void base_error_file(lethe_error *error, const char *file);
void base_error_line(lethe_error *error, int64_t line);
void base_error_path(lethe_error *error, const char *path);

/* The constant name and message of a code; "LETHE_E_UNKNOWN" for others. */
const char *base_error_name(int code);
const char *base_error_message(int code);

/* Forwards a failed status. The callee has filled the error. */
#define BASE_TRY(call)                                                                                                 \
    do {                                                                                                               \
        const int base_try_status = (call);                                                                            \
        if (base_try_status != 0)                                                                                      \
            return base_try_status;                                                                                    \
    } while (0)

#endif
