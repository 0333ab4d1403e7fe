/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tab_engine.h"
#include "privacy/tab_log.h"

#include <stdlib.h>
#include <string.h>

/* What a class has of one sensitive column. */
typedef struct seen {
    const uint32_t *counts; /* of each value */
    const uint32_t *values; /* that the class has */
    uint32_t value_count;
    uint64_t size; /* the sum of the counts */
} seen;

static bool is_sensitive(privacy_tab_model_kind kind)
{
    return kind != PRIVACY_TAB_K && kind != PRIVACY_TAB_K_MAP && kind != PRIVACY_TAB_PRESENCE &&
           kind < PRIVACY_TAB_AVERAGE_RISK;
}

/* Whether classes that all pass may be joined into one that passes: sets grow, shares and distances are mixed. An
 * estimate of entropy and the lower end of δ-disclosure, which is asked of present values only, are not so; nor are
 * shares where people of two classes may be the same. */
bool tab_model_survives_joining(const privacy_tab_model *model, bool people)
{
    switch (model->kind) {
    case PRIVACY_TAB_K:
    case PRIVACY_TAB_K_MAP:
    case PRIVACY_TAB_DISTINCT_L:
        return true;
    case PRIVACY_TAB_GRASSBERGER_L:
    case PRIVACY_TAB_DISCLOSURE:
    case PRIVACY_TAB_POPULATION_UNIQUE:
        return false;
    default:
        return !people;
    }
}

/* -- entropy ----------------------------------------------------------------------------------------------------------
 */

/* Grassberger's G (arXiv physics/0307138): G(1) = G(0) = -γ - ln 2, G(2n) = G(2n - 2) + 2 / (2n - 1), odd n as n - 1.
 */
static double grassberger(uint64_t n)
{
    const uint64_t even = n - n % 2;
    if (n <= 100) {
        double sum = -1.2703628454614782;
        for (uint64_t i = 1; i < even; i += 2)
            sum += 2.0 / (double)i;
        return sum;
    }
    const double x = (double)even, m = 4 / (x * x);
    return base_log(x) + m * (1.0 / 24 - m * (7.0 / 960 - m * (31.0 / 8064)));
}

static double psi(const privacy_tab_model *model, uint64_t n)
{
    return model->kind == PRIVACY_TAB_GRASSBERGER_L ? grassberger(n) : base_log((double)n);
}

/* ψ(N) - 1/N sum n ψ(n) >= ln l, multiplied by N. */
static bool entropy_holds(const privacy_tab_model *model, const seen *s)
{
    const double most = (double)s->size * (psi(model, s->size) - base_log((double)model->k));
    double sum = 0;
    for (uint32_t i = 0; i < s->value_count; i++)
        sum += (double)s->counts[s->values[i]] * psi(model, s->counts[s->values[i]]);
    return sum <= most + 1e-9 * (double)s->size; /* log l reached exactly by l equal counts */
}

/* -- recursive (c, l) -------------------------------------------------------------------------------------------------
 */

static int falling(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x > y ? -1 : x < y;
}

static bool recursive_holds(tab_engine *engine, const privacy_tab_model *model, const seen *s)
{
    uint32_t *ranked = engine->scratch.ranked;
    for (uint32_t i = 0; i < s->value_count; i++)
        ranked[i] = s->counts[s->values[i]];
    qsort(ranked, s->value_count, sizeof(*ranked), falling);
    uint64_t below = 0;
    for (uint32_t i = model->k - 1; i < s->value_count; i++)
        below += ranked[i];
    return (double)ranked[0] < (double)below * model->a;
}

/* -- one model, one class ---------------------------------------------------------------------------------------------
 */

static bool likeness_holds(const privacy_tab_model *model, const tab_whole *whole, const seen *s)
{
    for (uint32_t i = 0; i < s->value_count; i++) {
        const uint32_t value = s->values[i];
        const uint64_t here = s->counts[value] * whole->total, there = whole->count[value] * s->size;
        const double p = (double)whole->count[value] / (double)whole->total;
        const double gain = ((double)here - (double)there) / (double)there;
        const double surprise = model->kind == PRIVACY_TAB_BETA_ENHANCED && gain > 0 ? -base_log(p) : model->a;
        if (gain > (surprise < model->a ? surprise : model->a))
            return false;
    }
    return true;
}

static bool disclosure_holds(const privacy_tab_model *model, const tab_whole *whole, const seen *s)
{
    for (uint32_t i = 0; i < s->value_count; i++) {
        const uint32_t value = s->values[i];
        const double ratio = (double)(s->counts[value] * whole->total) / (double)(whole->count[value] * s->size);
        const double bits = privacy_log2(ratio);
        if ((bits < 0 ? -bits : bits) >= model->a)
            return false;
    }
    return true;
}

static tab_verdict judge_values(tab_engine *engine, const privacy_tab_model *model, const seen *s)
{
    const uint32_t column = model->sensitive;
    const tab_whole *whole = &engine->whole[column];
    const privacy_tab_sensitive *sensitive = &engine->frame.tab->sensitive[column];
    const bool diverse = model->kind <= PRIVACY_TAB_RECURSIVE_CL;
    if (diverse && s->value_count < model->k)
        return TAB_DOOMED;
    bool holds = true;
    switch (model->kind) {
    case PRIVACY_TAB_ENTROPY_L:
    case PRIVACY_TAB_GRASSBERGER_L:
        holds = entropy_holds(model, s);
        break;
    case PRIVACY_TAB_RECURSIVE_CL:
        holds = recursive_holds(engine, model, s);
        break;
    case PRIVACY_TAB_T_EQUAL:
        holds = tab_distance_equal(whole, s->counts, s->values, s->value_count, s->size) <= model->a;
        break;
    case PRIVACY_TAB_T_ORDERED:
        holds = tab_distance_ordered(whole, s->counts, sensitive->value_count, s->size) <= model->a;
        break;
    case PRIVACY_TAB_T_TREE:
        holds = tab_distance_tree(sensitive, whole, s->counts, s->size, engine->scratch.flow) <= model->a;
        break;
    case PRIVACY_TAB_BETA_BASIC:
    case PRIVACY_TAB_BETA_ENHANCED:
        holds = likeness_holds(model, whole, s);
        break;
    case PRIVACY_TAB_DISCLOSURE:
        holds = disclosure_holds(model, whole, s);
        break;
    default:
        break;
    }
    return holds ? TAB_KEPT : TAB_WITHHELD;
}

static tab_verdict judge_size(const privacy_tab_model *model, const tab_classes *classes, uint32_t i)
{
    if (model->kind == PRIVACY_TAB_K)
        return classes->people[i] >= model->k ? TAB_KEPT : TAB_DOOMED;
    if (model->kind == PRIVACY_TAB_K_MAP)
        return classes->around[i] >= model->k ? TAB_KEPT : TAB_DOOMED;
    if (classes->rows[i] == 0 && model->k == PRIVACY_TAB_PRESENCE_RELEASED)
        return TAB_KEPT;
    const double share = (double)classes->rows[i] / (double)classes->around[i];
    return share >= model->a && share <= model->b ? TAB_KEPT : TAB_WITHHELD;
}

/* -- all models, one class --------------------------------------------------------------------------------------------
 */

/* Counts of people: one person with one value once, however many rows. */
static void count_people(tab_engine *engine, const tab_view *view, const tab_classes *classes, uint32_t i, uint32_t s,
                         seen *ret_seen)
{
    tab_scratch *scratch = &engine->scratch;
    uint32_t *counts = scratch->count[s], *values = scratch->values[s];
    const tab_people *people = &engine->people;
    for (uint32_t j = classes->start[i]; j < classes->start[i + 1]; j++) {
        const uint32_t value = view->sensitive[s][classes->order[j]];
        if (counts[value]++ == 0)
            values[ret_seen->value_count++] = value;
    }
    for (uint32_t v = 0; v < ret_seen->value_count; v++) {
        const uint64_t stamp = ++scratch->stamps;
        uint32_t count = 0;
        for (uint32_t j = classes->start[i]; j < classes->start[i + 1]; j++) {
            const uint32_t tuple = classes->order[j];
            if (view->sensitive[s][tuple] != values[v])
                continue;
            count += people->single[tuple];
            for (uint32_t o = people->start[tuple]; o < people->start[tuple + 1]; o++) {
                count += scratch->stamp[people->others[o]] != stamp;
                scratch->stamp[people->others[o]] = stamp;
            }
        }
        counts[values[v]] = count;
        ret_seen->size += count;
    }
}

static void count_values(tab_engine *engine, const tab_view *view, const tab_classes *classes, uint32_t i, uint32_t s,
                         seen *ret_seen)
{
    uint32_t *counts = engine->scratch.count[s], *values = engine->scratch.values[s];
    *ret_seen = (seen){counts, values, 0, 0};
    if (engine->frame.tab->person != NULL) {
        count_people(engine, view, classes, i, s, ret_seen);
        return;
    }
    for (uint32_t j = classes->start[i]; j < classes->start[i + 1]; j++) {
        const uint32_t tuple = classes->order[j], rows = view->rows[tuple];
        const uint32_t value = view->sensitive[s][tuple];
        if (rows == 0)
            continue;
        if (counts[value] == 0)
            values[ret_seen->value_count++] = value;
        counts[value] += rows;
        ret_seen->size += rows;
    }
}

tab_verdict tab_models_judge(tab_engine *engine, const tab_view *view, const tab_classes *classes, uint32_t i)
{
    const privacy_tab_limits *limits = &engine->limits;
    tab_verdict worst = TAB_KEPT;
    for (uint32_t m = 0; m < limits->model_count && worst != TAB_DOOMED; m++) {
        const privacy_tab_model *model = &limits->models[m];
        if (!is_sensitive(model->kind) && model->kind < PRIVACY_TAB_AVERAGE_RISK) {
            const tab_verdict verdict = judge_size(model, classes, i);
            worst = verdict > worst ? verdict : worst;
        }
    }
    if (classes->people[i] < engine->k)
        worst = TAB_DOOMED;
    for (uint32_t s = 0; s < engine->frame.tab->sensitive_count && worst != TAB_DOOMED; s++) {
        if (engine->whole[s].count == NULL || classes->rows[i] == 0)
            continue;
        seen has;
        count_values(engine, view, classes, i, s, &has);
        for (uint32_t m = 0; m < limits->model_count && worst != TAB_DOOMED; m++) {
            const privacy_tab_model *model = &limits->models[m];
            if (is_sensitive(model->kind) && model->sensitive == s) {
                const tab_verdict verdict = judge_values(engine, model, &has);
                worst = verdict > worst ? verdict : worst;
            }
        }
        for (uint32_t v = 0; v < has.value_count; v++)
            engine->scratch.count[s][has.values[v]] = 0;
    }
    return worst;
}

/* -- before the first node --------------------------------------------------------------------------------------------
 */

static bool model_fits(const tab_engine *engine, const privacy_tab_model *model)
{
    const privacy_tab *tab = engine->frame.tab;
    if ((unsigned)model->kind >= PRIVACY_TAB_MODEL_KINDS || !(model->a >= 0) || !(model->b >= 0))
        return false;
    if (is_sensitive(model->kind) && model->sensitive >= tab->sensitive_count)
        return false;
    switch (model->kind) {
    case PRIVACY_TAB_K:
    case PRIVACY_TAB_DISTINCT_L:
    case PRIVACY_TAB_ENTROPY_L:
    case PRIVACY_TAB_GRASSBERGER_L:
        return model->k >= 1;
    case PRIVACY_TAB_RECURSIVE_CL:
        return model->k >= 1 && model->a > 0;
    case PRIVACY_TAB_K_MAP:
        return model->k >= 1 && tab->chosen != NULL && tab->person == NULL;
    case PRIVACY_TAB_PRESENCE:
        return tab->chosen != NULL && tab->person == NULL && model->a <= model->b && model->b <= 1;
    case PRIVACY_TAB_T_TREE:
        return tab->sensitive[model->sensitive].tree_levels >= 2;
    case PRIVACY_TAB_BETA_BASIC:
    case PRIVACY_TAB_BETA_ENHANCED:
    case PRIVACY_TAB_DISCLOSURE:
        return model->a > 0;
    case PRIVACY_TAB_POPULATION_UNIQUE:
        return model->a <= 1 && model->b >= engine->rows;
    default:
        return model->a <= 1;
    }
}

/* A hierarchy may have more groups than the table has values: numbered anew, by first appearance. */
static int number_tree(tab_engine *engine, uint32_t s, lethe_error *error)
{
    const privacy_tab_sensitive *sensitive = &engine->frame.tab->sensitive[s];
    tab_compactor compactor = {0};
    uint64_t *keys = malloc(sensitive->value_count * sizeof(uint64_t));
    int status = keys == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    for (uint32_t level = 0; level < sensitive->tree_levels && status == 0; level++) {
        uint32_t count;
        uint32_t *groups = malloc(sensitive->value_count * sizeof(uint32_t));
        engine->whole[s].tree[level] = groups;
        if (groups == NULL) {
            status = base_fail(error, LETHE_E_BASE_MEMORY);
            break;
        }
        for (uint32_t value = 0; value < sensitive->value_count; value++)
            keys[value] = sensitive->tree[level][value];
        status = tab_compact(&compactor, keys, sensitive->value_count, groups, NULL, &count, error);
    }
    tab_compactor_done(&compactor);
    free(keys);
    return status;
}

static int init_whole(tab_engine *engine, uint32_t s, lethe_error *error)
{
    const uint32_t values = engine->frame.tab->sensitive[s].value_count;
    tab_whole *whole = &engine->whole[s];
    tab_scratch *scratch = &engine->scratch;
    whole->count = calloc(values, sizeof(uint64_t));
    whole->need = calloc(values, sizeof(uint32_t));
    scratch->count[s] = calloc(values, sizeof(uint32_t));
    scratch->values[s] = malloc(values * sizeof(uint32_t));
    if (whole->count == NULL || whole->need == NULL || scratch->count[s] == NULL || scratch->values[s] == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (values > scratch->value_room) {
        free(scratch->ranked);
        free(scratch->flow);
        scratch->value_room = values;
        scratch->ranked = malloc(values * sizeof(uint32_t));
        scratch->flow = malloc(3UL * values * sizeof(int64_t));
        if (scratch->ranked == NULL || scratch->flow == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    BASE_TRY(number_tree(engine, s, error));
    /* The whole table is the class of everybody. */
    const uint32_t tuples = engine->root.count, start[2] = {0, tuples};
    uint32_t *order = malloc(((size_t)tuples + 1) * sizeof(uint32_t));
    if (order == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t t = 0; t < tuples; t++)
        order[t] = t;
    const tab_classes all = {.count = 1, .start = start, .order = order};
    seen has;
    count_values(engine, &engine->root, &all, 0, s, &has);
    for (uint32_t v = 0; v < has.value_count; v++) {
        whole->count[has.values[v]] = has.counts[has.values[v]];
        scratch->count[s][has.values[v]] = 0;
    }
    whole->total = has.size;
    free(order);
    return 0;
}

/* Take what a finer node keeps, and keep at the coarser one every class that has some of it: no such class is smaller,
 * or has fewer values; there are as many rows or more, in as many classes or fewer, and no row is alone that was not.
 * So the coarser node, which withholds as few as it can, withholds no more. */
static bool falls_downwards(privacy_tab_model_kind kind)
{
    return kind == PRIVACY_TAB_K || kind == PRIVACY_TAB_K_MAP || kind == PRIVACY_TAB_DISTINCT_L ||
           kind == PRIVACY_TAB_AVERAGE_RISK || kind == PRIVACY_TAB_SAMPLE_UNIQUE;
}

int tab_models_init(tab_engine *engine, lethe_error *error)
{
    const privacy_tab_limits *limits = &engine->limits;
    const bool people = engine->frame.tab->person != NULL;
    engine->closed = true;
    engine->falls = !people;
    engine->only_k = !people;
    engine->k = 1;
    for (uint32_t m = 0; m < limits->model_count; m++) {
        const privacy_tab_model *model = &limits->models[m];
        if (!model_fits(engine, model)) {
            base_fail(error, LETHE_E_PRIVACY_OPTION);
            base_error_path(error, "models");
            return LETHE_E_PRIVACY_OPTION;
        }
        const bool diverse = model->kind >= PRIVACY_TAB_DISTINCT_L && model->kind <= PRIVACY_TAB_RECURSIVE_CL;
        if ((model->kind == PRIVACY_TAB_K || (diverse && !people)) && model->k > engine->k)
            engine->k = model->k;
        engine->only_k = engine->only_k && model->kind == PRIVACY_TAB_K;
        engine->closed = engine->closed && tab_model_survives_joining(model, people);
        engine->falls = engine->falls && falls_downwards(model->kind);
        engine->by_sample = engine->by_sample || model->kind >= PRIVACY_TAB_AVERAGE_RISK;
        if (is_sensitive(model->kind) && engine->whole[model->sensitive].count == NULL)
            BASE_TRY(init_whole(engine, model->sensitive, error));
        if (is_sensitive(model->kind) && !people) {
            BASE_TRY(tab_model_least_sizes(engine, model, error));
        }
    }
    return 0;
}

void tab_models_done(tab_engine *engine)
{
    for (uint32_t s = 0; s < PRIVACY_TAB_SENSITIVE_MAX; s++) {
        free(engine->whole[s].count);
        free(engine->whole[s].need);
        for (uint32_t level = 0; level < PRIVACY_TAB_LEVELS_MAX; level++)
            free(engine->whole[s].tree[level]);
    }
}
