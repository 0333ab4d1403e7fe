/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/losses.h"

#include "clinical/vocabulary.h"

/* A count near k, told beside other figures, tells who came in: 20 is more than small cells of official statistics. */
#define PEOPLE_FLOOR 20

static const privacy_list_result *result_of(const engine_cohort *cohort, record_item item)
{
    return clinical_item_column(item) == RECORD_RISK_FACTORS ? &cohort->risks : &cohort->lists;
}

uint32_t engine_item_held(const engine_cohort *cohort, record_item item)
{
    return result_of(cohort, item)->held[item];
}

bool engine_item_gone(const engine_cohort *cohort, record_item item)
{
    return result_of(cohort, item)->removed_for_all[item];
}

void engine_count_lists(const engine_cohort *cohort, engine_list_losses ret_columns[RECORD_COLUMN_COUNT])
{
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++) {
        const privacy_list_result *lists = column == RECORD_RISK_FACTORS ? &cohort->risks : &cohort->lists;
        ret_columns[column] =
            (engine_list_losses){.items = lists->before[column], .items_released = lists->after[column]};
    }
    for (uint32_t item = 0; item < clinical_item_count(); item++) {
        engine_list_losses *column = &ret_columns[clinical_item_column((record_item)item)];
        const bool held = engine_item_held(cohort, (record_item)item) != 0;
        column->values += held;
        column->values_released += held && !engine_item_gone(cohort, (record_item)item);
    }
}

uint32_t engine_people_floor(uint32_t k)
{
    return k < PEOPLE_FLOOR / 4 ? PEOPLE_FLOOR : 4 * k;
}

size_t engine_list_gone(const engine_cohort *cohort, uint32_t people_min, size_t max, record_item *ret_items)
{
    size_t count = 0;
    for (uint32_t i = 0; i < clinical_item_count(); i++) {
        const record_item item = (record_item)i;
        const uint32_t people = engine_item_held(cohort, item);
        if (!engine_item_gone(cohort, item) || people < people_min)
            continue;
        size_t at = count;
        while (at != 0 && engine_item_held(cohort, ret_items[at - 1]) < people)
            at--;
        if (at == max)
            continue;
        count += count < max;
        for (size_t j = count - 1; j > at; j--)
            ret_items[j] = ret_items[j - 1];
        ret_items[at] = item;
    }
    return count;
}

/* As coarse as a reader needs to see a bias: the levels of the hierarchies that are counted. */
static const struct {
    record_qi qi;
    uint32_t level;
} DIMENSIONS[] = {{RECORD_QI_SEX, 0}, {RECORD_QI_AGE, 2}, {RECORD_QI_PREGNANCY, 1}};

/* One signature's visits of one group. */
static void count_signature(const engine_cohort *cohort, size_t index, record_qi qi, uint32_t level, uint8_t group,
                            engine_group_losses *losses)
{
    const privacy_signatures *set = &cohort->signatures;
    const uint64_t people = set->people[index];
    uint64_t visits = 0, withheld = 0;
    for (uint32_t row = 0; row < set->offset[index + 1] - set->offset[index]; row++) {
        const record_tuple *tuple = &set->tuples[set->offset[index] + row];
        if (privacy_group_of(cohort->hierarchies, qi, level, tuple->leaf[qi]) != group)
            continue;
        visits++;
        withheld += cohort->plan.gone[index] >> row & 1;
    }
    losses->visits += visits * people;
    losses->visits_withheld += withheld * people;
    losses->people_with_released += withheld < visits ? people : 0;
    losses->people_with_withheld += withheld != 0 ? people : 0;
}

size_t engine_count_groups(const engine_cohort *cohort, engine_group_losses ret_groups[ENGINE_GROUP_LOSSES_MAX])
{
    size_t count = 0;
    for (size_t d = 0; d < sizeof(DIMENSIONS) / sizeof(DIMENSIONS[0]); d++) {
        const record_qi qi = DIMENSIONS[d].qi;
        const uint32_t level = DIMENSIONS[d].level;
        for (uint32_t group = 0; group < cohort->hierarchies->qi[qi].group_count[level]; group++) {
            if (count == ENGINE_GROUP_LOSSES_MAX)
                return count;
            ret_groups[count] =
                (engine_group_losses){.qi = qi, .group = privacy_group_name(cohort->hierarchies, qi, level, group)};
            for (size_t i = 0; i < cohort->signatures.count; i++)
                count_signature(cohort, i, qi, level, (uint8_t)group, &ret_groups[count]);
            count++;
        }
    }
    return count;
}
