/* SPDX-License-Identifier: Apache-2.0 */
#include "json/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#define CONFIG_KEYS_MAX 4096

typedef struct config_walk {
    yaml_parser_t parser;
    json_config_visit visit;
    void *context;
    char key[JSON_CONFIG_KEY_MAX]; /* of the value that comes next, dotted */
    char **seen;                   /* every key that was visited */
    size_t seen_count;
    int64_t line;
} config_walk;

static int refuse(config_walk *walk, lethe_error *error)
{
    base_fail(error, LETHE_E_JSON_CONFIG);
    base_error_line(error, walk->line);
    return LETHE_E_JSON_CONFIG;
}

static int next_event(config_walk *walk, yaml_event_t *ret_event, lethe_error *error)
{
    if (yaml_parser_parse(&walk->parser, ret_event) == 0) {
        walk->line = (int64_t)walk->parser.problem_mark.line + 1;
        return refuse(walk, error);
    }
    walk->line = (int64_t)ret_event->start_mark.line + 1;
    return 0;
}

static bool plain_event(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor == NULL && event->data.scalar.tag == NULL &&
               strlen((const char *)event->data.scalar.value) == event->data.scalar.length;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor == NULL && event->data.mapping_start.tag == NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor == NULL && event->data.sequence_start.tag == NULL;
    default:
        return event->type != YAML_ALIAS_EVENT;
    }
}

static int remember_key(config_walk *walk, lethe_error *error)
{
    for (size_t i = 0; i < walk->seen_count; i++)
        if (strcmp(walk->seen[i], walk->key) == 0)
            return refuse(walk, error);
    if (walk->seen_count == CONFIG_KEYS_MAX)
        return refuse(walk, error);
    walk->seen[walk->seen_count] = strdup(walk->key);
    if (walk->seen[walk->seen_count] == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    walk->seen_count++;
    return 0;
}

/* Appends a name to the dotted key; `ret_size` is the key's size before, to cut it again. */
static int push_key(config_walk *walk, const char *name, size_t *ret_size, lethe_error *error)
{
    *ret_size = strlen(walk->key);
    const int written =
        snprintf(walk->key + *ret_size, sizeof(walk->key) - *ret_size, "%s%s", *ret_size != 0 ? "." : "", name);
    if (written <= 0 || (size_t)written >= sizeof(walk->key) - *ret_size)
        return refuse(walk, error);
    return 0;
}

static int walk_value(config_walk *walk, const yaml_event_t *event, int depth, lethe_error *error);

static int walk_child(config_walk *walk, const char *name, int depth, lethe_error *error)
{
    yaml_event_t event;
    size_t size = 0;
    BASE_TRY(push_key(walk, name, &size, error));
    BASE_TRY(next_event(walk, &event, error));
    const int status = walk_value(walk, &event, depth + 1, error);
    yaml_event_delete(&event);
    walk->key[size] = '\0';
    return status;
}

static int walk_mapping(config_walk *walk, int depth, lethe_error *error)
{
    for (;;) {
        yaml_event_t event;
        BASE_TRY(next_event(walk, &event, error));
        int status = 0;
        const bool ended = event.type == YAML_MAPPING_END_EVENT;
        if (!ended)
            status = event.type == YAML_SCALAR_EVENT && plain_event(&event)
                         ? walk_child(walk, (const char *)event.data.scalar.value, depth, error)
                         : refuse(walk, error);
        yaml_event_delete(&event);
        if (ended || status != 0)
            return status;
    }
}

static int walk_sequence(config_walk *walk, int depth, lethe_error *error)
{
    for (size_t index = 0;; index++) {
        yaml_event_t event;
        char name[24];
        size_t size = 0;
        BASE_TRY(next_event(walk, &event, error));
        const bool ended = event.type == YAML_SEQUENCE_END_EVENT;
        int status = 0;
        if (!ended) {
            (void)snprintf(name, sizeof(name), "%zu", index);
            status = push_key(walk, name, &size, error);
            if (status == 0)
                status = walk_value(walk, &event, depth + 1, error);
            walk->key[size] = '\0';
        }
        yaml_event_delete(&event);
        if (ended || status != 0)
            return status;
    }
}

static int walk_value(config_walk *walk, const yaml_event_t *event, int depth, lethe_error *error)
{
    if (depth > JSON_CONFIG_DEPTH_MAX || !plain_event(event))
        return refuse(walk, error);
    switch (event->type) {
    case YAML_MAPPING_START_EVENT:
        return walk_mapping(walk, depth, error);
    case YAML_SEQUENCE_START_EVENT:
        return depth == 0 ? refuse(walk, error) : walk_sequence(walk, depth, error);
    case YAML_SCALAR_EVENT:
        if (depth == 0)
            return event->data.scalar.length == 0 ? 0 : refuse(walk, error);
        BASE_TRY(remember_key(walk, error));
        if (walk->visit(walk->context, walk->key, (const char *)event->data.scalar.value, walk->line) != 0)
            return refuse(walk, error);
        return 0;
    default:
        return refuse(walk, error);
    }
}

static int expect(config_walk *walk, yaml_event_type_t type, lethe_error *error)
{
    yaml_event_t event;
    BASE_TRY(next_event(walk, &event, error));
    const bool right = event.type == type;
    yaml_event_delete(&event);
    return right ? 0 : refuse(walk, error);
}

static int walk_document(config_walk *walk, lethe_error *error)
{
    yaml_event_t event;
    BASE_TRY(expect(walk, YAML_STREAM_START_EVENT, error));
    BASE_TRY(next_event(walk, &event, error));
    const yaml_event_type_t first = event.type;
    yaml_event_delete(&event);
    if (first == YAML_STREAM_END_EVENT) /* an empty file configures nothing */
        return 0;
    if (first != YAML_DOCUMENT_START_EVENT)
        return refuse(walk, error);
    BASE_TRY(next_event(walk, &event, error));
    const int status = walk_value(walk, &event, 0, error);
    yaml_event_delete(&event);
    BASE_TRY(status);
    BASE_TRY(expect(walk, YAML_DOCUMENT_END_EVENT, error));
    return expect(walk, YAML_STREAM_END_EVENT, error);
}

int json_config_parse(base_span text, json_config_visit visit, void *context, lethe_error *error)
{
    config_walk walk = {.visit = visit, .context = context, .line = 1};
    if (text.size > JSON_CONFIG_BYTES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    walk.seen = calloc(CONFIG_KEYS_MAX, sizeof(*walk.seen));
    if (walk.seen == NULL || yaml_parser_initialize(&walk.parser) == 0) {
        free(walk.seen);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    yaml_parser_set_input_string(&walk.parser, (const unsigned char *)(text.size != 0 ? text.data : ""), text.size);
    const int status = walk_document(&walk, error);
    yaml_parser_delete(&walk.parser);
    for (size_t i = 0; i < walk.seen_count; i++)
        free(walk.seen[i]);
    free(walk.seen);
    return status;
}
