/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/decide.h"

#include "privacy/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/*
 * Branch and bound over the lattice. For every node we know a least number of rows that go there (`least_gone`), and so
 * a smallest Loss:
 *
 *   Lemma 1. The Loss of a node with s rows gone is no smaller than with none: a withheld row counts 1 in every column,
 *   and no value's share exceeds 1. privacy_frame_bound sharpens this: each of the s rows had at most the widest value.
 *   Lemma 2. What is forced at a node without gap is forced at every finer one (suppress.c says why). Periods of two
 * and five years are not nested, so neither counts as finer than the other. Lemma 3. A level that splits the people as
 * a finer allowed one does leads to the same suppression and no smaller Loss, and loses the tie: it is left out.
 *
 * A node is given up only when its bound is worse than a plan in hand, or equal and later in the canonical order: so
 * the answer does not depend on which node is tried first. The order of trial only decides how fast it comes: first a
 * climb from the coarsest node to the best neighbour one level finer, again and again, for a good plan in hand; then
 * all that is not ruled out, coarse nodes first, since with a node falls what is finer.
 */

typedef struct search {
    const privacy_frame *frame;
    const privacy_decide_options *options;
    privacy_rule rule;
    uint64_t rows_limit;
    privacy_node *nodes; /* canonical order: levels ascending, period first */
    uint64_t *least_gone;
    bool *done;
    uint32_t *height;             /* sum of levels */
    uint32_t *order, order_count; /* of the present pass */
    uint32_t count;
    uint8_t next_finer[RECORD_QI_COUNT][PRIVACY_LEVELS_MAX]; /* the next finer allowed level, or the level itself */
    bool finer[RECORD_QI_COUNT][PRIVACY_LEVELS_MAX][PRIVACY_LEVELS_MAX]; /* [level][other]: level lies within other */

    pthread_mutex_t lock; /* guards what follows, least_gone and done */
    uint32_t next;
    bool found;
    double best_product;
    uint32_t best;
    bool late, cancelled;
    int status;
    lethe_error error;
    privacy_decide_effort effort;
    int64_t deadline_ms;
} search;

typedef struct worker {
    search *search;
    privacy_suppressor *suppressor;
    uint32_t node;
} worker;

/* Only to give up: no result depends on the clock. */
static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool beaten(const search *s, uint32_t node, double product)
{
    return s->found && (product > s->best_product || (product == s->best_product && node > s->best));
}

static bool hopeless(void *context, uint64_t rows_gone, double product)
{
    worker *const w = context;
    search *const s = w->search;
    if (rows_gone > s->rows_limit)
        return true;
    pthread_mutex_lock(&s->lock);
    if (s->deadline_ms != 0 && now_ms() > s->deadline_ms)
        s->late = true;
    if (!s->cancelled && s->options->progress != NULL)
        s->cancelled = s->options->progress(s->options->progress_context, s->next, s->order_count) != 0;
    const bool stop = s->late || s->cancelled || s->status != 0 || beaten(s, w->node, product);
    pthread_mutex_unlock(&s->lock);
    return stop;
}

static bool is_finer(const search *s, uint32_t node, uint32_t other)
{
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        if (!s->finer[qi][s->nodes[node].level[qi]][s->nodes[other].level[qi]])
            return false;
    return true;
}

static void spread_forced(search *s, uint32_t from, uint64_t forced)
{
    if (forced <= s->least_gone[from])
        return;
    for (uint32_t node = 0; node < s->count; node++)
        if (s->least_gone[node] < forced && is_finer(s, node, from))
            s->least_gone[node] = forced;
}

static bool ruled_out(const search *s, uint32_t node)
{
    return s->least_gone[node] > s->rows_limit ||
           (s->found &&
            beaten(s, node, privacy_frame_bound(s->frame, &s->nodes[node], s->rule.weights, s->least_gone[node])));
}

/* The next node worth a run, or UINT32_MAX. Called with the lock. */
static uint32_t take_node(search *s)
{
    while (s->next < s->order_count && s->status == 0 && !s->late && !s->cancelled) {
        const uint32_t node = s->order[s->next++];
        if (s->done[node] || ruled_out(s, node))
            continue;
        s->done[node] = true;
        s->effort.tried++;
        return node;
    }
    return UINT32_MAX;
}

/* Takes in what a run found. Called with the lock. */
static void take_outcome(search *s, uint32_t node, const privacy_outcome *outcome)
{
    spread_forced(s, node, outcome->forced);
    if (outcome->stopped || beaten(s, node, outcome->product))
        return;
    s->effort.finished++;
    s->found = true;
    s->best = node;
    s->best_product = outcome->product;
}

static void *work(void *context)
{
    worker *const w = context;
    search *const s = w->search;
    const privacy_judge judge = {w, hopeless};
    pthread_mutex_lock(&s->lock);
    while ((w->node = take_node(s)) != UINT32_MAX) {
        privacy_outcome outcome;
        lethe_error error;
        pthread_mutex_unlock(&s->lock);
        const int status = privacy_suppress(w->suppressor, &s->nodes[w->node], &judge, &outcome, &error);
        pthread_mutex_lock(&s->lock);
        if (status == 0)
            take_outcome(s, w->node, &outcome);
        else if (s->status == 0) {
            s->status = status;
            s->error = error;
        }
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* One pass over `order` with all workers; the first one works in this thread. */
static void run_pass(search *s, worker *workers, uint32_t worker_count)
{
    pthread_t threads[PRIVACY_THREADS_MAX];
    uint32_t started = 1;
    s->next = 0;
    /* A thread that cannot start leaves its work to the others. */
    while (started < worker_count && started < s->order_count &&
           pthread_create(&threads[started], NULL, work, &workers[started]) == 0)
        started++;
    work(&workers[0]);
    for (uint32_t i = 1; i < started; i++)
        pthread_join(threads[i], NULL);
}

static uint32_t find_node(const search *s, const privacy_node *node)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (memcmp(&s->nodes[i], node, sizeof(*node)) == 0)
            return i;
    return UINT32_MAX;
}

static void climb(search *s, worker *workers, uint32_t worker_count)
{
    uint32_t at = 0;
    for (uint32_t node = 0; node < s->count; node++)
        if (s->height[node] > s->height[at])
            at = node;
    s->order[0] = at;
    s->order_count = 1;
    run_pass(s, workers, worker_count);
    while (s->found && s->status == 0 && !s->late && !s->cancelled) {
        s->order_count = 0;
        for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
            privacy_node finer = s->nodes[s->best];
            finer.level[qi] = s->next_finer[qi][finer.level[qi]];
            const uint32_t node = find_node(s, &finer);
            if (node != UINT32_MAX && node != s->best)
                s->order[s->order_count++] = node;
        }
        const uint32_t before = s->best;
        run_pass(s, workers, worker_count);
        if (s->best == before)
            return;
    }
}

static int compare_height(const void *a, const void *b, void *context)
{
    const search *const s = context;
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const uint8_t x_gap = s->nodes[x].level[RECORD_QI_GAP], y_gap = s->nodes[y].level[RECORD_QI_GAP];
    if (x_gap != y_gap) /* without gap first: their bounds are better, and hold for the others too */
        return x_gap > y_gap ? -1 : 1;
    if (s->height[x] != s->height[y])
        return s->height[x] > s->height[y] ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void run_rest(search *s, worker *workers, uint32_t worker_count)
{
    for (uint32_t node = 0; node < s->count; node++)
        s->order[node] = node;
    s->order_count = s->count;
    qsort_r(s->order, s->count, sizeof(*s->order), compare_height, s);
    run_pass(s, workers, worker_count);
}

static void search_levels(search *s, bool allowed[RECORD_QI_COUNT][PRIVACY_LEVELS_MAX])
{
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        const privacy_hierarchy *const h = &s->frame->hierarchies->qi[qi];
        uint32_t last = s->options->maximum.level[qi];
        if (last >= h->level_count)
            last = h->level_count - 1;
        for (uint32_t level = 0; level < h->level_count; level++) {
            bool same = false;
            for (uint32_t fine = 0; fine < level; fine++)
                same |= allowed[qi][fine] && privacy_frame_same_split(s->frame, (record_qi)qi, fine, level);
            allowed[qi][level] = level >= s->options->minimum.level[qi] && level <= last && !same;
            s->next_finer[qi][level] = (uint8_t)level;
            for (uint32_t fine = 0; fine < level; fine++)
                if (allowed[qi][fine])
                    s->next_finer[qi][level] = (uint8_t)fine;
            for (uint32_t other = 0; other < h->level_count; other++)
                s->finer[qi][level][other] = level <= other && privacy_level_nested(h, level, other);
        }
    }
}

static bool next_node(const privacy_hierarchies *h, privacy_node *node)
{
    for (int qi = RECORD_QI_COUNT - 1; qi >= 0; qi--) {
        if (++node->level[qi] < h->qi[qi].level_count)
            return true;
        node->level[qi] = 0;
    }
    return false;
}

/* All nodes of allowed levels. */
static int search_nodes(search *s, lethe_error *error)
{
    bool allowed[RECORD_QI_COUNT][PRIVACY_LEVELS_MAX] = {{false}};
    uint32_t all = 1;
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        all *= s->frame->hierarchies->qi[qi].level_count;
    search_levels(s, allowed);
    s->nodes = malloc(all * sizeof(*s->nodes));
    s->least_gone = calloc(all, sizeof(*s->least_gone));
    s->done = calloc(all, sizeof(*s->done));
    s->height = calloc(all, sizeof(*s->height));
    s->order = calloc(all, sizeof(*s->order));
    if (s->nodes == NULL || s->least_gone == NULL || s->done == NULL || s->height == NULL || s->order == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    privacy_node node = {{0}};
    do {
        bool fits = true;
        for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
            fits &= allowed[qi][node.level[qi]];
        if (!fits)
            continue;
        s->effort.nodes++;
        for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
            s->height[s->count] += node.level[qi];
        s->nodes[s->count++] = node;
    } while (next_node(s->frame->hierarchies, &node));
    return 0;
}

static void search_done(search *s)
{
    free(s->nodes);
    free(s->least_gone);
    free(s->done);
    free(s->height);
    free(s->order);
    pthread_mutex_destroy(&s->lock);
}

static int fill_plan(const search *s, privacy_suppressor *suppressor, privacy_plan *ret_plan, lethe_error *error)
{
    const privacy_signatures *const set = s->frame->set;
    privacy_outcome outcome;
    BASE_TRY(privacy_suppress(suppressor, &s->nodes[s->best], NULL, &outcome, error));
    privacy_plan plan = {
        .k = s->rule.k,
        .visits = s->rule.visits,
        .node = s->nodes[s->best],
        .loss = privacy_loss_mean(privacy_loss_product(outcome.column, NULL, RECORD_QI_OBSERVED), RECORD_QI_OBSERVED),
        .people = s->frame->people,
        .rows = s->frame->rows,
        .rows_gone = outcome.rows_gone,
        .signature_count = set->count,
        .gone = malloc(set->count * sizeof(*plan.gone)),
    };
    if (plan.gone == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memcpy(plan.gone, privacy_suppressor_gone(suppressor), set->count * sizeof(*plan.gone));
    memcpy(plan.column_loss, outcome.column, sizeof(plan.column_loss));
    for (size_t i = 0; i < set->count; i++)
        if ((uint32_t)__builtin_popcountll(plan.gone[i]) == set->offset[i + 1] - set->offset[i])
            plan.people_gone += set->people[i];
    *ret_plan = plan;
    return 0;
}

static int fail_option(lethe_error *error, int code, const char *option)
{
    base_fail(error, code);
    base_error_path(error, option);
    return code;
}

static int run_search(search *s, privacy_plan *ret_plan, lethe_error *error)
{
    worker workers[PRIVACY_THREADS_MAX];
    const uint32_t count = s->options->threads;
    uint32_t ready = 0;
    int status = search_nodes(s, error);
    for (; ready < count && status == 0; ready++) {
        workers[ready] = (worker){.search = s};
        status = privacy_suppressor_new(s->frame, &s->rule, &workers[ready].suppressor, error);
        if (status != 0)
            break;
    }
    if (status == 0) {
        climb(s, workers, count);
        run_rest(s, workers, count);
        if (s->status != 0) {
            status = s->status;
            if (error != NULL)
                *error = s->error;
        } else if (s->cancelled) {
            status = base_fail(error, LETHE_E_BASE_CANCELLED);
        } else if (s->late) {
            status = fail_option(error, LETHE_E_PRIVACY_LATE, "plan-seconds");
        } else if (!s->found) {
            status = fail_option(error, LETHE_E_PRIVACY_NO_PLAN, "suppression_limit");
        } else {
            status = fill_plan(s, workers[0].suppressor, ret_plan, error);
        }
    }
    for (uint32_t i = 0; i < ready; i++)
        privacy_suppressor_free(workers[i].suppressor);
    return status;
}

void privacy_decide_options_init(privacy_decide_options *options)
{
    *options = (privacy_decide_options){.k = 5, .visits = 2, .suppression_limit = 0.20, .threads = 1};
    memset(options->maximum.level, 0xff, sizeof(options->maximum.level));
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        options->weight[qi] = 1;
}

static int check_options(const privacy_decide_options *o, const privacy_hierarchies *h, lethe_error *error)
{
    if (o->k < 2)
        return fail_option(error, LETHE_E_PRIVACY_OPTION, "k");
    if (o->visits < 1 || o->visits > PRIVACY_VISITS_MAX)
        return fail_option(error, LETHE_E_PRIVACY_OPTION, "attacker_visits");
    if (!(o->suppression_limit >= 0 && o->suppression_limit <= 1))
        return fail_option(error, LETHE_E_PRIVACY_OPTION, "suppression_limit");
    if (o->threads < 1 || o->threads > PRIVACY_THREADS_MAX)
        return fail_option(error, LETHE_E_PRIVACY_OPTION, "threads");
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        if (o->minimum.level[qi] >= h->qi[qi].level_count || o->minimum.level[qi] > o->maximum.level[qi] ||
            !(o->weight[qi] >= 0 && o->weight[qi] <= 1e6))
            return fail_option(error, LETHE_E_PRIVACY_OPTION, privacy_qi_name((record_qi)qi));
    return 0;
}

/* Whatever the limit, somebody is released: an empty release keeps every promise and serves nobody. */
static uint64_t rows_limit(double share, uint64_t rows)
{
    const uint64_t limit = (uint64_t)(share * (double)rows);
    return limit < rows ? limit : rows - 1;
}

int privacy_decide(const privacy_signatures *set, const privacy_hierarchies *hierarchies,
                   const privacy_decide_options *options, privacy_plan *ret_plan, privacy_decide_effort *ret_effort,
                   lethe_error *error)
{
    privacy_frame frame;
    BASE_TRY(check_options(options, hierarchies, error));
    BASE_TRY(privacy_frame_init(&frame, set, hierarchies, error));
    if (frame.people < options->k) {
        privacy_frame_done(&frame);
        return base_fail(error, LETHE_E_PRIVACY_TOO_FEW);
    }
    search s = {
        .frame = &frame,
        .options = options,
        .rule = {options->k, options->visits, options->weight},
        .rows_limit = rows_limit(options->suppression_limit, frame.rows),
        .deadline_ms = options->plan_seconds != 0 ? now_ms() + (int64_t)options->plan_seconds * 1000 : 0,
    };
    pthread_mutex_init(&s.lock, NULL);
    const int status = run_search(&s, ret_plan, error);
    if (ret_effort != NULL && status == 0)
        *ret_effort = s.effort;
    search_done(&s);
    privacy_frame_done(&frame);
    return status;
}
