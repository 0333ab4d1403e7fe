/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_search.h"

#include "privacy/tab_box.h"
#include "privacy/tab_sweep.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BOXES_MAX     ((uint64_t)4 << 20)
#define CLOSED_MAX    ((uint64_t)1 << 20)
#define CLOCK_EVERY   16
#define LATTICE_SMALL ((uint64_t)1 << 18)

/* Nodes at and below which nothing holds: what lies below one of them needs no look. */
#define HOPELESS_MAX 1024

typedef struct search {
    uint8_t hopeless[HOPELESS_MAX][PRIVACY_TAB_COLUMNS_MAX];
    uint32_t hopeless_count, hopeless_next;
    tab_engine *engine;
    const tab_search_options *options;
    tab_boxes boxes;
    tab_views views;
    tab_found *found;
    uint32_t columns;
    bool by_columns, ended;
    double deadline;
    uint64_t closed_held, since_clock;
} search;

static double now_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool time_is_up(search *s)
{
    const tab_search_options *o = s->options;
    if (s->ended)
        return true;
    if (++s->since_clock < CLOCK_EVERY && o->nodes_max == 0)
        return false;
    s->since_clock = 0;
    s->ended = (o->seconds > 0 && now_seconds() > s->deadline) ||
               (o->nodes_max != 0 && s->engine->evaluated >= o->nodes_max) ||
               (o->cancelled != NULL && o->cancelled(o->context) != 0);
    return s->ended;
}

/* -- the best so far --------------------------------------------------------------------------------------------------
 */

/* Of equal scores the one that withholds less, then the one whose levels come first. */
static bool is_better(const search *s, const tab_node *a, const tab_node *b)
{
    const int order = tab_score_compare(s->engine, &a->score, &b->score);
    if (order != 0)
        return order < 0;
    if (a->withheld != b->withheld)
        return a->withheld < b->withheld;
    return memcmp(a->levels, b->levels, s->columns) < 0;
}

static void remember(search *s, const tab_node *node)
{
    tab_found *f = s->found;
    const uint32_t keep = s->options->keep_best < TAB_RUNNERS_MAX ? s->options->keep_best : TAB_RUNNERS_MAX;
    uint32_t at = f->runner_count;
    while (at > 0 && is_better(s, node, &f->runners[at - 1]))
        at--;
    if (at >= keep || memcmp(node->levels, f->best.levels, s->columns) == 0)
        return;
    for (uint32_t i = 0; i < f->runner_count; i++)
        if (memcmp(node->levels, f->runners[i].levels, s->columns) == 0)
            return;
    const uint32_t count = f->runner_count < keep ? f->runner_count + 1 : keep;
    memmove(&f->runners[at + 1], &f->runners[at], (count - 1 - at) * sizeof(*node));
    f->runners[at] = *node;
    f->runner_count = count;
}

static void consider(search *s, const tab_node *node)
{
    tab_found *f = s->found;
    if (!node->holds)
        return;
    if (f->any && !is_better(s, node, &f->best)) {
        remember(s, node);
        return;
    }
    const tab_node was = f->best;
    const bool had = f->any;
    f->best = *node;
    f->any = true;
    if (had)
        remember(s, &was);
}

static int close_box(search *s, const uint8_t *least, const uint8_t *most, tab_reason reason, double bound,
                     lethe_error *error)
{
    tab_found *f = s->found;
    if (!s->options->keep_proof || f->closed_count == CLOSED_MAX)
        return 0;
    if (f->closed_count == s->closed_held) {
        const uint64_t held = s->closed_held == 0 ? 256 : 2 * s->closed_held;
        tab_closed *closed = realloc(f->closed, held * sizeof(*closed));
        if (closed == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        f->closed = closed;
        s->closed_held = held;
    }
    tab_closed *to = &f->closed[f->closed_count++];
    *to = (tab_closed){.reason = reason, .bound = bound};
    memcpy(to->least, least, s->columns);
    memcpy(to->most, most, s->columns);
    return 0;
}

/* -- bounds -----------------------------------------------------------------------------------------------------------
 */

static double nodes_in(const search *s, const uint8_t *least, const uint8_t *most)
{
    double nodes = 1;
    for (uint32_t c = 0; c < s->columns; c++)
        nodes *= most[c] - least[c] + 1;
    return nodes;
}

static void bound_by_columns(const search *s, const tab_record *record, const uint8_t *least, privacy_tab_score *bound)
{
    for (uint32_t c = 0; c < s->columns; c++)
        bound->columns[c] = record->cost[s->boxes.offset[c] + least[c]];
    tab_score_join(s->engine, bound);
}

/* Classes only join: squares are at least those of the finest node, and there are at most as many classes. */
static int bound_by_classes(search *s, const tab_record *record, const uint8_t *least, privacy_tab_score *bound,
                            lethe_error *error)
{
    tab_engine *e = s->engine;
    const double n = e->rows, doomed = record->doomed;
    const tab_view *view;
    tab_node fine;
    BASE_TRY(tab_views_pick(&s->views, e, least, &view, error));
    BASE_TRY(tab_node_at(e, view, least, NULL, &fine, error));
    consider(s, &fine);
    bound->column_count = 0;
    if (e->limits.metric == PRIVACY_TAB_CLASS_SIZE) {
        const double room = (n - doomed) / e->k, most = fine.classes < room ? fine.classes : room;
        const double classes = e->s * most + (e->allowed != 0 ? e->g : 0);
        bound->total = classes > 0 ? n / classes : 0;
    } else {
        bound->total = (double)fine.squares_all;
        if (e->limits.metric == PRIVACY_TAB_DISCERNIBILITY && e->only_k)
            bound->total += doomed * (n - e->k + 1); /* instead of at most k - 1 for each doomed row */
    }
    return 0;
}

static int bound_of(search *s, const tab_record *record, const uint8_t *least, privacy_tab_score *bound,
                    lethe_error *error)
{
    if (!s->by_columns)
        return bound_by_classes(s, record, least, bound, error);
    bound_by_columns(s, record, least, bound);
    return 0;
}

static bool is_worse(const search *s, const privacy_tab_score *bound)
{
    return s->found->any && tab_score_worse(s->engine, bound, &s->found->best.score);
}

/* -- boxes ------------------------------------------------------------------------------------------------------------
 */

static int look(search *s, const uint8_t *least, const uint8_t *most, tab_record *record, tab_node *ret_node,
                lethe_error *error)
{
    tab_floor floor;
    const tab_view *view;
    for (uint32_t c = 0; c < s->columns; c++)
        floor.cost[c] = record->cost + s->boxes.offset[c];
    BASE_TRY(tab_views_pick(&s->views, s->engine, least, &view, error));
    BASE_TRY(tab_node_at(s->engine, view, most, &floor, ret_node, error));
    record->doomed = floor.doomed;
    consider(s, ret_node);
    return 0;
}

static bool below_hopeless(const search *s, const uint8_t *levels)
{
    for (uint32_t i = 0; i < s->hopeless_count; i++) {
        uint32_t c = 0;
        while (c < s->columns && levels[c] <= s->hopeless[i][c])
            c++;
        if (c == s->columns)
            return true;
    }
    return false;
}

static void note_hopeless(search *s, const uint8_t *levels)
{
    memcpy(s->hopeless[s->hopeless_next], levels, s->columns);
    s->hopeless_next = (s->hopeless_next + 1) % HOPELESS_MAX;
    s->hopeless_count += s->hopeless_count < HOPELESS_MAX;
}

/* Takes off the levels above which nothing of the box can be better than the best. Says whether there were any. */
static int cut_levels(search *s, const tab_record *record, const uint8_t *least, uint8_t *most, bool *ret_cut,
                      lethe_error *error)
{
    *ret_cut = false;
    for (uint32_t c = 0; c < s->columns && s->by_columns && s->found->any; c++) {
        uint8_t from[PRIVACY_TAB_COLUMNS_MAX];
        privacy_tab_score bound;
        memcpy(from, least, s->columns);
        while (most[c] > least[c]) {
            from[c] = most[c];
            bound_by_columns(s, record, from, &bound);
            if (!is_worse(s, &bound))
                break;
            uint8_t most_there[PRIVACY_TAB_COLUMNS_MAX];
            memcpy(most_there, most, s->columns);
            BASE_TRY(close_box(s, from, most_there, TAB_WORSE, tab_score_figure(s->engine, &bound), error));
            most[c]--;
            *ret_cut = true;
        }
    }
    return 0;
}

/* A box whose coarsest node was not looked at yet: looks, cuts, looks again, and leaves it open or closes it. */
static int open_box(search *s, const uint8_t *least, const uint8_t *coarsest, lethe_error *error)
{
    tab_box box = {0};
    if (below_hopeless(s, coarsest))
        return close_box(s, least, coarsest, TAB_HOPELESS, 0, error);
    memcpy(box.least, least, s->columns);
    memcpy(box.most, coarsest, s->columns);
    box.record = tab_record_new(&s->boxes);
    if (box.record == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    bool cut = true, closed = false;
    int status = 0;
    while (cut && !closed && status == 0) {
        privacy_tab_score bound;
        tab_node node;
        cut = false;
        status = look(s, box.least, box.most, box.record, &node, error);
        if (status == 0 && node.hopeless) {
            note_hopeless(s, box.most);
            status = close_box(s, box.least, box.most, TAB_HOPELESS, 0, error);
            closed = true;
        }
        if (status == 0 && !closed)
            status = bound_of(s, box.record, box.least, &bound, error);
        if (status == 0 && !closed) {
            box.bound = bound.total;
            const bool single = memcmp(box.least, box.most, s->columns) == 0;
            if (single || is_worse(s, &bound)) {
                status = close_box(s, box.least, box.most, single ? TAB_SEEN : TAB_WORSE,
                                   tab_score_figure(s->engine, &bound), error);
                closed = true;
            } else {
                status = cut_levels(s, box.record, box.least, box.most, &cut, error);
            }
        }
    }
    if (status == 0 && !closed)
        status = tab_boxes_push(&s->boxes, &box, error);
    if (status != 0 || closed)
        tab_record_release(box.record);
    return status;
}

/* The column whose next level costs most: without it there is little left to do in the rest of the box. */
static uint32_t choose_column(const search *s, const tab_box *box)
{
    uint32_t best = 0;
    double most = -1;
    for (uint32_t c = 0; c < s->columns; c++) {
        if (box->most[c] == box->least[c])
            continue;
        double gain = box->most[c] - box->least[c];
        if (s->by_columns) {
            uint8_t raised[PRIVACY_TAB_COLUMNS_MAX];
            privacy_tab_score bound;
            memcpy(raised, box->least, s->columns);
            raised[c]++;
            bound_by_columns(s, box->record, raised, &bound);
            gain = bound.total;
            if (s->engine->limits.aggregate == PRIVACY_TAB_RANK || s->engine->limits.aggregate == PRIVACY_TAB_LARGEST)
                gain = box->record->cost[s->boxes.offset[c] + raised[c]];
        }
        if (gain > most) {
            most = gain;
            best = c;
        }
    }
    return best;
}

/* Two boxes out of one: the column at its least level, and above it. */
static int cut_box(search *s, tab_box *box, lethe_error *error)
{
    privacy_tab_score bound;
    bool cut;
    if (s->by_columns) {
        bound_by_columns(s, box->record, box->least, &bound);
        if (is_worse(s, &bound))
            return close_box(s, box->least, box->most, TAB_WORSE, tab_score_figure(s->engine, &bound), error);
    }
    BASE_TRY(cut_levels(s, box->record, box->least, box->most, &cut, error));
    if (cut)
        return open_box(s, box->least, box->most, error);
    const uint32_t c = choose_column(s, box);
    tab_box upper = *box;
    upper.least[c]++;
    BASE_TRY(bound_of(s, box->record, upper.least, &bound, error));
    upper.bound = bound.total;
    const bool single = memcmp(upper.least, upper.most, s->columns) == 0; /* the coarsest node: looked at already */
    if (single || is_worse(s, &bound)) {
        BASE_TRY(close_box(s, upper.least, upper.most, single ? TAB_SEEN : TAB_WORSE,
                           tab_score_figure(s->engine, &bound), error));
    } else {
        upper.record->users++;
        BASE_TRY(tab_boxes_push(&s->boxes, &upper, error));
    }
    uint8_t most[PRIVACY_TAB_COLUMNS_MAX];
    memcpy(most, box->most, s->columns);
    most[c] = box->least[c];
    return open_box(s, box->least, most, error);
}

/* -- a good node to begin with ----------------------------------------------------------------------------------------
 */

/* From the coarsest node downwards, each time along the column that promises most, until no step is better. */
static int dive(search *s, const uint8_t *least, const uint8_t *most, lethe_error *error)
{
    uint8_t at[PRIVACY_TAB_COLUMNS_MAX], next[PRIVACY_TAB_COLUMNS_MAX];
    bool blocked[PRIVACY_TAB_COLUMNS_MAX] = {false};
    tab_node node, here;
    const tab_view *view = &s->engine->root;
    memcpy(at, most, s->columns);
    BASE_TRY(tab_node_at(s->engine, view, at, NULL, &here, error));
    consider(s, &here);
    for (;;) {
        uint32_t best = UINT32_MAX;
        double gain = -1;
        for (uint32_t c = 0; c < s->columns; c++) {
            if (blocked[c] || at[c] == least[c])
                continue;
            const double less =
                tab_score_column(s->engine, c, at[c], 0, 0, 0) - tab_score_column(s->engine, c, at[c] - 1U, 0, 0, 0);
            if (less > gain || best == UINT32_MAX) {
                gain = less;
                best = c;
            }
        }
        if (best == UINT32_MAX || time_is_up(s))
            return 0;
        memcpy(next, at, s->columns);
        next[best]--;
        BASE_TRY(tab_node_at(s->engine, view, next, NULL, &node, error));
        consider(s, &node);
        if (node.holds && (!here.holds || tab_score_compare(s->engine, &node.score, &here.score) < 0)) {
            memcpy(at, next, s->columns);
            here = node;
        } else {
            blocked[best] = true;
        }
    }
}

/* Where nothing may be withheld and the lattice is small, witnesses are quicker than boxes. */
static int search_by_witnesses(search *s, const uint8_t *least, const uint8_t *most, bool *ret_done, lethe_error *error)
{
    tab_swept swept;
    tab_found *f = s->found;
    BASE_TRY(tab_sweep(s->engine, least, most, &swept, ret_done, error));
    if (!*ret_done)
        return 0;
    f->witness_rows = malloc((swept.witness_count + 1) * sizeof(uint32_t));
    if (f->witness_rows == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memcpy(f->witness_rows, swept.witness_rows, swept.witness_count * sizeof(uint32_t));
    f->witness_count = swept.witness_count;
    f->any = swept.any;
    f->best = swept.best;
    f->proved = true;
    f->bound = tab_score_figure(s->engine, &f->best.score);
    return 0;
}

static int try_step(search *s, const uint8_t *from, uint32_t up, uint32_t down, const uint8_t *least,
                    const uint8_t *most, bool *ret_better, lethe_error *error)
{
    uint8_t at[PRIVACY_TAB_COLUMNS_MAX];
    tab_node node;
    const tab_node was = s->found->best;
    memcpy(at, from, s->columns);
    *ret_better = false;
    if (up == down || at[down] == least[down] || (up < s->columns && at[up] == most[up]))
        return 0;
    at[down]--;
    if (up < s->columns)
        at[up]++;
    BASE_TRY(tab_node_at(s->engine, &s->engine->root, at, NULL, &node, error));
    consider(s, &node);
    *ret_better = node.holds && tab_score_compare(s->engine, &node.score, &was.score) < 0;
    return 0;
}

/* In a lattice that cannot be searched to the end: from the best so far, one column down, or one down and another up,
 * as long as that is better. A quarter of the time at most. */
static int improve(search *s, const uint8_t *least, const uint8_t *most, lethe_error *error)
{
    const double until = s->deadline - 0.75 * s->options->seconds;
    bool better = s->found->any && s->options->seconds > 0 && s->found->lattice > LATTICE_SMALL;
    while (better && !time_is_up(s) && now_seconds() < until) {
        const tab_node from = s->found->best;
        better = false;
        for (uint32_t down = 0; down < s->columns && !better; down++)
            for (uint32_t up = s->columns + 1; up-- > 0 && !better && now_seconds() < until;)
                BASE_TRY(try_step(s, from.levels, up, down, least, most, &better, error));
    }
    return 0;
}

static int search_boxes(search *s, const uint8_t *least, const uint8_t *most, lethe_error *error)
{
    tab_box box;
    BASE_TRY(dive(s, least, most, error));
    BASE_TRY(improve(s, least, most, error));
    BASE_TRY(open_box(s, least, most, error));
    while (!time_is_up(s) && s->boxes.count < s->boxes.max && tab_boxes_pop(&s->boxes, &box)) {
        const int status = cut_box(s, &box, error);
        tab_record_release(box.record);
        BASE_TRY(status);
    }
    const privacy_tab_score *best = &s->found->best.score;
    s->found->proved = s->boxes.count == 0;
    privacy_tab_score bound = *best;
    if (!s->found->proved)
        bound.total = s->boxes.heap[0].bound;
    bound.column_count = s->by_columns ? s->columns : 0;
    s->found->bound = tab_score_figure(s->engine, &bound);
    return 0;
}

static uint64_t lattice_size(const search *s, const uint8_t *least, const uint8_t *most)
{
    const double nodes = nodes_in(s, least, most);
    return nodes < 1.8e19 ? (uint64_t)nodes : UINT64_MAX;
}

int tab_search(tab_engine *engine, const tab_search_options *options, tab_found *ret_found, lethe_error *error)
{
    const privacy_tab *tab = engine->frame.tab;
    const privacy_tab_limits *limits = &engine->limits;
    uint8_t least[PRIVACY_TAB_COLUMNS_MAX] = {0}, most[PRIVACY_TAB_COLUMNS_MAX] = {0};
    tab_found found = {0};
    search s = {.engine = engine, .options = options, .found = &found, .columns = tab->column_count};
    for (uint32_t c = 0; c < tab->column_count; c++) {
        least[c] = limits->least != NULL ? limits->least[c] : 0;
        most[c] = limits->most != NULL ? limits->most[c] : (uint8_t)(tab->columns[c].level_count - 1);
    }
    s.by_columns = tab_score_has_columns(engine);
    s.deadline = options->seconds > 0 ? now_seconds() + options->seconds : 0;
    found.lattice = lattice_size(&s, least, most);
    engine->evaluated = 0;
    tab_boxes_init(&s.boxes, tab, options->boxes_max != 0 ? options->boxes_max : BOXES_MAX);
    bool done = false;
    int status = 0;
    if (options->keep_best == 0 && tab_sweep_fits(engine, least, most))
        status = search_by_witnesses(&s, least, most, &done, error);
    if (status == 0 && !done)
        status = search_boxes(&s, least, most, error);
    found.evaluated = engine->evaluated;
    found.score = tab_score_figure(engine, &found.best.score);
    tab_boxes_done(&s.boxes);
    tab_views_done(&s.views);
    if (status != 0)
        tab_found_done(&found);
    else
        *ret_found = found;
    return status;
}

void tab_found_done(tab_found *found)
{
    free(found->closed);
    free(found->witness_rows);
    *found = (tab_found){0};
}
