/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_COVER_H
#define PRIVACY_COVER_H

#include "base/span.h"

#include <stdint.h>

/* A decimal number in millionths; further digits are cut towards minus infinity. At most nine millions of millions. */
bool privacy_number(base_span text, int64_t *ret_number);

/*
 * What a released value says of the true one, from its text alone, so that an attacker can compare the two:
 *
 *   35-39, 35 .. 39      whole numbers, both ends included       [35, 40[ [35, 40) [35, 40]   intervals
 *   <18  <=18  >65  >=65  65+                                    1234**                       a beginning, and a length
 *
 * `*` alone says nothing and is no cover; nor is a name ("Higher education").
 */
typedef struct privacy_cover {
    bool text;         /* else numbers from low up to and without high */
    int64_t low, high; /* in millionths; INT64_MIN, INT64_MAX: open */
    base_span start;   /* borrowed */
    size_t length;     /* bytes of the whole */
} privacy_cover;

bool privacy_cover_read(base_span released, privacy_cover *ret_cover);
bool privacy_cover_holds(const privacy_cover *cover, base_span truth);

/* Of two covers of one value the narrower one: what a release with several levels says of it. */
bool privacy_cover_narrower(const privacy_cover *a, const privacy_cover *b);

#endif
