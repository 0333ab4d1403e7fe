/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/suppress_internal.h"

/* Counting sort: rows of one tuple ascend, so rows of one patient stand together. */
void privacy_list_rows(privacy_suppressor *s)
{
    memset(s->list_start, 0, (s->tuple_count + 2) * sizeof(*s->list_start));
    for (uint32_t row = 0; row < s->kept; row++)
        s->list_start[s->tuple[row] + 2]++;
    for (uint32_t tuple = 2; tuple < s->tuple_count + 2; tuple++)
        s->list_start[tuple] += s->list_start[tuple - 1];
    for (uint32_t row = 0; row < s->kept; row++)
        s->list[s->list_start[s->tuple[row] + 1]++] = row;
}

/* Tuples by how many hold them, to a power of two: where few do, most pairs are short, and there is little to count. */
static void order_firsts(privacy_suppressor *s)
{
    uint32_t starts[34] = {0};
    for (uint32_t tuple = 0; tuple < s->tuple_count; tuple++)
        if (s->support[tuple].people != 0)
            starts[33 - (uint32_t)__builtin_clz(s->support[tuple].people)]++;
    for (uint32_t size = 1; size < 34; size++)
        starts[size] += starts[size - 1];
    s->first_count = starts[33];
    for (uint32_t tuple = 0; tuple < s->tuple_count; tuple++)
        if (s->support[tuple].people != 0)
            s->firsts[starts[32 - (uint32_t)__builtin_clz(s->support[tuple].people)]++] = tuple;
}

/* Where the patient had the same tuple before, so that nobody counts twice for it. */
static void find_repeats(privacy_suppressor *s)
{
    memset(s->before, 0, s->kept);
    for (uint32_t tuple = 0; tuple < s->tuple_count; tuple++)
        for (uint32_t i = s->list_start[tuple] + 1; i < s->list_start[tuple + 1]; i++) {
            const uint32_t row = s->list[i], previous = s->list[i - 1], owner = s->owner[row];
            if (s->owner[previous] == owner)
                s->before[row] = (uint8_t)(1 + previous - s->start[owner]);
        }
}

/*
 * People per second tuple, for one first tuple. A patient holds (first, x) if and only if x stands after the patient's
 * earliest `first`, so only that row of each patient is followed. Returns the number of second tuples, in `touched`.
 */
static uint32_t count_seconds(privacy_suppressor *s, uint32_t first)
{
    const uint32_t *const tuple = s->tuple, *const people = s->frame->set->people;
    uint32_t *const after = s->after, *const touched = s->touched, number = 0;
    for (uint32_t i = s->list_start[first]; i < s->list_start[first + 1]; i++) {
        const uint32_t row = s->list[i], owner = s->owner[row], start = s->start[owner], end = s->start[owner + 1];
        if (s->before[row] != 0)
            continue;
        for (uint32_t later = row + 1; later < end; later++) {
            const uint32_t second = tuple[later], held = after[second];
            const bool new = s->before[later] <= 1 + row - start; /* without a branch: it would be guessed wrong */
            touched[number] = second;
            number += new &(held == 0);
            after[second] = held + (new ? people[owner] : 0);
        }
    }
    return number;
}

/* Returns how many rows at most the pairs found force, people counted. */
static uint64_t mark_short(privacy_suppressor *s, uint32_t first)
{
    uint64_t found = 0;
    for (uint32_t i = s->list_start[first]; i < s->list_start[first + 1]; i++) {
        const uint32_t row = s->list[i], owner = s->owner[row];
        uint64_t mask = 0;
        for (uint32_t later = row + 1; later < s->start[owner + 1]; later++)
            mask |= (uint64_t)(s->after[s->tuple[later]] < s->rule.k) << (later - s->start[owner]);
        s->short_with[row] = mask;
        found += mask != 0 ? s->frame->set->people[owner] : 0;
    }
    return found;
}

/* A patient's short pairs as a graph over the rows: bit j of `with[i]`. */
typedef struct patient_graph {
    uint64_t with[PRIVACY_PATIENT_ROWS_MAX];
    uint8_t degree[PRIVACY_PATIENT_ROWS_MAX];
    uint32_t rows, edges;
} patient_graph;

static void draw_graph(const privacy_suppressor *s, size_t sig, patient_graph *g)
{
    g->rows = s->start[sig + 1] - s->start[sig];
    g->edges = 0;
    for (uint32_t i = 0; i < g->rows; i++) {
        g->with[i] = 0;
        g->degree[i] = 0;
    }
    for (uint32_t i = 0; i < g->rows; i++)
        for (uint64_t later = s->short_with[s->start[sig] + i]; later != 0; later &= later - 1) {
            const uint32_t j = (uint32_t)__builtin_ctzll(later);
            g->with[i] |= UINT64_C(1) << j;
            g->with[j] |= UINT64_C(1) << i;
            g->degree[i]++;
            g->degree[j]++;
            g->edges++;
        }
}

/* The fewest rows whose degrees add up to the number of pairs: no smaller set touches all of them. */
static uint32_t least_cover(const patient_graph *g)
{
    uint32_t with_degree[PRIVACY_PATIENT_ROWS_MAX + 1] = {0}, cover = 0, touched = 0;
    for (uint32_t i = 0; i < g->rows; i++)
        with_degree[g->degree[i]]++;
    for (uint32_t degree = g->rows; degree > 0 && touched < g->edges; degree--)
        for (uint32_t i = 0; i < with_degree[degree] && touched < g->edges; i++) {
            touched += degree;
            cover++;
        }
    return cover;
}

static uint64_t forced_by_pairs(const privacy_suppressor *s)
{
    uint64_t forced = 0;
    patient_graph g;
    for (size_t sig = 0; sig < s->frame->set->count; sig++) {
        draw_graph(s, sig, &g);
        if (g.edges != 0)
            forced += (uint64_t)s->frame->set->people[sig] * least_cover(&g);
    }
    return forced;
}

bool privacy_count_pairs(privacy_suppressor *s, uint64_t enough, uint64_t *ret_forced)
{
    uint64_t found = 0, followed = 0, next_look = s->kept / 8;
    privacy_list_rows(s);
    order_firsts(s);
    find_repeats(s);
    memset(s->after, 0, s->tuple_count * sizeof(*s->after));
    memset(s->short_with, 0, s->kept * sizeof(*s->short_with));
    for (uint32_t f = 0; f < s->first_count; f++) {
        const uint32_t first = s->firsts[f], touched = count_seconds(s, first);
        bool some = false;
        for (uint32_t i = 0; i < touched; i++)
            some |= s->after[s->touched[i]] < s->rule.k;
        if (some)
            found += mark_short(s, first);
        for (uint32_t i = 0; i < touched; i++)
            s->after[s->touched[i]] = 0;
        followed += s->list_start[first + 1] - s->list_start[first];
        if (followed < next_look || found < enough)
            continue;
        *ret_forced = forced_by_pairs(s);
        if (*ret_forced >= enough)
            return true;
        next_look = followed + s->kept / 8;
    }
    *ret_forced = found != 0 ? forced_by_pairs(s) : 0;
    return found != 0;
}

/* The row that goes next: most short pairs, then fewest people, then oldest. */
static uint32_t worst_row(const privacy_suppressor *s, size_t sig, const patient_graph *g)
{
    const uint32_t *const tuple = &s->tuple[s->start[sig]];
    uint32_t worst = 0;
    for (uint32_t i = 1; i < g->rows; i++)
        if (g->degree[i] > g->degree[worst] ||
            (g->degree[i] == g->degree[worst] && s->support[tuple[i]].people < s->support[tuple[worst]].people))
            worst = i;
    return worst;
}

void privacy_suppress_pairs(privacy_suppressor *s)
{
    patient_graph g;
    for (size_t sig = 0; sig < s->frame->set->count; sig++) {
        draw_graph(s, sig, &g);
        while (g.edges != 0) {
            const uint32_t worst = worst_row(s, sig, &g);
            privacy_suppress_row(s, s->start[sig] + worst);
            g.edges -= g.degree[worst];
            g.degree[worst] = 0;
            for (uint64_t others = g.with[worst]; others != 0; others &= others - 1) {
                const uint32_t other = (uint32_t)__builtin_ctzll(others);
                g.with[other] &= ~(UINT64_C(1) << worst);
                g.degree[other]--;
            }
        }
    }
}
