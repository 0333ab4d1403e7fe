/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_sweep.h"

#include "privacy/tab_log.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define FIRST_WITNESSES 4
#define LOOK_EVERY      3 /* witnesses */
#define FEW_TUPLES      1000
#define SIZES_BITS      16
#define SIZES           ((size_t)1 << SIZES_BITS)

typedef struct sweep {
    tab_engine *engine;
    const tab_view *view; /* the root, or `coarser` */
    tab_view coarser;
    const uint8_t *least, *most;
    uint32_t columns, nodes;
    uint32_t stride[PRIVACY_TAB_COLUMNS_MAX], levels[PRIVACY_TAB_COLUMNS_MAX];
    double *score;  /* of each node */
    uint8_t *dead;  /* of each node: some witness rules it out */
    uint8_t *like;  /* of each node: rows that look like the witness, up to 255 */
    uint8_t *sizes; /* of a few classes together */
    uint32_t *lost; /* tuples */
    float *rarity;  /* of each tuple */
    float *rates;   /* of all packs' codes */
    uint32_t *maps;
    tab_swept *swept;
} sweep;

bool tab_sweep_fits(const tab_engine *engine, const uint8_t *least, const uint8_t *most)
{
    const privacy_tab_aggregate aggregate = engine->limits.aggregate;
    uint64_t nodes = 1;
    for (uint32_t c = 0; c < engine->frame.tab->column_count && nodes <= TAB_SWEEP_NODES_MAX; c++)
        nodes *= most[c] - least[c] + 1U;
    return engine->only_k && engine->allowed == 0 && engine->k < 255 && nodes <= TAB_SWEEP_NODES_MAX &&
           tab_score_has_columns(engine) && aggregate != PRIVACY_TAB_RANK && aggregate != PRIVACY_TAB_LARGEST;
}

static void levels_of(const sweep *s, uint32_t node, uint8_t *ret_levels)
{
    for (uint32_t c = 0; c < s->columns; c++)
        ret_levels[c] = (uint8_t)(s->least[c] + node / s->stride[c] % s->levels[c]);
}

/* -- scores -----------------------------------------------------------------------------------------------------------
 */

/* As tab_score_join adds up, column after column, so that the figures are the same to the bit. */
static void score_nodes(sweep *s)
{
    const tab_engine *e = s->engine;
    const bool product = e->limits.aggregate == PRIVACY_TAB_GEOMETRIC;
    uint32_t done = 1;
    s->score[0] = product ? 1 : 0;
    for (uint32_t c = 0; c < s->columns; c++) {
        const double weight = e->limits.weights != NULL ? e->limits.weights[c] : 1;
        for (uint32_t l = s->levels[c]; l-- > 0;) {
            double cost = tab_score_column(e, c, s->least[c] + l, 0, 0, 0) * weight;
            if (e->limits.aggregate == PRIVACY_TAB_MEAN)
                cost /= s->columns;
            for (uint32_t node = 0; node < done; node++)
                s->score[l * done + node] = product ? s->score[node] * (cost + 1) : s->score[node] + cost;
        }
        done *= s->levels[c];
    }
}

/* Of equal scores the node whose levels come first. */
static bool comes_first(const sweep *s, uint32_t a, uint32_t b)
{
    uint8_t x[PRIVACY_TAB_COLUMNS_MAX], y[PRIVACY_TAB_COLUMNS_MAX];
    levels_of(s, a, x);
    levels_of(s, b, y);
    return memcmp(x, y, s->columns) < 0;
}

static uint32_t least_alive(const sweep *s)
{
    uint32_t best = UINT32_MAX;
    double score = 1e300;
    for (uint32_t node = 0; node < s->nodes; node++)
        if (s->score[node] <= score && s->dead[node] == 0 && (s->score[node] < score || comes_first(s, node, best))) {
            best = node;
            score = s->score[node];
        }
    return best;
}

/* -- witnesses --------------------------------------------------------------------------------------------------------
 */

/* values[group]: the levels above `least` at which a group begins to be the witness's; past `most`: never. */
static void join_levels(const sweep *s, uint32_t c, uint32_t witness, uint32_t *values)
{
    const privacy_tab_column *column = &s->engine->frame.tab->columns[c];
    const uint32_t base = s->view->base[c], *leaf_of = s->engine->frame.leaf_of[c][base];
    const uint32_t groups = column->levels[base].group_count;
    const uint32_t first = base > s->least[c] ? base - s->least[c] : 0;
    for (uint32_t group = 0; group < groups; group++)
        values[group] = s->levels[c];
    for (uint32_t l = s->levels[c]; l-- > first;) {
        const uint32_t *of = column->levels[s->least[c] + l].group;
        const uint32_t mine = of[leaf_of[witness]];
        for (uint32_t group = 0; group < groups; group++)
            if (of[leaf_of[group]] == mine)
                values[group] = l;
    }
}

/* maps[code of the pack] = sum of level × stride; a code that never joins gets `nodes` and more. */
static void map_witness(const sweep *s, const tab_pack *pack, uint32_t code, uint32_t *map)
{
    uint32_t *values = s->engine->scratch.histogram, done = 1;
    map[0] = 0;
    for (uint32_t i = 0; i < pack->column_count; i++) {
        const uint32_t c = pack->column[i];
        const uint32_t groups = s->engine->frame.tab->columns[c].levels[s->view->base[c]].group_count;
        join_levels(s, c, code % groups, values);
        code /= groups;
        for (uint32_t group = groups; group-- > 0;) {
            const uint32_t add = values[group] == s->levels[c] ? s->nodes : values[group] * s->stride[c];
            for (uint32_t low = 0; low < done; low++)
                map[(size_t)group * done + low] = map[low] + add;
        }
        done *= groups;
    }
}

static inline uint32_t code_of(const tab_pack *pack, uint32_t tuple)
{
    return pack->narrow != NULL ? pack->narrow[tuple] : pack->wide[tuple];
}

static inline uint8_t at_most_255(uint32_t sum)
{
    return (uint8_t)(sum < 255 ? sum : 255);
}

/* What never looks alike is counted behind the last node. */
static inline void count_at(uint8_t *like, uint32_t node, uint32_t nodes, uint32_t rows)
{
    uint8_t *at = &like[node < nodes ? node : nodes];
    *at = at_most_255(*at + rows);
}

/* The usual case: three packs of small codes, in one pass. */
static void count_three(sweep *s, const uint32_t *a, const uint32_t *b, const uint32_t *c)
{
    const tab_view *view = s->view;
    const uint16_t *x = view->packs[0].narrow, *y = view->packs[1].narrow, *z = view->packs[2].narrow;
    const uint32_t tuples = view->count, nodes = s->nodes, *rows = view->rows;
    uint8_t *restrict like = s->like;
    for (uint32_t t = 0; t < tuples; t++)
        count_at(like, a[x[t]] + b[y[t]] + c[z[t]], nodes, rows[t]);
}

static void count_any(sweep *s, const uint32_t *const *maps)
{
    const tab_view *view = s->view;
    for (uint32_t t = 0; t < view->count; t++) {
        uint32_t node = 0;
        for (uint32_t p = 0; p < view->pack_count; p++)
            node += maps[p][code_of(&view->packs[p], t)];
        count_at(s->like, node, s->nodes, view->rows[t]);
    }
}

/* like[node]: rows whose least node is this one. */
static void count_likes(sweep *s, uint32_t witness)
{
    const tab_view *view = s->view;
    const uint32_t *maps[PRIVACY_TAB_COLUMNS_MAX];
    bool narrow = view->pack_count == 3;
    uint32_t *map = s->maps;
    memset(s->like, 0, s->nodes);
    for (uint32_t p = 0; p < view->pack_count; p++) {
        map_witness(s, &view->packs[p], code_of(&view->packs[p], witness), map);
        narrow = narrow && view->packs[p].narrow != NULL;
        maps[p] = map;
        map += view->packs[p].size;
    }
    if (narrow)
        count_three(s, maps[0], maps[1], maps[2]);
    else
        count_any(s, maps);
}

static inline void add_all(uint8_t *restrict to, const uint8_t *restrict from, uint32_t count)
{
    uint32_t i = 0;
#ifdef __SSE2__
    for (; i + 16 <= count; i += 16)
        _mm_storeu_si128((__m128i *)(to + i), _mm_adds_epu8(_mm_loadu_si128((const __m128i *)(to + i)),
                                                            _mm_loadu_si128((const __m128i *)(from + i))));
#endif
    for (; i < count; i++) {
        const uint8_t sum = (uint8_t)(to[i] + from[i]);
        to[i] = sum < from[i] ? 255 : sum;
    }
}

/* Sums along every column: afterwards like[node] counts the rows whose least node is at or below it. */
static void sum_lattice(const sweep *s)
{
    uint8_t *like = s->like;
    for (uint32_t c = 0; c < s->columns; c++) {
        const uint32_t stride = s->stride[c], block = stride * s->levels[c];
        for (uint32_t from = 0; from < s->nodes; from += block)
            for (uint32_t l = 1; l < s->levels[c]; l++)
                add_all(like + from + l * stride, like + from + (l - 1) * stride, stride);
    }
}

static void rule_out(sweep *s, uint32_t witness)
{
    const uint8_t k = (uint8_t)s->engine->k;
    const uint32_t nodes = s->nodes;
    count_likes(s, witness);
    sum_lattice(s);
    const uint8_t *like = s->like;
    uint8_t *restrict dead = s->dead;
    for (uint32_t node = 0; node < nodes; node++)
        dead[node] |= like[node] < k;
    s->swept->witness_rows[s->swept->witness_count++] = s->view->first_row[witness];
}

/* How rare the values of a tuple are, at the middle of their hierarchies: what is rare there stands alone for long. */
static void rate_codes(const sweep *s, const tab_pack *pack, float *rate)
{
    uint32_t done = 1;
    rate[0] = 0;
    for (uint32_t i = 0; i < pack->column_count; i++) {
        const uint32_t c = pack->column[i];
        const privacy_tab_column *column = &s->engine->frame.tab->columns[c];
        const uint32_t base = s->view->base[c], half = (s->least[c] + s->most[c]) / 2U;
        const uint32_t *leaf_of = s->engine->frame.leaf_of[c][base], groups = column->levels[base].group_count;
        const privacy_tab_level *middle = &column->levels[half > base ? half : base];
        uint32_t *rows = s->engine->scratch.histogram; /* level 0 has no fewer groups */
        memset(rows, 0, middle->group_count * sizeof(*rows));
        for (uint32_t group = 0; group < column->levels[0].group_count; group++)
            rows[middle->group[s->engine->frame.leaf_of[c][0][group]]] += s->engine->group_rows[c][group];
        for (uint32_t group = groups; group-- > 0;) {
            const float add = -(float)base_log((double)(rows[middle->group[leaf_of[group]]] + 1));
            for (uint32_t low = 0; low < done; low++)
                rate[(size_t)group * done + low] = rate[low] + add;
        }
        done *= groups;
    }
}

static void rate_tuples(sweep *s)
{
    const tab_view *view = s->view;
    float *rate = s->rates;
    for (uint32_t p = 0; p < view->pack_count; p++) {
        const tab_pack *pack = &view->packs[p];
        rate_codes(s, pack, rate);
        for (uint32_t t = 0; t < view->count; t++)
            s->rarity[t] = (p == 0 ? 0 : s->rarity[t]) + rate[code_of(pack, t)];
        rate += pack->size;
    }
}

/* The rarest of some tuples (all, where `tuples` is NULL) that is no witness yet. */
static uint32_t rarest(sweep *s, const uint32_t *tuples, uint32_t count)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t t = tuples != NULL ? tuples[i] : i;
        if (s->view->rows[t] != 0 && (best == UINT32_MAX || s->rarity[t] > s->rarity[best]))
            best = t;
    }
    if (best != UINT32_MAX)
        s->rarity[best] = -1e30F;
    return best;
}

/*
 * Tuples of classes below k, found through a small table that several classes may share: what is below k there is below
 * k in truth. Where it finds none, the node has to be looked at.
 */
static int find_lost(sweep *s, const uint8_t *levels, uint32_t *ret_count, lethe_error *error)
{
    tab_engine *e = s->engine;
    const tab_view *view = s->view;
    const uint32_t tuples = view->count, *rows = view->rows;
    const uint8_t k = (uint8_t)e->k;
    BASE_TRY(tab_groups_roughly(&e->groups, &e->frame, view, levels, error));
    uint32_t *restrict slot = e->groups.class_of, *restrict lost = s->lost;
    uint8_t *restrict size = s->sizes;
    uint32_t count = 0;
    memset(size, 0, SIZES);
    for (uint32_t t = 0; t < tuples; t++) {
        slot[t] = slot[t] * 0x9e3779b1U >> (32 - SIZES_BITS); /* Knuth's multiplier */
        size[slot[t]] = at_most_255(size[slot[t]] + rows[t]);
    }
    for (uint32_t t = 0; t < tuples; t++) {
        lost[count] = t;
        count += size[slot[t]] < k;
    }
    *ret_count = count;
    return 0;
}

/* Whether a node with this level of a column is left. */
static bool is_alive(const sweep *s, uint32_t c, uint32_t level)
{
    const uint32_t stride = s->stride[c], block = stride * s->levels[c];
    for (uint32_t from = level * stride; from < s->nodes; from += block)
        if (memchr(s->dead + from, 0, stride) != NULL)
            return true;
    return false;
}

/* Where the witnesses have ruled out all nodes at the finest levels of some column, coarser tuples will do: they are
 * fewer, and everything after this costs less. */
static int look_coarser(sweep *s, lethe_error *error)
{
    uint8_t levels[PRIVACY_TAB_COLUMNS_MAX];
    bool raised = false;
    if (s->view->count < FEW_TUPLES)
        return 0;
    for (uint32_t c = 0; c < s->columns; c++) {
        uint32_t level = s->view->base[c] > s->least[c] ? s->view->base[c] - s->least[c] : 0;
        while (level + 1 < s->levels[c] && !is_alive(s, c, level))
            level++;
        levels[c] = (uint8_t)(s->least[c] + level);
        raised = raised || levels[c] > s->view->base[c];
    }
    if (!raised)
        return 0;
    tab_view view;
    BASE_TRY(tab_view_at(&s->engine->frame, s->view, levels, &s->engine->groups, &view, error));
    tab_view_done(&s->coarser);
    s->coarser = view;
    s->view = &s->coarser;
    rate_tuples(s);
    return 0;
}

/* Whether a node holds; where it does not, a witness rules it out. */
static int try_node(sweep *s, uint32_t node, tab_node *ret_node, bool *ret_holds, lethe_error *error)
{
    tab_engine *e = s->engine;
    double costs[PRIVACY_TAB_LEVELS_MAX]; /* of no use here: a floor says that a hopeless node needs no score */
    uint8_t levels[PRIVACY_TAB_COLUMNS_MAX];
    uint32_t count = 0;
    tab_floor floor;
    for (uint32_t c = 0; c < s->columns; c++)
        floor.cost[c] = costs;
    levels_of(s, node, levels);
    *ret_holds = false;
    BASE_TRY(find_lost(s, levels, &count, error));
    uint32_t witness = rarest(s, s->lost, count);
    if (witness == UINT32_MAX) {
        BASE_TRY(tab_node_at(e, s->view, levels, &floor, ret_node, error));
        *ret_holds = ret_node->holds;
        if (*ret_holds)
            return 0;
        witness = rarest(s, e->scratch.lost, e->scratch.lost_count);
    } else {
        e->evaluated++;
    }
    rule_out(s, witness);
    return 0;
}

/* One level up, where the score is least: among nodes that no witness rules out, if there are such. */
static uint32_t step_up(const sweep *s, uint32_t node)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t c = 0; c < s->columns; c++) {
        if (node / s->stride[c] % s->levels[c] + 1 == s->levels[c])
            continue;
        const uint32_t up = node + s->stride[c];
        if (best == UINT32_MAX || s->dead[up] < s->dead[best] ||
            (s->dead[up] == s->dead[best] && s->score[up] < s->score[best]))
            best = up;
    }
    return best;
}

/* Some node that holds, by climbing; then nothing that costs more is of interest. */
static int climb(sweep *s, lethe_error *error)
{
    for (uint32_t node = least_alive(s); node != UINT32_MAX; node = step_up(s, node)) {
        tab_node seen;
        bool holds = false;
        if (s->dead[node] == 0 && s->swept->witness_count < TAB_SWEEP_WITNESSES_MAX)
            BASE_TRY(try_node(s, node, &seen, &holds, error));
        if (!holds)
            continue;
        for (uint32_t other = 0; other < s->nodes; other++)
            s->dead[other] |= s->score[other] > s->score[node];
        return 0;
    }
    return 0;
}

static int sweep_nodes(sweep *s, bool *ret_done, lethe_error *error)
{
    score_nodes(s);
    rate_tuples(s);
    for (uint32_t i = 0; i < FIRST_WITNESSES; i++)
        rule_out(s, rarest(s, NULL, s->view->count)); /* where there are fewer tuples, one of them again */
    BASE_TRY(climb(s, error));
    BASE_TRY(look_coarser(s, error));
    while (s->swept->witness_count < TAB_SWEEP_WITNESSES_MAX) {
        const uint32_t node = least_alive(s);
        *ret_done = true;
        if (node == UINT32_MAX)
            return 0;
        *ret_done = false;
        BASE_TRY(try_node(s, node, &s->swept->best, &s->swept->any, error));
        *ret_done = s->swept->any;
        if (s->swept->any)
            return 0;
        if (s->swept->witness_count % LOOK_EVERY == 0)
            BASE_TRY(look_coarser(s, error));
    }
    return 0;
}

int tab_sweep(tab_engine *engine, const uint8_t *least, const uint8_t *most, tab_swept *ret_swept, bool *ret_done,
              lethe_error *error)
{
    const uint32_t tuples = engine->root.count;
    size_t map_size = 1;
    sweep s = {.engine = engine,
               .least = least,
               .most = most,
               .columns = engine->frame.tab->column_count,
               .nodes = 1,
               .view = &engine->root};
    s.swept = ret_swept;
    *ret_swept = (tab_swept){0};
    *ret_done = false;
    for (uint32_t c = 0; c < s.columns; c++) {
        s.stride[c] = s.nodes;
        s.levels[c] = most[c] - least[c] + 1U;
        s.nodes *= s.levels[c];
    }
    for (uint32_t p = 0; p < engine->root.pack_count; p++)
        map_size += engine->root.packs[p].size;
    s.score = malloc(s.nodes * sizeof(double));
    s.dead = calloc(s.nodes, 1);
    s.sizes = malloc(SIZES);
    s.lost = malloc(((size_t)tuples + 1) * sizeof(uint32_t));
    s.like = malloc((size_t)s.nodes + 1);
    s.rarity = malloc(((size_t)tuples + 1) * sizeof(float));
    s.maps = malloc(map_size * sizeof(uint32_t));
    s.rates = malloc(map_size * sizeof(float));
    const bool held = s.score != NULL && s.dead != NULL && s.like != NULL && s.rarity != NULL && s.maps != NULL &&
                      s.rates != NULL && s.sizes != NULL && s.lost != NULL;
    const int status = held ? sweep_nodes(&s, ret_done, error) : base_fail(error, LETHE_E_BASE_MEMORY);
    tab_view_done(&s.coarser);
    free(s.score);
    free(s.dead);
    free(s.like);
    free(s.rarity);
    free(s.maps);
    free(s.sizes);
    free(s.lost);
    free(s.rates);
    return status;
}
