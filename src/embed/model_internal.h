/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMBED_MODEL_INTERNAL_H
#define EMBED_MODEL_INTERNAL_H

#include "base/arena.h"
#include "embed/model.h"

/*
 * Amplitudes are integers: EMBED_UNIT is 1. They are added in int32, so no order of items matters; a row of
 * RECORD_ROW_ITEMS_MAX items of four probes each of at most 2 units stays far below 2^31.
 */
#define EMBED_UNIT            10000
#define EMBED_DECAY_PERCENT   40 /* of a category beside its concepts */
#define EMBED_DERIVED_PERCENT 30 /* of a risk factor: it repeats what the row says */
#define EMBED_WORD_PERCENT    12 /* of a word of the enhanced text */

typedef struct embed_probe {
    uint16_t axis;
    int16_t amplitude;
} embed_probe;

#define EMBED_WORDS_MAX  16 /* of one item's name */
#define EMBED_PROBES_MAX (2 + 2 * EMBED_WORDS_MAX)

/* What one item adds: itself, then the words that it puts into the enhanced text. */
typedef struct embed_entry {
    const char *name;
    const embed_probe *probes; /* NULL until the model is prepared */
    uint16_t own_count, count;
    record_item parent;
    uint8_t column, weight;
    int16_t axis; /* its own, or -1 */
} embed_entry;

struct embed_model {
    base_arena arena;
    embed_entry *entries;
    size_t count;
    char id[sizeof(EMBED_MODEL_NAME) + 1 + EMBED_VERSION_MAX];
};

/* A set of items, on the stack. */
typedef struct embed_set {
    uint64_t bits[RECORD_ITEM_MAX / 64];
} embed_set;

static inline void embed_set_add(embed_set *set, record_item item)
{
    set->bits[item / 64] |= (uint64_t)1 << (item % 64);
}

static inline bool embed_set_has(const embed_set *set, record_item item)
{
    return (set->bits[item / 64] >> (item % 64)) & 1;
}

/* Two axes out of [at, at + size) with their signs, from the published hash of a tag and a name (embed/probe.c). */
void embed_probe_hash(const char *tag, base_span name, uint16_t at, uint16_t size, int amplitude,
                      embed_probe ret_probes[2]);

/* Fills an entry's probes in: found in the hundredth part of a millisecond, which is long only for many rows. */
void embed_fill_probes(embed_entry *entry, embed_probe probes[EMBED_PROBES_MAX]);

/* Splits a name into its words at '_': false at the end. Words that say nothing are passed over. */
bool embed_next_word(base_span *rest, base_span *ret_word);

/* Says of each item whether it has an axis, by the vocabulary alone (embed/axes.c). */
int embed_assign_axes(const embed_item *items, size_t count, int16_t *axis_of, lethe_error *error);

/* The items of a row and which categories stand there only through a concept of theirs. */
int embed_collect(const embed_model *model, const record_released *row, embed_set *ret_items, embed_set *ret_covered,
                  lethe_error *error);

int embed_add_demographic(const record_released *row, int32_t axes[EMBED_DIMENSIONS], lethe_error *error);
int embed_add_temporal(const record_released *row, int32_t axes[EMBED_DIMENSIONS], lethe_error *error);
int embed_add_comorbidity(const record_released *row, int32_t axes[EMBED_DIMENSIONS], lethe_error *error);

/* NULL, `*` and `unknown`. */
bool embed_is_open(const char *value);

#endif
