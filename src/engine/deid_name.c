/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/deid.h"
#include "fhir/terms.h"

/* What files are called: names of people stand in names of files (Zebulon_Quist_0c3b1f10.json). */
static size_t without_suffixes(const char *name, const char **ret_suffix)
{
    static const char *const suffixes[] = {".ndjson", ".jsonl", ".json"};
    size_t size = strlen(name);
    if (size > 3 && strcmp(name + size - 3, ".gz") == 0)
        size -= 3;
    else if (size > 4 && strcmp(name + size - 4, ".zst") == 0)
        size -= 4;
    *ret_suffix = ".ndjson";
    for (size_t i = 0; i < 3; i++) {
        const size_t length = strlen(suffixes[i]);
        if (size > length && memcmp(name + size - length, suffixes[i], length) == 0) {
            *ret_suffix = suffixes[i];
            return size - length;
        }
    }
    return size;
}

/* "Patient.000", "bulk/Observation_12": parts that are types, words of terms, or small numbers. */
static bool is_plain_name(base_span name)
{
    size_t at = 0;
    while (at < name.size) {
        size_t end = at;
        while (end < name.size && memchr("._-/", name.data[end], 4) == NULL)
            end++;
        const base_span part = {name.data + at, end - at};
        if (part.size != 0 && !fhir_is_core_code(part) && !fhir_is_term(part))
            return false;
        at = end + 1;
    }
    return name.size != 0 && name.size < 80 && name.data[0] != '.';
}

int engine_deid_name(identity_artefact *names, const char *input, const char *path, engine_deid_names *ret_names,
                     lethe_error *error)
{
    const char *suffix;
    char token[IDENTITY_NAME_MAX];
    identity_token bits;
    size_t skip = strncmp(path, input, strlen(input)) == 0 ? strlen(input) : 0;
    while (path[skip] == '/')
        skip++;
    const char *name = path[skip] != '\0' ? path + skip : path;
    if (path[skip] == '\0' && strrchr(path, '/') != NULL)
        name = strrchr(path, '/') + 1;
    const base_span stem = {name, without_suffixes(name, &suffix)};
    ret_names->plain[0] = '\0';
    if (is_plain_name(stem)) {
        (void)snprintf(ret_names->plain, sizeof(ret_names->plain), "%.*s%s", (int)stem.size, stem.data, suffix);
        for (char *at = ret_names->plain; (at = strchr(at, '/')) != NULL;)
            *at = '.';
    }
    BASE_TRY(identity_artefact_token(names, 'f', base_span_of(name), (base_span){NULL, 0}, &bits, error));
    identity_format("", &bits, token);
    (void)snprintf(ret_names->token, sizeof(ret_names->token), "%s%s", token, suffix);
    return 0;
}
