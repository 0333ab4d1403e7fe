/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/frontier.h"

#include "embed/similarity.h"
#include "engine/measure.h"
#include "privacy/attack.h"

#include <math.h>
#include <stdlib.h>

#define PAIRS_MAX  250000 /* of six comparisons: a quarter of the report's own */
#define PEOPLE_MIN 20     /* fewer are not compared */

/* One guarantee, and the people under it: a cohort of its own over the same rows and signatures. */
typedef struct guarantee {
    engine_release release; /* as if it were released */
    engine_cohort cohort;
    engine_apply apply;
    engine_classes classes;
    engine_attackers attackers;
    size_t people;            /* compared at most */
    float *released, *before; /* people × 768, zeroes where somebody is withheld */
} guarantee;

static int decide(guarantee *g, const engine_settings *settings, lethe_error *error)
{
    const engine_release *release = &g->release;
    const engine_list_rule lists = {release->k, release->attacker_items, false};
    const engine_list_rule risks = {release->k, release->attacker_items, true};
    privacy_decide_options options;
    engine_decide_options(settings, release->attacker_visits, &options);
    options.k = release->k;
    options.progress = release->progress;
    options.progress_context = release->progress_context;
    BASE_TRY(engine_cohort_decide(&g->cohort, &options, NULL, error));
    BASE_TRY(engine_pool_decide(&g->cohort, &lists, engine_pool_rows, NULL, &g->cohort.lists, error));
    g->apply.composer.node = g->cohort.plan.node;
    return engine_pool_decide(&g->cohort, &risks, engine_pool_with_risks, &g->apply.composer, &g->cohort.risks, error);
}

/* The latest released visit of each person, and the same before the gate; each person writes its own place. */
static int encode_part(const engine_visit *visit, const engine_released_person *people, size_t count,
                       lethe_error *error)
{
    guarantee *g = visit->context;
    for (size_t i = 0; i < count && people[i].number < g->people; i++) {
        const engine_released_person *person = &people[i];
        const size_t at = person->number * EMBED_DIMENSIONS, last = person->row_count - 1;
        record_released row;
        if (person->row_count == 0)
            continue;
        BASE_TRY(engine_apply_row(&g->apply, person, last, visit->arena, &row, error));
        BASE_TRY(embed_encode(g->apply.model, &row, g->released + at, error));
        BASE_TRY(engine_apply_leaves(&g->apply, &person->person->rows[person->rows[last]].row, visit->arena, &row,
                                     error));
        BASE_TRY(embed_encode(g->apply.model, &row, g->before + at, error));
    }
    return 0;
}

/* Closes up over who is withheld. */
static size_t close_up(guarantee *g)
{
    const size_t bytes = EMBED_DIMENSIONS * sizeof(float);
    size_t kept = 0;
    for (size_t i = 0; i < g->people; i++) {
        bool some = false;
        for (size_t d = 0; d < EMBED_DIMENSIONS && !some; d++)
            some = g->released[i * EMBED_DIMENSIONS + d] != 0;
        if (!some)
            continue;
        memmove(g->released + kept * EMBED_DIMENSIONS, g->released + i * EMBED_DIMENSIONS, bytes);
        memmove(g->before + kept++ * EMBED_DIMENSIONS, g->before + i * EMBED_DIMENSIONS, bytes);
    }
    return kept;
}

static int compare(guarantee *g, double *ret_spearman, lethe_error *error)
{
    const size_t all = g->cohort.person_count;
    embed_agreement agreement;
    g->people = all < ENGINE_SAMPLE_MAX ? all : ENGINE_SAMPLE_MAX;
    g->released = calloc(g->people * EMBED_DIMENSIONS + 1, sizeof(float));
    g->before = calloc(g->people * EMBED_DIMENSIONS + 1, sizeof(float));
    if (g->released == NULL || g->before == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(engine_cohort_walk(&g->cohort, encode_part, g, error));
    const embed_comparison comparison = {.count = close_up(g),
                                         .released = {.vectors = g->released},
                                         .reference = {.vectors = g->before},
                                         .pairs_max = PAIRS_MAX,
                                         .seed = 1};
    *ret_spearman = NAN;
    if (comparison.count < PEOPLE_MIN)
        return 0;
    BASE_TRY(embed_compare(&comparison, &agreement, error));
    *ret_spearman = agreement.spearman;
    return 0;
}

static double unique_of(const engine_attackers *attackers, uint32_t visits, uint32_t items)
{
    for (size_t i = 0; i < attackers->count; i++)
        if (attackers->rows[i].visits == visits && attackers->rows[i].items == items)
            return attackers->rows[i].trials >= PEOPLE_MIN ? attackers->rows[i].unique : NAN;
    return NAN;
}

static double items_kept(const privacy_list_result *lists)
{
    uint64_t before = 0, after = 0;
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++) {
        before += lists->before[column];
        after += lists->after[column];
    }
    return report_rate_of(after, before);
}

static int measure(guarantee *g, const engine_settings *settings, report_guarantee *row, lethe_error *error)
{
    const privacy_plan *plan = &g->cohort.plan;
    BASE_TRY(decide(g, settings, error));
    row->information_kept = 1 - plan->loss;
    row->visits_withheld = report_rate_of(plan->rows_gone, plan->rows);
    row->items_kept = items_kept(&g->cohort.lists);
    BASE_TRY(compare(g, &row->spearman, error));
    BASE_TRY(engine_classes_count(&g->cohort, &g->classes, error));
    BASE_TRY(engine_measure_attackers(&g->release, &g->attackers, error));
    row->unique_visits = unique_of(&g->attackers, 3, 0);
    row->unique_history = unique_of(&g->attackers, PRIVACY_ATTACK_HISTORY, 0);
    row->unique_items = unique_of(&g->attackers, 1, 2);
    row->found = true;
    return 0;
}

static void set_up(guarantee *g, const engine_release *release, const report_guarantee *row)
{
    g->cohort = *release->cohort; /* rows and signatures are looked at, the rest is its own */
    g->cohort.plan = (privacy_plan){0};
    g->cohort.lists = g->cohort.risks = (privacy_list_result){0};
    g->apply = (engine_apply){
        .cohort = &g->cohort, .composer = {.hierarchies = release->composer->hierarchies}, .model = release->model};
    g->release = *release;
    g->release.cohort = &g->cohort;
    g->release.composer = &g->apply.composer;
    g->release.apply = &g->apply;
    g->release.classes = &g->classes;
    g->release.k = row->k;
    g->release.attacker_visits = row->visits;
    g->release.attacker_items = row->items;
}

static void take_down(guarantee *g)
{
    privacy_plan_done(&g->cohort.plan);
    privacy_list_result_done(&g->cohort.lists);
    privacy_list_result_done(&g->cohort.risks);
    engine_classes_done(&g->classes);
    free(g->released);
    free(g->before);
    free(g);
}

static int measure_row(const engine_release *release, report_guarantee *row, lethe_error *error)
{
    lethe_error trouble = {0};
    guarantee *g = calloc(1, sizeof(*g));
    if (g == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    set_up(g, release, row);
    const int status = measure(g, release->settings, row, &trouble);
    take_down(g);
    if (status == LETHE_E_PRIVACY_NO_PLAN || status == LETHE_E_PRIVACY_TOO_FEW || status == LETHE_E_PRIVACY_LATE)
        return 0;
    if (status != 0 && error != NULL)
        *error = trouble;
    return status;
}

int engine_frontier_measure(const engine_release *release, report_frontier *ret_frontier, lethe_error *error)
{
    static const uint32_t sizes[] = {5, 11, 20};
    static const char *const levels[] = {"internal", "standard"};
    report_frontier *frontier = ret_frontier;
    *frontier = (report_frontier){.wanted = true};
    for (uint32_t known = 1; known <= 2; known++)
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            report_guarantee *row = &frontier->rows[frontier->count++];
            *row = (report_guarantee){.level = levels[known - 1], .k = sizes[i], .visits = known, .items = known};
            row->information_kept = row->visits_withheld = row->items_kept = row->spearman = NAN;
            row->unique_visits = row->unique_history = row->unique_items = NAN;
            row->chosen = row->k == release->k && known == release->attacker_visits && known == release->attacker_items;
            BASE_TRY(measure_row(release, row, error));
        }
    return 0;
}
