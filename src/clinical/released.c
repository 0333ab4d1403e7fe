/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/released.h"

#include "clinical/risk.h"
#include "clinical/tables.h"
#include "clinical/vocabulary.h"

#include <string.h>

size_t clinical_risk_factors(const record_released *released, record_item ret_items[CLINICAL_RISK_FACTORS_MAX])
{
    clinical_risk_row row;
    size_t count = 0;
    clinical_risk_row_init(&row, released);
    for (uint32_t i = 0; i < clinical_rules_count && count < CLINICAL_RISK_FACTORS_MAX; i++) {
        const clinical_rule_row *rule = &clinical_rules[i];
        if (clinical_risk_run(clinical_rule_code + rule->code_at, rule->code_count, &row) == CLINICAL_TRUE)
            ret_items[count++] = rule->item; /* rules are sorted by name, as items are */
    }
    return count;
}

static bool holds(const record_item *items, size_t count, record_item item)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (items[middle] == item)
            return true;
        if (items[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

uint32_t clinical_charlson(const record_item *items, size_t item_count)
{
    uint8_t heaviest[256] = {0};
    for (uint32_t i = 0; i < clinical_charlson_rows_count; i++) {
        const clinical_charlson_row *row = &clinical_charlson_rows[i];
        if (row->weight > heaviest[row->family] && holds(items, item_count, row->item))
            heaviest[row->family] = row->weight;
    }
    uint32_t sum = 0;
    for (size_t i = 0; i < sizeof(heaviest); i++)
        sum += heaviest[i];
    return sum;
}

const char *clinical_comorbidity(const record_item *items, size_t item_count)
{
    const uint32_t index = clinical_charlson(items, item_count);
    if (index == 0)
        return "0";
    return index <= 2 ? "1-2" : index <= 4 ? "3-4" : "5+";
}

const char *clinical_age_risk_group(const char *age_group)
{
    static const struct {
        int32_t from, below;
        const char *name;
    } groups[] = {
        {0, 18, "pediatric"},   {18, 25, "young_adult"}, {25, 35, "reproductive_age"},
        {35, 50, "middle_age"}, {50, 65, "older_adult"}, {65, INT32_MAX, "elderly"},
    };
    int32_t lower = 0, upper = 0;
    if (age_group != NULL && strcmp(age_group, "unknown") == 0)
        return "unknown";
    for (size_t i = 0; clinical_age_bounds(age_group, &lower, &upper) && i < sizeof(groups) / sizeof(groups[0]); i++)
        if (lower >= groups[i].from && upper <= groups[i].below)
            return groups[i].name;
    return "*";
}

const char *clinical_trimester(const char *pregnancy_status)
{
    static const char *const names[] = {"first", "second", "third"};
    for (unsigned i = 0; i < 3 && pregnancy_status != NULL; i++)
        if (strcmp(pregnancy_status, clinical_pregnancy_name(RECORD_PREGNANT_TRIMESTER_1 + i)) == 0)
            return names[i];
    return NULL;
}

clinical_not_ready clinical_not_ready_of(const record_released *released)
{
    if (released->age_group == NULL || strcmp(released->age_group, "unknown") == 0)
        return CLINICAL_NOT_READY_AGE_UNKNOWN;
    if (strcmp(released->age_group, "*") == 0)
        return CLINICAL_NOT_READY_AGE_WITHHELD;
    for (size_t i = 0; i < released->item_count; i++)
        if (clinical_item_column(released->items[i]) < RECORD_RISK_FACTORS)
            return CLINICAL_READY;
    return CLINICAL_NOT_READY_NO_CONTENT;
}

static const char *name_of(const char *const *names, size_t count, unsigned index)
{
    return index < count ? names[index] : NULL;
}

const char *clinical_not_ready_name(unsigned reason)
{
    static const char *const names[CLINICAL_NOT_READY_COUNT] = {
        [CLINICAL_NOT_READY_AGE_UNKNOWN] = "age_unknown",
        [CLINICAL_NOT_READY_AGE_WITHHELD] = "age_withheld",
        [CLINICAL_NOT_READY_NO_CONTENT] = "no_clinical_content",
    };
    return name_of(names, CLINICAL_NOT_READY_COUNT, reason);
}

const char *clinical_pregnancy_name(unsigned status)
{
    static const char *const names[RECORD_PREGNANCY_COUNT] = {
        [RECORD_PREGNANT_TRIMESTER_1] = "pregnant_trimester_1",
        [RECORD_PREGNANT_TRIMESTER_2] = "pregnant_trimester_2",
        [RECORD_PREGNANT_TRIMESTER_3] = "pregnant_trimester_3",
        [RECORD_PREGNANT] = "pregnant",
        [RECORD_POSTPARTUM] = "postpartum",
        [RECORD_NOT_PREGNANT] = "not_pregnant",
        [RECORD_PREGNANCY_NOT_APPLICABLE] = "not_applicable",
        [RECORD_PREGNANCY_UNKNOWN] = "unknown",
    };
    return name_of(names, RECORD_PREGNANCY_COUNT, status);
}

const char *clinical_encounter_class_name(unsigned encounter_class)
{
    static const char *const names[RECORD_CLASS_COUNT] = {
        [RECORD_CLASS_AMBULATORY] = "ambulatory", [RECORD_CLASS_EMERGENCY] = "emergency",
        [RECORD_CLASS_INPATIENT] = "inpatient",   [RECORD_CLASS_VIRTUAL] = "virtual",
        [RECORD_CLASS_OTHER] = "other",           [RECORD_CLASS_UNKNOWN] = "unknown",
    };
    return name_of(names, RECORD_CLASS_COUNT, encounter_class);
}

const char *clinical_utilization_name(unsigned bucket)
{
    static const char *const names[RECORD_UTILIZATION_COUNT] = {"0", "1", "2-3", "4-6", "7-12", "13+"};
    return name_of(names, RECORD_UTILIZATION_COUNT, bucket);
}

const char *clinical_followup_name(unsigned bucket)
{
    static const char *const names[RECORD_FOLLOWUP_COUNT] = {"0-3", "3-6", "6-12", "12-24", "24-60", "60+"};
    return name_of(names, RECORD_FOLLOWUP_COUNT, bucket);
}
