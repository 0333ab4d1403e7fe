/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/suppress_internal.h"

#include <stdlib.h>

/*
 * Subsequences of three and more, by projection (as PrefixSpan mines patterns: Pei et al. 2001): everyone who holds a
 * prefix, with the earliest rows where it fits, then who can follow it. Prefixes are long enough where this is called:
 * shorter ones were settled before. `short_with` serves as the degree of a row: in how many short ones it stands.
 */
typedef struct holder {
    uint32_t row[PRIVACY_VISITS_MAX]; /* where the prefix fits earliest, ascending */
} holder;

typedef struct projection {
    privacy_suppressor *s;
    uint32_t length; /* of the subsequences asked for */
    uint32_t serial;
    bool any;
} projection;

typedef struct extension {
    uint32_t tuple, people, begin, end; /* holders of prefix + tuple: a range after sorting */
} extension;

/* People per next tuple over the holders of a prefix of `depth` rows; fills `touched`, sums the first occurrences. */
static uint32_t count_next(projection *p, const holder *holders, uint32_t holder_count, uint32_t depth,
                           size_t *ret_occurrences)
{
    privacy_suppressor *const s = p->s;
    uint32_t touched = 0;
    size_t occurrences = 0;
    for (uint32_t i = 0; i < holder_count; i++) {
        const uint32_t last = holders[i].row[depth - 1], owner = s->owner[last];
        p->serial++;
        for (uint32_t row = last + 1; row < s->start[owner + 1]; row++) {
            const uint32_t tuple = s->tuple[row];
            if (s->count[tuple].seen == p->serial)
                continue;
            s->count[tuple].seen = p->serial;
            if (s->count[tuple].people == 0)
                s->touched[touched++] = tuple;
            s->count[tuple].people += s->frame->set->people[owner];
            occurrences++;
        }
    }
    *ret_occurrences = occurrences;
    return touched;
}

/* Every row of the earliest embedding of a short subsequence counts once for it. */
static void charge_short(projection *p, const holder *holders, uint32_t holder_count, uint32_t depth)
{
    privacy_suppressor *const s = p->s;
    for (uint32_t i = 0; i < holder_count; i++) {
        const uint32_t last = holders[i].row[depth - 1], owner = s->owner[last];
        p->serial++;
        for (uint32_t row = last + 1; row < s->start[owner + 1]; row++) {
            if (s->count[s->tuple[row]].seen == p->serial)
                continue;
            s->count[s->tuple[row]].seen = p->serial;
            if (s->count[s->tuple[row]].people >= s->rule.k)
                continue;
            p->any = true;
            s->short_with[row]++;
            for (uint32_t j = 0; j < depth; j++)
                s->short_with[holders[i].row[j]]++;
        }
    }
}

/* Holders of each extension, side by side in the order of `extensions`; count[tuple] is the index of its extension. */
static void distribute(projection *p, const holder *holders, uint32_t holder_count, uint32_t depth,
                       extension *extensions, holder *next)
{
    privacy_suppressor *const s = p->s;
    for (uint32_t i = 0; i < holder_count; i++) {
        const uint32_t last = holders[i].row[depth - 1], owner = s->owner[last];
        p->serial++;
        for (uint32_t row = last + 1; row < s->start[owner + 1]; row++) {
            const uint32_t tuple = s->tuple[row];
            if (s->count[tuple].seen == p->serial)
                continue;
            s->count[tuple].seen = p->serial;
            extension *const extended = &extensions[s->count[tuple].people];
            next[extended->end] = holders[i];
            next[extended->end++].row[depth] = row;
        }
    }
}

static int extend(projection *p, const holder *holders, uint32_t holder_count, uint32_t depth, lethe_error *error);

static int extend_each(projection *p, const holder *holders, uint32_t holder_count, uint32_t depth, uint32_t touched,
                       size_t occurrences, lethe_error *error)
{
    privacy_suppressor *const s = p->s;
    extension *const extensions = calloc(touched + 1, sizeof(*extensions));
    holder *const next = malloc((occurrences + 1) * sizeof(*next));
    uint32_t *const holders_of = calloc(touched + 1, sizeof(*holders_of));
    int status = extensions == NULL || next == NULL || holders_of == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    if (status == 0) {
        for (uint32_t i = 0; i < touched; i++) {
            extensions[i].tuple = s->touched[i];
            s->count[s->touched[i]].people = i;
        }
        /* Once to know how many holders each has, once to place them. */
        for (uint32_t i = 0; i < holder_count; i++) {
            const uint32_t last = holders[i].row[depth - 1], owner = s->owner[last];
            p->serial++;
            for (uint32_t row = last + 1; row < s->start[owner + 1]; row++)
                if (s->count[s->tuple[row]].seen != p->serial) {
                    s->count[s->tuple[row]].seen = p->serial;
                    holders_of[s->count[s->tuple[row]].people]++;
                }
        }
        for (uint32_t i = 0, at = 0; i < touched; at += holders_of[i++])
            extensions[i].begin = extensions[i].end = at;
        distribute(p, holders, holder_count, depth, extensions, next);
    }
    for (uint32_t i = 0; i < touched; i++)
        s->count[extensions != NULL ? extensions[i].tuple : s->touched[i]].people = 0;
    for (uint32_t i = 0; i < touched && status == 0; i++)
        status = extend(p, &next[extensions[i].begin], extensions[i].end - extensions[i].begin, depth + 1, error);
    free(extensions);
    free(next);
    free(holders_of);
    return status;
}

static int extend(projection *p, const holder *holders, uint32_t holder_count, uint32_t depth, lethe_error *error)
{
    privacy_suppressor *const s = p->s;
    size_t occurrences = 0;
    if (p->serial > UINT32_MAX / 2) { /* nothing is counted at this moment: begin again */
        memset(s->count, 0, s->tuple_count * sizeof(*s->count));
        p->serial = 0;
    }
    const uint32_t touched = count_next(p, holders, holder_count, depth, &occurrences);
    if (depth + 1 < p->length)
        return extend_each(p, holders, holder_count, depth, touched, occurrences, error);
    bool some = false;
    for (uint32_t i = 0; i < touched; i++)
        some |= s->count[s->touched[i]].people < s->rule.k;
    if (some)
        charge_short(p, holders, holder_count, depth);
    for (uint32_t i = 0; i < touched; i++)
        s->count[s->touched[i]].people = 0;
    return 0;
}

static int project_all(projection *p, lethe_error *error)
{
    privacy_suppressor *const s = p->s;
    holder *const holders = malloc((s->kept + 1) * sizeof(*holders));
    if (holders == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = 0;
    for (uint32_t first = 0; first < s->tuple_count && status == 0; first++) {
        uint32_t count = 0, last_owner = UINT32_MAX;
        for (uint32_t i = s->list_start[first]; i < s->list_start[first + 1]; i++)
            if (s->owner[s->list[i]] != last_owner) {
                last_owner = s->owner[s->list[i]];
                holders[count++].row[0] = s->list[i];
            }
        status = extend(p, holders, count, 1, error);
    }
    free(holders);
    return status;
}

int privacy_suppress_longer(privacy_suppressor *s, uint32_t length, bool *ret_changed, lethe_error *error)
{
    projection p = {.s = s, .length = length};
    privacy_list_rows(s);
    memset(s->count, 0, s->tuple_count * sizeof(*s->count));
    memset(s->short_with, 0, s->kept * sizeof(*s->short_with));
    BASE_TRY(project_all(&p, error));
    for (size_t sig = 0; sig < s->frame->set->count && p.any; sig++) {
        uint32_t worst = s->start[sig];
        for (uint32_t row = worst; row < s->start[sig + 1]; row++)
            if (s->short_with[row] > s->short_with[worst] ||
                (s->short_with[row] == s->short_with[worst] &&
                 s->support[s->tuple[row]].people < s->support[s->tuple[worst]].people))
                worst = row;
        if (s->start[sig] < s->start[sig + 1] && s->short_with[worst] != 0)
            privacy_suppress_row(s, worst);
    }
    *ret_changed = p.any;
    return 0;
}
