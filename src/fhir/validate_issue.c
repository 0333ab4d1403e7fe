/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate_internal.h"

#include <stdio.h>

/* The rules, and an issue with its place: names of the schema and indexes, never a key that the input brought. */

static const struct {
    const char *name, *code, *message;
} RULES[FHIR_RULE_COUNT] = {
#define X(rule, name, code, sentence) {name, code, sentence},
    FHIR_RULES(X)
#undef X
};

size_t fhir_rule_count(void)
{
    return FHIR_RULE_COUNT + fhir_invariant_count;
}

fhir_rule fhir_rule_of(size_t number)
{
    static const char *const checked[] = {"no", "yes", "yes", "with a FHIRPath engine"};
    if (number < FHIR_RULE_COUNT)
        return (fhir_rule){
            RULES[number].name, RULES[number].code, RULES[number].message, FHIR_SEVERITY_ERROR, "", "yes"};
    const fhir_invariant_row *row = &fhir_invariant_rows[number - FHIR_RULE_COUNT];
    return (fhir_rule){
        .name = fhir_schema_strings + row->key,
        .code = "invariant",
        .message = fhir_schema_strings + row->human,
        .severity = row->error ? FHIR_SEVERITY_ERROR : FHIR_SEVERITY_WARNING,
        .about = fhir_schema_type_name(row->type),
        .checked = checked[row->how],
    };
}

/* Written from its end to its begin, so that what does not fit is what stands in front. */
typedef struct path_text {
    char text[FHIR_ISSUE_PATH_MAX];
    size_t from;
} path_text;

static void put_before(path_text *path, const char *text, size_t size)
{
    if (path->from == 0)
        return; /* cut off */
    if (size + 3 > path->from) {
        memset(path->text + path->from - 3, '.', 3);
        memmove(path->text, path->text + path->from - 3, sizeof(path->text) - path->from + 3);
        path->from = 0;
        return;
    }
    path->from -= size;
    memcpy(path->text + path->from, text, size);
}

static void put_index(path_text *path, int64_t index)
{
    char text[24];
    if (index >= 0)
        put_before(path, text, (size_t)snprintf(text, sizeof(text), "[%lld]", (long long)index));
}

/* ".name", or ".value.ofType(Quantity)" where it is one of several types. */
static void put_element(path_text *path, const fhir_element *element)
{
    if (element->choice != 0) {
        const char *type = fhir_schema_type_name(element->type);
        put_before(path, ")", 1);
        put_before(path, type, strlen(type));
        put_before(path, ".ofType(", 8);
    }
    const base_span stem = fhir_element_stem(element);
    put_before(path, stem.data, stem.size);
    put_before(path, ".", 1);
}

static void write_path(const fhir_frame *frame, const fhir_element *member, int64_t index,
                       char ret_path[FHIR_ISSUE_PATH_MAX])
{
    path_text path = {.from = sizeof(path.text) - 1};
    path.text[path.from] = '\0';
    put_index(&path, index);
    if (member != NULL)
        put_element(&path, member);
    for (; frame->element != NULL; frame = frame->up) {
        put_index(&path, frame->listed ? (int64_t)frame->position : -1);
        put_element(&path, frame->element);
    }
    const char *root = fhir_schema_type_name(frame->type);
    put_before(&path, root, strlen(root));
    memcpy(ret_path, path.text + path.from, sizeof(path.text) - path.from);
    ret_path[FHIR_ISSUE_PATH_MAX - 1] = '\0';
}

void fhir_issue_number(fhir_validator *v, const fhir_frame *frame, const fhir_element *member, int64_t index,
                       json_value at, size_t number)
{
    const fhir_rule rule = fhir_rule_of(number);
    fhir_issue issue;
    if (v->status != 0)
        return;
    issue.severity = rule.severity;
    issue.code = rule.code;
    issue.rule = rule.name;
    issue.message = rule.message;
    issue.number = (uint16_t)number;
    issue.byte = json_offset(at);
    write_path(frame, member, index, issue.path);
    v->errors += rule.severity == FHIR_SEVERITY_ERROR;
    v->status = v->sink(v->context, &issue);
}

void fhir_issue_at(fhir_validator *v, const fhir_frame *frame, const fhir_element *member, int64_t index, json_value at,
                   fhir_rule_id rule)
{
    fhir_issue_number(v, frame, member, index, at, rule);
}

/* Keys are unique but for inv-1, which three types have, each with its own meaning: the one of the frame's type wins.
 */
void fhir_issue_invariant(fhir_validator *v, const fhir_frame *frame, const fhir_element *member, int64_t index,
                          json_value at, const char *key)
{
    size_t number = 0;
    for (size_t i = 0; i < fhir_invariant_count; i++)
        if (strcmp(fhir_schema_strings + fhir_invariant_rows[i].key, key) == 0 &&
            (number == 0 || fhir_invariant_rows[i].type == frame->type))
            number = FHIR_RULE_COUNT + i;
    fhir_issue_number(v, frame, member, index, at, number);
}

int fhir_validate_broken(base_span text, const lethe_error *trouble, fhir_issue_sink sink, void *context)
{
    size_t at = 0;
    while (at < text.size &&
           (text.data[at] == ' ' || text.data[at] == '\t' || text.data[at] == '\r' || text.data[at] == '\n'))
        at++;
    const fhir_rule_id id = at < text.size && text.data[at] == '<' ? FHIR_RULE_XML : FHIR_RULE_JSON;
    fhir_issue issue;
    issue.severity = FHIR_SEVERITY_ERROR;
    issue.code = RULES[id].code;
    issue.rule = RULES[id].name;
    issue.message = RULES[id].message;
    issue.number = (uint16_t)id;
    issue.byte = id == FHIR_RULE_XML ? at : trouble->byte > 0 ? (size_t)trouble->byte : 0;
    issue.path[0] = '\0';
    return sink(context, &issue);
}
