/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/risk.h"

#include <stdlib.h>
#include <string.h>

/*
 * Rows fall into patterns: which of their cells are stars. A class of pattern P and a row of pattern Q fit where they
 * agree on the columns that are stars in neither, so a pair of patterns is one grouping by those columns.
 *
 * What is grouped are classes with their rows counted, or, where people have several rows, the rows themselves.
 */
typedef struct item {
    uint32_t row, class, person, weight;
    uint64_t pattern;
} item;

typedef struct matching {
    const privacy_risk_input *input;
    bool persons;
    item *items; /* by pattern */
    uint32_t item_count;
    uint32_t *from; /* of a pattern in items; one more than there are */
    uint32_t pattern_count;
    uint32_t *codes, *of, *counts, *last; /* room for all items */
    uint32_t *best;                       /* of a class */
} matching;

static uint64_t pattern_of(const privacy_risk_input *input, uint32_t row)
{
    uint64_t pattern = 0;
    for (uint32_t c = 0; c < input->column_count; c++)
        pattern |= (uint64_t)(input->codes[c][row] == input->stars[c]) << c;
    return pattern;
}

static int compare_items(const void *a, const void *b)
{
    const item *x = a, *y = b;
    if (x->pattern != y->pattern)
        return x->pattern < y->pattern ? -1 : 1;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static void make_items(matching *m, const uint32_t *of, uint32_t class_count)
{
    const privacy_risk_input *input = m->input;
    memset(m->counts, 0xff, class_count * sizeof(*m->counts)); /* the item of a class */
    for (uint32_t row = 0; row < input->row_count; row++) {
        const uint32_t class = of[row];
        if (!m->persons && m->counts[class] != UINT32_MAX) {
            m->items[m->counts[class]].weight++;
            continue;
        }
        m->counts[class] = m->item_count;
        m->items[m->item_count++] = (item){row, class, m->persons ? input->person[row] : 0, 1, pattern_of(input, row)};
    }
    qsort(m->items, m->item_count, sizeof(*m->items), compare_items);
}

static int find_patterns(matching *m, lethe_error *error)
{
    m->from = calloc(PRIVACY_STAR_PATTERNS_MAX + 1, sizeof(*m->from));
    if (m->from == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < m->item_count; i++) {
        if (i != 0 && m->items[i].pattern == m->items[i - 1].pattern)
            continue;
        if (m->pattern_count == PRIVACY_STAR_PATTERNS_MAX)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        m->from[m->pattern_count++] = i;
    }
    m->from[m->pattern_count] = m->item_count;
    return 0;
}

/* Both patterns' items in groups by the columns that are stars in neither: p's first, then q's. */
static int group_pair(matching *m, uint32_t p, uint32_t q, uint32_t *ret_groups, lethe_error *error)
{
    const uint32_t p_size = m->from[p + 1] - m->from[p], q_size = m->from[q + 1] - m->from[q];
    const uint64_t stars = m->items[m->from[p]].pattern | m->items[m->from[q]].pattern;
    privacy_splitter splitter;
    uint32_t groups = 1;
    BASE_TRY(privacy_splitter_init(&splitter, p_size + q_size, error));
    memset(m->of, 0, (p_size + q_size) * sizeof(*m->of));
    for (uint32_t c = 0; c < m->input->column_count; c++) {
        if ((stars >> c & 1) != 0)
            continue;
        for (uint32_t i = 0; i < p_size; i++)
            m->codes[i] = m->input->codes[c][m->items[m->from[p] + i].row];
        for (uint32_t i = 0; i < q_size; i++)
            m->codes[p_size + i] = m->input->codes[c][m->items[m->from[q] + i].row];
        groups = privacy_split(&splitter, m->of, groups, m->codes, m->input->value_counts[c], m->of);
    }
    privacy_splitter_done(&splitter);
    *ret_groups = groups;
    return 0;
}

/* Gives every class of pattern p what fits it in pattern q. */
static int match_pair(matching *m, uint32_t p, uint32_t q, lethe_error *error)
{
    const uint32_t p_size = m->from[p + 1] - m->from[p], q_size = m->from[q + 1] - m->from[q];
    uint32_t groups = 0;
    BASE_TRY(group_pair(m, p, q, &groups, error));
    memset(m->counts, 0, groups * sizeof(*m->counts));
    memset(m->last, 0xff, groups * sizeof(*m->last));
    for (uint32_t i = 0; i < q_size; i++) {
        const item *one = &m->items[m->from[q] + i];
        const uint32_t group = m->of[p_size + i];
        if (m->persons && m->last[group] == one->person)
            continue;
        m->last[group] = one->person;
        m->counts[group] += one->weight;
    }
    for (uint32_t i = 0; i < p_size; i++) {
        const uint32_t class = m->items[m->from[p] + i].class, fits = m->counts[m->of[i]];
        if (m->persons)
            m->best[class] = fits > m->best[class] ? fits : m->best[class];
        else
            m->best[class] += fits;
    }
    return 0;
}

static int match(matching *m, const uint32_t *of, uint32_t class_count, uint32_t *ret_sizes, lethe_error *error)
{
    const size_t room = (size_t)2 * m->input->row_count + 2;
    m->items = malloc(room * sizeof(*m->items));
    m->codes = malloc(room * sizeof(*m->codes));
    m->of = malloc(room * sizeof(*m->of));
    m->counts = malloc(room * sizeof(*m->counts));
    m->last = malloc(room * sizeof(*m->last));
    if (m->items == NULL || m->codes == NULL || m->of == NULL || m->counts == NULL || m->last == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memset(ret_sizes, 0, class_count * sizeof(*ret_sizes));
    m->best = ret_sizes;
    make_items(m, of, class_count);
    BASE_TRY(find_patterns(m, error));
    for (uint32_t p = 0; p < m->pattern_count; p++)
        for (uint32_t q = 0; q < m->pattern_count; q++)
            BASE_TRY(match_pair(m, p, q, error));
    return 0;
}

int privacy_wildcard_sizes(const privacy_risk_input *input, const uint32_t *of, uint32_t class_count,
                           uint32_t *ret_sizes, lethe_error *error)
{
    matching m = {.input = input, .persons = input->person != NULL};
    const int status = match(&m, of, class_count, ret_sizes, error);
    free(m.items);
    free(m.from);
    free(m.codes);
    free(m.of);
    free(m.counts);
    free(m.last);
    return status;
}
