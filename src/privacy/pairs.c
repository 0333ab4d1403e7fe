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

/* A patient's short pairs as a graph over the rows: bit j of `with[i]`. Returns the number of pairs. */
static uint32_t patient_graph(const privacy_suppressor *s, size_t sig, uint64_t *with)
{
    const uint32_t rows = s->start[sig + 1] - s->start[sig];
    uint32_t edges = 0;
    for (uint32_t i = 0; i < rows; i++)
        with[i] = 0;
    for (uint32_t i = 0; i < rows; i++)
        for (uint64_t later = s->short_with[s->start[sig] + i]; later != 0; later &= later - 1) {
            const uint32_t j = (uint32_t)__builtin_ctzll(later);
            with[i] |= UINT64_C(1) << j;
            with[j] |= UINT64_C(1) << i;
            edges++;
        }
    return edges;
}

/* The fewest rows whose degrees add up to the number of pairs: no smaller set touches all of them. */
static uint32_t least_cover(const uint64_t *with, uint32_t rows, uint32_t edges)
{
    uint32_t with_degree[PRIVACY_PATIENT_ROWS_MAX + 1] = {0};
    for (uint32_t i = 0; i < rows; i++)
        with_degree[__builtin_popcountll(with[i])]++;
    uint32_t cover = 0, touched = 0;
    for (uint32_t degree = rows; degree > 0 && touched < edges; degree--)
        for (uint32_t i = 0; i < with_degree[degree] && touched < edges; i++) {
            touched += degree;
            cover++;
        }
    return cover;
}

uint64_t privacy_forced_by_pairs(const privacy_suppressor *s)
{
    uint64_t forced = 0, with[PRIVACY_PATIENT_ROWS_MAX];
    for (size_t sig = 0; sig < s->frame->set->count; sig++) {
        const uint32_t edges = patient_graph(s, sig, with);
        if (edges != 0)
            forced += (uint64_t)s->frame->set->people[sig] * least_cover(with, s->start[sig + 1] - s->start[sig], edges);
    }
    return forced;
}

/* The row that goes next: most short pairs, then fewest people, then oldest. */
static uint32_t worst_row(const privacy_suppressor *s, size_t sig, const uint64_t *with)
{
    const uint32_t rows = s->start[sig + 1] - s->start[sig];
    uint32_t worst = 0;
    for (uint32_t i = 1; i < rows; i++) {
        const int more = __builtin_popcountll(with[i]) - __builtin_popcountll(with[worst]);
        if (more > 0 || (more == 0 && s->support[s->tuple[s->start[sig] + i]].people < s->support[s->tuple[s->start[sig] + worst]].people))
            worst = i;
    }
    return worst;
}

void privacy_suppress_pairs(privacy_suppressor *s)
{
    uint64_t with[PRIVACY_PATIENT_ROWS_MAX];
    for (size_t sig = 0; sig < s->frame->set->count; sig++) {
        uint32_t edges = patient_graph(s, sig, with);
        while (edges != 0) {
            const uint32_t worst = worst_row(s, sig, with);
            privacy_suppress_row(s, s->start[sig] + worst);
            edges -= (uint32_t)__builtin_popcountll(with[worst]);
            for (uint64_t other = with[worst]; other != 0; other &= other - 1)
                with[__builtin_ctzll(other)] &= ~(UINT64_C(1) << worst);
            with[worst] = 0;
        }
    }
}
