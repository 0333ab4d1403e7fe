/* SPDX-License-Identifier: Apache-2.0 */
#include "table/csv_internal.h"

#define SNIFF_LINES 32

typedef struct sniffed {
    uint32_t first; /* separators in the first line */
    uint32_t alike; /* lines that have as many */
} sniffed;

static sniffed try_separator(base_span text, char separator)
{
    sniffed result = {0};
    uint32_t count = 0, lines = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.size && lines < SNIFF_LINES; i++) {
        const char c = text.data[i];
        if (c == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (c == separator)
            count++;
        if (c != '\n' && i + 1 != text.size)
            continue;
        if (lines == 0)
            result.first = count;
        result.alike += count == result.first;
        lines++;
        count = 0;
    }
    return result;
}

char csv_sniff(base_span text)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    char best = ',';
    sniffed most = {0};
    for (size_t i = 0; i < sizeof(candidates); i++) {
        const sniffed one = try_separator(text, candidates[i]);
        if (one.first == 0)
            continue;
        if (one.alike > most.alike || (one.alike == most.alike && one.first > most.first)) {
            most = one;
            best = candidates[i];
        }
    }
    return best;
}
