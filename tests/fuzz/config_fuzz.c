/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration reader on any bytes: keys are bounded and never repeated, errors have a line of the text. */
#include "json/config.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct seen {
    size_t count;
    size_t stop_at; /* the visit that refuses; 0 none */
} seen;

static int visit(void *context, const char *key, const char *value, int64_t line)
{
    seen *s = context;
    assert(key[0] != '\0' && strlen(key) < JSON_CONFIG_KEY_MAX);
    assert(strlen(value) <= JSON_CONFIG_BYTES_MAX && line >= 1);
    return ++s->count == s->stop_at;
}

static int64_t count_lines(const uint8_t *data, size_t size)
{
    int64_t lines = 1;
    for (size_t i = 0; i < size; i++) /* YAML 1.1 has more breaks than \n: never fewer lines than this sees */
        lines += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] == 0xa8 || data[i] == 0xa9;
    return lines;
}

static void read_with(const uint8_t *data, size_t size, size_t stop_at)
{
    seen s = {.stop_at = stop_at};
    lethe_error error = {0};
    const int status = json_config_parse((base_span){(const char *)data, size}, visit, &s, &error);
    assert(status == 0 || status == LETHE_E_JSON_CONFIG || status == LETHE_E_BASE_LIMIT);
    assert(status == error.code || status == 0);
    if (status == LETHE_E_JSON_CONFIG)
        assert(error.line >= 1 && error.line <= count_lines(data, size) + 1);
    assert(stop_at == 0 || s.count < stop_at || status == LETHE_E_JSON_CONFIG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_with(data, size, 0);
    read_with(data, size, 2);
    return 0;
}
