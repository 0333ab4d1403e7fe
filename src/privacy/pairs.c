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

/*
 * People per second tuple, for one first tuple. A patient holds (first, x) if and only if x stands after the patient's
 * earliest `first`, so only that row of each patient is followed. Returns the number of second tuples, in `touched`.
 */
static uint32_t count_seconds(privacy_suppressor *s, uint32_t first, uint32_t *serial)
{
    const uint32_t *const tuple = s->tuple, *const people = s->frame->set->people;
    privacy_tally *const count = s->count;
    uint32_t *const touched = s->touched, number = 0, last_owner = UINT32_MAX, now = *serial;
    for (uint32_t i = s->list_start[first]; i < s->list_start[first + 1]; i++) {
        const uint32_t row = s->list[i], owner = s->owner[row], end = s->start[owner + 1];
        if (owner == last_owner)
            continue;
        last_owner = owner;
        now++;
        for (uint32_t later = row + 1; later < end; later++) {
            privacy_tally *const tally = &count[tuple[later]];
            if (tally->seen == now)
                continue;
            if (tally->people == 0)
                touched[number++] = tuple[later];
            tally->seen = now;
            tally->people += people[owner];
        }
    }
    *serial = now;
    return number;
}

static void mark_short(privacy_suppressor *s, uint32_t first)
{
    for (uint32_t i = s->list_start[first]; i < s->list_start[first + 1]; i++) {
        const uint32_t row = s->list[i], owner = s->owner[row];
        uint64_t mask = 0;
        for (uint32_t later = row + 1; later < s->start[owner + 1]; later++)
            if (s->count[s->tuple[later]].people < s->rule.k)
                mask |= UINT64_C(1) << (later - s->start[owner]);
        s->short_with[row] = mask;
    }
}

bool privacy_count_pairs(privacy_suppressor *s)
{
    uint32_t serial = 0;
    bool any = false;
    privacy_list_rows(s);
    memset(s->count, 0, s->tuple_count * sizeof(*s->count));
    memset(s->short_with, 0, s->kept * sizeof(*s->short_with));
    for (uint32_t first = 0; first < s->tuple_count; first++) {
        const uint32_t touched = count_seconds(s, first, &serial);
        bool some = false;
        for (uint32_t i = 0; i < touched; i++)
            some |= s->count[s->touched[i]].people < s->rule.k;
        if (some)
            mark_short(s, first);
        any |= some;
        for (uint32_t i = 0; i < touched; i++)
            s->count[s->touched[i]].people = 0;
    }
    return any;
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

uint64_t privacy_forced_by_pairs(const privacy_suppressor *s)
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
