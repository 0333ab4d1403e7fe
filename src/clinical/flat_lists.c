/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/flat_internal.h"

/* Lists of a flat record: each is a list of entries or one entry, an entry is a string or an object with a name, a code
 * and its system, a date. Its members by their names here and elsewhere; the first that is present counts. */
#define ICD10CM_URI "http://hl7.org/fhir/sid/icd-10-cm"

static const char *const ENTRY_NAMES[] = {"name",    "condition", "medication", "allergen", "procedure",
                                          "vaccine", "text",      "display",    NULL};
static const char *const START_NAMES[] = {"date", "onset", "onset_date", "start", "start_date", NULL};

/* "I10", "E11.9": a letter, a digit, then letters and digits with a dot behind the third. */
static bool looks_like_icd10(base_span text)
{
    if (text.size < 3 || text.size > 8 || text.data[0] < 'A' || text.data[0] > 'Z' || text.data[1] < '0' ||
        text.data[1] > '9')
        return false;
    for (size_t i = 2; i < text.size; i++) {
        const char c = text.data[i];
        const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
        if (!alphanumeric && !(c == '.' && i == 3 && text.size > 4))
            return false;
    }
    return true;
}

static int set_code(clinical_flat *flat, record_event *event, base_span system, base_span code, base_span text)
{
    event->code.text = text;
    if (code.size == 0)
        return 0;
    record_coding *coding = base_arena_take(&flat->arena, sizeof(*coding));
    if (coding == NULL)
        return base_fail(&flat->trouble, LETHE_E_BASE_MEMORY);
    *coding = (record_coding){.system = system, .code = code, .display = text};
    event->code.codings = coding;
    event->code.count = 1;
    return 0;
}

/* An entry: a string, or an object with a name, a code and its system, dates. */
static int read_entry(clinical_flat *flat, const char *member, int index, json_value value, record_kind kind,
                      uint32_t flags)
{
    base_span text = {NULL, 0}, code = {NULL, 0}, system = {NULL, 0};
    base_time start = {0};
    if (json_is(value, JSON_OBJECT) && kind != RECORD_NOTE) {
        const char *name = "";
        if (!flat_text(flat_first_of(value, ENTRY_NAMES, &name), &text) || !flat_text(json_get(value, "code"), &code) ||
            !flat_text(json_get(value, "system"), &system))
            return flat_fail(flat, member, index, value);
        base_span date = {NULL, 0};
        if (!flat_text(flat_first_of(value, START_NAMES, &name), &date))
            return flat_fail(flat, member, index, value);
        if (date.size != 0)
            (void)base_time_parse(date, &start, NULL); /* "in childhood": the entry counts, its date does not */
    } else if (!flat_text(value, &text)) {
        return flat_fail(flat, member, index, value);
    }
    if (code.size == 0 && looks_like_icd10(text))
        code = text;
    if (code.size != 0 && system.size == 0)
        system = BASE_SPAN(ICD10CM_URI);
    if (text.size == 0 && code.size == 0)
        return 0;
    record_event *event = flat_add(flat, kind);
    if (event == NULL)
        return flat->trouble.code;
    event->flags = flags;
    event->start = start;
    return set_code(flat, event, system, code, text);
}

/* A list of entries, or one entry. */
static int read_list(clinical_flat *flat, json_value root, const char *member, record_kind kind, uint32_t flags)
{
    const json_value value = json_get(root, member);
    if (!json_is(value, JSON_ARRAY))
        return read_entry(flat, member, -1, value, kind, flags);
    json_iterator it = json_iterate(value);
    json_value element;
    for (int index = 0; json_next(&it, NULL, &element); index++)
        BASE_TRY(read_entry(flat, member, index, element, kind, flags));
    return 0;
}

int flat_read_lists(clinical_flat *flat, json_value root)
{
    BASE_TRY(read_list(flat, root, "history", RECORD_CONDITION, RECORD_FLAG_HISTORICAL));
    BASE_TRY(read_list(flat, root, "conditions", RECORD_CONDITION, 0));
    BASE_TRY(read_list(flat, root, "medications", RECORD_MEDICATION, 0));
    BASE_TRY(read_list(flat, root, "allergies", RECORD_ALLERGY, 0));
    BASE_TRY(read_list(flat, root, "symptoms", RECORD_SYMPTOM, 0));
    BASE_TRY(read_list(flat, root, "immunizations", RECORD_IMMUNIZATION, 0));
    BASE_TRY(read_list(flat, root, "procedures", RECORD_PROCEDURE, 0));
    return read_list(flat, root, "clinical_text", RECORD_NOTE, 0);
}
