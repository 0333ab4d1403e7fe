/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/flat_internal.h"

#include <stdlib.h>

/* -- pregnancy -------------------------------------------------------------------------------------------------------
 */

static int state_pregnancy(clinical_flat *flat, const char *status)
{
    record_event *event = flat_add(flat, RECORD_STATED);
    if (event == NULL)
        return flat->trouble.code;
    event->code.text = BASE_SPAN("pregnancy");
    event->value = (record_value){.kind = RECORD_VALUE_TEXT, .text = base_span_of(status)};
    return 0;
}

/* 1, 2, 3 of a trimester as number or word; 0 unknown. */
static unsigned trimester_of(base_span word)
{
    static const char *const words[][4] = {
        {"1", "first", "1st", "trimester_1"},
        {"2", "second", "2nd", "trimester_2"},
        {"3", "third", "3rd", "trimester_3"},
    };
    for (unsigned t = 0; t < 3; t++)
        for (size_t i = 0; i < 4; i++)
            if (base_span_is(word, words[t][i]))
                return t + 1;
    return 0;
}

static const char *pregnant_name(unsigned trimester)
{
    static const char *const names[] = {"pregnant", "pregnant_trimester_1", "pregnant_trimester_2",
                                        "pregnant_trimester_3"};
    return names[trimester];
}

#define TRIMESTER_2_WEEKS 14 /* ACOG */
#define TRIMESTER_3_WEEKS 28
#define WEEKS_MAX         45

static unsigned trimester_of_weeks(double weeks)
{
    if (!(weeks > 0 && weeks < WEEKS_MAX))
        return 0;
    return weeks < TRIMESTER_2_WEEKS ? 1 : weeks < TRIMESTER_3_WEEKS ? 2 : 3;
}

/* What a status alone says; NULL where it says nothing. */
static const char *status_of(base_span word)
{
    static const struct {
        const char *word, *status;
    } table[] = {
        {"pregnant", "pregnant"},
        {"yes", "pregnant"},
        {"true", "pregnant"},
        {"positive", "pregnant"},
        {"pregnant_trimester_1", "pregnant_trimester_1"},
        {"pregnant_trimester_2", "pregnant_trimester_2"},
        {"pregnant_trimester_3", "pregnant_trimester_3"},
        {"postpartum", "postpartum"},
        {"not_pregnant", "not_pregnant"},
        {"no", "not_pregnant"},
        {"none", "not_pregnant"},
        {"false", "not_pregnant"},
        {"negative", "not_pregnant"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (base_span_is(word, table[i].word))
            return table[i].status;
    return NULL;
}

static int read_pregnancy_object(clinical_flat *flat, json_value value)
{
    const json_value status_value = json_get(value, "status"), delivery = json_get(value, "recent_delivery");
    base_span status = {NULL, 0}, trimester = {NULL, 0};
    bool truth = false, delivered = false;
    if (json_bool(status_value, &truth))
        status = truth ? BASE_SPAN("pregnant") : BASE_SPAN("not_pregnant");
    else if (!flat_text(status_value, &status))
        return flat_fail(flat, "pregnancy.status", -1, status_value);
    if (!flat_text(json_get(value, "trimester"), &trimester))
        return flat_fail(flat, "pregnancy.trimester", -1, json_get(value, "trimester"));
    if (json_present(delivery) && !json_is(delivery, JSON_NULL) && !json_bool(delivery, &delivered))
        return flat_fail(flat, "pregnancy.recent_delivery", -1, delivery);
    double weeks = 0;
    (void)json_number(json_get(value, "weeks"), &weeks);
    const char *name = status_of(flat_word(flat, status));
    unsigned number = trimester_of(flat_word(flat, trimester));
    if (number == 0)
        number = trimester_of_weeks(weeks);
    if (name != NULL && base_span_is(base_span_of(name), "pregnant"))
        name = pregnant_name(number);
    else if (name == NULL && status.size == 0 && number != 0)
        name = pregnant_name(number);
    const bool pregnant = name != NULL && base_span_starts(base_span_of(name), BASE_SPAN("pregnant"));
    if (delivered && !pregnant)
        name = "postpartum";
    return name != NULL ? state_pregnancy(flat, name) : 0;
}

int flat_read_pregnancy(clinical_flat *flat, json_value value)
{
    bool truth = false;
    base_span text;
    if (json_is(value, JSON_OBJECT))
        return read_pregnancy_object(flat, value);
    if (json_bool(value, &truth))
        return state_pregnancy(flat, truth ? "pregnant" : "not_pregnant");
    if (!flat_text(value, &text))
        return flat_fail(flat, "pregnancy", -1, value);
    const char *name = status_of(flat_word(flat, text));
    return name != NULL ? state_pregnancy(flat, name) : 0;
}

/* -- vital signs -----------------------------------------------------------------------------------------------------
 */

#define NUMBER_TEXT_MAX 32

/* A number at the beginning of a text; the rest, without blanks, is its unit. */
static bool split_number(base_span text, double *ret_number, base_span *ret_rest)
{
    char digits[NUMBER_TEXT_MAX + 1];
    size_t size = 0;
    while (size < text.size && size < NUMBER_TEXT_MAX && memchr("0123456789.+-", text.data[size], 13) != NULL) {
        digits[size] = text.data[size];
        size++;
    }
    digits[size] = '\0';
    char *end = digits;
    *ret_number = size != 0 ? strtod(digits, &end) : 0; /* the C locale: the program sets none */
    if (end == digits || *end != '\0')
        return false;
    while (size < text.size && text.data[size] == ' ')
        size++;
    *ret_rest = (base_span){text.data + size, text.size - size};
    return true;
}

static base_span skip_blanks(base_span text, size_t skip)
{
    text = (base_span){text.data + skip, text.size - skip};
    while (text.size != 0 && text.data[0] == ' ')
        text = (base_span){text.data + 1, text.size - 1};
    return text;
}

/* "<=5", "> 100": the comparator of record_value. */
static base_span take_comparator(base_span text, char *ret_comparator)
{
    text = skip_blanks(text, 0);
    const bool equal = text.size > 1 && text.data[1] == '=';
    if (text.size == 0 || (text.data[0] != '<' && text.data[0] != '>'))
        return text;
    *ret_comparator = text.data[0] == '<' ? (equal ? 'l' : '<') : (equal ? 'g' : '>');
    return skip_blanks(text, equal ? 2 : 1);
}

static int add_vital(clinical_flat *flat, base_span name, const record_value *value)
{
    record_event *event = flat_add(flat, RECORD_OBSERVATION);
    if (event == NULL)
        return flat->trouble.code;
    event->start = flat->visit_time;
    event->code.text = name;
    event->value = *value;
    return 0;
}

/* "88", "88 bpm", "<0.01 ng/mL"; "150/95" is left to the analyte that is a pair; any other text is a result in words.
 */
static int read_vital_text(clinical_flat *flat, base_span name, base_span text, base_span unit)
{
    record_value value = {.kind = RECORD_VALUE_TEXT, .text = text};
    base_span rest = {NULL, 0};
    char comparator = 0;
    double number = 0;
    if (split_number(take_comparator(text, &comparator), &number, &rest) && (rest.size == 0 || rest.data[0] != '/'))
        value = (record_value){.kind = RECORD_VALUE_QUANTITY,
                               .number = number,
                               .comparator = comparator,
                               .unit = unit.size != 0 ? unit : rest};
    return add_vital(flat, name, &value);
}

static int read_vital(clinical_flat *flat, int index, base_span name, json_value value, base_span unit)
{
    double number = 0;
    bool truth = false;
    base_span text;
    if (json_is(value, JSON_OBJECT) && unit.data == NULL) {
        base_span stated = {NULL, 0};
        if (!flat_text(json_get(value, "unit"), &stated))
            return flat_fail(flat, "vital_signs", index, value);
        return read_vital(flat, index, name, json_get(value, "value"), stated.data != NULL ? stated : BASE_SPAN(""));
    }
    if (json_number(value, &number))
        return add_vital(flat, name, &(record_value){.kind = RECORD_VALUE_QUANTITY, .number = number, .unit = unit});
    if (json_bool(value, &truth))
        return add_vital(
            flat, name,
            &(record_value){.kind = RECORD_VALUE_TEXT, .text = truth ? BASE_SPAN("positive") : BASE_SPAN("negative")});
    if (!flat_text(value, &text))
        return flat_fail(flat, "vital_signs", index, value);
    return text.size != 0 ? read_vital_text(flat, name, text, unit) : 0;
}

int flat_read_vitals(clinical_flat *flat, json_value value)
{
    json_iterator it = json_iterate(value);
    json_value member;
    base_span name = {NULL, 0};
    if (json_is(value, JSON_OBJECT)) {
        for (int index = 0; json_next(&it, &name, &member); index++)
            BASE_TRY(read_vital(flat, index, name, member, (base_span){NULL, 0}));
        return 0;
    }
    if (!json_is(value, JSON_ARRAY))
        return json_present(value) && !json_is(value, JSON_NULL) ? flat_fail(flat, "vital_signs", -1, value) : 0;
    for (int index = 0; json_next(&it, NULL, &member); index++) {
        if (!json_is(member, JSON_OBJECT) || !flat_text(json_get(member, "name"), &name))
            return flat_fail(flat, "vital_signs", index, member);
        BASE_TRY(read_vital(flat, index, name, member, (base_span){NULL, 0}));
    }
    return 0;
}
