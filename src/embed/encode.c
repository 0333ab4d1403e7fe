/* SPDX-License-Identifier: Apache-2.0 */
#include "embed/model_internal.h"
#include "embed/root.h"

/*
 * Each block is brought to unit length and scaled by the square root of its default weight over the sum of the weights,
 * so that the whole has unit length and the inner product of two vectors is the weighted mean of the blocks' cosines.
 * A block without content is its "nothing known" axis: every block of every vector has the same length, and other
 * weights are one factor a block (docs/SPEC-vector.md).
 */
typedef struct vector_block {
    int at, size, none_at;
    double weight;
} vector_block;

static const vector_block blocks[3] = {
    {EMBED_MEDICAL_AT, EMBED_MEDICAL_SIZE, EMBED_MEDICAL_NONE_AT, 80},
    {EMBED_DEMOGRAPHIC_AT, EMBED_DEMOGRAPHIC_SIZE, EMBED_DEMOGRAPHIC_NONE_AT, 30},
    {EMBED_TEMPORAL_AT, EMBED_TEMPORAL_SIZE, EMBED_TEMPORAL_NONE_AT, 50},
};
#define WEIGHT_SUM 160.0

int embed_collect(const embed_model *model, const record_released *row, embed_set *ret_items, embed_set *ret_covered,
                  lethe_error *error)
{
    embed_set items = {{0}}, covered = {{0}};
    for (size_t i = 0; i < row->item_count; i++) {
        const record_item item = row->items[i];
        if (item >= model->count)
            return base_fail(error, LETHE_E_EMBED_INPUT);
        const embed_entry *entry = &model->entries[item];
        if (entry->column == RECORD_OUTCOMES)
            continue; /* labels */
        embed_set_add(&items, item);
        if (entry->parent != RECORD_ITEM_NONE) {
            embed_set_add(&items, entry->parent); /* whether or not it is listed beside its concept */
            embed_set_add(&covered, entry->parent);
        }
    }
    *ret_items = items;
    *ret_covered = covered;
    return 0;
}

/* A category beside its concepts adds itself weakened and none of their words; on its own it is all that is known. */
static void add_entry(const embed_entry *entry, bool covered, int32_t *axes)
{
    embed_probe probes[EMBED_PROBES_MAX];
    embed_entry filled;
    if (entry->probes == NULL) {
        filled = *entry;
        embed_fill_probes(&filled, probes);
        entry = &filled;
    }
    const uint16_t count = covered ? entry->own_count : entry->count;
    for (uint16_t i = 0; i < count; i++) {
        const int amplitude = entry->probes[i].amplitude;
        axes[entry->probes[i].axis] += covered ? amplitude * EMBED_DECAY_PERCENT / 100 : amplitude;
    }
}

static int add_medical(const embed_model *model, const record_released *row, int32_t *axes, lethe_error *error)
{
    embed_set items, covered;
    BASE_TRY(embed_collect(model, row, &items, &covered, error));
    for (size_t word = 0; word < RECORD_ITEM_MAX / 64; word++)
        for (uint64_t rest = items.bits[word]; rest != 0; rest &= rest - 1) {
            const record_item item = (record_item)(word * 64 + (size_t)__builtin_ctzll(rest));
            add_entry(&model->entries[item], embed_set_has(&covered, item), axes);
        }
    return embed_add_comorbidity(row, axes, error);
}

static void scale_block(const vector_block *block, int32_t *axes, float *vector)
{
    int64_t squares = 0;
    for (int i = 0; i < block->size; i++)
        squares += (int64_t)axes[block->at + i] * axes[block->at + i];
    if (squares == 0) {
        axes[block->none_at] = EMBED_UNIT;
        squares = (int64_t)EMBED_UNIT * EMBED_UNIT;
    }
    const double factor = embed_root(block->weight / WEIGHT_SUM) / embed_root((double)squares);
    for (int i = 0; i < block->size; i++)
        vector[block->at + i] = (float)((double)axes[block->at + i] * factor);
}

int embed_encode(const embed_model *model, const record_released *row, float ret_vector[EMBED_DIMENSIONS],
                 lethe_error *error)
{
    int32_t axes[EMBED_DIMENSIONS] = {0};
    BASE_TRY(add_medical(model, row, axes, error));
    BASE_TRY(embed_add_demographic(row, axes, error));
    BASE_TRY(embed_add_temporal(row, axes, error));
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
        scale_block(&blocks[i], axes, ret_vector);
    return 0;
}

int embed_reweight(const float vector[EMBED_DIMENSIONS], double medical, double demographic, double temporal,
                   float ret_vector[EMBED_DIMENSIONS], lethe_error *error)
{
    const double weights[3] = {medical, demographic, temporal};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        if (!(weights[i] >= 0 && weights[i] <= 1e9))
            return base_fail(error, LETHE_E_EMBED_INPUT);
        sum += weights[i];
    }
    if (!(sum > 0))
        return base_fail(error, LETHE_E_EMBED_INPUT);
    for (int b = 0; b < 3; b++) {
        const double factor = embed_root(weights[b] / sum / (blocks[b].weight / WEIGHT_SUM));
        for (int i = blocks[b].at; i < blocks[b].at + blocks[b].size; i++)
            ret_vector[i] = (float)((double)vector[i] * factor);
    }
    return 0;
}
