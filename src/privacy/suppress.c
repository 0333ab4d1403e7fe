/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/suppress.h"

#include "privacy/suppress_internal.h"

#include <stdlib.h>

/*
 * Why `forced` holds. Without the gap, a row's tuple does not depend on other rows, so suppression only lowers the
 * number of people who hold a subsequence: one that is short stays short until every holder has lost one of its rows. A
 * tuple that is short must go everywhere; of a patient's short pairs at least as many rows go as it takes to touch all
 * of them. A finer node separates what this one joins, so what suffices there suffices here, and the least that goes
 * there is no less. The same node with the gap separates more still, for the tuples that it releases in the end.
 */

void privacy_suppressor_free(privacy_suppressor *s)
{
    if (s == NULL)
        return;
    free(s->id_of_cell);
    free(s->slot_code);
    free(s->slot_id);
    free(s->gone);
    free(s->start);
    free(s->tuple);
    free(s->position);
    free(s->owner);
    free(s->list);
    free(s->list_start);
    free(s->short_with);
    free(s->support);
    free(s->count);
    free(s->after);
    free(s->before);
    free(s->touched);
    free(s->firsts);
    free(s->is_short);
    free(s);
}

static size_t slots_for(size_t cells)
{
    size_t slots = 64;
    while (slots < 2 * cells)
        slots *= 2;
    return slots;
}

int privacy_suppressor_new(const privacy_frame *frame, const privacy_rule *rule, privacy_suppressor **ret_suppressor,
                           lethe_error *error)
{
    privacy_suppressor *const s = calloc(1, sizeof(*s));
    if (s == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    s->frame = frame;
    s->rule = *rule;
    s->slot_count = slots_for(frame->cell_count);
    const size_t cells = frame->cell_count + 1, rows = frame->row_count + 1, patients = frame->set->count + 1;
    const size_t tuples = frame->cell_count * GAP_GROUPS + 1;
    s->id_of_cell = malloc(cells * sizeof(uint32_t));
    s->slot_code = malloc(s->slot_count * sizeof(uint32_t));
    s->slot_id = malloc(s->slot_count * sizeof(uint32_t));
    s->gone = malloc(patients * sizeof(uint64_t));
    s->start = malloc(patients * sizeof(uint32_t));
    s->tuple = malloc(rows * sizeof(uint32_t));
    s->position = malloc(rows);
    s->owner = malloc(rows * sizeof(uint32_t));
    s->list = malloc(rows * sizeof(uint32_t));
    s->list_start = malloc((tuples + 1) * sizeof(uint32_t));
    s->short_with = malloc(rows * sizeof(uint64_t));
    s->support = malloc(tuples * sizeof(privacy_tally));
    s->count = malloc(tuples * sizeof(privacy_tally));
    s->after = malloc(tuples * sizeof(uint32_t));
    s->before = malloc(rows);
    s->touched = malloc(tuples * sizeof(uint32_t));
    s->firsts = malloc(tuples * sizeof(uint32_t));
    s->is_short = malloc(tuples / 8 + 1);
    if (s->id_of_cell == NULL || s->slot_code == NULL || s->slot_id == NULL || s->gone == NULL || s->start == NULL ||
        s->tuple == NULL || s->position == NULL || s->owner == NULL || s->list == NULL || s->list_start == NULL ||
        s->short_with == NULL || s->support == NULL || s->count == NULL || s->after == NULL || s->before == NULL ||
        s->touched == NULL || s->firsts == NULL || s->is_short == NULL) {
        privacy_suppressor_free(s);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *ret_suppressor = s;
    return 0;
}

const uint64_t *privacy_suppressor_gone(const privacy_suppressor *s)
{
    return s->gone;
}

/* The dense number of a code. Codes are ours, not the input's, so a multiplicative hash will do; or none, where there
 * are no more codes than slots. */
static uint32_t number_code(privacy_suppressor *s, uint32_t code, bool direct, uint32_t *next)
{
    const size_t mask = s->slot_count - 1;
    size_t slot = direct ? code : (size_t)((code * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & mask;
    while (s->slot_id[slot] != UINT32_MAX) {
        if (s->slot_code[slot] == code)
            return s->slot_id[slot];
        slot = (slot + 1) & mask;
    }
    s->slot_code[slot] = code;
    s->slot_id[slot] = (*next)++;
    return s->slot_id[slot];
}

static void enter_node(privacy_suppressor *s, const privacy_node *node)
{
    s->node = *node;
    s->with_gap = node->level[RECORD_QI_GAP] == 0;
    memset(s->gone, 0, s->frame->set->count * sizeof(*s->gone));
    uint64_t codes = 1;
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        codes *= qi != RECORD_QI_GAP ? s->frame->radix[qi][node->level[qi]] : 1;
    const bool direct = codes <= s->slot_count;
    memset(s->slot_id, 0xff, (direct ? codes : s->slot_count) * sizeof(*s->slot_id));
    s->id_count = 0;
    privacy_frame_codes(s->frame, node, s->id_of_cell);
    for (size_t cell = 0; cell < s->frame->cell_count; cell++)
        s->id_of_cell[cell] = number_code(s, s->id_of_cell[cell], direct, &s->id_count);
}

/* The rows still there, side by side, with their tuples; gaps as they are now. */
static void gather_kept(privacy_suppressor *s)
{
    const uint32_t *const offset = s->frame->set->offset, *const cell = s->frame->cell, *const id = s->id_of_cell;
    const uint8_t *const bucket = s->frame->hierarchies->qi[RECORD_QI_GAP].group[0], *const gap = s->frame->gap;
    uint32_t *const tuple = s->tuple, *const owner = s->owner;
    const uint32_t factor = s->with_gap ? GAP_GROUPS : 1, sig_count = (uint32_t)s->frame->set->count;
    uint32_t kept = 0;
    for (uint32_t sig = 0; sig < sig_count; sig++) {
        const uint32_t begin = offset[sig], end = offset[sig + 1];
        uint64_t gone = s->gone[sig];
        uint8_t months = RECORD_GAP_FIRST;
        s->start[sig] = kept;
        for (uint32_t row = begin; row < end; row++, gone >>= 1) {
            if (months != RECORD_GAP_FIRST)
                months = privacy_gap_add(months, gap[row]);
            if (gone & 1)
                continue;
            tuple[kept] = id[cell[row]] * factor + (s->with_gap ? bucket[months] : 0);
            s->position[kept] = (uint8_t)(row - begin);
            owner[kept++] = sig;
            months = 0;
        }
    }
    s->start[sig_count] = s->kept = kept;
    s->tuple_count = s->id_count * factor;
}

/*
 * Rows that the first step's first pass withholds, or fewer, without looking at patients: who holds a tuple is at most
 * the sum of who holds its pieces. Most nodes are given up on this alone.
 */
static uint64_t least_singles(privacy_suppressor *s)
{
    const uint32_t factor = s->with_gap ? GAP_GROUPS : 1, *const id = s->id_of_cell;
    const struct privacy_piece *const pieces = s->frame->pieces;
    const size_t count = s->frame->piece_count;
    uint64_t rows = 0;
    memset(s->support, 0, (size_t)s->id_count * factor * sizeof(*s->support));
    for (size_t i = 0; i < count; i++)
        s->support[id[pieces[i].cell] * factor + (s->with_gap ? pieces[i].bucket : 0)].people += pieces[i].people;
    for (size_t i = 0; i < count; i++)
        if (s->support[id[pieces[i].cell] * factor + (s->with_gap ? pieces[i].bucket : 0)].people < s->rule.k)
            rows += pieces[i].rows;
    return rows;
}

void privacy_suppress_row(privacy_suppressor *s, uint32_t row)
{
    const uint32_t owner = s->owner[row], people = s->frame->set->people[owner];
    const record_tuple *const leaves = &s->frame->set->tuples[s->frame->set->offset[owner] + s->position[row]];
    s->gone[owner] |= UINT64_C(1) << s->position[row];
    s->outcome.rows_gone += people;
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        const privacy_hierarchy *const h = &s->frame->hierarchies->qi[qi];
        const uint32_t level = s->node.level[qi];
        s->outcome.gone_leaves[qi] += (uint64_t)people * h->leaves[level][h->group[level][leaves->leaf[qi]]];
    }
}

/* Counts a patient in or out of the tuples of the rows still there; a tuple that stands twice counts once. */
static void count_patient(privacy_suppressor *s, uint32_t sig, bool in)
{
    const uint32_t people = s->frame->set->people[sig], serial = ++s->serial;
    for (uint32_t row = s->start[sig]; row < s->start[sig + 1]; row++) {
        if (s->tuple[row] == s->tuple_count)
            continue;
        privacy_tally *const tally = &s->support[s->tuple[row]];
        if (tally->seen == serial)
            continue;
        tally->seen = serial;
        tally->people += in ? people : 0U - people;
    }
}

static void count_singles(privacy_suppressor *s)
{
    memset(s->support, 0, s->tuple_count * sizeof(*s->support));
    s->serial = 0;
    for (uint32_t sig = 0; sig < s->frame->set->count; sig++)
        count_patient(s, sig, true);
}

/* Takes the picture of short tuples on which a pass decides. */
static bool picture_short(privacy_suppressor *s)
{
    bool any = false;
    memset(s->is_short, 0, s->tuple_count / 8 + 1);
    for (uint32_t tuple = 0; tuple < s->tuple_count; tuple++)
        if (s->support[tuple].people != 0 && s->support[tuple].people < s->rule.k) {
            s->is_short[tuple / 8] |= (uint8_t)(1U << tuple % 8);
            any = true;
        }
    return any;
}

static bool tuple_short(const privacy_suppressor *s, uint32_t tuple)
{
    return s->is_short[tuple / 8] >> tuple % 8 & 1;
}

/* A patient's gaps after rows have gone: from the last row still there. */
static void recount_gaps(privacy_suppressor *s, uint32_t sig)
{
    const uint8_t *const bucket = s->frame->hierarchies->qi[RECORD_QI_GAP].group[0];
    const uint8_t *const gap = &s->frame->gap[s->frame->set->offset[sig]];
    uint32_t position = 0;
    uint8_t months = RECORD_GAP_FIRST;
    for (uint32_t row = s->start[sig]; row < s->start[sig + 1]; row++) {
        if (s->tuple[row] == s->tuple_count)
            continue;
        for (; position <= s->position[row]; position++)
            if (months != RECORD_GAP_FIRST)
                months = privacy_gap_add(months, gap[position]);
        s->tuple[row] = s->tuple[row] / GAP_GROUPS * GAP_GROUPS + bucket[months];
        months = 0;
    }
}

/* Withholds a patient's short rows; the counts follow. */
static void drop_short(privacy_suppressor *s, uint32_t sig)
{
    count_patient(s, sig, false);
    for (uint32_t row = s->start[sig]; row < s->start[sig + 1]; row++)
        if (tuple_short(s, s->tuple[row])) {
            privacy_suppress_row(s, row);
            s->tuple[row] = s->tuple_count;
        }
    if (s->with_gap)
        recount_gaps(s, sig);
    count_patient(s, sig, true);
}

/* The first of eight rows, from `row` on, among which one is short: at a glance, since most are not. */
static uint32_t skip_whole(const privacy_suppressor *s, uint32_t row)
{
    for (; row + 8 <= s->kept; row += 8) {
        bool any = false;
        for (uint32_t i = 0; i < 8; i++)
            any |= tuple_short(s, s->tuple[row + i]);
        if (any)
            break;
    }
    return row;
}

static void drop_all_short(privacy_suppressor *s)
{
    for (uint32_t row = 0; (row = skip_whole(s, row)) < s->kept;) {
        const uint32_t end = s->kept - row < 8 ? s->kept : row + 8;
        while (row < end) {
            const uint32_t sig = s->owner[row];
            if (tuple_short(s, s->tuple[row])) {
                drop_short(s, sig);
                row = s->start[sig + 1];
            } else {
                row++;
            }
        }
    }
}

static bool hopeless(privacy_suppressor *s, const privacy_judge *judge)
{
    privacy_outcome *const o = &s->outcome;
    o->product = privacy_frame_loss(s->frame, &s->node, s->rule.weights, o->rows_gone, o->gone_leaves, o->column);
    if (o->forced < o->rows_gone && !s->with_gap && s->singles_only_so_far)
        o->forced = o->rows_gone;
    o->stopped = judge != NULL && judge->hopeless(judge->context, o->rows_gone, o->product);
    return o->stopped;
}

/*
 * Step 1, to its fixpoint. Leaves the kept rows and their tuples' support as they stand. Only people who lose a row are
 * counted again: after the first pass they are few, while released gaps make for many passes.
 */
static bool suppress_singles(privacy_suppressor *s, const privacy_judge *judge)
{
    gather_kept(s);
    count_singles(s);
    bool any = false;
    while (picture_short(s)) {
        any = true;
        drop_all_short(s);
        if (hopeless(s, judge))
            return false;
    }
    if (any)
        gather_kept(s);
    return any || !hopeless(s, judge);
}

/* So many rows will go at least: tell the search, which may stop here. What goes whatever the order, it may pass on. */
static bool stop_at_least(privacy_suppressor *s, uint64_t rows, const privacy_judge *judge)
{
    if (!s->with_gap && s->singles_only_so_far)
        s->outcome.forced = rows;
    if (judge == NULL)
        return false;
    const double bound = privacy_frame_bound(s->frame, &s->node, s->rule.weights, rows);
    s->outcome.stopped = judge->hopeless(judge->context, rows, bound);
    return s->outcome.stopped;
}

/* The least number of rows whose going makes this node hopeless by its bound; UINT64_MAX: none. */
static uint64_t rows_enough(const privacy_suppressor *s, const privacy_judge *judge)
{
    uint64_t low = s->outcome.rows_gone, high = s->frame->rows + 1; /* it is in (low, high], high: none */
    if (judge == NULL)
        return UINT64_MAX;
    while (high - low > 1) {
        const uint64_t rows = low + (high - low) / 2;
        if (judge->hopeless(judge->context, rows, privacy_frame_bound(s->frame, &s->node, s->rule.weights, rows)))
            high = rows;
        else
            low = rows;
    }
    return high <= s->frame->rows ? high : UINT64_MAX;
}

int privacy_suppress(privacy_suppressor *s, const privacy_node *node, const privacy_judge *judge,
                     privacy_outcome *ret_outcome, lethe_error *error)
{
    s->outcome = (privacy_outcome){.stopped = false};
    s->singles_only_so_far = true;
    enter_node(s, node);
    if (stop_at_least(s, least_singles(s), judge)) {
        *ret_outcome = s->outcome;
        return 0;
    }
    for (;;) {
        if (!suppress_singles(s, judge) || s->rule.visits == 1)
            break;
        uint64_t forced = 0;
        const uint64_t gone = s->outcome.rows_gone, enough = s->with_gap ? rows_enough(s, judge) : UINT64_MAX;
        if (privacy_count_pairs(s, enough != UINT64_MAX ? enough - gone : enough, &forced)) {
            /* Whatever the greedy cover takes, it is no less than the least one: stop before it is made. */
            if (stop_at_least(s, gone + forced, judge))
                break;
            privacy_suppress_pairs(s);
            s->singles_only_so_far = false;
            if (hopeless(s, judge))
                break;
            continue;
        }
        s->singles_only_so_far = false;
        bool changed = false;
        for (uint32_t length = 3; length <= s->rule.visits && !changed; length++)
            BASE_TRY(privacy_suppress_longer(s, length, &changed, error));
        if (!changed || hopeless(s, judge))
            break;
    }
    *ret_outcome = s->outcome;
    return 0;
}
