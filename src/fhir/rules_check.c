/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

#include "fhir/primitive.h"
#include "fhir/rules_shape.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * What a policy does, seen without data: its rules are applied in order to a shape of every resource type. A rule whose
 * path filters (where, an index) may find nothing on real data, so it covers nothing for the rules behind it.
 */
#define SHAPE_BYTES_MAX ((size_t)512 << 20)

enum { /* why a rule gives another output under compat */
       DIFFER_SHIFT,
       DIFFER_FIXED,
       DIFFER_INSTANT,
       DIFFER_TYPE,
       DIFFER_REQUIRED,
       DIFFER_ADDRESS,
       DIFFER_REFERENCE,
       DIFFER_ZIP,
       DIFFER_AGE,
       DIFFER_CIPHER,
       DIFFER_NOISE,
       DIFFER_CASE,
       DIFFER_COUNT,
};

static const char *const DIFFERENCES[DIFFER_COUNT] = {
    [DIFFER_SHIFT] = "compat: one of 101 offsets, by the id of the outermost resource, times become 00:00; ours: one "
                     "secret offset a patient, times stay",
    [DIFFER_FIXED] = "compat: the same offset for everybody, which one known date tells; ours: one a patient",
    [DIFFER_INSTANT] = "compat: an instant becomes a year, which is no instant; ours: the first moment of the year",
    [DIFFER_TYPE] = "compat: puts a text where the type has none (a date, code, number or truth); ours: removes it",
    [DIFFER_REQUIRED] = "compat: leaves out what FHIR requires; ours: says with data-absent-reason that it is masked",
    [DIFFER_ADDRESS] = "compat: references no longer find the entry; ours: both become the same token",
    [DIFFER_REFERENCE] = "compat: 64 digits behind urn:uuid:, which is no UUID; ours: a valid reference that resolves",
    [DIFFER_ZIP] = "compat: letters of a postal code stay; ours: what is no US ZIP code is removed",
    [DIFFER_AGE] = "compat: an age with decimals is an error, its unit is not looked at; ours: any number of years",
    [DIFFER_CIPHER] = "compat: AES-CBC, another text each time, nothing proves it; ours: tokens of the project's key",
    [DIFFER_NOISE] = "compat: other noise in each run; ours: the same under one key",
    [DIFFER_CASE] = "compat: a case without a result holds (a date of another precision); ours: it does not",
};

typedef struct rules_seen { /* of one rule, over all types */
    uint64_t found, fresh;  /* nodes that it finds; those that it is the first to touch */
    size_t before;          /* 1 + an earlier rule of another method that touches some of them */
    uint32_t differs;
    bool conditional;
} rules_seen;

typedef struct rules_checker {
    const fhir_rules *rules;
    rules_seen *seen;
    fhir_rules_run *run; /* for the index */
    fhir_rules_sink sink;
    void *context;
    uint16_t *owner; /* 1 + rule of each node, by fhir_node.place */
    size_t owner_capacity;
    uint32_t node_count;
} rules_checker;

const char *fhir_rules_finding_name(fhir_rules_finding finding)
{
    static const char *const names[FHIR_RULES_FINDING_COUNT] = {"never", "shadowed",    "overlap", "open",
                                                                "key",   "unknown-key", "differs"};
    return names[finding];
}

static int report(rules_checker *checker, fhir_rules_finding finding, size_t rule, const char *path, const char *text)
{
    char own[LETHE_PLACE_PATH_MAX * 2];
    fhir_rules_report made = {.finding = finding, .rule = rule, .path = path, .text = text};
    if (rule != 0) {
        const rules_rule *one = &checker->rules->rules[rule - 1];
        made.line = one->line;
        if (path == NULL) {
            (void)snprintf(own, sizeof(own), "%.*s", (int)one->path.size, one->path.data);
            made.path = own;
        }
    }
    return checker->sink(checker->context, &made);
}

static bool is_name(const fhir_node *node, const char *name)
{
    return node->element != NULL && base_span_is(fhir_element_stem(node->element), name);
}

static uint32_t bit(bool holds, int number)
{
    return holds ? 1u << number : 0;
}

static uint32_t differences(const rules_checker *checker, const rules_rule *rule, const fhir_node *node)
{
    const fhir_rules_run *run = checker->run;
    const bool date = node->type == run->date || node->type == run->date_time || node->type == run->instant;
    const fhir_primitive type = fhir_primitive_of(fhir_schema_type_name(node->type));
    const bool text = type == FHIR_PRIMITIVE_STRING || type == FHIR_PRIMITIVE_ID || type == FHIR_PRIMITIVE_URI;
    const bool reference = node->parent != NULL && node->parent->type == run->reference && is_name(node, "reference");
    const bool fixed = rule->fixed || checker->rules->fixed;
    switch (rule->method) {
    case RULES_DATE_SHIFT:
        return bit(date && !fixed, DIFFER_SHIFT) | bit(date && fixed, DIFFER_FIXED);
    case RULES_REDACT:
        return bit(node->type == run->instant && checker->rules->partial_dates, DIFFER_INSTANT) |
               bit(rules_is_address(node) && checker->rules->ids_change, DIFFER_ADDRESS) |
               bit(is_name(node, "postalCode") && checker->rules->partial_zips, DIFFER_ZIP) |
               bit(node->type == run->decimal && node->parent->type == run->age && checker->rules->partial_ages,
                   DIFFER_AGE) |
               bit(node->element != NULL && node->element->min != 0 && node->parent != NULL &&
                       (node->parent->marks & RULES_VISITED) == 0,
                   DIFFER_REQUIRED);
    case RULES_CRYPTO_HASH:
    case RULES_PSEUDONYMIZE:
        return bit(type != FHIR_PRIMITIVE_NONE && !text, DIFFER_TYPE) | bit(reference, DIFFER_REFERENCE);
    case RULES_ENCRYPT:
        return bit(type != FHIR_PRIMITIVE_NONE && !text, DIFFER_TYPE) | bit(text, DIFFER_CIPHER);
    case RULES_PERTURB:
        return bit(true, DIFFER_NOISE);
    case RULES_GENERALIZE:
        return bit(type != FHIR_PRIMITIVE_NONE, DIFFER_CASE);
    default:
        return 0;
    }
}

/* Everything below, in the order in which a rule touches it. */
static void touch(rules_checker *checker, size_t number, fhir_node *node)
{
    rules_seen *seen = &checker->seen[number - 1];
    const rules_rule *rule = &checker->rules->rules[number - 1];
    const size_t owner = checker->owner[node->place];
    if ((node->marks & RULES_VISITED) != 0) {
        if (seen->before == 0 && owner != 0 && owner != number &&
            checker->rules->rules[owner - 1].method != rule->method &&
            checker->rules->rules[owner - 1].method != RULES_KEEP)
            seen->before = owner;
        return;
    }
    seen->fresh++;
    seen->differs |= differences(checker, rule, node);
    if (!seen->conditional) {
        node->marks |= RULES_VISITED;
        checker->owner[node->place] = (uint16_t)number;
    }
    for (fhir_node *child = node->first; child != NULL; child = child->next)
        if (!fhir_node_is_resource(child))
            touch(checker, number, child);
}

static int number_nodes(rules_checker *checker, fhir_node *node, lethe_error *error)
{
    if (checker->node_count == checker->owner_capacity) {
        const size_t capacity = checker->owner_capacity != 0 ? 2 * checker->owner_capacity : 4096;
        uint16_t *grown = realloc(checker->owner, capacity * sizeof(*grown));
        if (grown == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        checker->owner = grown;
        checker->owner_capacity = capacity;
    }
    checker->owner[checker->node_count] = 0;
    node->place = checker->node_count++;
    for (fhir_node *child = node->first; child != NULL; child = child->next)
        BASE_TRY(number_nodes(checker, child, error));
    return 0;
}

static int find(rules_checker *checker, const rules_rule *rule, fhir_node *root, lethe_error *error)
{
    fhirpath_list list = {0};
    if (rule->match != RULES_PATH)
        return rules_find(checker->run, rule, root, error);
    checker->run->matched.count = 0;
    if (fhirpath_reach(rule->program, checker->run->scratch, root, &list, NULL) != 0)
        return 0; /* its values decide: nothing is said of it */
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].kind == FHIRPATH_NODE)
            BASE_TRY(rules_add_node(checker->run, &checker->run->matched, list.items[i].node, error));
    return 0;
}

static bool is_open(const fhir_node *node)
{
    static const char *const types[] = {"string", "markdown", "xhtml", "base64Binary"};
    for (size_t i = 0; i < 4; i++)
        if ((node->marks & RULES_VISITED) == 0 && strcmp(fhir_schema_type_name(node->type), types[i]) == 0)
            return !rules_is_kept_text(node->element) && !is_name(node, "id");
    return false;
}

static int report_open(rules_checker *checker, const fhir_node *node, char *path, size_t size)
{
    static const char text[] = "free text that no rule touches: stays under compat; without, it is removed";
    const size_t length = strlen(path);
    const char *name = node->element != NULL ? fhir_element_name(node->element) : fhir_schema_type_name(node->type);
    (void)snprintf(path + length, size - length, "%s%s", length != 0 ? "." : "", name);
    int status = is_open(node) ? report(checker, FHIR_RULES_OPEN, 0, path, text) : 0;
    for (const fhir_node *child = node->first; child != NULL && status == 0; child = child->next)
        status = report_open(checker, child, path, size);
    path[length] = '\0';
    return status;
}

static int check_type(rules_checker *checker, fhir_type type, lethe_error *error)
{
    fhir_node *root = NULL;
    char path[1024] = "";
    base_arena_reset(&checker->run->arena);
    checker->node_count = 0;
    checker->run->inner.count = 0;
    BASE_TRY(rules_shape(&checker->run->arena, type, &root, error));
    BASE_TRY(number_nodes(checker, root, error));
    BASE_TRY(rules_index(checker->run, root, error));
    for (const uint16_t *list = checker->rules->lists[type]; *list != 0; list++) {
        BASE_TRY(find(checker, &checker->rules->rules[*list - 1], root, error));
        checker->seen[*list - 1].found += checker->run->matched.count;
        for (size_t i = 0; i < checker->run->matched.count; i++)
            touch(checker, *list, checker->run->matched.nodes[i]);
    }
    return report_open(checker, root, path, sizeof(path));
}

static int report_rule(rules_checker *checker, size_t number)
{
    const rules_seen *seen = &checker->seen[number - 1];
    if (seen->found == 0)
        return report(checker, FHIR_RULES_NEVER, number, NULL,
                      "names nothing that FHIR R4 has: misspelt, or of another version");
    if (seen->fresh == 0)
        return report(checker, FHIR_RULES_SHADOWED, number, NULL, "earlier rules touch all that it names");
    int status = 0;
    if (seen->before != 0)
        status = report(checker, FHIR_RULES_OVERLAP, number, NULL,
                        "an earlier rule of another method touches a part of what it names, and wins there");
    for (int i = 0; i < DIFFER_COUNT && status == 0; i++)
        if ((seen->differs >> i & 1) != 0)
            status = report(checker, FHIR_RULES_DIFFERS, number, NULL, DIFFERENCES[i]);
    return status;
}

static bool uses(const fhir_rules *rules, rules_method method)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->rules[i].method == method)
            return true;
    return false;
}

/* A key that can be tried out: short, or of few different characters. */
static bool is_weak(base_span key)
{
    bool known[256] = {0};
    size_t different = 0;
    for (size_t i = 0; i < key.size; i++) {
        different += !known[(unsigned char)key.data[i]];
        known[(unsigned char)key.data[i]] = true;
    }
    return key.size < 22 || different < 10; /* 22 characters of base64 are 128 bits */
}

static int check_keys(rules_checker *checker)
{
    static const char *const paths[] = {"parameters.dateShiftKey", "parameters.cryptoHashKey", "parameters.encryptKey"};
    static const rules_method methods[] = {RULES_DATE_SHIFT, RULES_CRYPTO_HASH, RULES_ENCRYPT};
    const fhir_rules *rules = checker->rules;
    const base_span keys[] = {rules->date_shift_key, rules->crypto_hash_key, rules->encrypt_key};
    int status = 0;
    for (size_t i = 0; i < 3 && status == 0; i++) {
        const bool used = uses(rules, methods[i]) && !(i == 0 && rules->fixed);
        if (!used)
            continue;
        if (!rules->own_keys[i])
            status = report(checker, FHIR_RULES_KEY, 0, paths[i],
                            "compat: no key is given, so each run has a random one and nothing links two runs");
        else if (is_weak(keys[i]))
            status = report(checker, FHIR_RULES_KEY, 0, paths[i],
                            "compat: short or simple, so it can be guessed; without, keys come from the key file");
        if (status == 0 && i == 0)
            status = report(checker, FHIR_RULES_KEY, 0, paths[i],
                            "compat: whatever the key, three known dates tell the offset of every patient");
    }
    return status;
}

static int check_all(rules_checker *checker, lethe_error *error)
{
    for (size_t i = 0; i < checker->rules->count; i++) {
        const rules_rule *rule = &checker->rules->rules[i];
        checker->seen[i].conditional = rule->match == RULES_PATH;
    }
    BASE_TRY(check_keys(checker));
    for (size_t i = 0; i < checker->rules->unknown_count; i++) {
        const fhir_rules_report made = {.finding = FHIR_RULES_UNKNOWN_KEY,
                                        .line = checker->rules->unknown[i].line,
                                        .path = checker->rules->unknown[i].path,
                                        .text = "a member that the format does not know: overlooked under compat"};
        BASE_TRY(checker->sink(checker->context, &made));
    }
    for (size_t type = 1; type < fhir_schema_types(); type++)
        if (checker->rules->lists[type] != NULL)
            BASE_TRY(check_type(checker, (fhir_type)type, error));
    for (size_t i = 0; i < checker->rules->count; i++)
        BASE_TRY(report_rule(checker, i + 1));
    return 0;
}

int fhir_rules_check(const fhir_rules *rules, fhir_rules_sink sink, void *context, lethe_error *error)
{
    rules_checker checker = {.rules = rules, .sink = sink, .context = context};
    const fhir_rules_options options = {.max_bytes = SHAPE_BYTES_MAX / 64};
    checker.seen = calloc(rules->count + 1, sizeof(*checker.seen));
    if (checker.seen == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = fhir_rules_run_new(rules, &options, &checker.run, error);
    if (status == 0)
        status = check_all(&checker, error);
    fhir_rules_run_free(checker.run);
    free(checker.seen);
    free(checker.owner);
    return status;
}
