/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "clinical/derive.h"
#include "clinical/flat.h"
#include "clinical/pack.h"
#include "clinical/vocabulary.h"
#include "engine/query.h"
#include "json/json_writer.h"

/* A text is read as the clinical_text of a flat record without anything else: the same words, negations and rules as in
 * a run. What comes out are values of the vocabulary; the text is forgotten before anything is compared. */
#define TEXT_BYTES_MAX ((size_t)1 << 20)
#define WORK_BYTES_MAX ((size_t)64 << 20)
#define UNDATED_DAY    67934 /* 2155-12-31: nobody said when (engine/one.c) */

typedef struct text_reading {
    const base_hash_key secret; /* of keys that nothing outside of this reading meets */
    base_buf json, packed;
    json_parser *parser;
    clinical_flat *flat;
    clinical_pack *pack;
    base_arena arena;
    lethe_error trouble;
} text_reading;

static int on_resource(void *context, const record_head *head, const record_event *events, size_t count,
                       lethe_error *error)
{
    text_reading *r = context;
    (void)head;
    BASE_TRY(clinical_pack_resource(r->pack, events, count, &r->packed, error));
    return base_buf_check(&r->packed, error);
}

static int on_withheld(void *context, const lethe_error *trouble)
{
    text_reading *r = context;
    r->trouble = *trouble;
    return 0;
}

static base_span resolve(void *context, record_key key)
{
    (void)context;
    (void)key;
    return (base_span){NULL, 0};
}

static int no_digest(void *context, base_span encounter_id, uint8_t ret_digest[32], lethe_error *error)
{
    (void)context;
    (void)encounter_id;
    (void)error;
    memset(ret_digest, 0, 32);
    return 0;
}

static int parse_text(text_reading *r, base_span text, json_value *ret_root, lethe_error *error)
{
    json_writer w = json_writer_of(&r->json, false);
    if (text.size > TEXT_BYTES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    for (size_t at = 0, size = 0; at < text.size; at += size) {
        size = base_utf8_size(text.data + at, text.size - at);
        if (size == 0)
            return base_fail(error, LETHE_E_JSON_UTF8);
    }
    json_write_object(&w);
    json_member_text(&w, "id", "query");
    json_member_string(&w, "clinical_text", text);
    json_write_end(&w);
    BASE_TRY(base_buf_check(&r->json, error));
    if (base_buf_reserve(&r->json, JSON_PADDING) != 0)
        return base_buf_check(&r->json, error);
    return json_parse(r->parser, base_buf_view(&r->json), ret_root, error);
}

static int derive(text_reading *r, base_span text, record_row *ret_row, lethe_error *error)
{
    const record_sink sink = {r, on_resource, on_withheld};
    const clinical_derive_options options = {.snapshots = CLINICAL_SNAPSHOTS_LATEST, .as_of_day = UNDATED_DAY};
    const clinical_derive_hooks hooks = {r, resolve, no_digest, NULL};
    json_value root;
    record_row *rows = NULL;
    size_t count = 0;
    BASE_TRY(parse_text(r, text, &root, error));
    BASE_TRY(clinical_flat_read(r->flat, root, &sink, error));
    if (r->trouble.code != 0) {
        if (error != NULL)
            *error = r->trouble;
        return r->trouble.code;
    }
    const base_span packed = base_buf_view(&r->packed);
    BASE_TRY(clinical_derive(&options, &packed, 1, &hooks, &r->arena, &rows, &count, error));
    if (count == 0)
        return base_fail(error, LETHE_E_ENGINE_TEXT);
    *ret_row = rows[count - 1];
    ret_row->qi.leaf[RECORD_QI_SEASON] = RECORD_SEASON_UNKNOWN;
    return 0;
}

/* As a released row; of the visit itself, which the text is none of, nothing is known. */
static int compose(text_reading *r, const engine_composer *composer, const record_row *row,
                   record_released *ret_released, lethe_error *error)
{
    const privacy_groups groups = engine_compose_groups(composer, &row->qi);
    BASE_TRY(engine_compose(composer, row, &groups, row->items, row->item_count, &r->arena, ret_released, error));
    ret_released->index_period = "*";
    ret_released->months_since_previous = "*";
    ret_released->encounter_class = "unknown";
    ret_released->utilization = "*";
    return engine_compose_risks(ret_released, NULL, 0, &r->arena, error);
}

static int note_terms(engine_query *query, const record_released *released, lethe_error *error)
{
    const struct {
        const char *column, *value;
    } singles[] = {{"age_group", released->age_group},
                   {"sex", released->sex},
                   {"pregnancy_status", released->pregnancy_status},
                   {"location_category", released->location_category},
                   {"exposure_risk", released->exposure_risk},
                   {"comorbidity", released->comorbidity}};
    for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++)
        BASE_TRY(engine_query_add(query, base_span_of(singles[i].column), '=', base_span_of(singles[i].value), error));
    for (size_t i = 0; i < released->item_count; i++)
        BASE_TRY(engine_query_add(query, base_span_of(clinical_column_name(clinical_item_column(released->items[i]))),
                                  '~', base_span_of(clinical_item_name(released->items[i])), error));
    return query->term_count != 0 ? 0 : base_fail(error, LETHE_E_ENGINE_TEXT);
}

static int read_text(text_reading *r, engine_query *query, const engine_composer *composer, const embed_model *model,
                     base_span text, lethe_error *error)
{
    const clinical_pack_options pack = {r->secret, {NULL, 0}};
    record_row row;
    record_released released;
    BASE_TRY(json_parser_new(WORK_BYTES_MAX, JSON_DEPTH_MAX, &r->parser, error));
    BASE_TRY(clinical_flat_new(&r->secret, &r->flat, error));
    BASE_TRY(clinical_pack_new(&pack, &r->pack, error));
    BASE_TRY(derive(r, text, &row, error));
    BASE_TRY(compose(r, composer, &row, &released, error));
    BASE_TRY(embed_encode(model, &released, query->vector, error));
    query->silent[0] = query->vector[EMBED_MEDICAL_NONE_AT] != 0;
    query->silent[1] = query->vector[EMBED_DEMOGRAPHIC_NONE_AT] != 0;
    query->silent[2] = query->vector[EMBED_TEMPORAL_NONE_AT] != 0;
    return note_terms(query, &released, error);
}

int engine_query_text(engine_query *query, const engine_dataset *dataset, const privacy_hierarchies *hierarchies,
                      const embed_model *model, base_span text, lethe_error *error)
{
    const engine_composer composer = {hierarchies, dataset->node};
    const vector_stamp wanted = engine_dataset_stamp(dataset);
    vector_stamp ours = wanted;
    ours.model = embed_model_id(model);
    ours.vocabulary = clinical_vocabulary_version();
    BASE_TRY(vector_stamp_compare(&wanted, &ours, error)); /* a dataset of another version of the vocabulary */
    text_reading reading = {.secret = {0x6c657468652d7175, 0x6572792d74657874}};
    base_buf_init(&reading.json, WORK_BYTES_MAX);
    base_buf_init(&reading.packed, WORK_BYTES_MAX);
    base_arena_init(&reading.arena, WORK_BYTES_MAX);
    const int status = read_text(&reading, query, &composer, model, text, error);
    if (reading.json.data != NULL)
        explicit_bzero(reading.json.data, reading.json.size);
    clinical_pack_free(reading.pack);
    clinical_flat_free(reading.flat);
    json_parser_free(reading.parser);
    base_buf_done(&reading.json);
    base_buf_done(&reading.packed);
    base_arena_done(&reading.arena);
    return status;
}
