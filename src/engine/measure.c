/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/measure.h"

#include "base/threads.h"
#include "clinical/vocabulary.h"
#include "embed/similarity.h"
#include "engine/columns.h"
#include "engine/losses.h"
#include "engine/text.h"

#include <lethe/lethe.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SIMILARITY_PEOPLE_MIN 20
#define REPORT_BYTES_MAX      ((size_t)64 << 20)
#define CLASS_BUCKETS         6
#define COVERAGE_ROWS         6
#define LIMITS                4
#define GONE_MAX              20
#define MEASURE_TWO_BYTES     ((uint64_t)256 << 20) /* each comparison takes some 50 MB */

/* The model and what it borrows. */
typedef struct measured {
    const engine_release *release;
    report_model model;
    engine_attackers attackers;
    engine_charts charts;
    report_qi qis[RECORD_QI_COUNT];
    char labels[RECORD_QI_COUNT][32];
    report_bucket buckets[CLASS_BUCKETS];
    report_list lists[RECORD_COLUMN_COUNT];
    report_gone gone[GONE_MAX];
    report_group groups[ENGINE_GROUP_LOSSES_MAX];
    report_coverage coverage[COVERAGE_ROWS];
    char key_id[17];
} measured;

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

static const char *level_label(measured *all, record_qi qi, const privacy_hierarchy *hierarchy, uint32_t level)
{
    char *label = all->labels[qi];
    if (qi == RECORD_QI_OBSERVED)
        (void)snprintf(label, sizeof(all->labels[qi]), "as it is, counted");
    else if (level + 1 == hierarchy->level_count)
        (void)snprintf(label, sizeof(all->labels[qi]), "withheld");
    else if (qi == RECORD_QI_PERIOD)
        (void)snprintf(label, sizeof(all->labels[qi]), "%s", level == 0 ? "years" : level == 1 ? "2 years" : "5 years");
    else if (level == 0)
        (void)snprintf(label, sizeof(all->labels[qi]), "as fine as there is");
    else
        (void)snprintf(label, sizeof(all->labels[qi]), "%u groups", hierarchy->group_count[level]);
    return label;
}

static void fill_plan(measured *all)
{
    const privacy_plan *plan = &all->release->cohort->plan;
    report_model *model = &all->model;
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        const privacy_hierarchy *hierarchy = &all->release->composer->hierarchies->qi[qi];
        all->qis[qi] = (report_qi){
            .name = privacy_qi_name((record_qi)qi),
            .level = plan->node.level[qi],
            .level_count = hierarchy->level_count,
            .level_label = level_label(all, (record_qi)qi, hierarchy, plan->node.level[qi]),
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
static int fill_other_level(measured *all, lethe_error *error)
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

static void fill_classes(measured *all)
{
    static const uint64_t bounds[CLASS_BUCKETS + 1] = {1, 10, 20, 50, 100, 500, UINT64_MAX};
    const engine_classes *classes = all->release->classes;
    report_model *model = &all->model;
    for (int i = 0; i < CLASS_BUCKETS; i++) {
        all->buckets[i].low = i == 0 ? all->release->k : bounds[i];
        all->buckets[i].high = bounds[i + 1] == UINT64_MAX ? UINT64_MAX : bounds[i + 1] - 1;
    }
    model->class_size_min = classes->count != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < classes->count; i++) {
        const uint32_t people = classes->classes[i].people;
        int bucket = 0;
        while (people > all->buckets[bucket].high)
            bucket++;
        all->buckets[bucket].count++;
        if (people < model->class_size_min)
            model->class_size_min = people;
    }
    size_t first = 0; /* buckets below k hold nothing */
    while (first + 1 < CLASS_BUCKETS && all->buckets[first].high < all->release->k)
        first++;
    all->buckets[first].low = all->release->k;
    model->class_sizes = all->buckets + first;
    model->class_size_count = CLASS_BUCKETS - first;
    model->class_count = classes->count;
}

static void fill_lists(measured *all)
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
static void fill_gone(measured *all)
{
    record_item items[GONE_MAX];
    const uint32_t people_min = engine_people_floor(all->release->k);
    const size_t count = engine_list_gone(all->release->cohort, people_min, GONE_MAX, items);
    if (count > 1)
        qsort(items, count, sizeof(items[0]), by_item);
    for (size_t i = 0; i < count; i++)
        all->gone[i] = (report_gone){engine_column_name(clinical_item_column(items[i])), clinical_item_name(items[i])};
    all->model.gone = all->gone;
    all->model.gone_count = count;
    all->model.people_floor = people_min;
}

/* Few withheld people are not spoken of. The released can be counted by anyone, unless the plan hides the group. */
static bool may_be_said(const measured *all, const engine_group_losses *group, uint32_t people_min)
{
    const engine_cohort *cohort = all->release->cohort;
    const bool hidden = cohort->plan.node.level[group->qi] + 1u == cohort->hierarchies->qi[group->qi].level_count;
    return group->people_with_withheld >= people_min && (!hidden || group->people_with_released >= people_min);
}

static void fill_groups(measured *all)
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

static double share(uint64_t part, uint64_t whole)
{
    return whole != 0 ? (double)part / (double)whole : NAN;
}

static void fill_coverage(measured *all, const clinical_coverage *coverage)
{
    static const struct {
        const char *name;
        clinical_domain domain;
    } rows[COVERAGE_ROWS] = {
        {"Condition", CLINICAL_HISTORY},          {"MedicationRequest", CLINICAL_MEDICATION},
        {"AllergyIntolerance", CLINICAL_ALLERGY}, {"Procedure", CLINICAL_PROCEDURE},
        {"Immunization", CLINICAL_IMMUNIZATION},  {"Observation", CLINICAL_FLAG},
    };
    for (int i = 0; i < COVERAGE_ROWS; i++) {
        const clinical_coverage_count *count = &coverage->domains[rows[i].domain];
        all->coverage[i] = (report_coverage){rows[i].name, report_rate_of(count->covered, count->occurrences),
                                             report_rate_of(count->codes_covered, count->codes)};
    }
    all->model.coverage = all->coverage;
    all->model.coverage_count = COVERAGE_ROWS;
}

static int fill_identity(measured *all, lethe_error *error)
{
    const engine_release *release = all->release;
    report_model *model = &all->model;
    uint8_t key[32];
    BASE_TRY(crypt_keyring_public(release->ring, key, error));
    BASE_TRY(engine_key_id(key, all->key_id, error));
    *model = (report_model){
        .dataset_name = release->dataset_name,
        .audience = release->audience,
        .created_at = release->created_at,
        .created_at_from = release->created_at_from,
        .level = release->level,
        .snapshots = release->snapshots,
        .k = release->k,
        .attacker_visits = release->attacker_visits,
        .attacker_items = release->attacker_items,
        .horizon_months = release->horizon_months,
        .statement = release->statement,
        .schema_version = ENGINE_SCHEMA_VERSION,
        .anonymization_version = lethe_version(),
        .vocabulary_version = clinical_vocabulary_version(),
        .embedding_model = embed_model_id(release->model),
        .key_id = all->key_id,
        .suppression_limit = release->suppression_limit,
        .control_meaning = "naming somebody at random, knowing nothing",
    };
    return 0;
}

static void fill_sizes(measured *all)
{
    const engine_apply *apply = all->release->apply;
    report_model *model = &all->model;
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        model->splits[split] = (report_size){apply->split_people[split], apply->split_rows[split]};
        model->released.people += apply->split_people[split];
        model->released.visits += apply->split_rows[split];
    }
    model->outcomes_observed = share(apply->observed_rows, model->released.visits);
    model->prediction_ready = share(apply->ready_rows, model->released.visits);
}

static void fill_words(measured *all)
{
    static const report_check checks[] = {
        {"Only values of closed vocabularies are released; no string of the input is", true},
        {"Pseudonyms are HMAC-SHA-256 under a secret key, 130 bits", true},
        {"Every vector is a function of its released row", true},
        {"Classes, sequences of visits and sets of list items were counted after the last change", true},
    };
    static const char *const limits[LIMITS] = {
        ("Not checked against earlier releases of this pseudonym epoch: give one audience one release."),
        ("The people in a class may share a sensitive value: k says that a person cannot be told apart, not what "
         "is true of all who look alike."),
        ("The pseudonym joins a person's visits; who knows more of them than the guarantee names finds people "
         "more often."),
        ("An item that is absent from a list is none or withheld; only outcomes are whole or absent for everyone."),
    };
    all->model.checks = checks;
    all->model.check_count = sizeof(checks) / sizeof(checks[0]);
    all->model.limits = limits;
    all->model.limit_count = LIMITS;
}

/* What takes time, done side by side where there is room: three comparisons of likeness, then the rest. */
enum { BEFORE_GATE, RAW_CODES, RAW_CEILING, COMPARISONS, OTHER_LEVEL = COMPARISONS, ATTACKERS, CHARTS, MEASURES };

typedef struct measuring {
    measured *all;
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

static int measure_all(measured *all, lethe_error *error)
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

static int fill_model(measured *all, const clinical_coverage *coverage, lethe_run_result *result, lethe_error *error)
{
    report_model *model = &all->model;
    BASE_TRY(fill_identity(all, error));
    fill_sizes(all);
    fill_plan(all);
    fill_classes(all);
    fill_groups(all);
    fill_lists(all);
    fill_gone(all);
    fill_coverage(all, coverage);
    fill_words(all);
    BASE_TRY(measure_all(all, error));
    model->attackers = all->attackers.rows;
    model->attacker_count = all->attackers.count;
    model->distributions = all->charts.charts;
    model->distribution_count = all->charts.count;
    model->grids = &all->charts.grid;
    model->grid_count = all->charts.grid.row_count != 0;
    if (model->before_gate.measured)
        result->similarity_spearman = model->before_gate.spearman;
    return 0;
}

static int write_report(const measured *all, const char *name,
                        int (*write)(const report_model *, base_buf *, lethe_error *), lethe_error *error)
{
    base_buf out;
    base_buf_init(&out, REPORT_BYTES_MAX);
    int status = write(&all->model, &out, error);
    if (status == 0)
        status = engine_files_write(all->release->files, all->release->folder, name, base_buf_view(&out), error);
    base_buf_done(&out);
    return status;
}

int engine_measure(const engine_release *release, const clinical_coverage *coverage, lethe_run_result *result,
                   lethe_error *error)
{
    measured *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    all->release = release;
    int status = fill_model(all, coverage, result, error);
    if (status == 0)
        status = write_report(all, "report.json", report_write_json, error);
    if (status == 0)
        status = write_report(all, "report.html", report_write_html, error);
    free(all);
    return status;
}
