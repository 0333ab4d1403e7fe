/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_CHECK_H
#define VECTOR_CHECK_H

#include "vector/index.h"

/*
 * Whether an index is whole: every checksum, every offset and number, codes against the vectors they stand for, bitmaps
 * and lists against the rows' own terms, the log's commits. LETHE_E_VECTOR_DAMAGED with the section as the error's
 * path.
 */
int vector_check(const char *folder, vector_info *ret_info, lethe_error *error);

#endif
