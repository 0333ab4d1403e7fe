/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "embed/model_internal.h"

/*
 * Signed feature hashing with two probes (Weinberger et al., "Feature hashing for large scale multitask learning",
 * 2009, for the signs): two items meet on both axes with probability 2/size², on one with about 4/size and then by
 * half. The key is published and part of the model: these hashes hide nothing, they only have to be the same
 * everywhere.
 */
static const base_hash_key probe_key = {0x6c657468652d6c65ULL, 0x786963616c2d3031ULL};

void embed_probe_hash(const char *tag, base_span name, uint16_t at, uint16_t size, int amplitude,
                      embed_probe ret_probes[2])
{
    const base_hash128 hash = base_hash_pair(&probe_key, base_span_of(tag), name);
    const uint16_t first = (uint16_t)((hash.high >> 8) % size);
    const uint16_t step = (uint16_t)(1 + (hash.low >> 8) % (size - 1u)); /* the second axis is another one */
    const int part = amplitude * 7071 / 10000;                           /* 1/√2: the pair has the item's length */

    ret_probes[0].axis = (uint16_t)(at + first);
    ret_probes[0].amplitude = (int16_t)((hash.high & 1) != 0 ? part : -part);
    ret_probes[1].axis = (uint16_t)(at + (first + step) % size);
    ret_probes[1].amplitude = (int16_t)((hash.low & 1) != 0 ? part : -part);
}

static bool says_nothing(base_span word)
{
    static const char *const words[] = {"a",  "and", "at",    "by",  "for", "in",          "no",   "not",    "of",
                                        "on", "or",  "other", "the", "to",  "unspecified", "with", "without"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (base_span_is(word, words[i]))
            return true;
    return word.size == 0;
}

bool embed_next_word(base_span *rest, base_span *ret_word)
{
    while (rest->size != 0) {
        size_t end = 0;
        while (end < rest->size && rest->data[end] != '_')
            end++;
        const base_span word = {rest->data, end};
        const size_t eaten = end < rest->size ? end + 1 : end;
        rest->data += eaten;
        rest->size -= eaten;
        if (!says_nothing(word)) {
            *ret_word = word;
            return true;
        }
    }
    return false;
}
