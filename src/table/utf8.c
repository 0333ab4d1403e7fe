/* SPDX-License-Identifier: Apache-2.0 */
#include "table/utf8.h"

#include "base/utf8.h"

#include <stdint.h>

bool table_utf8_valid(base_span text)
{
    const char *bytes = text.data;
    size_t at = 0;
    while (at < text.size) {
        uint64_t word;
        if (text.size - at >= sizeof(word)) { /* nearly everything is ASCII */
            memcpy(&word, bytes + at, sizeof(word));
            if ((word & 0x8080808080808080ULL) == 0) {
                at += sizeof(word);
                continue;
            }
        }
        const size_t length = base_utf8_size(bytes + at, text.size - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}
