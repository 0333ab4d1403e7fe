/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/predict.h"

static uint32_t outcome_of(const engine_bundle *bundle, base_span name)
{
    char text[VECTOR_TERM_MAX + 1];
    if (name.size > VECTOR_TERM_MAX)
        return LEARN_NONE;
    memcpy(text, name.data, name.size);
    text[name.size] = '\0';
    return engine_name_find(bundle->outcomes, bundle->outcome_count, text);
}

/* -- who asks -------------------------------------------------------------------------------------------------------
 */

static uint32_t stratum_of(const engine_bundle *bundle, const char *age, const char *sex, bool words)
{
    static const char *const silent[] = {"*", "unknown"}; /* what a row says where the query has no term */
    char name[ENGINE_STRATUM_MAX];
    for (size_t a = 0; a < (words ? 1 : 2); a++)
        for (size_t s = 0; s < (words ? 1 : 2); s++) {
            engine_stratum_name(age != NULL ? age : silent[a], sex != NULL ? sex : silent[s], name);
            const uint32_t found = engine_name_find(bundle->strata, bundle->stratum_count, name);
            if (found != LEARN_NONE)
                return found;
        }
    return LEARN_NONE; /* everybody */
}

static const char *value_of(const char *term, const char *column)
{
    const size_t size = strlen(column);
    return strncmp(term, column, size) == 0 && term[size] == '=' ? term + size + 1 : NULL;
}

int engine_asked_read(const engine_bundle *bundle, const engine_query *query, bool words, base_arena *arena,
                      engine_asked *ret_asked, lethe_error *error)
{
    uint32_t *features = base_arena_take_array(arena, query->term_count + 1, sizeof(*features));
    bool *prior = base_arena_take_array(arena, bundle->outcome_count + 1UL, sizeof(*prior));
    const char *age = NULL, *sex = NULL;
    size_t count = 0;
    if (features == NULL || prior == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memset(prior, 0, bundle->outcome_count + 1UL);
    for (size_t i = 0; i < query->term_count; i++) {
        const char *term = query->terms[i];
        const engine_term seen = engine_term_of(term);
        const uint32_t outcome = seen.prior ? outcome_of(bundle, seen.value) : LEARN_NONE;
        features[count] = engine_name_find(bundle->features, bundle->feature_count, term);
        count += features[count] != LEARN_NONE;
        if (outcome != LEARN_NONE)
            prior[outcome] = true;
        age = value_of(term, "age_group") != NULL ? value_of(term, "age_group") : age;
        sex = value_of(term, "sex") != NULL ? value_of(term, "sex") : sex;
    }
    *ret_asked =
        (engine_asked){{features, learn_set_sort(features, count)}, prior, stratum_of(bundle, age, sex, words)};
    return 0;
}

/* -- neighbours -----------------------------------------------------------------------------------------------------
 */

enum { FEATURES, BEGINS, PRIORS, LISTS };

typedef struct lists {
    const engine_bundle *bundle;
    uint32_t *items[LISTS];
    size_t *starts[LISTS], counts[LISTS];
    uint8_t *observed;
} lists;

static bool lists_init(lists *l, base_arena *arena, uint32_t rows, size_t terms)
{
    bool whole = (l->observed = base_arena_take_array(arena, rows + 1UL, 1)) != NULL;
    for (int list = 0; list < LISTS; list++) {
        l->items[list] = base_arena_take_array(arena, terms + 1, sizeof(uint32_t));
        l->starts[list] = base_arena_take_array(arena, rows + 2UL, sizeof(size_t));
        whole = whole && l->items[list] != NULL && l->starts[list] != NULL;
        if (whole)
            l->starts[list][0] = 0;
    }
    return whole;
}

static void note(lists *l, int list, uint32_t number)
{
    if (number != LEARN_NONE)
        l->items[list][l->counts[list]++] = number;
}

static void note_term(lists *l, uint32_t row, const char *term)
{
    const engine_bundle *bundle = l->bundle;
    const engine_term seen = engine_term_of(term);
    if (seen.use == ENGINE_TERM_FEATURE)
        note(l, FEATURES, engine_name_find(bundle->features, bundle->feature_count, term));
    if (seen.use == ENGINE_TERM_OUTCOME)
        note(l, BEGINS, outcome_of(bundle, seen.value));
    if (seen.prior)
        note(l, PRIORS, outcome_of(bundle, seen.value));
    if (strcmp(term, ENGINE_TERM_OBSERVED) == 0)
        l->observed[row] = 1;
}

static int note_row(lists *l, const vector_view *view, uint32_t number, uint32_t row, lethe_error *error)
{
    vector_seen seen;
    BASE_TRY(vector_view_row(view, row, &seen, error));
    l->observed[number] = 0;
    for (uint32_t i = 0; i < seen.term_count; i++) {
        const char *term = NULL;
        BASE_TRY(vector_view_term(view, row, i, &term, error));
        note_term(l, number, term);
    }
    for (int list = 0; list < LISTS; list++) {
        const size_t start = l->starts[list][number];
        l->counts[list] = start + learn_set_sort(l->items[list] + start, l->counts[list] - start);
        l->starts[list][number + 1] = l->counts[list];
    }
    return 0;
}

int engine_neighbourhood(const engine_bundle *bundle, const vector_view *view, const uint32_t *rows, uint32_t count,
                         base_arena *arena, learn_data *ret_data, lethe_error *error)
{
    lists l = {.bundle = bundle};
    size_t terms = 0;
    vector_seen seen;
    for (uint32_t i = 0; i < count; i++) {
        BASE_TRY(vector_view_row(view, rows[i], &seen, error));
        terms += seen.term_count;
    }
    uint32_t *groups = base_arena_take_array(arena, count + 1UL, sizeof(*groups));
    uint32_t *strata = base_arena_take_array(arena, count + 1UL, sizeof(*strata));
    uint8_t *splits = base_arena_take_array(arena, count + 1UL, 1);
    if (groups == NULL || strata == NULL || splits == NULL || !lists_init(&l, arena, count, terms))
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < count; i++) {
        groups[i] = i; /* each patient comes once */
        strata[i] = 0;
        splits[i] = LEARN_TRAIN;
        BASE_TRY(note_row(&l, view, i, rows[i], error));
    }
    *ret_data = (learn_data){.count = count,
                             .feature_count = bundle->feature_count,
                             .outcome_count = bundle->outcome_count,
                             .group_count = count,
                             .stratum_count = 1,
                             .features = {l.items[FEATURES], l.starts[FEATURES]},
                             .begins = {l.items[BEGINS], l.starts[BEGINS]},
                             .priors = {l.items[PRIORS], l.starts[PRIORS]},
                             .groups = groups,
                             .strata = strata,
                             .splits = splits,
                             .observed = l.observed};
    return 0;
}
