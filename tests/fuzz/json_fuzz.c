/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader on any bytes: what it accepts is walked, and the text of the root must parse as the same value. */
#include "json/json.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEPTH_MAX  64
#define VALUES_MAX 2000 /* a byte of input can be a value: bounded, so that no input is slow */

static size_t visited;

static void visit_scalar(json_value value, size_t size)
{
    double number = 0;
    int64_t integer = 0;
    bool truth = false;
    const base_span text = json_text(value), digits = json_number_text(value);
    assert(json_offset(value) < size && text.size != 0 && text.size <= size);
    assert((digits.size != 0) == (json_type_of(value) == JSON_NUMBER));
    assert(!json_int64(value, &integer) || json_number(value, &number));
    assert(json_bool(value, &truth) == (json_type_of(value) == JSON_BOOL));
    assert((json_string(value).data != NULL) == (json_type_of(value) == JSON_STRING));
}

static void visit(json_value value, size_t size)
{
    static const char *const names[] = {"a", "id", "resourceType"};
    static json_names wanted;
    json_value picked[3];
    if (visited++ >= VALUES_MAX)
        return;
    json_names_init(&wanted, names, 3);
    json_pick(value, &wanted, picked);
    for (size_t i = 0; i < 3; i++)
        assert(picked[i].at == json_get(value, names[i]).at);
    json_iterator iterator = json_iterate(value);
    uint32_t count = 0;
    base_span key;
    for (json_value child; json_next(&iterator, &key, &child); count++)
        visit(child, size);
    assert(count == json_count(value));
    visit_scalar(value, size);
}

static void check_text(json_value root)
{
    const base_span text = json_text(root);
    const uint32_t count = json_count(root);
    json_parser *other = NULL;
    json_value again;
    char *copy = calloc(1, text.size + JSON_PADDING);
    if (copy == NULL || json_parser_new(JSON_DOCUMENT_MAX, DEPTH_MAX, &other, NULL) != 0)
        abort();
    memcpy(copy, text.data, text.size);
    assert(json_parse(other, (base_span){copy, text.size}, &again, NULL) == 0);
    assert(json_count(again) == count && json_type_of(again) == json_type_of(root));
    json_parser_free(other);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_parser *parser = NULL;
    json_value root;
    lethe_error error;
    char *text = calloc(1, size + JSON_PADDING);
    if (text == NULL || json_parser_new(JSON_DOCUMENT_MAX, DEPTH_MAX, &parser, NULL) != 0)
        abort();
    if (size != 0)
        memcpy(text, data, size);
    visited = 0;
    const int status = json_parse(parser, (base_span){text, size}, &root, &error);
    if (status == 0) {
        visit(root, size);
        check_text(root);
    } else {
        assert(error.code == status && error.byte >= -1 && error.byte <= (int64_t)size);
    }
    json_parser_free(parser);
    free(text);
    return 0;
}
