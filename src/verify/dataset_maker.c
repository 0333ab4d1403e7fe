/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/dataset_maker.h"

#include "base/file.h"
#include "base/hash.h"
#include "crypt/digest.h"
#include "crypt/keyring.h"
#include "crypt/sign.h"
#include "json/json_writer.h"
#include "table/parquet.h"
#include "verify/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILE_MAX ((size_t)16 << 20)

static void make_token(char *to, const char *prefix, unsigned number)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    char token[27];
    for (int i = 0; i < 26; i++)
        token[i] = alphabet[i < 4 ? (number >> (5 * (3 - i))) & 31 : (number * 7 + (unsigned)i) & 31];
    token[26] = '\0';
    snprintf(to, 40, "%s%s", prefix, token);
}

static const maker_value all_values[] = {
    {RECORD_HISTORY_CATEGORIES, "allergic_history", NULL, NULL},
    {RECORD_HISTORY_CATEGORIES, "cardiac_history", NULL, NULL},
    {RECORD_HISTORY_CONCEPTS, "allergic_rhinitis", "allergic_history", NULL},
    {RECORD_HISTORY_CONCEPTS, "hypertension", "cardiac_history", NULL},
    {RECORD_MEDICATION_CATEGORIES, "antihistamines", NULL, NULL},
    {RECORD_MEDICATION_CONCEPTS, "loratadine", "antihistamines", NULL},
    {RECORD_SYMPTOM_CATEGORIES, "fatigue", NULL, NULL},
    {RECORD_VITAL_FLAGS, "blood_pressure_stage_2", NULL, NULL},
    {RECORD_RISK_FACTORS, "cardiometabolic", NULL, NULL},
    {RECORD_OUTCOMES, "asthma", NULL, NULL},
    {RECORD_OUTCOMES, "hypertension", NULL, NULL},
};

/* Two groups of twelve; within each, every patient has the same three visits and lists. */
static void make_row(maker_row *row, unsigned patient, unsigned visit)
{
    const bool first = patient % 2 == 0;
    *row = (maker_row){.split = (int)(patient / 2 % 3), .snapshot = (int32_t)visit, .observed = true, .ready = true};
    make_token(row->id, "anon_", patient);
    make_token(row->row_id, "visit_", patient * 8 + visit);
    const char **text = row->text;
    text[VERIFY_INDEX_PERIOD] = text[VERIFY_MONTHS_SINCE_PREVIOUS] = "*";
    text[VERIFY_AGE_GROUP] = first ? "25-35" : "50-65";
    text[VERIFY_AGE_RISK_GROUP] = first ? "reproductive_age" : "older_adult";
    text[VERIFY_SEX] = first ? "female" : "male";
    text[VERIFY_PREGNANCY_STATUS] = first && visit == 1 ? "pregnant" : "not_pregnant";
    text[VERIFY_LOCATION] = "*_northeast";
    text[VERIFY_SEASON] = visit == 2 ? "summer" : "winter";
    text[VERIFY_EXPOSURE] = "low";
    text[VERIFY_ENCOUNTER_CLASS] = "ambulatory";
    text[VERIFY_UTILIZATION] = "2-3";
    text[VERIFY_COMORBIDITY] = "0";
    text[VERIFY_FOLLOWUP] = "12-24";
    text[VERIFY_EMBEDDING_MODEL] = "test-model-1";
    row->lists[RECORD_HISTORY_CATEGORIES][0] = first ? "allergic_history" : "cardiac_history";
    row->lists[RECORD_HISTORY_CONCEPTS][0] = first ? "allergic_rhinitis" : "hypertension";
    row->lists[RECORD_SYMPTOM_CATEGORIES][0] = "fatigue";
    if (first) {
        row->lists[RECORD_MEDICATION_CATEGORIES][0] = "antihistamines";
        row->lists[RECORD_MEDICATION_CONCEPTS][0] = "loratadine";
        row->lists[RECORD_OUTCOMES][0] = "asthma";
    } else {
        row->lists[RECORD_VITAL_FLAGS][0] = "blood_pressure_stage_2";
        row->lists[RECORD_RISK_FACTORS][0] = "cardiometabolic";
    }
}

void maker_init(maker *m)
{
    *m = (maker){.level = "standard",
                 .k = 5,
                 .visits = 2,
                 .items = 2,
                 .support_byte = -1,
                 .dropped_column = VERIFY_COLUMN_COUNT,
                 .schema_version = VERIFY_SCHEMA_VERSION};
    memset(m->seed, 7, sizeof(m->seed));
    m->value_count = sizeof(all_values) / sizeof(all_values[0]);
    memcpy(m->values, all_values, sizeof(all_values));
    for (int split = 0; split < 3; split++)
        for (unsigned patient = 0; patient < 24; patient++)
            for (unsigned visit = 0; visit < 3 && patient / 2 % 3 == (unsigned)split; visit++)
                make_row(&m->rows[m->row_count++], patient, visit);
}

void maker_public_key(const maker *m, uint8_t key[32])
{
    (void)crypt_sign_public(m->seed, key, NULL);
}

static size_t list_size(const maker_row *row, int column)
{
    size_t count = 0;
    while (count < MAKER_LIST_MAX && row->lists[column][count] != NULL)
        count++;
    return count;
}

int maker_encode(void *context, const verify_row *row, float ret_vector[VERIFY_VECTOR_SIZE])
{
    const base_hash_key key = {1, 2};
    const record_released *r = &row->released;
    char text[2048];
    (void)context;
    int size = snprintf(text, sizeof(text), "%s|%s|%s|%s|%s|%s", r->age_group, r->sex, r->pregnancy_status, r->density,
                        r->region, r->season_category);
    for (int c = 0; c < RECORD_COLUMN_COUNT; c++)
        for (size_t i = 0; c != RECORD_OUTCOMES && i < row->value_counts[c]; i++)
            size += snprintf(text + size, sizeof(text) - (size_t)size, "|%s", row->values[c][i]);
    memset(ret_vector, 0, VERIFY_VECTOR_SIZE * sizeof(float));
    ret_vector[base_hash(&key, base_span_of(text)).low % VERIFY_VECTOR_SIZE] = 1;
    return 0;
}

static void encode_row(const maker_row *row, float *vector)
{
    verify_location location = {"", ""};
    (void)verify_split_location(row->text[VERIFY_LOCATION], &location);
    verify_row view = {.released = {.age_group = row->text[VERIFY_AGE_GROUP],
                                    .sex = row->text[VERIFY_SEX],
                                    .pregnancy_status = row->text[VERIFY_PREGNANCY_STATUS],
                                    .density = location.density,
                                    .region = location.region,
                                    .season_category = row->text[VERIFY_SEASON]}};
    for (int c = 0; c < RECORD_COLUMN_COUNT; c++) {
        view.values[c] = row->lists[c];
        view.value_counts[c] = list_size(row, c);
    }
    (void)maker_encode(NULL, &view, vector);
}

static void append_row(const maker *m, table_batch *batch, const maker_row *row)
{
    size_t at = 0;
    float vector[VERIFY_VECTOR_SIZE];
    encode_row(row, vector);
    for (size_t c = 0; c < VERIFY_COLUMN_COUNT; c++) {
        if (c == m->dropped_column)
            continue;
        const size_t column = at++;
        const char *text = c == VERIFY_ANONYMOUS_ID ? row->id : c == VERIFY_ROW_ID ? row->row_id : row->text[c];
        if (c == VERIFY_SNAPSHOT)
            table_append_int32(batch, column, row->snapshot);
        else if (c == VERIFY_OUTCOME_OBSERVED)
            table_append_bool(batch, column, row->observed);
        else if (c == VERIFY_READY)
            table_append_bool(batch, column, row->ready);
        else if (c == VERIFY_DEATH && row->death >= 0)
            table_append_bool(batch, column, row->death == 1);
        else if (c == VERIFY_EMBEDDING)
            table_append_floats(batch, column, row->vector != NULL ? row->vector : vector, VERIFY_VECTOR_SIZE);
        else if (verify_fields[c].type == TABLE_FLOAT)
            table_append_float(batch, column,
                               c == VERIFY_WEIGHT_MEDICAL       ? 0.8f
                               : c == VERIFY_WEIGHT_DEMOGRAPHIC ? 0.3f
                                                                : 0.5f);
        else if (verify_fields[c].type == TABLE_LIST_STRING) {
            base_span items[MAKER_LIST_MAX];
            int list = 0;
            while (verify_list_columns[list] != (verify_column)c)
                list++;
            for (size_t i = 0; i < list_size(row, list); i++)
                items[i] = base_span_of(row->lists[list][i]);
            table_append_strings(batch, column, items, list_size(row, list));
        } else if (text == NULL)
            table_append_null(batch, column);
        else
            table_append_string(batch, column, base_span_of(text));
    }
}

static int sink_write(void *context, base_span bytes, lethe_error *error)
{
    base_buf_span(context, bytes);
    return base_buf_check(context, error);
}

static int make_parquet(const maker *m, int split, base_buf *out, lethe_error *error)
{
    table_field fields[VERIFY_COLUMN_COUNT];
    table_schema schema = {fields, 0};
    for (size_t c = 0; c < VERIFY_COLUMN_COUNT; c++)
        if (c != m->dropped_column)
            fields[schema.count++] = verify_fields[c];
    const table_pair metadata = {BASE_SPAN("schema_version"), BASE_SPAN(VERIFY_SCHEMA_VERSION)};
    const table_writer_options options = {.row_group_rows = 16};
    table_batch *batch = NULL;
    table_writer *writer = NULL;
    BASE_TRY(table_batch_new(&schema, 0, 0, &batch, error));
    for (size_t i = 0; i < m->row_count; i++)
        if (m->rows[i].split == split)
            append_row(m, batch, &m->rows[i]);
    int status = table_writer_open(&schema, &metadata, 1, (table_sink){out, sink_write}, &options, &writer, error);
    if (status == 0)
        status = table_writer_append(writer, batch, error);
    if (status == 0)
        status = table_writer_close(&writer, error);
    table_writer_free(writer);
    table_batch_free(batch);
    return status;
}

static bool row_has(const maker_row *row, const maker_value *value)
{
    for (size_t i = 0; i < list_size(row, (int)value->column); i++)
        if (strcmp(row->lists[value->column][i], value->name) == 0)
            return true;
    return false;
}

/* Patients (by id) with both values somewhere. */
static uint32_t holders(const maker *m, const maker_value *a, const maker_value *b)
{
    uint32_t count = 0;
    for (size_t i = 0; i < m->row_count; i++) {
        bool first = true, has_a = false, has_b = false;
        for (size_t j = 0; j < m->row_count; j++) {
            if (strcmp(m->rows[i].id, m->rows[j].id) != 0)
                continue;
            first &= j >= i;
            has_a |= row_has(&m->rows[j], a);
            has_b |= row_has(&m->rows[j], b);
        }
        count += first && has_a && has_b;
    }
    return count;
}

static void tuple_of(const maker_row *row, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t c = 0; c < VERIFY_TUPLE_COLUMNS; c++)
        snprintf(text + strlen(text), size - strlen(text), "%s%s", c != 0 ? "\t" : "",
                 verify_tuple_columns[c] != VERIFY_OUTCOME_OBSERVED ? row->text[verify_tuple_columns[c]]
                 : row->observed                                    ? "true"
                                                                    : "false");
}

static int compare_spans(const void *left, const void *right)
{
    return base_span_compare(*(const base_span *)left, *(const base_span *)right);
}

typedef struct support_view {
    const maker *m;
    const maker_value *values[MAKER_VALUES_MAX];
} support_view;

static bool pair_supported(void *context, size_t low, size_t high)
{
    const support_view *view = context;
    return holders(view->m, view->values[low], view->values[high]) >= view->m->k;
}

static size_t support_tuples(const maker *m, char (*texts)[256], base_span *tuples)
{
    size_t count = 0;
    for (size_t i = 0; i < m->row_count; i++) {
        uint32_t people = 0;
        const char *last = "";
        char other[256];
        tuple_of(&m->rows[i], texts[count], 256);
        for (size_t j = 0; j < m->row_count; j++) {
            tuple_of(&m->rows[j], other, sizeof(other));
            if (strcmp(other, texts[count]) == 0 && strcmp(last, m->rows[j].id) != 0) {
                people++;
                last = m->rows[j].id;
            }
        }
        bool known = people < m->k;
        for (size_t t = 0; t < count; t++)
            known |= strcmp(texts[t], texts[count]) == 0;
        if (!known) {
            tuples[count] = base_span_of(texts[count]);
            count++;
        }
    }
    qsort(tuples, count, sizeof(*tuples), compare_spans);
    return count;
}

static int make_support(const maker *m, base_buf *out, lethe_error *error)
{
    static char texts[MAKER_ROWS_MAX + 1][256];
    static base_span tuples[MAKER_ROWS_MAX + 1];
    char names[MAKER_VALUES_MAX][128];
    base_span items[MAKER_VALUES_MAX];
    support_view view = {.m = m};
    size_t count = 0;
    for (size_t v = 0; v < m->value_count; v++) {
        if (holders(m, &m->values[v], &m->values[v]) < m->k)
            continue;
        size_t at = count++;
        char name[128];
        snprintf(name, sizeof(name), "%s/%s", verify_fields[verify_list_columns[m->values[v].column]].name,
                 m->values[v].name);
        for (; at > 0 && strcmp(names[at - 1], name) > 0; at--) { /* kept sorted */
            memcpy(names[at], names[at - 1], sizeof(names[at]));
            view.values[at] = view.values[at - 1];
        }
        memcpy(names[at], name, sizeof(name));
        view.values[at] = &m->values[v];
    }
    for (size_t i = 0; i < count; i++)
        items[i] = base_span_of(names[i]);
    const verify_support support = {.k = m->k,
                                    .tuples = tuples,
                                    .tuple_count = support_tuples(m, texts, tuples),
                                    .items = items,
                                    .item_count = count,
                                    .pair = pair_supported,
                                    .context = &view};
    BASE_TRY(verify_support_write(&support, out, error));
    if (m->support_byte >= 0)
        out->data[m->support_byte] = (char)(out->data[m->support_byte] ^ 1);
    return 0;
}

static void make_vocabulary(const maker *m, base_buf *out)
{
    json_writer w = json_writer_of(out, true);
    json_write_object(&w);
    json_member_text(&w, "schema_version", VERIFY_SCHEMA_VERSION);
    json_write_key(&w, "exposure_risk");
    json_write_array(&w);
    json_write_text(&w, "high_daycare_contact");
    json_write_text(&w, "unknown");
    json_write_end(&w);
    json_write_key(&w, "values");
    json_write_array(&w);
    for (size_t v = 0; v < m->value_count; v++) {
        json_write_object(&w);
        json_member_text(&w, "column", verify_fields[verify_list_columns[m->values[v].column]].name);
        json_member_text(&w, "name", m->values[v].name);
        if (m->values[v].parent != NULL)
            json_member_text(&w, "parent", m->values[v].parent);
        if (m->values[v].implies != NULL) {
            json_write_key(&w, "implies");
            json_write_array(&w);
            json_write_text(&w, m->values[v].implies);
            json_write_end(&w);
        }
        if (m->values[v].sensitive)
            json_member_bool(&w, "sensitive", true);
        json_member_int(&w, "support",
                        (int64_t)holders(m, &m->values[v], &m->values[v]) + (v == 0 ? m->extra_support : 0));
        json_write_end(&w);
    }
    json_write_end(&w);
    json_write_end(&w);
}

static void make_plan(const maker *m, base_buf *out)
{
    base_buf_text(out, "{\"schema_version\": \"" VERIFY_SCHEMA_VERSION "\", \"levels\": ");
    base_buf_text(out, m->levels != NULL
                           ? m->levels
                           : "{\"index_period\": 3, \"months_since_previous\": 1, \"age_group\": 1, \"sex\": 0, "
                             "\"pregnancy_status\": 1, \"density\": 1, \"region\": 0, \"season_category\": 0, "
                             "\"exposure_risk\": 1, \"outcome_observed\": 0}");
    base_buf_text(out, "}");
}

static int write_listed(const maker *m, const base_folder *folder, const char *name, base_span bytes, json_writer *w,
                        lethe_error *error)
{
    uint8_t digest[32];
    char hex[65];
    BASE_TRY(base_folder_write(folder, name, bytes, error));
    BASE_TRY(crypt_sha256(bytes, digest, error));
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    if (m->unlisted != NULL && strcmp(m->unlisted, name) == 0)
        return 0;
    json_write_object(w);
    json_member_text(w, "path", name);
    json_member_int(w, "bytes", (int64_t)bytes.size);
    json_member_text(w, "sha256", hex);
    json_write_end(w);
    return 0;
}

static const char *const split_names[3] = {"train", "validation", "test"};

static void write_splits(const maker *m, json_writer *w)
{
    json_write_key(w, "splits");
    json_write_object(w);
    for (int split = 0; split < 3; split++) {
        int64_t profiles = 0, patients = 0;
        const char *last = "";
        for (size_t i = 0; i < m->row_count; i++) {
            if (m->rows[i].split != split)
                continue;
            profiles++;
            patients += strcmp(last, m->rows[i].id) != 0;
            last = m->rows[i].id;
        }
        json_write_key(w, split_names[split]);
        json_write_object(w);
        json_member_int(w, "profiles", profiles);
        json_member_int(w, "patients", patients);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_head(const maker *m, json_writer *w)
{
    uint8_t key[32];
    char text[64];
    maker_public_key(m, key);
    crypt_base64(key, 32, text);
    json_member_text(w, "schema_version", m->schema_version);
    json_member_text(w, "public_key", text);
    if (m->after_erasure)
        json_member_bool(w, "after_erasure", true);
    if (m->beta != 0)
        json_member_double(w, "beta", m->beta);
    json_member_text(w, "level", m->level);
    json_member_text(w, "audience", "test");
    json_member_int(w, "k", m->k);
    json_write_key(w, "attacker");
    json_write_object(w);
    json_member_int(w, "visits", m->visits);
    json_member_int(w, "items", m->items);
    json_write_end(w);
    int64_t patients = 0;
    for (size_t i = 0; i < m->row_count; i++)
        patients += i == 0 || strcmp(m->rows[i].id, m->rows[i - 1].id) != 0;
    json_member_int(w, "total_profiles", (int64_t)m->row_count + m->extra_profiles);
    json_member_int(w, "total_patients", patients);
    json_member_int(w, "outcome_horizon_months", 12);
    json_member_text(w, "embedding_model", "test-model-1");
    json_write_key(w, "similarity_weights");
    json_write_object(w);
    json_member_double(w, "medical", 0.8);
    json_member_double(w, "demographic", 0.3);
    json_member_double(w, "temporal", 0.5);
    json_write_end(w);
    write_splits(m, w);
}

static int write_files(const maker *m, const base_folder *folder, json_writer *w, base_buf *bytes, lethe_error *error)
{
    for (int split = 0; split < 3; split++) {
        char name[64];
        snprintf(name, sizeof(name), "profiles/split=%s", split_names[split]);
        BASE_TRY(base_folder_make(folder, name, error));
        snprintf(name, sizeof(name), "profiles/split=%s/part-00000.parquet", split_names[split]);
        base_buf_reset(bytes);
        BASE_TRY(make_parquet(m, split, bytes, error));
        BASE_TRY(write_listed(m, folder, name, base_buf_view(bytes), w, error));
    }
    base_buf_reset(bytes);
    make_plan(m, bytes);
    BASE_TRY(write_listed(m, folder, "plan.json", base_buf_view(bytes), w, error));
    base_buf_reset(bytes);
    make_vocabulary(m, bytes);
    BASE_TRY(write_listed(m, folder, "vocabulary.json", base_buf_view(bytes), w, error));
    base_buf_reset(bytes);
    BASE_TRY(make_support(m, bytes, error));
    return write_listed(m, folder, "support.bin", base_buf_view(bytes), w, error);
}

static int write_all(const maker *m, base_folder *folder, base_buf *bytes, base_buf *manifest, lethe_error *error)
{
    json_writer w = json_writer_of(manifest, true);
    uint8_t signature[64];
    json_write_object(&w);
    write_head(m, &w);
    json_write_key(&w, "files");
    json_write_array(&w);
    BASE_TRY(write_files(m, folder, &w, bytes, error));
    json_write_end(&w);
    json_write_end(&w);
    BASE_TRY(base_buf_check(manifest, error));
    BASE_TRY(base_folder_write(folder, "manifest.json", base_buf_view(manifest), error));
    BASE_TRY(crypt_sign(m->seed, base_buf_view(manifest), signature, error));
    BASE_TRY(base_folder_write(folder, "manifest.sig", (base_span){(const char *)signature, 64}, error));
    return base_folder_commit(folder, error);
}

int maker_write(const maker *m, const char *path, lethe_error *error)
{
    base_folder folder;
    base_buf bytes, manifest;
    BASE_TRY(base_folder_begin(path, &folder, error));
    base_buf_init(&bytes, FILE_MAX);
    base_buf_init(&manifest, FILE_MAX);
    const int status = write_all(m, &folder, &bytes, &manifest, error);
    if (status != 0)
        base_folder_abandon(&folder);
    base_buf_done(&bytes);
    base_buf_done(&manifest);
    return status;
}

int maker_sign(const uint8_t seed[32], const char *folder, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    uint8_t signature[64];
    base_buf bytes;
    base_buf_init(&bytes, FILE_MAX);
    snprintf(path, sizeof(path), "%s/manifest.json", folder);
    BASE_TRY(base_file_load(path, &bytes, error));
    BASE_TRY(crypt_sign(seed, base_buf_view(&bytes), signature, error));
    base_buf_done(&bytes);
    snprintf(path, sizeof(path), "%s/manifest.sig", folder);
    FILE *file = fopen(path, "wbe");
    if (file == NULL)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    (void)fwrite(signature, 1, 64, file);
    return fclose(file) == 0 ? 0 : base_fail_errno(error, LETHE_E_BASE_IO);
}
