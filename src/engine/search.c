/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/search.h"

#include "vector/search.h"

#include <stdlib.h>

#define RESULT_BYTES_MAX ((size_t)2 << 30)
#define TOP_K_DEFAULT    10

/* A result with what its texts are borrowed from. */
typedef struct found {
    lethe_search_result result;
    vector_view *view;
    base_arena arena;
} found;

static int open_index(const char *folder, lethe_index *index, lethe_error *error)
{
    char vectors[BASE_PATH_MAX];
    vector_view *view = NULL;
    BASE_TRY(engine_dataset_open(folder, &index->dataset, error));
    BASE_TRY(engine_dataset_vectors(index->dataset, vectors, error));
    BASE_TRY(vector_index_open(vectors, &index->index, error));
    BASE_TRY(engine_index_view(index->index, index->dataset, &view, error));
    vector_view_release(view);
    BASE_TRY(engine_hierarchies_new(&index->hierarchies, error));
    return engine_model_new(&index->model, error);
}

int lethe_index_open(const char *folder, lethe_index **ret_index, lethe_error *error)
{
    lethe_index *index = calloc(1, sizeof(*index));
    if (index == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const int status = open_index(folder, index, error);
    if (status != 0)
        lethe_index_close(index);
    else
        *ret_index = index;
    return status;
}

void lethe_index_close(lethe_index *index)
{
    if (index == NULL)
        return;
    vector_index_close(index->index);
    embed_model_free(index->model);
    free(index->hierarchies);
    engine_dataset_free(index->dataset);
    free(index);
}

int lethe_index_refresh(lethe_index *index, lethe_error *error)
{
    return vector_index_refresh(index->index, error);
}

int lethe_index_get_info(lethe_index *index, lethe_index_info *ret_info, lethe_error *error)
{
    return engine_index_info(index->index, ret_info, error);
}

/* -- the question ---------------------------------------------------------------------------------------------------
 */

static int bad_option(lethe_error *error, const char *name)
{
    base_fail(error, LETHE_E_ENGINE_OPTION);
    base_error_path(error, name);
    return LETHE_E_ENGINE_OPTION;
}

static engine_question question_of(const lethe_search_query *query)
{
    return (engine_question){query->id, {query->profile, query->profile_size}, {query->text, query->text_size}};
}

static int check_query(const lethe_search_query *query, lethe_error *error)
{
    if (query->size_bytes != sizeof(*query))
        return bad_option(error, "size_bytes");
    const engine_question question = question_of(query);
    BASE_TRY(engine_question_check(&question, error));
    if (query->top_k > LETHE_SEARCH_K_MAX)
        return bad_option(error, "top-k");
    if (query->where_count > LETHE_SEARCH_WHERE_MAX)
        return bad_option(error, "where");
    double sum = 0;
    for (int i = 0; query->weights != NULL && i < ENGINE_BLOCKS; i++) {
        if (!(query->weights[i] >= 0 && query->weights[i] <= 1e6))
            return bad_option(error, "weights");
        sum += query->weights[i];
    }
    return query->weights != NULL && sum == 0 ? bad_option(error, "weights") : 0;
}

int engine_question_check(const engine_question *question, lethe_error *error)
{
    return (question->id != NULL) + (question->profile.data != NULL) + (question->text.data != NULL) == 1
               ? 0
               : bad_option(error, "id");
}

int engine_question_read(const lethe_index *index, const vector_view *view, const engine_question *question,
                         engine_query *query, lethe_error *error)
{
    if (question->id != NULL)
        return engine_query_id(query, view, question->id, error);
    if (question->profile.data != NULL)
        return engine_query_profile(query, index->dataset, question->profile, error);
    return engine_query_text(query, index->dataset, index->hierarchies, index->model, question->text, error);
}

/* -- what is shared -------------------------------------------------------------------------------------------------
 */

typedef struct query_term {
    const char *text;
    uint32_t rows, rank; /* how many have it; its place, rarest first */
} query_term;

static int by_text(const void *a, const void *b)
{
    return strcmp(((const query_term *)a)->text, ((const query_term *)b)->text);
}

static int by_rows(const void *a, const void *b)
{
    const query_term *x = a, *y = b;
    return x->rows != y->rows ? (x->rows < y->rows ? -1 : 1) : strcmp(x->text, y->text);
}

/* Ranks the terms of the query, each once, and leaves them sorted by text. */
static int rank_terms(found *all, const engine_query *query, query_term *terms, lethe_error *error)
{
    const char **texts = base_arena_take_array(&all->arena, query->term_count + 1, sizeof(*texts));
    uint64_t *rows = base_arena_take_array(&all->arena, query->term_count + 1, sizeof(*rows));
    size_t count = 0;
    if (texts == NULL || rows == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < query->term_count; i++)
        terms[i] = (query_term){.text = query->terms[i]};
    qsort(terms, query->term_count, sizeof(*terms), by_text);
    for (size_t i = 0; i < query->term_count; i++)
        if (count == 0 || strcmp(terms[count - 1].text, terms[i].text) != 0)
            terms[count++] = terms[i];
    for (size_t i = 0; i < count; i++)
        BASE_TRY(vector_view_support(all->view, terms[i].text, &terms[i].rows, error));
    qsort(terms, count, sizeof(*terms), by_rows);
    for (size_t i = 0; i < count; i++) {
        terms[i].rank = (uint32_t)i;
        texts[i] = terms[i].text;
        rows[i] = terms[i].rows;
    }
    qsort(terms, count, sizeof(*terms), by_text);
    all->result.terms = texts;
    all->result.term_rows = rows;
    all->result.term_count = count;
    return 0;
}

static int fill_hit(found *all, const query_term *terms, const vector_hit *from, lethe_search_hit *ret_hit,
                    lethe_error *error)
{
    bool shares[ENGINE_QUERY_TERMS_MAX] = {false};
    const size_t term_count = all->result.term_count;
    vector_seen seen;
    BASE_TRY(vector_view_row(all->view, from->row, &seen, error));
    const char **texts = base_arena_take_array(&all->arena, seen.term_count + 1UL, sizeof(*texts));
    const char **shared = base_arena_take_array(&all->arena, term_count + 1, sizeof(*shared));
    if (texts == NULL || shared == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < seen.term_count; i++) {
        BASE_TRY(vector_view_term(all->view, from->row, i, &texts[i], error));
        const query_term key = {.text = texts[i]};
        const query_term *term = term_count != 0 ? bsearch(&key, terms, term_count, sizeof(*terms), by_text) : NULL;
        if (term != NULL)
            shares[term->rank] = true;
    }
    size_t count = 0;
    for (size_t rank = 0; rank < term_count; rank++)
        if (shares[rank])
            shared[count++] = all->result.terms[rank];
    *ret_hit = (lethe_search_hit){.anonymous_id = seen.group_id,
                                  .row_id = seen.row_id,
                                  .snapshot = seen.snapshot,
                                  .similarity = from->similarity,
                                  .term_count = seen.term_count,
                                  .shared_count = count,
                                  .terms = texts,
                                  .shared = shared};
    return 0;
}

static int fill_hits(found *all, const query_term *terms, const vector_result *from, lethe_error *error)
{
    lethe_search_hit *hits = base_arena_take_array(&all->arena, from->count + 1UL, sizeof(*hits));
    if (hits == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < from->count; i++)
        BASE_TRY(fill_hit(all, terms, &from->hits[i], &hits[i], error));
    all->result.hits = hits;
    all->result.count = from->count;
    all->result.scanned = from->scanned;
    all->result.compared = from->compared;
    all->result.proved = from->proved;
    return 0;
}

/* -- the filter -----------------------------------------------------------------------------------------------------
 */

/* The values of a clause, which the filter has accepted, that no row has. */
static int unknown_of(found *all, const char *clause, const char **unknown, lethe_error *error)
{
    const size_t at = strcspn(clause, "=~");
    const size_t column = at - (clause[at - 1] == '!');
    for (const char *value = clause + at + 1;;) {
        const size_t size = strcspn(value, "|");
        char *term = base_arena_take(&all->arena, column + 1 + size + 1);
        uint32_t rows = 0;
        if (term == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        memcpy(term, clause, column);
        term[column] = clause[at];
        memcpy(term + column + 1, value, size);
        BASE_TRY(vector_view_support(all->view, term, &rows, error));
        if (rows == 0)
            unknown[all->result.unknown_count++] = term;
        if (value[size] == '\0')
            return 0;
        value += size + 1;
    }
}

static int list_unknown(found *all, const lethe_search_query *query, size_t most, lethe_error *error)
{
    const char **unknown = base_arena_take_array(&all->arena, most + 1, sizeof(*unknown));
    if (unknown == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < query->where_count; i++)
        BASE_TRY(unknown_of(all, query->where[i], unknown, error));
    all->result.unknown = unknown;
    return 0;
}

static int select_rows(found *all, const lethe_search_query *query, vector_selection **ret_selection,
                       lethe_error *error)
{
    vector_filter *filter = NULL;
    BASE_TRY(vector_filter_new(query->where, query->where_count, &filter, error));
    int status = vector_selection_new(all->view, filter, ret_selection, error);
    vector_filter_free(filter);
    BASE_TRY(status);
    all->result.rows = vector_selection_rows(*ret_selection);
    size_t values = 0;
    for (size_t i = 0; i < query->where_count; i++) {
        values++;
        for (const char *at = query->where[i]; *at != '\0'; at++)
            values += *at == '|';
    }
    return vector_selection_unknown(*ret_selection) != 0 ? list_unknown(all, query, values, error) : 0;
}

/* -- the answer -----------------------------------------------------------------------------------------------------
 */

static int search_rows(found *all, const lethe_index *index, const lethe_search_query *query, const engine_query *asked,
                       vector_result *ret_rows, lethe_error *error)
{
    vector_selection *selection = NULL;
    const vector_stamp stamp = engine_dataset_stamp(index->dataset);
    engine_query_weights(asked, all->result.weights);
    if (query->weights != NULL)
        memcpy(all->result.weights, query->weights, sizeof(all->result.weights));
    int status = select_rows(all, query, &selection, error);
    const vector_query wanted = {
        .vector = asked->vector,
        .stamp = &stamp,
        .weights = all->result.weights,
        .own_group = asked->own[0] != '\0' && query->include_own == 0 ? asked->own : NULL,
        .selection = query->where_count != 0 ? selection : NULL,
        .k = query->top_k != 0 ? query->top_k : TOP_K_DEFAULT,
        .rows = query->rows != 0,
    };
    if (status == 0)
        status = vector_search(all->view, &wanted, ret_rows, error);
    vector_selection_free(selection);
    return status;
}

static int answer(found *all, lethe_index *index, const lethe_search_query *query, engine_query *asked,
                  query_term *terms, lethe_error *error)
{
    vector_result rows = {0};
    BASE_TRY(engine_index_view(index->index, index->dataset, &all->view, error));
    asked->arena = &all->arena;
    const engine_question question = question_of(query);
    BASE_TRY(engine_question_read(index, all->view, &question, asked, error));
    BASE_TRY(rank_terms(all, asked, terms, error));
    int status = search_rows(all, index, query, asked, &rows, error);
    if (status == 0)
        status = fill_hits(all, terms, &rows, error);
    vector_result_done(&rows);
    return status;
}

int lethe_search(lethe_index *index, const lethe_search_query *query, lethe_search_result **ret_result,
                 lethe_error *error)
{
    BASE_TRY(check_query(query, error));
    found *all = calloc(1, sizeof(*all));
    engine_query *asked = calloc(1, sizeof(*asked));
    query_term *terms = calloc(ENGINE_QUERY_TERMS_MAX, sizeof(*terms));
    int status = LETHE_E_BASE_MEMORY;
    if (all != NULL)
        base_arena_init(&all->arena, RESULT_BYTES_MAX);
    if (all != NULL && asked != NULL && terms != NULL)
        status = answer(all, index, query, asked, terms, error);
    else
        base_fail(error, status);
    free(asked);
    free(terms);
    if (status != 0)
        lethe_search_free(all != NULL ? &all->result : NULL);
    else
        *ret_result = &all->result;
    return status;
}

void lethe_search_free(lethe_search_result *result)
{
    if (result == NULL)
        return;
    found *all = (found *)result; /* its first member */
    vector_view_release(all->view);
    base_arena_done(&all->arena);
    free(all);
}
