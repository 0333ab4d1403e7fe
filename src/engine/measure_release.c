/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/vocabulary.h"
#include "engine/columns.h"
#include "engine/measure_internal.h"
#include "engine/text.h"

#include <lethe/lethe.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What a report says of the released rows alone; and a whole report of a release whose input nobody has any more. */
#define REPORT_BYTES_MAX ((size_t)64 << 20)

const char *engine_measured_level(engine_measured *all, record_qi qi, const privacy_hierarchy *hierarchy,
                                  uint32_t level)
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

void engine_measured_classes(engine_measured *all)
{
    static const uint64_t bounds[MEASURED_CLASS_BUCKETS + 1] = {1, 10, 20, 50, 100, 500, UINT64_MAX};
    const engine_classes *classes = all->release->classes;
    report_model *model = &all->model;
    for (int i = 0; i < MEASURED_CLASS_BUCKETS; i++) {
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
    while (first + 1 < MEASURED_CLASS_BUCKETS && all->buckets[first].high < all->release->k)
        first++;
    all->buckets[first].low = all->release->k;
    model->class_sizes = all->buckets + first;
    model->class_size_count = MEASURED_CLASS_BUCKETS - first;
    model->class_count = classes->count;
}

int engine_measured_identity(engine_measured *all, lethe_error *error)
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

static double share(uint64_t part, uint64_t whole)
{
    return whole != 0 ? (double)part / (double)whole : NAN;
}

void engine_measured_sizes(engine_measured *all)
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

void engine_measured_words(engine_measured *all)
{
    static const report_check checks[] = {
        {"Only values of closed vocabularies are released; no string of the input is", true},
        {"Pseudonyms are HMAC-SHA-256 under a secret key, 130 bits", true},
        {"Every vector is a function of its released row", true},
        {"Classes, sequences of visits and sets of list items were counted after the last change", true},
    };
    static const char *const external[] = {
        ("Not checked against earlier releases of this pseudonym epoch: whoever has another release of these people "
         "can "
         "join the two by pseudonym."),
        ("Sensitive items are bounded in each class; what is not called sensitive may be common to all who look "
         "alike."),
        ("An item that is absent from a list is none or withheld; only outcomes are whole or absent for everyone."),
    };
    static const char *const limits[] = {
        ("Not checked against earlier releases of this pseudonym epoch: give one audience one release."),
        ("The people in a class may share a sensitive value: k says that a person cannot be told apart, not what "
         "is true of all who look alike."),
        ("The pseudonym joins a person's visits; who knows more of them than the guarantee names finds people "
         "more often."),
        ("An item that is absent from a list is none or withheld; only outcomes are whole or absent for everyone."),
    };
    all->model.checks = checks;
    all->model.check_count = sizeof(checks) / sizeof(checks[0]);
    const bool published = all->release->beta != 0;
    all->model.limits = published ? external : limits;
    all->model.limit_count = published ? sizeof(external) / sizeof(external[0]) : sizeof(limits) / sizeof(limits[0]);
}

void engine_measured_found(engine_measured *all)
{
    report_model *model = &all->model;
    model->attackers = all->attackers.rows;
    model->attacker_count = all->attackers.count;
    model->distributions = all->charts.charts;
    model->distribution_count = all->charts.count;
    model->grids = &all->charts.grid;
    model->grid_count = all->charts.grid.row_count != 0;
}

static int write_report(const engine_measured *all, const char *name,
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

int engine_measured_write(const engine_measured *all, lethe_error *error)
{
    BASE_TRY(write_report(all, "report.json", report_write_json, error));
    return write_report(all, "report.html", report_write_html, error);
}

/* Levels are in plan.json, and which values are left anyone can see; what was kept of the input nobody knows now. */
static void fill_rest(engine_measured *all)
{
    const engine_release *release = all->release;
    report_model *model = &all->model;
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        const privacy_hierarchy *hierarchy = &release->composer->hierarchies->qi[qi];
        const uint32_t level = release->composer->node.level[qi];
        all->qis[qi] = (report_qi){.name = privacy_qi_name((record_qi)qi),
                                   .level = level,
                                   .level_count = hierarchy->level_count,
                                   .level_label = engine_measured_level(all, (record_qi)qi, hierarchy, level),
                                   .kept = NAN};
    }
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++)
        all->lists[column] =
            (report_list){.name = engine_column_name((record_column)column), .kept = NAN, .distinct_dropped = NAN};
    for (uint32_t item = 0; item < clinical_item_count(); item++)
        if (engine_release_people(release, (record_item)item, (record_item)item) != 0)
            all->lists[clinical_item_column((record_item)item)].distinct++;
    model->qis = all->qis;
    model->qi_count = RECORD_QI_COUNT;
    model->lists = all->lists;
    model->list_count = RECORD_COLUMN_COUNT;
    model->visits_withheld = model->people_withheld = model->information_kept = NAN;
    model->items_kept = model->other_level_kept = model->suppression_limit = NAN;
    model->people_floor = engine_people_floor(release->k);
    model->erased = true;
}

static int measure_again(engine_measured *all, lethe_error *error)
{
    BASE_TRY(engine_measured_identity(all, error));
    engine_measured_sizes(all);
    engine_measured_classes(all);
    engine_measured_words(all);
    fill_rest(all);
    BASE_TRY(engine_measure_attackers(all->release, &all->attackers, error));
    BASE_TRY(engine_measure_charts(all->release, &all->charts, error));
    engine_measured_found(all);
    return engine_measured_write(all, error);
}

int engine_measure_again(const engine_release *release, lethe_error *error)
{
    engine_measured *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    all->release = release;
    const int status = measure_again(all, error);
    free(all);
    return status;
}
