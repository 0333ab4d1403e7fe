/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

#include <stdlib.h>

/* One rule: its path, taken apart as theirs does, its method and what the method asks for. */
static const char *const METHODS[] = {"keep",    "redact",     "dateShift",  "cryptoHash",   "encrypt",
                                      "perturb", "substitute", "generalize", "pseudonymize", "remove"};

const char *rules_method_name(rules_method method)
{
    return METHODS[method];
}

static int refuse(const fhir_rules *rules, json_value at, const char *key, lethe_error *error)
{
    return rules_refuse(rules, LETHE_E_FHIR_POLICY, at, key, error);
}

/* A string, or the text of a number or truth: settings are written in either way. */
static base_span scalar(json_value value)
{
    if (json_is(value, JSON_NUMBER))
        return json_number_text(value);
    return json_is(value, JSON_BOOL) ? json_text(value) : json_string(value);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static base_span take_word(base_span *text)
{
    size_t size = 0;
    while (size < text->size && is_word(text->data[size]))
        size++;
    const base_span word = {text->data, size};
    *text = (base_span){text->data + size, text->size - size};
    return word;
}

static bool take(base_span *text, const char *mark)
{
    const base_span span = base_span_of(mark);
    if (!base_span_starts(*text, span))
        return false;
    *text = (base_span){text->data + span.size, text->size - span.size};
    return true;
}

/* nodesByType('X') and nodesByName("x"), alone or with one member behind: found in an index, and, unlike the functions
 * of the same name behind anything else, never the resource itself, but the resources within it. */
static bool read_by(rules_rule *rule)
{
    base_span rest = rule->path;
    const bool by_type = take(&rest, "nodesByType(");
    if (!by_type && !take(&rest, "nodesByName("))
        return false;
    if (!take(&rest, "'") && !take(&rest, "\"") && !take(&rest, "|"))
        return false;
    rule->target = take_word(&rest);
    if (rule->target.size == 0 || (!take(&rest, "'") && !take(&rest, "\"") && !take(&rest, "|")) || !take(&rest, ")"))
        return false;
    if (take(&rest, ".")) {
        rule->members[0] = take_word(&rest);
        rule->member_count = 1;
        if (rule->members[0].size == 0)
            return false;
    }
    if (rest.size != 0)
        return false;
    rule->match = by_type ? RULES_BY_TYPE : RULES_BY_NAME;
    rule->by_type = by_type ? fhir_schema_type(rule->target.data, rule->target.size) : FHIR_TYPE_NONE;
    return true;
}

/* How much of a path is its type: a capital and the letters behind it. */
static size_t type_size(base_span path)
{
    size_t size = 0;
    while (size < path.size && ((path.data[size] >= 'A' && path.data[size] <= 'Z') ||
                                (size != 0 && path.data[size] >= 'a' && path.data[size] <= 'z')))
        size++;
    return size;
}

/* "Patient.name" is `name` on every Patient; "Resource.id", "DomainResource.id" and "id" on every resource. */
static int read_path(fhir_rules *rules, json_value at, rules_rule *rule, lethe_error *error)
{
    fhirpath_program *whole = NULL;
    rule->path = scalar(at);
    if (rule->path.size == 0)
        return refuse(rules, at, "path", error);
    BASE_TRY(rules_compile(rules, rule->path, at, &whole, error)); /* the grammar of the path as it is written */
    fhirpath_free(whole);
    const size_t size = type_size(rule->path);
    rule->of = (base_span){rule->path.data, size};
    rule->any = size == 0 || base_span_is(rule->of, "Resource") || base_span_is(rule->of, "DomainResource");
    if (!rule->any) {
        const fhir_type type = fhir_schema_type(rule->of.data, rule->of.size);
        rule->type = fhir_schema_kind(type) == FHIR_KIND_RESOURCE ? type : FHIR_TYPE_NONE;
    }
    if (read_by(rule))
        return 0;
    rule->member_count = 0;
    if (size == rule->path.size) {
        rule->match = RULES_RESOURCE;
        return 0;
    }
    base_span expression = {rule->path.data + size, rule->path.size - size};
    (void)take(&expression, ".");
    BASE_TRY(rules_compile(rules, expression, at, &rule->program, error));
    rule->member_count = fhirpath_plain(rule->program, rule->members, RULES_MEMBERS_MAX);
    const bool named = rule->member_count > 0 && rule->members[0].data[0] >= 'A' && rule->members[0].data[0] <= 'Z';
    rule->match = rule->member_count > 0 && !named ? RULES_PLAIN : RULES_PATH;
    return 0;
}

static bool equal_case(base_span a, const char *b)
{
    return a.size == strlen(b) && strncasecmp(a.data, b, a.size) == 0;
}

static int read_method(const fhir_rules *rules, json_value at, rules_rule *rule, lethe_error *error)
{
    const base_span text = scalar(at);
    for (int i = 0; i < RULES_METHOD_COUNT; i++)
        if (equal_case(text, METHODS[i])) {
            rule->method = (rules_method)i;
            return 0;
        }
    return refuse(rules, at, "method", error);
}

/* An integer or decimal of at most 17 characters. */
static bool read_number(json_value value, double *ret_number)
{
    const base_span text = scalar(value);
    char copy[32], *end = NULL;
    if (text.size == 0 || text.size >= sizeof(copy))
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    if (strspn(copy, "0123456789.+-eE") != text.size)
        return false;
    *ret_number = strtod(copy, &end);
    return *end == '\0' && *ret_number > -1e15 && *ret_number < 1e15;
}

static int read_whole(const fhir_rules *rules, json_value value, const char *key, double min, double max,
                      int32_t *ret_number, lethe_error *error)
{
    double number = 0;
    if (!read_number(value, &number) || number < min || number > max || number != (double)(int32_t)number)
        return refuse(rules, value, key, error);
    *ret_number = (int32_t)number;
    return 0;
}

static int read_perturb(const fhir_rules *rules, json_value entry, rules_rule *rule, lethe_error *error)
{
    const json_value span = json_get(entry, "span"), round = json_get(entry, "roundTo"),
                     range = json_get(entry, "rangeType");
    rule->round_to = 2;
    if (!json_present(span) || !read_number(span, &rule->span) || rule->span < 0)
        return refuse(rules, json_present(span) ? span : entry, "span", error);
    if (json_present(round))
        BASE_TRY(read_whole(rules, round, "roundTo", 0, 28, &rule->round_to, error));
    if (!json_present(range))
        return 0;
    rule->proportional = equal_case(scalar(range), "proportional");
    return rule->proportional || equal_case(scalar(range), "fixed") ? 0 : refuse(rules, range, "rangeType", error);
}

static int read_cases(fhir_rules *rules, json_value cases, rules_rule *rule, lethe_error *error)
{
    json_iterator it = json_iterate(cases);
    base_span key;
    json_value value;
    rule->cases = base_arena_take_array(&rules->arena, json_count(cases) + 1, sizeof(*rule->cases));
    if (rule->cases == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    while (json_next(&it, &key, &value)) {
        rules_case *one = &rule->cases[rule->case_count++];
        int status = rules_compile(rules, key, value, &one->when, error);
        if (status == 0)
            status = rules_compile(rules, scalar(value), value, &one->then, error);
        if (status != 0) {
            base_error_path(error, "cases");
            return status;
        }
    }
    return 0;
}

static int read_generalize(fhir_rules *rules, json_value entry, rules_rule *rule, lethe_error *error)
{
    const json_value cases = json_get(entry, "cases"), others = json_get(entry, "otherValues");
    if (!json_is(cases, JSON_OBJECT))
        return refuse(rules, json_present(cases) ? cases : entry, "cases", error);
    BASE_TRY(read_cases(rules, cases, rule, error));
    if (!json_present(others))
        return 0;
    rule->keep_others = equal_case(scalar(others), "keep");
    return rule->keep_others || equal_case(scalar(others), "redact") ? 0 : refuse(rules, others, "otherValues", error);
}

static int read_settings(fhir_rules *rules, json_value entry, rules_rule *rule, lethe_error *error)
{
    switch (rule->method) {
    case RULES_PERTURB:
        return read_perturb(rules, entry, rule, error);
    case RULES_SUBSTITUTE:
        rule->replace = json_get(entry, "replaceWith");
        return json_present(rule->replace) ? 0 : refuse(rules, entry, "replaceWith", error);
    case RULES_GENERALIZE:
        return read_generalize(rules, entry, rule, error);
    case RULES_CRYPTO_HASH: {
        const json_value most = json_get(entry, "truncateToMaxLength");
        return json_present(most) ? read_whole(rules, most, "truncateToMaxLength", 1, 64, &rule->truncate, error) : 0;
    }
    case RULES_DATE_SHIFT: {
        const json_value days = json_get(entry, "dateShiftFixedOffsetInDays");
        rule->fixed = json_present(days);
        return rule->fixed
                   ? read_whole(rules, days, "dateShiftFixedOffsetInDays", -3652059, 3652059, &rule->fixed_days, error)
                   : 0;
    }
    case RULES_PSEUDONYMIZE:
        rule->domain = scalar(json_get(entry, "domain"));
        if (rule->domain.size == 0)
            rule->domain = scalar(json_get(entry, "namespace"));
        rule->prefix = scalar(json_get(entry, "domain-prefix"));
        return 0;
    default:
        return 0;
    }
}

static int check_keys(fhir_rules *rules, json_value entry, lethe_error *error)
{
    static const char *const known[] = {"path",
                                        "method",
                                        "span",
                                        "roundTo",
                                        "rangeType",
                                        "cases",
                                        "otherValues",
                                        "replaceWith",
                                        "truncateToMaxLength",
                                        "dateShiftFixedOffsetInDays",
                                        "domain",
                                        "namespace",
                                        "domain-prefix",
                                        "namespace-prefix",
                                        "comment"};
    json_iterator it = json_iterate(entry);
    base_span key;
    json_value value;
    while (json_next(&it, &key, &value)) {
        bool found = false;
        for (size_t i = 0; i < sizeof(known) / sizeof(*known) && !found; i++)
            found = base_span_is(key, known[i]);
        if (!found)
            BASE_TRY(rules_note_unknown(rules, "", key, value, error));
    }
    return 0;
}

int rules_rule_read(fhir_rules *rules, json_value entry, rules_rule *rule, lethe_error *error)
{
    if (!json_is(entry, JSON_OBJECT))
        return refuse(rules, entry, NULL, error);
    rule->byte = json_offset(entry);
    rule->line = rules_text_line(&rules->text, rule->byte);
    const json_value path = json_get(entry, "path"), method = json_get(entry, "method");
    if (!json_present(path) || !json_present(method))
        return refuse(rules, entry, json_present(path) ? "method" : "path", error);
    const int status = read_path(rules, path, rule, error);
    if (status != 0) {
        base_error_path(error, "path");
        return status;
    }
    BASE_TRY(read_method(rules, method, rule, error));
    BASE_TRY(check_keys(rules, entry, error));
    return read_settings(rules, entry, rule, error);
}

void rules_rule_done(rules_rule *rule)
{
    fhirpath_free(rule->program);
    for (size_t i = 0; i < rule->case_count; i++) {
        fhirpath_free(rule->cases[i].when);
        fhirpath_free(rule->cases[i].then);
    }
}
