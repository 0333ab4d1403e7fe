/* SPDX-License-Identifier: Apache-2.0 */
#include "embed/model_internal.h"

/*
 * The row as a sentence, for people and for models that read text. Its first half stands for the clinical text, of
 * which nothing else has survived; the second is the platform's "Patient characteristics". A category is named only
 * where no concept of it is.
 */
static void append_name(base_buf *text, const char *name)
{
    for (; *name != '\0'; name++)
        base_buf_byte(text, *name == '_' ? ' ' : *name);
}

typedef struct text_clause {
    const char *lead;
    record_column columns[2];
} text_clause;

static const text_clause clauses[] = {
    {"history: ", {RECORD_HISTORY_CONCEPTS, RECORD_HISTORY_CATEGORIES}},
    {"medications: ", {RECORD_MEDICATION_CONCEPTS, RECORD_MEDICATION_CATEGORIES}},
    {"allergies: ", {RECORD_ALLERGY_CONCEPTS, RECORD_ALLERGY_CATEGORIES}},
    {"symptoms: ", {RECORD_SYMPTOM_CATEGORIES, RECORD_SYMPTOM_CATEGORIES}},
    {"procedures: ", {RECORD_PROCEDURE_CATEGORIES, RECORD_PROCEDURE_CATEGORIES}},
    {"immunizations: ", {RECORD_IMMUNIZATION_CATEGORIES, RECORD_IMMUNIZATION_CATEGORIES}},
    {"findings: ", {RECORD_VITAL_FLAGS, RECORD_VITAL_FLAGS}},
    {"risks: ", {RECORD_RISK_FACTORS, RECORD_RISK_FACTORS}},
};

static bool append_clause(const embed_model *model, const text_clause *clause, const embed_set *items,
                          const embed_set *covered, const char *separator, base_buf *text)
{
    size_t named = 0;
    for (int c = 0; c < 2; c++) {
        if (c == 1 && clause->columns[1] == clause->columns[0])
            break;
        for (size_t i = 0; i < model->count; i++) {
            const embed_entry *entry = &model->entries[i];
            if (entry->column != clause->columns[c] || !embed_set_has(items, (record_item)i) ||
                embed_set_has(covered, (record_item)i))
                continue;
            base_buf_text(text, named == 0 ? separator : ", ");
            if (named++ == 0)
                base_buf_text(text, clause->lead);
            append_name(text, entry->name);
        }
    }
    return named != 0;
}

static void append_location(const record_released *row, const char *separator, base_buf *text)
{
    const bool density = !embed_is_open(row->density), region = !embed_is_open(row->region);
    if (!density && !region)
        return;
    base_buf_text(text, separator);
    base_buf_text(text, "in ");
    if (density)
        base_buf_text(text, row->density);
    if (density && region)
        base_buf_byte(text, '_');
    if (region)
        base_buf_text(text, row->region);
    base_buf_text(text, " environment");
}

/* The four characteristics that the platform names, in its order; the last of them ends the sentence. */
static void append_characteristics(const record_released *row, const char *lead, base_buf *text)
{
    const size_t start = text->size;
    const char *separator = lead;
    if (!embed_is_open(row->pregnancy_status) && strncmp(row->pregnancy_status, "pregnant", 8) == 0) {
        base_buf_text(text, separator);
        base_buf_text(text, "pregnant patient");
        separator = ", ";
    }
    if (!embed_is_open(row->age_group)) {
        base_buf_text(text, separator);
        base_buf_text(text, "age group ");
        base_buf_text(text, row->age_group);
        separator = ", ";
    }
    if (!embed_is_open(row->season_category)) {
        base_buf_text(text, separator);
        base_buf_text(text, "during ");
        base_buf_text(text, row->season_category);
        base_buf_text(text, " season");
        separator = ", ";
    }
    append_location(row, separator, text);
    if (text->size > start)
        base_buf_byte(text, '.');
}

int embed_enhanced_text(const embed_model *model, const record_released *row, base_buf *text, lethe_error *error)
{
    embed_set items, covered;
    BASE_TRY(embed_collect(model, row, &items, &covered, error));
    bool any = false;
    for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
        any |= append_clause(model, &clauses[i], &items, &covered, any ? "; " : "", text);
    if (any)
        base_buf_byte(text, '.');
    append_characteristics(row, any ? " Patient characteristics: " : "Patient characteristics: ", text);
    return base_buf_check(text, error);
}
