/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

typedef struct sip_state {
    uint64_t v0, v1, v2, v3;
    uint64_t pending; /* bytes that do not fill a word yet */
    uint64_t length;
} sip_state;

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

static inline void sip_round(sip_state *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(sip_state *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    sip_round(s);
    s->v0 ^= word;
}

static void sip_bytes(sip_state *s, base_span bytes)
{
    size_t at = 0;
    while (at < bytes.size) {
        if ((s->length & 7) == 0 && bytes.size - at >= 8) {
            uint64_t word;
            memcpy(&word, bytes.data + at, 8);
            sip_word(s, word); /* x86-64 and aarch64 are little endian; base/hash_test.c checks the published vectors */
            at += 8;
            s->length += 8;
            continue;
        }
        s->pending |= (uint64_t)(uint8_t)bytes.data[at++] << (8 * (s->length & 7));
        if ((++s->length & 7) == 0) {
            sip_word(s, s->pending);
            s->pending = 0;
        }
    }
}

static sip_state sip_begin(const base_hash_key *key)
{
    return (sip_state){
        .v0 = key->k0 ^ 0x736f6d6570736575ULL,
        .v1 = key->k1 ^ 0x646f72616e646f6dULL ^ 0xee,
        .v2 = key->k0 ^ 0x6c7967656e657261ULL,
        .v3 = key->k1 ^ 0x7465646279746573ULL,
    };
}

static base_hash128 sip_end(sip_state *s)
{
    sip_word(s, s->pending | (s->length << 56));
    s->v2 ^= 0xee;
    for (int i = 0; i < 4; i++)
        sip_round(s);
    const uint64_t first = s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
    s->v1 ^= 0xdd;
    for (int i = 0; i < 4; i++)
        sip_round(s);
    return (base_hash128){.high = s->v0 ^ s->v1 ^ s->v2 ^ s->v3, .low = first};
}

base_hash128 base_hash(const base_hash_key *key, base_span bytes)
{
    sip_state state = sip_begin(key);
    sip_bytes(&state, bytes);
    return sip_end(&state);
}

base_hash128 base_hash_pair(const base_hash_key *key, base_span first, base_span second)
{
    const uint64_t boundary = first.size;
    sip_state state = sip_begin(key);
    sip_bytes(&state, (base_span){(const char *)&boundary, sizeof(boundary)});
    sip_bytes(&state, first);
    sip_bytes(&state, second);
    return sip_end(&state);
}
