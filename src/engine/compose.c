/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/compose.h"

#include "clinical/released.h"
#include "clinical/vocabulary.h"
#include "engine/pool.h"

#include <stdlib.h>

int engine_without(const record_item *items, size_t count, const record_item *removed, size_t removed_count,
                   base_arena *arena, const record_item **ret_items, size_t *ret_count, lethe_error *error)
{
    record_item *kept = base_arena_take_array(arena, count, sizeof(*kept));
    size_t kept_count = 0, at = 0;
    if (kept == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count; i++) {
        while (at < removed_count && removed[at] < items[i])
            at++;
        if (at == removed_count || removed[at] != items[i])
            kept[kept_count++] = items[i];
    }
    *ret_items = kept;
    *ret_count = kept_count;
    return 0;
}

static const char *name_of(const engine_composer *composer, record_qi qi, const privacy_groups *groups)
{
    return privacy_group_name(composer->hierarchies, qi, composer->node.level[qi], groups->group[qi]);
}

privacy_groups engine_compose_groups(const engine_composer *composer, const record_tuple *tuple)
{
    privacy_groups groups;
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        groups.group[qi] =
            privacy_group_of(composer->hierarchies, (record_qi)qi, composer->node.level[qi], tuple->leaf[qi]);
    return groups;
}

int engine_compose(const engine_composer *composer, const record_row *row, const privacy_groups *groups,
                   const record_item *items, size_t item_count, base_arena *arena, record_released *ret_released,
                   lethe_error *error)
{
    char *location = base_arena_take(arena, PRIVACY_LOCATION_MAX);
    if (location == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    record_released released = {
        .index_period = name_of(composer, RECORD_QI_PERIOD, groups),
        .months_since_previous = name_of(composer, RECORD_QI_GAP, groups),
        .age_group = name_of(composer, RECORD_QI_AGE, groups),
        .sex = name_of(composer, RECORD_QI_SEX, groups),
        .pregnancy_status = name_of(composer, RECORD_QI_PREGNANCY, groups),
        .density = name_of(composer, RECORD_QI_DENSITY, groups),
        .region = name_of(composer, RECORD_QI_REGION, groups),
        .season_category = name_of(composer, RECORD_QI_SEASON, groups),
        .exposure_risk = name_of(composer, RECORD_QI_EXPOSURE, groups),
        .encounter_class = composer->external ? "*" : clinical_encounter_class_name(row->encounter_class),
        .utilization = composer->external ? "*" : clinical_utilization_name(row->utilization),
        .location_category = location,
        .items = items,
        .item_count = item_count,
    };
    privacy_location_name(released.density, released.region, location);
    released.age_risk_group = clinical_age_risk_group(released.age_group);
    released.pregnancy_trimester = clinical_trimester(released.pregnancy_status);
    released.comorbidity = clinical_comorbidity(items, item_count);
    *ret_released = released;
    return 0;
}

int engine_compose_risks(record_released *released, const record_item *removed, size_t removed_count, base_arena *arena,
                         lethe_error *error)
{
    record_item fired[CLINICAL_RISK_FACTORS_MAX];
    const record_item *kept = NULL;
    size_t kept_count = 0;
    const size_t count = clinical_risk_factors(released, fired);
    BASE_TRY(engine_without(fired, count, removed, removed_count, arena, &kept, &kept_count, error));
    if (kept_count == 0)
        return 0;
    record_item *items = base_arena_take_array(arena, released->item_count + kept_count, sizeof(*items));
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (released->item_count != 0)
        memcpy(items, released->items, released->item_count * sizeof(*items));
    memcpy(items + released->item_count, kept, kept_count * sizeof(*items));
    released->items = items;
    released->item_count = engine_sort_items(items, released->item_count + kept_count);
    return 0;
}

/* Fired risk factors are sorted, as items are. Rules look at risk factors of no row. */
int engine_compose_risks_again(record_released *released, base_arena *arena, lethe_error *error)
{
    record_item fired[CLINICAL_RISK_FACTORS_MAX];
    const size_t fired_count = clinical_risk_factors(released, fired);
    record_item *items = base_arena_take_array(arena, released->item_count, sizeof(*items));
    size_t count = 0, at = 0;
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < released->item_count; i++) {
        const record_item item = released->items[i];
        while (at < fired_count && fired[at] < item)
            at++;
        if (clinical_item_column(item) != RECORD_RISK_FACTORS || (at < fired_count && fired[at] == item))
            items[count++] = item;
    }
    released->items = items;
    released->item_count = count;
    return 0;
}

int engine_hierarchies_new(privacy_hierarchies **ret_hierarchies, lethe_error *error)
{
    const char *names[RECORD_EXPOSURE_MAX];
    const uint32_t count = clinical_exposure_count();
    for (uint32_t i = 0; i < count && i < RECORD_EXPOSURE_MAX; i++)
        names[i] = clinical_exposure_name(i);
    privacy_hierarchies *hierarchies = calloc(1, sizeof(*hierarchies));
    if (hierarchies == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const int status = privacy_hierarchies_init(hierarchies, names, count, error);
    if (status != 0) {
        free(hierarchies);
        return status;
    }
    *ret_hierarchies = hierarchies;
    return 0;
}

/* Which items come first for an axis of their own: the concepts of the long lists, in the vocabulary's order; what is
 * always shared has none. A pure function of the vocabulary. */
static uint16_t rank_of(record_column column, uint32_t index)
{
    switch (column) {
    case RECORD_HISTORY_CONCEPTS:
    case RECORD_MEDICATION_CONCEPTS:
    case RECORD_ALLERGY_CONCEPTS:
        return (uint16_t)(1 + index);
    case RECORD_VITAL_FLAGS:
    case RECORD_SYMPTOM_CATEGORIES:
    case RECORD_PROCEDURE_CATEGORIES:
    case RECORD_IMMUNIZATION_CATEGORIES:
        return (uint16_t)(RECORD_ITEM_MAX + 1 + index);
    default:
        return 0;
    }
}

int engine_model_new(embed_model **ret_model, lethe_error *error)
{
    const uint32_t count = clinical_item_count();
    embed_item *items = calloc(count, sizeof(*items));
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < count; i++) {
        const clinical_item item = clinical_item_of((record_item)i);
        items[i] = (embed_item){item.name, item.column, item.parent, item.weight,
                                item.catch_all ? 0 : rank_of(item.column, i)};
    }
    const int status = embed_model_new(items, count, clinical_vocabulary_version(), ret_model, error);
    free(items);
    return status;
}
