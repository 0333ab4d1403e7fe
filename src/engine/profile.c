/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/emergency.h"
#include "clinical/released.h"
#include "clinical/vocabulary.h"
#include "engine/columns.h"
#include "engine/compose.h"
#include "engine/one.h"
#include "engine/plan_check.h"
#include "engine/text.h"
#include "json/json_writer.h"

#include <lethe/profile.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PROFILE_BYTES_MAX ((size_t)4 << 20)

struct lethe_engine {
    crypt_keyring *ring;
    privacy_hierarchies *hierarchies;
    embed_model *model;
    char key_id[17];
    engine_plan_check *plan; /* NULL: none */
    engine_one one;
    int32_t as_of_day; /* INT32_MAX: the day of the latest event */
    char *patient_identifier;
};

static int open_engine(lethe_engine *engine, const lethe_engine_options *options, lethe_error *error)
{
    base_time time;
    uint8_t key[32];
    engine->as_of_day = INT32_MAX;
    if (options->as_of != NULL) {
        if (base_time_parse(base_span_of(options->as_of), &time, NULL) != 0 || time.precision != BASE_PRECISION_DAY) {
            base_fail(error, LETHE_E_ENGINE_OPTION);
            base_error_path(error, "as-of");
            return LETHE_E_ENGINE_OPTION;
        }
        engine->as_of_day = time.day;
    }
    if (options->patient_identifier != NULL) {
        engine->patient_identifier = strdup(options->patient_identifier);
        if (engine->patient_identifier == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    BASE_TRY(crypt_keyring_open(options->key_file, &engine->ring, error));
    BASE_TRY(crypt_keyring_public(engine->ring, key, error));
    BASE_TRY(engine_key_id(key, engine->key_id, error));
    BASE_TRY(engine_hierarchies_new(&engine->hierarchies, error));
    BASE_TRY(engine_model_new(&engine->model, error));
    if (options->plan != NULL)
        BASE_TRY(engine_plan_check_open(options->plan, engine->ring, &engine->plan, error));
    return engine_one_open(&engine->one, engine->ring, engine->patient_identifier, error);
}

int lethe_engine_open(const lethe_engine_options *options, lethe_engine **ret_engine, lethe_error *error)
{
    if (options->size_bytes != sizeof(*options) || options->key_file == NULL)
        return base_fail(error, LETHE_E_ENGINE_OPTION);
    lethe_engine *engine = calloc(1, sizeof(*engine));
    if (engine == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const int status = open_engine(engine, options, error);
    if (status != 0)
        lethe_engine_close(engine);
    else
        *ret_engine = engine;
    return status;
}

void lethe_engine_close(lethe_engine *engine)
{
    if (engine == NULL)
        return;
    if (engine->one.parser != NULL)
        engine_one_close(&engine->one);
    engine_plan_check_free(engine->plan);
    embed_model_free(engine->model);
    free(engine->hierarchies);
    free(engine->patient_identifier);
    crypt_keyring_free(engine->ring);
    free(engine);
}

/* Items of a profile: what the row has, without outcomes, since a live patient's future is not known. */
static int profile_items(lethe_engine *engine, const record_row *row, record_item **ret_items, size_t *ret_count,
                         lethe_error *error)
{
    record_item *items = base_arena_take_array(&engine->one.arena, row->item_count, sizeof(*items));
    size_t count = 0;
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < row->item_count; i++)
        if (clinical_item_column(row->items[i]) != RECORD_OUTCOMES)
            items[count++] = row->items[i];
    if (engine->plan != NULL)
        count = engine_plan_check_items(engine->plan, items, count);
    *ret_items = items;
    *ret_count = count;
    return 0;
}

/* Under a plan the risk factors must have support together with the rest, too. */
static int check_risks(lethe_engine *engine, record_released *released, lethe_error *error)
{
    record_item *items = base_arena_take_array(&engine->one.arena, released->item_count, sizeof(*items));
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (released->item_count != 0)
        memcpy(items, released->items, released->item_count * sizeof(*items));
    released->item_count = engine_plan_check_risks(engine->plan, items, released->item_count);
    released->items = items;
    return 0;
}

static int release_one(lethe_engine *engine, record_row *row, bool undated, record_released *ret_released,
                       lethe_error *error)
{
    engine_composer composer = {.hierarchies = engine->hierarchies};
    record_item *items = NULL;
    size_t count = 0;
    if (engine->plan != NULL)
        composer.node = engine->plan->node;
    BASE_TRY(profile_items(engine, row, &items, &count, error));
    const privacy_groups groups = engine_compose_groups(&composer, &row->qi);
    BASE_TRY(engine_compose(&composer, row, &groups, items, count, &engine->one.arena, ret_released, error));
    if (undated) /* nobody said when */
        ret_released->index_period = "*";
    if (engine->plan != NULL)
        BASE_TRY(engine_plan_check_tuple(engine->plan, ret_released, error));
    BASE_TRY(engine_compose_risks(ret_released, NULL, 0, &engine->one.arena, error));
    return engine->plan != NULL ? check_risks(engine, ret_released, error) : 0;
}

static void write_text(json_writer *w, const char *key, const char *text)
{
    if (text == NULL)
        json_member_null(w, key);
    else
        json_member_text(w, key, text);
}

static void write_lists(json_writer *w, const record_released *released)
{
    size_t at = 0;
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++) {
        if (column == RECORD_OUTCOMES)
            continue;
        json_write_key(w, engine_column_name((record_column)column));
        json_write_array(w);
        while (at < released->item_count && clinical_item_column(released->items[at]) < (record_column)column)
            at++;
        for (; at < released->item_count && clinical_item_column(released->items[at]) == (record_column)column; at++)
            json_write_text(w, clinical_item_name(released->items[at]));
        json_write_end(w);
    }
}

static void write_features(json_writer *w, const record_released *r)
{
    json_write_key(w, "categorical_features");
    json_write_object(w);
    write_text(w, "index_period", r->index_period);
    write_text(w, "age_group", r->age_group);
    write_text(w, "age_risk_group", r->age_risk_group);
    write_text(w, "sex", r->sex);
    write_text(w, "pregnancy_status", r->pregnancy_status);
    write_text(w, "pregnancy_trimester", r->pregnancy_trimester);
    write_text(w, "location_category", r->location_category);
    write_text(w, "season_category", r->season_category);
    write_text(w, "exposure_risk", r->exposure_risk);
    write_text(w, "encounter_class", r->encounter_class);
    write_lists(w, r);
    write_text(w, "utilization", r->utilization);
    write_text(w, "comorbidity", r->comorbidity);
    json_write_end(w);
}

static void write_vector(json_writer *w, const float *vector)
{
    json_write_key(w, "clinical_text_embedding");
    json_write_array(w);
    for (int i = 0; i < EMBED_DIMENSIONS; i++) {
        char text[32]; /* nine digits give a float back */
        const int size = snprintf(text, sizeof(text), "%.9g", (double)vector[i]);
        json_write_raw(w, (base_span){text, (size_t)size});
    }
    json_write_end(w);
}

static void write_metadata(json_writer *w, const lethe_engine *engine)
{
    json_write_key(w, "similarity_metadata");
    json_write_object(w);
    json_member_double(w, "medical_similarity_weight", 0.8);
    json_member_double(w, "demographic_similarity_weight", 0.3);
    json_member_double(w, "temporal_similarity_weight", 0.5);
    json_member_text(w, "embedding_model", embed_model_id(engine->model));
    json_write_end(w);
}

static void write_emergency(json_writer *w, const clinical_emergency *emergency)
{
    json_write_key(w, "emergency");
    json_write_object(w);
    json_write_key(w, "risk_factors");
    json_write_array(w);
    for (size_t i = 0; i < emergency->risk_count; i++)
        json_write_text(w, clinical_item_name(emergency->risks[i]));
    json_write_end(w);
    json_write_key(w, "flags");
    json_write_array(w);
    for (size_t i = 0; i < emergency->flag_count; i++)
        json_write_text(w, clinical_item_name(emergency->flags[i]));
    json_write_end(w);
    json_member_string(w, "prompt", emergency->prompt);
    json_write_end(w);
}

static int write_profile(const lethe_engine *engine, const record_released *released,
                         const clinical_emergency *emergency, base_buf *out, lethe_error *error)
{
    float vector[EMBED_DIMENSIONS];
    char anonymous_id[IDENTITY_NAME_MAX];
    BASE_TRY(embed_encode(engine->model, released, vector, error));
    identity_format("anon_", &engine->one.token, anonymous_id);
    json_writer w = json_writer_of(out, false);
    json_write_object(&w);
    json_member_text(&w, "anonymous_id", anonymous_id);
    if (emergency != NULL)
        write_emergency(&w, emergency);
    write_features(&w, released);
    write_metadata(&w, engine);
    const bool ready = clinical_not_ready_of(released) == CLINICAL_READY;
    json_member_bool(&w, "prediction_ready", ready);
    if (engine->plan != NULL && !isnan(engine->plan->similarity))
        json_member_double(&w, "similarity_preserved", engine->plan->similarity);
    else
        json_member_null(&w, "similarity_preserved");
    json_member_text(&w, "privacy", engine->plan != NULL ? "plan-checked" : "pseudonymised");
    write_text(&w, "plan_sha256", engine->plan != NULL ? engine->plan->digest : NULL);
    json_member_text(&w, "key_id", engine->key_id);
    json_member_text(&w, "schema_version", ENGINE_SCHEMA_VERSION);
    json_member_text(&w, "vocabulary_version", clinical_vocabulary_version());
    write_vector(&w, vector);
    json_write_end(&w);
    return base_buf_check(out, error);
}

static int make_profile(lethe_engine *engine, base_span json, bool emergency, base_buf *out, lethe_error *error)
{
    record_row row;
    record_released released;
    clinical_emergency extras;
    bool undated = false;
    BASE_TRY(engine_one_read(&engine->one, json, engine->as_of_day, &row, &undated, error));
    BASE_TRY(release_one(engine, &row, undated, &released, error));
    if (emergency)
        BASE_TRY(clinical_emergency_of(&released, &engine->one.arena, &extras, error));
    return write_profile(engine, &released, emergency ? &extras : NULL, out, error);
}

static int create(lethe_engine *engine, const char *json, size_t json_size, bool emergency, char **ret_json,
                  size_t *ret_size, lethe_error *error)
{
    base_buf out;
    base_buf_init(&out, PROFILE_BYTES_MAX);
    const int status = make_profile(engine, (base_span){json, json_size}, emergency, &out, error);
    engine_one_forget(&engine->one);
    if (status != 0) {
        base_buf_done(&out);
        return status;
    }
    *ret_json = out.data;
    *ret_size = out.size;
    return 0;
}

int lethe_create_ml_profile(lethe_engine *engine, const char *json, size_t json_size, char **ret_json, size_t *ret_size,
                            lethe_error *error)
{
    return create(engine, json, json_size, false, ret_json, ret_size, error);
}

int lethe_create_emergency_profile(lethe_engine *engine, const char *json, size_t json_size, char **ret_json,
                                   size_t *ret_size, lethe_error *error)
{
    return create(engine, json, json_size, true, ret_json, ret_size, error);
}
