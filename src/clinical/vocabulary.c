/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/vocabulary.h"

#include "clinical/tables.h"

#include <assert.h>

static const char *const COLUMN_NAMES[RECORD_COLUMN_COUNT] = {
    [RECORD_HISTORY_CATEGORIES] = "medical_history_categories",
    [RECORD_HISTORY_CONCEPTS] = "medical_history_concepts",
    [RECORD_MEDICATION_CATEGORIES] = "medication_categories",
    [RECORD_MEDICATION_CONCEPTS] = "medication_concepts",
    [RECORD_ALLERGY_CATEGORIES] = "allergy_categories",
    [RECORD_ALLERGY_CONCEPTS] = "allergy_concepts",
    [RECORD_SYMPTOM_CATEGORIES] = "symptom_categories",
    [RECORD_PROCEDURE_CATEGORIES] = "procedure_categories",
    [RECORD_IMMUNIZATION_CATEGORIES] = "immunization_categories",
    [RECORD_VITAL_FLAGS] = "vital_flags",
    [RECORD_RISK_FACTORS] = "risk_factors",
    [RECORD_OUTCOMES] = "outcomes",
};

uint32_t clinical_item_count(void)
{
    return clinical_items_count;
}

record_item clinical_column_first(record_column column)
{
    assert((unsigned)column <= RECORD_COLUMN_COUNT);
    return clinical_column_start[column];
}

clinical_item clinical_item_of(record_item item)
{
    assert(item < clinical_items_count);
    const clinical_item_row *row = &clinical_items[item];
    return (clinical_item){
        .column = (record_column)row->column,
        .name = clinical_pooled(row->name),
        .meaning = clinical_pooled(row->meaning),
        .parent = row->parent,
        .implied = clinical_implied + row->implied_at,
        .implied_count = row->implied_count,
        .implies_sex = row->sex,
        .implies_pregnancy = row->pregnancy != 0,
        .sensitive = row->sensitive != 0,
        .catch_all = row->catch_all != 0,
        .weight = row->weight,
    };
}

const char *clinical_item_name(record_item item)
{
    assert(item < clinical_items_count);
    return clinical_pooled(clinical_items[item].name);
}

record_column clinical_item_column(record_item item)
{
    assert(item < clinical_items_count);
    return (record_column)clinical_items[item].column;
}

record_item clinical_item_find(record_column column, base_span name)
{
    if ((unsigned)column >= RECORD_COLUMN_COUNT)
        return RECORD_ITEM_NONE;
    uint32_t low = clinical_column_start[column], high = clinical_column_start[column + 1];
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = base_span_compare(base_span_of(clinical_pooled(clinical_items[middle].name)), name);
        if (order == 0)
            return (record_item)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return RECORD_ITEM_NONE;
}

const char *clinical_column_name(record_column column)
{
    assert((unsigned)column < RECORD_COLUMN_COUNT);
    return COLUMN_NAMES[column];
}

const char *clinical_vocabulary_version(void)
{
    return clinical_pooled(clinical_table_version);
}

uint32_t clinical_exposure_count(void)
{
    return clinical_exposure_leaves_count + 1;
}

const char *clinical_exposure_name(uint32_t leaf)
{
    return leaf < clinical_exposure_leaves_count ? clinical_pooled(clinical_exposure_leaves[leaf].name) : "unknown";
}

const char *clinical_exposure_parent(uint32_t leaf)
{
    return leaf < clinical_exposure_leaves_count ? clinical_pooled(clinical_exposure_leaves[leaf].parent) : "unknown";
}

const char *clinical_exposure_meaning(uint32_t leaf)
{
    return leaf < clinical_exposure_leaves_count ? clinical_pooled(clinical_exposure_leaves[leaf].meaning)
                                                 : "nothing in the record says";
}

/* Calls `each` for the items of one concept: its own and its category's, and the same as outcomes. */
static int visit_concept(clinical_code_visitor each, void *context, uint16_t target, const char *system,
                         const char *code, bool prefix)
{
    if (target >= clinical_concepts_count)
        return 0;
    const clinical_concept_row *concept = &clinical_concepts[target];
    const record_item items[] = {concept->category_item, concept->item, concept->outcome_category_item,
                                 concept->outcome_item};
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        const int status = items[i] != RECORD_ITEM_NONE ? each(context, items[i], system, code, prefix) : 0;
        if (status != 0)
            return status;
    }
    return 0;
}

int clinical_vocabulary_each_code(clinical_code_visitor each, void *context)
{
    static const struct {
        const char *system;
        const clinical_code_table *table;
    } systems[] = {
        {"http://hl7.org/fhir/sid/icd-10-cm", &clinical_codes_icd10cm},
        {"http://snomed.info/sct", &clinical_codes_snomed},
        {"http://www.nlm.nih.gov/research/umls/rxnorm", &clinical_codes_rxnorm},
        {"http://www.whocc.no/atc", &clinical_codes_atc},
        {"http://hl7.org/fhir/sid/cvx", &clinical_codes_cvx},
        {"http://loinc.org", &clinical_codes_loinc},
        {"http://www.ama-assn.org/go/cpt", &clinical_codes_cpt},
    };
    for (size_t s = 0; s < sizeof(systems) / sizeof(systems[0]); s++) {
        const clinical_code_table *table = systems[s].table;
        for (uint32_t i = 0; i < table->count; i++) {
            const clinical_code_row *row = &table->rows[i];
            for (uint32_t t = 0; t < row->target_count; t++) {
                const int status = visit_concept(each, context, clinical_targets[row->target_at + t], systems[s].system,
                                                 clinical_pooled(row->code), i >= table->exact_count);
                if (status != 0)
                    return status;
            }
        }
    }
    return 0;
}
