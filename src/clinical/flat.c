/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/flat.h"

#include "clinical/flat_internal.h"
#include "clinical/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES_MAX ((size_t)64 << 20)

/* Members by their names here and elsewhere; the first that is present counts. */
static const char *const DATE_NAMES[] = {"visit_date", "date", "encounter_date", "timestamp", NULL};
static const char *const BIRTH_NAMES[] = {"birth_date", "birthdate", "birthDate", "date_of_birth", "dob", NULL};
static const char *const GENDER_NAMES[] = {"gender", "sex", NULL};
static const char *const DEATH_NAMES[] = {"death_date", "deceased_date", NULL};
static const char *const ID_NAMES[] = {"id", "patient_id", NULL};
static const char *const ENCOUNTER_NAMES[] = {"encounter_id", "visit_id", NULL};
static const char *const CLASS_NAMES[] = {"encounter_class", "visit_type", NULL};
static const char *const EXPOSURE_NAMES[] = {"exposure", "exposure_risk", "exposures", NULL};
static const char *const ZIP_NAMES[] = {"postal_code", "zip", "zip_code", NULL};

int clinical_flat_new(const base_hash_key *secret, clinical_flat **ret_flat, lethe_error *error)
{
    clinical_flat *flat = calloc(1, sizeof(*flat));
    if (flat == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    flat->secret = *secret;
    base_arena_init(&flat->arena, ARENA_BYTES_MAX);
    *ret_flat = flat;
    return 0;
}

void clinical_flat_free(clinical_flat *flat)
{
    if (flat == NULL)
        return;
    base_arena_done(&flat->arena);
    free(flat->events);
    free(flat);
}

uint64_t clinical_flat_count(const clinical_flat *flat)
{
    return flat->count;
}

json_value flat_first_of(json_value object, const char *const *names, const char **ret_name)
{
    json_value value = {NULL, 0};
    for (size_t i = 0; names[i] != NULL && !json_present(value); i++) {
        value = json_get(object, names[i]);
        *ret_name = names[i];
    }
    return value;
}

bool clinical_flat_is(json_value root)
{
    /* What only a patient has: a line of a log is an object with an id and a time as well. */
    static const char *const names[] = {"patient_id",  "age",           "gender",        "sex",        "birth_date",
                                        "birthdate",   "birthDate",     "date_of_birth", "dob",        "pregnancy",
                                        "history",     "conditions",    "medications",   "allergies",  "symptoms",
                                        "vital_signs", "clinical_text", "immunizations", "procedures", NULL};
    const char *name = "";
    return json_is(root, JSON_OBJECT) && !json_present(json_get(root, "resourceType")) &&
           json_present(flat_first_of(root, names, &name));
}

int flat_fail(clinical_flat *flat, const char *member, int index, json_value value)
{
    char path[64];
    base_fail_at(&flat->trouble, LETHE_E_CLINICAL_FLAT, json_present(value) ? json_offset(value) : 0);
    if (index >= 0)
        snprintf(path, sizeof(path), "%s[%d]", member, index);
    else
        snprintf(path, sizeof(path), "%s", member);
    base_error_path(&flat->trouble, path);
    return LETHE_E_CLINICAL_FLAT;
}

record_event *flat_add(clinical_flat *flat, record_kind kind)
{
    if (flat->event_count == CLINICAL_FLAT_EVENTS_MAX) {
        base_fail(&flat->trouble, LETHE_E_BASE_LIMIT);
        return NULL;
    }
    if (flat->event_count == flat->event_capacity) {
        const uint32_t capacity = flat->event_capacity == 0 ? 64 : flat->event_capacity * 2;
        record_event *events = realloc(flat->events, capacity * sizeof(*events));
        if (events == NULL) {
            base_fail(&flat->trouble, LETHE_E_BASE_MEMORY);
            return NULL;
        }
        flat->events = events;
        flat->event_capacity = capacity;
    }
    record_event *event = &flat->events[flat->event_count++];
    *event = (record_event){.kind = kind, .known = flat->visit_time, .encounter = flat->visit};
    return event;
}

bool flat_text(json_value value, base_span *ret_text)
{
    switch (json_type_of(value)) {
    case JSON_NULL:
        *ret_text = (base_span){NULL, 0};
        return true;
    case JSON_STRING:
        *ret_text = json_string(value);
        return true;
    case JSON_NUMBER:
        *ret_text = json_number_text(value);
        return true;
    default:
        return false;
    }
}

base_span flat_word(clinical_flat *flat, base_span text)
{
    const base_span word = base_arena_copy(&flat->arena, text);
    char *to = (char *)(uintptr_t)word.data; /* ours: the arena's copy */
    for (size_t i = 0; i < word.size; i++) {
        const char c = to[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        to[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : plain ? c : '_');
    }
    return word;
}

static int read_text(clinical_flat *flat, json_value object, const char *const *names, base_span *ret_text)
{
    const char *name = "";
    const json_value value = flat_first_of(object, names, &name);
    return flat_text(value, ret_text) ? 0 : flat_fail(flat, name, -1, value);
}

static int read_date(clinical_flat *flat, json_value object, const char *const *names, base_time *ret_time)
{
    const char *name = "";
    const json_value value = flat_first_of(object, names, &name);
    base_span text;
    if (!flat_text(value, &text))
        return flat_fail(flat, name, -1, value);
    if (text.size == 0)
        return 0;
    return base_time_parse(text, ret_time, NULL) == 0 ? 0 : flat_fail(flat, name, -1, value);
}

/* -- the person and the visit ----------------------------------------------------------------------------------------
 */

/* A record without an id is a person of its own: its id is a hash of what it says. */
static base_span id_of_content(clinical_flat *flat, json_value root)
{
    static const base_hash_key key = {0x6c657468652d666cULL, 0x61742d7265636f72ULL};
    const base_hash128 hash = base_hash(&key, json_text(root));
    char text[40];
    const int size = snprintf(text, sizeof(text), "record-%016llx%016llx", (unsigned long long)hash.high,
                              (unsigned long long)hash.low);
    return base_arena_copy(&flat->arena, (base_span){text, (size_t)size});
}

static int read_age(clinical_flat *flat, json_value value, record_event *patient)
{
    double age = 0;
    base_span text;
    if (!json_number(value, &age)) {
        if (!flat_text(value, &text))
            return flat_fail(flat, "age", -1, value);
        if (text.size == 0)
            return 0;
        for (size_t i = 0; i < text.size; i++) {
            if (text.data[i] < '0' || text.data[i] > '9' || i > 2)
                return flat_fail(flat, "age", -1, value);
            age = age * 10 + (text.data[i] - '0');
        }
    }
    if (!(age >= 0 && age <= 150))
        return flat_fail(flat, "age", -1, value);
    patient->flags |= RECORD_FLAG_AGE_STATED;
    patient->value.number = age;
    return 0;
}

static int read_person(clinical_flat *flat, json_value root)
{
    base_span gender = {NULL, 0};
    base_time birth = {0}, death = {0};
    BASE_TRY(read_text(flat, root, GENDER_NAMES, &gender));
    BASE_TRY(read_date(flat, root, BIRTH_NAMES, &birth));
    BASE_TRY(read_date(flat, root, DEATH_NAMES, &death));
    record_event *patient = flat_add(flat, RECORD_PATIENT);
    if (patient == NULL)
        return flat->trouble.code;
    patient->start = birth;
    patient->end = death;
    patient->value = (record_value){.kind = RECORD_VALUE_TEXT, .text = gender};
    return read_age(flat, json_get(root, "age"), patient);
}

static int read_visit(clinical_flat *flat, json_value root, base_span visit_id)
{
    base_span of_class = {NULL, 0};
    BASE_TRY(read_text(flat, root, CLASS_NAMES, &of_class));
    record_event *encounter = flat_add(flat, RECORD_ENCOUNTER);
    if (encounter == NULL)
        return flat->trouble.code;
    encounter->id = visit_id;
    encounter->self = flat->visit;
    encounter->start = flat->visit_time;
    if (of_class.size != 0) {
        record_coding *coding = base_arena_take(&flat->arena, sizeof(*coding));
        if (coding == NULL)
            return base_fail(&flat->trouble, LETHE_E_BASE_MEMORY);
        *coding = (record_coding){.code = of_class};
        encounter->value = (record_value){.kind = RECORD_VALUE_CONCEPT, .concept = {.codings = coding, .count = 1}};
    }
    if (base_time_known(flat->visit_time))
        return 0;
    record_event *stated = flat_add(flat, RECORD_STATED);
    if (stated == NULL)
        return flat->trouble.code;
    stated->code.text = BASE_SPAN("visit");
    stated->value = (record_value){.kind = RECORD_VALUE_TEXT, .text = BASE_SPAN("undated")};
    return 0;
}

/* -- what is stated --------------------------------------------------------------------------------------------------
 */

static int read_location(clinical_flat *flat, json_value value)
{
    record_place place = {0};
    const char *name = "";
    if (json_is(value, JSON_OBJECT)) {
        if (!flat_text(json_get(value, "city"), &place.city) || !flat_text(json_get(value, "state"), &place.state) ||
            !flat_text(flat_first_of(value, ZIP_NAMES, &name), &place.postal_code) ||
            !flat_text(json_get(value, "country"), &place.country))
            return flat_fail(flat, "location", -1, value);
    } else if (!flat_text(value, &place.text)) {
        return flat_fail(flat, "location", -1, value);
    }
    record_event *event = flat_add(flat, RECORD_ADDRESS);
    if (event == NULL)
        return flat->trouble.code;
    event->place = place;
    return 0;
}

static int add_stated(clinical_flat *flat, base_span name, base_span value)
{
    record_event *event = flat_add(flat, RECORD_STATED);
    if (event == NULL)
        return flat->trouble.code;
    event->code.text = name;
    event->value = (record_value){.kind = RECORD_VALUE_TEXT, .text = value};
    return 0;
}

static int read_season(clinical_flat *flat, json_value value)
{
    base_span text;
    if (!flat_text(value, &text))
        return flat_fail(flat, "season", -1, value);
    return text.size != 0 ? add_stated(flat, BASE_SPAN("season"), flat_word(flat, text)) : 0;
}

static int read_exposure(clinical_flat *flat, const char *member, int index, json_value value)
{
    base_span text;
    if (!flat_text(value, &text))
        return flat_fail(flat, member, index, value);
    const base_span word = flat_word(flat, text);
    for (uint32_t leaf = 0; leaf + 1 < clinical_exposure_count(); leaf++)
        if (base_span_is(word, clinical_exposure_name(leaf)))
            return add_stated(flat, BASE_SPAN("exposure"), word);
    /* Its words may still say it: "works in a nursing home". */
    record_event *event = text.size != 0 ? flat_add(flat, RECORD_REASON) : NULL;
    if (event == NULL)
        return text.size != 0 ? flat->trouble.code : 0;
    event->self = flat->visit;
    event->code.text = text;
    return 0;
}

static int read_exposures(clinical_flat *flat, json_value root)
{
    const char *name = "";
    const json_value value = flat_first_of(root, EXPOSURE_NAMES, &name);
    if (!json_is(value, JSON_ARRAY))
        return read_exposure(flat, name, -1, value);
    json_iterator it = json_iterate(value);
    json_value element;
    for (int index = 0; json_next(&it, NULL, &element); index++)
        BASE_TRY(read_exposure(flat, name, index, element));
    return 0;
}

static int read_record(clinical_flat *flat, json_value root, base_span visit_id)
{
    BASE_TRY(read_person(flat, root));
    BASE_TRY(read_visit(flat, root, visit_id));
    BASE_TRY(read_location(flat, json_get(root, "location")));
    BASE_TRY(read_season(flat, json_get(root, "season")));
    BASE_TRY(flat_read_pregnancy(flat, json_get(root, "pregnancy")));
    BASE_TRY(read_exposures(flat, root));
    BASE_TRY(flat_read_lists(flat, root));
    return flat_read_vitals(flat, json_get(root, "vital_signs"));
}

/* The visit's id: the patient's and the visit's own, else what the record says. */
static base_span visit_id_of(clinical_flat *flat, base_span patient_id, base_span encounter_id, json_value root)
{
    base_span own = encounter_id.size != 0 ? encounter_id : id_of_content(flat, root);
    char *text = own.data != NULL ? base_arena_take(&flat->arena, patient_id.size + 1 + own.size) : NULL;
    if (text == NULL)
        return (base_span){NULL, 0};
    memcpy(text, patient_id.data, patient_id.size);
    text[patient_id.size] = '/';
    memcpy(text + patient_id.size + 1, own.data, own.size);
    return (base_span){text, patient_id.size + 1 + own.size};
}

static int start_record(clinical_flat *flat, json_value root, record_head *head, base_span *ret_visit_id)
{
    base_span id = {NULL, 0}, encounter_id = {NULL, 0};
    if (!json_is(root, JSON_OBJECT))
        return flat_fail(flat, "$", -1, root);
    BASE_TRY(read_text(flat, root, ID_NAMES, &id));
    BASE_TRY(read_text(flat, root, ENCOUNTER_NAMES, &encounter_id));
    if (id.size > CLINICAL_FLAT_ID_MAX || encounter_id.size > CLINICAL_FLAT_ID_MAX)
        return flat_fail(flat, id.size > CLINICAL_FLAT_ID_MAX ? "id" : "encounter_id", -1, root);
    BASE_TRY(read_date(flat, root, DATE_NAMES, &flat->visit_time));
    if (id.size == 0)
        id = id_of_content(flat, root);
    const base_span visit_id = id.data != NULL ? visit_id_of(flat, id, encounter_id, root) : id;
    if (visit_id.data == NULL)
        return base_fail(&flat->trouble, LETHE_E_BASE_MEMORY);
    flat->visit = record_key_of(&flat->secret, BASE_SPAN("Encounter"), visit_id);
    *head = (record_head){
        .resource = record_key_of(&flat->secret, BASE_SPAN("flat"), visit_id),
        .patient = record_key_of(&flat->secret, BASE_SPAN("Patient"), id),
        .patient_id = id,
        .last_updated_us = INT64_MIN,
        .text = json_text(root),
    };
    *ret_visit_id = visit_id;
    return 0;
}

int clinical_flat_read(clinical_flat *flat, json_value root, const record_sink *sink, lethe_error *error)
{
    record_head head;
    base_span visit_id = {NULL, 0};
    base_arena_reset(&flat->arena);
    flat->event_count = 0;
    flat->visit_time = (base_time){0};
    flat->visit = (record_key){0, 0};
    flat->trouble = (lethe_error){0};
    flat->count++;
    int status = start_record(flat, root, &head, &visit_id);
    if (status == 0)
        status = read_record(flat, root, visit_id);
    if (status == 0)
        return sink->resource(sink->context, &head, flat->events, flat->event_count, error);
    if (status == LETHE_E_BASE_MEMORY)
        return base_fail(error, status);
    return sink->withheld(sink->context, &flat->trouble);
}
