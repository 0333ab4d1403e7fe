/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JSON_CONFIG_H
#define JSON_CONFIG_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

#define JSON_CONFIG_BYTES_MAX ((size_t)1 << 20)
#define JSON_CONFIG_KEY_MAX   128
#define JSON_CONFIG_DEPTH_MAX 8

/*
 * Configuration: one mapping, JSON or YAML 1.1 by libyaml (JSON is read as YAML's flow style). Anchors, aliases, tags
 * and several documents are refused; so is a key that stands twice. Nested mappings are visited with dotted keys
 * ("privacy.k"), sequences with an index ("inputs.0").
 */
typedef int (*json_config_visit)(void *context, const char *key, const char *value, int64_t line);

/* LETHE_E_JSON_CONFIG with the line where the text is not such a mapping, or where `visit` returns non-zero. */
int json_config_parse(base_span text, json_config_visit visit, void *context, lethe_error *error);

#endif
