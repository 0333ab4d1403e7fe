/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

#include "json/json_writer.h"

#include <stdlib.h>
#include <yaml.h>

/*
 * A policy is JSON; what is no JSON is read as YAML 1.1 without anchors, aliases and tags, and turned into JSON, so
 * that there is one tree. (Commas behind the last item, which the first implementation overlooks, are read that way.)
 * For each value the line of the policy is kept.
 */
#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 65536

static int note_line(rules_text *text, int64_t line, lethe_error *error)
{
    if (text->line_count == text->line_capacity) {
        const size_t capacity = text->line_capacity != 0 ? 2 * text->line_capacity : 256;
        void *lines = capacity <= YAML_NODES_MAX ? realloc(text->lines, capacity * sizeof(*text->lines)) : NULL;
        if (lines == NULL)
            return base_fail(error, capacity <= YAML_NODES_MAX ? LETHE_E_BASE_MEMORY : LETHE_E_BASE_LIMIT);
        text->lines = lines;
        text->line_capacity = capacity;
    }
    text->lines[text->line_count].byte = text->json.size;
    text->lines[text->line_count++].line = line;
    return 0;
}

static int refuse_line(size_t line, lethe_error *error)
{
    base_fail(error, LETHE_E_FHIR_POLICY);
    base_error_line(error, (int64_t)line + 1);
    return LETHE_E_FHIR_POLICY;
}

/* Plain scalars that JSON knows keep their type; everything else is a string. */
static bool is_literal(const yaml_event_t *event)
{
    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    const char *value = (const char *)event->data.scalar.value;
    const size_t size = event->data.scalar.length;
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++)
        if (strcmp(value, words[i]) == 0)
            return true;
    size_t at = value[0] == '-', digits = 0, points = 0;
    for (; at < size; at++) {
        digits += value[at] >= '0' && value[at] <= '9';
        points += value[at] == '.';
    }
    const bool zero = value[value[0] == '-'] == '0' && size > 1u + (value[0] == '-') && points == 0;
    return digits != 0 && digits + points + (value[0] == '-') == size && points <= 1 && !zero && value[0] != '.' &&
           value[size - 1] != '.' && size <= 18;
}

typedef struct yaml_walk {
    yaml_parser_t parser;
    rules_text *text;
    json_writer writer;
} yaml_walk;

static int next_event(yaml_walk *walk, yaml_event_t *event, lethe_error *error)
{
    return yaml_parser_parse(&walk->parser, event) != 0 ? 0 : refuse_line(walk->parser.problem_mark.line, error);
}

static int walk_value(yaml_walk *walk, const yaml_event_t *event, int depth, lethe_error *error);

static int walk_scalar(yaml_walk *walk, const yaml_event_t *event, lethe_error *error)
{
    if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL)
        return refuse_line(event->start_mark.line, error);
    const base_span value = {(const char *)event->data.scalar.value, event->data.scalar.length};
    if (value.size == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        json_write_null(&walk->writer);
    else if (is_literal(event))
        json_write_raw(&walk->writer, value);
    else
        json_write_string(&walk->writer, value);
    return 0;
}

static int walk_entries(yaml_walk *walk, bool mapping, int depth, lethe_error *error)
{
    const yaml_event_type_t end = mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    for (;;) {
        yaml_event_t event;
        BASE_TRY(next_event(walk, &event, error));
        const bool ends = event.type == end, key = mapping && event.type == YAML_SCALAR_EVENT;
        int status = 0;
        if (!ends && mapping && !key)
            status = refuse_line(event.start_mark.line, error);
        else if (key)
            json_write_key_span(&walk->writer,
                                (base_span){(const char *)event.data.scalar.value, event.data.scalar.length});
        else if (!ends)
            status = walk_value(walk, &event, depth + 1, error);
        yaml_event_delete(&event);
        if (status != 0 || ends)
            return status;
        if (key) {
            BASE_TRY(next_event(walk, &event, error));
            status = walk_value(walk, &event, depth + 1, error);
            yaml_event_delete(&event);
            BASE_TRY(status);
        }
    }
}

static int walk_value(yaml_walk *walk, const yaml_event_t *event, int depth, lethe_error *error)
{
    BASE_TRY(note_line(walk->text, (int64_t)event->start_mark.line + 1, error));
    if (depth > YAML_DEPTH_MAX)
        return refuse_line(event->start_mark.line, error);
    if (event->type == YAML_SCALAR_EVENT)
        return walk_scalar(walk, event, error);
    const bool mapping = event->type == YAML_MAPPING_START_EVENT;
    if ((!mapping && event->type != YAML_SEQUENCE_START_EVENT) ||
        (mapping && (event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL)))
        return refuse_line(event->start_mark.line, error);
    if (mapping)
        json_write_object(&walk->writer);
    else
        json_write_array(&walk->writer);
    BASE_TRY(walk_entries(walk, mapping, depth, error));
    json_write_end(&walk->writer);
    return 0;
}

static int walk_document(yaml_walk *walk, lethe_error *error)
{
    for (;;) {
        yaml_event_t event;
        BASE_TRY(next_event(walk, &event, error));
        int status = 0;
        const bool value = event.type == YAML_SCALAR_EVENT || event.type == YAML_MAPPING_START_EVENT ||
                           event.type == YAML_SEQUENCE_START_EVENT;
        const bool ends = event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT;
        if (event.type == YAML_ALIAS_EVENT || (value && walk->text->json.size != 0))
            status = refuse_line(event.start_mark.line, error);
        else if (value)
            status = walk_value(walk, &event, 0, error);
        yaml_event_delete(&event);
        if (status != 0 || ends)
            return status;
    }
}

static int yaml_to_json(rules_text *text, lethe_error *error)
{
    yaml_walk walk = {.text = text};
    base_buf_reset(&text->json);
    walk.writer = json_writer_of(&text->json, false);
    if (yaml_parser_initialize(&walk.parser) == 0)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    yaml_parser_set_input_string(&walk.parser, (const unsigned char *)text->source.data, text->source.size);
    const int status = walk_document(&walk, error);
    yaml_parser_delete(&walk.parser);
    BASE_TRY(status);
    return base_buf_check(&text->json, error);
}

static int parse(rules_text *text, lethe_error *error)
{
    text->json_size = text->json.size;
    BASE_TRY(base_buf_reserve(&text->json, JSON_PADDING));
    return json_parse(text->parser, (base_span){text->json.data, text->json_size}, &text->root, error);
}

int rules_text_read(rules_text *text, base_span source, lethe_error *error)
{
    if (source.size > FHIR_RULES_BYTES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (base_span_starts(source, BASE_SPAN("\xef\xbb\xbf")))
        source = (base_span){source.data + 3, source.size - 3};
    text->source = source;
    BASE_TRY(json_parser_new(FHIR_RULES_BYTES_MAX * 4, 64, &text->parser, error));
    base_buf_init(&text->json, FHIR_RULES_BYTES_MAX * 4);
    base_buf_span(&text->json, source);
    BASE_TRY(base_buf_check(&text->json, error));
    lethe_error first = {0};
    if (parse(text, &first) == 0)
        return 0;
    text->yaml = true;
    int status = yaml_to_json(text, error);
    if (status == 0)
        status = parse(text, error);
    size_t at = 0;
    while (at < source.size && strchr(" \t\r\n", source.data[at]) != NULL)
        at++;
    if (status != 0 && at < source.size && source.data[at] == '{') { /* it was meant to be JSON: say where that fails */
        text->yaml = false;
        base_fail_at(error, LETHE_E_FHIR_POLICY, first.byte >= 0 ? (size_t)first.byte : 0);
        base_error_line(error, rules_text_line(text, first.byte >= 0 ? (size_t)first.byte : 0));
    }
    return status == 0 || status == LETHE_E_BASE_MEMORY ? status : LETHE_E_FHIR_POLICY;
}

void rules_text_done(rules_text *text)
{
    json_parser_free(text->parser);
    base_buf_done(&text->json);
    free(text->lines);
}

int64_t rules_text_line(const rules_text *text, size_t byte)
{
    int64_t line = 1;
    if (text->yaml) {
        for (size_t i = 0; i < text->line_count && text->lines[i].byte <= byte; i++)
            line = text->lines[i].line;
        return line;
    }
    for (size_t i = 0; i < byte && i < text->source.size; i++)
        line += text->source.data[i] == '\n';
    return line;
}
