/* SPDX-License-Identifier: Apache-2.0 */
#include "embed/model_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define MODEL_BYTES_MAX ((size_t)8 << 20)

static const char *const column_names[RECORD_COLUMN_COUNT] = {
    "medical_history_categories",
    "medical_history_concepts",
    "medication_categories",
    "medication_concepts",
    "allergy_categories",
    "allergy_concepts",
    "symptom_categories",
    "procedure_categories",
    "immunization_categories",
    "vital_flags",
    "risk_factors",
    "outcomes",
};

/* sqrt(weight) in units: the square root of the inverse frequency does best (weight 1 is common). */
static int amplitude_of(const embed_entry *entry)
{
    static const int roots[5] = {0, 10000, 14142, 17321, 20000};
    const int full = roots[entry->weight];
    return entry->column == RECORD_RISK_FACTORS ? full * EMBED_DERIVED_PERCENT / 100 : full;
}

static bool item_possible(const embed_item *items, size_t count, size_t at)
{
    const embed_item *item = &items[at];
    if (item->name == NULL || item->name[0] == '\0' || strlen(item->name) > EMBED_NAME_MAX)
        return false;
    if ((unsigned)item->column >= RECORD_COLUMN_COUNT || item->weight < 1 || item->weight > 4)
        return false;
    /* two levels: a parent has none itself */
    return item->parent == RECORD_ITEM_NONE ||
           (item->parent < count && item->parent != at && items[item->parent].parent == RECORD_ITEM_NONE);
}

void embed_fill_probes(embed_entry *entry, embed_probe probes[EMBED_PROBES_MAX])
{
    const int amplitude = amplitude_of(entry);
    uint16_t count = 0;
    base_span rest = base_span_of(entry->name), word;
    if (entry->axis >= 0) {
        probes[count++] = (embed_probe){(uint16_t)entry->axis, (int16_t)amplitude};
    } else {
        embed_probe_hash(column_names[entry->column], rest, EMBED_SHARED_AT, EMBED_SHARED_SIZE, amplitude, probes);
        count = 2;
    }
    entry->own_count = count;
    while (count + 2u <= EMBED_PROBES_MAX && embed_next_word(&rest, &word)) {
        embed_probe_hash("word", word, EMBED_SHARED_AT, EMBED_SHARED_SIZE, EMBED_UNIT * EMBED_WORD_PERCENT / 100,
                         &probes[count]);
        count = (uint16_t)(count + 2);
    }
    entry->count = count;
    entry->probes = probes;
}

int embed_model_prepare(embed_model *model, lethe_error *error)
{
    for (size_t i = 0; i < model->count; i++) {
        embed_probe probes[EMBED_PROBES_MAX];
        embed_entry filled = model->entries[i];
        embed_fill_probes(&filled, probes);
        embed_probe *kept = base_arena_take_array(&model->arena, filled.count, sizeof(*kept));
        if (kept == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        memcpy(kept, probes, filled.count * sizeof(*kept));
        filled.probes = kept;
        model->entries[i] = filled;
    }
    return 0;
}

static int fill_model(embed_model *model, const embed_item *items, size_t count, lethe_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!item_possible(items, count, i))
            return base_fail(error, LETHE_E_EMBED_INPUT);
    model->entries = base_arena_take_array(&model->arena, count + 1, sizeof(*model->entries));
    int16_t *axes = base_arena_take_array(&model->arena, count + 1, sizeof(*axes));
    if (model->entries == NULL || axes == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    model->count = count;
    BASE_TRY(embed_assign_axes(items, count, axes, error));
    for (size_t i = 0; i < count; i++)
        model->entries[i] = (embed_entry){.name = items[i].name,
                                          .parent = items[i].parent,
                                          .column = (uint8_t)items[i].column,
                                          .weight = items[i].weight,
                                          .axis = axes[i]};
    return 0;
}

int embed_model_new(const embed_item *items, size_t count, const char *vocabulary_version, embed_model **ret_model,
                    lethe_error *error)
{
    if (count > RECORD_ITEM_MAX || strlen(vocabulary_version) > EMBED_VERSION_MAX)
        return base_fail(error, LETHE_E_EMBED_INPUT);
    embed_model *model = calloc(1, sizeof(*model));
    if (model == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_arena_init(&model->arena, MODEL_BYTES_MAX);
    snprintf(model->id, sizeof(model->id), "%s+%s", EMBED_MODEL_NAME, vocabulary_version);
    const int status = fill_model(model, items, count, error);
    if (status != 0) {
        embed_model_free(model);
        return status;
    }
    *ret_model = model;
    return 0;
}

void embed_model_free(embed_model *model)
{
    if (model == NULL)
        return;
    base_arena_done(&model->arena);
    free(model);
}

const char *embed_model_id(const embed_model *model)
{
    return model->id;
}

int embed_model_axis(const embed_model *model, record_item item)
{
    return item < model->count ? model->entries[item].axis : -1;
}
