/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

#define BASE_UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Bytes of the well-formed UTF-8 character at `text` (table 3-7 of the Unicode Standard: no surrogates, no overlong
 * forms, none over U+10FFFF), or 0. Looks at no byte beyond `left`, nor beyond a NUL. */
size_t base_utf8_size(const char *text, size_t left);

#endif
