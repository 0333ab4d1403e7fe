/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

#include "crypt/aead.h"
#include "crypt/secret.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * A policy is checked as a whole before it is used: every expression compiled, every setting of a rule in its range.
 * What theirs finds only when it meets the data (an unknown method) is refused here.
 */
#define ARENA_BYTES_MAX ((size_t)64 << 20)

int rules_refuse(const fhir_rules *rules, int code, json_value at, const char *key, lethe_error *error)
{
    const size_t byte = json_present(at) ? json_offset(at) : 0;
    base_fail_at(error, code, byte);
    base_error_line(error, rules_text_line(&rules->text, byte));
    if (error != NULL && rules->text.yaml)
        error->byte = -1; /* of the JSON made of it */
    if (key != NULL)
        base_error_path(error, key);
    return code;
}

int rules_note_unknown(fhir_rules *rules, const char *where, base_span key, json_value value, lethe_error *error)
{
    (void)key; /* a key is the policy's own text: only its place is said */
    if (!rules->compat)
        return rules_refuse(rules, LETHE_E_FHIR_POLICY, value, where, error);
    if (rules->unknown_count < RULES_UNKNOWN_MAX) {
        rules_unknown *unknown = &rules->unknown[rules->unknown_count++];
        unknown->line = rules_text_line(&rules->text, json_offset(value));
        (void)snprintf(unknown->path, sizeof(unknown->path), "%s", where);
    }
    return 0;
}

int rules_compile(fhir_rules *rules, base_span expression, json_value at, fhirpath_program **ret_program,
                  lethe_error *error)
{
    lethe_error inner = {0};
    const int status = fhirpath_compile(expression, ret_program, &inner);
    if (status != LETHE_E_FHIR_PATH)
        return status != 0 ? base_fail(error, status) : 0;
    rules_refuse(rules, status, at, NULL, error);
    const base_span text = json_is(at, JSON_STRING) ? json_text(at) : (base_span){NULL, 0};
    if (error != NULL && !rules->text.yaml && text.size == expression.size + 2)
        error->byte += 1 + inner.byte; /* without escapes the place in the expression is one in the file */
    return status;
}

static bool find(const char *const *names, size_t count, base_span name, size_t *ret_at)
{
    for (*ret_at = 0; *ret_at < count; (*ret_at)++)
        if (base_span_is(name, names[*ret_at]))
            return true;
    return false;
}

static bool equal_case(base_span a, const char *b)
{
    return a.size == strlen(b) && strncasecmp(a.data, b, a.size) == 0;
}

static int read_key(const fhir_rules *rules, json_value value, const char *path, base_span *ret_key, bool *own,
                    lethe_error *error)
{
    if (!json_is(value, JSON_STRING) && !json_is(value, JSON_NULL))
        return rules_refuse(rules, LETHE_E_FHIR_POLICY, value, path, error);
    *ret_key = json_string(value);
    *own = ret_key->size != 0;
    return 0;
}

static int read_flag(const fhir_rules *rules, json_value value, const char *path, bool *ret_flag, lethe_error *error)
{
    if (json_bool(value, ret_flag))
        return 0;
    const base_span text = json_string(value);
    if (!equal_case(text, "true") && !equal_case(text, "false"))
        return rules_refuse(rules, LETHE_E_FHIR_POLICY, value, path, error);
    *ret_flag = equal_case(text, "true");
    return 0;
}

static int read_zips(fhir_rules *rules, json_value value, lethe_error *error)
{
    static const char path[] = "parameters.restrictedZipCodeTabulationAreas";
    if (json_is(value, JSON_NULL))
        return 0;
    if (!json_is(value, JSON_ARRAY) || json_count(value) > FHIR_RULES_MAX)
        return rules_refuse(rules, LETHE_E_FHIR_POLICY, value, path, error);
    rules->zips = base_arena_take_array(&rules->arena, json_count(value) + 1, sizeof(*rules->zips));
    if (rules->zips == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    json_iterator it = json_iterate(value);
    json_value item;
    while (json_next(&it, NULL, &item)) {
        const base_span zip = json_is(item, JSON_NUMBER) ? json_number_text(item) : json_string(item);
        if (zip.size == 0)
            return rules_refuse(rules, LETHE_E_FHIR_POLICY, item, path, error);
        rules->zips[rules->zip_count++] = zip;
    }
    return 0;
}

static int read_scope(fhir_rules *rules, json_value value, lethe_error *error)
{
    static const char *const names[] = {"resource", "file", "folder"};
    const base_span text = json_string(value);
    for (size_t i = 0; i < 3; i++)
        if (equal_case(text, names[i])) {
            rules->scope = (rules_scope)i;
            return 0;
        }
    return rules_refuse(rules, LETHE_E_FHIR_POLICY, value, "parameters.dateShiftScope", error);
}

static int read_offset(fhir_rules *rules, json_value value, lethe_error *error)
{
    int64_t days = 0;
    if (json_is(value, JSON_NULL))
        return 0;
    if (!json_int64(value, &days) || days < -3652059 || days > 3652059)
        return rules_refuse(rules, LETHE_E_FHIR_POLICY, value, "parameters.dateShiftFixedOffsetInDays", error);
    rules->fixed = true;
    rules->fixed_days = (int32_t)days;
    return 0;
}

static int read_parameter(fhir_rules *rules, base_span key, json_value value, lethe_error *error)
{
    static const char *const names[] = {"dateShiftKey",
                                        "cryptoHashKey",
                                        "encryptKey",
                                        "enablePartialAgesForRedact",
                                        "enablePartialDatesForRedact",
                                        "enablePartialZipCodesForRedact",
                                        "dateShiftScope",
                                        "dateShiftFixedOffsetInDays",
                                        "restrictedZipCodeTabulationAreas",
                                        "customSettings"};
    static const char *const paths[] = {"parameters.dateShiftKey",
                                        "parameters.cryptoHashKey",
                                        "parameters.encryptKey",
                                        "parameters.enablePartialAgesForRedact",
                                        "parameters.enablePartialDatesForRedact",
                                        "parameters.enablePartialZipCodesForRedact"};
    base_span *const keys[] = {&rules->date_shift_key, &rules->crypto_hash_key, &rules->encrypt_key};
    bool *const flags[] = {&rules->partial_ages, &rules->partial_dates, &rules->partial_zips};
    size_t at = 0;
    if (!find(names, sizeof(names) / sizeof(*names), key, &at)) /* theirs derive or choose keys in other ways */
        return rules_note_unknown(rules, "parameters", key, value, error);
    if (at < 3)
        return read_key(rules, value, paths[at], keys[at], &rules->own_keys[at], error);
    if (at < 6)
        return read_flag(rules, value, paths[at], flags[at - 3], error);
    if (at == 6)
        return read_scope(rules, value, error);
    if (at == 7)
        return read_offset(rules, value, error);
    return at == 8 ? read_zips(rules, value, error) : 0; /* customSettings are of methods that are not built in */
}

static int read_parameters(fhir_rules *rules, json_value parameters, lethe_error *error)
{
    json_iterator it = json_iterate(parameters);
    base_span key;
    json_value value;
    if (!json_is(parameters, JSON_OBJECT) && !json_is(parameters, JSON_NULL))
        return rules_refuse(rules, LETHE_E_FHIR_POLICY, parameters, "parameters", error);
    while (json_next(&it, &key, &value))
        BASE_TRY(read_parameter(rules, key, value, error));
    return 0;
}

/* A key that is not given is random, as theirs is: the output of two runs has nothing in common. */
static int random_key(fhir_rules *rules, base_span *key, lethe_error *error)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[16];
    char text[32];
    if (key->size != 0)
        return 0;
    BASE_TRY(crypt_random(bytes, sizeof(bytes), error));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    *key = base_arena_copy(&rules->arena, (base_span){text, sizeof(text)});
    return key->data != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

static int check_keys(fhir_rules *rules, lethe_error *error)
{
    const json_value key = json_get(json_get(rules->text.root, "parameters"), "encryptKey");
    const size_t size = rules->encrypt_key.size;
    if (size != 0 && size != 16 && size != 24 && size != 32)
        return rules_refuse(rules, LETHE_E_FHIR_POLICY, key, "parameters.encryptKey", error);
    BASE_TRY(random_key(rules, &rules->date_shift_key, error));
    BASE_TRY(random_key(rules, &rules->crypto_hash_key, error));
    return random_key(rules, &rules->encrypt_key, error);
}

static int read_rules(fhir_rules *rules, json_value list, lethe_error *error)
{
    if (!json_is(list, JSON_ARRAY) || json_count(list) > FHIR_RULES_MAX)
        return rules_refuse(rules, LETHE_E_FHIR_POLICY, json_present(list) ? list : rules->text.root, "fhirPathRules",
                            error);
    rules->rules = base_arena_take_array(&rules->arena, json_count(list) + 1, sizeof(*rules->rules));
    if (rules->rules == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    json_iterator it = json_iterate(list);
    json_value entry;
    while (json_next(&it, NULL, &entry)) {
        rules_rule *rule = &rules->rules[rules->count++];
        const int status = rules_rule_read(rules, entry, rule, error);
        if (status != 0) {
            if (error != NULL) {
                char path[LETHE_PLACE_PATH_MAX + 32];
                (void)snprintf(path, sizeof(path), "fhirPathRules[%zu]%s%s", rules->count - 1,
                               error->path[0] != '\0' ? "." : "", error->path);
                error->path[0] = '\0';
                base_error_path(error, path);
            }
            return status;
        }
        rules->by_name = rules->by_name || rule->match == RULES_BY_NAME;
    }
    return 0;
}

/* For each resource the rules that concern it, in order. */
static int make_lists(fhir_rules *rules, lethe_error *error)
{
    const size_t types = fhir_schema_types();
    rules->lists = base_arena_take_array(&rules->arena, types, sizeof(*rules->lists));
    for (size_t type = 1; rules->lists != NULL && type < types; type++) {
        if (fhir_schema_kind((fhir_type)type) != FHIR_KIND_RESOURCE || fhir_schema_abstract((fhir_type)type))
            continue;
        uint16_t *list = base_arena_take_array(&rules->arena, rules->count + 1, sizeof(*list));
        size_t count = 0;
        for (size_t i = 0; list != NULL && i < rules->count; i++)
            if (rules->rules[i].any || rules->rules[i].type == type)
                list[count++] = (uint16_t)(i + 1);
        if (list == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        rules->lists[type] = list;
    }
    return rules->lists != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

/* A key that stands twice is refused, as theirs does: which of both counts is a guess. */
static int refuse_twice(const fhir_rules *rules, json_value value, lethe_error *error)
{
    json_iterator it = json_iterate(value);
    base_span key, other;
    json_value item, twin;
    while (json_next(&it, &key, &item)) {
        json_iterator rest = it;
        while (json_is(value, JSON_OBJECT) && json_next(&rest, &other, &twin))
            if (base_span_equal(key, other))
                return rules_refuse(rules, LETHE_E_FHIR_POLICY, twin, NULL, error);
        if (json_is(item, JSON_OBJECT) || json_is(item, JSON_ARRAY))
            BASE_TRY(refuse_twice(rules, item, error));
    }
    return 0;
}

static int read_head(fhir_rules *rules, base_span key, json_value value, lethe_error *error)
{
    const base_span text = json_string(value);
    if (base_span_is(key, "fhirVersion")) {
        const bool none = json_is(value, JSON_NULL) || (json_is(value, JSON_STRING) && text.size == 0);
        return none || equal_case(text, "R4") ? 0
                                              : rules_refuse(rules, LETHE_E_FHIR_POLICY, value, "fhirVersion", error);
    }
    if (base_span_is(key, "processingErrors")) {
        rules->skip_errors = equal_case(text, "skip");
        return rules->skip_errors || equal_case(text, "raise")
                   ? 0
                   : rules_refuse(rules, LETHE_E_FHIR_POLICY, value, "processingErrors", error);
    }
    if (base_span_is(key, "parameters"))
        return read_parameters(rules, value, error);
    if (base_span_is(key, "fhirPathRules"))
        return 0;
    return rules_note_unknown(rules, "", key, value, error);
}

static int load(fhir_rules *rules, base_span text, lethe_error *error)
{
    json_value value;
    base_span key;
    const base_span copy = base_arena_copy(&rules->arena, text);
    if (copy.data == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(rules_text_read(&rules->text, copy, error));
    if (!json_is(rules->text.root, JSON_OBJECT))
        return rules_refuse(rules, LETHE_E_FHIR_POLICY, rules->text.root, NULL, error);
    BASE_TRY(refuse_twice(rules, rules->text.root, error));
    json_iterator it = json_iterate(rules->text.root);
    while (json_next(&it, &key, &value))
        BASE_TRY(read_head(rules, key, value, error));
    BASE_TRY(check_keys(rules, error));
    BASE_TRY(read_rules(rules, json_get(rules->text.root, "fhirPathRules"), error));
    BASE_TRY(make_lists(rules, error));
    BASE_TRY(rules_masks_read(rules, error));
    return rules_ids_read(rules, error);
}

int fhir_rules_load(base_span text, bool compat, fhir_rules **ret_rules, lethe_error *error)
{
    fhir_rules *rules = calloc(1, sizeof(*rules));
    if (rules == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    rules->compat = compat;
    base_arena_init(&rules->arena, ARENA_BYTES_MAX);
    const int status = load(rules, text, error);
    if (status != 0) {
        fhir_rules_free(rules);
        return status;
    }
    *ret_rules = rules;
    return 0;
}

void fhir_rules_free(fhir_rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < rules->count; i++)
        rules_rule_done(&rules->rules[i]);
    rules_text_done(&rules->text);
    base_arena_wipe(&rules->arena); /* keys stand in the text of a policy */
    base_arena_done(&rules->arena);
    free(rules);
}

size_t fhir_rules_count(const fhir_rules *rules)
{
    return rules->count;
}
