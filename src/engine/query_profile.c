/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/query.h"

#include <stdlib.h>

/* A profile as profile.c writes it, read back. It comes from somebody's file: everything in it is checked. */
#define PROFILE_BYTES_MAX ((size_t)4 << 20)

static int no_profile(lethe_error *error, const char *member)
{
    base_fail(error, LETHE_E_ENGINE_PROFILE);
    base_error_path(error, member);
    return LETHE_E_ENGINE_PROFILE;
}

static int read_text(json_value object, const char *member, char ret_text[VECTOR_STAMP_MAX + 1], lethe_error *error)
{
    const base_span text = json_string(json_get(object, member));
    if (text.data == NULL || text.size > VECTOR_STAMP_MAX || memchr(text.data, '\0', text.size) != NULL)
        return no_profile(error, member);
    memcpy(ret_text, text.data, text.size);
    ret_text[text.size] = '\0';
    return 0;
}

/* A profile without a plan is made under another than the dataset's: its values are leaves. */
static int check_stamp(json_value root, const engine_dataset *dataset, lethe_error *error)
{
    char privacy[VECTOR_STAMP_MAX + 1], model[VECTOR_STAMP_MAX + 1], schema[VECTOR_STAMP_MAX + 1],
        vocabulary[VECTOR_STAMP_MAX + 1], plan[VECTOR_STAMP_MAX + 1] = "", key[VECTOR_STAMP_MAX + 1];
    const vector_stamp wanted = engine_dataset_stamp(dataset), found = {model, schema, vocabulary, plan, key};
    BASE_TRY(read_text(root, "privacy", privacy, error));
    BASE_TRY(read_text(json_get(root, "similarity_metadata"), "embedding_model", model, error));
    BASE_TRY(read_text(root, "schema_version", schema, error));
    BASE_TRY(read_text(root, "vocabulary_version", vocabulary, error));
    BASE_TRY(read_text(root, "key_id", key, error));
    if (strcmp(privacy, "plan-checked") == 0)
        BASE_TRY(read_text(root, "plan_sha256", plan, error));
    else if (strcmp(privacy, "pseudonymised") != 0)
        return no_profile(error, "privacy");
    return vector_stamp_compare(&wanted, &found, error);
}

static int read_vector(json_value root, float ret_vector[EMBED_DIMENSIONS], lethe_error *error)
{
    static const char member[] = "clinical_text_embedding";
    const json_value array = json_get(root, member);
    json_iterator elements = json_iterate(array);
    json_value element;
    size_t count = 0;
    while (json_is(array, JSON_ARRAY) && json_next(&elements, NULL, &element)) {
        double number = 0;
        if (count == EMBED_DIMENSIONS || !json_number(element, &number) || !(number >= -1.0001 && number <= 1.0001))
            return no_profile(error, member);
        ret_vector[count++] = (float)number;
    }
    return count == EMBED_DIMENSIONS ? 0 : no_profile(error, member);
}

static int read_features(engine_query *query, json_value root, lethe_error *error)
{
    const json_value features = json_get(root, "categorical_features");
    json_iterator members = json_iterate(features);
    json_value value, item;
    base_span column;
    if (!json_is(features, JSON_OBJECT))
        return no_profile(error, "categorical_features");
    while (json_next(&members, &column, &value)) {
        if (json_is(value, JSON_STRING))
            BASE_TRY(engine_query_add(query, column, '=', json_string(value), error));
        json_iterator items = json_iterate(value);
        while (json_is(value, JSON_ARRAY) && json_next(&items, NULL, &item))
            BASE_TRY(engine_query_add(query, column, '~', json_string(item), error));
    }
    return 0;
}

static int read_profile(engine_query *query, json_value root, const engine_dataset *dataset, lethe_error *error)
{
    char own[VECTOR_STAMP_MAX + 1];
    if (!json_is(root, JSON_OBJECT))
        return no_profile(error, "");
    BASE_TRY(check_stamp(root, dataset, error));
    BASE_TRY(read_text(root, "anonymous_id", own, error));
    if (strnlen(own, VECTOR_ID_MAX + 1) > VECTOR_ID_MAX)
        return no_profile(error, "anonymous_id");
    memcpy(query->own, own, strlen(own) + 1);
    BASE_TRY(read_vector(root, query->vector, error));
    return read_features(query, root, error);
}

int engine_query_profile(engine_query *query, const engine_dataset *dataset, base_span json, lethe_error *error)
{
    json_parser *parser = NULL;
    json_value root;
    base_buf text;
    BASE_TRY(json_parser_new(PROFILE_BYTES_MAX, JSON_DEPTH_MAX, &parser, error));
    base_buf_init(&text, PROFILE_BYTES_MAX + JSON_PADDING);
    base_buf_span(&text, json);
    int status = base_buf_reserve(&text, JSON_PADDING) != 0 ? base_buf_check(&text, error) : 0;
    if (status == 0)
        status = json_parse(parser, base_buf_view(&text), &root, error);
    if (status == 0)
        status = read_profile(query, root, dataset, error);
    base_buf_done(&text);
    json_parser_free(parser);
    return status;
}
