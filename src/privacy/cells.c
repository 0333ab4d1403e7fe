/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/cells.h"

#include <stdlib.h>
#include <string.h>

#define ENDLESS   (UINT64_MAX / 4)
#define COUNT_MAX ((uint64_t)1 << 48)
#define NOWHERE   UINT32_MAX

/*
 *   one dimension    A ─ cells ─► B ─ total ─► A
 *   two              all ─ row totals ─► rows ─ cells ─► columns ─ column totals ─► sum ─ grand total ─► all
 *
 * An edge that is hidden can carry more without end, and less down to nothing.
 */
typedef struct edge {
    uint32_t from, to;
    uint64_t value;
    bool hidden;
} edge;

typedef struct network {
    uint32_t nodes, edge_count;
    edge *edges;              /* in the layout of the cells */
    uint32_t *first, *around; /* edges at a node, both ways: around[first[node] … first[node + 1]] */
    int64_t *moved;           /* while a flow is looked for: what was added to an edge */
    uint32_t *queue, *by;     /* nodes to look at; the edge by which one was reached */
    uint64_t *cost, *room;
    bool *closed;
} network;

uint64_t privacy_cells_size(const privacy_cells *cells)
{
    return cells->columns == 0 ? (uint64_t)cells->rows + 1 : ((uint64_t)cells->rows + 1) * (cells->columns + 1);
}

static void fill_line(network *net, const privacy_cells *cells)
{
    uint64_t sum = 0;
    for (uint32_t row = 0; row < cells->rows; row++) {
        net->edges[row] = (edge){0, 1, cells->counts[row], false};
        sum += cells->counts[row];
    }
    net->edges[cells->rows] = (edge){1, 0, sum, false};
}

/* Nodes: rows, then columns, then `all` and `sum`. */
static void fill_plane(network *net, const privacy_cells *cells)
{
    const uint32_t rows = cells->rows, columns = cells->columns, all = rows + columns, sum = all + 1;
    edge *totals = net->edges + (size_t)rows * (columns + 1);
    for (uint32_t column = 0; column < columns; column++)
        totals[column] = (edge){rows + column, sum, 0, false};
    totals[columns] = (edge){sum, all, 0, false};
    for (uint32_t row = 0; row < rows; row++) {
        edge *line = net->edges + (size_t)row * (columns + 1);
        line[columns] = (edge){all, row, 0, false};
        for (uint32_t column = 0; column < columns; column++) {
            const uint64_t count = cells->counts[(size_t)row * columns + column];
            line[column] = (edge){row, rows + column, count, false};
            line[columns].value += count;
            totals[column].value += count;
            totals[columns].value += count;
        }
    }
}

static void network_done(network *net)
{
    free(net->edges);
    free(net->first);
    free(net->around);
    free(net->moved);
    free(net->queue);
    free(net->by);
    free(net->cost);
    free(net->room);
    free(net->closed);
}

static void list_neighbours(network *net)
{
    for (uint32_t e = 0; e < net->edge_count; e++) {
        net->first[net->edges[e].from + 2]++;
        net->first[net->edges[e].to + 2]++;
    }
    for (uint32_t node = 0; node < net->nodes; node++)
        net->first[node + 2] += net->first[node + 1];
    for (uint32_t e = 0; e < net->edge_count; e++) {
        net->around[net->first[net->edges[e].from + 1]++] = e;
        net->around[net->first[net->edges[e].to + 1]++] = e;
    }
}

static int network_init(network *net, const privacy_cells *cells, lethe_error *error)
{
    const uint64_t size = privacy_cells_size(cells),
                   counts = (uint64_t)cells->rows * (cells->columns ? cells->columns : 1);
    *net = (network){0};
    if ((uint64_t)cells->rows + cells->columns > PRIVACY_CELLS_MAX || size > UINT32_MAX / 4)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    for (uint64_t i = 0; i < counts; i++)
        if (cells->counts[i] >= COUNT_MAX / (counts + 1))
            return base_fail(error, LETHE_E_BASE_LIMIT);
    net->edge_count = (uint32_t)size;
    net->nodes = cells->columns == 0 ? 2 : cells->rows + cells->columns + 2;
    net->edges = calloc(size, sizeof(*net->edges));
    net->first = calloc((size_t)net->nodes + 3, sizeof(*net->first));
    net->around = calloc(2 * size, sizeof(*net->around));
    net->moved = calloc(size, sizeof(*net->moved));
    net->queue = calloc(net->nodes, sizeof(*net->queue));
    net->by = calloc(net->nodes, sizeof(*net->by));
    net->cost = calloc(net->nodes, sizeof(*net->cost));
    net->room = calloc(net->nodes, sizeof(*net->room));
    net->closed = calloc(net->nodes, sizeof(*net->closed));
    if (net->edges == NULL || net->first == NULL || net->around == NULL || net->moved == NULL || net->queue == NULL ||
        net->by == NULL || net->cost == NULL || net->room == NULL || net->closed == NULL) {
        network_done(net);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    if (cells->columns == 0)
        fill_line(net, cells);
    else
        fill_plane(net, cells);
    list_neighbours(net);
    return 0;
}

/* How much more can go over an edge out of `node`. */
static uint64_t room_of(const network *net, uint32_t e, uint32_t node)
{
    const edge *one = &net->edges[e];
    if (one->from == node)
        return ENDLESS;
    return (uint64_t)((int64_t)one->value + net->moved[e]);
}

static uint32_t other_end(const network *net, uint32_t e, uint32_t node)
{
    return net->edges[e].from == node ? net->edges[e].to : net->edges[e].from;
}

/* A way from `source` to `target` over hidden edges but `without`, breadth first; what it can carry, 0 where none is.
 */
static uint64_t find_way(network *net, uint32_t source, uint32_t target, uint32_t without)
{
    uint32_t head = 0, tail = 0;
    memset(net->by, 0xff, net->nodes * sizeof(*net->by));
    net->queue[tail++] = source;
    net->room[source] = ENDLESS;
    while (head < tail && (net->by[target] == NOWHERE || target == source)) {
        const uint32_t node = net->queue[head++];
        for (uint32_t i = net->first[node]; i < net->first[node + 1]; i++) {
            const uint32_t e = net->around[i], next = other_end(net, e, node);
            const uint64_t room = room_of(net, e, node);
            if (e == without || !net->edges[e].hidden || room == 0 || next == source || net->by[next] != NOWHERE)
                continue;
            net->by[next] = e;
            net->room[next] = room < net->room[node] ? room : net->room[node];
            net->queue[tail++] = next;
        }
    }
    return net->by[target] != NOWHERE ? net->room[target] : 0;
}

/* Sends `amount` along the way that was found, from its end back. */
static void send(network *net, uint32_t source, uint32_t target, uint64_t amount)
{
    for (uint32_t node = target; node != source;) {
        const uint32_t e = net->by[node], before = other_end(net, e, node);
        net->moved[e] += net->edges[e].from == before ? (int64_t)amount : -(int64_t)amount;
        node = before;
    }
}

/* The largest flow from `source` to `target`, looked for up to `enough` (Edmonds and Karp 1972). */
static uint64_t largest_flow(network *net, uint32_t source, uint32_t target, uint32_t without, uint64_t enough)
{
    uint64_t flow = 0;
    memset(net->moved, 0, net->edge_count * sizeof(*net->moved));
    while (flow < enough) {
        uint64_t amount = find_way(net, source, target, without);
        if (amount == 0)
            break;
        if (amount >= ENDLESS)
            return enough;
        amount = amount < enough - flow ? amount : enough - flow;
        send(net, source, target, amount);
        flow += amount;
    }
    return flow;
}

/* How far a hidden edge can rise: around through the others from its end to its beginning. */
static uint64_t rise_of(network *net, uint32_t e, uint64_t enough)
{
    return largest_flow(net, net->edges[e].to, net->edges[e].from, e, enough);
}

static uint64_t fall_of(network *net, uint32_t e)
{
    return largest_flow(net, net->edges[e].from, net->edges[e].to, e, net->edges[e].value);
}

int privacy_cells_audit(const privacy_cells *cells, uint32_t threshold, const uint8_t *marks,
                        privacy_cell_range *ret_ranges, uint64_t *ret_exposed, lethe_error *error)
{
    network net;
    uint64_t exposed = 0;
    BASE_TRY(network_init(&net, cells, error));
    for (uint32_t e = 0; e < net.edge_count; e++)
        net.edges[e].hidden = marks[e] != PRIVACY_CELL_SHOWN;
    for (uint32_t e = 0; e < net.edge_count; e++) {
        const edge *one = &net.edges[e];
        privacy_cell_range range = {one->value, one->value};
        if (one->hidden) {
            const uint64_t rise = rise_of(&net, e, ENDLESS);
            range.high = rise >= ENDLESS ? UINT64_MAX : one->value + rise;
            range.low = one->value - fall_of(&net, e);
        }
        exposed += one->value > 0 && one->value < threshold && range.high < threshold;
        ret_ranges[e] = range;
    }
    network_done(&net);
    *ret_exposed = exposed;
    return 0;
}

/* --- hiding --- */

/* The node that is cheapest to reach and not closed. */
static uint32_t cheapest(const network *net)
{
    uint32_t best = NOWHERE;
    for (uint32_t node = 0; node < net->nodes; node++)
        if (!net->closed[node] && net->cost[node] != UINT64_MAX &&
            (best == NOWHERE || net->cost[node] < net->cost[best]))
            best = node;
    return best;
}

/*
 * The cheapest way around over any edges, each with room for `need`: hidden ones cost nothing, others one cell, and of
 * ways with equally many cells the one with the smallest values (Dijkstra 1959). False where there is none.
 */
static bool cheapest_way(network *net, uint32_t source, uint32_t target, uint32_t without, uint64_t need)
{
    memset(net->cost, 0xff, net->nodes * sizeof(*net->cost));
    memset(net->closed, 0, net->nodes * sizeof(*net->closed));
    memset(net->by, 0xff, net->nodes * sizeof(*net->by));
    net->cost[source] = 0;
    for (uint32_t node = cheapest(net); node != NOWHERE && node != target; node = cheapest(net)) {
        net->closed[node] = true;
        for (uint32_t i = net->first[node]; i < net->first[node + 1]; i++) {
            const uint32_t e = net->around[i], next = other_end(net, e, node);
            const uint64_t price = net->edges[e].hidden ? 0 : COUNT_MAX + net->edges[e].value;
            if (e == without || room_of(net, e, node) < need || net->closed[next] ||
                net->cost[node] + price >= net->cost[next])
                continue;
            net->cost[next] = net->cost[node] + price;
            net->by[next] = e;
        }
    }
    return net->cost[target] != UINT64_MAX;
}

static void hide_way(network *net, uint32_t source, uint32_t target, uint8_t *marks)
{
    for (uint32_t node = target; node != source;) {
        const uint32_t e = net->by[node];
        net->edges[e].hidden = true;
        if (marks[e] == PRIVACY_CELL_SHOWN)
            marks[e] = PRIVACY_CELL_COMPLEMENTARY;
        node = other_end(net, e, node);
    }
}

/* Hides around a small edge until it could be `threshold`. There always is a way: over totals alone all can rise. */
static int protect(network *net, uint32_t e, uint32_t threshold, uint8_t *marks, lethe_error *error)
{
    const uint64_t need = threshold - net->edges[e].value;
    while (rise_of(net, e, need) < need) {
        memset(net->moved, 0, net->edge_count * sizeof(*net->moved));
        if (!cheapest_way(net, net->edges[e].to, net->edges[e].from, e, need))
            return base_fail(error, LETHE_E_BASE_INTERNAL);
        hide_way(net, net->edges[e].to, net->edges[e].from, marks);
    }
    return 0;
}

/* Shows again what is not needed any more, the largest first. */
static bool all_protected(network *net, uint32_t threshold, const uint8_t *marks)
{
    for (uint32_t e = 0; e < net->edge_count; e++)
        if (marks[e] == PRIVACY_CELL_SMALL &&
            rise_of(net, e, threshold - net->edges[e].value) < threshold - net->edges[e].value)
            return false;
    return true;
}

static void show_again(network *net, uint32_t threshold, uint8_t *marks)
{
    for (uint32_t e = net->edge_count; e-- > 0;) { /* totals of all first: they stand last */
        if (marks[e] != PRIVACY_CELL_COMPLEMENTARY)
            continue;
        net->edges[e].hidden = false;
        if (all_protected(net, threshold, marks))
            marks[e] = PRIVACY_CELL_SHOWN;
        else
            net->edges[e].hidden = true;
    }
}

int privacy_cells_protect(const privacy_cells *cells, uint32_t threshold, uint8_t *ret_marks, lethe_error *error)
{
    network net;
    int status = 0;
    BASE_TRY(network_init(&net, cells, error));
    for (uint32_t e = 0; e < net.edge_count; e++) {
        net.edges[e].hidden = net.edges[e].value > 0 && net.edges[e].value < threshold;
        ret_marks[e] = net.edges[e].hidden ? PRIVACY_CELL_SMALL : PRIVACY_CELL_SHOWN;
    }
    for (uint32_t e = 0; e < net.edge_count && status == 0; e++)
        if (ret_marks[e] == PRIVACY_CELL_SMALL)
            status = protect(&net, e, threshold, ret_marks, error);
    if (status == 0)
        show_again(&net, threshold, ret_marks);
    network_done(&net);
    return status;
}
