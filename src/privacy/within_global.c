/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/within_internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * A global item is had by those who have it in every class, or by nobody. So whether two of them may both stay does not
 * depend on what else is released: in some class 1..k-1 people have both, or in none. What stays is chosen greedily,
 * the worthiest first; an item on which another stands comes before that.
 */
typedef struct globals {
    record_item *items; /* by number here */
    uint32_t *number;   /* by item; UINT32_MAX: not global */
    size_t count;
    bool *clash;      /* count squared */
    uint64_t *worth;  /* by number */
    uint32_t *people; /* count squared: of one class */
    uint32_t *held;   /* of one patient: numbers */
} globals;

static void globals_done(globals *g)
{
    free(g->items);
    free(g->number);
    free(g->clash);
    free(g->worth);
    free(g->people);
    free(g->held);
}

static int globals_init(globals *g, const privacy_lists *l, lethe_error *error)
{
    g->items = calloc(l->item_count + 1, sizeof(*g->items));
    g->number = calloc(l->item_count + 1, sizeof(*g->number));
    if (g->items == NULL || g->number == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t x = 0; x < l->item_count; x++) {
        g->number[x] = l->items[x].global ? (uint32_t)g->count : UINT32_MAX;
        if (l->items[x].global)
            g->items[g->count++] = (record_item)x;
    }
    g->clash = calloc(g->count * g->count + 1, sizeof(*g->clash));
    g->worth = calloc(g->count + 1, sizeof(*g->worth));
    g->people = calloc(g->count * g->count + 1, sizeof(*g->people));
    g->held = calloc(g->count + 1, sizeof(*g->held));
    return g->clash != NULL && g->worth != NULL && g->people != NULL && g->held != NULL
               ? 0
               : base_fail(error, LETHE_E_BASE_MEMORY);
}

/* Adds `step` for each pair of global items that the patient has. */
static void count_patient(globals *g, const within_state *s, uint32_t patient)
{
    const privacy_lists *l = s->lists;
    size_t held = 0;
    for (size_t at = l->offset[patient]; at < l->offset[patient + 1]; at++)
        if (g->number[l->list[at]] != UINT32_MAX)
            g->held[held++] = g->number[l->list[at]];
    for (size_t i = 0; i < held; i++)
        for (size_t j = s->options.attacker_items == 1 ? i : 0; j <= i; j++)
            g->people[g->held[i] * g->count + g->held[j]]++;
}

static void judge_class(globals *g, const within_state *s, uint32_t cell)
{
    memset(g->people, 0, g->count * g->count * sizeof(*g->people));
    for (size_t i = s->class_start[cell]; i < s->class_start[cell + 1]; i++)
        count_patient(g, s, s->members[i]);
    for (size_t a = 0; a < g->count; a++) {
        g->worth[a] += g->people[a * g->count + a];
        for (size_t b = 0; b <= a; b++) {
            const uint32_t people = g->people[a * g->count + b];
            if (people != 0 && people < s->options.k)
                g->clash[a * g->count + b] = g->clash[b * g->count + a] = true;
        }
    }
}

/* Whether all that the item stands on is global and kept already, or is not global and not there at all. */
static bool is_founded(const globals *g, const within_state *s, const privacy_item *item)
{
    bool founded =
        item->parent == RECORD_ITEM_NONE || (g->number[item->parent] != UINT32_MAX && s->global_kept[item->parent]);
    for (uint32_t i = 0; i < item->implies_count; i++)
        founded &= g->number[item->implies[i]] != UINT32_MAX && s->global_kept[item->implies[i]];
    return founded;
}

static bool may_stay(const globals *g, const within_state *s, size_t at)
{
    const privacy_item *item = &s->lists->items[g->items[at]];
    const bool tells = (s->options.sex_withheld && item->implies_sex != PRIVACY_IMPLIES_NO_SEX) ||
                       (s->options.pregnancy_withheld && item->implies_pregnancy);
    if (g->worth[at] == 0 || tells || !is_founded(g, s, item))
        return false;
    for (size_t other = 0; other < g->count; other++)
        if (g->clash[at * g->count + other] && (other == at || s->global_kept[g->items[other]]))
            return false;
    return true;
}

static int by_worth(const void *a, const void *b, void *context)
{
    const globals *g = context;
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (g->worth[x] != g->worth[y])
        return g->worth[x] > g->worth[y] ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* What was decided before comes first; then by worth, and again from the top where something new can be stood on. */
static void choose(globals *g, within_state *s)
{
    uint32_t *order = g->held;
    for (size_t i = 0; i < g->count; i++) {
        const uint32_t weight = s->lists->items[g->items[i]].weight;
        g->worth[i] *= weight != 0 ? weight : 1;
        order[i] = (uint32_t)i;
    }
    qsort_r(order, g->count, sizeof(*order), by_worth, g);
    for (int round = 0; round < 2; round++)
        for (bool changed = true; changed;) {
            changed = false;
            for (size_t i = 0; i < g->count; i++) {
                const record_item item = g->items[order[i]];
                if (s->global_kept[item] || (round == 0 && !s->lists->items[item].frozen) || !may_stay(g, s, order[i]))
                    continue;
                s->global_kept[item] = changed = true;
            }
        }
}

int privacy_within_globals(within_state *s, lethe_error *error)
{
    globals g = {0};
    int status = globals_init(&g, s->lists, error);
    if (status == 0) {
        for (uint32_t cell = 0; cell < s->within->class_count; cell++)
            judge_class(&g, s, cell);
        choose(&g, s);
        for (size_t i = 0; status == 0 && i < g.count; i++)
            if (s->lists->items[g.items[i]].frozen && g.worth[i] != 0 && !s->global_kept[g.items[i]])
                status = privacy_within_fail(error, "frozen");
    }
    globals_done(&g);
    return status;
}
