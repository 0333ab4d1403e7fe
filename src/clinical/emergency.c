/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/emergency.h"

#include "base/buf.h"
#include "clinical/vocabulary.h"

#define PROMPT_BYTES_MAX ((size_t)1 << 16)
#define PROMPT_LIST_MAX  24 /* items of one list in the prompt: seven lists and the frame stay under 300 words */

/* The run of one column among items that are sorted by column. */
static size_t column_of(const record_released *released, record_column column, const record_item **ret_items)
{
    size_t first = 0, count = 0;
    while (first < released->item_count && clinical_item_column(released->items[first]) < column)
        first++;
    while (first + count < released->item_count && clinical_item_column(released->items[first + count]) == column)
        count++;
    *ret_items = released->items + first;
    return count;
}

static bool said(const char *value)
{
    return value != NULL && strcmp(value, "*") != 0 && strcmp(value, "unknown") != 0;
}

static void write_value(base_buf *out, const char *before, const char *value)
{
    if (said(value))
        base_buf_format(out, "%s%s.", before, value);
}

/* "Symptoms: cardiac_symptoms, respiratory_symptoms." with one word an item. */
static void write_list(base_buf *out, const record_released *released, const char *title, record_column column)
{
    const record_item *items = NULL;
    const size_t count = column_of(released, column, &items);
    if (count == 0)
        return;
    base_buf_format(out, " %s: ", title);
    for (size_t i = 0; i < count && i < PROMPT_LIST_MAX; i++)
        base_buf_format(out, "%s%s", i != 0 ? ", " : "", clinical_item_name(items[i]));
    if (count > PROMPT_LIST_MAX)
        base_buf_format(out, ", and %zu more", count - PROMPT_LIST_MAX);
    base_buf_byte(out, '.');
}

static void write_prompt(base_buf *out, const record_released *released)
{
    base_buf_text(out, "Anonymous emergency patient.");
    write_value(out, " Age group: ", released->age_group);
    write_value(out, " Sex: ", released->sex);
    write_value(out, " Pregnancy: ", released->pregnancy_status);
    write_value(out, " Place: ", released->location_category);
    write_value(out, " Season: ", released->season_category);
    write_value(out, " Comorbidity index: ", released->comorbidity);
    write_list(out, released, "Symptoms", RECORD_SYMPTOM_CATEGORIES);
    write_list(out, released, "Flags", RECORD_VITAL_FLAGS);
    write_list(out, released, "Risk factors", RECORD_RISK_FACTORS);
    write_list(out, released, "History", RECORD_HISTORY_CONCEPTS);
    write_list(out, released, "Medications", RECORD_MEDICATION_CONCEPTS);
    write_list(out, released, "Allergies", RECORD_ALLERGY_CONCEPTS);
    base_buf_text(
        out, " Name the most likely acute conditions with their probability, what to examine first, and which of "
             "the listed medications or allergies forbid a treatment. Say what is uncertain. A clinician decides.");
}

int clinical_emergency_of(const record_released *released, base_arena *arena, clinical_emergency *ret_emergency,
                          lethe_error *error)
{
    clinical_emergency emergency;
    base_buf out;
    emergency.risk_count = column_of(released, RECORD_RISK_FACTORS, &emergency.risks);
    emergency.flag_count = column_of(released, RECORD_VITAL_FLAGS, &emergency.flags);
    base_buf_init(&out, PROMPT_BYTES_MAX);
    write_prompt(&out, released);
    int status = base_buf_check(&out, error);
    if (status == 0) {
        emergency.prompt = base_arena_copy(arena, base_buf_view(&out));
        status = emergency.prompt.data != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    }
    base_buf_done(&out);
    if (status == 0)
        *ret_emergency = emergency;
    return status;
}
