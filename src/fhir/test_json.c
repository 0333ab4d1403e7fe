/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/test_json.h"

#include <stdio.h>

static bool differ(char *path, size_t size, const char *name, size_t name_size)
{
    char rest[512];
    (void)snprintf(rest, sizeof(rest), "%s", path);
    (void)snprintf(path, size, "%.*s%s%s", (int)name_size, name, rest[0] != '\0' ? "." : "", rest);
    return false;
}

static bool objects(json_value a, json_value b, char *path, size_t size)
{
    json_iterator it = json_iterate(a);
    base_span key;
    json_value value;
    while (json_next(&it, &key, &value)) {
        char name[256];
        (void)snprintf(name, sizeof(name), "%.*s", (int)key.size, key.data);
        const json_value other = json_get(b, name);
        if (!json_present(other) || !test_json_equal(value, other, path, size))
            return differ(path, size, name, strlen(name));
    }
    it = json_iterate(b);
    while (json_next(&it, &key, &value)) {
        char name[256];
        (void)snprintf(name, sizeof(name), "%.*s", (int)key.size, key.data);
        if (!json_present(json_get(a, name)))
            return differ(path, size, name, strlen(name));
    }
    return true;
}

static bool arrays(json_value a, json_value b, char *path, size_t size)
{
    if (json_count(a) != json_count(b))
        return differ(path, size, "count", 5);
    for (uint32_t i = 0; i < json_count(a); i++)
        if (!test_json_equal(json_element(a, i), json_element(b, i), path, size)) {
            char index[16];
            (void)snprintf(index, sizeof(index), "[%u]", i);
            return differ(path, size, index, strlen(index));
        }
    return true;
}

bool test_json_equal(json_value a, json_value b, char *path, size_t path_size)
{
    bool x = false, y = false;
    if (json_type_of(a) != json_type_of(b))
        return false;
    switch (json_type_of(a)) {
    case JSON_OBJECT:
        return objects(a, b, path, path_size);
    case JSON_ARRAY:
        return arrays(a, b, path, path_size);
    case JSON_STRING:
        return base_span_equal(json_string(a), json_string(b));
    case JSON_NUMBER:
        return base_span_equal(json_number_text(a), json_number_text(b));
    case JSON_BOOL:
        return json_bool(a, &x) && json_bool(b, &y) && x == y;
    default:
        return true;
    }
}
