/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/filter_internal.h"

#include <stdio.h>
#include <stdlib.h>

static int fail_clause(lethe_error *error, int code, size_t at)
{
    char path[32];
    base_fail(error, code);
    (void)snprintf(path, sizeof(path), "clause[%zu]", at);
    base_error_path(error, path);
    return code;
}

typedef struct operator
{
    size_t at, size; /* of the operator in the clause */
    bool list, negated;
}
operator;

/* The first = or ~, with the ! before it. */
static bool find_operator(base_span text, operator* ret_operator)
{
    size_t at = 0;
    while (at < text.size && text.data[at] != '=' && text.data[at] != '~')
        at++;
    if (at == text.size)
        return false;
    operator found = {at, 1, text.data[at] == '~', false};
    if (at > 0 && text.data[at - 1] == '!')
        found = (operator){at - 1, 2, found.list, true};
    *ret_operator = found;
    return found.at != 0 && found.at <= VECTOR_COLUMN_MAX;
}

static size_t count_values(base_span values)
{
    size_t count = 1;
    for (size_t i = 0; i < values.size; i++)
        count += values.data[i] == '|';
    return count;
}

/* Each value becomes a term in `text`, which has room for all of them. */
static bool make_terms(vector_clause *clause, base_span column, char mark, base_span values)
{
    char *out = clause->text;
    size_t begin = 0;
    memcpy(out, column.data, column.size);
    clause->column = (base_span){out, column.size};
    out += column.size;
    for (size_t i = 0; i < clause->count; i++) {
        size_t end = begin;
        while (end < values.size && values.data[end] != '|')
            end++;
        const size_t size = column.size + 1 + (end - begin);
        if (end == begin || size > VECTOR_TERM_MAX)
            return false;
        clause->terms[i] = (base_span){out, size};
        memcpy(out, column.data, column.size);
        out[column.size] = mark;
        memcpy(out + column.size + 1, values.data + begin, end - begin);
        out += size;
        begin = end + 1;
    }
    return true;
}

static int parse_clause(const char *given, size_t at, vector_clause *ret_clause, lethe_error *error)
{
    operator found;
    const base_span text = {given, given != NULL ? strnlen(given, VECTOR_CLAUSE_MAX + 1) : 0};
    if (text.size > VECTOR_CLAUSE_MAX || !find_operator(text, &found))
        return fail_clause(error, LETHE_E_VECTOR_FILTER, at);
    const base_span column = {text.data, found.at};
    const base_span values = {text.data + found.at + found.size, text.size - found.at - found.size};
    vector_clause *clause = ret_clause;
    clause->list = found.list;
    clause->negated = found.negated;
    clause->count = count_values(values);
    if (clause->count > VECTOR_ALTERNATIVES_MAX)
        return fail_clause(error, LETHE_E_VECTOR_FILTER, at);
    clause->terms = calloc(clause->count, sizeof(*clause->terms));
    clause->text = malloc(text.size + (clause->count + 1) * (column.size + 1));
    if (clause->terms == NULL || clause->text == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (!make_terms(clause, column, found.list ? '~' : '=', values))
        return fail_clause(error, LETHE_E_VECTOR_FILTER, at);
    return 0;
}

int vector_filter_new(const char *const *clauses, size_t count, vector_filter **ret_filter, lethe_error *error)
{
    if (count > VECTOR_CLAUSES_MAX)
        return fail_clause(error, LETHE_E_VECTOR_FILTER, VECTOR_CLAUSES_MAX);
    vector_filter *filter = calloc(1, sizeof(*filter));
    vector_clause *parsed = calloc(count + 1, sizeof(*parsed));
    if (filter == NULL || parsed == NULL) {
        free(filter);
        free(parsed);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *filter = (vector_filter){parsed, count};
    for (size_t i = 0; i < count; i++) {
        const int status = parse_clause(clauses[i], i, &parsed[i], error);
        if (status != 0) {
            vector_filter_free(filter);
            return status;
        }
    }
    *ret_filter = filter;
    return 0;
}

void vector_filter_free(vector_filter *filter)
{
    if (filter == NULL)
        return;
    for (size_t i = 0; i < filter->count; i++) {
        free(filter->clauses[i].terms);
        free(filter->clauses[i].text);
    }
    free(filter->clauses);
    free(filter);
}

static int check_columns(const vector_filter *filter, const vector_schema *schema, lethe_error *error)
{
    for (size_t i = 0; i < filter->count; i++) {
        const int column = vector_schema_column(schema, filter->clauses[i].column);
        if (column < 0 || schema->columns[column].list != filter->clauses[i].list)
            return fail_clause(error, LETHE_E_VECTOR_COLUMN, i);
    }
    return 0;
}

static int mark_term(const vector_segment *segment, base_span text, uint64_t *bits, lethe_error *error)
{
    uint32_t term = 0;
    BASE_TRY(vector_segment_find_term(segment, text, &term, error));
    return term != VECTOR_NO_ROW ? vector_segment_mark(segment, term, bits, error) : 0;
}

/* Narrows `bits` to the rows that satisfy a clause. */
static int apply_clause(const vector_segment *segment, const vector_clause *clause, uint64_t *marked, uint64_t *bits,
                        lethe_error *error)
{
    const size_t words = vector_segment_words(segment);
    memset(marked, 0, words * sizeof(*marked));
    for (size_t i = 0; i < clause->count; i++)
        BASE_TRY(mark_term(segment, clause->terms[i], marked, error));
    for (size_t i = 0; i < words; i++)
        bits[i] &= clause->negated ? ~marked[i] : marked[i];
    return 0;
}

static int select_part(const vector_part *part, const vector_filter *filter, uint64_t **ret_bits, uint32_t *rows,
                       lethe_error *error)
{
    const size_t words = vector_segment_words(part->segment);
    uint64_t *bits = malloc((words + 1) * sizeof(*bits)), *marked = malloc((words + 1) * sizeof(*marked));
    int status = bits != NULL && marked != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        memcpy(bits, part->live, words * sizeof(*bits));
    for (size_t i = 0; i < filter->count && status == 0; i++)
        status = apply_clause(part->segment, &filter->clauses[i], marked, bits, error);
    free(marked);
    if (status != 0) {
        free(bits);
        return status;
    }
    for (size_t i = 0; i < words; i++)
        *rows += (uint32_t)__builtin_popcountll(bits[i]);
    *ret_bits = bits;
    return 0;
}

static int count_unknown(const vector_view *view, const vector_filter *filter, uint32_t *unknown, lethe_error *error)
{
    for (size_t i = 0; i < filter->count; i++)
        for (size_t j = 0; j < filter->clauses[i].count; j++) {
            uint32_t term = VECTOR_NO_ROW;
            for (size_t part = 0; part < view->count && term == VECTOR_NO_ROW; part++)
                BASE_TRY(
                    vector_segment_find_term(view->parts[part].segment, filter->clauses[i].terms[j], &term, error));
            *unknown += term == VECTOR_NO_ROW;
        }
    return 0;
}

static int select_rows(const vector_filter *filter, vector_selection *selection, lethe_error *error)
{
    vector_view *view = selection->view;
    BASE_TRY(check_columns(filter, vector_view_schema(view), error));
    BASE_TRY(count_unknown(view, filter, &selection->unknown, error));
    for (size_t i = 0; i < view->count; i++)
        BASE_TRY(select_part(&view->parts[i], filter, &selection->bits[i], &selection->rows, error));
    return 0;
}

int vector_selection_new(vector_view *view, const vector_filter *filter, vector_selection **ret_selection,
                         lethe_error *error)
{
    vector_selection *selection = calloc(1, sizeof(*selection));
    if (selection == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    selection->view = vector_view_hold(view);
    const int status = select_rows(filter, selection, error);
    if (status != 0)
        vector_selection_free(selection);
    else
        *ret_selection = selection;
    return status;
}

void vector_selection_free(vector_selection *selection)
{
    if (selection == NULL)
        return;
    for (size_t i = 0; i < VECTOR_PARTS_MAX; i++)
        free(selection->bits[i]);
    vector_view_release(selection->view);
    free(selection);
}

uint32_t vector_selection_rows(const vector_selection *selection)
{
    return selection->rows;
}

uint32_t vector_selection_unknown(const vector_selection *selection)
{
    return selection->unknown;
}

bool vector_selection_has(const vector_selection *selection, uint32_t row)
{
    if (row >= selection->view->rows)
        return false;
    const vector_part *part = vector_view_part(selection->view, row);
    return vector_bit(selection->bits[part - selection->view->parts], row - part->first);
}
