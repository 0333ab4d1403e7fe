/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate_internal.h"

/*
 * Invariants as programs: 16-bit words in prefix form, made of R4's own expressions by
 * tools/fhir/compile_invariants.py, whose OPS and COMPARISONS are the same lists.
 *
 *   path   steps, (type, first member, count) a step, words of `where`, where …
 *   text   offset low, offset high, length
 *
 * Truth has three values, as in FHIRPath. The focus of an invariant is an open frame, whose slots say where a member
 * stands; everything below is looked for in the JSON. Programs are the library's own: they are not checked again.
 */
typedef enum truth { FALSE, TRUE, UNKNOWN } truth;

enum { AND, OR, XOR, IMPLIES, NOT, SAME, DIFFERS, EXISTS, VALUE, TEXT, IS, NUMBER, COUNT, ALL, STARTS, NAME };
enum { EQUAL, UNEQUAL, LESS, AT_MOST, MORE, AT_LEAST };

typedef struct focus {
    json_value value;
    const fhir_frame *frame; /* NULL below the first step */
} focus;

typedef struct reader {
    const uint16_t *at;
} reader;

static truth run(reader *program, focus here);

static truth of(bool is)
{
    return is ? TRUE : FALSE;
}

/* What a path is asked. */
typedef struct question {
    int op;
    base_span text;
    int sign;
    int64_t number;
    const uint16_t *inner; /* of ALL */
    uint64_t seen;         /* leaves, with a value or only with a sibling */
    uint64_t valued, fitting;
} question;

static bool compare(int sign, double a, double b)
{
    switch (sign) {
    case EQUAL:
        return a >= b && a <= b;
    case UNEQUAL:
        return a < b || a > b;
    case LESS:
        return a < b;
    case AT_MOST:
        return a <= b;
    case MORE:
        return a > b;
    default:
        return a >= b;
    }
}

/* [A-Z]([A-Za-z0-9_]){0,254} */
static bool is_computable_name(base_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i], lower = (char)(c | 0x20);
        const bool letter = lower >= 'a' && lower <= 'z', digit = (c >= '0' && c <= '9') || c == '_';
        if (!(letter || (i != 0 && digit)) || (i == 0 && c > 'Z'))
            return false;
    }
    return text.size >= 1 && text.size <= 255;
}

static bool leaf_fits(const question *q, json_value leaf)
{
    double number;
    bool is;
    switch (q->op) {
    case TEXT:
        return json_is(leaf, JSON_STRING) && base_span_equal(json_string(leaf), q->text);
    case STARTS:
        return base_span_starts(json_string(leaf), q->text);
    case NAME:
        return is_computable_name(json_string(leaf));
    case IS:
        return json_bool(leaf, &is) && is == (q->number != 0);
    case NUMBER:
        return json_number(leaf, &number) && compare(q->sign, number, (double)q->number);
    case ALL: {
        reader inner = {q->inner};
        return run(&inner, (focus){leaf, NULL}) == TRUE;
    }
    default:
        return true;
    }
}

static void take_leaf(question *q, const uint16_t *where, json_value leaf, bool valued)
{
    reader condition = {where};
    if (where != NULL && (!valued || run(&condition, (focus){leaf, NULL}) != TRUE))
        return;
    q->seen++;
    if (!valued)
        return;
    q->valued++;
    q->fitting += leaf_fits(q, leaf);
}

static void ask(question *q, const uint16_t *steps, size_t count, const uint16_t *where, focus here);

/* A member's value: an item, or each item of a list; and whether there are more steps. */
static void take_value(question *q, const uint16_t *steps, size_t count, const uint16_t *where, json_value value)
{
    if (json_is(value, JSON_ARRAY)) {
        json_iterator items = json_iterate(value);
        for (json_value item; json_next(&items, NULL, &item);)
            if (json_type_of(item) != JSON_NULL)
                take_value(q, steps, count, where, item);
        return;
    }
    if (count == 0)
        take_leaf(q, where, value, true);
    else
        ask(q, steps, count, where, (focus){value, NULL});
}

static void take_step_in_frame(question *q, const uint16_t *steps, size_t count, const uint16_t *where,
                               const fhir_frame *frame)
{
    const uint16_t members = fhir_type_rows[frame->type].count;
    for (uint16_t i = steps[1]; i < steps[1] + steps[2]; i++) {
        if (frame->slots[i] != 0)
            take_value(q, steps + 3, count - 1, where, (json_value){frame->value.parser, frame->slots[i]});
        else if (frame->slots[members + i] != 0 && count == 1)
            take_leaf(q, where, frame->value, false);
    }
}

static void take_step_in_json(question *q, const uint16_t *steps, size_t count, const uint16_t *where,
                              json_value object)
{
    const fhir_type_row *row = &fhir_type_rows[steps[0]];
    json_iterator members = json_iterate(object);
    base_span key;
    json_value value;
    if (!json_is(object, JSON_OBJECT))
        return;
    while (json_next(&members, &key, &value)) {
        const bool sibling = key.size != 0 && key.data[0] == '_';
        const fhir_element *element = fhir_schema_find(steps[0], key.data + sibling, key.size - sibling);
        if (element == NULL || element->index < row->first + steps[1] ||
            element->index >= row->first + steps[1] + steps[2])
            continue;
        if (!sibling)
            take_value(q, steps + 3, count - 1, where, value);
        else if (count == 1 && !json_present(json_get(object, fhir_element_name(element))))
            take_leaf(q, where, value, false);
    }
}

static void ask(question *q, const uint16_t *steps, size_t count, const uint16_t *where, focus here)
{
    if (count == 0)
        take_leaf(q, where, here.value, true);
    else if (here.frame != NULL && here.frame->type == steps[0])
        take_step_in_frame(q, steps, count, where, here.frame);
    else
        take_step_in_json(q, steps, count, where, here.value);
}

/* Reads a path and puts the question to it; the path alone is read where `q` is NULL. */
static void read_path(reader *program, question *q, focus here)
{
    const size_t count = *program->at++;
    const uint16_t *steps = program->at;
    program->at += 3 * count;
    const size_t where_size = *program->at++;
    const uint16_t *where = where_size != 0 ? program->at : NULL;
    program->at += where_size;
    if (q != NULL)
        ask(q, steps, count, where, here);
}

static base_span read_text(reader *program)
{
    const uint32_t offset = program->at[0] | (uint32_t)program->at[1] << 16;
    const base_span text = {fhir_schema_strings + offset, program->at[2]};
    program->at += 3;
    return text;
}

/* Comparing one item with a constant: unknown where there is none, false where there are many. */
static truth one_fits(const question *q)
{
    if (q->valued == 0)
        return UNKNOWN;
    return of(q->valued == 1 && q->fitting == 1);
}

static truth run_path(reader *program, int op, focus here)
{
    question q = {.op = op};
    if (op == TEXT || op == STARTS)
        q.text = read_text(program);
    if (op == NUMBER)
        q.sign = *program->at++;
    if (op == NUMBER || op == IS)
        q.number = *program->at++;
    if (op == ALL) {
        reader ahead = *program;
        read_path(&ahead, NULL, here);
        const size_t size = *ahead.at++;
        q.inner = ahead.at;
        read_path(program, &q, here);
        program->at = q.inner + size;
        return of(q.fitting == q.seen);
    }
    read_path(program, &q, here);
    if (op == EXISTS)
        return of(q.seen != 0);
    if (op == NAME && q.valued == 0)
        return TRUE; /* a rule about names says nothing of who has none */
    return op == VALUE ? of(q.valued == 1) : one_fits(&q);
}

static truth run_count(reader *program, focus here)
{
    const int sign = *program->at++;
    const double number = *program->at++;
    uint64_t seen = 0;
    for (size_t paths = *program->at++; paths > 0; paths--) {
        question q = {.op = COUNT};
        read_path(program, &q, here);
        seen += q.seen;
    }
    return of(compare(sign, (double)seen, number));
}

static truth both(truth a, truth b)
{
    return a == FALSE || b == FALSE ? FALSE : a == TRUE && b == TRUE ? TRUE : UNKNOWN;
}

static truth opposite(truth a)
{
    return a == UNKNOWN ? UNKNOWN : of(a == FALSE);
}

static truth run(reader *program, focus here)
{
    const int op = *program->at++;
    if (op == NOT)
        return opposite(run(program, here));
    if (op == COUNT)
        return run_count(program, here);
    if (op > DIFFERS)
        return run_path(program, op, here);
    const truth a = run(program, here), b = run(program, here);
    const bool unknown = a == UNKNOWN || b == UNKNOWN;
    switch (op) {
    case AND:
        return both(a, b);
    case OR:
        return opposite(both(opposite(a), opposite(b)));
    case IMPLIES:
        return opposite(both(a, opposite(b)));
    case SAME:
        return unknown ? UNKNOWN : of(a == b);
    default: /* XOR, DIFFERS */
        return unknown ? UNKNOWN : of(a != b);
    }
}

static void check_type(fhir_validator *v, const fhir_frame *frame, fhir_type type)
{
    for (size_t i = fhir_invariant_first[type]; i < fhir_invariant_first[type + 1]; i++) {
        const fhir_invariant_row *row = &fhir_invariant_rows[i];
        reader program = {fhir_invariant_words + row->program};
        bool holds = true;
        if (row->how == FHIR_CHECKED_BY_PROGRAM)
            holds = run(&program, (focus){frame->value, frame}) == TRUE;
        else if (row->how == FHIR_CHECKED_BY_PATH && row->element == 0 && v->hook.holds != NULL)
            holds = v->hook.holds(v->hook.context, FHIR_RULE_COUNT + i, fhir_schema_strings + row->expression, type,
                                  frame->value, v->domain.frame->value);
        if (!holds)
            fhir_issue_number(v, frame, NULL, -1, frame->value, FHIR_RULE_COUNT + i);
    }
}

void fhir_check_programs(fhir_validator *v, const fhir_frame *frame)
{
    for (fhir_type type = frame->type; type != FHIR_TYPE_NONE; type = fhir_type_rows[type].base)
        if (fhir_invariant_first[type] != fhir_invariant_first[type + 1])
            check_type(v, frame, type);
}
