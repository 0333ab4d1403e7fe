/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/judge_internal.h"

#include <string.h>

typedef struct running {
    double weight, names, right, hits, with_positive;
} running;

static void add(running *r, const judge_row *row, double weight)
{
    r->weight += weight;
    r->names += weight * row->named;
    r->right += weight * row->right;
    r->hits += row->right != 0 ? weight : 0;
    r->with_positive += row->positives != 0 ? weight : 0;
}

static const judge_row *sorted_row(const judge_work *work, size_t i)
{
    return &work->rows[work->sorted[i]];
}

/* Rows of one confidence are taken together: a cut cannot part them. */
static bool ends_tie(const judge_work *work, size_t i)
{
    return i + 1 == work->sorted_count || sorted_row(work, i)->confidence != sorted_row(work, i + 1)->confidence;
}

double judge_reach(const judge_work *work, const uint32_t *times, double *ret_cut, uint32_t *ret_patients,
                   uint8_t *seen)
{
    running r = {0};
    double whole = 0, best = -1;
    uint32_t patients = 0;
    memset(seen, 0, work->patient_count);
    for (size_t i = 0; i < work->row_count; i++)
        whole += work->rows[i].weight * (times != NULL ? times[work->rows[i].patient] : 1);
    for (size_t i = 0; i < work->sorted_count; i++) {
        const judge_row *row = sorted_row(work, i);
        const uint32_t n = times != NULL ? times[row->patient] : 1;
        patients += n != 0 && !seen[row->patient] ? n : 0;
        seen[row->patient] |= n != 0;
        add(&r, row, row->weight * n);
        if (!ends_tie(work, i) || patients < LEARN_REACH_PATIENTS || r.right < LEARN_REACH_WANTED * r.names)
            continue;
        best = r.weight / whole;
        if (ret_cut != NULL) {
            *ret_cut = row->confidence;
            *ret_patients = patients;
        }
    }
    return best;
}

/* A point every 5 % of all rows, taken at the first row that reaches it, and one where the answers end. */
void judge_curve(const judge_work *work, learn_judgement *judgement)
{
    running r = {0};
    double whole = 0;
    for (size_t i = 0; i < work->row_count; i++)
        whole += work->rows[i].weight;
    judgement->curve_count = 0;
    for (size_t i = 0; i < work->sorted_count; i++) {
        add(&r, sorted_row(work, i), sorted_row(work, i)->weight);
        const double wanted = whole * (judgement->curve_count + 1) / LEARN_CURVE_POINTS * (1 - 1e-12);
        const bool last = i + 1 == work->sorted_count;
        if ((r.weight < wanted && !last) || !ends_tie(work, i) || judgement->curve_count == LEARN_CURVE_POINTS)
            continue;
        judgement->curve[judgement->curve_count++] =
            (learn_point){r.weight / whole, r.right / r.names, r.with_positive > 0 ? r.hits / r.with_positive : 0};
        while (judgement->curve_count < LEARN_CURVE_POINTS && !last &&
               r.weight >= whole * (judgement->curve_count + 1) / LEARN_CURVE_POINTS) /* a tie that is wider than 5 % */
            judgement->curve[judgement->curve_count] = judgement->curve[judgement->curve_count - 1],
            judgement->curve_count++;
    }
}
