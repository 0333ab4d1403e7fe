/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/measure.h"

#include "clinical/released.h"
#include "clinical/vocabulary.h"

#include <stdlib.h>

#define TOP_ITEMS 20

/* Rows by released group of each QI, by encounter class, and by region and density together. */
typedef struct tally {
    uint64_t groups[RECORD_QI_COUNT][PRIVACY_LEAVES_MAX];
    uint64_t classes[RECORD_CLASS_COUNT];
    uint64_t places[PRIVACY_LEAVES_MAX][PRIVACY_LEAVES_MAX]; /* region, density */
} tally;

static int count_part(const engine_visit *visit, const engine_released_person *people, size_t count, lethe_error *error)
{
    tally *mine = &((tally *)visit->context)[visit->worker];
    (void)error;
    for (size_t i = 0; i < count; i++)
        for (size_t row = 0; row < people[i].row_count; row++) {
            const uint8_t *group = people[i].groups[row].group;
            for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
                mine->groups[qi][group[qi]]++;
            mine->classes[people[i].person->rows[people[i].rows[row]].row.encounter_class]++;
            mine->places[group[RECORD_QI_REGION]][group[RECORD_QI_DENSITY]]++;
        }
    return 0;
}

static void add_tally(tally *into, const tally *from)
{
    const uint64_t *source = (const uint64_t *)from;
    uint64_t *target = (uint64_t *)into;
    for (size_t i = 0; i < sizeof(tally) / sizeof(uint64_t); i++)
        target[i] += source[i];
}

static report_distribution *new_chart(engine_charts *charts, const char *id, const char *title, const char *unit,
                                      uint64_t total, bool ordered)
{
    report_distribution *chart = &charts->charts[charts->count];
    *chart = (report_distribution){.id = id, .title = title, .unit = unit, .total = total, .ordered = ordered};
    chart->entries = charts->entries[charts->count++];
    return chart;
}

static void add_entry(engine_charts *charts, report_distribution *chart, const char *name, uint64_t count)
{
    if (count != 0 && chart->entry_count < ENGINE_ENTRIES_MAX)
        charts->entries[chart - charts->charts][chart->entry_count++] = (report_entry){name, count};
}

static void chart_qi(engine_charts *charts, const engine_release *release, const tally *counts, record_qi qi,
                     const char *title, bool ordered, uint64_t rows)
{
    const engine_composer *composer = release->composer;
    const uint32_t level = composer->node.level[qi];
    report_distribution *chart = new_chart(charts, privacy_qi_name(qi), title, "visits", rows, ordered);
    for (uint32_t group = 0; group < composer->hierarchies->qi[qi].group_count[level]; group++)
        add_entry(charts, chart, privacy_group_name(composer->hierarchies, qi, level, group),
                  counts->groups[qi][group]);
}

typedef struct supported {
    record_item item;
    uint32_t people;
} supported;

static int by_people(const void *left, const void *right)
{
    const supported *a = left, *b = right;
    if (a->people != b->people)
        return a->people > b->people ? -1 : 1;
    return (int)a->item - (int)b->item;
}

/* The items of a column that most people have. */
static int chart_items(engine_charts *charts, const engine_release *release, record_column column, const char *title,
                       uint64_t people, lethe_error *error)
{
    const uint32_t count = clinical_item_count();
    supported *items = calloc(count, sizeof(*items));
    size_t found = 0;
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t item = 0; item < count; item++)
        if (clinical_item_column((record_item)item) == column)
            items[found++] =
                (supported){(record_item)item, engine_release_people(release, (record_item)item, (record_item)item)};
    qsort(items, found, sizeof(*items), by_people);
    report_distribution *chart = new_chart(charts, clinical_column_name(column), title, "people", people, false);
    for (size_t i = 0; i < found && i < TOP_ITEMS; i++)
        add_entry(charts, chart, clinical_item_name(items[i].item), items[i].people);
    free(items);
    return 0;
}

static void make_grid(engine_charts *charts, const engine_release *release, const tally *counts)
{
    const privacy_hierarchies *h = release->composer->hierarchies;
    const uint32_t region = release->composer->node.level[RECORD_QI_REGION];
    const uint32_t density = release->composer->node.level[RECORD_QI_DENSITY];
    const uint32_t rows = h->qi[RECORD_QI_REGION].group_count[region];
    const uint32_t columns = h->qi[RECORD_QI_DENSITY].group_count[density];
    if (rows > 8 || columns > 8)
        return;
    for (uint32_t r = 0; r < rows; r++) {
        charts->row_names[r] = privacy_group_name(h, RECORD_QI_REGION, region, r);
        for (uint32_t c = 0; c < columns; c++)
            charts->cells[r * columns + c] = counts->places[r][c];
    }
    for (uint32_t c = 0; c < columns; c++)
        charts->column_names[c] = privacy_group_name(h, RECORD_QI_DENSITY, density, c);
    charts->grid = (report_grid){
        "location_category", "Region and density", "visits", charts->row_names, charts->column_names, rows, columns,
        charts->cells,
    };
}

static int make_charts(const engine_release *release, const tally *counts, engine_charts *charts, lethe_error *error)
{
    uint64_t rows = 0, people = 0;
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        rows += release->apply->split_rows[split];
        people += release->apply->split_people[split];
    }
    chart_qi(charts, release, counts, RECORD_QI_AGE, "Age", true, rows);
    chart_qi(charts, release, counts, RECORD_QI_SEX, "Sex", false, rows);
    chart_qi(charts, release, counts, RECORD_QI_PREGNANCY, "Pregnancy", false, rows);
    chart_qi(charts, release, counts, RECORD_QI_SEASON, "Season", true, rows);
    chart_qi(charts, release, counts, RECORD_QI_EXPOSURE, "Exposure", false, rows);
    report_distribution *classes = new_chart(charts, "encounter_class", "Kind of visit", "visits", rows, false);
    for (unsigned i = 0; i < RECORD_CLASS_COUNT; i++)
        add_entry(charts, classes, clinical_encounter_class_name(i), counts->classes[i]);
    BASE_TRY(chart_items(charts, release, RECORD_HISTORY_CONCEPTS, "Most frequent history", people, error));
    BASE_TRY(chart_items(charts, release, RECORD_MEDICATION_CONCEPTS, "Most frequent medications", people, error));
    BASE_TRY(chart_items(charts, release, RECORD_VITAL_FLAGS, "Most frequent flags", people, error));
    BASE_TRY(chart_items(charts, release, RECORD_RISK_FACTORS, "Most frequent risk factors", people, error));
    BASE_TRY(chart_items(charts, release, RECORD_OUTCOMES, "Most frequent outcomes", people, error));
    make_grid(charts, release, counts);
    return 0;
}

int engine_measure_charts(const engine_release *release, engine_charts *ret_charts, lethe_error *error)
{
    const size_t threads = release->cohort->threads;
    tally *tallies = calloc(threads, sizeof(*tallies));
    if (tallies == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = engine_cohort_walk(release->cohort, count_part, tallies, error);
    for (size_t i = 1; status == 0 && i < threads; i++)
        add_tally(&tallies[0], &tallies[i]);
    if (status == 0)
        status = make_charts(release, &tallies[0], ret_charts, error);
    free(tallies);
    return status;
}
