/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_SPOILT_H
#define VERIFY_SPOILT_H

#include "verify/dataset_maker.h"

/* For tests: releases in a folder of the test's own, spoilt, verified, and what is said of them compared. */
#define SPOILT_TRAIN      "profiles/split=train/part-00000.parquet"
#define SPOILT_VALIDATION "profiles/split=validation/part-00000.parquet"
#define SPOILT_TEST       "profiles/split=test/part-00000.parquet"

int spoilt_set_up(void **state);
int spoilt_tear_down(void **state);

/* Writes the release and returns its folder (static). */
const char *spoilt_write(const maker *m);
verify_result spoilt_verify(const maker *m, const char *folder, bool with_key);

/* The check fails with that code, first in that file, row and column. NULL and 0: any. */
void spoilt_expect(const verify_result *result, verify_check check, int code, const char *file, int64_t row,
                   const char *column);
/* No other check fails. */
void spoilt_expect_only(const verify_result *result, verify_check check);

/* Row `number` (from 0) of a split. */
maker_row *spoilt_row(maker *m, int split, size_t number);
void spoilt_flip_byte(const char *folder, const char *name, long at); /* negative: from the end */
void spoilt_put_file(const char *folder, const char *name);
void spoilt_put_folder(const char *folder, const char *name);

#endif
