/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/export.h"

#include "base/date.h"
#include "json/json_writer.h"
#include "table/parquet.h"

#include <stdlib.h>

/*
 * Medical Event Data Standard 0.4: data/SPLIT/0.parquet, metadata/{dataset.json, codes.parquet,
 * subject_splits.parquet}.
 *
 * subject_id is the first 63 bits of the patient's token, which is keyed: the order of subjects is that of the dataset,
 * and two patients of a split with the same number would stand side by side, which is looked for. A value of a row is
 * an event, its code COLUMN//value. The time is the first day of index_period, which is all that was released of it;
 * where the plan withheld that there is none, and `snapshot` alone says the order. Outcomes are labels and no events.
 */
#define EVENTS_MAX 65536 /* of a batch */
#define CODES_MAX  8192
#define CODE_BYTES (TABLE_NAME_MAX + 260)
#define DAY_US     (INT64_C(86400) * 1000000)

enum { EVENT_SUBJECT, EVENT_TIME, EVENT_CODE, EVENT_NUMBER, EVENT_SNAPSHOT };
static const table_field event_fields[] = {{"subject_id", TABLE_INT64, false, false},
                                           {"time", TABLE_INT64, true, true},
                                           {"code", TABLE_STRING, false, false},
                                           {"numeric_value", TABLE_FLOAT, true, false},
                                           {"snapshot", TABLE_INT32, false, false}};
static const table_field split_fields[] = {{"subject_id", TABLE_INT64, false, false},
                                           {"split", TABLE_STRING, false, false}};
static const table_field code_fields[] = {{"code", TABLE_STRING, false, false},
                                          {"description", TABLE_STRING, true, false}};
static const table_schema event_schema = {event_fields, 5}, split_schema = {split_fields, 2},
                          code_schema = {code_fields, 2};
static const char *const split_names[IDENTITY_SPLIT_COUNT] = {
    [IDENTITY_TRAIN] = "train", [IDENTITY_VALIDATION] = "tuning", [IDENTITY_TEST] = "held_out"};

/* A Parquet file that is being written. */
typedef struct output {
    FILE *file;
    table_writer *writer;
    table_batch *batch;
} output;

typedef struct meds {
    output events[IDENTITY_SPLIT_COUNT], splits;
    int64_t last_subject;
    char last_patient[64];
    char **codes; /* sorted */
    size_t code_count;
} meds;

/* -- files -----------------------------------------------------------------------------------------------------------
 */

static int sink(void *context, base_span bytes, lethe_error *error)
{
    return engine_export_write(context, bytes.data, bytes.size, error);
}

static int output_open(engine_export *e, output *o, const char *name, const table_schema *schema, lethe_error *error)
{
    if ((o->file = base_folder_open(&e->folder, name, error)) == NULL)
        return LETHE_E_BASE_IO;
    const table_sink to = {o->file, sink};
    BASE_TRY(table_batch_new(schema, 0, 0, &o->batch, error));
    return table_writer_open(schema, NULL, 0, to, NULL, &o->writer, error);
}

static int output_flush(output *o, lethe_error *error)
{
    BASE_TRY(table_batch_check(o->batch, error));
    const int status = table_writer_append(o->writer, o->batch, error);
    table_batch_reset(o->batch);
    return status;
}

static int output_close(output *o, lethe_error *error)
{
    if (o->file == NULL)
        return 0;
    BASE_TRY(output_flush(o, error));
    BASE_TRY(table_writer_close(&o->writer, error));
    FILE *file = o->file;
    o->file = NULL;
    return base_folder_close(file, error);
}

static void output_free(output *o)
{
    table_writer_free(o->writer);
    table_batch_free(o->batch);
    if (o->file != NULL)
        (void)fclose(o->file);
}

/* -- codes -----------------------------------------------------------------------------------------------------------
 */

/* The place of a code in the list, and whether it is there. */
static size_t place_of(const meds *m, const char *code, bool *ret_found)
{
    size_t low = 0, high = m->code_count;
    *ret_found = false;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = strcmp(m->codes[middle], code);
        if (order == 0)
            *ret_found = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int note_code(meds *m, const char *code, lethe_error *error)
{
    bool found = false;
    const size_t at = place_of(m, code, &found);
    if (found)
        return 0;
    if (m->code_count == CODES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    char *copy = strdup(code);
    if (copy == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memmove(m->codes + at + 1, m->codes + at, (m->code_count - at) * sizeof(*m->codes));
    m->codes[at] = copy;
    m->code_count++;
    return 0;
}

/* "medical_history_concepts//allergic_rhinitis" as "medical history concepts: allergic rhinitis". */
static void describe(const char *code, char ret_text[CODE_BYTES])
{
    const char *mark = strstr(code, "//");
    (void)snprintf(ret_text, CODE_BYTES, "%.*s%s%s", (int)(mark != NULL ? mark - code : (long)strlen(code)), code,
                   mark != NULL ? ": " : "", mark != NULL ? mark + 2 : "");
    for (char *at = ret_text; *at != '\0'; at++)
        *at = *at == '_' ? ' ' : *at;
}

static int write_codes(engine_export *e, lethe_error *error)
{
    const meds *m = e->state;
    output o = {0};
    char text[CODE_BYTES];
    int status = output_open(e, &o, "metadata/codes.parquet", &code_schema, error);
    for (size_t i = 0; i < m->code_count && status == 0; i++) {
        describe(m->codes[i], text);
        table_append_string(o.batch, 0, base_span_of(m->codes[i]));
        table_append_string(o.batch, 1, base_span_of(text));
    }
    if (status == 0)
        status = output_close(&o, error);
    output_free(&o);
    return status;
}

/* -- events ----------------------------------------------------------------------------------------------------------
 */

/* The first 63 bits of the token's 130: "anon_" and base32 digits, five bits each. */
static bool subject_of(base_span id, int64_t *ret_subject)
{
    uint64_t bits = 0;
    if (id.size < 5 + 13)
        return false;
    for (size_t i = 0; i < 13; i++) {
        const char c = id.data[5 + i];
        const int digit = c >= 'a' && c <= 'z' ? c - 'a' : c >= '2' && c <= '7' ? c - '2' + 26 : -1;
        if (digit < 0)
            return false;
        bits = i < 12 ? bits << 5 | (uint64_t)digit : bits << 3 | (uint64_t)digit >> 2;
    }
    *ret_subject = (int64_t)bits;
    return true;
}

/* "2019", "2018-2019", "2016-2020": the first year's first day; false for "*". */
static bool time_of(base_span period, int64_t *ret_us)
{
    int32_t year = 0;
    if (period.size < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        if (period.data[i] < '0' || period.data[i] > '9')
            return false;
        year = year * 10 + (period.data[i] - '0');
    }
    if (year < 1)
        return false;
    *ret_us = (int64_t)base_day_of(year, 1, 1) * DAY_US;
    return true;
}

typedef struct moment {
    int64_t subject, us;
    bool timed;
    int32_t snapshot;
} moment;

static int put_event(engine_export *e, output *o, const moment *at, const char *code, const float *number,
                     lethe_error *error)
{
    BASE_TRY(note_code(e->state, code, error));
    table_append_int64(o->batch, EVENT_SUBJECT, at->subject);
    if (at->timed)
        table_append_int64(o->batch, EVENT_TIME, at->us);
    else
        table_append_null(o->batch, EVENT_TIME);
    table_append_string(o->batch, EVENT_CODE, base_span_of(code));
    if (number != NULL)
        table_append_float(o->batch, EVENT_NUMBER, *number);
    else
        table_append_null(o->batch, EVENT_NUMBER);
    table_append_int32(o->batch, EVENT_SNAPSHOT, at->snapshot);
    e->result->events++;
    return table_batch_rows(o->batch) >= EVENTS_MAX ? output_flush(o, error) : 0;
}

static int put_value(engine_export *e, output *o, const moment *at, const char *column, base_span value,
                     lethe_error *error)
{
    char code[CODE_BYTES];
    (void)snprintf(code, sizeof(code), "%s//%.*s", column, (int)value.size, value.data != NULL ? value.data : "");
    return put_event(e, o, at, code, NULL, error);
}

/* Not an event: names, what the time and the snapshot say already, labels, and what says how a label was seen. */
static bool is_event(const char *name)
{
    static const char *const others[] = {"anonymous_id",    "row_id",          "index_period",
                                         "embedding_model", "outcomes",        "outcome_observed",
                                         "followup_months", "death_in_window", "not_ready_reason"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(name, others[i]) == 0)
            return false;
    return true;
}

static int put_row(engine_export *e, output *o, const table_batch *batch, size_t row, const moment *at,
                   lethe_error *error)
{
    const float number = (float)at->snapshot;
    BASE_TRY(put_event(e, o, at, "snapshot", &number, error));
    for (size_t column = 0; column < batch->schema.count; column++) {
        const table_field *field = &batch->schema.fields[column];
        if (!is_event(field->name) || table_is_null(batch, column, row))
            continue;
        if (field->type == TABLE_STRING)
            BASE_TRY(put_value(e, o, at, field->name, table_string_at(batch, column, row), error));
        else if (field->type == TABLE_LIST_STRING)
            for (size_t i = 0; i < table_list_size(batch, column, row); i++)
                BASE_TRY(put_value(e, o, at, field->name, table_list_string_at(batch, column, row, i), error));
    }
    return 0;
}

/* A new patient: their split; two with one number are refused rather than made one. */
static int enter(engine_export *e, identity_split split, base_span patient, int64_t *ret_subject, lethe_error *error)
{
    meds *m = e->state;
    if (patient.size >= sizeof(m->last_patient) || !subject_of(patient, ret_subject))
        return base_fail(error, LETHE_E_ENGINE_DATASET);
    if (base_span_is(patient, m->last_patient))
        return 0;
    if (m->last_patient[0] != '\0' && *ret_subject == m->last_subject)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    memcpy(m->last_patient, patient.data, patient.size);
    m->last_patient[patient.size] = '\0';
    m->last_subject = *ret_subject;
    table_append_int64(m->splits.batch, 0, *ret_subject);
    table_append_string(m->splits.batch, 1, base_span_of(split_names[split]));
    return table_batch_rows(m->splits.batch) >= EVENTS_MAX ? output_flush(&m->splits, error) : 0;
}

static int write_batch(engine_export *e, identity_split split, const table_batch *batch, lethe_error *error)
{
    meds *m = e->state;
    output *o = &m->events[split];
    const size_t id = table_schema_find(&batch->schema, "anonymous_id");
    const size_t period = table_schema_find(&batch->schema, "index_period");
    const size_t snapshot = table_schema_find(&batch->schema, "snapshot");
    char name[64];
    (void)snprintf(name, sizeof(name), "data/%s/0.parquet", split_names[split]);
    if (o->file == NULL)
        BASE_TRY(output_open(e, o, name, &event_schema, error));
    for (size_t row = 0; row < table_batch_rows(batch); row++) {
        moment at = {.snapshot = table_int32_at(batch, snapshot, row)};
        BASE_TRY(enter(e, split, table_string_at(batch, id, row), &at.subject, error));
        at.timed = time_of(table_string_at(batch, period, row), &at.us);
        BASE_TRY(put_row(e, o, batch, row, &at, error));
    }
    return 0;
}

/* -- the whole -------------------------------------------------------------------------------------------------------
 */

static int begin(engine_export *e, lethe_error *error)
{
    meds *m = calloc(1, sizeof(*m));
    if (m == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    e->state = m;
    m->codes = calloc(CODES_MAX + 1, sizeof(*m->codes));
    if (m->codes == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(base_folder_make(&e->folder, "metadata", error));
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "data/%s", split_names[split]);
        BASE_TRY(base_folder_make(&e->folder, name, error));
    }
    return output_open(e, &m->splits, "metadata/subject_splits.parquet", &split_schema, error);
}

static int write_metadata(engine_export *e, lethe_error *error)
{
    base_buf out;
    base_buf_init(&out, (size_t)1 << 20);
    json_writer w = json_writer_of(&out, true);
    const json_value root = e->dataset->root;
    json_write_object(&w);
    json_member_string(&w, "dataset_name", json_string(json_get(root, "dataset_name")));
    json_member_text(&w, "dataset_version", e->dataset->plan);
    json_member_text(&w, "etl_name", "lethe export");
    json_member_text(&w, "etl_version", LETHE_VERSION);
    json_member_text(&w, "meds_version", "0.4.1");
    json_write_end(&w);
    base_buf_byte(&out, '\n');
    int status = base_buf_check(&out, error);
    if (status == 0)
        status = base_folder_write(&e->folder, "metadata/dataset.json", base_buf_view(&out), error);
    base_buf_done(&out);
    return status;
}

static int end(engine_export *e, lethe_error *error)
{
    meds *m = e->state;
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++)
        BASE_TRY(output_close(&m->events[split], error));
    BASE_TRY(output_close(&m->splits, error));
    BASE_TRY(write_codes(e, error));
    return write_metadata(e, error);
}

static void release(engine_export *e)
{
    meds *m = e->state;
    if (m == NULL)
        return;
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++)
        output_free(&m->events[split]);
    output_free(&m->splits);
    for (size_t i = 0; i < m->code_count; i++)
        free(m->codes[i]);
    free((void *)m->codes);
    free(m);
    e->state = NULL;
}

const engine_export_format engine_export_meds = {"meds", begin, write_batch, end, release};
