/* SPDX-License-Identifier: Apache-2.0 */
#include "json/parser.h"

#include <assert.h>

#define SLOT_COUNT (sizeof(((json_names *)0)->slots))

/* Length, first, middle and last byte tell FHIR's element names apart well enough; what collides is compared. */
static size_t slot_of(base_span key)
{
    const unsigned first = (unsigned char)key.data[0];
    const unsigned middle = (unsigned char)key.data[key.size / 2];
    const unsigned last = (unsigned char)key.data[key.size - 1];
    return (key.size * 7 + first * 31 + middle * 5 + last * 3) % SLOT_COUNT;
}

void json_names_init(json_names *names, const char *const *list, size_t count)
{
    assert(count <= JSON_NAMES_MAX);
    *names = (json_names){.names = list, .count = (uint8_t)count};
    for (size_t i = 0; i < count; i++) {
        const base_span name = base_span_of(list[i]);
        assert(name.size != 0 && name.size <= UINT8_MAX);
        size_t slot = slot_of(name);
        while (names->slots[slot] != 0)
            slot = (slot + 1) % SLOT_COUNT;
        names->slots[slot] = (uint8_t)(i + 1);
        names->sizes[i] = (uint8_t)name.size;
    }
}

/* Index of `key` or names->count. */
static size_t find_name(const json_names *names, base_span key)
{
    if (key.size == 0)
        return names->count;
    for (size_t slot = slot_of(key); names->slots[slot] != 0; slot = (slot + 1) % SLOT_COUNT) {
        const size_t i = names->slots[slot] - 1u;
        if (names->sizes[i] == key.size && memcmp(names->names[i], key.data, key.size) == 0)
            return i;
    }
    return names->count;
}

void json_pick(json_value object, const json_names *names, json_value *ret_values)
{
    memset(ret_values, 0, names->count * sizeof(*ret_values));
    if (!json_is(object, JSON_OBJECT))
        return;
    const json_parser *parser = object.parser;
    const uint64_t *words = parser->view.words;
    const uint32_t end = (uint32_t)words[object.at] - 1;
    for (uint32_t at = object.at + 1; at < end; at = tape_after(words, at + 1)) {
        const size_t i = find_name(names, tape_string(parser, words[at]));
        if (i < names->count && ret_values[i].parser == NULL)
            ret_values[i] = (json_value){.parser = parser, .at = at + 1};
    }
}
