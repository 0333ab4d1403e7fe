/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"
#include "learn/judge_internal.h"

#include <stdlib.h>

#define ROUNDS_MAX 100000u

double judge_ratio(const judge_sums *sums, ratio which)
{
    return sums->below[which] > 0 ? sums->above[which] / sums->below[which] : 0;
}

double judge_ece(const judge_bin *bins)
{
    double weight = 0, miss = 0;
    for (size_t i = 0; i < LEARN_BINS; i++) {
        const double gap = bins[i].predicted - bins[i].positive;
        miss += gap < 0 ? -gap : gap;
        weight += bins[i].weight;
    }
    return weight > 0 ? miss / weight : 0;
}

static int check(const learn_judged *judged, lethe_error *error)
{
    const size_t cells = judged->count * judged->data->outcome_count;
    if (judged->level.count > LEARN_OUTCOMES_MAX || judged->rounds > ROUNDS_MAX || judged->threads > BASE_THREADS_MAX)
        return base_fail(error, LETHE_E_LEARN_OPTION);
    for (uint32_t o = 0; o < judged->data->outcome_count; o++)
        if (judged->level.map[o] != LEARN_NONE && judged->level.map[o] >= judged->level.count)
            return base_fail(error, LETHE_E_LEARN_OPTION);
    for (size_t i = 0; i < cells; i++)
        if (!(judged->probabilities[i] >= 0 && judged->probabilities[i] <= 1) ||
            !(judged->baseline[i] >= 0 && judged->baseline[i] <= 1) ||
            (judged->confidences != NULL && !(judged->confidences[i] >= 0 && judged->confidences[i] <= 1)))
            return base_fail(error, LETHE_E_LEARN_OPTION);
    return 0;
}

static int work_init(const learn_judged *judged, judge_work *w, lethe_error *error)
{
    *w = (judge_work){.judged = judged};
    w->rows = malloc((judged->count + 1) * sizeof(*w->rows));
    w->at = malloc((judged->count + 1) * sizeof(*w->at));
    w->sorted = malloc((judged->count + 1) * sizeof(*w->sorted));
    w->items = malloc(((size_t)judged->level.count + 1) * sizeof(*w->items));
    return w->rows == NULL || w->at == NULL || w->sorted == NULL || w->items == NULL
               ? base_fail(error, LETHE_E_BASE_MEMORY)
               : 0;
}

static void work_done(judge_work *w)
{
    free(w->rows);
    free(w->at);
    free(w->sorted);
    free(w->items);
    free(w->sums);
}

/* Rows with a candidate, patients numbered in the order in which they are met, and the weights. */
static int take_rows(judge_work *w, lethe_error *error)
{
    const learn_judged *judged = w->judged;
    const size_t groups = (size_t)judged->data->group_count + 1;
    uint32_t *numbers = calloc(groups, sizeof(*numbers)), *rows_of = calloc(groups, sizeof(*rows_of));
    if (numbers == NULL || rows_of == NULL) {
        free(numbers);
        free(rows_of);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (size_t i = 0; i < judged->count; i++) {
        judge_row row = {0};
        judge_row_fill(judged, i, w->items);
        judge_row_name(w->items, judged->level.count, &row);
        if (row.candidates == 0)
            continue;
        uint32_t *number = &numbers[judged->data->groups[judged->examples[i]]];
        if (*number == 0)
            *number = ++w->patient_count;
        row.patient = *number - 1;
        rows_of[row.patient]++;
        w->at[w->row_count] = i;
        w->rows[w->row_count++] = row;
    }
    for (size_t i = 0; i < w->row_count; i++)
        w->rows[i].weight = 1.0 / rows_of[w->rows[i].patient];
    free(numbers);
    free(rows_of);
    return 0;
}

typedef struct ranked {
    double confidence;
    uint32_t row;
} ranked;

static int most_confident_first(const void *a, const void *b)
{
    const ranked *p = a, *q = b;
    if (p->confidence != q->confidence)
        return p->confidence > q->confidence ? -1 : 1;
    return p->row < q->row ? -1 : p->row > q->row;
}

static int sort_rows(judge_work *w, lethe_error *error)
{
    ranked *list = malloc((w->row_count + 1) * sizeof(*list));
    if (list == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < w->row_count; i++)
        if (w->rows[i].named != 0)
            list[w->sorted_count++] = (ranked){w->rows[i].confidence, (uint32_t)i};
    qsort(list, w->sorted_count, sizeof(*list), most_confident_first);
    for (size_t i = 0; i < w->sorted_count; i++)
        w->sorted[i] = list[i].row;
    free(list);
    return 0;
}

static int by_value(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

static void edges_of(double *values, size_t count, double *edges)
{
    qsort(values, count, sizeof(*values), by_value);
    for (size_t i = 0; i + 1 < LEARN_BINS; i++)
        edges[i] = count != 0 ? values[(i + 1) * count / LEARN_BINS] : 1;
}

/* Edges of bins of equal mass: equal probabilities stay in one bin. */
static int take_edges(judge_work *w, lethe_error *error)
{
    const uint32_t items = w->judged->level.count;
    size_t cells = 0, count = 0, named = 0;
    for (size_t i = 0; i < w->row_count; i++)
        cells += w->rows[i].candidates;
    double *all = malloc((cells + 1) * sizeof(*all)), *said = malloc((w->row_count * LEARN_TOP + 1) * sizeof(*said));
    const int status = all == NULL || said == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    for (size_t i = 0; status == 0 && i < w->row_count; i++) {
        judge_row_fill(w->judged, w->at[i], w->items);
        for (uint32_t j = 0; j < items; j++)
            if (w->items[j].label != LEARN_MISSING)
                all[count++] = w->items[j].probability;
        for (uint32_t j = 0; j < w->rows[i].named; j++)
            said[named++] = w->items[w->rows[i].names[j]].said;
    }
    if (status == 0) {
        edges_of(all, count, w->edges);
        edges_of(said, named, w->named_edges);
    }
    free(all);
    free(said);
    return status;
}

static void put(judge_bin *bins, const double *edges, double p, double positive, double weight)
{
    size_t bin = 0;
    while (bin + 1 < LEARN_BINS && p >= edges[bin])
        bin++;
    bins[bin].weight += weight;
    bins[bin].predicted += weight * p;
    bins[bin].positive += weight * positive;
}

static void add(judge_sums *s, ratio which, double above, double below)
{
    s->above[which] += above;
    s->below[which] += below;
}

static void add_row(judge_work *w, const judge_row *row)
{
    judge_sums *s = &w->sums[row->patient];
    const double one = row->weight;
    const bool answered = row->named != 0, some = row->positives != 0;
    const bool sure = answered && row->confidence >= w->judged->cut;
    add(s, RATIO_COVERAGE, answered ? one : 0, one);
    add(s, RATIO_CUT_COVERAGE, sure ? one : 0, one);
    add(s, RATIO_PREVALENCE, one * row->positives, one * row->candidates);
    if (some)
        add(s, RATIO_RECALL, one * row->right / row->positives, one);
    if (answered) {
        add(s, RATIO_PRECISION, one * row->right, one * row->named);
        add(s, RATIO_BASELINE_PRECISION, one * row->baseline_right, one * row->baseline_named);
    }
    if (answered && some) {
        add(s, RATIO_HIT, row->right != 0 ? one : 0, one);
        add(s, RATIO_BASELINE_HIT, row->baseline_right != 0 ? one : 0, one);
    }
    if (sure)
        add(s, RATIO_CUT_PRECISION, one * row->right, one * row->named);
    if (sure && some)
        add(s, RATIO_CUT_HIT, row->right != 0 ? one : 0, one);
}

static void add_items(judge_work *w, const judge_row *row)
{
    judge_sums *s = &w->sums[row->patient];
    for (uint32_t j = 0; j < w->judged->level.count; j++) {
        const judge_item *item = &w->items[j];
        if (item->label == LEARN_MISSING)
            continue;
        const double y = item->label == LEARN_POSITIVE, miss = item->probability - y, other = item->baseline - y;
        add(s, RATIO_BRIER, row->weight * miss * miss, row->weight);
        add(s, RATIO_BASELINE_BRIER, row->weight * other * other, row->weight);
        put(s->bins, w->edges, item->probability, y, row->weight);
    }
    for (uint32_t j = 0; j < row->named; j++) {
        const judge_item *item = &w->items[row->names[j]];
        put(s->named, w->named_edges, item->said, item->label == LEARN_POSITIVE, row->weight);
    }
}

static int take_sums(judge_work *w, lethe_error *error)
{
    w->sums = calloc((size_t)w->patient_count + 1, sizeof(*w->sums));
    if (w->sums == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < w->row_count; i++) {
        add_row(w, &w->rows[i]);
        judge_row_fill(w->judged, w->at[i], w->items);
        add_items(w, &w->rows[i]);
    }
    return 0;
}

static int take_reach(const judge_work *w, learn_reached *ret_reached, lethe_error *error)
{
    learn_reached r = {0};
    uint8_t *seen = malloc((size_t)w->patient_count + 1);
    if (seen == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const double coverage = judge_reach(w, NULL, &r.cut, &r.coverage.patients, seen);
    free(seen);
    r.found = coverage > 0;
    r.out_of_reach = !(coverage >= LEARN_REACH_LEAST);
    r.coverage.value = r.found ? coverage : 0;
    *ret_reached = r;
    return 0;
}

static void count(const judge_work *w, learn_judgement *j)
{
    j->patients = w->patient_count;
    j->rows = w->row_count;
    for (size_t i = 0; i < w->row_count; i++) {
        j->rows_positive += w->rows[i].positives != 0;
        j->rows_answered += w->rows[i].named != 0;
        j->positives += w->rows[i].positives;
    }
    for (uint32_t i = 0; i < w->patient_count; i++)
        j->patients_positive += w->sums[i].below[RATIO_RECALL] > 0;
}

static int judge_all(judge_work *w, learn_judgement *j, lethe_error *error)
{
    BASE_TRY(take_rows(w, error));
    BASE_TRY(sort_rows(w, error));
    BASE_TRY(take_edges(w, error));
    BASE_TRY(take_sums(w, error));
    BASE_TRY(take_reach(w, &j->reach, error));
    count(w, j);
    judge_curve(w, j);
    return w->patient_count != 0 ? judge_bootstrap(w, j, error) : 0;
}

int learn_judge(const learn_judged *judged, learn_judgement *ret_judgement, lethe_error *error)
{
    judge_work w;
    learn_judgement j = {0};
    BASE_TRY(check(judged, error));
    int status = work_init(judged, &w, error);
    if (status == 0)
        status = judge_all(&w, &j, error);
    work_done(&w);
    if (status == 0)
        *ret_judgement = j;
    return status;
}

int learn_reach(const learn_judged *judged, learn_reached *ret_reached, lethe_error *error)
{
    judge_work w;
    BASE_TRY(check(judged, error));
    int status = work_init(judged, &w, error);
    if (status == 0)
        status = take_rows(&w, error);
    if (status == 0)
        status = sort_rows(&w, error);
    if (status == 0)
        status = take_reach(&w, ret_reached, error);
    work_done(&w);
    return status;
}
