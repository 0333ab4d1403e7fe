/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_UTF8_H
#define TABLE_UTF8_H

#include "base/span.h"

/* Well-formed UTF-8 as in table 3-7 of the Unicode Standard: no surrogates, no overlong forms, none over U+10FFFF. */
bool table_utf8_valid(base_span text);

#endif
