/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/metrics.h"
#include "privacy/tab_engine.h"
#include "privacy/tab_log.h"

#include <stdlib.h>

/* Definitions: docs/SPEC-anonymize.md. The names are those of ARX (aacd487f), whose figures the tests compare with. */

static double floor10(double x)
{
    return x < 9e8 && x > -9e8 ? privacy_floor10(x) : x;
}

static double weight_of(const tab_engine *engine, uint32_t column)
{
    return engine->limits.weights != NULL ? engine->limits.weights[column] : 1;
}

bool tab_score_has_columns(const tab_engine *engine)
{
    switch (engine->limits.metric) {
    case PRIVACY_TAB_LOSS:
    case PRIVACY_TAB_ENTROPY:
    case PRIVACY_TAB_ENTROPY_LEVELS:
    case PRIVACY_TAB_PRECISION:
    case PRIVACY_TAB_PRECISION_LEVELS:
    case PRIVACY_TAB_HEIGHT:
        return true;
    default:
        return false;
    }
}

static bool is_entropy(const tab_engine *engine)
{
    return engine->limits.metric == PRIVACY_TAB_ENTROPY || engine->limits.metric == PRIVACY_TAB_ENTROPY_LEVELS;
}

/* sum over the leaves of n log2(n of the group / n). */
static double lost_bits(const uint32_t *leaf_rows, const privacy_tab_column *column, uint32_t level,
                        uint64_t *group_rows)
{
    const privacy_tab_level *of = &column->levels[level];
    double bits = 0;
    for (uint32_t group = 0; group < of->group_count; group++)
        group_rows[group] = 0;
    for (uint32_t leaf = 0; leaf < column->leaf_count; leaf++)
        group_rows[of->group[leaf]] += leaf_rows[leaf];
    for (uint32_t leaf = 0; leaf < column->leaf_count; leaf++) {
        const uint64_t n = leaf_rows[leaf], all = group_rows[of->group[leaf]];
        if (n != 0 && n != all)
            bits += (double)n * privacy_log2((double)all / (double)n);
    }
    return bits;
}

static int sum_entropy(tab_engine *engine, uint32_t c, lethe_error *error)
{
    const privacy_tab *tab = engine->frame.tab;
    const privacy_tab_column *column = &tab->columns[c];
    uint32_t *leaf_rows = calloc(column->leaf_count, sizeof(uint32_t));
    uint64_t *group_rows = calloc(column->levels[0].group_count, sizeof(uint64_t));
    engine->entropy[c] = calloc(column->level_count, sizeof(double));
    int status = 0;
    if (engine->entropy[c] == NULL || leaf_rows == NULL || group_rows == NULL) {
        status = base_fail(error, LETHE_E_BASE_MEMORY);
    } else {
        for (uint32_t row = 0; row < tab->rows; row++)
            leaf_rows[column->codes[row]] += tab->chosen == NULL || tab->chosen[row] != 0;
        for (uint32_t l = 0; l < column->level_count; l++)
            engine->entropy[c][l] = lost_bits(leaf_rows, column, l, group_rows);
    }
    free(leaf_rows);
    free(group_rows);
    return status;
}

static int init_column(tab_engine *engine, uint32_t c, lethe_error *error)
{
    const privacy_tab_column *column = &engine->frame.tab->columns[c];
    const uint32_t *leaf_of = engine->frame.leaf_of[c][0];
    engine->leaves[c] = calloc(column->level_count, sizeof(uint64_t));
    if (engine->leaves[c] == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t l = 0; l < column->level_count; l++) {
        uint64_t sum = 0;
        for (uint32_t group = 0; group < column->levels[0].group_count; group++)
            sum += (uint64_t)engine->group_rows[c][group] *
                   column->levels[l].leaves[column->levels[l].group[leaf_of[group]]];
        engine->leaves[c][l] = sum;
    }
    return is_entropy(engine) ? sum_entropy(engine, c, error) : 0;
}

int tab_score_init(tab_engine *engine, lethe_error *error)
{
    const double gs = engine->limits.gs_factor;
    engine->s = gs < 0.5 ? 2 * gs : 1;
    engine->g = gs > 0.5 ? 1 - 2 * (gs - 0.5) : 1;
    if (engine->limits.aggregate == PRIVACY_TAB_DEFAULT) {
        const privacy_tab_metric_kind metric = engine->limits.metric;
        engine->limits.aggregate = metric == PRIVACY_TAB_LOSS ? PRIVACY_TAB_GEOMETRIC
                                   : metric == PRIVACY_TAB_PRECISION || metric == PRIVACY_TAB_PRECISION_LEVELS
                                       ? PRIVACY_TAB_MEAN
                                       : PRIVACY_TAB_SUM;
    }
    for (uint32_t c = 0; c < engine->frame.tab->column_count; c++)
        BASE_TRY(init_column(engine, c, error));
    return 0;
}

void tab_score_done(tab_engine *engine)
{
    for (uint32_t c = 0; c < PRIVACY_TAB_COLUMNS_MAX; c++) {
        free(engine->group_rows[c]);
        free(engine->leaves[c]);
        free(engine->entropy[c]);
    }
}

/* t D = g (leaves of kept rows) + for each withheld row (its leaves + s (D - its leaves)); t - g n / D over n - g n /
 * D. With g = s = 1 both sides are integers and there is one rounding: bounds of it need no room for error. */
static double loss(const tab_engine *engine, uint32_t c, uint64_t all, uint32_t lost, uint64_t leaves)
{
    const uint64_t n = engine->rows, domain = engine->frame.tab->columns[c].domain;
    if (engine->g == 1 && engine->s == 1)
        return privacy_loss_column(all - leaves, lost, n, (uint32_t)domain);
    const double least = engine->g * (double)n, whole = (double)(n * domain) - least;
    const double kept = engine->g * (double)(all - leaves);
    const double gone =
        engine->s == 1 ? (double)(lost * domain) : (double)leaves + engine->s * (double)(lost * domain - leaves);
    const double value = whole > 0 ? (kept + gone - least) / whole : 0;
    return value > 0 ? privacy_floor10(value) : 0;
}

double tab_score_column(const tab_engine *engine, uint32_t column, uint32_t level, uint32_t lost, uint64_t leaves,
                        double spread)
{
    const uint32_t top = engine->frame.tab->columns[column].level_count - 1;
    const double height = top == 0 ? 0 : (double)level / top;
    switch (engine->limits.metric) {
    case PRIVACY_TAB_LOSS:
        return loss(engine, column, engine->leaves[column][level], lost, leaves);
    case PRIVACY_TAB_ENTROPY:
        return floor10(engine->g * engine->entropy[column][level] + engine->s * spread);
    case PRIVACY_TAB_ENTROPY_LEVELS:
        return floor10(engine->g * engine->entropy[column][level]);
    case PRIVACY_TAB_PRECISION:
        return ((double)(engine->rows - lost) * height * engine->g + (double)lost * engine->s) / engine->rows;
    case PRIVACY_TAB_PRECISION_LEVELS:
        return height;
    case PRIVACY_TAB_HEIGHT:
        return level;
    default:
        return 0;
    }
}

static void sort_falling(double *values, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const double value = values[i];
        uint32_t at = i;
        for (; at > 0 && values[at - 1] < value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

void tab_score_join(const tab_engine *engine, privacy_tab_score *score)
{
    const uint32_t count = engine->frame.tab->column_count;
    double total = engine->limits.aggregate == PRIVACY_TAB_GEOMETRIC ? 1 : 0;
    score->column_count = count;
    for (uint32_t c = 0; c < count; c++) {
        const double value = score->columns[c] * weight_of(engine, c);
        switch (engine->limits.aggregate) {
        case PRIVACY_TAB_GEOMETRIC:
            total *= value + 1;
            break;
        case PRIVACY_TAB_MEAN:
            total += value / count;
            break;
        case PRIVACY_TAB_RANK:
            score->columns[c] = value;
            total = value > total ? value : total;
            break;
        case PRIVACY_TAB_LARGEST:
            total = value > total ? value : total;
            break;
        default:
            total += value;
        }
    }
    score->total = total;
    if (engine->limits.aggregate == PRIVACY_TAB_RANK)
        sort_falling(score->columns, count);
}

void tab_score_of_classes(const tab_engine *engine, tab_node *node)
{
    const double n = engine->rows;
    node->score.column_count = 0;
    switch (engine->limits.metric) {
    case PRIVACY_TAB_DISCERNIBILITY:
        node->score.total = (double)node->squares_kept + n * (double)node->withheld;
        break;
    case PRIVACY_TAB_DISCERNIBILITY_LEVELS:
        node->score.total = (double)node->squares_all;
        break;
    default: { /* in ARX the two factors change places here */
        const double classes = engine->s * node->kept + (node->withheld != 0 ? engine->g : 0);
        node->score.total = classes > 0 ? n / classes : n * n;
    }
    }
}

int tab_score_compare(const tab_engine *engine, const privacy_tab_score *a, const privacy_tab_score *b)
{
    if (engine->limits.aggregate != PRIVACY_TAB_RANK || a->column_count == 0)
        return a->total < b->total ? -1 : a->total > b->total;
    for (uint32_t c = 0; c < a->column_count; c++)
        if (a->columns[c] != b->columns[c])
            return a->columns[c] < b->columns[c] ? -1 : 1;
    return 0;
}

bool tab_score_worse(const tab_engine *engine, const privacy_tab_score *bound, const privacy_tab_score *best)
{
    const bool exact = engine->limits.metric == PRIVACY_TAB_LOSS && engine->g == 1 && engine->s == 1;
    if (exact)
        return tab_score_compare(engine, bound, best) > 0;
    const double room = engine->limits.metric == PRIVACY_TAB_LOSS ? 1e-8 : 1e-12;
    if (engine->limits.aggregate != PRIVACY_TAB_RANK || bound->column_count == 0)
        return bound->total > best->total + room * best->total + 1e-8;
    for (uint32_t c = 0; c < bound->column_count; c++) {
        const double more = bound->columns[c] - best->columns[c];
        const double slack = room * best->columns[c] + 1e-9;
        if (more > slack)
            return true;
        if (more != 0)
            return false;
    }
    return false;
}

double tab_score_figure(const tab_engine *engine, const privacy_tab_score *score)
{
    if (engine->limits.aggregate == PRIVACY_TAB_GEOMETRIC && score->column_count != 0)
        return privacy_loss_mean(score->total, score->column_count);
    return score->total;
}
