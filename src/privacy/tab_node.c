/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_engine.h"
#include "privacy/tab_log.h"

#include <stdlib.h>
#include <string.h>

/* Rows of some tuples: for each column how many have each value of the view. */
typedef struct lost {
    uint32_t rows;
    uint32_t *histogram[PRIVACY_TAB_COLUMNS_MAX]; /* of each pack's codes */
    uint32_t *memory;
} lost;

static int lost_init(const tab_view *view, lost *l, lethe_error *error)
{
    size_t total = 0;
    for (uint32_t p = 0; p < view->pack_count; p++)
        total += view->packs[p].size;
    *l = (lost){.memory = calloc(total + 1, sizeof(uint32_t))};
    if (l->memory == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    total = 0;
    for (uint32_t p = 0; p < view->pack_count; p++) {
        l->histogram[p] = l->memory + total;
        total += view->packs[p].size;
    }
    return 0;
}

static inline void lose(const tab_view *view, lost *l, uint32_t tuple)
{
    const uint32_t rows = view->rows[tuple];
    l->rows += rows;
    for (uint32_t p = 0; p < view->pack_count; p++) {
        const tab_pack *pack = &view->packs[p];
        l->histogram[p][pack->narrow != NULL ? pack->narrow[tuple] : pack->wide[tuple]] += rows;
    }
}

/* Takes the first column of a pack out of its histogram: `column` gets its values, the histogram the rest. */
static void take_column(uint32_t *histogram, uint32_t groups, uint32_t rest, uint32_t *column)
{
    memset(column, 0, groups * sizeof(uint32_t));
    for (uint32_t i = 0; i < rest; i++) {
        uint32_t sum = 0;
        for (uint32_t group = 0; group < groups; group++) {
            const uint32_t rows = histogram[(size_t)i * groups + group];
            column[group] += rows;
            sum += rows;
        }
        histogram[i] = sum;
    }
}

int tab_node_marginals(tab_engine *engine, lethe_error *error)
{
    const tab_view *view = &engine->root;
    lost all;
    BASE_TRY(lost_init(view, &all, error));
    int status = 0;
    for (uint32_t p = 0; p < view->pack_count && status == 0; p++) {
        const tab_pack *pack = &view->packs[p];
        uint32_t rest = pack->size;
        for (uint32_t t = 0; t < view->count; t++)
            all.histogram[p][pack->narrow != NULL ? pack->narrow[t] : pack->wide[t]] += view->rows[t];
        for (uint32_t j = 0; j < pack->column_count && status == 0; j++) {
            const uint32_t c = pack->column[j], groups = engine->frame.tab->columns[c].levels[0].group_count;
            rest /= groups;
            engine->group_rows[c] = malloc(groups * sizeof(uint32_t));
            if (engine->group_rows[c] == NULL)
                status = base_fail(error, LETHE_E_BASE_MEMORY);
            else
                take_column(all.histogram[p], groups, rest, engine->group_rows[c]);
        }
    }
    free(all.memory);
    return status;
}

/* What the lost rows have at a level: leaves under their values. */
static uint64_t leaves_at(const tab_frame *frame, uint32_t c, uint32_t base, uint32_t level, const uint32_t *rows)
{
    const privacy_tab_column *column = &frame->tab->columns[c];
    const privacy_tab_level *of = &column->levels[level];
    const uint32_t *leaf_of = frame->leaf_of[c][base];
    uint64_t sum = 0;
    for (uint32_t group = 0; group < column->levels[base].group_count; group++)
        if (rows[group] != 0)
            sum += (uint64_t)rows[group] * of->leaves[of->group[leaf_of[group]]];
    return sum;
}

/* sum over the groups at a level of n log2(N / n). */
static double spread_at(tab_engine *engine, uint32_t c, uint32_t base, uint32_t level, const uint32_t *rows,
                        uint32_t all, lethe_error *error, int *status)
{
    const privacy_tab_column *column = &engine->frame.tab->columns[c];
    const privacy_tab_level *of = &column->levels[level];
    uint32_t *groups = calloc(of->group_count, sizeof(uint32_t));
    double sum = 0;
    if (groups == NULL) {
        *status = base_fail(error, LETHE_E_BASE_MEMORY);
        return 0;
    }
    for (uint32_t group = 0; group < column->levels[base].group_count; group++)
        groups[of->group[engine->frame.leaf_of[c][base][group]]] += rows[group];
    for (uint32_t group = 0; group < of->group_count; group++)
        if (groups[group] != 0)
            sum += groups[group] * privacy_log2((double)all / groups[group]);
    free(groups);
    return sum;
}

/* Costs of every column: at the node's levels into `score`, from the view's levels on into `floor`. */
static int cost_columns(tab_engine *engine, const tab_view *view, const uint8_t *levels, lost *l,
                        privacy_tab_score *score, tab_floor *floor, lethe_error *error)
{
    const bool spreads = engine->limits.metric == PRIVACY_TAB_ENTROPY && l->rows != 0;
    const bool losses = engine->limits.metric == PRIVACY_TAB_LOSS && l->rows != 0;
    int status = 0;
    for (uint32_t p = 0; p < view->pack_count; p++) {
        const tab_pack *pack = &view->packs[p];
        uint32_t rest = pack->size;
        for (uint32_t j = 0; j < pack->column_count && status == 0; j++) {
            const uint32_t c = pack->column[j], base = view->base[c];
            const uint32_t groups = engine->frame.tab->columns[c].levels[base].group_count;
            uint32_t *rows = engine->scratch.histogram;
            rest /= groups;
            if (spreads || losses)
                take_column(l->histogram[p], groups, rest, rows);
            const double spread = spreads ? spread_at(engine, c, base, levels[c], rows, l->rows, error, &status) : 0;
            for (uint32_t level = floor != NULL ? base : levels[c]; level <= levels[c]; level++) {
                const uint64_t leaves = losses ? leaves_at(&engine->frame, c, base, level, rows) : 0;
                const double cost = tab_score_column(engine, c, level, l->rows, leaves, spread);
                if (floor != NULL)
                    floor->cost[c][level] = cost;
                if (score != NULL && level == levels[c])
                    score->columns[c] = cost;
            }
        }
    }
    return status;
}

/* -- where every model is a size --------------------------------------------------------------------------------------
 */

/*
 * Only whether a class has k rows is asked, so a byte for each class is enough while k is below 256: it stops at 255. A
 * table of bytes stays in the cache where one of sizes would not.
 */
#define TALLY_MOST 255U

static void tally(const tab_view *view, const uint32_t *class_of, uint8_t *restrict size)
{
    const uint32_t count = view->count, *rows = view->rows;
    for (uint32_t t = 0; t < count; t++) {
        const uint32_t sum = size[class_of[t]] + rows[t];
        size[class_of[t]] = (uint8_t)(sum < TALLY_MOST ? sum : TALLY_MOST);
    }
}

/* The tuples of classes below k, without a branch that no one could predict. */
static uint32_t list_lost(const tab_view *view, const uint32_t *class_of, const uint8_t *size, uint32_t k,
                          uint32_t *restrict lost_tuples)
{
    const uint32_t tuples = view->count;
    uint32_t count = 0;
    for (uint32_t t = 0; t < tuples; t++) {
        lost_tuples[count] = t;
        count += size[class_of[t]] < k;
    }
    return count;
}

static uint32_t list_lost_of_sizes(const tab_view *view, const uint32_t *class_of, const uint32_t *size, uint32_t k,
                                   uint32_t *restrict lost_tuples)
{
    const uint32_t tuples = view->count;
    uint32_t count = 0;
    for (uint32_t t = 0; t < tuples; t++) {
        lost_tuples[count] = t;
        count += size[class_of[t]] < k;
    }
    return count;
}

/* Leaves `size` zero. */
static void count_classes(const tab_view *view, const uint32_t *class_of, uint32_t *size, uint32_t k, tab_node *node)
{
    for (uint32_t t = 0; t < view->count; t++) {
        uint32_t *of = &size[class_of[t]];
        const uint64_t square = (uint64_t)*of * *of;
        node->classes += *of != 0;
        node->squares_all += square;
        node->kept += *of >= k;
        node->squares_kept += *of >= k ? square : 0;
        *of = 0;
    }
}

static int hold_lost(tab_engine *engine, uint32_t count, lethe_error *error)
{
    tab_scratch *s = &engine->scratch;
    if (s->lost_held > count)
        return 0;
    free(s->lost);
    s->lost_held = 0;
    s->lost = malloc(((size_t)count + 1) * sizeof(uint32_t));
    if (s->lost == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    s->lost_held = count + 1;
    return 0;
}

static int hold_tally(tab_engine *engine, lethe_error *error)
{
    tab_scratch *s = &engine->scratch;
    if (s->tally_held >= engine->groups.space)
        return 0;
    free(s->tally);
    s->tally_held = 0;
    s->tally = calloc(engine->groups.space, 1);
    if (s->tally == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    s->tally_held = engine->groups.space;
    return 0;
}

static int count_small(tab_engine *engine, const tab_view *view, uint32_t *ret_lost, lethe_error *error)
{
    const uint32_t *class_of = engine->groups.class_of, tuples = view->count;
    BASE_TRY(hold_tally(engine, error));
    uint8_t *size = engine->scratch.tally;
    tally(view, class_of, size);
    *ret_lost = list_lost(view, class_of, size, engine->k, engine->scratch.lost);
    if (engine->groups.space <= 16UL * tuples)
        memset(size, 0, engine->groups.space);
    else
        for (uint32_t t = 0; t < tuples; t++)
            size[class_of[t]] = 0;
    return 0;
}

static int count_exactly(tab_engine *engine, const tab_view *view, tab_node *node, uint32_t *ret_lost,
                         lethe_error *error)
{
    const uint32_t *class_of = engine->groups.class_of;
    uint32_t *size;
    BASE_TRY(tab_groups_room(&engine->groups, &size, error));
    for (uint32_t t = 0; t < view->count; t++)
        size[class_of[t]] += view->rows[t];
    *ret_lost = list_lost_of_sizes(view, class_of, size, engine->k, engine->scratch.lost);
    count_classes(view, class_of, size, engine->k, node);
    return 0;
}

static int look_fast(tab_engine *engine, const tab_view *view, const tab_floor *floor, tab_node *node, lost *l,
                     lethe_error *error)
{
    uint32_t count = 0;
    BASE_TRY(tab_groups_at(&engine->groups, &engine->frame, view, node->levels, false, error));
    BASE_TRY(hold_lost(engine, view->count, error));
    if (tab_score_has_columns(engine) && engine->k <= TALLY_MOST)
        BASE_TRY(count_small(engine, view, &count, error));
    else
        BASE_TRY(count_exactly(engine, view, node, &count, error));
    const uint32_t *tuples = engine->scratch.lost;
    engine->scratch.lost_count = count;
    for (uint32_t i = 0; i < count; i++)
        node->withheld += view->rows[tuples[i]];
    node->doomed = node->withheld;
    /* Within the search nobody asks what a hopeless node would cost. */
    for (uint32_t i = 0; i < count && (floor == NULL || node->withheld <= engine->allowed); i++)
        lose(view, l, tuples[i]);
    return 0;
}

/* -- any models -------------------------------------------------------------------------------------------------------
 */

/* A row is doomed with its class, or because a class of that size cannot have its sensitive value. */
static bool is_doomed(const tab_engine *engine, const tab_view *view, uint32_t tuple, uint32_t people)
{
    for (uint32_t s = 0; s < engine->frame.tab->sensitive_count; s++)
        if (engine->whole[s].need != NULL && people < engine->whole[s].need[view->sensitive[s][tuple]])
            return true;
    return false;
}

static int look_slow(tab_engine *engine, const tab_view *view, const uint8_t *levels, tab_node *node, lost *withheld,
                     lost *doomed, bool *ret_impossible, lethe_error *error)
{
    tab_classes classes;
    BASE_TRY(tab_classes_at(engine, view, levels, &classes, error));
    for (uint32_t i = 0; i < classes.count; i++) {
        const uint64_t rows = classes.rows[i];
        const tab_verdict verdict = classes.verdict[i];
        if (rows == 0)
            continue;
        node->classes++;
        node->squares_all += rows * rows;
        if (verdict == TAB_KEPT) {
            node->kept++;
            node->squares_kept += rows * rows;
            continue;
        }
        for (uint32_t j = classes.start[i]; j < classes.start[i + 1]; j++) {
            const uint32_t tuple = classes.order[j];
            lose(view, withheld, tuple);
            if (verdict == TAB_DOOMED || is_doomed(engine, view, tuple, classes.people[i]))
                lose(view, doomed, tuple);
        }
    }
    node->withheld = withheld->rows;
    node->doomed = doomed->rows;
    *ret_impossible = classes.impossible;
    return 0;
}

static int score_node(tab_engine *engine, const tab_view *view, tab_node *node, lost *withheld, lost *doomed,
                      tab_floor *floor, lethe_error *error)
{
    const bool same = withheld == doomed;
    if (!tab_score_has_columns(engine)) {
        tab_score_of_classes(engine, node);
        return 0;
    }
    BASE_TRY(cost_columns(engine, view, node->levels, withheld, &node->score, same ? floor : NULL, error));
    if (!same && floor != NULL)
        BASE_TRY(cost_columns(engine, view, node->levels, doomed, NULL, floor, error));
    tab_score_join(engine, &node->score);
    return 0;
}

static int look(tab_engine *engine, const tab_view *view, tab_node *node, lost *withheld, lost *doomed,
                tab_floor *floor, lethe_error *error)
{
    bool impossible = false;
    if (engine->only_k)
        BASE_TRY(look_fast(engine, view, floor, node, withheld, error));
    else
        BASE_TRY(look_slow(engine, view, node->levels, node, withheld, doomed, &impossible, error));
    node->holds = !impossible && node->withheld <= engine->allowed;
    node->hopeless =
        impossible || node->doomed > engine->allowed || (!node->holds && engine->allowed == 0 && engine->closed);
    if (floor != NULL)
        floor->doomed = node->doomed;
    if (floor != NULL && node->hopeless)
        return 0;
    return score_node(engine, view, node, withheld, engine->only_k ? withheld : doomed, floor, error);
}

int tab_node_at(tab_engine *engine, const tab_view *view, const uint8_t *levels, tab_floor *floor, tab_node *ret_node,
                lethe_error *error)
{
    tab_node node = {0};
    lost withheld = {0}, doomed = {0};
    memcpy(node.levels, levels, engine->frame.tab->column_count);
    engine->evaluated++;
    int status = lost_init(view, &withheld, error);
    if (status == 0 && !engine->only_k)
        status = lost_init(view, &doomed, error);
    if (status == 0)
        status = look(engine, view, &node, &withheld, &doomed, floor, error);
    free(withheld.memory);
    free(doomed.memory);
    if (status == 0)
        *ret_node = node;
    return status;
}
