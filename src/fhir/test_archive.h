/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_TEST_ARCHIVE_H
#define FHIR_TEST_ARCHIVE_H

#include "base/span.h"

/* For tests on reference data: the files of data/<name> (a .tar.zst) where the shared folder is there. The text has
 * JSON_PADDING bytes behind it. Returns how many files were visited, -1 where the archive is absent. */
typedef void (*test_archive_visit)(void *context, const char *name, base_span text);
long test_archive(const char *name, test_archive_visit visit, void *context);

/* The text of data/<name>, NULL where it is absent; freed by the caller. */
char *test_shared_file(const char *name, size_t *ret_size);
const char *test_shared(void); /* the shared folder, or NULL */

#endif
