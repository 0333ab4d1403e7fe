/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/query.h"

#include "engine/columns.h"

#define GROUP_ROWS_MAX 1024 /* of one patient: more than verify lets pass are not looked at */

/* Columns that the vector is a function of, but age_risk_group, which only repeats the age. */
static bool is_shared_column(base_span column, char mark)
{
    static const char *const single[] = {"age_group",       "sex",           "pregnancy_status", "location_category",
                                         "season_category", "exposure_risk", "encounter_class",  "utilization",
                                         "comorbidity"};
    if (mark == '~')
        return !base_span_is(column, engine_column_name(RECORD_OUTCOMES));
    for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
        if (base_span_is(column, single[i]))
            return true;
    return false;
}

/* What nobody knows is nothing that two rows have in common. */
static bool says_something(base_span column, base_span value)
{
    if (value.size == 0 || base_span_is(value, "*") || base_span_is(value, "unknown") ||
        base_span_is(value, "not_applicable"))
        return false;
    return !(base_span_is(column, "comorbidity") && base_span_is(value, "0"));
}

bool engine_query_shares(base_span column, char mark, base_span value)
{
    return is_shared_column(column, mark) && says_something(column, value);
}

int engine_query_add(engine_query *query, base_span column, char mark, base_span value, lethe_error *error)
{
    if (!engine_query_shares(column, mark, value))
        return 0;
    const size_t size = column.size + 1 + value.size;
    if (size > VECTOR_TERM_MAX || query->term_count == ENGINE_QUERY_TERMS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    char *term = base_arena_take(query->arena, size + 1);
    if (term == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memcpy(term, column.data, column.size);
    term[column.size] = mark;
    memcpy(term + column.size + 1, value.data, value.size);
    query->terms[query->term_count++] = term;
    return 0;
}

int engine_query_add_term(engine_query *query, const char *term, lethe_error *error)
{
    const size_t at = strcspn(term, "=~");
    return term[at] == '\0'
               ? 0
               : engine_query_add(query, (base_span){term, at}, term[at], base_span_of(term + at + 1), error);
}

void engine_query_weights(const engine_query *query, double ret_weights[ENGINE_BLOCKS])
{
    static const double stored[ENGINE_BLOCKS] = {0.8, 0.3, 0.5};
    bool all = true;
    for (int i = 0; i < ENGINE_BLOCKS; i++)
        all = all && query->silent[i];
    for (int i = 0; i < ENGINE_BLOCKS; i++)
        ret_weights[i] = query->silent[i] && !all ? 0 : stored[i];
}

static int latest_row(const vector_view *view, const char *group, uint32_t *ret_row, lethe_error *error)
{
    uint32_t rows[GROUP_ROWS_MAX], latest = 0;
    size_t count = 0;
    bool found = false;
    BASE_TRY(vector_view_group(view, group, rows, GROUP_ROWS_MAX, &count, error));
    for (size_t i = 0; i < count && i < GROUP_ROWS_MAX; i++) {
        vector_seen seen;
        BASE_TRY(vector_view_row(view, rows[i], &seen, error));
        if (found && seen.snapshot < latest)
            continue;
        latest = seen.snapshot;
        *ret_row = rows[i];
        found = true;
    }
    return found ? 0 : base_fail(error, LETHE_E_VECTOR_NOT_FOUND);
}

int engine_query_id(engine_query *query, const vector_view *view, const char *id, lethe_error *error)
{
    uint32_t row = 0;
    vector_seen seen;
    if (strnlen(id, VECTOR_ID_MAX + 1) > VECTOR_ID_MAX)
        return base_fail(error, LETHE_E_VECTOR_NOT_FOUND);
    BASE_TRY(strncmp(id, "anon_", 5) == 0 ? latest_row(view, id, &row, error)
                                          : vector_view_find(view, id, &row, error));
    BASE_TRY(vector_view_row(view, row, &seen, error));
    memcpy(query->vector, seen.vector, sizeof(query->vector));
    (void)snprintf(query->own, sizeof(query->own), "%s", seen.group_id);
    for (uint32_t i = 0; i < seen.term_count; i++) {
        const char *term = NULL;
        BASE_TRY(vector_view_term(view, row, i, &term, error));
        BASE_TRY(engine_query_add_term(query, term, error));
    }
    return 0;
}
