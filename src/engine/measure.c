/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/measure_internal.h"

#include "base/threads.h"
#include "clinical/vocabulary.h"
#include "embed/similarity.h"
#include "engine/ceiling.h"
#include "engine/frontier.h"
#include "engine/columns.h"
#include "engine/losses.h"
#include "engine/text.h"

#include <lethe/lethe.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SIMILARITY_PEOPLE_MIN 20
#define MEASURE_TWO_BYTES     ((uint64_t)256 << 20) /* each comparison takes some 50 MB */

static report_agreement said(const embed_agreement *from)
{
    report_agreement to = {
        .measured = true,
        .pairs = from->pairs,
        .queries = from->queries,
        .spearman = from->spearman,
        .overlap_10 = from->overlap_10,
        .overlap_100 = from->overlap_100,
        .control_spearman = from->control_spearman,
        .control_overlap_10 = from->control_overlap_10,
        .control_overlap_100 = from->control_overlap_100,
    };
    for (int i = 0; i < REPORT_STRATA; i++)
        to.strata[i] = (report_stratum){from->strata[i].pairs, from->strata[i].spearman};
    return to;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Raw codes as small numbers: their hashes' ranks. Sets stay sorted. */
static int number_codes(const engine_sample *sample, uint32_t *codes, uint32_t *ret_count, lethe_error *error)
{
    const size_t total = sample->codes.size / sizeof(uint32_t);
    uint32_t *distinct = malloc(sample->codes.size + sizeof(uint32_t));
    size_t count = 0;
    if (distinct == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (total != 0) {
        memcpy(distinct, sample->codes.data, sample->codes.size);
        memcpy(codes, sample->codes.data, sample->codes.size);
    }
    qsort(distinct, total, sizeof(*distinct), by_number);
    for (size_t i = 0; i < total; i++)
        if (count == 0 || distinct[count - 1] != distinct[i])
            distinct[count++] = distinct[i];
    for (size_t i = 0; i < total; i++) {
        const uint32_t *found = bsearch(&codes[i], distinct, count, sizeof(*distinct), by_number);
        codes[i] = (uint32_t)(found - distinct);
    }
    free(distinct);
    *ret_count = (uint32_t)count;
    return 0;
}

/* Copies of the vectors with their medical block alone: what code sets can be compared with. */
static int keep_medical(const float *vectors, size_t count, float **ret_medical, lethe_error *error)
{
    float *medical = malloc((count * EMBED_DIMENSIONS + 1) * sizeof(*medical));
    if (medical == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++)
        status = embed_reweight(vectors + i * EMBED_DIMENSIONS, 1, 0, 0, medical + i * EMBED_DIMENSIONS, error);
    if (status == 0)
        *ret_medical = medical;
    else
        free(medical);
    return status;
}

static void fill_plan(engine_measured *all)
{
    const privacy_plan *plan = &all->release->cohort->plan;
    report_model *model = &all->model;
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        const privacy_hierarchy *hierarchy = &all->release->composer->hierarchies->qi[qi];
        all->qis[qi] = (report_qi){
            .name = privacy_qi_name((record_qi)qi),
            .level = plan->node.level[qi],
            .level_count = hierarchy->level_count,
            .level_label = engine_measured_level(all, (record_qi)qi, hierarchy, plan->node.level[qi]),
            .kept = 1 - plan->column_loss[qi],
        };
    }
    model->qis = all->qis;
    model->qi_count = RECORD_QI_COUNT;
    model->information_kept = 1 - plan->loss;
    model->visits_withheld = report_rate_of(plan->rows_gone, plan->rows);
    model->people_withheld = report_rate_of(plan->people_gone, plan->people);
}

/* What the other level's attacker would have left, by the same search; not a number where no plan is found. */
static int fill_other_level(engine_measured *all, lethe_error *error)
{
    const engine_settings *settings = all->release->settings;
    engine_cohort *cohort = all->release->cohort;
    privacy_decide_options options;
    privacy_plan plan = {0};
    engine_decide_options(settings, settings->internal ? 2 : 1, &options);
    options.progress = all->release->progress;
    options.progress_context = all->release->progress_context;
    all->model.other_level = settings->internal ? "standard" : "internal";
    all->model.other_level_kept = NAN;
    const int status = privacy_decide(&cohort->signatures, cohort->hierarchies, &options, &plan, NULL, error);
    if (status == 0)
        all->model.other_level_kept = 1 - plan.loss;
    privacy_plan_done(&plan);
    const bool none =
        status == LETHE_E_PRIVACY_NO_PLAN || status == LETHE_E_PRIVACY_TOO_FEW || status == LETHE_E_PRIVACY_LATE;
    return none ? 0 : status;
}

static void fill_lists(engine_measured *all)
{
    engine_list_losses columns[RECORD_COLUMN_COUNT];
    uint64_t items = 0, items_released = 0;
    engine_count_lists(all->release->cohort, columns);
    for (int i = 0; i < RECORD_COLUMN_COUNT; i++) {
        const engine_list_losses *column = &columns[i];
        all->lists[i] = (report_list){
            .name = engine_column_name((record_column)i),
            .kept = report_rate_of(column->items_released, column->items),
            .distinct = column->values_released,
            .distinct_dropped = report_rate_of(column->values - column->values_released, column->values),
        };
        items += column->items;
        items_released += column->items_released;
    }
    all->model.lists = all->lists;
    all->model.list_count = RECORD_COLUMN_COUNT;
    all->model.items_kept = report_rate_of(items_released, items);
}

static int by_item(const void *a, const void *b)
{
    const record_item x = *(const record_item *)a, y = *(const record_item *)b;
    return x < y ? -1 : x > y;
}

/* Names of what is gone, where their absence tells nothing about few people; in the vocabulary's order. */
static void fill_gone(engine_measured *all)
{
    record_item items[MEASURED_GONE_MAX];
    const uint32_t people_min = engine_people_floor(all->release->k);
    const size_t count = engine_list_gone(all->release->cohort, people_min, MEASURED_GONE_MAX, items);
    if (count > 1)
        qsort(items, count, sizeof(items[0]), by_item);
    for (size_t i = 0; i < count; i++)
        all->gone[i] = (report_gone){engine_column_name(clinical_item_column(items[i])), clinical_item_name(items[i])};
    all->model.gone = all->gone;
    all->model.gone_count = count;
    all->model.people_floor = people_min;
}

/* Few withheld people are not spoken of. The released can be counted by anyone, unless the plan hides the group. */
static bool may_be_said(const engine_measured *all, const engine_group_losses *group, uint32_t people_min)
{
    const engine_cohort *cohort = all->release->cohort;
    const bool hidden = cohort->plan.node.level[group->qi] + 1u == cohort->hierarchies->qi[group->qi].level_count;
    return group->people_with_withheld >= people_min && (!hidden || group->people_with_released >= people_min);
}

static void fill_groups(engine_measured *all)
{
    engine_group_losses groups[ENGINE_GROUP_LOSSES_MAX];
    const uint32_t people_min = engine_people_floor(all->release->k);
    const size_t count = engine_count_groups(all->release->cohort, groups);
    for (size_t i = 0; i < count; i++)
        all->groups[i] = (report_group){
            .qi = privacy_qi_name(groups[i].qi),
            .group = groups[i].group,
            .withheld = may_be_said(all, &groups[i], people_min)
                            ? report_rate_of(groups[i].visits_withheld, groups[i].visits)
                            : NAN,
        };
    all->model.groups = all->groups;
    all->model.group_count = count;
}

static void fill_coverage(engine_measured *all, const clinical_coverage *coverage)
{
    static const struct {
        const char *name;
        clinical_domain domain;
    } rows[MEASURED_COVERAGE] = {
        {"Condition", CLINICAL_HISTORY},          {"MedicationRequest", CLINICAL_MEDICATION},
        {"AllergyIntolerance", CLINICAL_ALLERGY}, {"Procedure", CLINICAL_PROCEDURE},
        {"Immunization", CLINICAL_IMMUNIZATION},  {"Observation", CLINICAL_FLAG},
    };
    for (int i = 0; i < MEASURED_COVERAGE; i++) {
        const clinical_coverage_count *count = &coverage->domains[rows[i].domain];
        all->coverage[i] = (report_coverage){rows[i].name, report_rate_of(count->covered, count->occurrences),
                                             report_rate_of(count->codes_covered, count->codes)};
    }
    all->model.coverage = all->coverage;
    all->model.coverage_count = MEASURED_COVERAGE;
}

/* What takes time, done side by side where there is room: three comparisons of likeness, then the rest. */
enum { BEFORE_GATE, RAW_CODES, RAW_CEILING, COMPARISONS, OTHER_LEVEL = COMPARISONS, ATTACKERS, CHARTS, MEASURES };

typedef struct measuring {
    engine_measured *all;
    embed_measure raw;
    embed_agreement agreements[COMPARISONS];
} measuring;

static int compare(measuring *m, size_t which, lethe_error *error)
{
    const engine_sample *sample = &m->all->release->apply->sample;
    const embed_measure released = {.vectors = sample->released}, before = {.vectors = sample->before};
    embed_comparison comparison = {
        .count = sample->count, .released = released, .reference = before, .raw = &m->raw, .seed = 1};
    float *medical = NULL;
    if (sample->count < SIMILARITY_PEOPLE_MIN)
        return 0;
    if (which != BEFORE_GATE) {
        const float *vectors = which == RAW_CODES ? sample->released : sample->before;
        BASE_TRY(keep_medical(vectors, sample->count, &medical, error));
        comparison.released.vectors = medical;
        comparison.reference = m->raw;
    }
    const int status = embed_compare(&comparison, &m->agreements[which], error);
    free(medical);
    return status;
}

static int measure_one(void *context, size_t which, size_t worker, lethe_error *error)
{
    measuring *m = context;
    (void)worker;
    switch (which) {
    case OTHER_LEVEL:
        return fill_other_level(m->all, error);
    case ATTACKERS:
        return engine_measure_attackers(m->all->release, &m->all->attackers, error);
    case CHARTS:
        return engine_measure_charts(m->all->release, &m->all->charts, error);
    default:
        return compare(m, which, error);
    }
}

static int measure_all(engine_measured *all, lethe_error *error)
{
    const engine_settings *settings = all->release->settings;
    const engine_sample *sample = &all->release->apply->sample;
    const bool roomy = settings->threads > 1 && settings->memory_bytes >= MEASURE_TWO_BYTES;
    uint32_t *codes = malloc(sample->codes.size + sizeof(uint32_t));
    measuring m = {.all = all, .raw = {.codes = codes, .starts = sample->starts}};
    if (codes == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = number_codes(sample, codes, &m.raw.code_count, error);
    if (status == 0)
        status = base_parallel(roomy ? 2 : 1, MEASURES, measure_one, &m, error);
    free(codes);
    if (status == 0 && sample->count >= SIMILARITY_PEOPLE_MIN) {
        all->model.before_gate = said(&m.agreements[BEFORE_GATE]);
        all->model.raw_codes = said(&m.agreements[RAW_CODES]);
        all->model.raw_ceiling = said(&m.agreements[RAW_CEILING]);
    }
    return status;
}

static void fill_hits(const report_ceiling *ceiling, lethe_run_result *result)
{
    const size_t level = ceiling->kept.spans[0][REPORT_HIT].value >= 0 ? 0 : 1; /* conditions, where there are some */
    result->raw_hit = ceiling->kept.spans[level][REPORT_HIT].value;
    result->released_hit = ceiling->released.spans[level][REPORT_HIT].value;
}

static int fill_model(engine_measured *all, const clinical_coverage *coverage, lethe_run_result *result,
                      lethe_error *error)
{
    report_model *model = &all->model;
    BASE_TRY(engine_measured_identity(all, error));
    engine_measured_sizes(all);
    fill_plan(all);
    engine_measured_classes(all);
    fill_groups(all);
    fill_lists(all);
    fill_gone(all);
    fill_coverage(all, coverage);
    engine_measured_words(all);
    BASE_TRY(measure_all(all, error));
    engine_measured_found(all);
    if (all->release->settings->frontier)
        BASE_TRY(engine_frontier_measure(all->release, &model->frontier, error));
    if (all->release->settings->raw_ceiling)
        BASE_TRY(engine_ceiling_measure(all->release, &model->ceiling, error));
    if (model->ceiling.measured)
        fill_hits(&model->ceiling, result);
    if (model->before_gate.measured)
        result->similarity_spearman = model->before_gate.spearman;
    return 0;
}

int engine_measure(const engine_release *release, const clinical_coverage *coverage, lethe_run_result *result,
                   lethe_error *error)
{
    engine_measured *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    all->release = release;
    int status = fill_model(all, coverage, result, error);
    if (status == 0)
        status = engine_measured_write(all, error);
    free(all);
    return status;
}
