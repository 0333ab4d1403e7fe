/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/neighbours.h"

#include <stdlib.h>
#include <string.h>

#define PRIOR_WEIGHT_DEFAULT   10.0
#define EFFECTIVE_MIN_DEFAULT  10.0
#define CONFIDENCE_MIN_DEFAULT 0.5

typedef struct voter { /* sorted by similarity, then row, so that sums do not depend on the order given */
    uint32_t example, group;
    double similarity, weight;
} voter;

static int by_likeness(const void *a, const void *b)
{
    const voter *p = a, *q = b;
    if (p->similarity != q->similarity)
        return p->similarity > q->similarity ? -1 : 1;
    return p->example < q->example ? -1 : p->example > q->example;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t p = *(const uint32_t *)a, q = *(const uint32_t *)b;
    return p < q ? -1 : p > q;
}

static int by_value(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

static bool a_patient_twice(const voter *voters, size_t count, uint32_t *scratch)
{
    for (size_t i = 0; i < count; i++)
        scratch[i] = voters[i].group;
    qsort(scratch, count, sizeof(*scratch), by_number);
    for (size_t i = 1; i < count; i++)
        if (scratch[i] == scratch[i - 1])
            return true;
    return false;
}

static int voters_take(const learn_data *data, const learn_neighbour *neighbours, size_t count, voter *voters,
                       uint32_t *scratch, lethe_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (neighbours[i].example >= data->count || !(neighbours[i].similarity <= 1 + 1e-6) ||
            !(neighbours[i].similarity >= -1 - 1e-6))
            return base_fail(error, LETHE_E_LEARN_DATA);
        voters[i] = (voter){neighbours[i].example, data->groups[neighbours[i].example], neighbours[i].similarity, 1};
    }
    qsort(voters, count, sizeof(*voters), by_likeness);
    if (a_patient_twice(voters, count, scratch))
        return base_fail(error, LETHE_E_LEARN_DATA);
    const double farthest = count != 0 ? 1 - voters[count - 1].similarity : 0;
    for (size_t i = 0; i < count; i++) {
        const double distance = 1 - voters[i].similarity;
        voters[i].weight = farthest > 1e-9 ? learn_exp(-2 * (distance > 0 ? distance : 0) / farthest) : 1;
    }
    return 0;
}

static learn_vote_options settle(const learn_vote_options *given)
{
    learn_vote_options o = given != NULL ? *given : (learn_vote_options){0};
    if (!(o.prior_weight > 0))
        o.prior_weight = PRIOR_WEIGHT_DEFAULT;
    if (!(o.effective_min > 0))
        o.effective_min = EFFECTIVE_MIN_DEFAULT;
    if (!(o.confidence_min > 0))
        o.confidence_min = CONFIDENCE_MIN_DEFAULT;
    if (o.release_k < LEARN_SUPPORT_MIN)
        o.release_k = LEARN_SUPPORT_MIN;
    return o;
}

static void judge(learn_vote *v, double baseline, double nearness, const learn_vote_options *o)
{
    const double m = o->prior_weight;
    v->probability = (v->effective * v->share + m * baseline) / (v->effective + m);
    v->interval = learn_wilson(v->probability, v->effective + m, LEARN_Z95);
    v->agreement = v->labelled == 0 ? 0 : v->share > 0.5 ? v->share : 1 - v->share;
    v->nearness = nearness;
    v->confidence = learn_cube_root(v->agreement * (v->effective / (v->effective + m)) * nearness);
    if (v->support < o->release_k)
        v->answer = LEARN_WITHHELD;
    else if (v->effective < o->effective_min || v->confidence < o->confidence_min)
        v->answer = LEARN_ABSTAINED;
    else
        v->answer = LEARN_SAID;
}

static void tally(const learn_data *data, const voter *voters, size_t count, learn_vote *votes)
{
    for (uint32_t o = 0; o < data->outcome_count; o++) {
        double sum = 0, squares = 0, positive = 0;
        votes[o] = (learn_vote){0};
        for (size_t i = 0; i < count; i++) {
            const learn_label label = learn_label_of(data, voters[i].example, o);
            if (label == LEARN_MISSING)
                continue;
            const double w = voters[i].weight;
            votes[o].labelled++;
            votes[o].support += label == LEARN_POSITIVE;
            sum += w;
            squares += w * w;
            positive += label == LEARN_POSITIVE ? w : 0;
        }
        votes[o].share = sum > 0 ? positive / sum : 0;
        votes[o].effective = squares > 0 ? sum * sum / squares : 0;
    }
}

int learn_vote_all(const learn_data *data, const double *baseline_shares, const learn_neighbour *neighbours,
                   size_t count, const learn_vote_options *options, learn_vote *ret_votes, lethe_error *error)
{
    if (count > LEARN_NEIGHBOURS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    const learn_vote_options o = settle(options);
    voter *voters = malloc((count + 1) * sizeof(*voters));
    uint32_t *scratch = malloc((count + 1) * sizeof(*scratch));
    int status = voters == NULL || scratch == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    if (status == 0)
        status = voters_take(data, neighbours, count, voters, scratch, error);
    if (status == 0) {
        const double distance = learn_mean_distance(neighbours, count);
        const double nearness = distance > o.usual_distance && o.usual_distance > 0 ? o.usual_distance / distance : 1;
        tally(data, voters, count, ret_votes);
        for (uint32_t i = 0; i < data->outcome_count; i++)
            judge(&ret_votes[i], baseline_shares[i], nearness, &o);
    }
    free(voters);
    free(scratch);
    return status;
}

double learn_mean_distance(const learn_neighbour *neighbours, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += neighbours[i].similarity < 1 ? 1 - neighbours[i].similarity : 0;
    return count != 0 ? sum / (double)count : 0;
}

double learn_median(double *values, size_t count)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof(*values), by_value);
    return count % 2 != 0 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Sums of a patient: of shares and of cells, where the outcome does not begin and where it does. */
typedef struct own_sums {
    double shares[2], cells[2];
} own_sums;

static double mean_of(const own_sums *sums, uint32_t groups, int label, uint32_t *ret_patients)
{
    double sum = 0;
    uint32_t patients = 0;
    for (uint32_t g = 0; g < groups; g++)
        if (sums[g].cells[label] > 0) {
            sum += sums[g].shares[label] / sums[g].cells[label];
            patients++;
        }
    *ret_patients = patients;
    return patients != 0 ? sum / patients : 0;
}

int learn_outcome_agreement(const learn_data *data, const uint32_t *examples, size_t count, const double *shares,
                            learn_agreement *ret_agreement, lethe_error *error)
{
    own_sums *sums = calloc((size_t)data->group_count + 1, sizeof(*sums));
    if (sums == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count; i++)
        for (uint32_t o = 0; o < data->outcome_count; o++) {
            const learn_label label = learn_label_of(data, examples[i], o);
            own_sums *of = &sums[data->groups[examples[i]]];
            if (label == LEARN_MISSING)
                continue;
            of->shares[label] += shares[i * data->outcome_count + o];
            of->cells[label]++;
        }
    learn_agreement a;
    a.where_it_begins = mean_of(sums, data->group_count, LEARN_POSITIVE, &a.patients_begins);
    a.where_it_does_not = mean_of(sums, data->group_count, LEARN_NEGATIVE, &a.patients_not);
    free(sums);
    *ret_agreement = a;
    return 0;
}
